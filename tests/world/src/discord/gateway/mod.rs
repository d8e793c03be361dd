//! The gateway: a websocket that speaks Discord's protocol version 10 in JSON, plain or as one zlib stream.

pub mod dispatch;
pub mod session;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket};
use flate2::{Compress, Compression, FlushCompress};
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use self::{
    dispatch::intent,
    session::{Order, Refused, Session},
};
use super::{Discord, ids::Id};

const HEARTBEAT_MS: u64 = 41_250;
const SENDS_A_MINUTE: usize = 120;
const LARGEST_PAYLOAD: usize = 4_096;

/// One websocket.
struct Connection {
    discord: Arc<Discord>,
    number: u64,
    sink: SplitSink<WebSocket, Frame>,
    zlib: Option<Compress>,
    session: Option<String>,
    orders: UnboundedSender<Order>,
    /// Times of the client's last payloads.
    sends: VecDeque<Instant>,
    muted: bool,
}

/// Why a connection ends: the close code, or silence.
enum End {
    Code(u16),
    Bare,
    Gone,
    /// The client closed with 1000 or 1001, which ends its session too.
    Finished,
}

/// Serves one websocket until it ends.
pub async fn run(discord: Arc<Discord>, socket: WebSocket, query: HashMap<String, String>) {
    let (number, refuse, heartbeat_ms) = {
        let mut state = discord.state();
        let refuse = state.hub.close_before_hello > 0;
        state.hub.close_before_hello = state.hub.close_before_hello.saturating_sub(1);
        let beat = state.hub.heartbeat_ms;
        (state.hub.new_connection(), refuse, if beat == 0 { HEARTBEAT_MS } else { beat })
    };
    if refuse {
        return;
    }
    let (sink, mut incoming) = socket.split();
    let (orders, mut inbox) = unbounded_channel();
    let mut connection = Connection {
        discord,
        number,
        sink,
        zlib: (query.get("compress").map(String::as_str) == Some("zlib-stream"))
            .then(|| Compress::new(Compression::fast(), true)),
        session: None,
        orders,
        sends: VecDeque::new(),
        muted: false,
    };
    // zstd-stream is Discord's too, but this stand-in speaks plain JSON and zlib-stream only.
    let asked = |name: &str, default| query.get(name).map_or(default, String::as_str);
    let readable = asked("encoding", "json") == "json" && matches!(asked("compress", ""), "" | "zlib-stream");
    let end = match asked("v", "") {
        "10" if readable => connection.talk(&mut incoming, &mut inbox, heartbeat_ms).await,
        "10" => End::Code(4002),
        _ => End::Code(4012),
    };
    connection.finish(end).await;
}

type Incoming = futures_util::stream::SplitStream<WebSocket>;

