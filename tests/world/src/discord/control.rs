//! `/world/*` of Discord: acting as people over HTTP, and the knobs. README.md is the contract.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use futures_util::{Stream, stream};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Discord, deliver, gateway::session::Order, ids::Id};

type World = State<Arc<Discord>>;

pub fn router() -> Router<Arc<Discord>> {
    Router::new()
        .route("/world/state", get(state))
        .route("/world/events", get(events))
        .route("/world/messages", post(send).patch(edit).delete(delete))
        .route("/world/reactions", post(react).delete(unreact))
        .route("/world/interactions/command", post(command))
        .route("/world/interactions/component", post(component))
        .route("/world/interactions/modal", post(modal).delete(dismiss))
        .route("/world/interactions/autocomplete", post(autocomplete))
        .route("/world/interactions/probe", post(probe))
        .route("/world/dms", post(dms))
        .route("/world/members", post(members))
        .route("/world/presence", post(presence))
        .route("/world/channels", post(create_channel).delete(delete_channel))
        .route("/world/threads", post(create_thread))
        .route("/world/roles", axum::routing::delete(delete_role))
        .route("/world/guilds", post(guilds))
        .route("/world/scheduled", post(scheduled))
        .route("/world/gateway", get(stats).post(gateway))
        .route("/world/limits", post(limit).delete(no_limits))
        .route("/world/unexpected", get(unexpected).delete(forget_unexpected))
}

fn answer(result: Result<Value, String>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response(),
    }
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// `{}` for what only succeeds.
fn done(result: Result<(), String>) -> Response {
    answer(result.map(|()| json!({})))
}

async fn state(State(discord): World) -> Response {
    Json(discord.world()).into_response()
}

