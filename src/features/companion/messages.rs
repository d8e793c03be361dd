//! What Ash says by itself, and what the team reads of a conversation: fixed texts, no model. Pure.

pub mod team;

use chrono::TimeDelta;
use relay_wire::Snowflake;
use twilight_model::channel::message::{Component, component::ButtonStyle};
use twilight_util::builder::embed::{EmbedAuthorBuilder, EmbedBuilder};

use super::{
    actions,
    store::{OpenedBy, Place, Session},
};
use crate::{
    care::Severity,
    discord::{
        components::{button, cut, row},
        custom_id::CustomId,
        message::{Mentions, MessageBody, colour},
    },
    error::Result,
    lang::Lang,
};

/// In the author line of everything Ash writes.
const NAME: &str = "Ash (AI)";

/// A message of Ash. In a channel that others use, it says to whom it speaks.
pub fn ash(session: &Session, text: &str) -> MessageBody {
    let author = EmbedAuthorBuilder::new(NAME).build();
    let mut body = MessageBody::embed(
        EmbedBuilder::new().author(author).description(cut(text, 4_000)).color(colour::INFO).build(),
    );
    if session.place == Some(Place::Channel) {
        body.content = format!("<@{}>", session.member_id);
    }
    body
}

/// The first message of every session: who Ash is, who reads along, how to stop. `opener` goes before it.
pub fn opener(lang: Lang, session: &Session, guild: &str) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let greeting = match (session.opened_by, session.severity) {
        (OpenedBy::Member, _) if session.parent_id.is_some() => "Good that you are still here. I am listening.",
        (OpenedBy::Member, _) => "Hi, good that you are here. What is on your mind?",
        (OpenedBy::Team, _) => {
            "Hi. Somebody of this server's crisis response team asked me to see how you are. Would you like to talk a little?"
        }
        (OpenedBy::FollowUp | OpenedBy::CheckIn, _) => {
            "Hi, you asked me to look in on you. How are you today? Just write, if you like."
        }
        (_, Severity::Critical) => {
            "Hi. You matter here, and you do not have to be alone with anything right now. If you like, write to me, or ask for a \
             person. If you are in danger at this moment, please call your emergency number."
        }
        _ => "Hi. If things are hard right now, you can talk with me here, or ask for a person.",
    };
    let text = format!("{greeting}\n\n{}", disclosure(lang, session.place, guild));
    let mut body = ash(session, &text);
    // They are to find it.
    body.content = format!("<@{}>", session.member_id);
    body.allowed_mentions = Mentions::of(&[session.member_id], &[]);
    let id = session.session_id;
    let is_offer = session.opened_by != OpenedBy::Member;
    let mut buttons = vec![];
    if is_offer {
        buttons.push(make(ButtonStyle::Primary, "Talk with Ash", actions::TALK, id)?);
    }
    buttons.push(make(ButtonStyle::Secondary, "I want a person", actions::PERSON, id)?);
    if is_offer {
        buttons.push(make(ButtonStyle::Secondary, "Not now", actions::NOT_NOW, id)?);
        buttons.push(make(ButtonStyle::Secondary, "Never contact me", actions::NEVER, id)?);
    } else {
        buttons.push(make(ButtonStyle::Secondary, "End the talk", actions::NOT_NOW, id)?);
    }
    body.components = vec![row(buttons)];
    Ok(body)
}

fn make(
    style: ButtonStyle,
    label: &str,
    action: &str,
    session: i64,
) -> Result<twilight_model::channel::message::component::Button> {
    Ok(button(style, label, CustomId::write(action, &[&session])?))
}

fn disclosure(lang: Lang, place: Option<Place>, guild: &str) -> String {
    let (Lang::En | Lang::De) = lang;
    let readers = match place {
        Some(Place::Direct) => {
            format!("The team of {guild} does not read along here, but is told if you may be in danger.")
        }
        Some(Place::Channel) => "Everybody in this channel can read it.".to_owned(),
        _ => format!("The crisis response team and the moderators of {guild} can read this thread."),
    };
    let before = match place {
        Some(Place::Channel) => "",
        _ => " and some of what you wrote in the server during the last day",
    };
    format!(
        "-# I am an AI, not a person, and not a crisis service; nobody watches around the clock. {readers} When you talk with \
         me, what you write{before} goes to Anthropic, whose model I am. To stop, write “bye” or press a button."
    )
}

