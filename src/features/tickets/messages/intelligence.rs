//! What people read where a model helps with tickets.

use crate::{discord::components::escaped, lang::Lang};

/// On the panel.
pub fn on_panel(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "**An AI helps the staff:** your text is processed by Google (Gemini), to sort tickets and to sum them up. You can untick that in the form."
        }
    }
}

/// The tick in the form: a label of at most 45 characters, and what it means in at most 100.
pub fn tick(lang: Lang) -> (&'static str, &'static str) {
    match lang {
        Lang::En | Lang::De => (
            "An AI may help the staff with this",
            "Your text is processed by Google (Gemini). Untick it, and nothing is sent there.",
        ),
    }
}

/// A staff note.
pub fn suggestion(lang: Lang, reply: &str) -> String {
    match lang {
        Lang::En | Lang::De => format!("Suggested first reply, by an AI model: {reply}"),
    }
}

pub fn summary(lang: Lang, summary: &str, left_out: bool) -> String {
    let (Lang::En | Lang::De) = lang;
    let older = if left_out { "\n\n*The oldest messages were too many and are left out.*" } else { "" };
    match summary.is_empty() {
        true => "The model gave no summary. Please read the conversation itself.".to_owned(),
        false => format!("{}{older}\n\n*By an AI model, which errs. Only you see this.*", escaped(summary)),
    }
}

pub fn off(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "No AI helps with tickets here. An administrator can switch it on in `/setup`, under tickets."
        }
    }
}

pub fn not_allowed(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "The member did not agree that an AI reads this ticket, so it is not sent to one.",
    }
}

pub fn nothing_written(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Nothing was written here yet.",
    }
}

pub fn over_budget(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "The AI budget of this month is used up. `/ai usage` shows what it went to.",
    }
}

pub fn no_answer(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "The model does not answer right now. Please try again in a minute, or read the conversation itself."
        }
    }
}
