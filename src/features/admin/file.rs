//! All settings of a server as a file, and back: what a file would change is shown first, and done by whoever saw it.

use from_json::{Map, Value, json};
use relay_wire::Snowflake;

use super::{
    messages::file as texts,
    rules::{self, Found},
    setup::{allowed, tell_others},
};
use crate::{
    command,
    context::{Cx, logged},
    discord::{
        custom_id::CustomId,
        interaction::Interaction,
        message::{File, colour, said},
    },
    error::{Error, Result},
    reply::{Answer, Reply},
    settings,
};

pub const EXPORT: &str = "admin.export";
pub const IMPORT: &str = "admin.import";
/// How long what was shown can be applied.
const WAITS_SECONDS: u32 = 15 * 60;

pub async fn export(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = allowed(&call)?;
    let work = async move {
        cx.settings.forget();
        let settings = settings::load(&cx, guild).await?;
        let bytes = rules::write(guild, cx.now, &settings).into_bytes();
        let name = format!("settings-{guild}-{}.json", cx.now.date_naive());
        Ok(Reply::private(said(texts::exported(cx.lang), colour::INFO)).with_file(File { name, bytes }))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}

/// Where what was shown waits for *Apply*. Nobody else finds it, and each file that was shown is one of its own.
fn place(guild: Snowflake, person: Snowflake, button: &str) -> String {
    format!("admin:import:{guild}:{person}:{button}")
}

/// `/setup` with a file: nothing is changed yet.
pub fn show(cx: Cx, call: Interaction, guild: Snowflake) -> Answer {
    let work = async move {
        let wanted = read(&cx, &call).await?;
        let channels = cx.discord.channels(guild).await?;
        let roles = cx.discord.guild(guild).await?;
        // What others chose a moment ago counts, too.
        cx.settings.forget();
        let plan = rules::plan(&wanted, &*settings::load(&cx, guild).await?, &channels, &roles);
        let changes: Vec<Value> = plan
            .iter()
            .filter_map(|(key, found)| match found {
                Found::Change { was, value, .. } => Some(json!({"key": key, "was": was, "value": value})),
                _ => None,
            })
            .collect();
        let mut apply = None;
        if !changes.is_empty() {
            let id = CustomId::write(IMPORT, &[&call.id])?;
            let place = place(guild, call.user_id, &id);
            cx.redis.pipeline(&[command!["SET", place, Value::Array(changes), "EX", WAITS_SECONDS]]).await?;
            apply = Some(id);
        }
        Ok(texts::planned(cx.lang, &plan, apply))
    };
    Answer::Later { ephemeral: true, work: Box::pin(work) }
}

async fn read(cx: &Cx, call: &Interaction) -> Result<Map<String, Value>> {
    let read = match call.input.file("file") {
        Some((_, size)) if size > rules::MAX_BYTES => Err(rules::Unreadable::TooLarge),
        Some((url, _)) => match cx.discord.download(url).await {
            Ok(bytes) => rules::read(&bytes),
            Err(error) if error.is_refused() => Err(rules::Unreadable::Gone),
            Err(error) => return Err(error.into()),
        },
        None => Err(rules::Unreadable::Gone),
    };
    read.map_err(|why| Error::user(texts::unreadable(cx.lang, why)))
}

/// Does what was shown to this person. If it fails on the way the button still works: what is done already stays as it is.
pub async fn apply(cx: Cx, call: Interaction) -> Result<Answer> {
    let guild = allowed(&call)?;
    let work = async move {
        let place = place(guild, call.user_id, &call.input.custom_id);
        let waiting = cx.redis.pipeline(&[command!["GET", place]]).await?;
        let Some(changes) = waiting.first().and_then(|reply| from_json::parse(reply.text()?.as_bytes()).ok()) else {
            return Err(Error::user(texts::over(cx.lang)));
        };
        let arguments = json!({"guild_id": guild, "actor_id": call.user_id, "changes": changes, "at": cx.now});
        let done = cx.supabase.rpc::<bool>("import_settings", &arguments).await;
        cx.settings.forget();
        if !done? {
            return Err(Error::user(texts::changed_since(cx.lang)));
        }
        logged(&cx, "admin", cx.redis.pipeline(&[command!["DEL", place]]).await.map_err(Error::from));
        let keys =
            changes.as_array().into_iter().flatten().filter_map(|one| Some(one.get("key")?.as_str()?.to_owned()));
        tell_others(&cx, guild, call.user_id, keys.collect()).await;
        Ok(Reply::private(said(texts::applied(cx.lang), colour::GOOD)))
    };
    Ok(Answer::Later { ephemeral: true, work: Box::pin(work) })
}
