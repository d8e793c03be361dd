//! What people read about their data: short, plain, without a promise that the code does not keep.

use relay_wire::Snowflake;
use twilight_model::channel::message::component::ButtonStyle;
use twilight_util::builder::embed::{EmbedBuilder, EmbedFieldBuilder};

use super::{
    admin,
    erase::{self, Finished, Requested},
    status::{self, OfGuild, Switch},
};
use crate::{
    discord::{
        components::{button, row},
        custom_id::CustomId,
        message::{MessageBody, colour, said},
    },
    error::Result,
    lang::{Lang, fill},
};

pub fn nothing_held(lang: Lang) -> MessageBody {
    said(
        match lang {
            Lang::En => "Nothing is held about you.",
            Lang::De => "Über dich ist nichts gespeichert.",
        },
        colour::INFO,
    )
}

/// `servers`: of how many, if asked in direct messages.
pub fn status(lang: Lang, servers: Option<usize>, held: &[(u64, &str)], status: &[OfGuild]) -> Result<MessageBody> {
    let mut lines = vec![match (lang, servers) {
        (Lang::En, None) => "What this bot holds about you in this server:".to_owned(),
        (Lang::De, None) => "Was dieser Bot in diesem Server über dich gespeichert hat:".to_owned(),
        (Lang::En, Some(1)) => "What this bot holds about you in the one server it knows you from:".to_owned(),
        (Lang::De, Some(1)) => {
            "Was dieser Bot über dich gespeichert hat, in dem einen Server, aus dem er dich kennt:".to_owned()
        }
        (Lang::En, Some(count)) => {
            format!("What this bot holds about you in the {count} servers it knows you from:")
        }
        (Lang::De, Some(count)) => {
            format!("Was dieser Bot über dich gespeichert hat, in den {count} Servern, aus denen er dich kennt:")
        }
    }];
    lines.extend(held.iter().map(|(count, label)| format!("• {count} × {label}")));
    let (title, nothing, ways) = match lang {
        Lang::En => {
            ("Your privacy", "• nothing", "\n`/privacy export` gives you all of it, `/privacy delete` deletes it.")
        }
        Lang::De => {
            ("Deine Daten", "• nichts", "\n`/privacy export` gibt dir alles davon, `/privacy delete` löscht es.")
        }
    };
    if held.is_empty() {
        lines.push(nothing.to_owned());
    }
    // A deletion in several servers is told by the last of them.
    if let Some(until) = status.iter().filter_map(|one| one.held_until).max().map(moment) {
        lines.push(fill(
            match lang {
                Lang::En => "\nYour deletion is on hold until {0}.",
                Lang::De => "\nDeine Löschung ist aufgeschoben bis {0}.",
            },
            &[&until],
        ));
    } else if let Some(due) = status.iter().filter_map(|one| one.due_at).max().map(moment) {
        lines.push(fill(
            match lang {
                Lang::En => "\nYour deletion is under way; it is due {0}.",
                Lang::De => "\nDeine Löschung läuft; sie ist fällig am {0}.",
            },
            &[&due],
        ));
    } else if let Some(done) = status.iter().filter_map(|one| one.done_at).max().map(moment) {
        lines.push(fill(
            match lang {
                Lang::En => "\nThe last deletion was done {0}.",
                Lang::De => "\nZuletzt gelöscht wurde am {0}.",
            },
            &[&done],
        ));
    }
    lines.push(ways.to_owned());
    let mut embed = EmbedBuilder::new().title(title).description(lines.join("\n")).color(colour::INFO);
    let mut buttons = vec![];
    let [off, partly, on, switch_off, switch_on] = match lang {
        Lang::En => ["off", "on in some servers", "on", "Switch off", "Switch on"],
        Lang::De => ["aus", "in manchen Servern an", "an", "Ausschalten", "Einschalten"],
    };
    for switch in Switch::ALL {
        let count = status.iter().filter(|one| switch.is_on(one)).count();
        let state = match count {
            0 => off,
            all if all == status.len() => on,
            _ => partly,
        };
        let (label, meaning) = words(lang, switch);
        embed = embed.field(EmbedFieldBuilder::new(label, format!("**{state}** · {meaning}")));
        let (to, verb) = if count > 0 { ("off", switch_off) } else { ("on", switch_on) };
        let id = CustomId::write(status::SWITCH, &[&switch.name(), &to])?;
        buttons.push(button(ButtonStyle::Secondary, &format!("{verb}: {label}"), id));
    }
    Ok(MessageBody { components: vec![row(buttons)], ..MessageBody::embed(embed.build()) })
}

