//! What people read when a ticket changes: claimed, handed over, closed, and why something cannot be done.

use crate::{
    features::tickets::store::{Refusal, Ticket},
    lang::Lang,
};

pub fn claimed(lang: Lang, ticket: &Ticket) -> String {
    match (lang, ticket.claimed_by) {
        (Lang::En, Some(staff)) => format!("<@{staff}> takes care of this ticket."),
        (Lang::En, None) => "This ticket is free again.".to_owned(),
    }
}

pub fn released(lang: Lang, _ticket: &Ticket) -> String {
    match lang {
        Lang::En => "This ticket is free again: anybody of the team can take it.".to_owned(),
    }
}

pub fn refusal(lang: Lang, reason: Refusal, ticket: &Ticket) -> String {
    let Lang::En = lang;
    match reason {
        Refusal::Closed => "This ticket is closed. **Reopen** opens it again.".to_owned(),
        Refusal::Claimed => match ticket.claimed_by {
            Some(staff) => format!("<@{staff}> already takes care of it. `/ticket transfer` hands it over."),
            None => "Somebody else already takes care of it.".to_owned(),
        },
        Refusal::Placed => "This ticket has another channel.".to_owned(),
        Refusal::Failed => "This ticket never got a channel. The member can open a new one.".to_owned(),
        Refusal::ChannelGone => "Its channel was deleted, so it cannot be opened again.".to_owned(),
        Refusal::Category => super::open::category_gone(lang).to_owned(),
        Refusal::NotIn => "They are not in this ticket.".to_owned(),
    }
}
