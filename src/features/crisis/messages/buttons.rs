//! What somebody of the team reads after pressing a button of an alert. Pure.

use relay_wire::Snowflake;
use twilight_model::channel::message::{Component, component::SelectMenuType};
use twilight_util::builder::message::{SelectMenuBuilder, SelectMenuOptionBuilder};

use super::{super::actions, super::store::Change, alert::undo};
use crate::{
    care::Severity,
    discord::{
        components::{TextField, row},
        custom_id::CustomId,
        message::{MessageBody, colour, said},
    },
    error::Result,
    lang::Lang,
    reply::Modal,
};

pub const MAX_NOTE: u16 = 1_000;

/// Why something is a false alarm, as in `crisis_feedback.reason`.
const FALSE_ALARMS: &[(&str, &str)] = &[
    ("joke", "A joke, or a manner of speaking"),
    ("game", "About a game or a story"),
    ("quote", "A quotation, lyrics, a title"),
    ("past", "About the past, and they are well now"),
    ("somebody_else", "About somebody who is safe, or in public life"),
    ("support", "They were helping somebody else"),
    ("misread", "The words were misread"),
    ("other", "Something else"),
];

/// Why something is graver than it was found to be.
const MORE_SEVERES: &[(&str, &str)] = &[
    ("plan", "They speak of a plan or means"),
    ("now", "It may happen soon"),
    ("history", "What we know of them makes it graver"),
    ("misread", "The words were misread"),
];

pub fn false_alarm_menu(lang: Lang, message: Snowflake) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let options = FALSE_ALARMS.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned()));
    menu(actions::FALSE_ALARM_REASON, message, "Why is it a false alarm?", options)
}

/// What it may be instead, each with a reason.
pub fn more_severe_menu(lang: Lang, message: Snowflake, severity: Severity) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let graver = [Severity::High, Severity::Critical].into_iter().filter(|one| *one > severity);
    let options = graver.flat_map(|one| {
        let named = move |(value, label): &(&str, &str)| {
            (format!("{} {value}", one.name()), format!("{}: {label}", one.name()))
        };
        MORE_SEVERES.iter().map(named)
    });
    menu(actions::MORE_SEVERE_REASON, message, "How grave is it, and why?", options)
}

/// A choice that only who pressed the button sees.
pub fn menu(
    action: &str,
    about: Snowflake,
    question: &str,
    options: impl Iterator<Item = (String, String)>,
) -> Result<MessageBody> {
    let menu = SelectMenuBuilder::new(CustomId::write(action, &[&about])?, SelectMenuType::Text).placeholder(question);
    let menu = options.fold(menu, |menu, (value, label)| menu.option(SelectMenuOptionBuilder::new(label, value)));
    let components: Vec<Component> = vec![row([menu.build()])];
    Ok(MessageBody { components, ..said(question, colour::INFO) })
}

/// Whether somebody may have chosen this in [`false_alarm_menu`].
pub fn is_false_alarm_reason(reason: &str) -> bool {
    FALSE_ALARMS.iter().any(|(value, _)| *value == reason)
}

/// What was chosen in [`more_severe_menu`].
pub fn more_severe(value: &str) -> Option<(Severity, &'static str)> {
    let (to, reason) = value.split_once(' ')?;
    let to = Severity::read(to).filter(|to| *to >= Severity::High)?;
    MORE_SEVERES.iter().find(|(value, _)| *value == reason).map(|(value, _)| (to, *value))
}

pub fn resolve_form(lang: Lang, message: Snowflake) -> Result<Modal> {
    let (Lang::En | Lang::De) = lang;
    let note = TextField {
        custom_id: "note",
        label: "Note for the team",
        help: Some("What was done, what comes next. Kept encrypted; the team reads it under History."),
        long: true,
        required: false,
        max_length: MAX_NOTE,
        value: None,
    };
    Ok(Modal {
        custom_id: CustomId::write(actions::RESOLVE_FORM, &[&message])?,
        title: "Resolve this alert".to_owned(),
        components: vec![note.build()],
    })
}

