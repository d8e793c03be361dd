//! The REST API: who may ask, how often, and which route answers. Every handler runs under the one lock and never waits.

mod access;
pub mod body;
mod channels;
mod commands;
mod guilds;
mod members;
mod messages;
mod overwrites;
mod reactions;
pub mod reply;
mod threads;
mod users;
mod webhooks;

pub use messages::still_something;

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use self::{
    body::Upload,
    reply::{Refusal, Reply},
};
use super::{Discord, ids::Id, limits::Verdict, state::State};

/// One request to a handler.
pub struct Call<'a> {
    pub state: &'a mut State,
    pub now: i64,
    pub query: HashMap<String, String>,
    pub body: Value,
    pub files: Vec<Upload>,
    /// Where files and the gateway are.
    pub base: &'a str,
    pub gateway: String,
    pub verify_key: String,
    pub interactions_url: Option<String>,
}

impl Call<'_> {
    pub fn bot(&self) -> Id {
        self.state.bot()
    }

    /// A text of the body, if it is one.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field).and_then(Value::as_str)
    }

    /// `limit` of the query.
    pub fn limit(&self, default: usize, most: usize) -> Result<usize, Refusal> {
        let Some(text) = self.query.get("limit") else {
            return Ok(default);
        };
        match text.parse() {
            Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
            _ => {
                let message = format!("int value should be between 1 and {most}.");
                Err(Refusal::field("limit", "NUMBER_TYPE_MAX", &message))
            }
        }
    }

    pub fn query_id(&self, name: &str) -> Result<Option<Id>, Refusal> {
        self.query.get(name).map(|text| snowflake(name, text)).transpose()
    }
}

/// An id of the path or query.
pub fn snowflake(name: &str, text: &str) -> Result<Id, Refusal> {
    text.parse().map_err(|_| {
        let message = format!("Value \"{text}\" is not snowflake.");
        Refusal::field(name, "NUMBER_TYPE_COERCE", &message)
    })
}

/// Answers one request below `/api`.
pub async fn answer(discord: Arc<Discord>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let method = parts.method.as_str().to_owned();
    let path = parts.uri.path();
    let path = path.strip_prefix("/api/v10").or_else(|| path.strip_prefix("/api")).unwrap_or(path);
    let Ok(bytes) = axum::body::to_bytes(body, 64 << 20).await else {
        return Refusal::new(413, 40005, "Request entity too large").response();
    };
    if !agent_is_named(&parts.headers) {
        return Refusal::new(403, 40333, "internal network error").response();
    }
    let segments: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if needs_token(&method, &segments) && !has_token(&discord, &parts.headers) {
        return Refusal::new(401, 0, "401: Unauthorized").response();
    }
    if let Some(refusal) = bad_reason(&parts.headers) {
        return refusal.response();
    }
    let now = discord.shared.now_ms();
    let verdict = discord.state().limits.count(&method, path, now);
    let bucket = bucket(&method, &segments);
    if let Some(scope) = &verdict.refused {
        let mut response = limited(scope, verdict.reset_after_ms);
        limit_headers(response.headers_mut(), &verdict, &bucket, now);
        return response;
    }
    let read = body::read(&parts.headers, bytes).await;
    let query = query(parts.uri.query().unwrap_or_default());
    let reply = read.and_then(|(body, files)| {
        let gateway = discord.gateway_url();
        let mut state = discord.state();
        state.forget_old(now);
        let interactions_url = state.interactions_url.clone();
        let call = Call {
            state: &mut state,
            now,
            query,
            body,
            files,
            base: &discord.options.public_base_url,
            gateway,
            verify_key: discord.public_key(),
            interactions_url,
        };
        route(call, &method, &segments)
    });
    discord.changed();
    let mut response = match reply {
        Ok(answer) => answer.into_response(),
        Err(refusal) => refusal.response(),
    };
    limit_headers(response.headers_mut(), &verdict, &bucket, now);
    response
}

