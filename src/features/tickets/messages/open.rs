//! What people read when a ticket is opened: panel, form, answers, and what was wrong with the guild's set-up.

use chrono::{DateTime, Utc};
use relay_wire::Snowflake;
use twilight_model::channel::message::component::{ButtonStyle, SelectMenuType};
use twilight_util::builder::{
    embed::EmbedBuilder,
    message::{SelectMenuBuilder, SelectMenuOptionBuilder},
};

use crate::{
    discord::{
        components::{TextField, button, cut, escaped, row, tick},
        custom_id::CustomId,
        message::{MessageBody, colour, said},
    },
    error::Result,
    features::tickets::{
        actions, open,
        store::{Category, Ticket},
    },
    lang::{Lang, fill},
    reply::Modal,
};

/// The longest subject and details that a form takes; an embed holds both.
pub const MAX_SUBJECT: u16 = 100;
pub const MAX_DETAILS: u16 = 2_000;
pub const MAX_ANSWER: u16 = 500;

/// What hangs in a public channel. It says who reads a ticket, how long it is kept and that a copy is made.
pub fn panel(
    lang: Lang,
    categories: &[Category],
    staff: &[Snowflake],
    crisis: bool,
    intelligence: bool,
) -> Result<MessageBody> {
    let readers = match (lang, staff) {
        (Lang::En, []) => "you, the staff and the administrators of this server".to_owned(),
        (Lang::De, []) => "du, das Team und die Administration dieses Servers".to_owned(),
        (Lang::En, [role]) => format!("you, <@&{role}> and the administrators of this server"),
        (Lang::De, [role]) => format!("du, <@&{role}> und die Administration dieses Servers"),
        (_, several) => {
            let roles: Vec<String> = several.iter().map(|role| format!("<@&{role}>")).collect();
            let roles = roles.join(", ");
            fill(
                match lang {
                    Lang::En => "you, the staff for what you choose (one of {0}) and the administrators of this server",
                    Lang::De => "du, das Team für dein Anliegen (je nachdem {0}) und die Administration dieses Servers",
                },
                &[&roles],
            )
        }
    };
    let days = categories.iter().map(|category| category.transcript_days).max().unwrap_or(365);
    let mut text = fill(
        match lang {
            Lang::En => {
                "Open a ticket and somebody of the team will answer you in a private channel.\n\n**Who can read it:** {0}.\n\
             **What is kept:** a copy of what is written there, for {1} days after it is closed. `/privacy` shows and deletes \
             it."
            }
            Lang::De => {
                "Öffne ein Ticket, und jemand aus dem Team antwortet dir in einem privaten Kanal.\n\n**Wer es lesen kann:** \
             {0}.\n**Was aufbewahrt wird:** eine Kopie von dem, was dort steht, bis {1} Tage nach dem Schließen. \
             `/privacy` zeigt und löscht sie."
            }
        },
        &[&readers, &days],
    );
    if crisis {
        text.push_str(match lang {
            Lang::En => {
                "\n**If you are in danger:** what you write is also looked at for signs of a crisis, so that somebody can reach \
                 out. Nobody watches around the clock; in an emergency call your local emergency number."
            }
            Lang::De => {
                "\n**Wenn du in Gefahr bist:** was du schreibst, wird auch auf Anzeichen einer Krise gelesen, damit sich jemand \
                 melden kann. Bisher wird dabei nur Englisch verstanden. Niemand ist rund um die Uhr da; ruf im Notfall den \
                 Notruf an."
            }
        });
    }
    if intelligence {
        text.push('\n');
        text.push_str(super::intelligence::on_panel(lang));
    }
    let [title, open, about] = match lang {
        Lang::En => ["Need help?", "Open Ticket", "Open a ticket about …"],
        Lang::De => ["Brauchst du Hilfe?", "Ticket öffnen", "Ein Ticket öffnen zu …"],
    };
    let embed = EmbedBuilder::new().title(title).description(text).color(colour::INFO).build();
    let component = match categories {
        [only] => {
            let id = CustomId::write(actions::OPEN, &[&only.category_id])?;
            row([button(ButtonStyle::Primary, open, id)])
        }
        several => {
            let mut menu =
                SelectMenuBuilder::new(CustomId::write(actions::OPEN, &[])?, SelectMenuType::Text).placeholder(about);
            for category in several.iter().take(25) {
                let mut option = SelectMenuOptionBuilder::new(&*category.name, category.category_id.to_string());
                if !category.description.is_empty() {
                    option = option.description(&*category.description);
                }
                menu = menu.option(option);
            }
            row([menu.build()])
        }
    };
    Ok(MessageBody { components: vec![component], ..MessageBody::embed(embed) })
}