/// Why no deployment without them has talks.
pub fn off(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "ANTHROPIC_API_KEY and STATE_KEYS must be set for talks with Ash.",
    }
}

/// Claude did not answer, or said what may not be said.
pub fn cannot_answer(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "I am sorry, I cannot find the right words just now. What you wrote matters, and I have told the team that I could \
             not answer you. You can ask for a person, and below is where you reach somebody right away."
        }
    }
}

/// After the team was called.
pub fn stays(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "I stay here with you until somebody comes.",
    }
}

/// The answer was stopped before it was sent.
pub fn instead(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "I am not sure how to put this well, and I do not want to say something wrong. I am listening. Would you like me to \
             ask for a person from the team?"
        }
    }
}

/// Asked whether there is a person behind this.
pub fn is_an_ai(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "I am Ash, an AI. There is no person behind these words. If you want one, I can ask the team for you."
        }
    }
}

/// How a session ended, in Ash's words; None if nothing is said.
pub fn closing(lang: Lang, reason: &str) -> Option<&'static str> {
    let (Lang::En | Lang::De) = lang;
    Some(match reason {
        "idle" => {
            "It has been quiet for a while, so I end our talk here. Thank you for talking with me. You can start a new one at \
             any time."
        }
        "maximum" => {
            "Our talk ends here: I am made for short ones, and people are better company for the long run. Thank you for \
             trusting me. You can start a new one at any time."
        }
        "goodbye" => "Take good care of yourself. I am glad that you wrote. You can start a new talk at any time.",
        "declined" => "All right, I leave you in peace. If you change your mind, I am here.",
        "opt_out" => {
            "I will not write to you again. The team of this server is still there for you. If you change your mind: `/ash optin`."
        }
        "error" => {
            "I am sorry: something on my side does not work, and I have to end our talk here. The team is told. Below is where you \
             reach somebody right away."
        }
        "paused" => {
            "I have to stop here: I was switched off for the moment. That has nothing to do with you. Below is where you reach a \
             person right away."
        }
        "false_alarm" => "I wrote to you by mistake. I am sorry to have bothered you. Nothing of it is kept.",
        "stood_down" => {
            "I step back now: somebody of the team takes it from here. You can talk with me again at any time."
        }
        _ => return None,
    })
}

/// Whether the resource card follows the closing words.
pub fn closes_with_card(reason: &str, session: &Session) -> bool {
    matches!(reason, "error" | "limit" | "paused") || (session.severity >= Severity::Medium && reason != "false_alarm")
}

/// Somebody in danger, no person there, and the time is over.
pub fn limit(lang: Lang, session: &Session, on_duty: Option<usize>) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let truth = match on_duty {
        Some(0) => "Nobody of the team says that they are there right now; I have asked them again.",
        Some(_) => "I have asked the team again; nobody has come yet.",
        None => "I have asked the team again; I cannot see whether somebody is there.",
    };
    let text = format!(
        "We have talked for a while, and I do not want to leave you alone with this. {truth} Below is where you reach a person \
         right away. If you want to go on with me, press the button."
    );
    let mut body = ash(session, &text);
    let id = session.session_id;
    body.components = vec![row([
        make(ButtonStyle::Primary, "Keep talking", actions::KEEP, id)?,
        make(ButtonStyle::Secondary, "I want a person", actions::PERSON, id)?,
    ])];
    Ok(body)
}

/// Six in an hour went on from each other.
pub fn no_more_for_now(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "We have talked a lot in this hour, and you deserve more than an AI. I cannot say when somebody of the team will be \
             there; please turn to one of these, or ask for a person once more."
        }
    }
}

