//! What the gateway relay and the Worker say to each other: typed, minimal events and their acknowledgements.
//!
//! ```text
//!  relay                                   Worker
//!    │  POST /relay/events   Batch  ──────▶ │  takes the events, does what is owed at once
//!    │ ◀────────────────────────  Ack       │  per event: done | retry (reason, delay) | dead (reason)
//!    │  GET  /relay/config (ETag)  ───────▶ │  when Ack.filter_version differs from the one held
//!    │ ◀──────────────── RelayConfig / 304  │
//!    │  POST /relay/tick     Tick   ──────▶ │  when Ack.wake_at comes: due jobs are run
//!    │ ◀──────────────────────  TickAnswer  │
//!    │  POST /relay/identify Identify ────▶ │  before a new gateway session: may this relay have that shard now?
//!    │ ◀────────────────────────── Identified │
//! ```
//!
//! Each request is signed with Ed25519 over `timestamp || body` (seconds since 1970 as ASCII, then the raw body; an
//! empty body for GET) and carries [`headers::TIMESTAMP`] and [`headers::SIGNATURE`] (128 hex digits).

mod event;
mod hash;
mod snowflake;
mod text;

pub use event::{Attachment, Event, EventBody, EventKind, Feature, Lane, ShardState, ShardStatus};
pub use hash::fnv1a;
pub use snowflake::Snowflake;
pub use text::Text;

use from_json::{FromJson, Unfit, Value};
use serde::{Deserialize, Serialize};

/// Version of every format in this crate. A Worker answers 400 to a version it does not know; deploy it before the relay.
pub const VERSION: u32 = 1;

/// How far the relay's clock may be from the Worker's, in seconds, either way.
pub const MAX_SKEW_SECONDS: i64 = 300;

/// Most events in one POST of the bulk lane, and of the urgent lane under backlog.
pub const MAX_BULK_EVENTS: usize = 200;
pub const MAX_URGENT_EVENTS: usize = 8;

pub mod paths {
    pub const EVENTS: &str = "/relay/events";
    pub const TICK: &str = "/relay/tick";
    pub const CONFIG: &str = "/relay/config";
    pub const IDENTIFY: &str = "/relay/identify";
}

pub mod headers {
    pub const SIGNATURE: &str = "x-relay-signature";
    pub const TIMESTAMP: &str = "x-relay-timestamp";
    /// One trace for each delivery (W3C Trace Context); not signed, since nothing follows from it.
    pub const TRACEPARENT: &str = "traceparent";
}

/// One delivery of events, all of the same lane, in the relay's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Batch<E = Event> {
    pub v: u32,
    /// Name of the relay process, stable over restarts (`RELAY_NAME`).
    pub relay: String,
    /// Changes when the spool is created anew; `order` only compares within one epoch.
    pub epoch: String,
    pub lane: Lane,
    /// The Worker reads each one by itself (`E` = raw JSON there), so that a malformed one spoils only itself.
    pub events: Vec<E>,
}

/// The Worker's answer to a [`Batch`]: one result for each event, in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Ack {
    pub v: u32,
    pub results: Vec<EventResult>,
    #[serde(flatten)]
    pub orders: Orders,
}

/// What the Worker wants of the relay; it rides on every answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Orders {
    /// Differs from the relay's own: fetch [`paths::CONFIG`].
    pub filter_version: String,
    pub pause: Pause,
    /// When the next timer is due, milliseconds since 1970: post a tick then.
    pub wake_at: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct EventResult {
    /// The event's id.
    pub id: String,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of an event. Only `done` and `dead` let the relay forget it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Its effects are in the store of record, or there are none.
    Done,
    /// Send it again after `delay_ms`.
    Retry { reason: String, delay_ms: u64 },
    /// It can never succeed and need not come again.
    Dead { reason: String },
}

/// What the relay holds back. Slash commands do not pass through it: the Worker itself says that it is paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    #[default]
    None,
    /// The bulk lane spools; crisis detection, conversations and DMs go on.
    Bulk,
    /// Both lanes spool.
    All,
}

/// Asks the Worker to run due jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Tick {
    pub v: u32,
    pub relay: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct TickAnswer {
    pub v: u32,
    /// Jobs run by this tick.
    pub ran: u32,
    #[serde(flatten)]
    pub orders: Orders,
}

/// Which text may leave the relay. `filter_version` is also the ETag of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct RelayConfig {
    pub v: u32,
    pub filter_version: String,
    /// A message that starts with it carries its text anywhere, e.g. `!`.
    pub command_prefix: String,
    pub guilds: Vec<GuildFilter>,
    /// Channels and threads the bot itself created, open tickets and running conversations among them.
    pub own_channels: Vec<Snowflake>,
    /// What must not stay on the relay's disk; carried out each time the filter is fetched.
    #[serde(default)]
    pub erase: Vec<Erasure>,
    /// Dead events that shall be delivered once more.
    #[serde(default)]
    pub replay: Vec<Replay>,
}

/// Everything the relay still holds of a member or of a message, up to a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Erasure {
    #[serde(flatten)]
    pub subject: Subject,
    /// None: in every guild and in direct messages.
    pub guild_id: Option<Snowflake>,
    /// Events that came after it stay; milliseconds since 1970.
    pub until: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    UserId(Snowflake),
    MessageId(Snowflake),
}

impl FromJson for Subject {
    /// One of two fields among others.
    fn from_json(json: &Value) -> Result<Self, Unfit> {
        let fields = from_json::object(json)?;
        match from_json::field(fields, "user_id")? {
            Some(user) => Ok(Self::UserId(user)),
            None => from_json::field(fields, "message_id").map(Self::MessageId),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Replay {
    /// Number of the request: the relay carries out each once.
    pub id: i64,
    pub event_id: String,
}

/// Asks for leave to begin a new gateway session (IDENTIFY); a resume needs none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Identify {
    pub v: u32,
    pub relay: String,
    /// Of the spool: who comes back with the same one keeps its lease.
    pub epoch: String,
    pub shard: u32,
    /// Of the bot, over all relays.
    pub shard_count: u32,
    /// Sessions that Discord lets begin within 5 s; shards with the same `shard % max_concurrency` wait for each other.
    pub max_concurrency: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Identified {
    pub v: u32,
    #[serde(flatten)]
    pub leave: Leave,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "leave", rename_all = "snake_case")]
pub enum Leave {
    /// Identify now.
    Granted,
    /// Another shard identifies; ask again after `delay_ms`.
    Wait { delay_ms: u64 },
    /// Another relay holds this shard, or runs another number of shards; `reason` names it.
    Refused { reason: String },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct GuildFilter {
    pub guild_id: Snowflake,
    /// Their threads count as well.
    pub monitored_channels: Vec<Snowflake>,
    /// Members whose text never leaves the relay in monitored channels.
    pub opted_out: Vec<Snowflake>,
    /// Where members are asked first: only the text of these leaves the relay in monitored channels. None: of everybody who
    /// has not opted out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opted_in: Option<Vec<Snowflake>>,
}

#[cfg(test)]
mod tests;
