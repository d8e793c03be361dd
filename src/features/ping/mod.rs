//! `/ping` and `!ping`: is the bot there, and how far away?

mod messages;

use twilight_model::application::command::{Command as Definition, CommandType};
use twilight_util::builder::command::CommandBuilder;

use super::{Command, Feature, PrefixCall, PrefixCommand};
use crate::{
    context::Cx,
    discord::{
        interaction::Interaction,
        message::{MessageBody, Nonce},
    },
    edge::Time,
    error::Result,
    reply::{Answer, Reply},
};

pub const FEATURE: Feature = Feature {
    commands: &[Command { definition, run: |cx, call| Box::pin(ping(cx, call)), autocomplete: None }],
    prefix_commands: &[PrefixCommand { name: "ping", run: |cx, call| Box::pin(ping_in_channel(cx, call)) }],
    ..Feature::named("ping")
};

fn definition() -> Definition {
    CommandBuilder::new("ping", "Is the bot there, and how quickly does it answer?", CommandType::ChatInput).build()
}

async fn ping(cx: Cx, call: Interaction) -> Result<Answer> {
    let text = messages::pong(cx.lang, age_ms(cx.now, call.id.created_at_ms()));
    Ok(Answer::Message(Reply::private(MessageBody::text(text))))
}

async fn ping_in_channel(cx: Cx, call: PrefixCall) -> Result<()> {
    let text = messages::pong(cx.lang, age_ms(cx.now, call.message_id.created_at_ms()));
    let message = MessageBody::text(text).in_reply_to(call.message_id).with_nonce(Nonce::of("pong", call.message_id));
    cx.discord.create_message(call.channel_id, &message).await?;
    Ok(())
}

/// Discord's id says when it was made; both clocks are kept by NTP, so a negative age is a rounding error.
fn age_ms(now: Time, created_at_ms: i64) -> i64 {
    (now.timestamp_millis() - created_at_ms).max(0)
}
