//! Stop and start from the administrator's desk, with a CRITICAL message at each level: gateway, relay, Worker and desk together.

use std::time::Duration;

use serde_json::{Value, json};
use world::{
    discord::Id,
    seed::{HARBOUR, channel, user},
};

use crate::running::{Running, get, get_json, post, post_with};

const SOON: Duration = Duration::from_secs(30);

/// What the desk needs of a running stack.
pub struct Stack<'a> {
    pub world: &'a str,
    pub worker: &'a str,
    pub relay: &'a str,
    pub supabase: &'a str,
    pub publishable_key: &'a str,
    pub password: &'a str,
}

impl Stack<'_> {
    async fn asks(&self, headers: &[(&str, &str)], what: &str, mut body: Value) -> Value {
        body["guild"] = json!(HARBOUR);
        post_with(&format!("{}/admin/{what}", self.worker), headers, body).await
    }

    async fn says(&self, member: Id, text: &str) {
        let message = json!({"channel_id": channel::VENT, "user_id": member, "content": text});
        post(&format!("{}/world/messages", self.world), message).await;
    }

    /// What stands in a channel of the team, as JSON text.
    async fn reads(&self, channel: Id) -> String {
        get_json(&format!("{}/world/state", self.world)).await["messages"][channel.to_string()].to_string()
    }

    async fn ping(&self) -> String {
        let used = json!({"guild_id": HARBOUR, "channel_id": channel::GENERAL, "user_id": user::NEWCOMER, "name": "ping", "options": {}});
        post(&format!("{}/world/interactions/command", self.world), used).await["response"]["data"].to_string()
    }
}

pub async fn each_level_with_a_critical_message(dev: &mut Running, stack: &Stack<'_>) {
    let sign_in = format!("{}/auth/v1/token?grant_type=password", stack.supabase);
    let account = json!({"email": "admin@local.example", "password": "lighthouse"});
    let session = post_with(&sign_in, &[("apikey", stack.publishable_key)], account).await;
    let token = format!("Bearer {}", session["access_token"].as_str().unwrap());
    let signed_in = [("authorization", token.as_str())];
    let stepped = stack.asks(&signed_in, "step-up", json!({"password": stack.password})).await;
    let at_the_desk = [signed_in[0], ("x-admin-step-up", stepped["token"].as_str().unwrap())];
    let to =
        async |level: &str| stack.asks(&at_the_desk, "pause", json!({"level": level, "reason": "the e2e test"})).await;

    // Stopped: commands say so, and the alert comes all the same.
    assert_eq!(to("bulk").await["level"], "bulk");
    dev.until("commands are paused", SOON, async || stack.ping().await.contains("paused").then_some(())).await;
    stack.says(user::MEMBER, "a lantern critical one").await;
    let about = |member: Id| format!("<@{member}>");
    dev.until("the team is told while the bot is stopped", SOON, async || {
        stack.reads(channel::CRT_CRITICAL).await.contains(&about(user::MEMBER)).then_some(())
    })
    .await;

    // Detection off: the team knows that at once; the message waits in the relay.
    assert_eq!(to("all").await["level"], "all");
    dev.until("the team knows that detection is off", SOON, async || {
        stack.reads(channel::CRT_MONITOR).await.contains("Crisis detection is OFF").then_some(())
    })
    .await;
    dev.until("the relay holds back", SOON, async || {
        (get_json(&format!("{}/health", stack.relay)).await["pause"] == "all").then_some(())
    })
    .await;
    stack.says(user::NEWCOMER, "another lantern critical one").await;
    dev.until("the message waits", SOON, async || {
        let metrics = get(&format!("{}/metrics", stack.relay)).await?.1;
        let waiting = metrics.lines().find(|line| line.starts_with("relay_spool_events{lane=\"urgent\"}"));
        waiting.is_some_and(|line| !line.ends_with(" 0")).then_some(())
    })
    .await;
    assert!(!stack.reads(channel::CRT_CRITICAL).await.contains(&about(user::NEWCOMER)));

    // Started: what waited is read now.
    assert_eq!(to("none").await["level"], "none");
    dev.until("what was written meanwhile becomes an alert", SOON, async || {
        let is_told = stack.reads(channel::CRT_CRITICAL).await.contains(&about(user::NEWCOMER));
        let is_on = stack.reads(channel::CRT_MONITOR).await.contains("Crisis detection is on again");
        (is_told && is_on).then_some(())
    })
    .await;
    dev.until("commands work again", SOON, async || stack.ping().await.contains("Pong!").then_some(())).await;
}
