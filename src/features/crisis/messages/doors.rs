//! What members read who ask for help or are worried, and how the team sees it. Pure.

use relay_wire::Snowflake;
use twilight_model::channel::message::Embed;
use twilight_util::builder::embed::EmbedFieldBuilder;

use super::{super::watch::Text, alert::preview};
use crate::{
    discord::message::{MessageBody, link},
    lang::{Lang, fill},
};

pub fn only_you_see_this(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "Only you see this, and nobody is told that you asked.",
        Lang::De => "Nur du siehst das, und niemand erfährt, dass du gefragt hast.",
    }
}

/// Whether somebody is there. None: this server does not say who is.
pub fn duty(lang: Lang, on_duty: Option<usize>) -> String {
    let text = match (lang, on_duty) {
        (Lang::En, None) => "They are volunteers and do not watch around the clock: it may take a while.",
        (Lang::De, None) => "Es sind Freiwillige und nicht rund um die Uhr da: es kann eine Weile dauern.",
        (Lang::En, Some(0)) => "Right now nobody of them is on duty: it may take a while.",
        (Lang::De, Some(0)) => "Gerade ist niemand im Dienst: es kann eine Weile dauern.",
        (Lang::En, Some(1)) => "One of them is on duty right now.",
        (Lang::De, Some(1)) => "Gerade ist eine Person im Dienst.",
        (Lang::En, Some(_)) => "{0} of them are on duty right now.",
        (Lang::De, Some(_)) => "Gerade sind {0} Personen im Dienst.",
    };
    fill(text, &[&on_duty.unwrap_or_default()])
}

pub fn talk_with_ash(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Talk with Ash, an AI",
    }
}

/// How the team was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    Pinged,
    /// It stands in their channel, and nobody was pinged.
    Written,
    /// The guild tries detection out.
    Trial,
    /// Less than ten minutes ago.
    Before,
    NoTeam,
    Failed,
}

/// Answers who asked for a person.
pub fn human(lang: Lang, reached: Reached, on_duty: Option<usize>) -> String {
    let text = match (lang, reached) {
        (Lang::En, Reached::Pinged) => "I have called the crisis response team. {0}",
        (Lang::De, Reached::Pinged) => "Ich habe das Krisenteam gerufen. {0}",
        (Lang::En, Reached::Written) => "I have written to the crisis response team; nobody could be pinged. {0}",
        (Lang::De, Reached::Written) => "Ich habe dem Krisenteam geschrieben, konnte aber niemanden pingen. {0}",
        (Lang::En, Reached::Trial) => {
            "I have written to the crisis response team, but nobody was pinged: this server still tries me out. Please write to \
             a moderator as well."
        }
        (Lang::De, Reached::Trial) => {
            "Ich habe dem Krisenteam geschrieben, aber niemand wurde gepingt: dieser Server probiert mich noch aus. Schreib bitte \
             auch der Moderation."
        }
        (Lang::En, Reached::Before) => "The crisis response team was told less than 10 minutes ago. {0}",
        (Lang::De, Reached::Before) => "Das Krisenteam weiß seit weniger als 10 Minuten Bescheid. {0}",
        (Lang::En, Reached::NoTeam) => {
            "This server has no crisis response team that I could call. Please write to a moderator, or to one of these:"
        }
        (Lang::De, Reached::NoTeam) => {
            "Dieser Server hat kein Krisenteam, das ich rufen könnte. Wende dich bitte an die Moderation oder hierhin:"
        }
        (Lang::En, Reached::Failed) => {
            "I could not reach the crisis response team just now. Please write to a moderator, or to one of these:"
        }
        (Lang::De, Reached::Failed) => {
            "Ich konnte das Krisenteam gerade nicht erreichen. Wende dich bitte an die Moderation oder hierhin:"
        }
    };
    fill(text, &[&duty(lang, on_duty)])
}

pub fn not_a_member(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "You are not in that server any more.",
        Lang::De => "Du bist nicht mehr in diesem Server.",
    }
}

