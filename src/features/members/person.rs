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
            Lang::De => "Eintrag mit deinem Namen und deinem Beitritt",
        }),
    },
    Table {
        name: "member_events",
        column: "user_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "times you joined or left",
            Lang::De => "Male, dass du gekommen oder gegangen bist",
        }),
    },
    Table {
        name: "presence_sessions",
        column: "user_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "times you were online",
            Lang::De => "Zeiten, zu denen du online warst",
        }),
    },
    Table {
        name: "welcomes",
        column: "user_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "welcome messages",
            Lang::De => "Willkommensnachrichten",
        }),
    },
];
