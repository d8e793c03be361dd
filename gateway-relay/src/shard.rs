//! Holds one gateway session: connects, spaces the connects, resumes, and says why when it cannot go on.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use relay_wire::ShardState;
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};
use twilight_gateway::{CloseFrame, ConfigBuilder, Message, Session, Shard, ShardId, queue::InMemoryQueue};

use crate::{
    connect::{GatewayShard, Item, connect, is_connected, next},
    discord::is_gateway,
    dispatch::{Dispatch, Frame},
    identify::Identifier,
    intake::{Full, Intake},
    intents::{Features, intents, switches},
    pace::Pace,
    spool::Checkpoint,
    state::{State, count, lock, now_ms, stopped},
};

/// From the connect to HELLO, and from there to READY or RESUMED.
const HELLO_WITHIN: Duration = Duration::from_secs(20);
const READY_WITHIN: Duration = Duration::from_secs(60);
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
const NOT_RESUMED: &str = "session_not_resumed";
const ROOM_EVERY: Duration = Duration::from_millis(500);

/// What a shard is told.
#[derive(Clone, Debug)]
pub struct Setup {
    pub shard: u32,
    pub shard_count: u32,
    pub token: SecretString,
    /// `ws://` or `wss://`, checked.
    pub gateway_url: String,
    pub features: Features,
    pub pace: Pace,
    /// Where it begins if it has no checkpoint of its own.
    pub unseen: Option<Checkpoint>,
    /// What stays missing while it runs.
    pub degraded: Option<String>,
    pub identifier: Arc<Identifier>,
}

/// No code of Discord: the relay itself failed, and may do better after a restart.
pub const FAILED: u16 = 0;

/// Discord will not have this bot as it is configured; reconnecting cannot help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fatal(pub u16);

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.0 {
            FAILED => return f.write_str("the relay failed; its log says where. Start it again, and please report it"),
            4004 => "the token is wrong: set DISCORD_BOT_TOKEN to the one of the developer portal (Bot -> Reset Token)",
            4010 => "there is no such shard: check SHARDS",
            4011 => "the bot is in too many guilds for one shard: raise the total of SHARDS",
            4012 => "this version of the relay speaks an old version of the gateway: update it",
            4013 => "the intents are invalid: update the relay",
            _ => "it gave no reason that this version knows",
        };
        write!(f, "Discord closed the gateway for good ({}): {why}", self.0)
    }
}

impl std::error::Error for Fatal {}

/// How a connection ended.
enum End {
    /// To be opened again.
    Lost,
    /// An event with text found no room: to be opened again when there is some.
    Full,
    /// Discord does not allow a privileged intent.
    Disallowed,
    Fatal(u16),
    Stopped,
}

/// What outlives a connection.
struct Held {
    /// Session and the last event that was taken in.
    session: Option<Session>,
    resume_url: Option<String>,
    /// Id of the last session, and when something last came in it (ms since 1970).
    seen: Option<(String, i64)>,
    /// Why the next gap is one.
    gap_reason: &'static str,
    /// When this connection asked for a new session.
    identified_at: Option<Instant>,
    /// When this connection got READY or RESUMED.
    ready_since: Option<Instant>,
}

