//! What is said after a talk: notes and summaries for the team, and to members when they are asked again. Pure.

use from_json::{FromJson, Value};
use relay_wire::Snowflake;
use twilight_model::channel::message::component::ButtonStyle;
use twilight_util::builder::embed::EmbedBuilder;

use super::{
    actions,
    checkins::FOLLOW_UP,
    notes::Note,
    store::{OpenedBy, Place},
    summary::Summary,
};
use crate::{
    discord::{
        components::{TextField, button, row},
        custom_id::CustomId,
        message::{MessageBody, colour, said},
    },
    edge::Time,
    error::Result,
    lang::Lang,
    reply::Modal,
};

const MAX_NOTE: u16 = 1_000;
/// Characters in the embeds of one message; Discord counts in UTF-16. Source: Discord's limits of embeds, 6,000.
const MAX_NOTES: usize = 6_000;

pub fn note_form(lang: Lang, session: &str) -> Result<Modal> {
    let (Lang::En | Lang::De) = lang;
    let note = TextField {
        custom_id: "note",
        label: "Note for the team",
        help: Some("How they were, what was agreed, what comes next. Kept encrypted, as long as the talk is."),
        long: true,
        required: true,
        max_length: MAX_NOTE,
        value: None,
    };
    Ok(Modal {
        custom_id: CustomId::write(actions::NOTE, &[&session])?,
        title: "A note about their newest talk".to_owned(),
        components: vec![note.build()],
    })
}

pub fn no_talk(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "No talk of theirs with Ash is kept here.",
    }
}

pub fn cannot_keep(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Notes cannot be kept: STATE_KEYS is not set, and nothing is kept unencrypted.",
    }
}

pub fn empty_note(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "There is nothing in the note.",
    }
}

pub fn note_kept(lang: Lang, member: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!("Kept with the talk of <@{member}>. The team reads it with `/ash notes view`."),
    }
}

pub fn notes(lang: Lang, member: Snowflake, notes: &[Note]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    if notes.is_empty() {
        return said(format!("There are no notes about talks of <@{member}> with Ash."), colour::INFO);
    }
    let mut body = MessageBody::text(format!("Notes about talks of <@{member}>"));
    let mut room = MAX_NOTES;
    for (shown, note) in notes.iter().enumerate() {
        let by = note.by.map(|by| format!(" by <@{by}>")).unwrap_or_default();
        let text = note.text.as_deref().unwrap_or("*No key opens this note any more.*");
        let (at, opened_at) = (note.at.timestamp(), note.opened_at.timestamp());
        let text = format!("<t:{at}:f>{by}, talk of <t:{opened_at}:D>\n{text}");
        let Some(left) = room.checked_sub(text.encode_utf16().count()) else {
            body.content += &format!("; {} older do not fit here", notes.len() - shown);
            break;
        };
        room = left;
        body.embeds.push(EmbedBuilder::new().description(text).color(colour::INFO).build());
    }
    body
}

/// Discord refused the summary.
pub fn not_posted(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "I could not post there. Please let me see the channel, send messages and embed links in it."
        }
    }
}

pub fn summary(lang: Lang, talk: &Summary) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    let path: Vec<&str> = talk.severities.iter().map(|one| one.name()).collect();
    let place = match talk.place {
        Some(Place::Direct) => "direct messages",
        Some(Place::Channel) => "a support channel",
        _ => "a private thread",
    };
    let troubles: Vec<String> =
        [(talk.failures, "not given"), (talk.refusals, "refused by the AI"), (talk.replaced, "stopped and replaced")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
    let troubles = if troubles.is_empty() { String::new() } else { format!(" ({})", troubles.join(", ")) };
    let person = match (talk.human_id, talk.human_came, talk.asked_for_human) {
        (Some(human), ..) => format!("<@{human}> was there"),
        (None, true, _) => "somebody of the team was there".to_owned(),
        (None, false, true) => "**they asked for one, and nobody came**".to_owned(),
        (None, false, false) => "nobody was there".to_owned(),
    };
    let notes = match talk.notes {
        0 => "none yet: `/ash notes add`".to_owned(),
        count => format!("{count}: `/ash notes view`"),
    };
    let lines = [
        format!("<@{}> and Ash, {} min in {place}", talk.member_id, talk.minutes),
        format!("**Began**: {}", began(talk)),
        format!("**Ended**: {}", ended(talk.end_reason.as_deref().unwrap_or_default())),
        format!("**Severity**: {}; alerts in the 30 days before: {}", path.join(" → "), talk.earlier_alerts),
        format!("**Messages**: {} of theirs, {} answers{troubles}", talk.message_count, talk.reply_count),
        format!("**A person**: {person}"),
        format!("**Notes**: {notes}"),
    ];
    let embed = EmbedBuilder::new().title("A talk with Ash is over").description(lines.join("\n")).color(colour::INFO);
    MessageBody::embed(embed.build())
}