/// It was done: what that means, and the way back.
pub fn done(lang: Lang, action: &str, change: &Change, note_lost: bool) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let alert = &change.alert;
    let (mut text, kind) = match action {
        "acknowledge" => (
            "You acknowledged this alert. If you cannot help right now, undo it, so that somebody else is asked."
                .to_owned(),
            Some("acknowledged"),
        ),
        "take_over" => ("You took this over. The team sees that you are there.".to_owned(), Some("taken")),
        "resolve" => {
            let with = match change.others.len() {
                0 => String::new(),
                1 => " The other open alert of this episode is resolved, too.".to_owned(),
                others => format!(" The other {others} open alerts of this episode are resolved, too."),
            };
            let lost = if note_lost { "\n**The note was not kept:** STATE_KEYS is not set here." } else { "" };
            let text = format!("Resolved.{with} What this member writes from now on is a new alert.{lost}");
            (text, Some("resolved"))
        }
        "false_alarm" => (
            format!(
                "A false alarm. Its message is no part of the member's history any more; they are watched as before.\n{}",
                precision(change)
            ),
            Some("false_alarm"),
        ),
        "more_severe" => (
            format!("This alert is {} now, and the team is asked there.\n{}", alert.severity.name(), precision(change)),
            Some("more_severe"),
        ),
        _ => (
            "Taken back. What was removed from the member's history does not come back: its text is gone.".to_owned(),
            None,
        ),
    };
    if action == "undo" && change.kind != "false_alarm" {
        text = "Taken back.".to_owned();
    }
    let mut body = said(text, colour::GOOD);
    if let Some(kind) = kind {
        body.components = vec![row([undo(lang, alert.message_id, kind)?])];
    }
    Ok(body)
}

/// How often the detector is right, by what the team said.
fn precision(change: &Change) -> String {
    let by = detector(&change.alert.detector);
    let (handled, wrong) = (change.handled, change.wrong);
    match handled.saturating_sub(wrong) * 100 {
        _ if handled == 0 => format!("Found by {by}."),
        right => {
            let right = right / handled;
            format!("Found by {by}: {handled} dealt with in 90 days, {wrong} of them false alarms ({right} % right).")
        }
    }
}

/// Somebody else was first.
pub fn lost(lang: Lang, change: &Change, reader: Snowflake) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let what = match change.kind.as_str() {
        "acknowledged" => "acknowledged this alert",
        "taken" => "took this over",
        "resolved" => "resolved this alert",
        "false_alarm" => "called this a false alarm",
        "more_severe" => "made this alert more severe",
        "undone" => "took the last step back",
        _ => return said("There is nothing to do here any more.", colour::INFO),
    };
    let who = match change.by {
        Some(by) if by == reader => "You".to_owned(),
        Some(by) => format!("<@{by}>"),
        None => "Somebody".to_owned(),
    };
    let at = change.at.map(|at| format!(" <t:{}:R>", at.timestamp())).unwrap_or_default();
    said(format!("{who} {what}{at}. Nothing was changed."), colour::INFO)
}

pub fn too_old(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "That was more than 30 days ago and stays as it is.",
    }
}

pub fn unknown(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "There is no alert about this message. If it was posted just now, try again in a moment."
        }
    }
}

pub fn not_offered(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Please choose one of the reasons in the menu.",
    }
}

/// The alert was posted anew where its severity belongs.
pub fn moved(lang: Lang, severity: Severity, link: &str) -> String {
    let (Lang::En | Lang::De) = lang;
    format!("The team made this {}: [the alert is here now]({link}).", severity.name())
}

pub fn detector(name: &str) -> &'static str {
    match name {
        "nlp" => "Ash-NLP",
        "screen" => "the built-in screen",
        "member" => "a member's report",
        _ => "Ash-NLP and the built-in screen",
    }
}
