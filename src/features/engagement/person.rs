//! What engagement holds about a person.

use crate::{
    lang::Lang,
    person::{Erase, Table},
};

pub const HOLDS: &[Table] = &[
    Table {
        name: "activity_logs",
        column: "user_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "messages and reactions worth points (never their text)",
            Lang::De => "Nachrichten und Reaktionen mit Punkten (nie ihr Text)",
        }),
    },
    Table {
        name: "activity_hourly",
        column: "user_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "hourly sums of those points",
            Lang::De => "Stundensummen dieser Punkte",
        }),
    },
    // Sums of these sums: triggers empty them with activity_hourly.
    Table { name: "activity_by_day", column: "user_id", erase: Erase::Keep, hide: &[], label: None },
    Table { name: "activity_by_block", column: "user_id", erase: Erase::Keep, hide: &[], label: None },
    // Which bit a member is in activity_in_crowds, which names nobody.
    Table { name: "activity_by_number", column: "user_id", erase: Erase::Keep, hide: &[], label: None },
    Table {
        name: "reaction_states",
        column: "user_id",
        erase: Erase::Delete,
        hide: &["epoch_number", "position"],
        label: Some(|lang| match lang {
            Lang::En => "messages you reacted to, with which emoji",
            Lang::De => "Nachrichten, auf die du reagiert hast, mit welchem Emoji",
        }),
    },
    Table {
        name: "rising_star_roles",
        column: "user_id",
        erase: Erase::Delete,
        hide: &[],
        label: Some(|lang| match lang {
            Lang::En => "Rising Star roles",
            Lang::De => "Rising-Star-Rollen",
        }),
    },
];
