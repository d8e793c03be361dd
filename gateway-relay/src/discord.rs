//! The little that the relay asks of Discord's REST API: where the gateway is, and in need to say that detection is down.

use std::time::Duration;

use relay_wire::Snowflake;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;

use crate::config::Config;

const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct GatewayBot {
    url: String,
    #[serde(default)]
    shards: Option<u32>,
    #[serde(default)]
    session_start_limit: Option<StartLimit>,
}

#[derive(Deserialize)]
struct StartLimit {
    remaining: u32,
    /// Milliseconds.
    reset_after: u64,
    #[serde(default)]
    max_concurrency: Option<u32>,
}

/// What `GET /gateway/bot` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Checked, without a slash at the end.
    pub url: String,
    /// How many shards Discord recommends.
    pub shards: u32,
    /// Sessions that may still begin.
    pub starts_left: u32,
    pub starts_again_in: Duration,
    /// Sessions that may begin within 5 s.
    pub max_concurrency: u32,
}

/// Why Discord did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The token is wrong: trying again cannot help.
    Unauthorized,
    Other(String),
}

/// `GET /gateway/bot`.
///
/// # Errors
/// If Discord is not reached, refuses the token, or answers something else.
pub async fn gateway(config: &Config) -> Result<Gateway, Failure> {
    let response = request(config, Method::GET, "/gateway/bot")?.send().await.map_err(failed)?;
    checked(response.status())?;
    let body = response.bytes().await.map_err(failed)?;
    let answer = serde_json::from_slice::<GatewayBot>(&body).ok().filter(|answer| is_gateway(&answer.url));
    let answer = answer.ok_or_else(|| Failure::Other("its answer names no gateway".into()))?;
    let limit = answer.session_start_limit;
    Ok(Gateway {
        url: answer.url.trim_end_matches('/').to_owned(),
        shards: answer.shards.unwrap_or(1).max(1),
        starts_left: limit.as_ref().map_or(u32::MAX, |limit| limit.remaining),
        starts_again_in: Duration::from_millis(limit.as_ref().map_or(0, |limit| limit.reset_after)),
        max_concurrency: limit.and_then(|limit| limit.max_concurrency).unwrap_or(1).max(1),
    })
}

/// Posts `text` into a channel; nobody is mentioned. The same `nonce` again posts nothing for some minutes.
///
/// # Errors
/// If Discord is not reached or does not allow it.
pub async fn say(config: &Config, channel: Snowflake, text: &str, nonce: &str) -> Result<(), Failure> {
    let message = json!({
        "content": text, "nonce": nonce, "enforce_nonce": true, "allowed_mentions": {"parse": []},
    });
    let path = format!("/channels/{channel}/messages");
    let request = request(config, Method::POST, &path)?;
    let request = request.header(http::header::CONTENT_TYPE, "application/json").body(message.to_string());
    checked(request.send().await.map_err(failed)?.status())
}

fn request(config: &Config, method: Method, path: &str) -> Result<RequestBuilder, Failure> {
    let http = Client::builder().timeout(TIMEOUT).build().map_err(failed)?;
    Ok(http
        .request(method, format!("{}{path}", config.discord_api_url))
        .header(http::header::AUTHORIZATION, format!("Bot {}", config.bot_token.expose_secret()))
        .header(http::header::USER_AGENT, user_agent()))
}

fn checked(status: StatusCode) -> Result<(), Failure> {
    match status {
        StatusCode::UNAUTHORIZED => Err(Failure::Unauthorized),
        status if status.is_success() => Ok(()),
        status => Err(Failure::Other(format!("status {status}"))),
    }
}

fn failed(error: reqwest::Error) -> Failure {
    Failure::Other(error.without_url().to_string())
}

/// Whether twilight can take the address: it panics on one that is none.
pub fn is_gateway(url: &str) -> bool {
    let uri = url.parse::<http::Uri>().ok();
    uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("ws" | "wss")) && uri.host().is_some())
}

/// Discord blocks clients that do not say who they are. Source: API reference, "User Agent".
fn user_agent() -> &'static str {
    concat!("DiscordBot (https://github.com/community-os, ", env!("CARGO_PKG_VERSION"), ")")
}
