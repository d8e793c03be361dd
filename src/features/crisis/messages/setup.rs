//! What administrators read when they turn crisis detection on: the checklist, the questions before each step, warnings. Pure.

use relay_wire::Snowflake;
use serde_json::Value;
use twilight_model::{
    channel::message::{
        Component,
        component::{Button, ButtonStyle, SelectMenuType},
    },
    guild::Permissions,
};
use twilight_util::builder::{
    embed::{EmbedBuilder, EmbedFieldBuilder},
    message::{SelectMenuBuilder, SelectMenuOptionBuilder},
};

use super::super::{
    checklist::{self, Check, Checked, Facts, Reader, Wrong},
    settings::{ALL, CONTACT, HISTORY_DAYS, MONITOR_CHANNEL, PRIVACY_URL, Stage, USE_NLP},
    setup,
};
use crate::{
    discord::{
        channel::Channel,
        components::{TextField, button, cut, escaped, row},
        custom_id::CustomId,
        message::{MessageBody, colour, said},
    },
    error::Result,
    lang::Lang,
    reply::Modal,
    settings::Settings,
};

pub fn page_label(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Turn on, step by step",
    }
}

/// The checklist with what can be done about it.
pub fn page(lang: Lang, facts: &Facts, checked: &[Checked], stage: Stage, note: Option<String>) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let is_complete = checked.iter().all(|(_, wrong)| wrong.is_empty());
    let mut lines: Vec<String> = note.into_iter().collect();
    lines.push(stage_line(stage).to_owned());
    for (check, wrong) in checked {
        let mark = if wrong.is_empty() { "✅" } else { "❌" };
        lines.push(format!("{mark} **{}**{}", check_name(*check), detail(*check, facts.settings)));
        lines.extend(wrong.iter().map(|wrong| format!("　• {}", line(wrong))));
    }
    let mut embed = EmbedBuilder::new()
        .title(format!("Crisis detection: {}", stage.name()))
        .description(cut(&lines.join("\n"), 4_000))
        .color(if is_complete { colour::GOOD } else { colour::INFO });
    let read: Vec<String> = checklist::team_channels(facts).iter().map(|channel| read_by(facts, channel)).collect();
    if !read.is_empty() {
        embed = embed.field(EmbedFieldBuilder::new("Who can read", cut(&read.join("\n"), 1_024)));
    }
    let mut body = MessageBody::embed(embed.build());
    body.components = page_components(facts, checked, stage, is_complete)?;
    Ok(body)
}

fn page_components(facts: &Facts, checked: &[Checked], stage: Stage, is_complete: bool) -> Result<Vec<Component>> {
    let mut rows = vec![];
    let name = |id: Snowflake| {
        let channel = facts.channels.iter().find(|one| one.id == id);
        cut(&channel.map_or_else(|| id.to_string(), |channel| format!("#{}", channel.name())), 100)
    };
    let monitored = checklist::monitored(facts.settings);
    if !monitored.is_empty() {
        let mut menu = SelectMenuBuilder::new(CustomId::write(setup::NOTICES_STAND, &[])?, SelectMenuType::Text)
            .placeholder("Where does a notice stand?")
            .min_values(0)
            .max_values(monitored.len().min(25) as u8);
        for id in monitored.into_iter().take(25) {
            let stands = checklist::has_notice(facts.settings, id);
            menu = menu.option(SelectMenuOptionBuilder::new(name(id), id.to_string()).default(stands));
        }
        rows.push(row([menu.build()]));
    }
    let public: Vec<Snowflake> = checked
        .iter()
        .flat_map(|(_, wrong)| wrong)
        .filter_map(|wrong| if let Wrong::ReadBy { channel, .. } = wrong { Some(*channel) } else { None })
        .collect();
    if !public.is_empty() {
        let mut menu = SelectMenuBuilder::new(CustomId::write(setup::LET_READ, &[])?, SelectMenuType::Text)
            .placeholder("Let others read a channel all the same…");
        for id in public {
            menu = menu.option(SelectMenuOptionBuilder::new(name(id), id.to_string()));
        }
        rows.push(row([menu.build()]));
    }
    let step = |style, label, to: Stage, is_open: bool| -> Result<Button> {
        Ok(Button { disabled: !is_open, ..button(style, label, CustomId::write(setup::STEP, &[&to.name()])?) })
    };
    let off = || step(ButtonStyle::Danger, "Switch off", Stage::Off, true);
    let mut buttons = match stage {
        Stage::Off => vec![step(ButtonStyle::Success, "Start shadow mode", Stage::Shadow, is_complete)?],
        Stage::Shadow => vec![step(ButtonStyle::Success, "Go live", Stage::Live, is_complete)?, off()?],
        Stage::Live => vec![step(ButtonStyle::Secondary, "Back to shadow mode", Stage::Shadow, true)?, off()?],
    };
    if checked.iter().any(|(check, wrong)| *check == Check::Notices && !wrong.is_empty()) {
        buttons.push(button(ButtonStyle::Primary, "Post the notice", CustomId::write(setup::POST_NOTICES, &[])?));
    }
    buttons.push(button(ButtonStyle::Secondary, "Check again", CustomId::write(setup::PAGE, &[&"again"])?));
    rows.push(row(buttons));
    Ok(rows)
}

