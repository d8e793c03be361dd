//! What is held about a person as a member. What they chose (`user_preferences`) is privacy's.

use crate::{
    lang::Lang,
    person::{Erase, Table},
};

pub const HOLDS: &[Table] = &[
    Table {
        name: "discord_users",
        column: "user_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "entry with your name and when you joined",
        }),
    },
    Table {
        name: "member_events",
        column: "user_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "times you joined or left",
        }),
    },
    Table {
        name: "presence_sessions",
        column: "user_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "times you were online",
        }),
    },
    Table {
        name: "welcomes",
        column: "user_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "welcome messages",
        }),
    },
];
