//! Messages that Ash-NLP could not be asked about are remembered by their ids, and looked at again once it answers.

use crate::{
    command,
    context::{Cx, logged},
};

use super::watch::Text;

/// Sorted set in Upstash: `guild:channel:message:author` by when the message was written (ms).
pub const QUEUE: &str = "crisis:second_look";

/// Remembers a message. Its text is not kept: it is read again from Discord.
pub async fn queue(cx: &Cx, text: &Text) {
    let member = format!("{}:{}:{}:{}", text.guild_id, text.channel_id, text.message_id, text.author_id);
    let at = text.message_id.created_at_ms();
    logged(cx, "crisis", cx.redis.pipeline(&[command!["ZADD", QUEUE, at, member]]).await.map_err(Into::into));
}
