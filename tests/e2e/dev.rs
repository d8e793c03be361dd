//! `cargo xtask dev`: a message typed in the local Discord becomes a row and a score; and nothing is left behind.

use std::{
    collections::HashMap,
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use world::{
    discord::Id,
    seed::{HARBOUR, channel, user},
};

use crate::{
    pausing,
    running::{Running, checkout, get, get_json, post},
};

/// Far from a stack that a person may have running, and from the ports that a kernel gives out.
const PORT_BASE: u16 = 18_800;
/// Everything may have to be built first.
const START: Duration = Duration::from_secs(20 * 60);
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn what_a_person_does_first() {
    let file = checkout().join(format!(".local/stack-{PORT_BASE}.env"));
    let _ = std::fs::remove_file(&file);
    let base = PORT_BASE.to_string();
    let mut dev = Running::start(
        Command::new(env!("CARGO")).args(["xtask", "dev", "--local", "--fresh", "--port-base", &base]),
        "dev",
    );
    let text = dev.until("the stack comes up", START, async || std::fs::read_to_string(&file).ok()).await;
    let env: HashMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let promised = [
        "WORKER_URL",
        "WORLD_URL",
        "DISCORD_API_URL",
        "DISCORD_GATEWAY_URL",
        "DISCORD_PUBLIC_KEY",
        "DISCORD_SIGNING_SEED",
        "SUPABASE_URL",
        "SUPABASE_SECRET_KEY",
        "SUPABASE_PUBLISHABLE_KEY",
        "DATABASE_URL",
        "UPSTASH_REDIS_REST_URL",
        "UPSTASH_REDIS_REST_TOKEN",
        "DASHBOARD_URL",
        "RELAY_URL",
    ];
    for name in promised {
        assert!(env.get(name).is_some_and(|value| !value.is_empty()), "{name} is missing in stack.env");
    }
    let (world, worker) = (env["WORLD_URL"], env["WORKER_URL"]);

    // The relay is there; a message becomes a row and a score.
    dev.until("the relay is ready", SOON, async || {
        get(&format!("{}/ready", env["RELAY_URL"])).await.filter(|r| r.0 == 200)
    })
    .await;
    let message = json!({"channel_id": channel::GENERAL, "user_id": user::NEWCOMER, "content": "hello from the page"});
    let message = post(&format!("{world}/world/messages"), message).await;
    dev.until("the message is scored", SOON, async || said(world, "score").await.contains("**1 point**").then_some(()))
        .await;
    let rows = supabase(&env, &format!("activity_logs?guild_id=eq.{HARBOUR}&user_id=eq.{}", user::NEWCOMER)).await;
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!((&rows[0]["kind"], rows[0]["points_value"].as_f64()), (&json!("message"), Some(1.0)));

    // A reaction is half a point for the one who reacts.
    let other = post(
        &format!("{world}/world/messages"),
        json!({"channel_id": channel::GENERAL, "user_id": user::MEMBER, "content": "welcome!"}),
    )
    .await;
    let reaction = json!({
        "channel_id": channel::GENERAL, "message_id": other["id"], "user_id": user::NEWCOMER, "emoji": "👍",
    });
    post(&format!("{world}/world/reactions"), reaction).await;
    dev.until("the reaction is scored", SOON, async || {
        said(world, "score").await.contains("**1.5 points**").then_some(())
    })
    .await;

    // Both pings.
    assert!(said(world, "ping").await.starts_with("Pong! It took "));
    let ping = json!({"channel_id": channel::GENERAL, "user_id": user::MEMBER, "content": "!ping"});
    post(&format!("{world}/world/messages"), ping).await;
    dev.until("!ping is answered", SOON, async || {
        let state = get_json(&format!("{world}/world/state")).await;
        let messages = state["messages"][channel::GENERAL.to_string()].as_array().cloned().unwrap_or_default();
        messages.iter().any(|one| one["content"].as_str().unwrap_or_default().starts_with("Pong! ")).then_some(())
    })
    .await;

    severity_matrix(&mut dev, world).await;
    a_talk(&mut dev, world).await;
    let stack = pausing::Stack {
        world,
        worker,
        relay: env["RELAY_URL"],
        supabase: env["SUPABASE_URL"],
        publishable_key: env["SUPABASE_PUBLISHABLE_KEY"],
        password: world::defaults::ADMIN_PASSWORD,
    };
    pausing::each_level_with_a_critical_message(&mut dev, &stack).await;

    // Discord probes with a wrong signature; strangers are refused; the dashboard is served; the cron handler runs.
    let probe = post(&format!("{world}/world/interactions/probe"), json!({})).await;
    assert_eq!(probe["status"], 401, "{probe}");
    assert_eq!(get(&format!("{worker}/relay/config")).await.unwrap().0, 401);
    assert_eq!(get_json(&format!("{worker}/health")).await["status"], "healthy");
    let (status, page) = get(env["DASHBOARD_URL"]).await.unwrap();
    assert!(status == 200 && page.contains("<html"), "{status} {page}");
    post(&format!("{world}/world/scheduled"), json!({})).await;
    let jobs = supabase(&env, "jobs?kind=eq.admin.prune_dead_letters&select=kind,last_error").await;
    assert_eq!(jobs, json!([{"kind": "admin.prune_dead_letters", "last_error": null}]));

    crate::doctor::looks_at(&mut dev, PORT_BASE, worker, env["DATABASE_URL"]).await;

    // What was written is nowhere but in Discord: not in a log, not in the database.
    let logs = std::fs::read_dir(checkout().join(".local/logs")).unwrap();
    for log in logs.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let text = String::from_utf8_lossy(&std::fs::read(&log).unwrap()).into_owned();
        assert!(!text.contains("hello from the page"), "{} holds a member's text", log.display());
    }
    assert!(message["id"].is_string());

    // Asked to end, it leaves nothing behind.
    assert!(dev.end(Duration::from_secs(30)).await, "it did not end\n{}", dev.last_words());
    let deadline = Instant::now() + Duration::from_secs(5);
    for port in (0..=11).map(|offset| PORT_BASE + offset) {
        while TcpStream::connect(("127.0.0.1", port)).is_ok() {
            assert!(Instant::now() < deadline, "port {port} still answers");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    assert!(!file.exists());
}

/// Every row of the severity matrix, from the gateway to the team's channel.
async fn severity_matrix(dev: &mut Running, world: &str) {
    let rows = [
        ("safe", None),
        ("low", None),
        ("medium", Some((channel::CRT_MONITOR, "Monitor alert", false))),
        ("high", Some((channel::CRT_CRISIS, "Crisis alert", true))),
        ("critical", Some((channel::CRT_CRITICAL, "Critical alert", true))),
    ];
    for (severity, _) in rows {
        post(&format!("{world}/world/nlp"), json!({"contains": format!("lantern {severity}"), "severity": severity}))
            .await;
        let text = format!("lantern {severity}");
        let message = json!({"channel_id": channel::VENT, "user_id": user::SECOND_MEMBER, "content": text});
        post(&format!("{world}/world/messages"), message).await;
    }
    let team = [channel::CRT_MONITOR, channel::CRT_CRISIS, channel::CRT_CRITICAL];
    let alerts = dev
        .until("the team is told", SOON, async || {
            let state = get_json(&format!("{world}/world/state")).await;
            // What is said below an alert is text alone.
            let alerts = |channel: Id| {
                let posts = state["messages"][channel.to_string()].as_array().cloned().unwrap_or_default();
                posts.into_iter().filter(|post| post["embeds"][0].is_object()).collect::<Vec<_>>()
            };
            let posts = team.map(alerts);
            posts.iter().all(|posts| !posts.is_empty()).then_some(posts)
        })
        .await;
    for (channel, title, pings) in rows.into_iter().filter_map(|(_, alert)| alert) {
        let at = team.iter().position(|one| *one == channel).unwrap();
        assert_eq!(alerts[at].len(), 1, "{title}");
        let alert = &alerts[at][0];
        assert!(alert["embeds"][0]["title"].as_str().unwrap().contains(title), "{alert}");
        assert_eq!(alert["content"].as_str().unwrap().contains("<@&"), pings, "{alert}");
    }
}

/// CRITICAL is offered a talk at once; what the member writes there is answered.
async fn a_talk(dev: &mut Running, world: &str) {
    let says = async |state: &Value, words: &str| {
        let channels = state["messages"].as_object().unwrap();
        let found = channels.iter().find(|(_, posts)| {
            posts.as_array().is_some_and(|posts| posts.iter().any(|post| post["embeds"].to_string().contains(words)))
        });
        found.map(|(channel, _)| channel.parse::<u64>().map(Id).unwrap())
    };
    let thread = dev
        .until("Ash offers a talk", SOON, async || {
            let state = get_json(&format!("{world}/world/state")).await;
            says(&state, "you do not have to be alone").await
        })
        .await;
    let message = json!({"channel_id": thread, "user_id": user::SECOND_MEMBER, "content": "thank you for asking"});
    post(&format!("{world}/world/messages"), message).await;
    let answered = dev
        .until("Ash answers", SOON, async || {
            let state = get_json(&format!("{world}/world/state")).await;
            says(&state, "local stand-in of Claude").await
        })
        .await;
    assert_eq!(answered, thread);
}

/// What the newcomer reads after a slash command.
async fn said(world: &str, command: &str) -> String {
    let used = json!({"guild_id": HARBOUR, "channel_id": channel::GENERAL, "user_id": user::NEWCOMER, "name": command, "options": {}});
    let answer = post(&format!("{world}/world/interactions/command"), used).await;
    let data = &answer["response"]["data"];
    let content = data["content"].as_str().filter(|text| !text.is_empty());
    let text = content.or_else(|| data["embeds"][0]["description"].as_str());
    text.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn supabase(env: &HashMap<&str, &str>, query: &str) -> Value {
    let request = reqwest::Client::new().get(format!("{}/rest/v1/{query}", env["SUPABASE_URL"]));
    let response = request.header("apikey", env["SUPABASE_SECRET_KEY"]).send().await.unwrap();
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}
