//! The program itself, as an operator meets it: help, check, log, signals, exit codes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use std::{
    process::{Output, Stdio},
    sync::Arc,
    time::Duration,
};

use relay_wire::{Lane, RelayConfig};
use support::{FakeWorker, SEED};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};
use world::{defaults, discord::Discord};

const PATIENCE: Duration = Duration::from_secs(20);

fn relay(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway-relay"));
    command.args(arguments).env_clear().envs(variables.iter().copied()).current_dir(std::env::temp_dir());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn says(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } =
        timeout(PATIENCE, relay(arguments, variables).output()).await.unwrap().unwrap();
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

async fn terminate(mut child: Child) -> Option<i32> {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    timeout(PATIENCE, child.wait()).await.unwrap().unwrap().code()
}

/// A Worker and a Discord, and the variables that lead to them.
async fn world() -> (Arc<FakeWorker>, Arc<Discord>, Vec<(&'static str, String)>, TempDir) {
    let (worker, discord) = (FakeWorker::start().await, Discord::alone().await.unwrap());
    let dir = TempDir::new().unwrap();
    worker.set_config(RelayConfig { filter_version: "f1".into(), ..RelayConfig::default() });
    let variables = vec![
        ("DISCORD_BOT_TOKEN", defaults::BOT_TOKEN.to_owned()),
        ("DISCORD_API_URL", format!("{}/api/v10", discord.options.public_base_url)),
        ("WORKER_URL", worker.url.clone()),
        ("RELAY_SIGNING_SEED", SEED.to_owned()),
        ("RELAY_SPOOL", dir.path().display().to_string()),
        ("RELAY_LISTEN", "127.0.0.1:0".to_owned()),
        ("BULK_LINGER_SECONDS", "0.05".to_owned()),
    ];
    (worker, discord, variables, dir)
}

fn borrowed<'a>(variables: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    variables.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn help_names_every_variable_and_version_the_version() {
    let (code, help) = says(&["--help"], &[]).await;
    assert_eq!(code, Some(0));
    for (name, _) in gateway_relay::config::VARIABLES {
        assert!(help.contains(name), "{name} is missing in {help}");
    }
    assert_eq!(says(&["--version"], &[]).await.1, format!("gateway-relay {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(says(&["--halp"], &[]).await.0, Some(2));
}

#[tokio::test]
async fn without_configuration_it_names_all_that_is_missing() {
    let (code, said) = says(&[], &[]).await;
    assert_eq!(code, Some(2));
    for name in ["DISCORD_BOT_TOKEN", "WORKER_URL", "RELAY_SIGNING_SEED"] {
        assert!(said.contains(name), "{said}");
    }
}

#[tokio::test]
async fn check_asks_the_worker_and_discord() {
    let (_worker, _discord, variables, _dir) = world().await;
    let (code, said) = says(&["--check"], &borrowed(&variables)).await;
    assert_eq!((code, said.matches("ok    ").count()), (Some(0), 3), "{said}");

    let mut wrong = borrowed(&variables);
    let seed = "03".repeat(32);
    wrong.extend([("RELAY_SIGNING_SEED", seed.as_str()), ("DISCORD_BOT_TOKEN", "wrong")]);
    let (code, said) = says(&["--check"], &wrong).await;
    assert_eq!((code, said.matches("FAILED").count()), (Some(3), 2), "{said}");
    assert!(said.contains("RELAY_SIGNING_SEED") && said.contains("DISCORD_BOT_TOKEN"), "{said}");
    assert!(!said.contains(&seed));
}

#[tokio::test]
async fn it_says_bot_ready_never_a_members_words_and_goes_with_zero_when_told() {
    let (worker, discord, variables, _dir) = world().await;
    let mut child = relay(&[], &[borrowed(&variables), vec![("RUST_LOG", "debug")]].concat()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut log = String::new();
    while !log.contains("\"Bot ready\"") {
        let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
        log += &line.unwrap_or_else(|| panic!("it ended: {log}"));
    }
    let dm = discord.open_dm(first_member(&discord)).unwrap();
    discord.send_message(dm, first_member(&discord), "!sentinel-4711", None).unwrap();
    worker.until("the words arrived", |_| !worker.events(Lane::Urgent).is_empty()).await;
    let code = terminate(child).await;
    lines.into_inner().read_to_string(&mut log).await.unwrap();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("sentinel-4711") && !log.contains(defaults::BOT_TOKEN), "{log}");
}

#[tokio::test]
async fn a_refused_token_is_explained_and_the_exit_code_is_not_zero() {
    let (_worker, _discord, variables, _dir) = world().await;
    let mut wrong = borrowed(&variables);
    wrong.push(("DISCORD_BOT_TOKEN", "wrong"));
    let (code, said) = says(&[], &wrong).await;
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("the token is wrong: set DISCORD_BOT_TOKEN"), "{said}");
}

/// A person whom the seed knows.
fn first_member(discord: &Discord) -> world::discord::Id {
    let state = discord.state();
    let guild = state.guilds.values().find(|guild| guild.has_bot).unwrap();
    guild.members.keys().copied().find(|id| !state.user(*id).bot).unwrap()
}
