//! The post of an alert as it stands in Discord: its embed, read and changed.

use from_json::json;
use relay_wire::Snowflake;
use reqwest::Method;
use serde_json::Value;

use crate::{
    context::Cx,
    error::{Result, ServiceError},
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

fn path((channel, message): (Snowflake, Snowflake)) -> String {
    format!("/channels/{channel}/messages/{message}")
}