async fn events(State(discord): World) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = discord.version.subscribe();
    let events = stream::unfold((changes, true), |(mut changes, first)| async move {
        if !first {
            changes.changed().await.ok()?;
            // Many changes at once are one event.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let version = *changes.borrow_and_update();
        Some((Ok(Event::default().data(json!({"version": version}).to_string())), (changes, false)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

#[derive(Deserialize)]
struct Send {
    channel_id: Id,
    user_id: Id,
    content: String,
    #[serde(default)]
    reply_to: Option<Id>,
}

async fn send(State(discord): World, body: Bytes) -> Response {
    let sent = read::<Send>(&body)
        .and_then(|one| discord.send_message(one.channel_id, one.user_id, &one.content, one.reply_to));
    answer(sent.map(|message| json!(message)))
}

#[derive(Deserialize)]
struct Which {
    channel_id: Id,
    message_id: Id,
    #[serde(default)]
    content: String,
    #[serde(default)]
    user_id: Option<Id>,
    #[serde(default)]
    emoji: String,
}

async fn edit(State(discord): World, body: Bytes) -> Response {
    let edited =
        read::<Which>(&body).and_then(|one| discord.edit_message(one.channel_id, one.message_id, &one.content));
    answer(edited.map(|message| json!(message)))
}

async fn delete(State(discord): World, body: Bytes) -> Response {
    done(read::<Which>(&body).and_then(|one| discord.delete_message(one.channel_id, one.message_id, one.user_id)))
}

async fn react(State(discord): World, body: Bytes) -> Response {
    done(read::<Which>(&body).and_then(|one| {
        let user = one.user_id.ok_or("user_id is missing")?;
        discord.react(one.channel_id, one.message_id, user, &one.emoji)
    }))
}

async fn unreact(State(discord): World, body: Bytes) -> Response {
    done(read::<Which>(&body).and_then(|one| {
        let user = one.user_id.ok_or("user_id is missing")?;
        discord.unreact(one.channel_id, one.message_id, user, &one.emoji)
    }))
}

async fn command(State(discord): World, body: Bytes) -> Response {
    interaction(&discord, read(&body).and_then(|used| discord.begin_command(&used))).await
}

async fn component(State(discord): World, body: Bytes) -> Response {
    interaction(&discord, read(&body).and_then(|used| discord.begin_component(&used))).await
}

async fn modal(State(discord): World, body: Bytes) -> Response {
    interaction(&discord, read(&body).and_then(|used| discord.begin_modal(&used))).await
}

async fn autocomplete(State(discord): World, body: Bytes) -> Response {
    interaction(&discord, read(&body).and_then(|used| discord.begin_autocomplete(&used))).await
}

async fn interaction(discord: &Arc<Discord>, begun: Result<super::Pending, String>) -> Response {
    match begun {
        Ok(pending) => Json(deliver::deliver(discord, &pending).await).into_response(),
        Err(error) => answer(Err(error)),
    }
}

#[derive(Deserialize)]
struct Dismiss {
    modal_id: Id,
}

async fn dismiss(State(discord): World, body: Bytes) -> Response {
    done(read::<Dismiss>(&body).and_then(|one| match discord.dismiss_modal(one.modal_id) {
        true => Ok(()),
        false => Err("no such modal is open".to_owned()),
    }))
}

#[derive(Default, Deserialize)]
struct Probe {
    /// With a good signature: an ordinary PING.
    #[serde(default)]
    good: bool,
}

async fn probe(State(discord): World, body: Bytes) -> Response {
    let good = read::<Probe>(&body).unwrap_or_default().good;
    let status = deliver::post(&discord, &discord.probe(good)).await;
    answer(status.map(|(status, body)| json!({"status": status, "body": String::from_utf8_lossy(&body)})))
}

#[derive(Deserialize)]
struct Dm {
    user_id: Id,
    #[serde(default)]
    closed: Option<bool>,
}

async fn dms(State(discord): World, body: Bytes) -> Response {
    answer(read::<Dm>(&body).and_then(|one| match one.closed {
        Some(closed) => {
            discord.close_dms(one.user_id, closed);
            Ok(json!({"user_id": one.user_id, "closed": closed}))
        }
        None => {
            let id = discord.open_dm(one.user_id)?;
            let state = discord.state();
            let channel = state.channels.get(&id).ok_or("no such channel")?;
            Ok(state.channel_json(channel))
        }
    }))
}

#[derive(Deserialize)]
struct MemberAction {
    guild_id: Id,
    #[serde(default)]
    user_id: Option<Id>,
    action: String,
    #[serde(default)]
    roles: Vec<Id>,
    #[serde(default)]
    nick: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

async fn members(State(discord): World, body: Bytes) -> Response {
    answer(read::<MemberAction>(&body).and_then(|one| {
        let name = one.name.as_deref().unwrap_or("Guest");
        let user = match (one.user_id, one.action.as_str()) {
            (Some(user), _) => user,
            // Somebody new.
            (None, "join") => discord.add_user(name),
            (None, _) => return Err("user_id is missing".to_owned()),
        };
        match one.action.as_str() {
            "join" => discord.join(one.guild_id, user, name)?,
            "leave" => discord.leave(one.guild_id, user)?,
            "set_roles" => discord.set_roles(one.guild_id, user, &one.roles)?,
            "set_nick" => discord.set_nick(one.guild_id, user, one.nick.as_deref())?,
            other => return Err(format!("no action {other}")),
        }
        Ok(json!({"user_id": user}))
    }))
}

#[derive(Deserialize)]
struct Presence {
    user_id: Id,
    status: String,
}

async fn presence(State(discord): World, body: Bytes) -> Response {
    done(read::<Presence>(&body).and_then(|one| discord.set_presence(one.user_id, &one.status)))
}

#[derive(Deserialize)]
struct Gone {
    #[serde(default)]
    channel_id: Id,
    #[serde(default)]
    guild_id: Id,
    #[serde(default)]
    role_id: Id,
}

#[derive(Deserialize)]
struct NewChannel {
    guild_id: Id,
    name: String,
    #[serde(default)]
    parent_id: Option<Id>,
}

async fn create_channel(State(discord): World, body: Bytes) -> Response {
    let made = read::<NewChannel>(&body).and_then(|one| discord.create_channel(one.guild_id, &one.name, one.parent_id));
    answer(made.map(|id| json!({"channel_id": id})))
}

#[derive(Deserialize)]
struct NewThread {
    channel_id: Id,
    user_id: Id,
    name: String,
    #[serde(default)]
    message_id: Option<Id>,
    #[serde(default)]
    private: bool,
}

async fn create_thread(State(discord): World, body: Bytes) -> Response {
    let made = read::<NewThread>(&body)
        .and_then(|one| discord.create_thread(one.channel_id, one.user_id, &one.name, one.message_id, one.private));
    answer(made.map(|id| json!({"channel_id": id})))
}

async fn delete_channel(State(discord): World, body: Bytes) -> Response {
    done(read::<Gone>(&body).and_then(|one| discord.delete_channel(one.channel_id)))
}

async fn delete_role(State(discord): World, body: Bytes) -> Response {
    done(read::<Gone>(&body).and_then(|one| discord.delete_role(one.guild_id, one.role_id)))
}

#[derive(Deserialize)]
struct GuildAction {
    guild_id: Id,
    available: bool,
}

async fn guilds(State(discord): World, body: Bytes) -> Response {
    done(read::<GuildAction>(&body).map(|one| discord.set_available(one.guild_id, one.available)))
}

async fn scheduled(State(discord): World) -> Response {
    answer(deliver::scheduled(&discord).await.map(|status| json!({"status": status})))
}

async fn stats(State(discord): World) -> Response {
    Json(discord.gateway_stats()).into_response()
}

#[derive(Deserialize)]
struct Knob {
    action: String,
    #[serde(default)]
    code: Option<u16>,
    #[serde(default)]
    resumable: bool,
    #[serde(default)]
    times: Option<u32>,
    #[serde(default)]
    on: Option<bool>,
    #[serde(default)]
    ms: Option<u64>,
}

async fn gateway(State(discord): World, body: Bytes) -> Response {
    answer(read::<Knob>(&body).and_then(|knob| {
        let mut state = discord.state();
        let hub = &mut state.hub;
        match knob.action.as_str() {
            "close" => {
                let code = knob.code.unwrap_or(4000);
                hub.order_all(|| Order::Close(code));
            }
            "reconnect" => hub.order_all(|| Order::Reconnect),
            "invalid_session" => hub.order_all(|| Order::Invalid { resumable: knob.resumable }),
            "mute_heartbeats" => hub.order_all(|| Order::Mute),
            "close_before_hello" => hub.close_before_hello = knob.times.unwrap_or(1),
            "forget_sessions" => hub.forget(),
            "refuse_privileged" => hub.refuse_privileged = knob.on.unwrap_or(true),
            "pace_identifies" => hub.pace_identifies = knob.on.unwrap_or(true),
            "heartbeat_interval" => hub.heartbeat_ms = knob.ms.unwrap_or_default(),
            other => return Err(format!("no action {other}")),
        }
        Ok(json!(hub.stats()))
    }))
}

#[derive(Deserialize)]
struct NewLimit {
    #[serde(default)]
    prefix: String,
    limit: usize,
    per_ms: i64,
    #[serde(default)]
    scope: Option<String>,
}

async fn limit(State(discord): World, body: Bytes) -> Response {
    done(read::<NewLimit>(&body).map(|one| {
        discord.state().limits.add(&one.prefix, one.limit, one.per_ms, one.scope);
    }))
}

async fn no_limits(State(discord): World) -> Response {
    discord.state().limits.clear();
    done(Ok(()))
}

async fn unexpected(State(discord): World) -> Response {
    Json(discord.unexpected()).into_response()
}

async fn forget_unexpected(State(discord): World) -> Response {
    discord.state().unexpected.clear();
    done(Ok(()))
}