/// What a switch is called, and what it means that it is on.
fn words(lang: Lang, switch: Switch) -> (&'static str, &'static str) {
    match (lang, switch) {
        (Lang::En, Switch::Scoring) => ("Points", "what you do is worth points"),
        (Lang::De, Switch::Scoring) => ("Punkte", "was du tust, bringt Punkte"),
        (Lang::En, Switch::Monitoring) => {
            ("Monitoring", "your messages in watched channels are read to notice people in need")
        }
        (Lang::De, Switch::Monitoring) => {
            ("Mitlesen", "deine Nachrichten in beobachteten Kanälen werden gelesen, um Menschen in Not zu bemerken")
        }
        (Lang::En, Switch::Presence) => ("Online times", "when you are online is kept, where the server wants it"),
        (Lang::De, Switch::Presence) => {
            ("Online-Zeiten", "wann du online bist, wird festgehalten, wo der Server das möchte")
        }
        (Lang::En, Switch::WelcomeDm) => ("Welcome by DM", "you are welcomed by direct message when you join again"),
        (Lang::De, Switch::WelcomeDm) => {
            ("Willkommen per DM", "du wirst per Direktnachricht begrüßt, wenn du wieder beitrittst")
        }
    }
}

/// Where something holds that was asked for here or in direct messages.
fn place(lang: Lang, everywhere: bool) -> &'static str {
    match (lang, everywhere) {
        (Lang::En, true) => "in every server this bot knows you from",
        (Lang::De, true) => "in jedem Server, aus dem dieser Bot dich kennt,",
        (Lang::En, false) => "in this server",
        (Lang::De, false) => "in diesem Server",
    }
}

pub fn ask_delete(lang: Lang, everywhere: bool) -> Result<MessageBody> {
    let place = place(lang, everywhere);
    let text = fill(
        match lang {
            Lang::En => {
                "Everything held about you {0} is deleted: points, entries, tickets you opened with what was written there, \
             roles in the dashboard. It cannot be brought back.\n\nIf you go on taking part, it begins anew, unless you also \
             stop the collecting."
            }
            Lang::De => {
                "Alles, was {0} über dich gespeichert ist, wird gelöscht: Punkte, Einträge, deine Tickets mit allem, was dort \
             steht, Rollen im Dashboard. Es lässt sich nicht zurückholen.\n\nWenn du weiter dabei bist, beginnt es von vorn, \
             außer du beendest auch das Sammeln."
            }
        },
        &[&place],
    );
    let [title, both, only, cancel] = match lang {
        Lang::En => ["Delete your data?", "Delete and stop collecting", "Only delete", "Cancel"],
        Lang::De => ["Deine Daten löschen?", "Löschen und nicht mehr sammeln", "Nur löschen", "Abbrechen"],
    };
    let embed = EmbedBuilder::new().title(title).description(text).color(colour::ERROR).build();
    let buttons = [
        button(ButtonStyle::Danger, both, CustomId::write(erase::CONFIRM, &[&"stop"])?),
        button(ButtonStyle::Danger, only, CustomId::write(erase::CONFIRM, &[&"only"])?),
        button(ButtonStyle::Secondary, cancel, CustomId::write(erase::CANCEL, &[])?),
    ];
    Ok(MessageBody { components: vec![row(buttons)], ..MessageBody::embed(embed) })
}

pub fn cancelled(lang: Lang) -> MessageBody {
    said(
        match lang {
            Lang::En => "Nothing was deleted.",
            Lang::De => "Es wurde nichts gelöscht.",
        },
        colour::INFO,
    )
}

/// When an erasure happens, in one sentence.
fn when(requested: &[Requested], now_ms: i64, whose: &str) -> String {
    if let Some(until) = requested.iter().filter_map(|one| one.held_until).max() {
        return format!(
            "An administrator has put this on hold until {}. It is deleted then, without being asked for again.",
            moment(until)
        );
    }
    match requested.iter().map(|one| one.due_at).max() {
        Some(due) if due > now_ms => format!(
            "There is an open ticket, which is finished first: {whose} data is deleted when it is closed, {} at the latest.",
            moment(due)
        ),
        _ => format!("{} data is being deleted. It takes a few minutes.", capital(whose)),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| [first.to_ascii_uppercase()].into_iter().chain(letters).collect()).unwrap_or_default()
}

pub fn deleting(lang: Lang, requested: &[Requested], now_ms: i64, stop: bool) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let mut text = when(requested, now_ms, "your");
    text.push_str(" When it is done, you get a direct message, if you take them.");
    if stop {
        text.push_str("\nNothing new is collected from now on; `/privacy status` switches it on again.");
    }
    said(text, colour::GOOD)
}

