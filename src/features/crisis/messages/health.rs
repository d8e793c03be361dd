//! What is said when detection itself does not work. Pure.

use chrono::TimeDelta;
use relay_wire::Snowflake;

use super::alert::span;
use crate::{care::Severity, discord::components::escaped, edge::Time, lang::Lang};

pub fn notice(lang: Lang, service: &str, began: bool, lasted: TimeDelta, waiting: i64) -> String {
    let (Lang::En | Lang::De) = lang;
    match (service, began) {
        ("nlp", true) => {
            "**Ash-NLP does not answer.** The built-in screen decides alone until it does, and every message is \
                          looked at again afterwards. Please read along a little more closely."
                .to_owned()
        }
        ("nlp", false) => {
            format!("Ash-NLP answers again, after {}. Messages that wait for a second look: {waiting}.", span(lasted))
        }
        ("second_look", true) => format!(
            "**Second looks are late.** {waiting} messages wait for Ash-NLP, the oldest for more than 15 min. The built-in \
             screen has read them all."
        ),
        ("second_look", false) => "Second looks are on time again.".to_owned(),
        (_, true) => {
            "**Messages do not arrive here:** nothing was heard of the relay for 3 minutes. Please read along \
                      yourselves until it is back. What is written meanwhile is read afterwards."
                .to_owned()
        }
        (_, false) => format!("Messages arrive again, after {}. What was written meanwhile is read now.", span(lasted)),
    }
}

/// In the place of what detection does.
pub fn off(lang: Lang) -> &'static str {
    let (Lang::En | Lang::De) = lang;
    "**Crisis detection is OFF:** an administrator switched it off for the moment. Please read along yourselves."
}

/// An administrator switched detection off until a moment, or (without one) on again.
pub fn switched(lang: Lang, since: Time, off_until: Option<Time>, reason: Option<&str>) -> String {
    let (Lang::En | Lang::De) = lang;
    let Some(until) = off_until.map(|until| until.timestamp()) else {
        return "**Crisis detection is on again.** What was written meanwhile is read now.".to_owned();
    };
    let reason = reason.map(|reason| format!(" The reason given: {}.", escaped(reason))).unwrap_or_default();
    format!(
        "**Crisis detection is OFF** since <t:{}:t>: an administrator switched it off, and Ash talks with nobody.{reason} Please \
         read along yourselves. It goes on by itself <t:{until}:R> (<t:{until}:t>); what is written meanwhile is read then.",
        since.timestamp()
    )
}

/// For a push: nobody's name, nobody's words.
pub fn no_place(lang: Lang, severity: Severity, guild: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "An alert ({}) cannot be posted anywhere in the guild {guild}. Look at its alert channels and at Discord's status.",
            severity.name()
        ),
    }
}

/// `nlp`: as in `/health/detailed`.
pub fn line(lang: Lang, nlp: &str, waiting: i64, relay_silent_since: Option<Time>) -> String {
    let (Lang::En | Lang::De) = lang;
    let mut said = vec![match nlp {
        "up" => "Ash-NLP and the built-in screen read along.".to_owned(),
        "not_used" => "The built-in screen reads along, alone by choice.".to_owned(),
        "limited" => "Ash-NLP is at its limit: the built-in screen decides alone for the moment.".to_owned(),
        "down" => "**Ash-NLP does not answer:** the built-in screen decides alone.".to_owned(),
        _ => "The built-in screen reads along; how Ash-NLP is cannot be told right now.".to_owned(),
    }];
    if waiting > 0 {
        said.push(format!("Messages that wait for a second look: {waiting}."));
    }
    if let Some(since) = relay_silent_since {
        said.push(format!("**Messages do not arrive here** since <t:{}:R>.", since.timestamp()));
    }
    said.join(" ")
}
