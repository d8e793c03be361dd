//! `wrangler dev`: wrangler.toml itself is right, and the bundle runs under Cloudflare's own tool.

use std::{
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;
use world::defaults;

use crate::running::{Running, checkout, get, get_json};

const PORT: u16 = 18_790;
const START: Duration = Duration::from_secs(10 * 60);

#[tokio::test]
async fn the_bundle_answers_under_wrangler() {
    let base = format!("http://127.0.0.1:{PORT}");
    let bin = checkout().join("node_modules/.bin");
    let path = std::env::join_paths(
        [bin.clone()].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    )
    .unwrap();
    let mut wrangler = Running::start(
        Command::new(bin.join("wrangler"))
            .args(["dev", "--local", "--ip", "127.0.0.1", "--port", &PORT.to_string()])
            .args(["--var", &format!("DISCORD_PUBLIC_KEY:{}", defaults::discord_public_key())])
            .env("PATH", path)
            .env("CI", "1")
            .env("WRANGLER_SEND_METRICS", "false"),
        "wrangler",
    );
    wrangler
        .until("wrangler comes up", START, async || get(&format!("{base}/health")).await.filter(|r| r.0 == 200))
        .await;

    let health = get_json(&format!("{base}/health")).await;
    assert_eq!(health["status"], "degraded", "most variables are missing, and it says so: {health}");
    let (status, page) = get(&base).await.unwrap();
    assert!(status == 200 && page.contains("<html"), "the dashboard is served as an asset: {status}");
    assert_eq!(get(&format!("{base}/no-such-page")).await.unwrap().0, 404, "no single-page fallback");
    assert_eq!(
        get(&format!("{base}/relay/config")).await.unwrap().0,
        503,
        "the Worker has these paths, not the assets"
    );

    let key = SigningKey::from_bytes(&hex::decode(defaults::SIGNING_SEED).unwrap().try_into().unwrap());
    let body = json!({"type": 1}).to_string();
    let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
    let signature = hex::encode(key.sign(format!("{timestamp}{body}").as_bytes()).to_bytes());
    for (signature, expected) in [(signature.as_str(), 200), (&"0".repeat(128), 401)] {
        let response = reqwest::Client::new()
            .post(format!("{base}/interactions"))
            .header("x-signature-timestamp", &timestamp)
            .header("x-signature-ed25519", signature)
            .body(body.clone())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), expected);
    }
    assert!(wrangler.end(Duration::from_secs(20)).await, "it did not end");
}
