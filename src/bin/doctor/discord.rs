//! Discord: the token, the application and its switches, the servers, the commands.

use community_os::features;
use from_json::Value;
use reqwest::Method;
use twilight_model::guild::Permissions;

use crate::{Case, net::Said, permissions, report::Report};

const PART: &str = "discord";
const PORTAL: &str = "Discord's developer portal";
/// Value of RELAY_FEATURES, the two flags that say it is on (for many servers, for few), its name in the portal.
/// Source: Discord's API reference, "Application Flags".
const INTENTS: [(&str, u64, &str); 3] = [
    ("presence", 1 << 12 | 1 << 13, "Presence Intent"),
    ("members", 1 << 14 | 1 << 15, "Server Members Intent"),
    ("content", 1 << 18 | 1 << 19, "Message Content Intent"),
];
/// The first page of servers, which is all that is looked at.
const MAX_GUILDS: usize = 200;

pub async fn check(case: &Case, report: &mut Report) {
    if case.get("DISCORD_BOT_TOKEN").is_none() {
        return report.skip(PART, "there is no DISCORD_BOT_TOKEN to ask with", "set it");
    }
    let application = match ask(case, "/applications/@me").await {
        Ok(said) if said.status == 200 => said.json(),
        Ok(said) if said.status == 401 => {
            let mend = format!("{PORTAL} -> Bot -> Reset Token, then set it for Worker and relay");
            return report.fail(PART, "the token is refused", mend);
        }
        Ok(said) => {
            return report.fail(PART, format!("GET /applications/@me answers {}", said.status), "try again later");
        }
        Err(error) => return report.fail(PART, error, "check DISCORD_API_URL and this machine's network"),
    };
    report.ok(PART, "the token works");
    of_application(case, report, &application);
    sessions(case, report).await;
    servers(case, report).await;
    commands(case, report).await;
    fallback_channel(case, report).await;
}

async fn ask(case: &Case, path: &str) -> Result<Said, &'static str> {
    let request = case.net.http.request(Method::GET, format!("{}{path}", case.config.discord_api_url));
    let token = case.get("DISCORD_BOT_TOKEN").unwrap_or_default();
    case.net.ask(PART, request.header("authorization", format!("Bot {token}"))).await
}

fn of_application(case: &Case, report: &mut Report, application: &Value) {
    let text = |name: &str| application.get(name).and_then(Value::as_str).unwrap_or_default();
    report.expect(
        case.get("DISCORD_APPLICATION_ID") == Some(text("id")),
        PART,
        "DISCORD_APPLICATION_ID is this application's",
        "DISCORD_APPLICATION_ID is not the application of this token",
        format!("{PORTAL} -> General Information -> Application ID"),
    );
    report.expect(
        case.get("DISCORD_PUBLIC_KEY").is_some_and(|key| key.eq_ignore_ascii_case(text("verify_key"))),
        PART,
        "DISCORD_PUBLIC_KEY is this application's",
        "DISCORD_PUBLIC_KEY is not this application's: every interaction is refused",
        format!("{PORTAL} -> General Information -> Public Key"),
    );
    let wanted = case.worker().map(|url| format!("{url}/interactions"));
    let set = text("interactions_endpoint_url");
    let place = format!("{PORTAL} -> General Information -> Interactions Endpoint URL");
    match wanted {
        _ if set.is_empty() => report.fail(
            PART,
            "no interactions URL is set: commands do nothing",
            format!("{place}: the Worker's address + /interactions"),
        ),
        Some(wanted) if wanted == set => report.ok(PART, "the interactions URL is the Worker's"),
        Some(wanted) => report.fail(PART, "the interactions URL leads elsewhere", format!("{place}: {wanted}")),
        None => report.skip(PART, "whether the interactions URL is the Worker's", "set WORKER_URL"),
    }
    let flags = application.get("flags").and_then(Value::as_u64).unwrap_or_default();
    let features = case.get("RELAY_FEATURES").unwrap_or("content,members");
    for (feature, bits, name) in INTENTS {
        let is_wanted = features.split(',').any(|one| one.trim() == feature);
        match (is_wanted, flags & bits != 0) {
            (true, true) => report.ok(PART, format!("{name} is on")),
            (true, false) => {
                let mend =
                    format!("{PORTAL} -> Bot -> Privileged Gateway Intents; or leave {feature} out of RELAY_FEATURES");
                report.fail(
                    PART,
                    format!("{name} is off, and the relay asks for it: Discord refuses its connection"),
                    mend,
                );
            }
            (false, true) => {
                let mend = format!("switch it off in the portal, or add {feature} to RELAY_FEATURES");
                report.warn(PART, format!("{name} is on, and nothing uses it"), mend);
            }
            (false, false) => {}
        }
    }
}

async fn sessions(case: &Case, report: &mut Report) {
    let Ok(said) = ask(case, "/gateway/bot").await else { return };
    let said = said.json();
    let left = said.pointer("/session_start_limit/remaining").and_then(Value::as_u64).unwrap_or(u64::MAX);
    if left < 100 {
        let mend = "find out why the relay begins so many sessions (its log); at 0 Discord resets the token";
        report.warn(PART, format!("only {left} of today's starts of a gateway session are left"), mend);
    }
    let shards = said.get("shards").and_then(Value::as_u64).unwrap_or(1);
    if shards > 1 && case.get("SHARDS").is_none_or(|shards| shards == "0-0/1") {
        report.warn(
            PART,
            format!("Discord recommends {shards} shards, the relay runs one"),
            "set SHARDS=auto, see docs/relay.md",
        );
    }
}

