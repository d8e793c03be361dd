//! What the tests of the stand-in of Discord share: a world of its own for each, twilight's client, and plain requests.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;

use serde_json::{Value, json};
use twilight_http::{Client, api_error::ApiError, error::ErrorType};
use twilight_model::id::Id;
use world::{
    defaults,
    discord::{self, CommandUse, Discord, Pending},
    seed::{HARBOUR, channel, user},
};

pub async fn world() -> (Arc<Discord>, Client) {
    let discord = Discord::alone().await.unwrap();
    let host = discord.options.public_base_url.trim_start_matches("http://").to_owned();
    let client = Client::builder().token(defaults::BOT_TOKEN.to_owned()).proxy(host, true).ratelimiter(None).build();
    (discord, client)
}

pub fn id<T>(id: discord::Id) -> Id<T> {
    Id::new(id.0)
}

pub fn bot() -> discord::Id {
    discord::Id(defaults::APPLICATION_ID.parse().unwrap())
}

/// The status and Discord's own code of a refusal.
pub fn refusal(error: &twilight_http::Error) -> (u16, u64) {
    match error.kind() {
        ErrorType::Response { error: ApiError::General(general), status, .. } => (status.get(), general.code),
        other => panic!("not a refusal: {other:?}"),
    }
}

/// A plain request, as any other client would send it.
pub async fn plain(discord: &Discord, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let url = format!("{}/api/v10{path}", discord.options.public_base_url);
    let mut request = reqwest::Client::new()
        .request(method.parse().unwrap(), url)
        .header("authorization", format!("Bot {}", defaults::BOT_TOKEN))
        .header("user-agent", "DiscordBot (https://example.invalid, 1.0)");
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// A world whose bot has registered some commands.
pub async fn world_with_commands() -> (Arc<Discord>, Client) {
    let (discord, client) = world().await;
    let path = format!("/applications/{}/commands", defaults::APPLICATION_ID);
    let commands = json!([
        {"name": "ping", "description": "Is it there?"},
        {"name": "ticket", "description": "Tickets", "options": [
            {"type": 1, "name": "open", "description": "Open one", "options": [
                {"type": 3, "name": "reason", "description": "Why", "required": true, "max_length": 20},
                {"type": 6, "name": "for", "description": "Whom"},
                {"type": 3, "name": "topic", "description": "About", "autocomplete": true},
                {"type": 4, "name": "level", "description": "How bad", "min_value": 1, "max_value": 3}]}]},
        {"name": "setup", "description": "Set up", "default_member_permissions": "32", "contexts": [0]},
        {"name": "Audit", "type": 3}, {"name": "Look up", "type": 2}]);
    assert_eq!(plain(&discord, "PUT", &path, Some(commands)).await.0, 200);
    (discord, client)
}

pub fn used(user: discord::Id, name: &str, options: Value) -> CommandUse {
    CommandUse {
        guild_id: Some(HARBOUR),
        channel_id: channel::GENERAL,
        user_id: user,
        name: name.to_owned(),
        options: options.as_object().cloned().unwrap_or_default(),
        ..CommandUse::default()
    }
}

pub fn ping(discord: &Discord) -> Pending {
    discord.begin_command(&used(user::MEMBER, "ping", json!({}))).unwrap()
}

pub fn answer(discord: &Discord, pending: &Pending, body: &Value) -> discord::Answer {
    discord.finish(pending, 200, body.to_string().as_bytes())
}

pub fn app() -> Id<twilight_model::id::marker::ApplicationMarker> {
    Id::new(defaults::APPLICATION_ID.parse().unwrap())
}

pub fn row(id: &str) -> Value {
    json!({"type": 1, "components": [{"type": 4, "custom_id": id, "style": 1, "label": "Text"}]})
}
