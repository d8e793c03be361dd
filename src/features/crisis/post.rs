//! The post of an alert as it stands in Discord: put there, its embed read and changed.

use from_json::{FromJson, json};
use relay_wire::Snowflake;
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use crate::{
    context::Cx,
    error::{Error, Result, ServiceError},
};

/// The embed of a post; None if it is gone, or cannot be read any more.
pub async fn embed(cx: &Cx, at: (Snowflake, Snowflake)) -> Result<Option<Value>> {
    let shown: Result<Value, ServiceError> = cx.discord.call(Method::GET, path(at)).answer().await;
    match shown {
        Ok(shown) => Ok(shown.get("embeds").and_then(|embeds| embeds.get(0)).cloned()),
        Err(error) if error.is_refused() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Changes the embed of a post; one that is gone is as it should be. `without_buttons`: they go as well.
pub async fn edit(
    cx: &Cx,
    at: (Snowflake, Snowflake),
    without_buttons: bool,
    change: impl FnOnce(&mut Value),
) -> Result<()> {
    let Some(mut embed) = embed(cx, at).await? else { return Ok(()) };
    change(&mut embed);
    let mut body = json!({"embeds": [embed]});
    if let (true, Some(fields)) = (without_buttons, body.as_object_mut()) {
        fields.insert("components".to_owned(), json!([]));
    }
    match cx.discord.call(Method::PATCH, path(at)).json(&body)?.sent().await {
        Err(error) if error.is_missing() => Ok(()),
        sent => Ok(sent.map(drop)?),
    }
}

/// Posts in the best of `channels` that takes it, and says where it stands.
///
/// # Errors
/// What the last one refused with, if all did; at once for what is no refusal.
pub async fn in_best(cx: &Cx, channels: &[Snowflake], body: &impl Serialize) -> Result<(Snowflake, Snowflake)> {
    #[derive(FromJson)]
    struct Sent {
        id: Snowflake,
    }
    let mut refused: Option<ServiceError> = None;
    for channel in channels {
        let path = format!("/channels/{channel}/messages");
        let sent: Result<Sent, ServiceError> = cx.discord.call(Method::POST, path).json(body)?.answer().await;
        match sent {
            Ok(sent) => return Ok((*channel, sent.id)),
            Err(error) if error.is_refused() => refused = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Err(refused.map_or_else(|| Error::bug("a guild without any channel for alerts"), Error::Service))
}

fn path((channel, message): (Snowflake, Snowflake)) -> String {
    format!("/channels/{channel}/messages/{message}")
}
