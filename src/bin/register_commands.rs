//! Tells Discord which commands there are (`DISCORD_GUILD_ID` set = in that guild at once, else everywhere), and the dashboard
//! what servers and channels are called.
#![allow(clippy::disallowed_methods, reason = "a native program reads the clock itself")]

use std::{
    collections::BTreeMap,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use community_os::{
    config::Config,
    context::Services,
    edge::{Edge, Time},
    error::ServiceError,
    features,
};
use from_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match register().await {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(line) => {
            eprintln!("{line}");
            ExitCode::FAILURE
        }
    }
}

async fn register() -> Result<String, String> {
    // A missing file is fine: the environment may say everything.
    let _ = dotenvy::dotenv();
    let config = Config::load(|name| std::env::var(name).ok());
    let relevant = ["DISCORD_APPLICATION_ID", "DISCORD_BOT_TOKEN", "DISCORD_API_URL"];
    let problems: Vec<String> =
        config.problems.iter().filter(|p| relevant.contains(&p.variable)).map(ToString::to_string).collect();
    let (Some(application), true) = (config.application_id, problems.is_empty()) else {
        return Err(problems.join("\n"));
    };
    let guild = match std::env::var("DISCORD_GUILD_ID").ok().filter(|text| !text.trim().is_empty()) {
        Some(text) => Some(text.trim().parse().map_err(|_| format!("DISCORD_GUILD_ID: {text} is not a guild's id"))?),
        None => None,
    };
    let edge = Edge {
        now,
        sleep: |duration| Box::pin(tokio::time::sleep(duration)),
        log: |line| eprintln!("{line}"),
        es256: |_| Box::pin(std::future::ready(false)),
    };
    let services = Services::new(config, edge);
    let definitions = features::definitions();
    services.discord.put_commands(application, guild, &definitions).await.map_err(|error| error.to_string())?;
    let names: Vec<String> = definitions.iter().map(|definition| format!("/{}", definition.name)).collect();
    let place = guild.map_or("everywhere".to_owned(), |guild| format!("in guild {guild}"));
    let mut line = format!("{} commands registered {place}: {}", names.len(), names.join(" "));
    if services.config.supabase.is_some() {
        match note_names(&services).await {
            Ok(count) => line += &format!("\nnames of {count} servers noted for the dashboard"),
            // The commands stand; the dashboard shows the end of an id until this is run again.
            Err(problem) => line += &format!("\nnames for the dashboard could not be noted: {problem}"),
        }
    }
    Ok(line)
}

async fn note_names(services: &Services) -> Result<usize, ServiceError> {
    let guilds = services.discord.guilds().await?;
    for (guild, name) in &guilds {
        let channels = services.discord.channels(*guild).await?;
        let mut names: BTreeMap<String, String> =
            channels.iter().map(|channel| (channel.id.to_string(), channel.name().to_owned())).collect();
        names.insert(guild.to_string(), name.clone());
        let told = json!({"guild_id": guild, "names": names, "at": now()});
        services.supabase.rpc::<()>("note_place_names", &told).await?;
    }
    Ok(guilds.len())
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_timestamp_millis(since.as_millis() as i64).unwrap_or_default()
}