fn began(talk: &Summary) -> String {
    match (talk.opened_by, talk.actor_id) {
        (OpenedBy::Member, _) => "they came by themselves".to_owned(),
        (OpenedBy::Team, Some(actor)) => format!("<@{actor}> had Ash offer it"),
        (OpenedBy::Team, None) => "the team had Ash offer it".to_owned(),
        (OpenedBy::Chain, _) => "nobody reacted to an alert, and Ash offered it".to_owned(),
        (OpenedBy::Critical, _) => "a CRITICAL alert, and Ash offered it at once".to_owned(),
        (OpenedBy::FollowUp, _) => "they had asked to be asked the next day".to_owned(),
        (OpenedBy::CheckIn, _) => "they had asked for a check-in".to_owned(),
    }
}

fn ended(reason: &str) -> &'static str {
    match reason {
        "idle" => "they stopped writing",
        "maximum" => "its time was over",
        "limit" => "its time was over, and no person had come",
        "goodbye" | "declined" => "they said goodbye",
        "opt_out" => "they do not want Ash to write to them any more",
        "handed_off" => "a person took over",
        "stood_down" => "the team told Ash to stop",
        "paused" => "Ash was switched off",
        "unanswered" => "they did not answer the offer",
        "unreachable" => "there was no private place any more",
        _ => "Ash could not go on",
    }
}

/// As `plan_ash_checkin` answers it.
#[derive(FromJson)]
pub struct Planned {
    pub step: PlanStep,
    pub next_at: Option<Time>,
    pub remaining: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum PlanStep {
    Planned,
    Standing,
    OptedOut,
    Minor,
}

pub fn planned(lang: Lang, guild: Snowflake, kind: &str, planned: &Planned) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let refused = match planned.step {
        PlanStep::OptedOut => "You chose that Ash does not write to you. `/ash optin` takes that back; then ask again.",
        PlanStep::Minor => {
            "You said that you are under 18, so I do not write to you later on my own. Please talk with somebody you trust; \
             `/ash human` asks for a person here, and `/resources` shows who is there for you at any time."
        }
        PlanStep::Planned | PlanStep::Standing => "",
    };
    let Some(next) = planned.next_at.filter(|_| refused.is_empty()) else { return Ok(said(refused, colour::INFO)) };
    let when = format!("<t:{0}:F> (<t:{0}:R>)", next.timestamp());
    let text = match (planned.step, planned.remaining) {
        (PlanStep::Standing, _) => format!("It is planned already: I ask you how you are {when}."),
        (_, Some(times)) if times > 1 => {
            format!("All right: I ask you how you are {when}, and once a day, {times} times.")
        }
        _ => format!("All right: I ask you how you are {when}."),
    };
    let place = if kind == FOLLOW_UP { " In the same place as before." } else { "" };
    let text = format!(
        "{text}{place}\n-# Not in the quiet hours of this server, and not while you talk with me or with a person. If you need \
         somebody before that: `/ash talk`, `/ash human`."
    );
    let id = CustomId::write(actions::NEVER_MIND, &[&guild, &kind])?;
    let mut body = said(text, colour::GOOD);
    body.components = vec![row([button(ButtonStyle::Secondary, "Never mind", id)])];
    Ok(body)
}

pub fn stopped(lang: Lang, was_planned: bool) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    match was_planned {
        true => said("All right, I do not ask. `/ash checkin` is there whenever you want it.", colour::GOOD),
        false => said("Nothing was planned.", colour::INFO),
    }
}

pub fn next(lang: Lang, next: Time) -> String {
    match lang {
        Lang::En | Lang::De => {
            format!("Ash asks you how you are <t:{}:F>, as you wished. `/ash checkin` stops that.", next.timestamp())
        }
    }
}

pub fn off(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "Talks with Ash are not set up on this server. You can ask for a person with `/ash human`."
        }
    }
}

/// `totals` is what the SQL function `ash_totals` answers.
pub fn figures(lang: Lang, totals: &Value) -> Option<(String, String)> {
    let (Lang::En | Lang::De) = lang;
    let count = |name: &str| totals.get(name).and_then(Value::as_u64).unwrap_or_default();
    let mut lines = vec![];
    if count("sessions") > 0 {
        lines.push(format!("**{}** offered or begun; in **{}** the member wrote", count("sessions"), count("talks")));
    }
    for (name, text) in [
        ("messages", "messages of members"),
        ("asked_for_human", "times somebody asked for a person"),
        ("hand_offs", "times a person took over"),
        ("failures", "answers not given"),
        ("refusals", "answers that the AI refused"),
        ("replaced", "answers stopped and replaced"),
        ("tokens", "tokens"),
        ("referrals", "times the resource card was shown"),
    ] {
        if count(name) > 0 {
            lines.push(format!("**{}** {text}", count(name)));
        }
    }
    (!lines.is_empty()).then(|| ("Talks with Ash".to_owned(), lines.join("\n")))
}
