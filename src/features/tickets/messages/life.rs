//! What people read when an open ticket changes: claimed, handed over, moved, and why something cannot be done.

use relay_wire::Snowflake;

use crate::{
    discord::{
        components::escaped,
        message::{Mentions, MessageBody, colour, said},
    },
    features::tickets::store::{Category, Refusal, Ticket},
    lang::Lang,
};

pub fn claimed(lang: Lang, ticket: &Ticket) -> String {
    match (lang, ticket.claimed_by) {
        (Lang::En | Lang::De, Some(staff)) => format!("<@{staff}> takes care of this ticket."),
        (Lang::En | Lang::De, None) => "This ticket is free again.".to_owned(),
    }
}

pub fn released(lang: Lang, _ticket: &Ticket) -> String {
    match lang {
        Lang::En | Lang::De => "This ticket is free again: anybody of the team can take it.".to_owned(),
    }
}

pub fn refusal(lang: Lang, reason: Refusal, ticket: &Ticket) -> String {
    let (Lang::En | Lang::De) = lang;
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

/// Pings who has it now.
pub fn transferred(lang: Lang, by: Snowflake, to: Snowflake) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let text = format!("<@{by}> handed this ticket over to <@{to}>.");
    MessageBody { content: format!("<@{to}>"), allowed_mentions: Mentions::of(&[to], &[]), ..said(text, colour::INFO) }
}

pub fn handed_over(lang: Lang, to: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!("<@{to}> takes care of it now."),
    }
}

pub fn not_of_the_team(lang: Lang, to: Snowflake, staff: Option<Snowflake>) -> String {
    match (lang, staff) {
        (Lang::En | Lang::De, Some(role)) => {
            format!("<@{to}> does not see this ticket. Only who has <@&{role}> or is an administrator can take it.")
        }
        (Lang::En | Lang::De, None) => format!(
            "<@{to}> does not see this ticket. Only administrators can take it, until a staff role is chosen in `/setup`."
        ),
    }
}

pub fn priority_is(lang: Lang, ticket: &Ticket) -> String {
    match lang {
        Lang::En | Lang::De => {
            format!("The priority of this ticket is **{}**.", super::priority(lang, ticket.priority))
        }
    }
}

pub fn no_such_priority(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Please choose one of the levels in the list.",
    }
}

pub fn renamed(lang: Lang, ticket: &Ticket) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "The subject of this ticket is **{}**. The channel keeps its name: Discord allows two new ones in ten minutes.",
            escaped(&ticket.subject)
        ),
    }
}

pub fn subject_missing(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Please write what the ticket is about.",
    }
}

/// Pings the new team.
pub fn moved(lang: Lang, by: Snowflake, to: &Category, staff: Option<Snowflake>) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let text = format!("<@{by}> moved this ticket to **{}**.", escaped(&to.name));
    let content = staff.map(|role| format!("<@&{role}>")).unwrap_or_default();
    MessageBody { content, allowed_mentions: Mentions::of(&[], staff.as_slice()), ..said(text, colour::INFO) }
}

pub fn is_there(lang: Lang, category: &Category) -> String {
    match lang {
        Lang::En | Lang::De => format!("This ticket is in **{}**.", escaped(&category.name)),
    }
}

pub fn no_such_category(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "There is no such category. Please choose one of the list that appears while you type.",
    }
}

pub fn channel_gone(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "The channel of this ticket was deleted, so it is closed now. The member can open a new one."
        }
    }
}

/// The ticket changed, and Discord does not show it yet.
pub fn not_followed(lang: Lang, is_final: bool) -> &'static str {
    match (lang, is_final) {
        (Lang::En | Lang::De, true) => {
            "It is noted, but Discord does not let me change the channel. Please give my role **Manage Channels** and **Manage Roles** there; I try again by myself."
        }
        (Lang::En | Lang::De, false) => "It is noted, and Discord is slow right now: the channel follows in a minute.",
    }
}
