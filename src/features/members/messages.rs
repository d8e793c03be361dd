//! What newcomers and administrators read of this feature.

use relay_wire::Snowflake;
use twilight_model::{channel::message::AllowedMentions, id::Id};

use crate::{
    discord::message::{Mentions, MessageBody},
    lang::Lang,
};

/// Only the newcomer is pinged, whatever the text says.
pub fn welcome(text: String, member: Snowflake) -> MessageBody {
    let users = Id::new_checked(member.0).into_iter().collect();
    let mentions = AllowedMentions { parse: vec![], replied_user: false, roles: vec![], users };
    MessageBody { allowed_mentions: Mentions(mentions), ..MessageBody::text(text) }
}

/// Shown in `/setup` and in health.
pub fn no_list(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "Discord does not show the list of members. Please switch on the **Server Members Intent** of the bot in \
             Discord's developer portal; it is tried again within a week."
        }
    }
}

pub fn no_welcome(lang: Lang, channel: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "Newcomers cannot be welcomed in <#{channel}>. Please give the bot **View Channel** and **Send Messages** \
             there, or choose another channel."
        ),
    }
}
