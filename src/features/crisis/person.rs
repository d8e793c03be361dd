//! What crisis care holds about a person: alerts without text, and the encrypted history in Upstash.

use super::{second_look, state};
use crate::{
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
        }),
    },
    Table { name: "crisis_alerts", column: "acknowledged_by", erase: Erase::Null, hide: &["member_id"], label: None },
    Table { name: "crisis_alerts", column: "taken_by", erase: Erase::Null, hide: &["member_id"], label: None },
    Table { name: "crisis_alerts", column: "resolved_by", erase: Erase::Null, hide: &["member_id"], label: None },
    Table { name: "crisis_feedback", column: "actor_id", erase: Erase::Null, hide: &[], label: None },
    // Written about somebody else, for the team.
    Table { name: "crisis_notes", column: "author_id", erase: Erase::Null, hide: &["sealed"], label: None },
    Table { name: "crisis_alert_events", column: "actor_id", erase: Erase::Null, hide: &[], label: None },
];

pub async fn erase(cx: Cx, who: Person) -> Result<()> {
    second_look::forget_member(&cx, who.guild_id, who.user_id).await?;
    state::forget_member(&cx, who.guild_id, who.user_id).await
}
