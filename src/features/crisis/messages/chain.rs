//! What the team is told when nobody reacts. Pure.

use chrono::TimeDelta;
use relay_wire::Snowflake;

use super::alert::span;
use crate::{care::Severity, lang::Lang};

pub fn nobody_reacted(lang: Lang, is_incident: bool, waited: TimeDelta) -> String {
    let (Lang::En | Lang::De) = lang;
    let waited = span(waited);
    if is_incident {
        format!("**Nobody has reacted to this alert for {waited}.** Please look now; it is logged as an incident.")
    } else {
        format!("Nobody has reacted to this alert for {waited}. Whoever looks at it: please press **Acknowledge**.")
    }
}

pub fn nobody_wrote(lang: Lang, place: Snowflake, waited: TimeDelta) -> String {
    let (Lang::En | Lang::De) = lang;
    let waited = span(waited);
    format!(
        "You acknowledged this alert {waited} ago, and nobody of the team has written in <#{place}> since. Please write to \
         them, or press **Take over** or **Resolve**."
    )
}

pub fn still_nobody_wrote(lang: Lang, place: Snowflake, by: Option<Snowflake>, waited: TimeDelta) -> String {
    let (Lang::En | Lang::De) = lang;
    let waited = span(waited);
    let by = by.map(|by| format!(" by <@{by}>")).unwrap_or_default();
    format!(
        "This alert was acknowledged{by} {waited} ago, and still nobody of the team has written in <#{place}>. Who can?"
    )
}

/// For a push: nobody's name, nobody's words.
pub fn incident(lang: Lang, severity: Severity, guild: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "Nobody has reacted to an alert ({}) in the guild {guild}, and the admins were pinged.",
            severity.name()
        ),
    }
}

/// Follows another sentence.
pub fn nobody_on_duty(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => " Nobody is on duty.",
    }
}

/// Before everything that a drill says.
pub fn drill(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "**DRILL.** ",
    }
}

pub fn to_volunteer(lang: Lang, is_drill: bool, link: &str) -> String {
    let label = if is_drill { drill(lang) } else { "" };
    match lang {
        Lang::En | Lang::De => {
            format!("{label}🚨 A **CRITICAL** alert: {link}\nYou asked for this message; `/ash alerts off` ends it.")
        }
    }
}

pub fn closed_door(lang: Lang, user: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "<@{user}> asked for direct messages about CRITICAL alerts, but Discord does not let me send them. Direct messages \
             from this server must be allowed; `/ash alerts on` then tries again."
        ),
    }
}
