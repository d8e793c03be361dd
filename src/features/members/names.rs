//! What servers and their channels are called, so that nobody who looks at the dashboard has to read ids.

use std::collections::BTreeSet;

use from_json::{Map, Value, json};
use relay_wire::{Event, EventBody, Outcome, Snowflake};

use crate::{
    context::{Cx, logged},
    error::Result,
    sort::gathered,
};

/// Notes what servers are called. A failure is only logged: the relay tells it again when it starts.
pub async fn guilds(cx: &Cx, events: &[Event]) {
    let names: Map<_, _> = gathered(events.iter().filter_map(|event| match &event.body {
        EventBody::GuildAvailable { guild_id, name, .. } => Some((guild_id.to_string(), json!(name))),
        _ => None,
    }));
    let told = json!({"names": names, "at": cx.now});
    logged(cx, "members", cx.supabase.rpc::<()>("note_guild_names", &told).await.map_err(Into::into));
}

/// A channel is new, or is called otherwise: those of its server are read, once for a delivery, after the relay has its answer.
pub async fn changed(cx: Cx, events: Vec<Event>) -> Vec<Outcome> {
    let guilds: BTreeSet<Snowflake> = gathered(events.iter().filter_map(|event| event.body.guild_id()));
    let later = cx.clone();
    cx.after(async move {
        for guild in guilds {
            channels(&later, guild).await;
        }
    });
    vec![Outcome::Done; events.len()]
}

/// Notes what the channels of a server are called. A failure is only logged: they are read each week, and at the next change.
pub async fn channels(cx: &Cx, guild: Snowflake) {
    logged(cx, "members", read(cx, guild).await);
}

async fn read(cx: &Cx, guild: Snowflake) -> Result<()> {
    let channels = cx.discord.channels(guild).await?;
    let names: Map<_, _> = gathered(channels.iter().map(|one| (one.id.to_string(), Value::from(one.name()))));
    Ok(cx.supabase.rpc("note_place_names", &json!({"guild_id": guild, "names": names, "at": cx.now})).await?)
}