#[rustfmt::skip]
fn route(mut call: Call, method: &str, path: &[&str]) -> Reply {
    let call = &mut call;
    match (method, path) {
        ("GET", ["gateway"]) => users::gateway(call),
        ("GET", ["gateway", "bot"]) => users::gateway_bot(call),
        ("GET", ["applications", "@me"] | ["oauth2", "applications", "@me"]) => users::application(call),
        ("GET", ["users", "@me"]) => users::me(call),
        ("GET", ["users", "@me", "guilds"]) => users::guilds(call),
        ("POST", ["users", "@me", "channels"]) => users::open_dm(call),
        ("GET", ["users", user]) => users::get(call, snowflake("user_id", user)?),

        ("GET", ["guilds", guild]) => guilds::get(call, snowflake("guild_id", guild)?),
        ("GET", ["guilds", guild, "channels"]) => guilds::channels(call, snowflake("guild_id", guild)?),
        ("POST", ["guilds", guild, "channels"]) => channels::create(call, snowflake("guild_id", guild)?),
        ("GET", ["guilds", guild, "threads", "active"]) => guilds::active_threads(call, snowflake("guild_id", guild)?),
        ("GET", ["guilds", guild, "roles"]) => guilds::roles(call, snowflake("guild_id", guild)?),
        ("POST", ["guilds", guild, "roles"]) => guilds::create_role(call, snowflake("guild_id", guild)?),
        ("DELETE", ["guilds", guild, "roles", role]) => guilds::delete_role(call, snowflake("guild_id", guild)?, snowflake("role_id", role)?),
        ("GET", ["guilds", guild, "members"]) => members::list(call, snowflake("guild_id", guild)?),
        ("GET", ["guilds", guild, "members", "search"]) => members::search(call, snowflake("guild_id", guild)?),
        ("GET", ["guilds", guild, "members", user]) => members::get(call, snowflake("guild_id", guild)?, snowflake("user_id", user)?),
        ("PATCH", ["guilds", guild, "members", "@me"]) => { let me = call.bot(); members::patch(call, snowflake("guild_id", guild)?, me) }
        ("PATCH", ["guilds", guild, "members", user]) => members::patch(call, snowflake("guild_id", guild)?, snowflake("user_id", user)?),
        ("PUT", ["guilds", guild, "members", user, "roles", role]) => members::role(call, snowflake("guild_id", guild)?, snowflake("user_id", user)?, snowflake("role_id", role)?, true),
        ("DELETE", ["guilds", guild, "members", user, "roles", role]) => members::role(call, snowflake("guild_id", guild)?, snowflake("user_id", user)?, snowflake("role_id", role)?, false),

        ("GET", ["channels", channel]) => channels::get(call, snowflake("channel_id", channel)?),
        ("PATCH", ["channels", channel]) => channels::patch(call, snowflake("channel_id", channel)?),
        ("DELETE", ["channels", channel]) => channels::delete(call, snowflake("channel_id", channel)?),
        ("PUT", ["channels", channel, "permissions", id]) => overwrites::put(call, snowflake("channel_id", channel)?, snowflake("overwrite_id", id)?),
        ("DELETE", ["channels", channel, "permissions", id]) => overwrites::delete(call, snowflake("channel_id", channel)?, snowflake("overwrite_id", id)?),
        ("POST", ["channels", channel, "typing"]) => messages::typing(call, snowflake("channel_id", channel)?),

        ("GET", ["channels", channel, "messages"]) => messages::list(call, snowflake("channel_id", channel)?),
        ("POST", ["channels", channel, "messages"]) => messages::create(call, snowflake("channel_id", channel)?),
        ("POST", ["channels", channel, "messages", "bulk-delete"]) => messages::bulk_delete(call, snowflake("channel_id", channel)?),
        ("GET", ["channels", channel, "messages", "pins"]) => messages::pin_page(call, snowflake("channel_id", channel)?),
        ("GET", ["channels", channel, "pins"]) => messages::pins(call, snowflake("channel_id", channel)?),
        ("PUT", ["channels", channel, "messages", "pins", message] | ["channels", channel, "pins", message]) => messages::pin(call, snowflake("channel_id", channel)?, snowflake("message_id", message)?, true),
        ("DELETE", ["channels", channel, "messages", "pins", message] | ["channels", channel, "pins", message]) => messages::pin(call, snowflake("channel_id", channel)?, snowflake("message_id", message)?, false),
        ("GET", ["channels", channel, "messages", message]) => messages::get(call, snowflake("channel_id", channel)?, snowflake("message_id", message)?),
        ("PATCH", ["channels", channel, "messages", message]) => messages::patch(call, snowflake("channel_id", channel)?, snowflake("message_id", message)?),
        ("DELETE", ["channels", channel, "messages", message]) => messages::delete(call, snowflake("channel_id", channel)?, snowflake("message_id", message)?),
        ("DELETE", ["channels", channel, "messages", message, "reactions"]) => reactions::clear(call, snowflake("channel_id", channel)?, snowflake("message_id", message)?, None),
        ("DELETE", ["channels", channel, "messages", message, "reactions", emoji]) => reactions::clear(call, snowflake("channel_id", channel)?, snowflake("message_id", message)?, Some(emoji)),
        ("GET", ["channels", channel, "messages", message, "reactions", emoji]) => reactions::list(call, snowflake("channel_id", channel)?, snowflake("message_id", message)?, emoji),
        ("PUT", ["channels", channel, "messages", message, "reactions", emoji, "@me"]) => reactions::add(call, snowflake("channel_id", channel)?, snowflake("message_id", message)?, emoji),
        ("DELETE", ["channels", channel, "messages", message, "reactions", emoji, user]) => reactions::remove(call, snowflake("channel_id", channel)?, snowflake("message_id", message)?, emoji, user),

        ("POST", ["channels", channel, "messages", message, "threads"]) => threads::from_message(call, snowflake("channel_id", channel)?, snowflake("message_id", message)?),
        ("POST", ["channels", channel, "threads"]) => threads::create(call, snowflake("channel_id", channel)?),
        ("GET", ["channels", thread, "thread-members"]) => threads::members(call, snowflake("channel_id", thread)?),
        ("GET", ["channels", thread, "thread-members", user]) => threads::member(call, snowflake("channel_id", thread)?, user),
        ("PUT", ["channels", thread, "thread-members", user]) => threads::join(call, snowflake("channel_id", thread)?, user),
        ("DELETE", ["channels", thread, "thread-members", user]) => threads::leave(call, snowflake("channel_id", thread)?, user),

        (_, ["applications", app, "commands", rest @ ..]) => commands::route(call, method, app, None, rest),
        (_, ["applications", app, "guilds", guild, "commands", rest @ ..]) => commands::route(call, method, app, Some(snowflake("guild_id", guild)?), rest),

        ("POST", ["interactions", id, token, "callback"]) => webhooks::callback(call, snowflake("interaction_id", id)?, token),
        (_, ["webhooks", app, token, rest @ ..]) => webhooks::route(call, method, app, token, rest),
        _ => {
            call.state.unexpected.push(format!("no route: {method} /{}", path.join("/")));
            Err(Refusal::new(404, 0, "404: Not Found"))
        }
    }
}

