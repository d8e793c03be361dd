//! The doctor looks at a whole running stack: the Worker's probes, the dashboard, the relay's heartbeat.

use std::{collections::BTreeMap, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};
use world::{
    defaults,
    world::{WorldUrls, environment},
};

use crate::running::Running;

/// `cargo xtask dev --local` runs on the ports from `base`.
pub async fn looks_at(dev: &mut Running, base: u16, worker: &str, database_url: &str) {
    let mut variables: BTreeMap<String, String> =
        environment(&WorldUrls::from_base(base), database_url).into_iter().collect();
    variables.insert("WORKER_URL".to_owned(), worker.to_owned());
    // The relay's first word about itself comes within ten seconds.
    let soon = Duration::from_secs(30);
    let said = dev
        .until("the doctor is content", soon, async || Some(ask(&variables).await).filter(|said| said["fail"] == 0))
        .await;
    for (part, what) in [
        ("worker", "wrong and missing signatures are refused"),
        ("dashboard", "it asks this Supabase"),
        ("relay", "its heartbeat arrives"),
        ("detection", "crisis detection works"),
        ("discord", "the interactions URL is the Worker's"),
        ("supabase", "all migrations are applied"),
    ] {
        assert!(found(&said, "ok", part, what), "{part}: {what}\n{said}");
    }
    let checks = said["checks"].as_array().unwrap();
    let from_worker = |one: &Value| one["part"] == "ash-nlp" && one["what"].as_str().unwrap().contains("the Worker");
    assert!(checks.iter().any(from_worker), "Ash-NLP is asked from the Worker\n{said}");
    variables.insert("DISCORD_PUBLIC_KEY".to_owned(), defaults::relay_public_key());
    variables.insert("SUPABASE_URL".to_owned(), format!("http://localhost:{}", base + 2));
    let said = ask(&variables).await;
    assert!(
        found(&said, "fail", "discord", "DISCORD_PUBLIC_KEY is not this application's: every interaction is refused"),
        "{said}"
    );
    assert!(found(&said, "fail", "dashboard", "it asks another Supabase, or none"), "{said}");
}

async fn ask(variables: &BTreeMap<String, String>) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doctor"));
    let mut child = command.arg("--json").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let given = json!({"variables": variables}).to_string();
    child.stdin.take().unwrap().write_all(given.as_bytes()).await.unwrap();
    serde_json::from_slice(&child.wait_with_output().await.unwrap().stdout).unwrap()
}

fn found(said: &Value, state: &str, part: &str, what: &str) -> bool {
    let checks = said["checks"].as_array().unwrap();
    checks.iter().any(|one| one["state"] == state && one["part"] == part && one["what"] == what)
}
