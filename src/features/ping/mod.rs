//! `/ping` and `!ping`: is the bot there, and how long did the way take?

mod messages;

use from_json::{Value, json};
use reqwest::Method;
use twilight_model::{
    application::command::{Command as Definition, CommandType},
    guild::Permissions,
};
use twilight_util::builder::command::{BooleanBuilder, CommandBuilder};

use super::{Command, Feature, PrefixCall, PrefixCommand, registered};
use crate::{
    command,
    context::Cx,
    discord::{
        interaction::Interaction,
        message::{MessageBody, Nonce},
    },
    edge::Time,
    error::{Error, Result, Service, ServiceError},
    reply::{Answer, Reply},
};

pub const FEATURE: Feature = Feature {
    commands: &[Command {
        name: "ping",
        kind: CommandType::ChatInput,
        definition: registered(definition),
        run: |cx, call| Box::pin(ping(cx, call)),
        autocomplete: None,
    }],
    prefix_commands: &[PrefixCommand { name: "ping", run: |cx, call| Box::pin(ping_in_channel(cx, call)) }],
    ..Feature::named("ping")
};

fn definition() -> Definition {
    CommandBuilder::new("ping", "Is the bot there, and how quickly does it answer?", CommandType::ChatInput)
        .option(BooleanBuilder::new("services", "Also ask the services behind it (for those who manage the server)"))
        .build()
}

async fn ping(cx: Cx, call: Interaction) -> Result<Answer> {
    if call.input.boolean("services") == Some(true) {
        call.require(Permissions::MANAGE_GUILD, "Manage Server")?;
        return Ok(Answer::Later { ephemeral: true, work: Box::pin(ping_services(cx)) });
    }
    let text = messages::pong(cx.lang, age_ms(cx.now, call.id.created_at_ms()));
    Ok(Answer::Message(Reply::private(MessageBody::text(text))))
}

/// One after the other, so that none is slowed by another.
async fn ping_services(cx: Cx) -> Result<Reply> {
    let mut found = vec![];
    let mut began = cx.elapsed_ms();
    let mut took = |error: Option<ServiceError>, service| {
        let now = cx.elapsed_ms();
        let ms = now - std::mem::replace(&mut began, now);
        found.push((
            service,
            error.map(Error::from).inspect(|error| cx.log_failure("ping", error)).map_or(Some(ms), |_| None),
        ));
    };
    took(cx.discord.call(Method::GET, "/gateway").sent().await.err(), Service::Discord);
    took(cx.supabase.rpc::<Value>("next_job_due", &json!({})).await.err(), Service::Supabase);
    took(cx.redis.pipeline(&[command!["PING"]]).await.err(), Service::Upstash);
    Ok(Reply::private(messages::services(cx.lang, &found)))
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
