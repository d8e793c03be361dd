//! Gateway sessions: what each one asked for, what it was sent, and what a resume replays.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use serde::Serialize;
use tokio::sync::mpsc::UnboundedSender;

use crate::discord::ids::Id;

/// Dispatches kept of each session for a resume.
const REMEMBERED: usize = 50_000;

/// What the connection of a session is told to do.
pub enum Order {
    /// A finished payload.
    Send(Arc<str>),
    Close(u16),
    /// A close frame without a code.
    CloseBare,
    /// Op 7, then the client's turn.
    Reconnect,
    /// Op 9.
    Invalid {
        resumable: bool,
    },
    /// No more heartbeat answers.
    Mute,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Stats {
    /// Websockets opened, those closed before HELLO included.
    pub connects: u64,
    pub identifies: u64,
    pub resumes: u64,
    /// Sessions with a connection now.
    pub sessions: u64,
    /// Dispatches sent.
    pub dispatches: u64,
}

pub struct Session {
    pub id: String,
    pub shard: (u64, u64),
    pub intents: u64,
    pub seq: u64,
    buffer: VecDeque<(u64, Arc<str>)>,
    link: Option<(u64, UnboundedSender<Order>)>,
}

impl Session {
    pub fn new(id: String, shard: (u64, u64), intents: u64) -> Self {
        Self { id, shard, intents, seq: 0, buffer: VecDeque::new(), link: None }
    }

    pub fn wants(&self, intents: u64) -> bool {
        intents == 0 || self.intents & intents != 0
    }

    pub fn has_guild(&self, guild: Id) -> bool {
        let (shard, of) = self.shard;
        (guild.0 >> 22) % of.max(1) == shard
    }

    /// Numbers a dispatch, remembers it, and sends it if somebody is connected.
    pub fn push(&mut self, name: &str, data: &str) -> bool {
        self.seq += 1;
        let payload: Arc<str> = format!(r#"{{"t":"{name}","s":{},"op":0,"d":{data}}}"#, self.seq).into();
        if self.buffer.len() == REMEMBERED {
            self.buffer.pop_front();
        }
        self.buffer.push_back((self.seq, payload.clone()));
        self.order(Order::Send(payload))
    }

    pub fn order(&self, order: Order) -> bool {
        self.link.as_ref().is_some_and(|(_, link)| link.send(order).is_ok())
    }

    /// Everything after `seq`, or nothing if the buffer no longer reaches back so far.
    fn after(&self, seq: u64) -> Option<Vec<Arc<str>>> {
        let oldest = self.buffer.front().map_or(self.seq + 1, |(seq, _)| *seq);
        if seq + 1 < oldest {
            return None;
        }
        let missed = self.buffer.iter().filter(|(at, _)| *at > seq);
        Some(missed.map(|(_, payload)| payload.clone()).collect())
    }
}

/// All sessions, the knobs, the counts.
#[derive(Default)]
pub struct Hub {
    pub sessions: HashMap<String, Session>,
    pub stats: Stats,
    pub refuse_privileged: bool,
    /// So many connections are closed before HELLO.
    pub close_before_hello: u32,
    /// Milliseconds between heartbeats; 41,250 if zero.
    pub heartbeat_ms: u64,
    /// Whether a second IDENTIFY within 5 s is refused, as Discord does for `max_concurrency` 1.
    pub pace_identifies: bool,
    /// What `GET /gateway/bot` recommends; 1 if zero.
    pub recommended_shards: u64,
    /// Sessions that may begin within 5 s, one for each `shard % max_concurrency`; 1 if zero.
    pub max_concurrency: u64,
    /// Sessions that may still begin, and milliseconds until there are new ones; 1,000 less those begun, and a day, if None.
    pub starts_left: Option<(u64, u64)>,
    /// Where READY sends who wants to resume; the gateway itself if None.
    pub resume_url: Option<String>,
    /// By `shard % max_concurrency`.
    last_identify_ms: HashMap<u64, i64>,
    connections: u64,
}

/// Why a resume was refused.
pub enum Refused {
    UnknownSession,
    SeqFromTheFuture,
}

impl Hub {
    /// Whether an IDENTIFY may pass now.
    pub fn may_identify(&mut self, shard: u64, now_ms: i64) -> bool {
        let key = shard % self.max_concurrency.max(1);
        let last = self.last_identify_ms.get(&key).copied();
        if self.pace_identifies && last.is_some_and(|last| now_ms - last < 5_000) {
            return false;
        }
        self.last_identify_ms.insert(key, now_ms);
        true
    }

    pub fn new_connection(&mut self) -> u64 {
        self.stats.connects += 1;
        self.connections += 1;
        self.connections
    }

    /// Binds a connection to a session; a connection that was bound before it is told to go.
    pub fn attach(&mut self, session: &str, connection: u64, link: UnboundedSender<Order>) {
        if let Some(session) = self.sessions.get_mut(session)
            && let Some((_, old)) = session.link.replace((connection, link))
        {
            let _ = old.send(Order::Close(4000));
        }
    }

    /// Continues a session, replaying what its client missed.
    pub fn resume(&mut self, id: &str, seq: u64, connection: u64, link: UnboundedSender<Order>) -> Result<(), Refused> {
        let session = self.sessions.get_mut(id).ok_or(Refused::UnknownSession)?;
        if seq > session.seq {
            return Err(Refused::SeqFromTheFuture);
        }
        let missed = session.after(seq).ok_or(Refused::UnknownSession)?;
        self.attach(id, connection, link);
        self.stats.resumes += 1;
        let Some(session) = self.sessions.get_mut(id) else {
            return Err(Refused::UnknownSession);
        };
        self.stats.dispatches += missed.len() as u64;
        for payload in missed {
            session.order(Order::Send(payload));
        }
        session.push("RESUMED", "{}");
        Ok(())
    }

    /// The connection ended; `forget` if it ended the session too.
    pub fn detach(&mut self, id: &str, connection: u64, forget: bool) {
        let Some(session) = self.sessions.get_mut(id) else {
            return;
        };
        if session.link.as_ref().is_some_and(|(mine, _)| *mine == connection) {
            session.link = None;
            if forget {
                self.sessions.remove(id);
            }
        }
    }

    pub fn order_all(&self, order: impl Fn() -> Order) {
        for session in self.sessions.values() {
            session.order(order());
        }
    }

    /// Every session is lost: connections end, and no resume finds its session.
    pub fn forget(&mut self) {
        self.order_all(|| Order::Close(4000));
        self.sessions.clear();
    }

    pub fn stats(&self) -> Stats {
        let sessions = self.sessions.values().filter(|one| one.link.is_some()).count() as u64;
        Stats { sessions, ..self.stats }
    }
}
