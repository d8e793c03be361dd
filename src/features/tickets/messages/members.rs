//! What people read when somebody is let into a ticket or taken out of it.

use relay_wire::Snowflake;
use twilight_model::channel::message::component::SelectMenuType;
use twilight_util::builder::message::SelectMenuBuilder;

use crate::{
    discord::{
        components::row,
        custom_id::CustomId,
        message::{Mentions, MessageBody, colour, said},
    },
    error::Result,
    features::tickets::{actions, store::Ticket},
    lang::Lang,
};

pub fn choose(lang: Lang, ticket: &Ticket) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let menu =
        SelectMenuBuilder::new(CustomId::write(actions::ADD_CHOSEN, &[&ticket.ticket_id])?, SelectMenuType::User)
            .placeholder("Who shall be added?");
    let text = "Whoever you choose can read all of this ticket, from its beginning, and write in it.";
    Ok(MessageBody { components: vec![row([menu.build()])], ..said(text, colour::INFO) })
}

/// Pings who was added.
pub fn added(lang: Lang, by: Snowflake, whom: Snowflake) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let text = format!("<@{by}> added <@{whom}> to this ticket.");
    MessageBody {
        content: format!("<@{whom}>"),
        allowed_mentions: Mentions::of(&[whom], &[]),
        ..said(text, colour::INFO)
    }
}

pub fn is_added(lang: Lang, whom: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!("<@{whom}> is in this ticket now."),
    }
}

pub fn removed(lang: Lang, by: Snowflake, whom: Snowflake) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    said(format!("<@{by}> removed <@{whom}> from this ticket."), colour::INFO)
}

pub fn is_removed(lang: Lang, whom: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!("<@{whom}> is not in this ticket any more."),
    }
}

pub fn is_in(lang: Lang, whom: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!("<@{whom}> is in this ticket already."),
    }
}

pub fn is_staff(lang: Lang, whom: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!("<@{whom}> is of the staff and sees this ticket already."),
    }
}

pub fn too_many(lang: Lang, most: usize) -> String {
    match lang {
        Lang::En | Lang::De => {
            format!("A ticket takes at most {most} people beside opener and staff. Staff can remove somebody.")
        }
    }
}

pub fn not_in_the_guild(lang: Lang, whom: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!("<@{whom}> is not in this server. They have to join it first."),
    }
}

pub fn no_bots(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Bots cannot be added: nobody would know what they do with what is written here.",
    }
}

/// A thread is for who sees the channel above it.
pub fn cannot_see(lang: Lang, whom: Snowflake, above: Option<Snowflake>) -> String {
    match (lang, above) {
        (Lang::En | Lang::De, Some(channel)) => {
            format!("<@{whom}> cannot be added: this ticket is a thread, and they do not see <#{channel}> above it.")
        }
        (Lang::En | Lang::De, None) => {
            format!("<@{whom}> cannot be added: they do not see the channel above this thread.")
        }
    }
}

pub fn not_the_opener(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "It is their ticket. **Close** ends it.",
    }
}
