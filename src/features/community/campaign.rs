//! `/campaign add|end|list`: tags a span of time and shows what was different in it.

use from_json::json;
use relay_wire::Snowflake;
use twilight_model::{
    application::{
        command::{Command as Definition, CommandType},
        interaction::InteractionContextType,
    },
    guild::Permissions,
};
use twilight_util::builder::command::{CommandBuilder, StringBuilder, SubCommandBuilder};

use super::{
    TIME_ZONE,
    messages::{self, Campaign, Lift},
    rules::{self, When},
};
use crate::{
    context::Cx,
    discord::{interaction::Interaction, message::MessageBody},
    error::{Error, Result, ServiceError},
    reply::{Answer, Reply},
    settings,
};

/// Discord allows 25 fields in an embed and 6,000 characters in all.
const LISTED: u32 = 10;
/// Discord's limit for the choices of an autocomplete.
const CHOICES: u32 = 25;

pub fn definition() -> Definition {
    let name = || StringBuilder::new("name", "What it is called").required(true).min_length(1).max_length(100);
    CommandBuilder::new("campaign", "Tag a campaign and see what it changed", CommandType::ChatInput)
        .default_member_permissions(Permissions::MANAGE_GUILD)
        .contexts([InteractionContextType::Guild])
        .option(
            SubCommandBuilder::new("add", "Tag a span of time, also a past one")
                .option(name())
                .option(StringBuilder::new("start", "now, 2026-12-01, 2026-12-01 18:00, in 2h, 3d ago").required(true))
                .option(StringBuilder::new(
                    "end",
                    "How long (3d) or until when (2026-12-05); left out: until you end it",
                )),
        )
        .option(
            SubCommandBuilder::new("end", "End a campaign that is running")
                .option(name().autocomplete(true))
                .option(StringBuilder::new("when", "When it ended; now if left out")),
        )
        .option(SubCommandBuilder::new("list", "Campaigns and how they compare with the weeks before"))
        .build()
}

pub async fn campaign(cx: Cx, call: Interaction) -> Result<Answer> {
    call.require(Permissions::MANAGE_GUILD, "Manage Server")?;
    let guild = call.guild()?;
    let zone = settings::load(&cx, guild).await?.value(&TIME_ZONE);
    let zone = zone.as_str().filter(|zone| !zone.is_empty()).unwrap_or("UTC");
    let body = match call.input.command.as_str() {
        "campaign add" => add(&cx, guild, zone, &call).await?,
        "campaign end" => end(&cx, guild, zone, &call).await?,
        _ => list(&cx, guild, zone).await?,
    };
    Ok(Answer::Message(Reply::private(body)))
}

/// While somebody types which campaign to end: those that are running.
pub async fn running(cx: Cx, call: Interaction) -> Result<Answer> {
    call.require(Permissions::MANAGE_GUILD, "Manage Server")?;
    let typed = call.input.text("name").unwrap_or_default().trim();
    let arguments = json!({"guild_id": call.guild()?, "typed": typed, "at": cx.now, "max_rows": CHOICES});
    let names: Vec<String> = cx.supabase.rpc("running_campaigns", &arguments).await?;
    Ok(Answer::Choices(names.into_iter().map(|name| (name.clone(), name)).collect()))
}

async fn add(cx: &Cx, guild: Snowflake, zone: &str, call: &Interaction) -> Result<MessageBody> {
    let text = |name| call.input.text(name).unwrap_or_default();
    if text("name").trim().is_empty() {
        return Err(Error::user(messages::name_missing(cx.lang)));
    }
    let start = rules::start(text("start"), cx.now).ok_or_else(|| Error::user(messages::start_unclear(cx.lang)))?;
    let end = match call.input.text("end") {
        Some(end) => Some(rules::end(end, start, cx.now).ok_or_else(|| Error::user(messages::end_unclear(cx.lang)))?),
        None => None,
    };
    let campaign: Campaign = cx
        .supabase
        .rpc(
            "add_campaign",
            &json!({
                "guild_id": guild, "name": text("name").trim(), "starts": start.to_iso(), "ends": end.map(When::to_iso),
                "zone": zone, "created_by": call.user_id,
            }),
        )
        .await
        .map_err(|error| said(cx, error))?;
    Ok(messages::added(cx.lang, &campaign))
}

async fn end(cx: &Cx, guild: Snowflake, zone: &str, call: &Interaction) -> Result<MessageBody> {
    let when = call.input.text("when").unwrap_or("now");
    // There is no start to count a length from: `2h ago` is meant as for a start, a day as a whole.
    let when = rules::start(when, cx.now)
        .filter(|when| matches!(when, When::At(_)))
        .or_else(|| rules::end(when, When::At(cx.now), cx.now))
        .ok_or_else(|| Error::user(messages::end_unclear(cx.lang)))?;
    let campaign: Option<Campaign> = cx
        .supabase
        .rpc(
            "end_campaign",
            &json!({
                "guild_id": guild, "campaign": call.input.text("name").unwrap_or_default().trim(),
                "ends": when.to_iso(), "zone": zone,
            }),
        )
        .await
        .map_err(|error| said(cx, error))?;
    let campaign = campaign.ok_or_else(|| Error::user(messages::none_running(cx.lang)))?;
    Ok(messages::ended(cx.lang, &campaign))
}

async fn list(cx: &Cx, guild: Snowflake, zone: &str) -> Result<MessageBody> {
    let lifts: Vec<Lift> = cx
        .supabase
        .rpc("campaign_lift", &json!({"guild": guild, "zone": zone, "until": cx.now, "max_rows": LISTED}))
        .await
        .map_err(|error| said(cx, error))?;
    Ok(messages::list(cx.lang, &lifts))
}

/// What the person can mend: 22023 is a time zone that PostgreSQL does not know, 23514 a span that ends before it starts.
fn said(cx: &Cx, error: ServiceError) -> Error {
    match error.code() {
        Some("22023") => Error::user(messages::zone_unknown(cx.lang)),
        Some("23514") => Error::user(messages::ends_first(cx.lang)),
        _ => error.into(),
    }
}
