//! The doctor against the local world: well, and with one thing wrong at a time. The Worker's part is in tests/e2e.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail loudly")]

/// What served.rs asks of it.
mod harness {
    pub fn now() -> community_os::edge::Time {
        chrono::Utc::now()
    }
}
#[path = "relay/served.rs"]
mod served;

use std::{collections::BTreeMap, process::Stdio, sync::atomic::Ordering};

use community_os::{app::App, config::Config, edge::Edge};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};
use world::{
    defaults,
    face::{Face, Fault},
    world::{World, WorldOptions},
};

/// A world whose Discord knows where interactions go, and the variables of a deployment in it.
async fn deployment() -> (World, BTreeMap<String, String>) {
    let mut options = WorldOptions::over(world::stack::shared().await.urls.clone());
    options.interactions_url = Some("https://bot.example.workers.dev/interactions".to_owned());
    let world = World::start(options).await.unwrap();
    let mut variables: BTreeMap<String, String> = world.env().into_iter().collect();
    variables.insert("RELAY_PUBLIC_KEY".to_owned(), defaults::relay_public_key());
    variables.insert("RELAY_SIGNING_SEED".to_owned(), defaults::RELAY_SIGNING_SEED.to_owned());
    (world, variables)
}

/// What it says, `state part: what -> mend` a line, and whether it is content.
async fn doctor(variables: &BTreeMap<String, String>, database: Value) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doctor"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let given = json!({"variables": variables, "database": database}).to_string();
    child.stdin.take().unwrap().write_all(given.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let secrets = [
        "DISCORD_BOT_TOKEN",
        "SUPABASE_SECRET_KEY",
        "UPSTASH_REDIS_REST_TOKEN",
        "STATE_KEYS",
        "ADMIN_PASSWORD",
        "RELAY_SIGNING_SEED",
    ];
    for secret in secrets.iter().filter_map(|name| variables.get(*name)) {
        assert!(!said.contains(secret.as_str()), "it tells a secret: {said}");
    }
    (output.status.success(), said)
}

/// The lines of one state.
fn lines<'a>(said: &'a str, state: &str) -> Vec<&'a str> {
    said.lines().filter_map(|line| line.strip_prefix(state)?.strip_prefix(' ')).map(str::trim_start).collect()
}