fn stage_line(stage: Stage) -> &'static str {
    match stage {
        Stage::Off => "Nothing is read yet. When every line is ticked, shadow mode can begin.",
        Stage::Shadow => "Shadow mode: alerts go to the monitor channel, nobody is pinged, Ash says nothing.",
        Stage::Live => "Live: the team is alerted and pinged.",
    }
}

fn check_name(check: Check) -> &'static str {
    match check {
        Check::Monitored => "Watched channels",
        Check::Channels => "Channels of the team",
        Check::Roles => "Roles of the team",
        Check::Posting => "I can post and ping there",
        Check::Readers => "Only the team reads there",
        Check::Notices => "A notice stands in every watched channel",
        Check::Contact => "Contact",
        Check::PrivacyUrl => "Privacy policy",
        Check::Retention => "Retention",
        Check::Keys => "What is kept is encrypted",
        Check::Detector => "Detector",
    }
}

fn detail(check: Check, settings: &Settings) -> String {
    match check {
        Check::Monitored => {
            list(&checklist::monitored(settings).iter().map(|id| format!("<#{id}>")).collect::<Vec<_>>())
        }
        Check::Roles => {
            let roles = checklist::TEAM_ROLES.iter().filter_map(|setting| settings.id(setting));
            list(&roles.map(|id| format!("<@&{id}>")).collect::<Vec<_>>())
        }
        Check::Retention => format!(": messages with signs of a crisis for {} days", settings.number(&HISTORY_DAYS)),
        Check::Detector if settings.switch(&USE_NLP) => ": Ash-NLP and the built-in screen".to_owned(),
        Check::Detector => ": the built-in screen alone, by choice".to_owned(),
        _ => String::new(),
    }
}

fn list(mentions: &[String]) -> String {
    if mentions.is_empty() { String::new() } else { format!(": {}", mentions.join(" ")) }
}

/// What is wrong, and its mend.
pub fn line(wrong: &Wrong) -> String {
    match wrong {
        Wrong::NotChosen(key) => format!("Choose **{}** in `/setup part:crisis`.", label(key)),
        Wrong::Gone(key) => format!("What was chosen as **{}** was deleted. Choose another one.", label(key)),
        Wrong::RoleIsEveryone(key) => format!("**{}** is @everyone. Choose a role that only the team has.", label(key)),
        Wrong::Lacks { channel, lacks } => {
            format!("I lack {} in <#{channel}>. Allow it for my role in its permissions.", names(*lacks))
        }
        Wrong::CannotPing(role) => {
            format!("I may not ping <@&{role}>. Let anybody mention that role, or give my role **Mention Everyone**.")
        }
        Wrong::ReadBy { channel, readers } => format!(
            "<#{channel}> can be read by {}. Take **View Channel** from them there.",
            readers.iter().map(reader).collect::<Vec<_>>().join(", ")
        ),
        Wrong::NoNotice(channels) => format!(
            "None in {}. I post one with the button below; or write your own there, and say so in the menu.",
            channels.iter().map(|channel| format!("<#{channel}>")).collect::<Vec<_>>().join(" ")
        ),
        Wrong::NoKeys => "`STATE_KEYS` is not set: whoever runs the bot has to set it.".to_owned(),
        Wrong::NoNlp => "`NLP_BASE_URL` is not set. Set it, or switch **Ask Ash-NLP** off: then the built-in screen \
             decides alone, by your choice."
            .to_owned(),
    }
}

