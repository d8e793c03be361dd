//! Discord's REST interface: rate limits as its headers tell them, edge bans, audit-log reasons; every error names the operation.

use std::{cell::RefCell, collections::HashMap, time::Duration};

use chrono::TimeDelta;
use from_json::{FromJson, Value};
use futures_util::FutureExt;
use http::HeaderMap;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use relay_wire::Snowflake;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{
    form,
    message::{File, MessageBody},
    read::{Listed, Message, Page, Thread},
    refusal::refusal,
};
use crate::{
    clients::{Answer, parse, read, send},
    edge::{Edge, Time},
    error::{Failure, Service, ServiceError},
};

const TIMEOUT: Duration = Duration::from_secs(5);
/// For a body of more than [`LARGE_BYTES`]: a file.
const LARGE_TIMEOUT: Duration = Duration::from_secs(15);
const LARGE_BYTES: usize = 256 * 1024;
/// Waited out in place; a longer limit is the caller's to put off (a relay event answers `retry`, a job comes back).
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// A refusal without Discord's headers comes from Cloudflare's edge: an address that was banned for a while.
const EDGE_BAN: Duration = Duration::from_secs(60);
const USER_AGENT: &str = concat!("DiscordBot (https://github.com/community-os, ", env!("CARGO_PKG_VERSION"), ")");
/// Too many edits of messages older than an hour; comes as 429. Source: Discord's list of JSON error codes.
const OLD_EDITS: &str = "30046";
const MAX_REMEMBERED_ROUTES: usize = 1_000;
/// Limits that are shared by every route with the bot's token, and by all requests of this address.
const BOT: &str = "bot";
const ADDRESS: &str = "address";
/// A refusal that asks for no wait at all would otherwise be repeated at once, and without end.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
/// How long to wait before each further try of an edit that Discord was not ready for.
const EDIT_PAUSES_MS: [u64; 3] = [300, 1_000, 3_000];

pub struct Rest {
    pub(super) http: reqwest::Client,
    pub(super) api_url: String,
    token: Option<SecretString>,
    edge: Edge,
    /// When a route may be used again. Only a hint that saves a refused request: Discord itself does the counting.
    limits: RefCell<HashMap<String, Time>>,
}

/// One request in the making.
pub struct Call<'a> {
    rest: &'a Rest,
    method: Method,
    path: String,
    /// For logs and errors: the path without tokens.
    operation: String,
    body: Option<Vec<u8>>,
    content_type: String,
    reason: Option<String>,
    with_token: bool,
}

impl Rest {
    pub fn new(http: reqwest::Client, api_url: String, token: Option<SecretString>, edge: Edge) -> Self {
        Self { http, api_url, token, edge, limits: RefCell::default() }
    }

    pub async fn create_message(&self, channel: Snowflake, message: &MessageBody) -> Result<Message, ServiceError> {
        self.call(Method::POST, format!("/channels/{channel}/messages")).json(message)?.answer().await
    }

    /// One message, with its text.
    pub async fn message(&self, channel: Snowflake, message: Snowflake) -> Result<Message, ServiceError> {
        self.call(Method::GET, format!("/channels/{channel}/messages/{message}")).answer().await
    }

    /// The up to 100 messages that follow `after`, oldest first. Empty also where the bot may not read the history. One
    /// that cannot be read is left out.
    pub async fn messages_after(&self, channel: Snowflake, after: Snowflake) -> Result<Page, ServiceError> {
        let path = format!("/channels/{channel}/messages?after={after}&limit=100");
        self.call(Method::GET, path).answer().await
    }

    /// Up to 100 messages before this one, which need not exist; the newest of them, oldest first.
    pub async fn messages_before(&self, channel: Snowflake, before: Snowflake) -> Result<Page, ServiceError> {
        let path = format!("/channels/{channel}/messages?before={before}&limit=100");
        self.call(Method::GET, path).answer().await
    }

    /// Up to 1,000 members of a guild by their ids, those after `after`. Needs the Server Members Intent.
    pub async fn members_after(&self, guild: Snowflake, after: Snowflake) -> Result<Vec<Listed>, ServiceError> {
        self.call(Method::GET, format!("/guilds/{guild}/members?limit=1000&after={after}")).answer().await
    }

    /// The name of a guild that the bot is in.
    pub async fn guild_name(&self, guild: Snowflake) -> Result<String, ServiceError> {
        #[derive(FromJson)]
        struct Named {
            #[serde(default)]
            name: relay_wire::Text,
        }
        let named: Named = self.call(Method::GET, format!("/guilds/{guild}")).answer().await?;
        Ok(named.name.0)
    }