/// Answers a direct message of somebody about whom a team was told.
pub fn direct_told(lang: Lang, guild: &str, is_pinged: bool, on_duty: Option<usize>) -> String {
    let (Lang::En | Lang::De) = lang;
    let server = if guild.is_empty() { "your server".to_owned() } else { format!("**{guild}**") };
    if !is_pinged {
        return format!("Thank you for telling me. It stands in the team channel of {server}, but nobody was pinged.");
    }
    format!("Thank you for telling me. I have told the crisis response team of {server}. {}", duty(Lang::En, on_duty))
}

/// Answers a direct message about which nobody was told, or not yet.
pub fn direct_not_told(lang: Lang, is_failed: bool, has_team: bool, is_grave: bool) -> String {
    let (Lang::En | Lang::De) = lang;
    let first = match (is_failed, is_grave) {
        (true, _) => "I read this, but I cannot reach a team right now. I keep trying.",
        (false, true) => "Thank you for telling me. I am a bot, and nobody was told of this yet.",
        (false, false) => "Hello. I am a bot, and nobody reads along here around the clock.",
    };
    let second = match has_team {
        true => " Below you can ask the crisis response team of your server for a person.",
        false => "",
    };
    format!("{first}{second}")
}

/// The short answer while the card stands a few lines above.
pub fn direct_again(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "I read this too. If you are in danger, please do not wait for an answer here: call for help."
        }
    }
}

pub fn ask_for_a_person(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Ask for a person",
    }
}

pub fn which_team(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Which server's team shall I call?",
    }
}

/// The alert when somebody asked for a person.
pub fn dress_human(body: &mut MessageBody, text: &Text, is_direct: bool) {
    let Some(embed) = body.embeds.first_mut() else { return };
    embed.title = Some("🔶 A member asks for a person".to_owned());
    put(embed, "Recommended", "Recommended", "They wait for an answer. Please write to them.".to_owned());
    drop_fields(embed, &["Message", "Score", "Confidence", "Trend"]);
    footer(embed, "Asked by the member");
    if is_direct {
        return as_direct(embed, text);
    }
    let link = link_to(text);
    put(embed, "Original message", "Where they asked", format!("[Open the channel]({link})"));
}

/// Said below an alert that is open for who asks.
pub fn human_again(member: Snowflake, is_hidden: bool) -> String {
    match is_hidden {
        true => "The member asks for a person now.".to_owned(),
        false => format!("<@{member}> asks for a person now."),
    }
}

/// Who is worried, and what they say.
pub struct Report<'a> {
    pub reporter: Snowflake,
    pub word: &'a str,
    /// About a message; else about a member.
    pub is_message: bool,
    /// People outside the team can read the channel.
    pub is_hidden: bool,
}

pub fn dress_report(body: &mut MessageBody, text: &Text, report: &Report) {
    let Some(embed) = body.embeds.first_mut() else { return };
    let sign = embed.title.as_deref().and_then(|title| title.split(' ').next()).unwrap_or("⚠️").to_owned();
    embed.title = Some(format!("{sign} A member is worried about somebody"));
    drop_fields(embed, &["Score", "Confidence", "Trend"]);
    if text.text.is_empty() {
        drop_fields(embed, &["Message"]);
    }
    if !report.is_message {
        put(embed, "Original message", "Where they were told on", format!("[Open the channel]({})", link_to(text)));
    }
    for (name, value) in report_fields(report) {
        put(embed, name, name, value);
    }
    footer(embed, "Who it is about does not know of this");
}

/// Said below an alert that stands already.
pub fn report_again(report: &Report) -> String {
    if report.is_hidden {
        return "Another member is worried as well.".to_owned();
    }
    match report.word {
        "" => format!("<@{}> is worried as well. Who it is about does not know of this.", report.reporter),
        word => format!("<@{}> is worried as well, and says: {}", report.reporter, preview(word)),
    }
}

fn report_fields(report: &Report) -> Vec<(&'static str, String)> {
    let mut fields = vec![];
    if report.is_hidden {
        fields.push(("Told by", "not shown here: people outside the team can read this channel".to_owned()));
        return fields;
    }
    fields.push(("Told by", format!("<@{}>", report.reporter)));
    if !report.word.is_empty() {
        fields.push(("They say", preview(report.word)));
    }
    fields
}