/// Discord's edge refuses who does not say `DiscordBot (url, version)`.
fn agent_is_named(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let inside = agent.and_then(|agent| agent.strip_prefix("DiscordBot (")?.split_once(')'));
    inside.is_some_and(|(inside, _)| inside.split_once(',').is_some_and(|(_, version)| !version.trim().is_empty()))
}

/// `X-Audit-Log-Reason` has 1 to 512 characters, URL-encoded.
fn bad_reason(headers: &HeaderMap) -> Option<Refusal> {
    let reason = headers.get("x-audit-log-reason")?.to_str().unwrap_or_default();
    let reason = percent_decode_str(reason).decode_utf8().unwrap_or_default();
    if (1..=512).contains(&reason.chars().count()) {
        return None;
    }
    let message = "Must be between 1 and 512 in length.";
    Some(Refusal::field("reason", "BASE_TYPE_BAD_LENGTH", message))
}

/// What carries an interaction's token in its path needs no other.
fn needs_token(method: &str, path: &[&str]) -> bool {
    !matches!((method, path), (_, ["interactions", _, _, "callback"] | ["webhooks", _, _, ..]) | ("GET", ["gateway"]))
}

fn has_token(discord: &Discord, headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bot ")) == Some(discord.options.bot_token.as_str())
}

fn query(text: &str) -> HashMap<String, String> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| {
            let value = value.replace('+', " ");
            (name.to_owned(), percent_decode_str(&value).decode_utf8_lossy().into_owned())
        })
        .collect()
}

/// The same for all ids but the top-level one, as Discord's buckets are.
fn bucket(method: &str, path: &[&str]) -> String {
    let mut hasher = DefaultHasher::new();
    method.hash(&mut hasher);
    for (at, part) in path.iter().enumerate() {
        let is_id = part.bytes().all(|byte| byte.is_ascii_digit());
        if at == 1 || !is_id { part.hash(&mut hasher) } else { "id".hash(&mut hasher) }
    }
    format!("{:016x}", hasher.finish())
}

fn limited(scope: &str, reset_after_ms: i64) -> Response {
    let seconds = reset_after_ms as f64 / 1000.0;
    let body = json!({
        "message": "You are being rate limited.", "retry_after": seconds, "global": scope == "global",
    });
    let mut response = (axum::http::StatusCode::TOO_MANY_REQUESTS, axum::Json(body)).into_response();
    let headers = response.headers_mut();
    set(headers, "retry-after", &(reset_after_ms.max(0) as u64).div_ceil(1000).to_string());
    set(headers, "x-ratelimit-scope", scope);
    if scope == "global" {
        set(headers, "x-ratelimit-global", "true");
    }
    response
}

fn limit_headers(headers: &mut HeaderMap, verdict: &Verdict, bucket: &str, now_ms: i64) {
    set(headers, "x-ratelimit-limit", &verdict.limit.to_string());
    set(headers, "x-ratelimit-remaining", &verdict.remaining.to_string());
    let reset = (now_ms + verdict.reset_after_ms) as f64 / 1000.0;
    set(headers, "x-ratelimit-reset", &format!("{reset:.3}"));
    set(headers, "x-ratelimit-reset-after", &format!("{:.3}", verdict.reset_after_ms as f64 / 1000.0));
    set(headers, "x-ratelimit-bucket", bucket);
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