    /// Ids and names of the guilds that the bot is in: the first 200.
    pub async fn guilds(&self) -> Result<Vec<(Snowflake, String)>, ServiceError> {
        #[derive(FromJson)]
        struct Named {
            id: Snowflake,
            #[serde(default)]
            name: relay_wire::Text,
        }
        let named: Vec<Named> = self.call(Method::GET, "/users/@me/guilds".to_owned()).answer().await?;
        Ok(named.into_iter().map(|guild| (guild.id, guild.name.0)).collect())
    }

    pub async fn edit_message(
        &self,
        channel: Snowflake,
        message: Snowflake,
        body: &MessageBody,
    ) -> Result<(), ServiceError> {
        let path = format!("/channels/{channel}/messages/{message}");
        self.call(Method::PATCH, path).json(body)?.sent().await.map(drop)
    }

    /// Shows for ten seconds that somebody writes.
    pub async fn typing(&self, channel: Snowflake) -> Result<(), ServiceError> {
        self.call(Method::POST, format!("/channels/{channel}/typing")).sent().await.map(drop)
    }

    pub async fn delete_message(&self, channel: Snowflake, message: Snowflake) -> Result<(), ServiceError> {
        self.call(Method::DELETE, format!("/channels/{channel}/messages/{message}")).sent().await.map(drop)
    }

    /// The channel of direct messages with a user.
    pub async fn direct_channel(&self, user: Snowflake) -> Result<Snowflake, ServiceError> {
        #[derive(FromJson)]
        struct Channel {
            id: Snowflake,
        }
        let body = from_json::json!({"recipient_id": user});
        let channel: Channel = self.call(Method::POST, "/users/@me/channels").json(&body)?.answer().await?;
        Ok(channel.id)
    }

    /// The threads of a guild that are not archived.
    pub async fn active_threads(&self, guild: Snowflake) -> Result<Vec<Thread>, ServiceError> {
        #[derive(FromJson)]
        struct Active {
            threads: Vec<Thread>,
        }
        let active: Active = self.call(Method::GET, format!("/guilds/{guild}/threads/active")).answer().await?;
        Ok(active.threads)
    }

    /// Replaces the answer to an interaction; works for 15 minutes after it and needs no bot token.
    ///
    /// Tried up to four times: Discord may not have stored the deferred answer yet when a quick edit arrives (10015).
    pub async fn edit_original(
        &self,
        application: Snowflake,
        token: &str,
        message: &MessageBody,
        file: Option<&File>,
    ) -> Result<(), ServiceError> {
        let mut pauses = EDIT_PAUSES_MS.into_iter();
        loop {
            let mut call = self.call(Method::PATCH, format!("/webhooks/{application}/{token}/messages/@original"));
            call.with_token = false;
            let Err(error) = call.form(message, file)?.sent().await else { return Ok(()) };
            let not_yet = matches!(error.code(), Some("10015" | "10008"));
            let limited = error.retry_after_ms().is_some();
            match pauses.next() {
                Some(pause) if not_yet || (error.is_passing() && !limited) => {
                    (self.edge.sleep)(Duration::from_millis(pause)).await;
                }
                _ => return Err(error),
            }
        }
    }

    /// Makes the application's commands exactly these: everywhere, or in one guild. Repeating it changes nothing.
    pub async fn put_commands(
        &self,
        application: Snowflake,
        guild: Option<Snowflake>,
        commands: &impl Serialize,
    ) -> Result<Vec<from_json::Value>, ServiceError> {
        let place = guild.map(|guild| format!("/guilds/{guild}")).unwrap_or_default();
        self.call(Method::PUT, format!("/applications/{application}{place}/commands")).json(commands)?.answer().await
    }

    /// Any other route; `path` starts with a slash and holds ids only.
    pub fn call(&self, method: Method, path: impl Into<String>) -> Call<'_> {
        let path = path.into();
        let operation = format!("{method} {}", without_token(&path));
        Call {
            rest: self,
            method,
            path,
            operation,
            body: None,
            content_type: String::new(),
            reason: None,
            with_token: true,
        }
    }
}

