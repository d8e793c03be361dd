//! `/privacy`: what each of its sub-commands leads to, and for which guilds it speaks.

use from_json::json;
use relay_wire::Snowflake;
use twilight_model::application::{
    command::{Command as Definition, CommandType},
    interaction::InteractionContextType,
};
use twilight_util::builder::command::{CommandBuilder, IntegerBuilder, StringBuilder, SubCommandBuilder, UserBuilder};

use super::{CONTACT, admin, erase, export, messages, status};
use crate::{
    context::Cx,
    discord::interaction::Interaction,
    error::{Error, Result},
    relay_filter,
    reply::{Answer, Reply},
    settings,
};

pub fn definition() -> Definition {
    let user = || UserBuilder::new("user", "Who; paste the id of somebody who left").required(true);
    CommandBuilder::new("privacy", "What is held about you, and how to have it deleted", CommandType::ChatInput)
        .contexts([InteractionContextType::Guild, InteractionContextType::BotDm])
        .option(SubCommandBuilder::new("status", "What is held about you, with switches"))
        .option(SubCommandBuilder::new("export", "Everything held about you, as a file"))
        .option(SubCommandBuilder::new("delete", "Delete what is held about you"))
        .option(SubCommandBuilder::new("stop", "Collect nothing new about you; nothing is deleted"))
        .option(SubCommandBuilder::new("report", "Who answers for this, and where to complain"))
        .option(
            SubCommandBuilder::new("admin-delete", "Administrators: delete what is held about somebody").option(user()),
        )
        .option(
            SubCommandBuilder::new("hold", "Administrators: delay the deletion of evidence")
                .option(user())
                .option(
                    IntegerBuilder::new("days", "For how long; 0 ends the hold")
                        .min_value(0)
                        .max_value(90)
                        .required(true),
                )
                .option(
                    StringBuilder::new("reason", "Why; only administrators read it").max_length(500).required(true),
                ),
        )
        .build()
}

pub async fn run(cx: Cx, call: Interaction) -> Result<Answer> {
    let sub = call.input.command.split(' ').nth(1).unwrap_or_default().to_owned();
    match sub.as_str() {
        "status" => Ok(later(async move { Ok(Reply::private(status::shown(&cx, &call).await?)) })),
        "export" => Ok(later(async move { export::first(&cx, &call).await })),
        "delete" => erase::ask(&cx, &call).await,
        "stop" => Ok(later(async move { stop(&cx, &call).await })),
        "report" => Ok(later(async move { report(&cx, &call).await })),
        "admin-delete" => admin::ask_delete(&cx, &call),
        "hold" => Ok(later(async move { admin::hold(&cx, &call).await })),
        _ => Err(Error::bug(format!("no sub-command {sub} of /privacy"))),
    }
}

fn later(work: impl Future<Output = Result<Reply>> + 'static) -> Answer {
    Answer::Later { ephemeral: true, work: Box::pin(work) }
}

/// The guild it was asked in; in direct messages, every guild that holds something of them.
pub async fn guilds(cx: &Cx, call: &Interaction) -> Result<Vec<Snowflake>> {
    match call.guild_id {
        Some(guild) => Ok(vec![guild]),
        None => Ok(cx.supabase.rpc("person_guilds", &json!({"user_id": call.user_id})).await?),
    }
}

/// Collect nothing new of them in these guilds, from this moment on.
pub async fn stop_collecting(cx: &Cx, guilds: &[Snowflake], user: Snowflake) -> Result<()> {
    let nothing = json!({
        "scoring_opt_out": true, "monitoring_opt_out": true, "presence_opt_in": false, "welcome_dm_opt_in": false,
    });
    let arguments = json!({"guild_ids": guilds, "user_id": user, "chosen": nothing, "at": cx.now});
    cx.supabase.rpc::<()>("set_preferences", &arguments).await?;
    relay_filter::changed(cx).await;
    Ok(())
}

async fn stop(cx: &Cx, call: &Interaction) -> Result<Reply> {
    let guilds = guilds(cx, call).await?;
    if guilds.is_empty() {
        return Ok(Reply::private(messages::nothing_held(cx.lang)));
    }
    stop_collecting(cx, &guilds, call.user_id).await?;
    cx.log("info", "collecting_stopped", json!({"user_id": call.user_id, "guilds": guilds.len()}));
    Ok(Reply::private(messages::stopped(cx.lang, call.guild_id.is_none())))
}

async fn report(cx: &Cx, call: &Interaction) -> Result<Reply> {
    let mut contacts = vec![];
    for guild in guilds(cx, call).await? {
        let settings = settings::load(cx, guild).await?;
        let contact = settings.value(&CONTACT).as_str().unwrap_or_default().to_owned();
        contacts.push((guild, contact));
    }
    Ok(Reply::private(messages::report(cx.lang, call.guild_id.is_none(), &contacts)))
}
