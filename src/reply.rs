//! What a handler answers, and the one place where an answer or an error becomes the JSON that Discord reads.

use from_json::{Value, json};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use twilight_model::channel::message::{Component, MessageFlags};

use crate::{
    discord::message::{File, MessageBody, colour},
    error::{Error, Failure, Result},
    lang::Lang,
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

/// What the user is told when it went wrong: short, kind, without inner workings. Private, unless "thinking" already is public.
pub fn of_error(error: &Error, lang: Lang, request_id: &str) -> Reply {
    let text = match lang {
        Lang::En => match error {
            Error::User(text) => text.clone(),
            Error::Service(error) => match &error.kind {
                Failure::NotConfigured(_) => {
                    "This is not set up here yet. Please tell an administrator: the health page says what is missing."
                        .to_owned()
                }
                Failure::RateLimited { .. } => {
                    "There is a lot going on right now. Please try again in a minute.".to_owned()
                }
                _ => format!(
                    "Something behind the bot does not answer right now. You did nothing wrong; please try again in a \
                     moment.\nReference: `{request_id}`"
                ),
            },
            Error::Bug(_) => format!("Something went wrong on our side. It is noted.\nReference: `{request_id}`"),
        },
    };
    let embed = twilight_util::builder::embed::EmbedBuilder::new().description(text).color(colour::ERROR).build();
    Reply::private(MessageBody::embed(embed))
}
