//! What is said about being on duty. Pure.

use relay_wire::Snowflake;
use twilight_model::channel::message::component::ButtonStyle;

use crate::{
    discord::{
        components::{button, row},
        message::{MessageBody, colour, said},
    },
    edge::Time,
    lang::Lang,
};

/// The name of the field on an alert.
pub fn field(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "On duty",
    }
}

pub fn on_duty(lang: Lang, users: &[Snowflake]) -> String {
    let (Lang::En | Lang::De) = lang;
    match users {
        [] => "nobody has said so (`/ash available`)".to_owned(),
        users => users.iter().take(20).map(|user| format!("<@{user}>")).collect::<Vec<_>>().join(", "),
    }
}

pub fn available(lang: Lang, until: Time, user: Snowflake, all: &[Snowflake]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let until = until.timestamp();
    let others: Vec<Snowflake> = all.iter().copied().filter(|one| *one != user).collect();
    let others = match others.as_slice() {
        [] => "Nobody else is at the moment.".to_owned(),
        others => format!("With you: {}.", on_duty(lang, others)),
    };
    said(
        format!(
            "You are on duty until <t:{until}:t> (<t:{until}:R>). I remind you before it ends; `/ash away` ends it now. {others}"
        ),
        colour::GOOD,
    )
}

pub fn away(lang: Lang, all: &[Snowflake]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let left = match all {
        [] => "Nobody is now: when nobody reacts to an alert, the next ping comes twice as fast.".to_owned(),
        all => format!("Still on duty: {}.", on_duty(lang, all)),
    };
    said(format!("You are on duty no more. Thank you. {left}"), colour::INFO)
}

pub fn alerts_on(lang: Lang) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    said(
        "You get a direct message about each CRITICAL alert: a link, never what was written. Direct messages from this \
         server must be allowed.",
        colour::GOOD,
    )
}

pub fn alerts_off(lang: Lang) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    said("No more direct messages about alerts.", colour::INFO)
}

pub fn ends_soon(lang: Lang, user: Snowflake, until: Time, stay: String) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let until = until.timestamp();
    let mut body = MessageBody::text(format!("<@{user}> Your duty ends <t:{until}:R>."));
    body.components = vec![row([button(ButtonStyle::Primary, "I stay 8 hours more", stay)])];
    body
}

pub fn stays(lang: Lang, user: Snowflake, until: Time) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    MessageBody::text(format!("<@{user}> stays on duty until <t:{}:t>.", until.timestamp()))
}

pub fn no_role(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Duty is for members with a role of the crisis response team; you have none of them.",
    }
}

pub fn not_yours(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "This reminder is for somebody else. `/ash available` puts you on duty.",
    }
}
