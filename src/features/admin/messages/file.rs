//! What is said about settings as a file: what it would change, what is wrong with it, what was done.

use from_json::Value;
use twilight_model::channel::message::component::ButtonStyle;

use super::{
    super::{
        rules::{Found, Unreadable},
        setup::part_of,
    },
    shown,
};
use crate::{
    discord::{
        components::{button, cut, escaped, row},
        message::{File, MessageBody, colour, said},
    },
    lang::Lang,
    reply::Reply,
    settings::{Kind, Setting},
};

/// Beside the file itself.
pub fn exported(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "All settings; `null` is the default. `/setup file:` shows what such a file would change, and changes it if you want. Not in \
             it: kinds of tickets, staff, stage and notices of crisis detection."
        }
    }
}

pub fn unreadable(lang: Lang, why: Unreadable) -> String {
    let why = match (lang, why) {
        (Lang::En | Lang::De, Unreadable::TooLarge) => "it is larger than 64 KB",
        (Lang::En | Lang::De, Unreadable::NotSettings) => "it does not hold settings as JSON",
        (Lang::En | Lang::De, Unreadable::OtherVersion) => "another version of the bot wrote it",
        (Lang::En | Lang::De, Unreadable::Twice) => "a name stands in it twice, or a setting has parts of its own",
        (Lang::En | Lang::De, Unreadable::Gone) => "Discord does not give it to me. Please attach it again",
    };
    match lang {
        Lang::En | Lang::De => format!("Nothing was changed, I cannot use this file: {why}."),
    }
}

/// Longer lists come as a file, whole.
const MAX_LISTED: usize = 3_500;

/// What becomes of each name in a file. `apply`: the id of the button, if there is something to do.
pub fn planned(lang: Lang, plan: &[(String, Found)], apply: Option<String>) -> Reply {
    let (Lang::En | Lang::De) = lang;
    let mut text = if apply.is_some() { "Nothing is changed yet." } else { "This file changes nothing." }.to_owned();
    for (key, found) in plan {
        let left_out = match found {
            Found::Change { setting, was, value } => {
                let (label, part) = ((setting.label)(lang), part_of(setting));
                let (was, value) = (whole(lang, setting, was), whole(lang, setting, value));
                text = format!("{text}\n**{label}** ({part}): {was} → {value}");
                continue;
            }
            Found::Unknown => "there is no such setting.".to_owned(),
            Found::Wrong(setting) => match setting.kind {
                Kind::Number { .. } | Kind::Text { .. } | Kind::Formed { .. } => setting.mend(lang),
                _ => "please write it as *Save as a file* does.".to_owned(),
            },
            Found::NotHere(id) => {
                format!("{id} is not in this server, or not of this kind. Please choose it in `/setup`.")
            }
        };
        text = format!("{text}\n⚠️ {} is left out: {left_out}", escaped(&cut(key, 60)));
    }
    let is_cut = text.chars().count() > MAX_LISTED;
    let mut listed = cut(&text, MAX_LISTED);
    if is_cut {
        listed.push_str("…\n**All of it is in the file below. Please read it before you apply it.**");
    }
    let apply = apply.map(|id| row([button(ButtonStyle::Success, "Apply", id)]));
    let body = MessageBody { components: apply.into_iter().collect(), ..said(listed, colour::INFO) };
    let file = is_cut.then(|| File { name: "changes.txt".to_owned(), bytes: text.into_bytes() });
    Reply { file, ..Reply::private(body) }
}

/// All of a value: what is not seen is not agreed to. A text is shown in one line, with what would hide in it.
fn whole(lang: Lang, setting: &Setting, chosen: &Option<Value>) -> String {
    let value = chosen.clone().unwrap_or_else(|| setting.default_value());
    let value = match (&setting.kind, &value) {
        (Kind::Text { .. } | Kind::Formed { .. }, Value::String(text)) => escaped(&format!("{text:?}")),
        _ => shown(lang, setting, &value),
    };
    match (lang, chosen) {
        (_, Some(_)) => value,
        (Lang::En | Lang::De, None) => value + " (default)",
    }
}

/// For a button that was used, is another person's or is too old.
pub fn over(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "Nothing was changed: this was applied already, is older than 15 minutes, or was shown to somebody else. `/setup file:` starts \
             again."
        }
    }
}

pub fn changed_since(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "Nothing was changed: somebody changed one of these settings since. `/setup file:` shows what would change now."
        }
    }
}

pub fn applied(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Done. `/setup` shows the settings, and what does not work yet.",
    }
}
