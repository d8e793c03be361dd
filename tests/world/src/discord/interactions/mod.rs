//! Interactions in two halves: the signed request that Discord would send, and what becomes of the answer.

mod begin;
mod finish;
mod modal;
mod options;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ids::Id;

/// The first answer must come within this time.
pub const FIRST_ANSWER_MS: i64 = 3_000;
/// A token lives so long.
pub const TOKEN_MS: i64 = 15 * 60_000;
/// What the person sees of an answer that never came.
pub const NO_ANSWER: &str = "The application did not respond";

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Command,
    Component,
    Autocomplete,
    Modal,
}

impl Kind {
    pub const fn number(self) -> u64 {
        match self {
            Self::Command => 2,
            Self::Component => 3,
            Self::Autocomplete => 4,
            Self::Modal => 5,
        }
    }
}

/// One interaction whose token still lives.
#[derive(Clone, Debug)]
pub struct Interaction {
    pub id: Id,
    pub kind: Kind,
    pub created_ms: i64,
    pub channel: Id,
    pub user: Id,
    /// The message that a button or a modal came from.
    pub source: Option<Id>,
    pub metadata: Value,
    /// The type of the message that answers it: 20 after a slash command, 23 after a context menu.
    pub reply_kind: u8,
    pub acknowledged: bool,
    /// What `@original` means: channel and message.
    pub original: Option<(Id, Id)>,
    /// What became of the answer, for the half that waits for it.
    pub outcome: Option<Outcome>,
    pub modal: Option<Id>,
}

impl Interaction {
    pub fn expired(&self, now_ms: i64) -> bool {
        now_ms - self.created_ms >= TOKEN_MS
    }
}

/// A form that is open for somebody.
#[derive(Clone, Debug, Serialize)]
pub struct Modal {
    pub modal_id: Id,
    pub user_id: Id,
    pub channel_id: Id,
    /// The message whose button opened it.
    pub message_id: Option<Id>,
    pub custom_id: String,
    pub title: String,
    pub components: Vec<Value>,
}

/// The signed request of an interaction, ready to be sent to `path` of the interactions address.
#[derive(Clone, Debug)]
pub struct Pending {
    pub interaction_id: Id,
    pub token: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Answered,
    Deferred,
    Modal,
    Choices,
    Failed,
}

/// What became of an interaction.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    pub interaction_id: Id,
    pub outcome: Outcome,
    /// The HTTP status that came back; 0 if none did.
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The body that came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
    /// The message that the answer made or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modal_id: Option<Id>,
}

impl Answer {
    /// The choices of an autocomplete.
    pub fn choices(&self) -> Vec<Value> {
        let choices = self.response.as_ref().and_then(|body| body.pointer("/data/choices"));
        choices.and_then(Value::as_array).cloned().unwrap_or_default()
    }
}

/// A slash command (`name` holds the sub command after a space) or, with `target_id`, a context menu.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct CommandUse {
    #[serde(default)]
    pub guild_id: Option<Id>,
    pub channel_id: Id,
    pub user_id: Id,
    pub name: String,
    #[serde(default)]
    pub options: Map<String, Value>,
    #[serde(default)]
    pub target_id: Option<Id>,
    /// The option that is being typed, for an autocomplete.
    #[serde(default)]
    pub focused: Option<String>,
}

/// A click or a choice.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ComponentUse {
    pub user_id: Id,
    pub channel_id: Id,
    pub message_id: Id,
    pub custom_id: String,
    #[serde(default)]
    pub values: Vec<String>,
}

/// A form that is sent.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ModalUse {
    pub user_id: Id,
    #[serde(default)]
    pub channel_id: Option<Id>,
    pub modal_id: Id,
    /// custom_id -> text, or a list for a select.
    #[serde(default)]
    pub fields: HashMap<String, Value>,
}

pub use finish::{Extras, apply, write};