/// Below a closing: how to begin again, how to be asked tomorrow.
pub fn after_the_end(lang: Lang, session: &Session, offers_follow_up: bool) -> Result<Vec<Component>> {
    let (Lang::En | Lang::De) = lang;
    let id = session.session_id;
    let mut buttons = vec![
        make(ButtonStyle::Secondary, "Talk with Ash", actions::AGAIN, id)?,
        make(ButtonStyle::Secondary, "I want a person", actions::PERSON, id)?,
    ];
    if offers_follow_up {
        buttons.push(make(ButtonStyle::Secondary, "Ask me tomorrow how I am", actions::FOLLOW_UP, id)?);
    }
    Ok(vec![row(buttons)])
}

/// Somebody writes where a talk ended.
pub fn has_ended(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => {
            "Our talk here has ended, and I did not read this as part of one. If you want to talk again, or want a person, press a \
             button. If you are in danger right now, please call your emergency number."
        }
    }
}

/// A person is there.
pub fn handed_off(lang: Lang, human: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!("<@{human}> is here now, so I step back. Take good care of yourself."),
    }
}

/// The person has not answered for a while.
pub fn silent(lang: Lang, session: &Session) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let mut body = ash(
        session,
        "It has been quiet here for ten minutes. I have reminded the team. Would you like to talk with me meanwhile?",
    );
    body.components = vec![row([make(ButtonStyle::Primary, "Talk with Ash", actions::BACK, session.session_id)?])];
    Ok(body)
}

/// The alert was acknowledged.
pub fn seen(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Someone from the team has seen this.",
    }
}

/// What a press of a button is answered with.
pub mod press {
    use super::{super::start::Started, *};

    pub fn not_yours(lang: Lang) -> &'static str {
        match lang {
            Lang::En | Lang::De => "This talk is somebody else's. If you want to talk with Ash yourself: `/ash talk`.",
        }
    }

    pub fn gone(lang: Lang) -> &'static str {
        match lang {
            Lang::En | Lang::De => {
                "This talk is over. A new one begins with `/ash talk`; a person you reach with `/ash human`."
            }
        }
    }

    pub fn listening(lang: Lang) -> &'static str {
        match lang {
            Lang::En | Lang::De => "I am listening. Take your time, and write as much or as little as you like.",
        }
    }

    pub fn a_person_is_there(lang: Lang) -> &'static str {
        match lang {
            Lang::En | Lang::De => "A person from the team is in this talk now, so Ash stays silent.",
        }
    }

    pub fn done(lang: Lang) -> &'static str {
        match lang {
            Lang::En | Lang::De => "All right.",
        }
    }

    pub fn which_server(lang: Lang, command: &str) -> String {
        match lang {
            Lang::En | Lang::De => format!("I do not know for which server. Please use `/{command}` in the server."),
        }
    }

    pub fn here(lang: Lang, channel: Option<Snowflake>) -> String {
        match (lang, channel) {
            (Lang::En | Lang::De, Some(channel)) => format!("We can talk here: <#{channel}>"),
            (Lang::En | Lang::De, None) => "I am getting a place ready for us; it takes a moment.".to_owned(),
        }
    }

    pub fn no_place(lang: Lang) -> &'static str {
        match lang {
            Lang::En | Lang::De => {
                "I could not open a private place for us here. You can write me a direct message instead, or turn to one of these:"
            }
        }
    }

    pub fn off(lang: Lang) -> &'static str {
        match lang {
            Lang::En | Lang::De => {
                "Talks with Ash are not set up on this server. You can ask for a person with `/ash human`, or turn to one of these:"
            }
        }
    }

    pub fn joined(lang: Lang, channel: Snowflake) -> String {
        match lang {
            Lang::En | Lang::De => format!(
                "You are in: <#{channel}>. Ash goes on until you write twice, or say that you have got this; then it steps back."
            ),
        }
    }

    pub fn for_team(lang: Lang, member: Snowflake, started: &Started) -> String {
        let (Lang::En | Lang::De) = lang;
        match started {
            Started::Offered(_) => format!("Ash has offered <@{member}> a talk. What they do is told below the alert."),
            Started::Open(_) => format!("Ash and <@{member}> are in touch already; see below the alert."),
            Started::OptedOut => team::opted_out(lang, member),
            Started::Spent => "There was an offer in this episode already.".to_owned(),
            Started::Unreachable => team::unreachable(lang, member),
            Started::Off => "Ash does not talk on this server before crisis detection is live (`/setup`).".to_owned(),
        }
    }
}