async fn register(variables: &BTreeMap<String, String>) {
    let done = Command::new(env!("CARGO_BIN_EXE_register_commands")).envs(variables).output().await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
async fn all_is_well() {
    let (_world, mut variables) = deployment().await;
    variables.remove("WORKER_URL");
    variables.remove("SUPABASE_DISCORD_SIGN_IN");
    register(&variables).await;
    let (is_well, said) = doctor(&variables, Value::Null).await;
    assert!(is_well, "{said}");
    for line in [
        "variables: everything the Worker requires is set and can be read",
        "variables: SUPABASE_SECRET_KEY is a key of the right kind",
        "variables: the relay's two keys are a pair",
        "discord: the token works",
        "discord: DISCORD_PUBLIC_KEY is this application's",
        "discord: Server Members Intent is on",
        "discord: Message Content Intent is on",
        "discord: the bot sees the fallback channel",
        "supabase: reachable with the secret key",
        "supabase: all migrations are applied",
        "supabase: only you make accounts",
        "upstash: reachable, and the token may write",
        "upstash: nothing is evicted",
        "ash-nlp: ready",
        "clock: discord and this machine agree",
    ] {
        assert!(lines(&said, "ok").contains(&line), "`{line}` is not said:\n{said}");
    }
    let strangers =
        lines(&said, "ok").into_iter().find(|line| line.starts_with("supabase: strangers are refused by all "));
    let tables: usize = strangers.unwrap().split_whitespace().nth(6).unwrap().parse().unwrap();
    assert!(tables >= 50, "it asked for {tables} tables");
}

#[tokio::test]
async fn each_wrong_variable_is_found_with_its_mend() {
    let (_world, good) = deployment().await;
    let legacy = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.x";
    let other_key = defaults::relay_public_key();
    for (name, value, finding) in [
        (
            "DISCORD_PUBLIC_KEY",
            other_key.as_str(),
            "DISCORD_PUBLIC_KEY is not this application's: every interaction is refused -> ",
        ),
        ("DISCORD_PUBLIC_KEY", "abc", "DISCORD_PUBLIC_KEY -> cannot be read"),
        (
            "DISCORD_APPLICATION_ID",
            "1100000000000000009",
            "DISCORD_APPLICATION_ID is not the application of this token -> ",
        ),
        ("DISCORD_BOT_TOKEN", "MTEwMDAwMDAwMDAwMDAwMDAwMQ.old.token", "discord: the token is refused -> "),
        ("RELAY_FEATURES", "content,members,presence", "Presence Intent is off, and the relay asks for it"),
        ("SUPABASE_SECRET_KEY", legacy, "SUPABASE_SECRET_KEY is a legacy anon or service_role key -> make a new one"),
        ("SUPABASE_PUBLISHABLE_KEY", "sb_secret_local", "is a secret key, and every browser would get it -> "),
        ("SUPABASE_SECRET_KEY", "sb_secret_of_another", "supabase: the secret key is refused (401) -> "),
        ("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_of_another", "supabase: the publishable key is refused (401) -> "),
        (
            "RELAY_PUBLIC_KEY",
            good["DISCORD_PUBLIC_KEY"].as_str(),
            "RELAY_PUBLIC_KEY is not the public key of RELAY_SIGNING_SEED",
        ),
        ("UPSTASH_REDIS_REST_TOKEN", "of-another", "upstash: the token is refused -> "),
        ("FALLBACK_ALERT_CHANNEL_ID", "1100000000000000077", "the bot does not see FALLBACK_ALERT_CHANNEL_ID -> "),
        ("SUPABASE_URL", "ftp://x", "SUPABASE_URL -> must start with https://"),
        ("WORKER_URL", "https://127.0.0.1:1", "discord: the interactions URL leads elsewhere -> "),
        ("WORKER_URL", "https://127.0.0.1:1", "worker: no connection -> "),
    ] {
        let mut variables = good.clone();
        variables.insert(name.to_owned(), value.to_owned());
        let (is_well, said) = doctor(&variables, Value::Null).await;
        assert!(!is_well, "{name}={value} is not noticed");
        assert!(lines(&said, "fail").iter().any(|line| line.contains(finding)), "{name}: no `{finding}` in\n{said}");
    }
}

#[tokio::test]
async fn commands_that_were_never_registered_and_a_service_that_is_down() {
    let (world, variables) = deployment().await;
    let (is_well, said) = doctor(&variables, Value::Null).await;
    let stale =
        lines(&said, "fail").into_iter().find(|line| line.contains("registered otherwise than this code has them"));
    assert!(!is_well && stale.unwrap().ends_with("-> `cargo xtask register`"), "{said}");

    // One of them says something else: it alone is named.
    register(&variables).await;
    let discord = |method: reqwest::Method, path: &str, body: Value| {
        let url = format!("{}/applications/{}/commands{path}", variables["DISCORD_API_URL"], defaults::APPLICATION_ID);
        let request = reqwest::Client::new().request(method, url).header("user-agent", "DiscordBot (test, 1)");
        let token = format!("Bot {}", defaults::BOT_TOKEN);
        let request = request.header("authorization", token).header("content-type", "application/json");
        async move { request.body(body.to_string()).send().await.unwrap().text().await.unwrap() }
    };
    let all: Value = serde_json::from_str(&discord(reqwest::Method::GET, "", Value::Null).await).unwrap();
    let ping = all.as_array().unwrap().iter().find(|one| one["name"] == "ping").unwrap();
    let path = format!("/{}", ping["id"].as_str().unwrap());
    discord(reqwest::Method::PATCH, &path, json!({"description": "of another version"})).await;
    let (_, said) = doctor(&variables, Value::Null).await;
    assert!(said.contains("fail discord: registered otherwise than this code has them: ping -> "), "{said}");

    world.shared.break_with(Fault::status(Face::Supabase, "", 503));
    world.shared.break_with(Fault::status(Face::Upstash, "", 500));
    let (_, said) = doctor(&variables, Value::Null).await;
    let failures = lines(&said, "fail").join("\n");
    assert!(failures.contains("supabase: it answers 503") && failures.contains("upstash: it answers 500"), "{said}");
}

#[tokio::test]
async fn a_desk_without_its_password_is_told() {
    let (_world, mut variables) = deployment().await;
    let (_, said) = doctor(&variables, Value::Null).await;
    assert!(!said.contains("ADMIN_PASSWORD"), "{said}");
    variables.remove("ADMIN_PASSWORD");
    let (_, said) = doctor(&variables, Value::Null).await;
    assert!(said.contains("warn variables: ADMIN_PASSWORD is not set: the Admin tab stays closed"), "{said}");
}

/// The first sign-in with Discord is a sign-up, so what is right for one deployment is wrong for the other.
#[tokio::test]
async fn whether_people_may_sign_up_depends_on_how_staff_sign_in() {
    for (with_discord, is_closed, finding) in [
        ("", true, "ok   supabase: only you make accounts"),
        ("", false, "warn supabase: anybody can make an account -> "),
        ("true", true, "warn supabase: new staff cannot sign in with Discord: nobody new may sign up -> "),
        ("true", false, "ok   supabase: new staff can sign in with Discord"),
    ] {
        let (world, mut variables) = deployment().await;
        variables.insert("SUPABASE_DISCORD_SIGN_IN".to_owned(), with_discord.to_owned());
        let settings = Fault {
            body: Some(json!({"external": {"email": true}, "disable_signup": is_closed})),
            ..Fault::status(Face::Supabase, "/auth/v1/settings", 200)
        };
        world.shared.break_with(settings);
        let (_, said) = doctor(&variables, Value::Null).await;
        assert!(said.contains(finding), "no `{finding}` in\n{said}");
        assert_eq!(said.contains("switch off that new users"), with_discord.is_empty() && !is_closed, "{said}");
    }
}

#[tokio::test]
async fn what_the_database_says_of_itself_is_told() {
    let (_world, variables) = deployment().await;
    let well = json!({"applied": 42, "pending": [], "changed": [], "without_rls": [], "open_to_strangers": [], "bytes": 450 << 20});
    let (_, said) = doctor(&variables, well).await;
    assert!(lines(&said, "ok").contains(&"supabase: row level security is on for every table"), "{said}");
    assert!(said.contains("warn free plans: the database has 450 MB of 500 -> "), "{said}");
    let bad = json!({
        "pending": ["20991231000001 later"], "changed": ["20261121000001 foundation"], "without_rls": ["leaky"],
        "open_to_strangers": ["open"],
    });
    let (is_well, said) = doctor(&variables, bad).await;
    let failures = lines(&said, "fail").join("\n");
    assert!(!is_well);
    for finding in [
        "not applied: 20991231000001 later -> `cargo xtask migrate`",
        "changed after they were applied: 20261121000001 foundation",
        "without row level security: leaky",
        "granted to anon or authenticated: open",
    ] {
        assert!(failures.contains(finding), "no `{finding}` in\n{failures}");
    }
}

/// The Worker, natively, on a port of its own.
async fn worker(variables: &BTreeMap<String, String>) -> String {
    let edge = Edge {
        now: harness::now,
        sleep: |duration| Box::pin(tokio::time::sleep(duration)),
        log: |_| (),
        es256: |_| Box::pin(std::future::ready(false)),
    };
    served::serve(App::new(Config::load(|name| variables.get(name).cloned()), edge)).await
}

/// What is said of Ash-NLP.
async fn of_nlp(variables: &BTreeMap<String, String>) -> String {
    let (_, said) = doctor(variables, Value::Null).await;
    said.lines().filter(|line| line.contains(" ash-nlp: ")).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "current_thread")]
