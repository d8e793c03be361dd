//! `/ash human`, and the button below a direct message: a member asks the team for a person, and is told the truth about who is there.

use relay_wire::Snowflake;
use twilight_model::application::command::CommandOption;
use twilight_util::builder::command::SubCommandBuilder;

use super::{
    duty,
    messages::doors::{self, Reached},
    settings::{Chosen, HIDE_WORDS, Stage},
    tell::{Telling, tell},
    watch::Text,
};
use crate::{
    care::{Severity, referrals, resources},
    clients::redis::Reply as Redis,
    command,
    context::{Cx, logged},
    discord::{custom_id::CustomId, interaction::Interaction, message::MessageBody},
    error::{Error, Result},
    reply::{Answer, Reply},
};

/// Its argument is the guild; in a menu the guild is chosen.
pub const ASK: &str = "crisis.human";

/// A member calls the team at most once in this time.
const REST_SECONDS: u32 = 600;

/// How many of the team say that they are there; None: nobody can say.
pub async fn on_duty_count(cx: &Cx, guild: Snowflake) -> Option<usize> {
    logged(cx, "crisis", duty::now_on_duty(cx, guild).await).map(|on_duty| on_duty.len())
}

pub fn option() -> CommandOption {
    SubCommandBuilder::new("human", "Ask the crisis response team for a person; only you and they see it").build()
}

pub async fn command(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = call.guild()?;
    Ok(later(cx, call, guild))
}

pub async fn pressed(cx: Cx, call: Interaction, id: CustomId) -> Result<Answer> {
    let guild = match call.input.values.first() {
        Some(chosen) => chosen.parse().map_err(|_| Error::user(doors::not_a_member(cx.lang)))?,
        None => id.argument(0, cx.lang)?,
    };
    Ok(later(cx, call, guild))
}

fn later(cx: Cx, call: Interaction, guild: Snowflake) -> Answer {
    let work = async move {
        let reached = ask(&cx, &call, guild).await?;
        let on_duty = on_duty_count(&cx, guild).await;
        let country = resources::country_of_locale(&call.locale);
        let card = resources::card(cx.lang, country, cx.now, &cx.config);
        referrals::count(&cx, Some(guild), "human");
        let content = doors::human(cx.lang, reached, on_duty);
        Ok(Reply::private(MessageBody { content, ..MessageBody::embed(card) }))
    };
    Answer::Later { ephemeral: true, work: Box::pin(work) }
}

/// Whatever fails, who asks gets an answer; only who is not in that guild is refused.
async fn ask(cx: &Cx, call: &Interaction, guild: Snowflake) -> Result<Reached> {
    let is_direct = call.guild_id.is_none();
    if call.guild_id != Some(guild) {
        match cx.discord.member(guild, call.user_id).await {
            Ok(_) => {}
            Err(error) if error.is_refused() => return Err(Error::user(doors::not_a_member(cx.lang))),
            Err(error) => {
                cx.log_failure("crisis", &error.into());
                return Ok(Reached::Failed);
            }
        }
    }
    Ok(self::call(cx, &Text::of_call(call, guild), is_direct).await)
}

/// Calls the team for the author of `text`, at most once in ten minutes. Never fails: who asks gets an answer.
pub async fn call(cx: &Cx, text: &Text, is_direct: bool) -> Reached {
    let (guild, member) = (text.guild_id, text.author_id);
    let chosen = Chosen::load(cx, guild).await;
    if chosen.stage() == Stage::Off {
        return Reached::NoTeam;
    }
    let key = format!("crisis:human:{guild}:{member}");
    let set = cx.redis.pipeline(&[command!["SET", key, 1, "NX", "EX", REST_SECONDS]]).await;
    // Without Upstash they may ask as often as they like.
    let is_first = logged(cx, "crisis", set.map_err(Into::into))
        .is_none_or(|replies| replies.first().and_then(Redis::text) == Some("OK"));
    if !is_first {
        return Reached::Before;
    }
    let telling = Telling {
        chosen: &chosen,
        text,
        severity: Severity::High,
        factors: vec![],
        mode: chosen.stage().name(),
        about: text.message_id,
        again: doors::human_again(member, chosen.switch(&HIDE_WORDS)),
    };
    match tell(cx, telling, |body| doors::dress_human(body, text, is_direct)).await {
        Ok(told) => told.reached,
        Err(error) => {
            cx.log_failure("crisis", &error);
            logged(cx, "crisis", cx.redis.pipeline(&[command!["DEL", key]]).await.map_err(Into::into));
            Reached::Failed
        }
    }
}