impl Call<'_> {
    pub fn json(mut self, body: &impl Serialize) -> Result<Self, ServiceError> {
        self.put_json(serde_json::to_value(body))?;
        Ok(self)
    }

    fn put_json(&mut self, body: serde_json::Result<Value>) -> Result<(), ServiceError> {
        let body = body.and_then(|body| serde_json::to_vec(&body));
        self.body = Some(body.map_err(|error| self.failed(Failure::Malformed(error.to_string())))?);
        self.content_type = "application/json".to_owned();
        Ok(())
    }

    /// A message, with a file if there is one.
    pub fn form(mut self, message: &MessageBody, file: Option<&File>) -> Result<Self, ServiceError> {
        let Some(file) = file else { return self.json(message) };
        let failed = |error: serde_json::Error| self.failed(Failure::Malformed(error.to_string()));
        let mut message = serde_json::to_value(message).map_err(failed)?;
        if let Some(fields) = message.as_object_mut() {
            fields.insert("attachments".to_owned(), from_json::json!([{"id": 0, "filename": file.name}]));
        }
        let message = serde_json::to_vec(&message).map_err(failed)?;
        let (content_type, body) = form::encoded(&message, file);
        self.body = Some(body);
        self.content_type = content_type;
        Ok(self)
    }

    /// Shown in the guild's audit log; 1 to 512 characters, longer ones are cut.
    pub fn reason(mut self, reason: &str) -> Self {
        let short: String = reason.chars().take(512).collect();
        self.reason = Some(utf8_percent_encode(&short, NON_ALPHANUMERIC).to_string());
        self
    }

    /// Sends it and reads what comes back.
    pub async fn answer<T: FromJson>(self) -> Result<T, ServiceError> {
        let (json, operation) = self.answer_json().boxed_local().await?;
        read(&json, Service::Discord, &operation)
    }

    async fn answer_json(self) -> Result<(Value, String), ServiceError> {
        let answer = self.send().await?;
        Ok((parse(&answer.body, Service::Discord, &self.operation)?, self.operation))
    }

    /// Sends it; waits out short limits, at most [`LONGEST_WAIT`] in all.
    pub async fn sent(self) -> Result<Answer, ServiceError> {
        async move { self.send().await }.boxed_local().await
    }

    async fn send(&self) -> Result<Answer, ServiceError> {
        let route = format!("{} {}", self.method, route_of(&self.path));
        let mut waited = Duration::ZERO;
        loop {
            let wait = self.rest.wait_for(&route, self.with_token);
            if !wait.is_zero() {
                if waited + wait > LONGEST_WAIT {
                    return Err(self.failed(Failure::RateLimited { retry_after_ms: wait.as_millis() as u64 }));
                }
                waited += wait;
                (self.rest.edge.sleep)(wait).await;
            }
            let large = self.body.as_ref().is_some_and(|body| body.len() > LARGE_BYTES);
            let timeout = if large { LARGE_TIMEOUT } else { TIMEOUT };
            let answer = send(self.request()?, timeout, Service::Discord, &self.operation).await?;
            match self.rest.learn(&route, self.with_token, &answer) {
                None if answer.status.is_success() => return Ok(answer),
                None => return Err(self.failed(refusal(&answer))),
                // The hint is in place: the loop waits for it, or gives up with it.
                Some(limited) if waited + limited > LONGEST_WAIT => {
                    return Err(self.failed(Failure::RateLimited { retry_after_ms: limited.as_millis() as u64 }));
                }
                Some(_) => {}
            }
        }
    }

    fn request(&self) -> Result<reqwest::RequestBuilder, ServiceError> {
        let mut request = self
            .rest
            .http
            .request(self.method.clone(), format!("{}{}", self.rest.api_url, self.path))
            .header("user-agent", USER_AGENT);
        if self.with_token {
            const VARIABLES: &[&str] = &["DISCORD_BOT_TOKEN"];
            let token = self.rest.token.as_ref().ok_or_else(|| self.failed(Failure::NotConfigured(VARIABLES)))?;
            request = request.header("authorization", format!("Bot {}", token.expose_secret()));
        }
        if let Some(reason) = &self.reason {
            request = request.header("x-audit-log-reason", reason);
        }
        if let Some(body) = &self.body {
            request = request.header("content-type", self.content_type.as_str()).body(body.clone());
        }
        Ok(request)
    }

    fn failed(&self, kind: Failure) -> ServiceError {
        ServiceError::new(Service::Discord, self.operation.as_str(), kind)
    }
}

impl Rest {
    /// How long to wait before this route, or any route, may be used.
    fn wait_for(&self, route: &str, with_token: bool) -> Duration {
        let now = (self.edge.now)();
        let limits = self.limits.borrow();
        // Edits of interaction answers carry no bot token and are exempt from the bot's global limit.
        let of_bot = limits.get(BOT).filter(|_| with_token);
        let until = limits.get(route).max(limits.get(ADDRESS)).max(of_bot);
        until.and_then(|until| (*until - now).to_std().ok()).unwrap_or_default()
    }