async fn ash_nlp_is_asked_from_the_worker_and_each_finding_has_its_mend() {
    let around = tokio::task::LocalSet::new();
    around.run_until(asked_from_the_worker()).await;
}

async fn asked_from_the_worker() {
    let (world, mut variables) = deployment().await;
    let [(_, id), (_, secret)] = defaults::NLP_ACCESS;
    let [id_name, secret_name] = ["NLP_ACCESS_CLIENT_ID", "NLP_ACCESS_CLIENT_SECRET"];
    variables.extend([(id_name.to_owned(), id.to_owned()), (secret_name.to_owned(), secret.to_owned())]);
    variables.insert("WORKER_URL".to_owned(), worker(&variables).await);
    world.nlp.behind_access.store(true, Ordering::Relaxed);
    let said = of_nlp(&variables).await;
    assert!(said.contains("ok   ash-nlp: ready for the Worker, in "), "{said}");
    assert!(said.contains("ok   ash-nlp: who brings no credentials is refused"), "{said}");
    assert!(said.contains("warn ash-nlp: without NLP_INTERNAL_KEY"), "{said}");
    assert!(!said.contains(id) && !said.contains(secret), "{said}");

    // The token of this machine is right, the Worker's is not.
    let mut others = variables.clone();
    others.insert(secret_name.to_owned(), "an-old-secret".to_owned());
    let with_old = worker(&others).await;
    others.extend([("WORKER_URL".to_owned(), with_old), (secret_name.to_owned(), secret.to_owned())]);
    let said = of_nlp(&others).await;
    assert!(
        said.contains("fail ash-nlp: from the Worker: it refuses our credentials -> set NLP_ACCESS_CLIENT_ID"),
        "{said}"
    );

    // Open to everybody: on this machine that is nobody else. Where it has a name, it is a finding.
    world.nlp.behind_access.store(false, Ordering::Relaxed);
    let said = of_nlp(&variables).await;
    assert!(said.contains("ok   ash-nlp: on this machine alone"), "{said}");
    let mut outside = variables.clone();
    outside.insert("NLP_BASE_URL".to_owned(), "https://nlp.example.org".to_owned());
    let said = of_nlp(&outside).await;
    assert!(said.contains("fail ash-nlp: Ash-NLP answers anybody -> put it behind Cloudflare Access"), "{said}");

    world.shared.break_with(Fault { delay_ms: 450, status: None, ..Fault::status(Face::Nlp, "", 200) });
    let said = of_nlp(&variables).await;
    assert!(said.contains("warn ash-nlp: ready, but its health alone takes "), "{said}");
    world.shared.mend();
    world.shared.break_with(Fault::status(Face::Nlp, "", 502));
    let said = of_nlp(&variables).await;
    assert!(said.contains("fail ash-nlp: from the Worker: ") && said.contains("-> check NLP_BASE_URL"), "{said}");
    world.shared.mend();

    // The Worker was never told where it is.
    let mut without = variables.clone();
    without.remove("NLP_BASE_URL");
    without.insert("WORKER_URL".to_owned(), worker(&without).await);
    assert!(of_nlp(&without).await.contains("ok   ash-nlp: none: the built-in screen decides alone"));
    without.insert("NLP_BASE_URL".to_owned(), variables["NLP_BASE_URL"].clone());
    let said = of_nlp(&without).await;
    assert!(
        said.contains("fail ash-nlp: the Worker has no NLP_BASE_URL") && said.contains("`cargo xtask secrets`"),
        "{said}"
    );

    // A Worker that does not let the doctor in: asked from here, and said so.
    let seed = "00".repeat(32);
    variables.insert("RELAY_SIGNING_SEED".to_owned(), seed);
    let said = of_nlp(&variables).await;
    assert!(
        said.contains("skip ash-nlp: not asked from the Worker: POST /admin/probe answers 401 -> give the Worker"),
        "{said}"
    );
    assert!(said.contains("ok   ash-nlp: ready\n"), "{said}");
    variables.remove("RELAY_SIGNING_SEED");
    let said = of_nlp(&variables).await;
    assert!(said.contains("skip ash-nlp: not asked from the Worker: RELAY_SIGNING_SEED is not known here"), "{said}");
}

#[tokio::test]
async fn as_json_it_can_be_read_by_a_program() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doctor"));
    let mut child = command.arg("--json").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"{\"variables\":{}}").await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said["fail"].as_u64().unwrap() >= 8, "every required variable is missing: {said}");
    assert_eq!(said["checks"][0]["state"], "fail");
    assert!(said["checks"][0]["mend"].as_str().unwrap().starts_with("is not set; it is "), "{said}");
}