async fn servers(case: &Case, report: &mut Report) {
    let Ok(said) = ask(case, "/users/@me/guilds").await else {
        return report.fail(PART, "the bot's servers cannot be listed", "try again later");
    };
    let said = said.json();
    let guilds = said.as_array().map(Vec::as_slice).unwrap_or_default();
    if guilds.is_empty() {
        let scopes = "https://discord.com/oauth2/authorize?client_id=APPLICATION_ID&scope=bot+applications.commands";
        let mend = format!("open {scopes}&permissions={} with your application's id", permissions::integer());
        return report.fail(PART, "the bot is in no server", mend);
    }
    if guilds.len() >= MAX_GUILDS {
        report.skip(PART, "permissions in more than 200 servers", "`/setup` says in each server what is missing there");
    }
    let needed = permissions::NEEDED;
    let mut well = 0;
    for guild in guilds {
        let name = guild.get("name").and_then(Value::as_str).unwrap_or("?");
        let held =
            guild.get("permissions").and_then(Value::as_str).and_then(|bits| bits.parse().ok()).unwrap_or_default();
        let held = Permissions::from_bits_retain(held);
        if held.contains(Permissions::ADMINISTRATOR) {
            let mend = "take it from the bot's role: it needs what docs/deployment.md lists, no more";
            report.warn(PART, format!("the bot is administrator of {name}"), mend);
            continue;
        }
        let lacking = needed.iter().filter(|(permission, _)| !held.contains(*permission));
        let lacking: Vec<String> =
            lacking.flat_map(|(one, _)| one.iter_names()).map(|(name, _)| name.to_lowercase()).collect();
        match lacking.is_empty() {
            true => well += 1,
            false => {
                let mend = format!(
                    "give them to the bot's role, or install it again with permissions={}",
                    permissions::integer()
                );
                report.warn(PART, format!("in {name} the bot lacks {}", lacking.join(", ")), mend);
            }
        }
    }
    report.ok(PART, format!("in {} servers, in {well} with all permissions and none too many", guilds.len()));
}

async fn commands(case: &Case, report: &mut Report) {
    let application = case.get("DISCORD_APPLICATION_ID").unwrap_or_default();
    let place = case.get("DISCORD_GUILD_ID").map(|guild| format!("/guilds/{guild}")).unwrap_or_default();
    let said = match ask(case, &format!("/applications/{application}{place}/commands")).await {
        Ok(said) if said.status == 200 => said.json(),
        _ => {
            return report.fail(
                PART,
                "the registered commands cannot be read",
                "check DISCORD_APPLICATION_ID and DISCORD_GUILD_ID",
            );
        }
    };
    let there = said.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut ours: Vec<Value> = features::definitions().iter().map(|one| from_json::json!(one)).collect();
    // Discord counts versions by itself.
    ours.iter_mut().filter_map(Value::as_object_mut).for_each(|one| drop(one.remove("version")));
    let key = |command: &Value| {
        let kind = command.get("type").and_then(Value::as_u64).unwrap_or(1);
        (kind, command.get("name").and_then(Value::as_str).unwrap_or_default().to_owned())
    };
    let found = |one: &Value| there.iter().find(|other| key(other) == key(one));
    let changed: Vec<String> =
        ours.iter().filter(|one| !found(one).is_some_and(|other| says(one, other))).map(|one| key(one).1).collect();
    let gone: Vec<String> =
        there.iter().filter(|other| ours.iter().all(|one| key(one) != key(other))).map(|other| key(other).1).collect();
    let mut stale = changed;
    stale.extend(gone);
    report.expect(
        stale.is_empty(),
        PART,
        &format!("{} commands are registered as this code has them", ours.len()),
        format!("registered otherwise than this code has them: {}", stale.join(", ")),
        "`cargo xtask register`",
    );
}

/// Whether Discord's word says all that ours does. It leaves out what is false or empty, and adds fields of its own.
fn says(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), theirs) => ours.iter().all(|(name, value)| match theirs.get(name) {
            Some(other) => says(value, other),
            None => is_nothing(value),
        }),
        // Sets: kinds of channels, places. The order is Discord's.
        (Value::Array(ours), Value::Array(theirs)) if ours.iter().all(Value::is_number) => {
            ours.len() == theirs.len() && ours.iter().all(|one| theirs.contains(one))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(one, other)| says(one, other))
        }
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => ours == theirs || is_nothing(ours) && is_nothing(theirs),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// Where it is said that detection is down: it must be one the bot can post in.
async fn fallback_channel(case: &Case, report: &mut Report) {
    let Some(channel) = case.config.fallback_alert_channel else {
        let mend = "set FALLBACK_ALERT_CHANNEL_ID to a channel that the crisis team reads";
        return report.warn(PART, "no channel is told when the Worker is out of reach", mend);
    };
    let there = ask(case, &format!("/channels/{channel}")).await.is_ok_and(|said| said.status == 200);
    let mend = "choose a channel of a server that the bot is in and can see";
    let otherwise = "the bot does not see FALLBACK_ALERT_CHANNEL_ID";
    report.expect(there, PART, "the bot sees the fallback channel", otherwise, mend);
}
