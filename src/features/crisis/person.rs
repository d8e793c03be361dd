//! What crisis care holds about a person: alerts without text, and the encrypted history in Upstash.

use from_json::{Value, json};

use super::{preview, second_look, state};
use crate::{
    care::history,
    context::Cx,
    error::Result,
    lang::Lang,
    person::{Erase, Person, Table},
};

/// Who of the team did what stays, without their name.
const TEAM: &[&str] = &["acknowledged_by", "taken_by", "resolved_by"];

pub const HOLDS: &[Table] = &[
    Table {
        name: "crisis_alerts",
        column: "member_id",
        erase: Erase::Delete,
        hide: TEAM,
        label: Some(|lang| match lang {
            Lang::En => "messages of yours that the crisis response team was told of (without their text)",
            Lang::De => "Nachrichten, von denen das Krisenteam erfahren hat (ohne ihren Text)",
        }),
    },
    Table { name: "crisis_alerts", column: "acknowledged_by", erase: Erase::Null, hide: &["member_id"], label: None },
    Table { name: "crisis_alerts", column: "taken_by", erase: Erase::Null, hide: &["member_id"], label: None },
    Table { name: "crisis_alerts", column: "resolved_by", erase: Erase::Null, hide: &["member_id"], label: None },
    Table { name: "crisis_feedback", column: "actor_id", erase: Erase::Null, hide: &[], label: None },
    Table {
        name: "crisis_duty",
        column: "user_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "notes on when you are on duty for the crisis response team",
            Lang::De => "Einträge, wann du für das Krisenteam da bist",
        }),
    },
    // Written about somebody else, for the team.
    Table { name: "crisis_notes", column: "author_id", erase: Erase::Null, hide: &["sealed"], label: None },
    Table { name: "crisis_alert_events", column: "actor_id", erase: Erase::Null, hide: &[], label: None },
    Table {
        name: "crisis_snoozes",
        column: "member_id",
        erase: Erase::Delete,
        hide: &["actor_id"],
        label: Some(|lang| match lang {
            Lang::En => "times the crisis response team asked not to be pinged about you",
            Lang::De => "Male, dass das Krisenteam deinetwegen nicht gepingt werden wollte",
        }),
    },
    Table { name: "crisis_snoozes", column: "actor_id", erase: Erase::Null, hide: &["member_id"], label: None },
];

/// The words that are kept of their messages, oldest first.
pub async fn export(cx: Cx, who: Person) -> Result<Value> {
    let (mut kept, closed) = history::kept(&cx, who.guild_id, who.user_id, history::MAX_ENTRIES).await?;
    kept.reverse();
    let kept = kept.into_iter().map(|one| {
        json!({
            "message_id": one.message_id, "channel_id": one.channel_id, "severity": one.severity.name(), "text": one.text,
        })
    });
    let kept: Vec<Value> = kept.collect();
    Ok(json!({"kept_messages": kept, "no_longer_readable": closed}))
}

pub async fn erase(cx: Cx, who: Person) -> Result<()> {
    preview::erase_of_member(&cx, who.guild_id, who.user_id).await?;
    second_look::forget_member(&cx, who.guild_id, who.user_id).await?;
    state::forget_member(&cx, who.guild_id, who.user_id).await
}
