//! The one thing asked of Discord's REST API: where the gateway is.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::config::Config;

#[derive(Deserialize)]
struct GatewayBot {
    url: String,
}

/// Why Discord did not say where its gateway is.
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
pub async fn gateway_url(config: &Config) -> Result<String, Failure> {
    let failed = |error: reqwest::Error| Failure::Other(error.without_url().to_string());
    let http = Client::builder().timeout(Duration::from_secs(10)).build().map_err(failed)?;
    let response = http
        .get(format!("{}/gateway/bot", config.discord_api_url))
        .header(http::header::AUTHORIZATION, format!("Bot {}", config.bot_token.expose_secret()))
        .header(http::header::USER_AGENT, user_agent())
        .send()
        .await
        .map_err(failed)?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => return Err(Failure::Unauthorized),
        status => return Err(Failure::Other(format!("status {status}"))),
    }
    let body = response.bytes().await.map_err(failed)?;
    let answer = serde_json::from_slice::<GatewayBot>(&body).ok();
    let url = answer.map(|answer| answer.url).filter(|url| is_gateway(url));
    let url = url.ok_or_else(|| Failure::Other("its answer names no gateway".into()))?;
    Ok(url.trim_end_matches('/').to_owned())
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
