//! What stands in the guild's own records about who administers it.

use crate::{
    lang::Lang,
    person::{Erase, Table},
};

pub const HOLDS: &[Table] = &[
    Table { name: "guild_settings", column: "updated_by", erase: Erase::Null, hide: &[], label: None },
    Table { name: "admin_actions", column: "actor_id", erase: Erase::Null, hide: &[], label: None },
    Table { name: "campaigns", column: "created_by", erase: Erase::Zero, hide: &[], label: None },
    Table {
        name: "ai_audit_logs",
        column: "actor_id",
        erase: Erase::Null,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En | Lang::De => "calls of an AI service for you (what they cost, never what was said)",
        }),
    },
];