/// Runs until `stop` is true. Closes so that the session can be resumed.
///
/// # Errors
/// [`Fatal`] if Discord refuses for good.
pub async fn run(mut setup: Setup, state: Arc<State>, mut stop: watch::Receiver<bool>) -> Result<(), Fatal> {
    let (mut intake, checkpoint) = Intake::new(Arc::clone(&state), setup.shard, setup.shard_count);
    let checkpoint = checkpoint.or_else(|| setup.unseen.clone());
    let gap_reason = if checkpoint.as_ref().is_some_and(|known| known.lost) { "spool_lost" } else { NOT_RESUMED };
    let known = checkpoint.as_ref().filter(|known| !known.session.is_empty());
    let id = ShardId::new_checked(setup.shard, setup.shard_count).unwrap_or(ShardId::ONE);
    let base = ConfigBuilder::new(setup.token.expose_secret().to_owned(), intents(setup.features));
    // Identifies are spaced here, by `pace`: a queue inside twilight would forget them with each connection.
    let mut config =
        base.proxy_url(setup.gateway_url.clone()).queue(InMemoryQueue::new(0, 0, Duration::ZERO, 0)).build();
    let mut held = Held {
        session: known.map(|known| Session::new(known.seq, known.session.clone())),
        resume_url: known.and_then(|known| known.resume_url.clone()).filter(|url| is_gateway(url)),
        seen: checkpoint.map(|known| (known.session, known.at)),
        gap_reason,
        identified_at: None,
        ready_since: None,
    };
    loop {
        let wait = setup.pace.before_connect(held.session.is_none(), Instant::now());
        tokio::select! {
            () = sleep(wait) => {}
            () = stopped(&mut stop) => break,
        }
        if held.session.is_none() {
            tokio::select! {
                leave = setup.identifier.leave(&state, setup.shard, setup.shard_count) => leave?,
                () = stopped(&mut stop) => break,
            }
        }
        count(&state.counters.connects);
        show(&state, setup.shard, ShardState::Connecting);

        let mut builder = ConfigBuilder::from(config.clone());
        if let Some(session) = held.session.clone() {
            builder = builder.session(session);
            if let Some(url) = held.resume_url.clone() {
                builder = builder.resume_url(url);
            }
        }
        held.ready_since = None;
        held.identified_at = None;
        intake.missing(held.seen.as_ref().map(|(_, at)| *at));
        let mut connecting = tokio::spawn(connect(Shard::with_config(id, builder.build())));
        let connected = tokio::select! {
            connected = &mut connecting => connected,
            () = stopped(&mut stop) => {
                connecting.abort();
                break;
            }
        };
        let Ok((mut shard, first)) = connected else {
            // twilight panicked; nothing is known of the session any more.
            held.session = None;
            setup.pace.lost(None);
            continue;
        };
        let end = connection(&mut shard, first, &setup, &state, &mut intake, &mut held, &mut stop).await;
        if let Some(at) = held.identified_at {
            setup.pace.identified(at);
        }
        // Not twilight's own count: it has seen events that found no room.
        held.session = shard.session().map(|session| {
            let taken = held.session.as_ref().filter(|taken| taken.id() == session.id());
            taken.cloned().unwrap_or_else(|| Session::new(0, session.id().to_owned()))
        });
        // twilight forgets the address that could not be reached: then the resume goes to the first one.
        held.resume_url = shard.resume_url().filter(|url| is_gateway(url)).map(ToOwned::to_owned);
        let lived = held.ready_since.map(|since| since.elapsed());
        match end {
            End::Lost => {
                setup.pace.lost(lived);
                show(&state, setup.shard, ShardState::Disconnected);
            }
            End::Full => {
                setup.pace.lost(lived);
                count(&state.counters.parked);
                tracing::error!(
                    shard = setup.shard,
                    "disk and memory are full: the gateway is left alone, and tells again what came since"
                );
                show(&state, setup.shard, ShardState::Disconnected);
                tokio::select! {
                    () = room(&state) => {}
                    () = stopped(&mut stop) => break,
                }
            }
            End::Disallowed => {
                setup.pace.lost(lived);
                held.session = None;
                let switches = switches(setup.features).join(" / ");
                tracing::error!(
                    "Discord refuses an intent (close 4014). Switch on in the developer portal: Bot -> Privileged \
                     Gateway Intents -> {switches}; then restart the relay. Until then it runs without them"
                );
                setup.features = Features::default();
                let base = ConfigBuilder::new(setup.token.expose_secret().to_owned(), intents(setup.features));
                let queue = InMemoryQueue::new(0, 0, Duration::ZERO, 0);
                config = base.proxy_url(setup.gateway_url.clone()).queue(queue).build();
                setup.degraded = Some(format!(
                    "Discord allows no privileged intents: switch on {switches} in the developer portal, restart the relay"
                ));
                state.shard(setup.shard, |shard| {
                    shard.state = ShardState::Disconnected;
                    shard.degraded.clone_from(&setup.degraded);
                });
            }
            End::Fatal(code) => {
                show(&state, setup.shard, ShardState::Stopped);
                return Err(Fatal(code));
            }
            End::Stopped => break,
        }
    }
    show(&state, setup.shard, ShardState::Stopped);
    Ok(())
}