/// By direct message, once.
pub fn deleted(lang: Lang, finished: &Finished) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let mut text = match finished.by_admin {
        false => "The deletion you asked for is done.".to_owned(),
        true => "What this bot held about you in a server is deleted: an administrator asked for it.".to_owned(),
    };
    if finished.held {
        text.push_str(" A part of it is on hold; it follows by itself, and you are told.");
    }
    text.push_str("\n`/privacy status` says what is held now.");
    said(text, colour::GOOD)
}

pub fn stopped(lang: Lang, everywhere: bool) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let place = if everywhere { "in every server this bot knows you from" } else { "in this server" };
    said(
        format!(
            "Nothing new is collected about you {place} from now on: no points, no online times, no reading of your \
             messages in watched channels. What is held already stays; `/privacy delete` deletes it."
        ),
        colour::GOOD,
    )
}

/// `contacts`: what each server says, with its id.
pub fn report(lang: Lang, everywhere: bool, contacts: &[(Snowflake, String)]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let mut lines: Vec<String> = contacts
        .iter()
        .filter(|(_, contact)| !contact.is_empty())
        .take(10)
        .map(|(guild, contact)| match everywhere {
            true => format!("Server `{guild}`: {contact}"),
            false => format!("For privacy in this server, turn to: {contact}"),
        })
        .collect();
    if lines.is_empty() {
        lines.push("For privacy, turn to the administrators of the server: they run this bot.".to_owned());
    }
    lines.push(
        "If that does not help, you may complain to the data protection authority of your country. What breaks Discord's \
         own rules is reported in Discord: hold or right-click a message and choose **Report**."
            .to_owned(),
    );
    said(lines.join("\n"), colour::INFO)
}

/// `next`: the custom_id of the button for the next part; None after the last one.
pub fn exported(lang: Lang, part: u32, next: Option<String>) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let Some(next) = next else {
        return said(
            match part {
                1 => "Here is everything held about you. Only you see this message.".to_owned(),
                part => format!(
                    "Here is part {part}, the last one: the {part} parts together are everything held about you. Only you \
                     see this message."
                ),
            },
            colour::GOOD,
        );
    };
    let text = format!(
        "Here is part {part} of what is held about you; it does not fit into one file. **Next part** gives you more, until \
         the last part says so. Only you see this message; if it is gone, `/privacy export` begins again."
    );
    let button = button(ButtonStyle::Primary, "Next part", next);
    MessageBody { components: vec![row([button])], ..said(text, colour::INFO) }
}

/// For an export that cannot go on where it was.
pub fn begin_again(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "What is held about you has changed too much to go on. Please begin again with `/privacy export`.",
        Lang::De => "Was über dich gespeichert ist, hat sich zu sehr geändert. Beginn bitte neu mit `/privacy export`.",
    }
}

pub fn outdated(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "This switch is not there any more. Please use `/privacy status` again.",
        Lang::De => "Diesen Schalter gibt es nicht mehr. Nimm bitte noch einmal `/privacy status`.",
    }
}

pub fn who(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Please choose a member, or paste the id of somebody who left.",
    }
}

pub fn why(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Please give a reason: other administrators will want to know.",
    }
}

pub fn ask_admin_delete(lang: Lang, subject: Snowflake) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let text = format!(
        "Everything held about <@{subject}> (`{subject}`) in this server is deleted, tickets and what was written there \
         included. It cannot be brought back, and it is noted that you asked for it."
    );
    let embed = EmbedBuilder::new().title("Delete their data?").description(text).color(colour::ERROR).build();
    let buttons = [
        button(ButtonStyle::Danger, "Delete", CustomId::write(admin::CONFIRM, &[&subject])?),
        button(ButtonStyle::Secondary, "Cancel", CustomId::write(erase::CANCEL, &[])?),
    ];
    Ok(MessageBody { components: vec![row(buttons)], ..MessageBody::embed(embed) })
}

pub fn admin_deleting(lang: Lang, subject: Snowflake, requested: &[Requested], now_ms: i64) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    said(format!("<@{subject}>: {}", when(requested, now_ms, "their")), colour::GOOD)
}

/// `until` in seconds since 1970; None ends the hold.
pub fn held(lang: Lang, subject: Snowflake, until: Option<i64>) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let text = match until {
        Some(until) => format!(
            "Nothing of <@{subject}> is deleted in this server until <t:{until}:f>. If they ask for it, they are told until \
             when, not why."
        ),
        None => format!("The hold on <@{subject}> is over. A deletion that waited for it goes on."),
    };
    said(text, colour::GOOD)
}

/// As Discord shows it in the reader's own time zone.
fn moment(ms: i64) -> String {
    format!("<t:{}:f>", ms / 1_000)
}