pub fn panel_posted(lang: Lang, channel: Snowflake) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    said(
        format!(
            "The panel is in <#{channel}>. When kinds of ticket change, **Update posted panels** in `/setup part:tickets` → \
             **Kinds of ticket** changes it."
        ),
        colour::GOOD,
    )
}

/// The form of a category. `key` makes two sendings of it one.
pub fn form(lang: Lang, category: &Category, key: Snowflake, intelligence: bool) -> Result<Modal> {
    let (about, more) = match lang {
        Lang::En => ("What is it about?", "Tell us more"),
        Lang::De => ("Worum geht es?", "Erzähl uns mehr"),
    };
    let field = |custom_id, label, long, required, max_length| TextField {
        custom_id,
        label,
        help: None,
        long,
        required,
        max_length,
        value: None,
    };
    let mut components = vec![
        field("subject", about, false, true, MAX_SUBJECT).build(),
        field("details", more, true, true, MAX_DETAILS).build(),
    ];
    for (id, question) in open::QUESTIONS.iter().zip(&category.questions) {
        components.push(field(id, &question.label, question.long, question.required, MAX_ANSWER).build());
    }
    if intelligence {
        let (label, help) = super::intelligence::tick(lang);
        components.push(tick(open::AI_TICK, label, help));
    }
    Ok(Modal {
        custom_id: CustomId::write(actions::OPEN_FORM, &[&category.category_id, &key])?,
        title: cut(&category.name, 45),
        components,
    })
}

pub fn opened(lang: Lang, ticket: &Ticket) -> MessageBody {
    let text = match (lang, ticket.channel_id) {
        (Lang::En, Some(_)) => "Your ticket is <#{0}>.",
        (Lang::De, Some(_)) => "Dein Ticket ist <#{0}>.",
        (Lang::En, None) => {
            "Ticket #{1} is being opened. Its channel will appear in the list in a moment, and you will be mentioned there."
        }
        (Lang::De, None) => {
            "Ticket #{1} wird geöffnet. Sein Kanal erscheint gleich in der Liste, und du wirst dort erwähnt."
        }
    };
    let text = fill(text, &[&ticket.channel_id.unwrap_or_default(), &ticket.ticket_number]);
    said(text, colour::GOOD)
}

/// What a member wrote is given back: they need not write it again.
pub fn no_place(lang: Lang, ticket: &Ticket) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let wrote: Vec<String> = ticket.form.iter().map(|one| escaped(&one.answer)).collect();
    said(
        cut(
            &format!(
                "Your ticket could not be opened: this server has no room for it at the moment. Its administrators see why in \
                 `/setup`. Please try again later, or write to them directly.\n\nThis is what you wrote:\n>>> {}",
                wrote.join("\n")
            ),
            4_000,
        ),
        colour::ERROR,
    )
}

pub fn blocked(lang: Lang) -> &'static str {
    match lang {
        Lang::De => {
            "Du kannst in diesem Server keine Tickets öffnen. Wenn du das für einen Irrtum hältst, schreib bitte der Administration."
        }
        Lang::En => {
            "You cannot open tickets in this server. If you think that is a mistake, please write to an administrator."
        }
    }
}

pub fn category_gone(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "This kind of ticket is not offered any more. Please look for a newer panel.",
        Lang::De => "Diese Art von Ticket gibt es nicht mehr. Such bitte nach einem neueren Aushang.",
    }
}