/// Reads one connection until it ends.
async fn connection(
    shard: &mut GatewayShard,
    mut first: Option<Item>,
    setup: &Setup,
    state: &State,
    intake: &mut Intake,
    held: &mut Held,
    stop: &mut watch::Receiver<bool>,
) -> End {
    let mut rules = state.rules.subscribe();
    let mut deadline = Some(Instant::now() + HELLO_WITHIN);
    loop {
        let message = tokio::select! {
            message = async { if first.is_some() { first.take() } else { next(shard).await } } => message,
            Ok(()) = rules.changed() => {
                if intake.rules_came().is_err() {
                    shard.close(CloseFrame::RESUME);
                    return End::Full;
                }
                continue;
            }
            () = at(deadline) => {
                tracing::warn!("the gateway does not answer");
                return End::Lost;
            }
            () = stopped(stop) => {
                shard.close(CloseFrame::RESUME);
                let rest = async {
                    while let Some(Ok(Message::Text(text))) = next(shard).await {
                        if frame(&text, shard, setup, state, intake, held).is_err() {
                            break;
                        }
                    }
                };
                let _ = timeout(CLOSE_WITHIN, rest).await;
                return End::Stopped;
            }
        };
        match message {
            None => {
                tracing::warn!("the gateway connection broke");
                return End::Lost;
            }
            Some(Err(error)) => {
                // Display names the kind; the source of a failed connect holds no payload.
                let kind = matches!(error.kind(), twilight_gateway::error::ReceiveMessageErrorType::Reconnect);
                if kind {
                    let reason = error.into_source().map(|source| source.to_string());
                    tracing::warn!(reason, "the gateway was not reached");
                    return End::Lost;
                }
                count(&state.counters.unreadable);
                tracing::error!("a gateway frame could not be read");
            }
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map_or(1005, |frame| frame.code);
                tracing::info!(code, "the gateway closed the connection");
                return match code {
                    4014 => End::Disallowed,
                    4004 | 4010..=4013 => End::Fatal(code),
                    _ => End::Lost,
                };
            }
            Some(Ok(Message::Text(text))) => {
                // The first frame is HELLO, which twilight answers with a resume if it has a session.
                if shard.session().is_none() {
                    held.identified_at.get_or_insert_with(Instant::now);
                }
                if held.ready_since.is_none() {
                    deadline = Some(Instant::now() + READY_WITHIN);
                }
                if frame(&text, shard, setup, state, intake, held).is_err() {
                    shard.close(CloseFrame::RESUME);
                    let _ = timeout(CLOSE_WITHIN, async { while next(shard).await.is_some() {} }).await;
                    return End::Full;
                }
                if held.ready_since.is_some() {
                    deadline = None;
                }
            }
        }
        // Op 7, op 9: twilight has noted it, and one more poll writes its close frame. What came behind is read (its
        // sequence number counts as received), but nothing is waited for: then twilight would connect again, unspaced.
        if !is_connected(shard) {
            while let Some(Some(Ok(Message::Text(text)))) = shard.next().now_or_never() {
                if frame(&text, shard, setup, state, intake, held).is_err() {
                    return End::Full;
                }
            }
            return End::Lost;
        }
    }
}

fn frame(
    text: &str,
    shard: &GatewayShard,
    setup: &Setup,
    state: &State,
    intake: &mut Intake,
    held: &mut Held,
) -> Result<(), Full> {
    let Ok(frame) = serde_json::from_str::<Frame>(text) else {
        count(&state.counters.unreadable);
        tracing::error!("a gateway frame could not be read");
        return Ok(());
    };
    let (session, at) = (shard.session().map_or("", Session::id), now_ms());
    if frame.op == 11 {
        let latency = shard.latency().recent().first().map(|latency| latency.as_millis() as u64);
        state.shard(setup.shard, |shard| shard.latency_ms = latency);
        // An answer before READY or RESUMED says nothing: the session may be gone.
        if let (Some((seen, last)), Some(taken), Some(_)) = (&mut held.seen, &held.session, held.ready_since)
            && seen == session
            && taken.id() == session
        {
            *last = at;
            intake.alive(session, taken.sequence(), at);
        }
    }
    let (0, Some(name), Some(seq)) = (frame.op, frame.t, frame.s) else {
        return Ok(());
    };
    if name == "READY" || name == "RESUMED" {
        intake.resumes_at(shard.resume_url());
        began(name, session, setup, state, intake, held)?;
    }
    if held.session.as_ref().is_some_and(|taken| taken.id() == session && seq <= taken.sequence()) {
        count(&state.counters.repeated);
        return Ok(());
    }
    let (shard, shard_count) = (setup.shard, setup.shard_count);
    let data = frame.d.map_or("null", |data| data.get());
    intake.take(&Dispatch { shard, shard_count, session, seq, name, data, at })?;
    held.session = Some(Session::new(seq, session.to_owned()));
    match &mut held.seen {
        Some((seen, last)) if seen == session => {
            // While the gateway repeats, what is still missing is older than this.
            if held.ready_since.is_some() {
                *last = at;
            }
        }
        seen => *seen = Some((session.to_owned(), at)),
    }
    Ok(())
}

/// READY or RESUMED came.
fn began(
    name: &str,
    session: &str,
    setup: &Setup,
    state: &State,
    intake: &mut Intake,
    held: &mut Held,
) -> Result<(), Full> {
    let resumed = name == "RESUMED";
    count(if resumed { &state.counters.resumes } else { &state.counters.identifies });
    let gap = match &held.seen {
        Some((seen, last)) if !resumed && seen != session => Some(*last),
        _ => None,
    };
    if let Some(from) = gap {
        intake.gap(session, from, held.gap_reason)?;
    }
    held.gap_reason = NOT_RESUMED;
    held.ready_since = Some(Instant::now());
    intake.caught_up();
    state.shard(setup.shard, |shard| {
        shard.state = ShardState::Ready;
        shard.resumes += u64::from(resumed);
        shard.gaps += u64::from(gap.is_some());
        shard.degraded.clone_from(&setup.degraded);
    });
    tracing::info!(shard = setup.shard, resumed, "the gateway session is on");
    Ok(())
}

fn show(state: &State, shard: u32, now: ShardState) {
    state.shard(shard, |shard| shard.state = now);
}

/// Returns when the spool has room again.
async fn room(state: &State) {
    while !lock(&state.spool).has_room() {
        sleep(ROOM_EVERY).await;
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
