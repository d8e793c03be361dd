//! What members read about being watched, and about their choice. Pure.

use super::super::{consent::Which, settings::Stage};
use crate::{
    discord::message::{MessageBody, colour, said},
    lang::Lang,
};

/// How it stands with a member in a guild.
pub struct Standing {
    pub stage: Stage,
    /// Only who said yes is watched.
    pub asks_first: bool,
    pub opted_out: bool,
    pub opted_in: bool,
    pub ash_opt_out: bool,
    /// Messages in the history; None while that cannot be known.
    pub kept: Option<i64>,
    /// Messages that the team was told of.
    pub alerts: i64,
    pub days: f64,
    pub contact: String,
    pub privacy_url: String,
}

impl Standing {
    fn is_watched(&self) -> bool {
        self.stage != Stage::Off && if self.asks_first { self.opted_in } else { !self.opted_out }
    }
}

pub fn status(lang: Lang, parts: Vec<String>) -> MessageBody {
    let Lang::En = lang;
    match parts.is_empty() {
        true => said("No server that knows you watches for signs of a crisis.", colour::INFO),
        false => said(parts.join("\n\n"), colour::INFO),
    }
}

pub fn standing(lang: Lang, server: Option<&str>, standing: &Standing) -> String {
    let Lang::En = lang;
    let here = server.map_or_else(|| "here".to_owned(), |name| format!("in {name}"));
    let watched = match standing {
        _ if standing.stage == Stage::Off => format!("**Nobody is watched {here}**: crisis detection is off."),
        _ if standing.is_watched() => format!(
            "**You are watched {here}**: a program reads what you write in watched channels and in tickets for signs of a \
             crisis, so that a person can reach out."
        ),
        _ if standing.asks_first && !standing.opted_out => {
            format!(
                "**You are not watched {here}**: you have not been asked yet, or not said yes. `/ash optin` says yes."
            )
        }
        _ => format!("**You are not watched {here}**, by your own choice. `/ash optin` takes it back."),
    };
    let ash = match standing.ash_opt_out {
        true => "Ash does not write to you by itself. `/ash optin` takes it back.",
        false => "Ash may offer to talk with you.",
    };
    let kept = match (standing.kept, standing.alerts) {
        (None, _) => "What is kept of you cannot be counted right now.".to_owned(),
        (Some(0), 0) => "Nothing is kept of you.".to_owned(),
        (Some(kept), alerts) => format!(
            "Kept of you: messages with signs of a crisis: **{kept}** (encrypted, for {} days); times the team was told: \
             **{alerts}** (without your words). `/privacy` shows and deletes it.",
            standing.days
        ),
    };
    let mut lines = vec![watched, ash.to_owned(), kept];
    lines.push("**Nobody watches around the clock.** In an emergency call your local emergency number.".to_owned());
    if standing.is_watched() || !standing.ash_opt_out {
        lines.push("`/ash optout` stops the watching, Ash, or both; it never expires.".to_owned());
    }
    if !standing.contact.is_empty() {
        lines.push(format!("Questions: {}", standing.contact));
    }
    if !standing.privacy_url.is_empty() {
        lines.push(format!("Privacy policy: <{}>", standing.privacy_url));
    }
    lines.join("\n")
}

pub fn for_team(lang: Lang, standing: &Standing) -> String {
    match lang {
        Lang::En => format!("**For the team** · Crisis detection: **{}**", standing.stage.name()),
    }
}

pub fn chosen(lang: Lang, which: Which, out: bool, everywhere: bool) -> MessageBody {
    let Lang::En = lang;
    let here = if everywhere { "in every server that knows you" } else { "in this server" };
    let mut lines = vec![];
    if which.monitoring && out {
        lines.push(format!(
            "You are not watched any more {here}. What was kept of your messages is deleted. Then nobody here notices if you \
             are in danger: `/resources` and your local emergency number are there for you at any time."
        ));
    }
    if which.monitoring && !out {
        lines.push(format!(
            "You said yes {here}: what you write in watched channels is read for signs of a crisis. Nobody watches around \
             the clock."
        ));
    }
    if which.ash {
        lines.push(match out {
            true => "Ash does not write to you by itself any more.".to_owned(),
            false => "Ash may offer to talk with you again.".to_owned(),
        });
    }
    lines.push(match out {
        true => "This never expires by itself; `/ash optin` takes it back.".to_owned(),
        false => "`/ash optout` takes it back at any time.".to_owned(),
    });
    said(lines.join("\n"), colour::GOOD)
}

pub fn no_server(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "No server knows you yet. Please use this command inside the server you mean.",
    }
}