impl Connection {
    async fn talk(&mut self, incoming: &mut Incoming, inbox: &mut UnboundedReceiver<Order>, beat_ms: u64) -> End {
        let hello = json!({"t": null, "s": null, "op": 10, "d": {"heartbeat_interval": beat_ms}});
        if self.send(&hello.to_string()).await.is_err() {
            return End::Gone;
        }
        // A client that misses a beat and a half is taken for dead.
        let patience = Duration::from_millis(beat_ms + beat_ms / 2);
        let mut last_beat = Instant::now();
        loop {
            let dead_at = tokio::time::Instant::from_std(last_beat + patience);
            let step = tokio::select! {
                order = inbox.recv() => match order {
                    Some(order) => self.obey(order, inbox).await,
                    None => Err(End::Gone),
                },
                frame = incoming.next() => match self.heard(frame).await {
                    Ok(true) => { last_beat = Instant::now(); Ok(()) }
                    Ok(false) => Ok(()),
                    Err(end) => Err(end),
                },
                () = tokio::time::sleep_until(dead_at) => Err(End::Code(4000)),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Does what it was told, together with all that waits behind it: one flush for many dispatches.
    async fn obey(&mut self, first: Order, inbox: &mut UnboundedReceiver<Order>) -> Result<(), End> {
        let mut next = Some(first);
        let mut batch = 0;
        while let Some(order) = next {
            match order {
                Order::Send(payload) => self.feed(&payload).await?,
                Order::Close(code) => return Err(End::Code(code)),
                Order::CloseBare => return Err(End::Bare),
                Order::Reconnect => self.feed(r#"{"t":null,"s":null,"op":7,"d":null}"#).await?,
                Order::Invalid { resumable } => {
                    self.feed(&format!(r#"{{"t":null,"s":null,"op":9,"d":{resumable}}}"#)).await?;
                    if !resumable {
                        self.forget_session();
                    }
                }
                Order::Mute => self.muted = true,
            }
            batch += 1;
            next = if batch < 256 { inbox.try_recv().ok() } else { None };
        }
        self.sink.flush().await.map_err(|_| End::Gone)
    }

    fn forget_session(&mut self) {
        if let Some(id) = self.session.take() {
            self.discord.state().hub.detach(&id, self.number, true);
        }
    }

    /// Whether it was a heartbeat.
    async fn heard(&mut self, frame: Option<Result<Frame, axum::Error>>) -> Result<bool, End> {
        let text = match frame {
            Some(Ok(Frame::Text(text))) => text,
            Some(Ok(Frame::Close(Some(frame)))) if matches!(frame.code, 1000 | 1001) => return Err(End::Finished),
            Some(Ok(Frame::Close(_)) | Err(_)) | None => return Err(End::Gone),
            Some(Ok(Frame::Binary(_))) => return Err(End::Code(4002)),
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => return Ok(false),
        };
        let now = Instant::now();
        self.sends.retain(|at| now - *at < Duration::from_secs(60));
        self.sends.push_back(now);
        if self.sends.len() > SENDS_A_MINUTE {
            return Err(End::Code(4008));
        }
        if text.len() > LARGEST_PAYLOAD {
            return Err(End::Code(4002));
        }
        let payload: Value = serde_json::from_str(&text).map_err(|_| End::Code(4002))?;
        let data = payload.get("d").cloned().unwrap_or_default();
        match payload.get("op").and_then(Value::as_u64) {
            Some(1) => {
                if !self.muted {
                    self.send(r#"{"t":null,"s":null,"op":11,"d":null}"#).await.map_err(|_| End::Gone)?;
                }
                return Ok(true);
            }
            Some(2) => {
                if !self.identify(&data)? {
                    let invalid = r#"{"t":null,"s":null,"op":9,"d":false}"#;
                    self.send(invalid).await?;
                }
            }
            Some(6) => self.resume(&data).await?,
            Some(3 | 4 | 8) if self.session.is_none() => return Err(End::Code(4003)),
            Some(3 | 4) => {}
            Some(8) => self.members(&data),
            _ => return Err(End::Code(4001)),
        }
        Ok(false)
    }

    fn check_token(&self, data: &Value) -> Result<(), End> {
        let token = data.get("token").and_then(Value::as_str).unwrap_or_default();
        let token = token.strip_prefix("Bot ").unwrap_or(token);
        if token != self.discord.options.bot_token {
            return Err(End::Code(4004));
        }
        Ok(())
    }

    /// False if it came too soon after another.
    fn identify(&mut self, data: &Value) -> Result<bool, End> {
        if self.session.is_some() {
            return Err(End::Code(4005));
        }
        self.check_token(data)?;
        if !data.get("properties").is_some_and(Value::is_object) {
            return Err(End::Code(4002));
        }
        let intents = data.get("intents").and_then(Value::as_u64).ok_or(End::Code(4013))?;
        if intents & !intent::KNOWN != 0 {
            return Err(End::Code(4013));
        }
        let shard = match data.get("shard") {
            None | Some(Value::Null) => (0, 1),
            Some(shard) => serde_json::from_value::<(u64, u64)>(shard.clone()).map_err(|_| End::Code(4010))?,
        };
        if shard.0 >= shard.1 {
            return Err(End::Code(4010));
        }
        let discord = self.discord.clone();
        let now = discord.shared.now_ms();
        let mut state = discord.state();
        if state.hub.refuse_privileged && intents & intent::PRIVILEGED != 0 {
            return Err(End::Code(4014));
        }
        if !state.hub.may_identify(shard.0, now) {
            return Ok(false);
        }
        state.hub.stats.identifies += 1;
        let id = format!("{:032x}", u128::from(state.new_id(now).0) << 32 | u128::from(self.number));
        let session = Session::new(id.clone(), shard, intents);
        let guilds: Vec<Id> = state
            .guilds
            .values()
            .filter(|guild| guild.has_bot && session.has_guild(guild.id))
            .map(|guild| guild.id)
            .collect();
        let unavailable: Vec<Value> = guilds.iter().map(|id| json!({"id": id, "unavailable": true})).collect();
        let mut user = json!(state.user(state.bot()));
        if let Some(fields) = user.as_object_mut() {
            fields.insert("mfa_enabled".to_owned(), json!(true));
            fields.insert("verified".to_owned(), json!(true));
            fields.insert("email".to_owned(), Value::Null);
            fields.insert("flags".to_owned(), json!(0));
        }
        let resume_url = state.hub.resume_url.clone().unwrap_or_else(|| discord.gateway_url());
        let ready = json!({
            "v": 10, "user": user, "guilds": unavailable, "session_id": id, "shard": [shard.0, shard.1],
            "resume_gateway_url": resume_url, "application": {"id": state.application_id, "flags": 0},
            "session_type": "normal", "private_channels": [], "relationships": [], "user_settings": {}, "presences": [],
            "_trace": [],
        });
        state.hub.sessions.insert(id.clone(), session);
        state.hub.attach(&id, self.number, self.orders.clone());
        if let Some(session) = state.hub.sessions.get_mut(&id) {
            session.push("READY", &ready.to_string());
        }
        if intents & intent::GUILDS != 0 {
            for guild in guilds {
                let everyone = intents & intent::GUILD_MEMBERS != 0;
                let data = state.guild_create(guild, everyone).unwrap_or_default().to_string();
                if let Some(session) = state.hub.sessions.get_mut(&id) {
                    session.push("GUILD_CREATE", &data);
                }
            }
        }
        drop(state);
        self.session = Some(id);
        Ok(true)
    }

    async fn resume(&mut self, data: &Value) -> Result<(), End> {
        if self.session.is_some() {
            return Err(End::Code(4005));
        }
        self.check_token(data)?;
        let id = data.get("session_id").and_then(Value::as_str).unwrap_or_default();
        let seq = data.get("seq").and_then(Value::as_u64).ok_or(End::Code(4002))?;
        let resumed = {
            let mut state = self.discord.state();
            state.hub.resume(id, seq, self.number, self.orders.clone())
        };
        match resumed {
            Ok(()) => {
                self.session = Some(id.to_owned());
                Ok(())
            }
            Err(Refused::SeqFromTheFuture) => Err(End::Code(4007)),
            Err(Refused::UnknownSession) => {
                let invalid = r#"{"t":null,"s":null,"op":9,"d":false}"#;
                self.send(invalid).await.map_err(|_| End::Gone)
            }
        }
    }

    /// Request Guild Members, in one chunk.
    fn members(&self, data: &Value) {
        let Some(guild_id) = data.get("guild_id").and_then(Value::as_str).and_then(|id| id.parse().ok()).map(Id) else {
            return;
        };
        let mut state = self.discord.state();
        let Some(guild) = state.guilds.get(&guild_id).filter(|guild| guild.has_bot) else {
            return;
        };
        let asked: Option<Vec<Id>> = data.get("user_ids").and_then(|ids| serde_json::from_value(ids.clone()).ok());
        let members: Vec<Value> = guild
            .members
            .values()
            .filter(|member| asked.as_ref().is_none_or(|ids| ids.contains(&member.user_id)))
            .map(|member| member.json(&state.user(member.user_id)))
            .collect();
        let chunk = json!({
            "guild_id": guild_id, "members": members, "chunk_index": 0, "chunk_count": 1, "nonce": data.get("nonce"),
        });
        if let Some(session) = self.session.as_ref().and_then(|id| state.hub.sessions.get_mut(id)) {
            session.push("GUILD_MEMBERS_CHUNK", &chunk.to_string());
        }
    }

    async fn send(&mut self, payload: &str) -> Result<(), End> {
        self.feed(payload).await?;
        self.sink.flush().await.map_err(|_| End::Gone)
    }

    async fn feed(&mut self, payload: &str) -> Result<(), End> {
        let frame = match &mut self.zlib {
            None => Frame::Text(payload.into()),
            Some(zlib) => Frame::Binary(deflate(zlib, payload.as_bytes()).into()),
        };
        self.sink.feed(frame).await.map_err(|_| End::Gone)
    }

    async fn finish(mut self, end: End) {
        let code = match end {
            End::Code(code) => Some(code),
            End::Bare | End::Gone | End::Finished => None,
        };
        if let Some(id) = self.session.take() {
            let forget = matches!(end, End::Finished) || matches!(code, Some(4004 | 4007 | 4009..=4014));
            self.discord.state().hub.detach(&id, self.number, forget);
        }
        if let Some(code) = code {
            let frame = CloseFrame { code, reason: reason(code).into() };
            let _ = self.sink.send(Frame::Close(Some(frame))).await;
        } else if matches!(end, End::Bare) {
            let _ = self.sink.send(Frame::Close(None)).await;
        }
        let _ = self.sink.close().await;
    }
}

/// One message of the stream, ended by a sync flush (`00 00 ff ff`).
fn deflate(zlib: &mut Compress, input: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len() / 2 + 64);
    let before = zlib.total_in();
    loop {
        let done = (zlib.total_in() - before) as usize;
        let rest = input.get(done..).unwrap_or_default();
        let spare = out.capacity() - out.len();
        if zlib.compress_vec(rest, &mut out, FlushCompress::Sync).is_err() {
            return out;
        }
        let written_all = (zlib.total_in() - before) as usize == input.len() && out.len() < out.capacity();
        if written_all && spare > 0 {
            return out;
        }
        out.reserve(input.len() / 2 + 64);
    }
}

fn reason(code: u16) -> &'static str {
    match code {
        4001 => "Unknown opcode.",
        4002 => "Error while decoding payload.",
        4003 => "Not authenticated.",
        4004 => "Authentication failed.",
        4005 => "Already authenticated.",
        4007 => "Invalid seq.",
        4008 => "You are being rate limited.",
        4009 => "Session timed out.",
        4010 => "Invalid shard.",
        4011 => "Sharding required.",
        4012 => "Invalid API version.",
        4013 => "Invalid intent(s).",
        4014 => "Disallowed intent(s).",
        _ => "Unknown error.",
    }
}
