//! No pings about a member for some hours, with a reason that everybody of the team sees. CRITICAL pings all the same.

use chrono::TimeDelta;
use from_json::json;
use relay_wire::Snowflake;
use serde_json::Value;
use twilight_model::application::command::CommandOption;
use twilight_util::builder::command::{SubCommandBuilder, SubCommandGroupBuilder, UserBuilder};

use super::{
    buttons::about,
    messages::{self, snooze::Snoozed},
    post, state,
    store::Alert,
    team::require_team,
};
use crate::{
    context::{Cx, logged},
    discord::{
        custom_id::CustomId,
        interaction::Interaction,
        message::{MessageBody, Nonce},
    },
    edge::Time,
    error::{Error, Result},
    lang::Lang,
    reply::{Answer, Reply},
};

pub async fn pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let body = messages::snooze::menu(cx.lang, id.argument(0, cx.lang)?)?;
    Ok(Answer::Message(Reply::private(body)))
}

pub async fn chosen(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let chosen = call.input.values.first().and_then(|value| messages::snooze::chosen(value));
    let (hours, reason) = chosen.ok_or_else(|| Error::user(messages::buttons::not_offered(cx.lang)))?;
    Ok(Answer::Later {
        ephemeral: true,
        work: Box::pin(async move {
            let alert = about(&cx, &call, &id).await?;
            let until = cx.now + TimeDelta::hours(hours);
            let who = (alert.guild_id, alert.member_id);
            let snoozed = set(&cx, who, until, reason, call.user_id).await?;
            state::set_snooze(&cx, who.0, who.1, Some(until)).await?;
            let snoozed = snoozed.ok_or_else(|| Error::bug("a snooze that nobody kept"))?;
            show(&cx, Some(&alert), &snoozed).await;
            Ok(Reply::private(messages::snooze::done(cx.lang, alert.member_id, &snoozed)?))
        }),
    })
}

/// The button below a confirmation, or below a CRITICAL alert.
pub async fn end_pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let who = (call.guild()?, id.argument(0, cx.lang)?);
    Ok(ending(cx, who, call.user_id))
}

pub async fn keep_pressed(cx: Cx, call: Interaction) -> Result<Answer> {
    require_team(&cx, &call).await?;
    Ok(Answer::Update(Reply::public(messages::snooze::kept(cx.lang, call.user_id))))
}

/// `/crisis snooze clear user`
pub fn definition() -> CommandOption {
    let clear = SubCommandBuilder::new("clear", "Pings about a member are on again")
        .option(UserBuilder::new("user", "Whom").required(true));
    SubCommandGroupBuilder::new("snooze", "Members about whom nobody is pinged").subcommands([clear]).build()
}

pub async fn clear(cx: Cx, call: Interaction) -> Result<Answer> {
    require_team(&cx, &call).await?;
    let who = (call.guild()?, call.input.id("user").unwrap_or_default());
    Ok(ending(cx, who, call.user_id))
}

fn ending(cx: Cx, who: (Snowflake, Snowflake), actor: Snowflake) -> Answer {
    Answer::Later { ephemeral: true, work: Box::pin(async move { Ok(Reply::private(end(&cx, who, actor).await?)) }) }
}

async fn end(cx: &Cx, who: (Snowflake, Snowflake), actor: Snowflake) -> Result<MessageBody> {
    // Upstash first: if that fails nobody believes that it was ended.
    state::set_snooze(cx, who.0, who.1, None).await?;
    let Some(ended) = set(cx, who, cx.now, "", actor).await? else {
        return Ok(messages::snooze::none(cx.lang, who.1));
    };
    let ended = Snoozed { by: Some(actor), ..ended };
    show(cx, ended.alert.as_ref(), &ended).await;
    Ok(messages::snooze::ended(cx.lang, who.1))
}

async fn set(
    cx: &Cx,
    (guild, member): (Snowflake, Snowflake),
    until: Time,
    reason: &str,
    actor: Snowflake,
) -> Result<Option<Snoozed>> {
    let arguments = json!({
        "guild_id": guild, "member_id": member, "until": until, "reason": reason, "actor_id": actor, "at": cx.now,
    });
    let answer: Option<Value> = cx.supabase.rpc("snooze_crisis_pings", &arguments).await?;
    Ok(answer.map(|answer| messages::snooze::read(&answer)))
}

/// The newest alert says it, and the one that was pressed.
async fn show(cx: &Cx, pressed: Option<&Alert>, snoozed: &Snoozed) {
    let mut posts = vec![];
    for alert in pressed.into_iter().chain(&snoozed.alert) {
        if let (Some(channel), Some(message)) = (alert.alert_channel_id, alert.alert_message_id)
            && !posts.contains(&(channel, message))
        {
            posts.push((channel, message));
        }
    }
    let text = messages::snooze::field(Lang::default(), snoozed, cx.now);
    for at in posts {
        let edited = post::edit(cx, at, false, |embed| {
            messages::alert::set_field(embed, messages::snooze::FIELD, &text);
        });
        logged(cx, "crisis", edited.await);
    }
}

/// Below a CRITICAL alert, which pinged all the same.
pub async fn ask(
    cx: &Cx,
    (channel, post): (Snowflake, Snowflake),
    message: Snowflake,
    member: Snowflake,
    until: Time,
) -> Result<()> {
    let body = messages::snooze::question(Lang::default(), member, until)?;
    let body = body.in_reply_to(post).with_nonce(Nonce::of("cs", message));
    cx.discord.create_message(channel, &body).await?;
    Ok(())
}
