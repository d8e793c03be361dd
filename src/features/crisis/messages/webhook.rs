//! What is said of a guild's own webhook. Pure.

use crate::lang::Lang;

pub fn chosen(lang: Lang, secret: &str) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "Your webhook hears of alerts from now on. This is its secret, shown this once:\n||`{secret}`||\nEach delivery carries \
             `x-ash-timestamp` and `x-ash-signature: v1=` HMAC-SHA256 of `timestamp.body` in hex."
        ),
    }
}

pub fn gone(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "There is no webhook any more.",
    }
}

pub fn wrong(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "Please write an address that starts with `https://`, for example `https://example.org/ash`."
        }
    }
}

pub fn no_keys(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "The secret cannot be kept safely here: whoever runs the bot has to set `STATE_KEYS` first."
        }
    }
}

pub fn failing(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Your webhook does not take what it is sent. It is tried again for a day.",
    }
}
