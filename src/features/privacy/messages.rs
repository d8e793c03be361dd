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
    lang::Lang,
};

pub fn nothing_held(lang: Lang) -> MessageBody {
    said(
        match lang {
            Lang::En => "Nothing is held about you.",
        },
        colour::INFO,
    )
}

/// `servers`: of how many, if asked in direct messages.
pub fn status(lang: Lang, servers: Option<usize>, held: &[(u64, &str)], status: &[OfGuild]) -> Result<MessageBody> {
    let Lang::En = lang;
    let mut lines = vec![match servers {
        None => "What this bot holds about you in this server:".to_owned(),
        Some(1) => "What this bot holds about you in the one server it knows you from:".to_owned(),
        Some(count) => format!("What this bot holds about you in the {count} servers it knows you from:"),
    }];
    lines.extend(held.iter().map(|(count, label)| format!("• {count} × {label}")));
    if held.is_empty() {
        lines.push("• nothing".to_owned());
    }
    // A deletion in several servers is told by the last of them.
    if let Some(until) = status.iter().filter_map(|one| one.held_until).max() {
        lines.push(format!("\nYour deletion is on hold until {}.", moment(until)));
    } else if let Some(due) = status.iter().filter_map(|one| one.due_at).max() {
        lines.push(format!("\nYour deletion is under way; it is due {}.", moment(due)));
    } else if let Some(done) = status.iter().filter_map(|one| one.done_at).max() {
        lines.push(format!("\nThe last deletion was done {}.", moment(done)));
    }
    lines.push("\n`/privacy export` gives you all of it, `/privacy delete` deletes it.".to_owned());
    let mut embed = EmbedBuilder::new().title("Your privacy").description(lines.join("\n")).color(colour::INFO);
    let mut buttons = vec![];
    for switch in Switch::ALL {
        let on = status.iter().filter(|one| switch.is_on(one)).count();
        let state = match on {
            0 => "off",
            all if all == status.len() => "on",
            _ => "on in some servers",
        };
        embed = embed.field(EmbedFieldBuilder::new(label(switch), format!("**{state}** · {}", meaning(switch))));
        let (to, verb) = if on > 0 { ("off", "Switch off") } else { ("on", "Switch on") };
        let id = CustomId::write(status::SWITCH, &[&switch.name(), &to])?;
        buttons.push(button(ButtonStyle::Secondary, &format!("{verb}: {}", label(switch)), id));
    }
    Ok(MessageBody { components: vec![row(buttons)], ..MessageBody::embed(embed.build()) })
}

fn label(switch: Switch) -> &'static str {
    match switch {
        Switch::Scoring => "Points",
        Switch::Monitoring => "Monitoring",
        Switch::Presence => "Online times",
        Switch::WelcomeDm => "Welcome by DM",
    }
}

fn meaning(switch: Switch) -> &'static str {
    match switch {
        Switch::Scoring => "what you do is worth points",
        Switch::Monitoring => "your messages in watched channels are read to notice people in need",
        Switch::Presence => "when you are online is kept, where the server wants it",
        Switch::WelcomeDm => "you are welcomed by direct message when you join again",
    }
}

pub fn ask_delete(lang: Lang, everywhere: bool) -> Result<MessageBody> {
    let Lang::En = lang;
    let place = if everywhere { "in every server this bot knows you from" } else { "in this server" };
    let text = format!(
        "Everything held about you {place} is deleted: points, entries, tickets you opened with what was written there, \
         roles in the dashboard. It cannot be brought back.\n\nIf you go on taking part, it begins anew, unless you also \
         stop the collecting."
    );
    let embed = EmbedBuilder::new().title("Delete your data?").description(text).color(colour::ERROR).build();
    let buttons = [
        button(ButtonStyle::Danger, "Delete and stop collecting", CustomId::write(erase::CONFIRM, &[&"stop"])?),
        button(ButtonStyle::Danger, "Only delete", CustomId::write(erase::CONFIRM, &[&"only"])?),
        button(ButtonStyle::Secondary, "Cancel", CustomId::write(erase::CANCEL, &[])?),
    ];
    Ok(MessageBody { components: vec![row(buttons)], ..MessageBody::embed(embed) })
}

pub fn cancelled(lang: Lang) -> MessageBody {
    said(
        match lang {
            Lang::En => "Nothing was deleted.",
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
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

pub fn deleting(lang: Lang, requested: &[Requested], now_ms: i64, stop: bool) -> MessageBody {
    let Lang::En = lang;
    let mut text = when(requested, now_ms, "your");
    text.push_str(" When it is done, you get a direct message, if you take them.");
    if stop {
        text.push_str("\nNothing new is collected from now on; `/privacy status` switches it on again.");
    }
    said(text, colour::GOOD)
}

/// By direct message, once.
pub fn deleted(lang: Lang, finished: &Finished) -> MessageBody {
    let Lang::En = lang;
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
    let Lang::En = lang;
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
    let Lang::En = lang;
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
    let Lang::En = lang;
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
    }
}

pub fn outdated(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "This switch is not there any more. Please use `/privacy status` again.",
    }
}

pub fn who(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "Please choose a member, or paste the id of somebody who left.",
    }
}

pub fn why(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "Please give a reason: other administrators will want to know.",
    }
}

pub fn ask_admin_delete(lang: Lang, subject: Snowflake) -> Result<MessageBody> {
    let Lang::En = lang;
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
    let Lang::En = lang;
    said(format!("<@{subject}>: {}", when(requested, now_ms, "their")), colour::GOOD)
}

/// `until` in seconds since 1970; None ends the hold.
pub fn held(lang: Lang, subject: Snowflake, until: Option<i64>) -> MessageBody {
    let Lang::En = lang;
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
