//! What members read about being watched, and about their choice. Pure.

use super::super::{consent::Which, settings::Stage};
use crate::{
    discord::message::{MessageBody, colour, said},
    lang::{Lang, fill},
};

/// How it stands with a member in a guild.
pub struct Standing {
    pub stage: Stage,
    /// Only who said yes is watched.
    pub asks_first: bool,
    pub opted_out: bool,
    pub opted_in: bool,
    pub ash_opt_out: bool,
    /// Ash may write direct messages.
    pub ash_direct: bool,
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
    let nowhere = match lang {
        Lang::En => "No server that knows you watches for signs of a crisis.",
        Lang::De => "Kein Server, der dich kennt, achtet auf Anzeichen einer Krise.",
    };
    match parts.is_empty() {
        true => said(nowhere, colour::INFO),
        false => said(parts.join("\n\n"), colour::INFO),
    }
}

pub fn standing(lang: Lang, server: Option<&str>, standing: &Standing) -> String {
    let here = match (lang, server) {
        (_, Some(name)) => format!("in {name}"),
        (Lang::En, None) => "here".to_owned(),
        (Lang::De, None) => "hier".to_owned(),
    };
    let [off, watched, unasked, refused] = match lang {
        Lang::En => [
            "**Nobody is watched {0}**: crisis detection is off.",
            "**You are watched {0}**: a program reads what you write in watched channels and in tickets for signs of a crisis, so \
             that a person can reach out.",
            "**You are not watched {0}**: you have not been asked yet, or not said yes. `/ash optin` says yes.",
            "**You are not watched {0}**, by your own choice. `/ash optin` takes it back.",
        ],
        Lang::De => [
            "**Auf niemanden wird {0} geachtet**: die Krisenerkennung ist aus.",
            "**Auf dich wird {0} geachtet**: ein Programm liest, was du in beobachteten Kanälen und in Tickets schreibst, auf \
             Anzeichen einer Krise, damit sich ein Mensch melden kann. Es versteht nur Englisch.",
            "**Auf dich wird {0} nicht geachtet**: du wurdest noch nicht gefragt oder hast nicht zugestimmt. `/ash optin` stimmt zu.",
            "**Auf dich wird {0} nicht geachtet**, wie du es wolltest. `/ash optin` nimmt das zurück.",
        ],
    };
    let watched = match standing {
        _ if standing.stage == Stage::Off => off,
        _ if standing.is_watched() => watched,
        _ if standing.asks_first && !standing.opted_out => unasked,
        _ => refused,
    };
    let ash = match (lang, standing.ash_opt_out, standing.ash_direct) {
        (Lang::En, true, _) => "Ash does not write to you by itself. `/ash optin` takes it back.",
        (Lang::De, true, _) => "Ash schreibt dir nicht von selbst. `/ash optin` nimmt das zurück.",
        (Lang::En, false, true) => "Ash may offer to talk with you, also in direct messages.",
        (Lang::De, false, true) => "Ash darf dir ein Gespräch anbieten, auch in Direktnachrichten.",
        (Lang::En, false, false) => {
            "Ash may offer to talk with you; in direct messages only if you say yes to that (`/ash optin`)."
        }
        (Lang::De, false, false) => {
            "Ash darf dir ein Gespräch anbieten; in Direktnachrichten nur, wenn du zustimmst (`/ash optin`)."
        }
    };
    let kept = match (lang, standing.kept, standing.alerts) {
        (Lang::En, None, _) => "What is kept of you cannot be counted right now.",
        (Lang::De, None, _) => "Was von dir aufbewahrt wird, lässt sich gerade nicht zählen.",
        (Lang::En, Some(0), 0) => "Nothing is kept of you.",
        (Lang::De, Some(0), 0) => "Von dir wird nichts aufbewahrt.",
        (Lang::En, ..) => {
            "Kept of you: messages with signs of a crisis: **{0}** (encrypted, for {1} days); times the team was told: **{2}** \
             (without your words). `/privacy` shows and deletes it."
        }
        (Lang::De, ..) => {
            "Aufbewahrt: Nachrichten mit Anzeichen einer Krise: **{0}** (verschlüsselt, für {1} Tage); Hinweise an das Team: \
             **{2}** (ohne deine Worte). `/privacy` zeigt und löscht es."
        }
    };
    let kept = fill(kept, &[&standing.kept.unwrap_or_default(), &standing.days, &standing.alerts]);
    let [emergency, stop, questions, policy] = match lang {
        Lang::En => [
            "**Nobody watches around the clock.** In an emergency call your local emergency number.",
            "`/ash optout` stops the watching, Ash, or both; it never expires.",
            "Questions",
            "Privacy policy",
        ],
        Lang::De => [
            "**Niemand ist rund um die Uhr da.** Ruf im Notfall den Notruf an.",
            "`/ash optout` beendet das Mitlesen, Ash oder beides; das läuft nie ab.",
            "Fragen",
            "Datenschutzerklärung",
        ],
    };
    let mut lines = vec![fill(watched, &[&here]), ash.to_owned(), kept, emergency.to_owned()];
    if standing.is_watched() || !standing.ash_opt_out {
        lines.push(stop.to_owned());
    }
    if !standing.contact.is_empty() {
        lines.push(format!("{questions}: {}", standing.contact));
    }
    if !standing.privacy_url.is_empty() {
        lines.push(format!("{policy}: <{}>", standing.privacy_url));
    }
    lines.join("\n")
}