fn read_by(facts: &Facts, channel: &Channel) -> String {
    let mut readers: Vec<String> = checklist::readers(facts, channel).iter().map(reader).collect();
    if readers.as_slice() != [EVERYBODY] {
        readers.push("administrators".to_owned());
    }
    format!("<#{}>: {}", channel.id, readers.join(", "))
}

const EVERYBODY: &str = "**everybody**";

fn reader(reader: &Reader) -> String {
    match reader {
        Reader::Everyone => EVERYBODY.to_owned(),
        Reader::Role(role) => format!("<@&{role}>"),
        Reader::Member(member) => format!("<@{member}>"),
    }
}

fn label(key: &str) -> &'static str {
    ALL.iter().find(|setting| setting.key == key).map_or("", |setting| (setting.label)(Lang::En))
}

fn names(permissions: Permissions) -> String {
    let named = [
        (Permissions::VIEW_CHANNEL, "View Channel"),
        (Permissions::SEND_MESSAGES, "Send Messages"),
        (Permissions::EMBED_LINKS, "Embed Links"),
        (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
    ];
    let names = named.iter().filter(|(one, _)| permissions.contains(*one)).map(|(_, name)| format!("**{name}**"));
    names.collect::<Vec<_>>().join(", ")
}

/// Who lets others read where alerts stand types the channel's name.
pub fn type_the_name(lang: Lang, channel: Snowflake, name: &str) -> Result<Modal> {
    let (Lang::En | Lang::De) = lang;
    let field = TextField {
        custom_id: "name",
        label: "The channel's name",
        help: Some(&format!("Others will read alerts there. If that is meant, type: {name}")),
        long: false,
        required: true,
        max_length: 100,
        value: None,
    };
    Ok(Modal {
        custom_id: CustomId::write(setup::LET_READ_TYPED, &[&channel])?,
        title: "Let others read this channel".to_owned(),
        components: vec![field.build()],
    })
}

pub fn name_differs(lang: Lang, name: &str) -> String {
    match lang {
        Lang::En | Lang::De => format!("That is not its name, so nothing changed. It is called **{}**.", escaped(name)),
    }
}

pub fn others_may_read(lang: Lang, channel: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => {
            format!("Noted with your name: those who can read <#{channel}> now may go on. Anybody new is told of.")
        }
    }
}

pub fn posted(lang: Lang, count: usize, refused: &[Snowflake]) -> String {
    let (Lang::En | Lang::De) = lang;
    let places: Vec<String> = refused.iter().map(|channel| format!("<#{channel}>")).collect();
    match refused {
        [] => format!("Posted the notice in {count} channels. Pin it, so that it is found."),
        _ => format!("Posted the notice in {count} channels. I may not write in {}.", places.join(" ")),
    }
}

/// Asked before each step.
pub fn ask(lang: Lang, facts: &Facts, from: Stage, to: Stage, found: Option<&Value>) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let recorded = "This is recorded with your name and the time.";
    let text = match (from, to) {
        (_, Stage::Off) => {
            format!("**Switch crisis detection off?**\nNothing is read any more, and nobody is alerted. {recorded}")
        }
        (Stage::Live, Stage::Shadow) => {
            format!("**Back to shadow mode?**\nAlerts go to the monitor channel only, and nobody is pinged. {recorded}")
        }
        (_, Stage::Shadow) => {
            let watched = checklist::monitored(facts.settings).iter().map(|id| format!("<#{id}>")).collect::<Vec<_>>();
            let monitor = facts.settings.id(&MONITOR_CHANNEL).unwrap_or_default();
            format!(
                "**Start shadow mode?**\nYou confirm that a notice stands in {}, that your team knows of it, and that \
                 your privacy policy says what is processed.\nFrom then on messages there are read. Alerts go to \
                 <#{monitor}> only, nobody is pinged, and Ash says nothing. {recorded}",
                watched.join(" ")
            )
        }
        (_, Stage::Live) => format!(
            "**Go live?**\n{}\nFrom then on HIGH and CRITICAL ping the team, and what Ash may do by itself begins. {recorded}",
            found.map(shadow_found).unwrap_or_default()
        ),
    };
    let mut body = said(text, colour::INFO);
    let yes = CustomId::write(setup::STEP, &[&to.name(), &"yes"])?;
    let style = if to == Stage::Off { ButtonStyle::Danger } else { ButtonStyle::Success };
    let no = CustomId::write(setup::PAGE, &[&"again"])?;
    body.components = vec![row([button(style, "Yes, I confirm", yes), button(ButtonStyle::Secondary, "Not yet", no)])];
    Ok(body)
}

