//! What privacy itself holds about a person: their choices, their requests, and who looked.

use from_json::json;

use crate::{
    context::Cx,
    error::Result,
    lang::Lang,
    person::{Erase, Person, Table},
};

pub const HOLDS: &[Table] = &[
    // Erased by `forget`: what somebody refused has to be remembered to be respected.
    Table { name: "user_preferences", column: "user_id", erase: Erase::Keep, hide: &[], label: None },
    Table {
        name: "access_log",
        column: "subject_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "times somebody of the staff opened your history",
            Lang::De => "Male, dass jemand aus dem Team deinen Verlauf geöffnet hat",
        }),
    },
    // Kept: who was looked at may know by whom.
    Table { name: "access_log", column: "actor_id", erase: Erase::Keep, hide: &["subject_id"], label: None },
    // Kept for 30 days: the proof that it was erased.
    Table { name: "privacy_requests", column: "subject_id", erase: Erase::Keep, hide: &[], label: None },
    Table {
        name: "privacy_requests",
        column: "requested_by",
        erase: Erase::Keep,
        hide: &["subject_id", "held_until"],
        label: None,
    },
    Table { name: "privacy_holds", column: "subject_id", erase: Erase::Delete, hide: &["reason"], label: None },
    Table {
        name: "privacy_holds",
        column: "placed_by",
        erase: Erase::Null,
        hide: &["reason", "subject_id"],
        label: None,
    },
];

pub async fn forget(cx: Cx, who: Person) -> Result<()> {
    let arguments = json!({"guild_id": who.guild_id, "user_id": who.user_id});
    Ok(cx.supabase.rpc::<()>("forget_preferences", &arguments).await?)
}
