//! What a handler answers, and the one place where an answer or an error becomes the JSON that Discord reads.

use from_json::{Value, json};
use futures_util::future::LocalBoxFuture;
use relay_wire::Pause;
use serde::Serialize;
use twilight_model::channel::message::{Component, MessageFlags};

use crate::{
    discord::message::{File, MessageBody, colour, said},
    edge::Time,
    error::{Error, Failure, Result},
    lang::{Lang, fill},
};

/// Work that goes on after Discord has its answer; it yields the message that replaces "thinking".
pub type Work = LocalBoxFuture<'static, Result<Reply>>;

/// A handler's answer to an interaction.
pub enum Answer {
    Message(Reply),
    /// Changes the message whose component was used.
    Update(Reply),
    Modal(Modal),
    /// Autocomplete: at most 25 of (name shown, value sent).
    Choices(Vec<(String, String)>),
    /// "Thinking" now, the message within 15 minutes. For everything that calls an AI, makes channels or writes more than one row.
    Later {
        ephemeral: bool,
        work: Work,
    },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    pub body: MessageBody,
    /// Only the one who asked sees it.
    pub ephemeral: bool,
    /// Only with an answer that comes [`Answer::Later`].
    pub file: Option<File>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Modal {
    pub custom_id: String,
    /// At most 45 characters.
    pub title: String,
    pub components: Vec<Component>,
}

impl Reply {
    pub fn public(body: MessageBody) -> Self {
        Self { body, ephemeral: false, file: None }
    }

    pub fn private(body: MessageBody) -> Self {
        Self { body, ephemeral: true, file: None }
    }

    pub fn with_file(self, file: File) -> Self {
        Self { file: Some(file), ..self }
    }

    /// The message's JSON inside an interaction response.
    fn data(&self) -> Value {
        let mut data = json!(self.body);
        if let (true, Some(fields)) = (self.ephemeral, data.as_object_mut()) {
            fields.insert(
                "flags".into(),
                json!(self.body.flags.unwrap_or(MessageFlags::empty()) | MessageFlags::EPHEMERAL),
            );
        }
        data
    }
}

/// The answer to PING.
pub fn pong() -> Value {
    json!({"type": 1})
}

/// The response that Discord waits for, and the work that follows it.
pub fn respond(answer: Answer) -> (Value, Option<Work>) {
    match answer {
        Answer::Message(reply) => (json!({"type": 4, "data": reply.data()}), None),
        Answer::Update(reply) => (json!({"type": 7, "data": reply.data()}), None),
        Answer::Modal(modal) => (json!({"type": 9, "data": modal}), None),
        Answer::Choices(choices) => {
            let choices: Vec<Value> =
                choices.iter().take(25).map(|(name, value)| json!({"name": name, "value": value})).collect();
            (json!({"type": 8, "data": {"choices": choices}}), None)
        }
        Answer::Later { ephemeral, work } => {
            let flags = if ephemeral { MessageFlags::EPHEMERAL } else { MessageFlags::empty() };
            (json!({"type": 5, "data": {"flags": flags}}), Some(work))
        }
    }
}

/// What somebody reads who used one thing very often.
pub fn wait(lang: Lang, until: Time) -> Reply {
    let until = until.timestamp();
    let text = fill(
        match lang {
            Lang::En => "That was a lot at once. Please try it again <t:{0}:R>.",
            Lang::De => "Das war viel auf einmal. Versuch es bitte <t:{0}:R> noch einmal.",
        },
        &[&until],
    );
    Reply::private(said(text, colour::INFO))
}

/// What a command answers while the bot is paused.
pub fn paused(lang: Lang, pause: Pause) -> Reply {
    let text = match (lang, pause) {
        (Lang::De, Pause::All) => {
            "Der Bot ist angehalten, und Nachrichten werden gerade nicht auf Krisen hin gelesen. Wenn du in Gefahr bist, ruf den \
             Notruf. `/resources` zeigt, wer sonst hilft."
        }
        (Lang::De, _) => {
            "Der Bot ist gerade angehalten; bitte versuch es später noch einmal. Hilfe in einer Krise geht weiter: `/ash`, \
             `/resources` und die Knöpfe unter Alarmen."
        }
        (Lang::En, Pause::All) => {
            "The bot is paused, and messages are not watched for crises right now. If you are in danger, call your emergency \
             number. `/resources` shows who else helps."
        }
        (Lang::En, _) => {
            "The bot is paused for the moment; please try again later. Help in a crisis goes on: `/ash`, `/resources`, and the \
             buttons below alerts."
        }
    };
    Reply::private(said(text, colour::INFO))
}

/// What the user is told when it went wrong: short, kind, without inner workings. Private, unless "thinking" already is public.
pub fn of_error(error: &Error, lang: Lang, request_id: &str) -> Reply {
    let text = match (lang, error) {
        (_, Error::User(text)) => return refused(text.clone()),
        (Lang::En, Error::Bug(_)) => "Something went wrong on our side. It is noted.\nReference: `{0}`",
        (Lang::De, Error::Bug(_)) => "Bei uns ist etwas schiefgegangen. Es ist notiert.\nKennung: `{0}`",
        (_, Error::Service(error)) => match (lang, &error.kind) {
            (Lang::En, Failure::NotConfigured(_)) => {
                "This is not set up here yet. Please tell an administrator: the health page says what is missing."
            }
            (Lang::De, Failure::NotConfigured(_)) => {
                "Das ist hier noch nicht eingerichtet. Sag es bitte der Administration: die Health-Seite zeigt, was fehlt."
            }
            (Lang::En, Failure::RateLimited { .. }) => {
                "There is a lot going on right now. Please try again in a minute."
            }
            (Lang::De, Failure::RateLimited { .. }) => {
                "Gerade ist viel los. Versuch es bitte in einer Minute noch einmal."
            }
            (Lang::En, _) => {
                "Something behind the bot does not answer right now. You did nothing wrong; please try again in a moment.\n\
                 Reference: `{0}`"
            }
            (Lang::De, _) => {
                "Etwas hinter dem Bot antwortet gerade nicht. Du hast nichts falsch gemacht; versuch es bitte gleich noch einmal.\n\
                 Kennung: `{0}`"
            }
        },
    };
    refused(fill(text, &[&request_id]))
}

fn refused(text: String) -> Reply {
    let embed = twilight_util::builder::embed::EmbedBuilder::new().description(text).color(colour::ERROR).build();
    Reply::private(MessageBody::embed(embed))
}