/// What `crisis_shadow_found` answered.
fn shadow_found(found: &Value) -> String {
    let number = |name: &str| found.get(name).and_then(Value::as_i64).unwrap_or_default();
    let (medium, high, critical) = (number("MEDIUM"), number("HIGH"), number("CRITICAL"));
    let total = medium + high + critical;
    let since = match number("since") / 1_000 {
        0 => String::new(),
        since => format!(" since <t:{since}:R>"),
    };
    let mut text =
        format!("Shadow mode found {total} alerts{since}: {critical} CRITICAL, {high} HIGH, {medium} MEDIUM. ");
    let (wrong, graver) = (number("false_alarms"), number("more_severe"));
    match (total, wrong + graver) {
        (0, _) => {}
        (_, 0) => text.push_str(
            "The team has judged none of them yet: **False alarm** on an alert is what the precision comes from.",
        ),
        _ => text.push_str(&format!(
            "The team called {wrong} a false alarm and {graver} more severe: **precision {} %**.",
            (total - wrong) * 100 / total
        )),
    }
    text
}

pub fn not_complete(lang: Lang, checked: &[Checked]) -> String {
    let (Lang::En | Lang::De) = lang;
    let wrong: Vec<String> =
        checked.iter().flat_map(|(_, wrong)| wrong).map(|wrong| format!("• {}", line(wrong))).collect();
    cut(&format!("Not yet:\n{}", wrong.join("\n")), 1_900)
}

pub fn shadow_first(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Begin with shadow mode: it shows what would be found before anybody is pinged.",
    }
}

pub fn changed(lang: Lang, to: Stage) -> String {
    match lang {
        Lang::En | Lang::De => format!("Crisis detection is now **{}**.", to.name()),
    }
}

/// What stands in a watched channel.
pub fn notice(lang: Lang, settings: &Settings, asks_first: bool) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let choice = match asks_first {
        true => "Only members who said yes with `/ash optin` are watched; `/ash optout` takes it back.",
        false => "You can say no at any time: `/ash optout`.",
    };
    MessageBody::text(format!(
        "**This channel is watched for signs of a crisis.** A program reads what is written here. If somebody may be in \
         danger, the crisis response team of this server is told, so that a person can reach out.\n\
         • **Not watched around the clock.** In an emergency call your local emergency number.\n\
         • {choice} `/ash status` says what applies to you.\n\
         • Kept: messages with signs of a crisis, encrypted, for {} days, and that the team was told, without the words.\n\
         • Questions: {} · Privacy policy: <{}>",
        settings.number(&HISTORY_DAYS),
        settings.text(&CONTACT),
        settings.text(&PRIVACY_URL)
    ))
}

/// Told once, when something about the team's channels or roles went wrong, or was mended.
pub fn warning(lang: Lang, wrong: &[String], hides: bool, was_mended: bool) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let mut lines: Vec<String> = wrong.iter().map(|wrong| format!("⚠️ {wrong}")).collect();
    if hides {
        lines.push("Until then alerts go out without the words and the name of the member.".to_owned());
    }
    if was_mended {
        lines.push("✅ Only the team reads the alerts again: they show the words and the name as before.".to_owned());
    }
    lines.push("`/setup part:crisis` → **Turn on, step by step** shows all of it.".to_owned());
    said(cut(&lines.join("\n"), 4_000), if wrong.is_empty() { colour::GOOD } else { colour::ERROR })
}
