//! What Ash's conversations hold about a person: sessions without words, and the words in Upstash while they are kept.

use from_json::{Map, Value, json};

use super::talk;
use crate::{
    ai::Role,
    context::Cx,
    error::Result,
    lang::Lang,
    person::{Erase, Person, Table},
};

/// Who of the team was there stays, without their name.
const TEAM: &[&str] = &["actor_id", "human_id"];

pub const HOLDS: &[Table] = &[
    Table {
        name: "ash_sessions",
        column: "member_id",
        erase: Erase::Delete,
        hide: TEAM,
        label: Some(|lang| match lang {
            Lang::En | Lang::De => "talks of yours with Ash (without their text)",
        }),
    },
    Table { name: "ash_sessions", column: "actor_id", erase: Erase::Null, hide: &["member_id"], label: None },
    Table { name: "ash_sessions", column: "human_id", erase: Erase::Null, hide: &["member_id"], label: None },
    Table {
        name: "ash_checkins",
        column: "member_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En | Lang::De => "times when Ash asks you how you are",
        }),
    },
    // Written about somebody else, for the team.
    Table { name: "session_notes", column: "author_id", erase: Erase::Null, hide: &["sealed"], label: None },
    Table { name: "ash_session_events", column: "actor_id", erase: Erase::Null, hide: &[], label: None },
];

/// The words of talks that are still kept.
pub async fn export(cx: Cx, who: Person) -> Result<Value> {
    let sessions = sessions(&cx, who).await?;
    let mut talks = Map::new();
    for (session, turns) in sessions.iter().zip(talk::of_sessions(&cx, &sessions).await?) {
        let said = turns
            .into_iter()
            .map(|(id, turn)| json!({"message_id": id, "by_ash": turn.role == Role::Model, "text": turn.text}));
        let said: Vec<Value> = said.collect();
        if !said.is_empty() {
            talks.insert(session.to_string(), said.into());
        }
    }
    Ok(talks.into())
}

/// The rows go after the words, so that they can still be found.
pub async fn erase(cx: Cx, who: Person) -> Result<()> {
    talk::forget_all(&cx, &sessions(&cx, who).await?).await
}

async fn sessions(cx: &Cx, who: Person) -> Result<Vec<i64>> {
    let arguments = json!({"guild_id": who.guild_id, "member": who.user_id});
    Ok(cx.supabase.rpc("ash_sessions_of", &arguments).await?)
}