    /// Takes in what the headers say of limits. Some: this very request was refused for that long.
    fn learn(&self, route: &str, with_token: bool, answer: &Answer) -> Option<Duration> {
        #[derive(FromJson)]
        struct Limited {
            retry_after: f64,
            #[serde(default)]
            global: bool,
        }
        let from_discord = answer.headers.contains_key("x-ratelimit-limit")
            || answer.headers.contains_key("x-ratelimit-scope")
            || from_json::parse(&answer.body).is_ok();
        match answer.status.as_u16() {
            403 | 429 if !from_discord => {
                let asked = header(&answer.headers, "retry-after").map(seconds_up).unwrap_or_default();
                let wait = asked.max(EDGE_BAN);
                self.hold(ADDRESS, wait);
                Some(wait)
            }
            // It is about one old message; the route is free for the others.
            429 if matches!(refusal(answer), Failure::Refused { code, .. } if code == OLD_EDITS) => None,
            429 => {
                let limited: Option<Limited> = from_json::read(&answer.body);
                let seconds = limited
                    .as_ref()
                    .map(|limited| limited.retry_after)
                    .or_else(|| header(&answer.headers, "retry-after"))
                    .unwrap_or(1.0);
                let wait = seconds_up(seconds).max(SHORTEST_WAIT);
                let global = limited.is_some_and(|limited| limited.global);
                self.hold(if global && with_token { BOT } else { route }, wait);
                Some(wait)
            }
            _ => {
                if header(&answer.headers, "x-ratelimit-remaining") == Some(0.0) {
                    let reset = header(&answer.headers, "x-ratelimit-reset-after").unwrap_or_default();
                    self.hold(route, seconds_up(reset));
                }
                None
            }
        }
    }

    fn hold(&self, route: &str, wait: Duration) {
        let now = (self.edge.now)();
        let mut limits = self.limits.borrow_mut();
        if limits.len() >= MAX_REMEMBERED_ROUTES {
            limits.retain(|_, until| *until > now);
        }
        limits.insert(route.to_owned(), now + TimeDelta::from_std(wait).unwrap_or_default());
    }
}

/// What Discord counts together: the path with every id but its major parameter (channel, guild, or webhook with token) blanked.
fn route_of(path: &str) -> String {
    let mut seen = false;
    let path = path.split('?').next().unwrap_or(path);
    let parts = path.split('/').map(|part| {
        let id = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if id && std::mem::replace(&mut seen, true) { ":" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// For logs and errors: whoever has a webhook's token can write through it.
fn without_token(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    if let ["", "webhooks" | "interactions", _, token, ..] = parts.as_mut_slice() {
        *token = ":token";
    }
    parts.join("/")
}

fn header(headers: &HeaderMap, name: &str) -> Option<f64> {
    from_json::number(headers.get(name)?.to_str().ok()?)
}

/// Whole milliseconds, rounded up, a minute for nonsense.
fn seconds_up(seconds: f64) -> Duration {
    let seconds = if seconds.is_finite() { seconds.clamp(0.0, 86_400.0) } else { 60.0 };
    Duration::from_millis((seconds * 1_000.0).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_keeps_its_channel_and_forgets_the_rest() {
        assert_eq!(route_of("/channels/12/messages/34"), "/channels/12/messages/:");
        assert_eq!(route_of("/channels/12/messages?after=34&limit=100"), "/channels/12/messages");
        assert_eq!(route_of("/guilds/1/members/2/roles/3"), "/guilds/1/members/:/roles/:");
        assert_eq!(route_of("/webhooks/1/abc/messages/@original"), "/webhooks/1/abc/messages/@original");
    }

    #[test]
    fn a_token_is_never_part_of_what_is_logged() {
        assert_eq!(without_token("/webhooks/1/secret/messages/@original"), "/webhooks/1/:token/messages/@original");
        assert_eq!(without_token("/interactions/1/secret/callback"), "/interactions/1/:token/callback");
        assert_eq!(without_token("/channels/1/messages"), "/channels/1/messages");
    }

    #[test]
    fn a_wait_is_never_shorter_than_asked_and_never_nonsense() {
        assert_eq!(seconds_up(0.3001), Duration::from_millis(301));
        assert_eq!(seconds_up(-5.0), Duration::ZERO);
        assert_eq!(seconds_up(f64::NAN), Duration::from_secs(60));
    }
}