pub fn account_too_young(lang: Lang, days: u32) -> String {
    fill(
        match lang {
            Lang::En => "Tickets of this kind need an account that is at least {0} days old.",
            Lang::De => "Tickets dieser Art brauchen ein Konto, das mindestens {0} Tage alt ist.",
        },
        &[&days],
    )
}

pub fn role_missing(lang: Lang, role: Snowflake) -> String {
    fill(
        match lang {
            Lang::En => "Tickets of this kind are for members with <@&{0}>.",
            Lang::De => "Tickets dieser Art sind für Mitglieder mit <@&{0}>.",
        },
        &[&role],
    )
}

pub fn limit_reached(lang: Lang, most: u32, ticket: Option<&Ticket>) -> String {
    let channel = ticket.and_then(|ticket| ticket.channel_id);
    let text = match (lang, most, channel) {
        (Lang::En, 1, Some(_)) => "You already have an open ticket of this kind: <#{0}>.",
        (Lang::De, 1, Some(_)) => "Du hast schon ein offenes Ticket dieser Art: <#{0}>.",
        (Lang::En, 1, None) => "You already have an open ticket of this kind; its channel appears in a moment.",
        (Lang::De, 1, None) => "Du hast schon ein offenes Ticket dieser Art; sein Kanal erscheint gleich.",
        (Lang::En, _, Some(_)) => "You already have {1} open tickets of this kind, the last one is <#{0}>.",
        (Lang::De, _, Some(_)) => "Du hast schon {1} offene Tickets dieser Art, das letzte ist <#{0}>.",
        (Lang::En, _, None) => "You already have {1} open tickets of this kind.",
        (Lang::De, _, None) => "Du hast schon {1} offene Tickets dieser Art.",
    };
    fill(text, &[&channel.unwrap_or_default(), &most])
}

pub fn cooling_down(lang: Lang, until: DateTime<Utc>) -> String {
    fill(
        match lang {
            Lang::En => "You opened one a short while ago. You can open another one <t:{0}:R>.",
            Lang::De => "Du hast vor Kurzem eins geöffnet. Das nächste kannst du <t:{0}:R> öffnen.",
        },
        &[&until.timestamp()],
    )
}

pub fn cannot_post(lang: Lang, channel: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "I may not write in <#{channel}>. Please give my role **View Channel**, **Send Messages** and **Embed Links** there, or choose another channel."
        ),
    }
}

/// The first question of every form.
pub fn details(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Details",
    }
}

pub fn problem_staff_role(lang: Lang) -> String {
    match lang {
        Lang::En | Lang::De => "The staff role of a ticket was deleted: only administrators see it. Choose another role here, or for its kind of ticket.".to_owned(),
    }
}

pub fn problem_name(lang: Lang, name: &str) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "Discord refuses the name `{name}` in this server (a forbidden word): channels of tickets get names of letters instead."
        ),
    }
}

pub fn outside_hours(lang: Lang, back: DateTime<Utc>) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "Tickets can be opened in our working hours only. We are back <t:{0}:R>, on <t:{0}:F>.",
            back.timestamp()
        ),
    }
}

pub fn problem_too_many_channels(lang: Lang) -> String {
    match lang {
        Lang::En | Lang::De => "This server has 500 channels, Discord's limit: tickets become private threads. Delete channels that are not needed.".to_owned(),
    }
}

pub fn problem_parent(lang: Lang, parent: Option<Snowflake>) -> String {
    match (lang, parent) {
        (Lang::En | Lang::De, Some(parent)) => {
            format!("The category <#{parent}> is full (Discord allows 50 channels) or was deleted. Choose another one.")
        }
        (Lang::En | Lang::De, None) => {
            "Discord did not take the channel without a category. Choose a category.".to_owned()
        }
    }
}

pub fn problem_channel(lang: Lang, code: Option<&str>) -> String {
    match (lang, code) {
        (Lang::En | Lang::De, Some("50013" | "50001")) => {
            "I may not make channels there. Give my role **Manage Channels** and **Manage Roles**, and every right that people in a ticket get."
                .to_owned()
        }
        (Lang::En | Lang::De, code) => format!("Discord refused to make a channel ({}).", code.unwrap_or("no reason given")),
    }
}
