//! The rights in the team's channels, looked at again whenever they may have changed: alerts that others could read lose words and name.

use from_json::json;
use relay_wire::{Event, EventBody, Outcome, Snowflake};

use super::{
    checklist::{self, TEAM_CHANNELS, TEAM_ROLES},
    messages,
    settings::{ADMIN_ROLE, HIDE_WORDS, STAGE, Stage},
    setup::{self, Seen},
};
use crate::{
    context::{Cx, logged},
    discord::message::{Mentions, MessageBody, Nonce},
    error::Result,
    jobs::JobRow,
    lang::Lang,
    retry::outcome_of,
    settings,
};

/// Owes [`run`] for every guild where detection runs.
pub async fn owe_all(cx: Cx) -> Result<()> {
    Ok(cx.supabase.rpc::<()>("owe_crisis_guards", &json!({"at": cx.now})).await?)
}

pub async fn run(cx: Cx, row: JobRow) -> Result<()> {
    match check(&cx, row.guild_id).await {
        // The bot is not there any more.
        Err(crate::error::Error::Service(error)) if error.is_refused() => Ok(()),
        other => other,
    }
}

/// A channel or role changed. Each guild is looked at once for all that came together.
pub async fn heard(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let mut looked: Vec<(Snowflake, Outcome)> = vec![];
    let mut outcomes = vec![];
    for event in &events {
        let Some(guild) = event.body.guild_id() else {
            outcomes.push(Outcome::Done);
            continue;
        };
        if let Some((_, outcome)) = looked.iter().find(|(one, _)| *one == guild) {
            outcomes.push(outcome.clone());
            continue;
        }
        let outcome = match heard_one(&cx, guild, &event.body).await {
            // It is of no interest; another event of the guild may be.
            Ok(false) => Outcome::Done,
            Ok(true) => {
                looked.push((guild, Outcome::Done));
                Outcome::Done
            }
            Err(error) => {
                cx.log_failure("crisis", &error);
                looked.push((guild, outcome_of(&error)));
                outcome_of(&error)
            }
        };
        outcomes.push(outcome);
    }
    outcomes
}

async fn heard_one(cx: &Cx, guild: Snowflake, body: &EventBody) -> Result<bool> {
    let settings = settings::load(cx, guild).await?;
    let concerns = match body {
        EventBody::ChannelUpdated { channel_id, .. } | EventBody::ChannelDeleted { channel_id, .. } => {
            TEAM_CHANNELS.iter().any(|setting| settings.id(setting) == Some(*channel_id))
        }
        _ => true,
    };
    let concerns = concerns && Stage::read(&settings.text(&STAGE)) != Stage::Off;
    if concerns {
        check(cx, guild).await?;
    }
    Ok(concerns)
}

/// Somebody chose something in `/setup`.
pub async fn settings_changed(cx: Cx, guild: Snowflake, keys: Vec<String>) -> Result<()> {
    if TEAM_CHANNELS.iter().chain(&TEAM_ROLES).any(|one| keys.iter().any(|key| key == one.key)) {
        check(&cx, guild).await?;
    }
    Ok(())
}

/// Notes what is wrong with the team's channels and roles beside the settings; while detection runs, also hides words and
/// names from those who should not read them, and tells administrators once.
pub async fn check(cx: &Cx, guild: Snowflake) -> Result<()> {
    let seen = setup::look(cx, guild).await?;
    let facts = seen.facts();
    let is_on = seen.stage() != Stage::Off;
    let hides = is_on && checklist::alerts_are_public(&facts);
    let was_hiding = seen.settings.switch(&HIDE_WORDS);
    if hides != was_hiding {
        // Before anything else.
        let bot = cx.config.application_id.unwrap_or_default();
        settings::save(cx, guild, &HIDE_WORDS, json!(hides), bot).await?;
        cx.log("warn", "crisis_words_hidden", json!({"guild_id": guild, "hidden": hides}));
    }
    let wrong: Vec<(&str, String)> =
        checklist::of_team(&facts).into_iter().map(|(key, wrong)| (key, messages::setup::line(&wrong))).collect();
    let known = settings::problems(cx, guild).await?;
    let fresh: Vec<&(&str, String)> = wrong.iter().filter(|(key, text)| known.get(*key) != Some(text)).collect();
    let was_mended = was_hiding && !hides;
    if is_on && (!fresh.is_empty() || was_mended) {
        let texts: Vec<String> = fresh.iter().map(|(_, text)| text.clone()).collect();
        tell(cx, &seen, messages::setup::warning(Lang::default(), &texts, hides, was_mended)).await?;
    }
    for (key, text) in fresh {
        settings::note_trouble(cx, guild, key, Some(text)).await?;
    }
    for setting in TEAM_CHANNELS.iter().chain(&TEAM_ROLES) {
        if known.contains_key(setting.key) && wrong.iter().all(|(key, _)| *key != setting.key) {
            settings::note_trouble(cx, guild, setting.key, None).await?;
        }
    }
    Ok(())
}

/// In the best channel that only the team reads; without one, to the owner.
async fn tell(cx: &Cx, seen: &Seen, mut body: MessageBody) -> Result<()> {
    let facts = seen.facts();
    let channel = match checklist::private_channel(&facts) {
        Some(channel) => {
            let role = seen.settings.id(&ADMIN_ROLE).filter(|_| seen.stage() == Stage::Live);
            if let Some(role) = role {
                body.content = format!("<@&{role}>");
                body.allowed_mentions = Mentions::of(&[], &[role]);
            }
            Ok(channel)
        }
        None => cx.discord.direct_channel(seen.guild.owner_id).await,
    };
    // The same text again in the same minute is the same message.
    let text = body.embeds.first().and_then(|embed| embed.description.as_deref()).unwrap_or_default();
    let about = format!("{}{text}", cx.now.timestamp() / 60);
    let nonce = Nonce::of("cg", Snowflake(relay_wire::fnv1a(about.bytes())));
    let told = match channel {
        Ok(channel) => cx.discord.create_message(channel, &body.with_nonce(nonce)).await,
        Err(error) => Err(error),
    };
    match told {
        // An owner who takes no direct messages: it stands in /setup and on the health page.
        Err(error) if error.is_refused() => {
            logged(cx, "crisis", Err::<(), _>(error.into()));
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}
