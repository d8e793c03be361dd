//! What is held about whoever is staff, and about whoever made them staff.

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
            Lang::En | Lang::De => "roles in the dashboard",
        }),
    },
    Table { name: "staff", column: "added_by", erase: Erase::Null, hide: &["user_id", "auth_user_id"], label: None },
    Table { name: "staff_roles", column: "added_by", erase: Erase::Null, hide: &[], label: None },
];
