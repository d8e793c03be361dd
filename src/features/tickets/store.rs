//! Tickets and categories as the database answers them, and the calls that read and change them.

use chrono::{DateTime, Utc};
use from_json::{FromJson, Unfit, Value, json};
use relay_wire::Snowflake;
use serde::Serialize;

use crate::{context::Cx, error::Result};

/// A row of `tickets` with its category, as `ticket_json` writes it.
#[derive(Clone, Debug, FromJson)]
pub struct Ticket {
    pub ticket_id: Id,
    pub guild_id: Snowflake,
    pub ticket_number: u32,
    /// None for one from before there were categories.
    pub category: Option<Category>,
    pub opener_id: Snowflake,
    pub channel_id: Option<Snowflake>,
    pub place: Place,
    pub panel_channel_id: Option<Snowflake>,
    /// The message with the buttons.
    pub message_id: Option<Snowflake>,
    pub subject: String,
    pub form: Vec<Answered>,
    pub status: Status,
    pub priority: Priority,
    pub claimed_by: Option<Snowflake>,
    pub created_at: DateTime<Utc>,
    pub first_response_at: Option<DateTime<Utc>>,
    pub warned_at: Option<DateTime<Utc>>,
    pub close_requested_by: Option<Snowflake>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub closed_by: Option<Snowflake>,
    pub close_reason: Option<String>,
    pub channel_gone_at: Option<DateTime<Utc>>,
    pub archived_at: Option<DateTime<Utc>>,
    /// The opener agreed that a model reads it.
    #[serde(default)]
    pub ai_allowed: bool,
    #[serde(default)]
    triaged_at: Option<DateTime<Utc>>,
    /// Whom staff or the opener let in.
    pub members: Vec<Snowflake>,
    /// Who was let in and taken out again.
    pub removed: Vec<Snowflake>,
}

/// The database's own number of a ticket or category, text in every JSON. It is in custom_ids; people see the ticket's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromJson)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    Open,
    #[serde(rename = "IN_PROGRESS")]
    InProgress,
    Resolved,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, FromJson)]
#[serde(rename_all = "UPPERCASE")]
pub enum Priority {
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Channel,
    /// A private thread: there was no room for a channel.
    Thread,
}

/// A question of the form and what was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct Answered {
    pub question: String,
    pub answer: String,
}

#[derive(Clone, Debug, FromJson)]
pub struct Category {
    pub category_id: Id,
    pub name: String,
    pub description: String,
    pub staff_role_id: Option<Snowflake>,
    pub parent_id: Option<Snowflake>,
    pub opening_text: String,
    pub questions: Vec<Question>,
    pub max_open: u32,
    pub cooldown_minutes: u32,
    pub required_role_id: Option<Snowflake>,
    pub min_account_days: u32,
    pub transcript_days: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct Question {
    pub label: String,
    pub long: bool,
    pub required: bool,
}

impl Ticket {
    /// Whether a model read its form already.
    pub fn triaged(&self) -> bool {
        self.triaged_at.is_some()
    }

    pub fn is_open(&self) -> bool {
        matches!(self.status, Status::Open | Status::InProgress)
    }

    /// Whether Discord shows the same of both.
    pub fn looks_like(&self, other: &Self) -> bool {
        let category = |ticket: &Self| ticket.category.as_ref().map(|category| category.category_id);
        (self.status, self.priority, self.claimed_by) == (other.status, other.priority, other.claimed_by)
            && (&self.subject, &self.members, &self.removed) == (&other.subject, &other.members, &other.removed)
            && (category(self), self.channel_gone_at) == (category(other), other.channel_gone_at)
    }
}

impl Priority {
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }

    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Id {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromJson for Id {
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        json.as_str().and_then(|id| id.parse().ok()).ok_or(Unfit::wanted("an id as a decimal string"))
    }
}

/// What `change_ticket` answers.
#[derive(Clone, Debug, FromJson)]
pub struct Changed {
    pub outcome: Outcome,
    /// Why it was refused.
    #[serde(default)]
    pub reason: Option<Refusal>,
    /// As it is now.
    pub ticket: Ticket,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Changed,
    /// It was so already.
    Unchanged,
    Refused,
}

/// Why a ticket does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    Closed,
    /// By somebody else.
    Claimed,
    /// In another channel.
    Placed,
    /// It never got a channel.
    Failed,
    ChannelGone,
    /// There is no such category.
    Category,
    /// Whoever was to be removed is not in it.
    NotIn,
}

/// The ticket of a channel, open or closed.
pub async fn in_channel(cx: &Cx, guild: Snowflake, channel: Snowflake) -> Result<Option<Ticket>> {
    Ok(cx.supabase.rpc("find_ticket", &json!({"guild_id": guild, "channel_id": channel})).await?)
}

pub async fn by_id(cx: &Cx, guild: Snowflake, id: Id) -> Result<Option<Ticket>> {
    Ok(cx.supabase.rpc("find_ticket", &json!({"guild_id": guild, "ticket_id": id})).await?)
}

/// The categories that take tickets, in their order; a guild has at least one.
pub async fn categories(cx: &Cx, guild: Snowflake) -> Result<Vec<Category>> {
    Ok(cx.supabase.rpc("ticket_categories_of", &json!({"guild_id": guild})).await?)
}

/// A page of open tickets, as `list_open_tickets` answers it.
#[derive(Debug, FromJson)]
pub struct Page {
    pub total: u32,
    /// From 1.
    pub page: u32,
    pub pages: u32,
    pub tickets: Vec<Ticket>,
}

/// Does one thing to a ticket; `action` and `args` as `change_ticket` in migrations/ lists them. `actor` 0 is the bot itself.
/// None if the guild has no such ticket.
pub async fn change(cx: &Cx, ticket: &Ticket, action: &str, actor: Snowflake, args: Value) -> Result<Option<Changed>> {
    let change = json!({
        "guild_id": ticket.guild_id, "ticket_id": ticket.ticket_id, "action": action, "actor_id": actor, "args": args,
        "at": cx.now,
    });
    let mut tries = 1;
    loop {
        match cx.supabase.rpc("change_ticket", &change).await {
            // Another ticket of the same opener took the same slot of its category at this moment: the next one is free.
            Err(error) if error.code() == Some(UNIQUE_VIOLATION) && tries < MAX_TRIES => tries += 1,
            changed => return Ok(changed?),
        }
    }
}

/// Postgres' SQLSTATE.
const UNIQUE_VIOLATION: &str = "23505";
/// Of tickets that are opened again at once; the limit of a category is 10.
const MAX_TRIES: u32 = 10;