pub fn report_form(lang: Lang) -> [&'static str; 3] {
    match lang {
        Lang::En | Lang::De => [
            "Tell the crisis team",
            "What worries you? You may leave it empty",
            "Only the team sees this, and that it was you. Who it is about is not told.",
        ],
    }
}

pub fn reported(lang: Lang, on_duty: Option<usize>) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "Thank you for looking out for somebody. The crisis response team knows now; who it is about is not told. {} If \
             there is danger right now, call your emergency number. `/resources` has helplines, for you as well.",
            duty(Lang::En, on_duty)
        ),
    }
}

pub fn no_team(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "This server has no crisis response team that I could tell. Please write to a moderator. If there is danger right \
             now, call your emergency number; `/resources` has helplines."
        }
    }
}

pub fn not_reported(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "I could not reach the crisis response team just now. Please write to a moderator, or try again in a moment. \
             If there is danger right now, call your emergency number."
        }
    }
}

pub fn too_many_reports(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "You have told the team of five things within an hour; they have them all. Please write to a moderator if there \
             is more."
        }
    }
}

pub fn not_of_a_member(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "A bot wrote this. If you are worried about a member, use the same menu on them.",
    }
}

pub fn dress_drill(body: &mut MessageBody, by: Snowflake) {
    if !body.content.is_empty() {
        body.content.push_str(" **DRILL**");
    }
    let Some(embed) = body.embeds.first_mut() else { return };
    embed.title = Some(format!("DRILL · {}", embed.title.as_deref().unwrap_or_default()));
    let note = "**DRILL.** Nobody is in danger; everything else is as in an emergency.";
    embed.description = Some(match &embed.description {
        Some(more) => format!("{note}\n{more}"),
        None => note.to_owned(),
    });
    drop_fields(embed, &["Message", "Score", "Confidence", "Trend"]);
    put(embed, "Member", "Member", format!("<@{by}>, who began the drill"));
    footer(embed, "A drill: it ends with Resolve, or after an hour");
}

pub fn drill_again() -> String {
    "**DRILL.** A further message of the same member.".to_owned()
}

pub fn drill_begun(lang: Lang, is_pinged: bool, ends_at: i64) -> String {
    match (lang, is_pinged) {
        (Lang::En | Lang::De, true) => {
            format!("The drill runs, and the team was pinged. It ends with **Resolve**, or <t:{ends_at}:R>.")
        }
        (Lang::En | Lang::De, false) => {
            format!("The drill runs; nobody was pinged. It ends with **Resolve**, or <t:{ends_at}:R>.")
        }
    }
}

pub fn detection_is_off(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "Crisis detection is off here, so there is nothing to practise yet. `/setup` turns it on."
        }
    }
}

/// The alert of a direct message. Without its text, where it may belong to another server.
pub fn dress_direct(body: &mut MessageBody, text: &Text) {
    let Some(embed) = body.embeds.first_mut() else { return };
    if text.text.is_empty() {
        drop_fields(embed, &["Message"]);
        let note = "Its words are not shown: nobody knows yet which server it belongs to.";
        embed.description = Some(match &embed.description {
            Some(more) => format!("{more}\n{note}"),
            None => note.to_owned(),
        });
    }
    as_direct(embed, text);
}

fn as_direct(embed: &mut Embed, text: &Text) {
    put(embed, "Channel", "Channel", "a direct message to me".to_owned());
    let link = link(None, text.channel_id, text.message_id);
    put(embed, "Original message", "Original message", format!("[Only they can open it]({link})"));
}

fn link_to(text: &Text) -> String {
    link(Some(text.guild_id), text.channel_id, text.message_id)
}

fn put(embed: &mut Embed, name: &str, new_name: &str, value: String) {
    match embed.fields.iter_mut().find(|field| field.name == name) {
        Some(field) => (field.name, field.value) = (new_name.to_owned(), value),
        None => embed.fields.push(EmbedFieldBuilder::new(new_name, value).build()),
    }
}

fn drop_fields(embed: &mut Embed, names: &[&str]) {
    embed.fields.retain(|field| !names.contains(&field.name.as_str()));
}

fn footer(embed: &mut Embed, text: &str) {
    if let Some(footer) = &mut embed.footer {
        text.clone_into(&mut footer.text);
    }
}