pub fn for_team(lang: Lang, standing: &Standing) -> String {
    match lang {
        Lang::En | Lang::De => format!("**For the team** · Crisis detection: **{}**", standing.stage.name()),
    }
}

pub fn chosen(lang: Lang, which: Which, out: bool, everywhere: bool) -> MessageBody {
    let here = match (lang, everywhere) {
        (Lang::En, true) => "in every server that knows you",
        (Lang::De, true) => "in jedem Server, der dich kennt,",
        (Lang::En, false) => "in this server",
        (Lang::De, false) => "in diesem Server",
    };
    let direct = match (lang, out) {
        (Lang::En, true) => "Ash does not write you direct messages {0}, unless you write there first.",
        (Lang::De, true) => "Ash schreibt dir {0} keine Direktnachrichten, außer du schreibst dort zuerst.",
        (Lang::En, false) => "Ash may write you direct messages {0}, if it has no other private place.",
        (Lang::De, false) => "Ash darf dir {0} Direktnachrichten schreiben, wenn kein anderer privater Ort da ist.",
    };
    let monitoring = match (lang, out) {
        (Lang::En, true) => {
            "You are not watched any more {0}. What was kept of your messages is deleted. Then nobody here notices if you are in \
             danger: `/resources` and your local emergency number are there for you at any time."
        }
        (Lang::De, true) => {
            "Auf dich wird {0} nicht mehr geachtet. Was von deinen Nachrichten aufbewahrt war, wird gelöscht. Dann bemerkt hier \
             niemand, wenn du in Gefahr bist: `/resources` und der Notruf sind jederzeit für dich da."
        }
        (Lang::En, false) => {
            "You said yes {0}: what you write in watched channels is read for signs of a crisis. Nobody watches around the clock."
        }
        (Lang::De, false) => {
            "Du hast zugestimmt: was du {0} in beobachteten Kanälen schreibst, wird auf Anzeichen einer Krise gelesen, bisher nur \
             auf Englisch. Niemand ist rund um die Uhr da."
        }
    };
    let ash = match (lang, out) {
        (Lang::En, true) => "Ash does not write to you by itself any more.",
        (Lang::De, true) => "Ash schreibt dir nicht mehr von selbst.",
        (Lang::En, false) => "Ash may offer to talk with you again.",
        (Lang::De, false) => "Ash darf dir wieder ein Gespräch anbieten.",
    };
    let back = match (lang, out) {
        (Lang::En, true) => "This never expires by itself; `/ash optin` takes it back.",
        (Lang::De, true) => "Das läuft nie von selbst ab; `/ash optin` nimmt es zurück.",
        (Lang::En, false) => "`/ash optout` takes it back at any time.",
        (Lang::De, false) => "`/ash optout` nimmt das jederzeit zurück.",
    };
    let said_of = [(which.direct, direct), (which.monitoring, monitoring), (which.ash, ash), (true, back)];
    let lines: Vec<String> =
        said_of.into_iter().filter(|(is_said, _)| *is_said).map(|(_, text)| fill(text, &[&here])).collect();
    said(lines.join("\n"), colour::GOOD)
}

pub fn no_server(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "No server knows you yet. Please use this command inside the server you mean.",
        Lang::De => "Noch kennt dich kein Server. Nimm den Befehl bitte in dem Server, den du meinst.",
    }
}
