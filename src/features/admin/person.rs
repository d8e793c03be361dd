//! What stands in the guild's own records about who administers it.

use crate::{
    lang::Lang,
    person::{Erase, Table},
};

pub const HOLDS: &[Table] = &[
    Table {
        name: "staff",
        column: "user_id",
        erase: Erase::Delete,
        hide: &["added_by", "auth_user_id"],
        label: Some(|lang| match lang {
            Lang::En => "roles in the dashboard",
        }),
    },
    Table { name: "staff", column: "added_by", erase: Erase::Null, hide: &["user_id", "auth_user_id"], label: None },
    Table { name: "guild_settings", column: "updated_by", erase: Erase::Null, hide: &[], label: None },
    Table { name: "admin_actions", column: "actor_id", erase: Erase::Null, hide: &[], label: None },
    Table { name: "campaigns", column: "created_by", erase: Erase::Zero, hide: &[], label: None },
    Table {
        name: "ai_audit_logs",
        column: "actor_id",
        erase: Erase::Null,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "calls of an AI service for you (what they cost, never what was said)",
        }),
    },
];
