//! Several shards in one relay, and the leave that each new session needs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use std::{collections::BTreeSet, time::Duration};

use gateway_relay::config::Shards;
use relay_wire::Leave;
use support::{
    Trouble,
    stage::{Stage, until},
};
use tokio::time::Instant;
use world::{
    discord::gateway::session::Order,
    seed::{FRESH_START, HARBOUR, channel},
};

const BOTH: Shards = Shards::Some { first: 0, last: 1, total: 2 };

fn refused() -> Leave {
    Leave::Refused { reason: "the relay `other` holds it".into() }
}

/// Which shards asked, with what they said of the number of shards and the concurrency.
fn asked(stage: &Stage) -> BTreeSet<(u32, u32, u32)> {
    let questions = stage.worker.questions.lock().unwrap();
    questions.iter().map(|asked| (asked.shard, asked.shard_count, asked.max_concurrency)).collect()
}

#[tokio::test]
async fn two_shards_in_one_relay_bring_each_guilds_events_once_under_their_own_name() {
    let mut stage = Stage::set().await;
    stage.config.shards = BOTH;
    stage.start().await;
    stage.until_ready().await;
    assert_eq!(stage.stats().sessions, 2);
    stage.says_in(channel::GENERAL, "in harbour");
    stage.says_in(channel::FRESH_GENERAL, "in fresh start");
    stage.hears(&["in harbour", "in fresh start"]).await;
    stage.restart().await;
    assert_eq!((stage.stats().identifies, stage.stats().resumes), (2, 2));
    stage.says_in(channel::GENERAL, "in harbour again");
    stage.says_in(channel::FRESH_GENERAL, "in fresh start again");
    stage.hears(&["in harbour", "in fresh start", "in harbour again", "in fresh start again"]).await;
    for (text, event) in stage.worker.texts() {
        let guild = if text.contains("harbour") { HARBOUR } else { FRESH_START };
        let shard = format!("{}/2:", (guild.0 >> 22) % 2);
        assert!(event.id.starts_with(&shard), "{text} came as {}", event.id);
    }
    assert_eq!(stage.worker.texts().len(), 4, "each came once");
    assert_eq!(asked(&stage), BTreeSet::from([(0, 2, 1), (1, 2, 1)]));
}

#[tokio::test]
async fn auto_runs_as_many_shards_as_discord_recommends() {
    let mut stage = Stage::set().await;
    {
        let mut state = stage.discord.state();
        (state.hub.recommended_shards, state.hub.max_concurrency) = (3, 2);
    }
    stage.config.shards = Shards::Auto;
    stage.start().await;
    stage.until_ready().await;
    assert_eq!((stage.stats().sessions, stage.state().shards.borrow().len()), (3, 3));
    assert_eq!(asked(&stage), BTreeSet::from([(0, 3, 2), (1, 3, 2), (2, 3, 2)]));
}

#[tokio::test]
async fn leave_is_waited_for_as_long_as_the_worker_says_and_a_resume_needs_none() {
    let mut stage = Stage::set().await;
    stage.worker.leaves([Leave::Wait { delay_ms: 150 }, Leave::Wait { delay_ms: 150 }]);
    let began = Instant::now();
    stage.start().await;
    stage.until_ready().await;
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
    assert_eq!(stage.worker.seen.borrow().identifies, 3);
    stage.order_all(|| Order::Close(4000));
    until("it resumed", || stage.stats().resumes == 1).await;
    stage.until_ready().await;
    assert_eq!(stage.worker.seen.borrow().identifies, 3);
    stage.order_all(|| Order::Invalid { resumable: false });
    until("it began anew", || stage.stats().identifies == 2).await;
    assert_eq!(stage.worker.seen.borrow().identifies, 4, "a new session needs leave again");
}

#[tokio::test]
async fn a_shard_that_is_refused_does_not_connect_says_why_and_asks_again() {
    for features in ["content,members", "none"] {
        let mut stage = Stage::with(&[("RELAY_FEATURES", features)]).await;
        stage.worker.leaves((0..200).map(|_| refused()));
        stage.start().await;
        stage.worker.until("it asked again and again", |seen| seen.identifies >= 4).await;
        let health = stage.health();
        let why = health["shards"][0]["degraded"].as_str().unwrap_or_default();
        assert!(why.contains("the relay `other` holds it"), "{health}");
        assert_eq!((stage.stats().connects, stage.counted("connects")), (0, 0));
        stage.worker.forget_leaves();
        stage.until_ready().await;
        assert_eq!(stage.health()["shards"][0]["degraded"], serde_json::Value::Null, "with {features}");
        assert_eq!(stage.stats().identifies, 1);
    }
}

#[tokio::test]
async fn without_the_worker_one_session_begins_at_once_and_the_next_when_it_can_be_asked() {
    let mut stage = Stage::set().await;
    stage.config.shards = BOTH;
    stage.worker.trouble(Some(Trouble::Status(503)));
    stage.start().await;
    until("one session is on", || stage.stats().sessions == 1).await;
    let troubled = stage.worker.seen.borrow().troubled;
    stage.worker.until("more was asked in vain", |seen| seen.troubled > troubled + 2).await;
    assert_eq!(stage.stats().connects, 1);
    stage.worker.trouble(None);
    stage.until_ready().await;
    assert_eq!((stage.stats().sessions, stage.worker.seen.borrow().identifies), (2, 1));
}

#[tokio::test]
async fn with_fifty_starts_left_no_session_begins_and_it_is_said() {
    let mut stage = Stage::set().await;
    stage.discord.state().hub.starts_left = Some((50, 100));
    stage.start().await;
    let degraded = |stage: &Stage| stage.health()["shards"][0]["degraded"].as_str().map(ToOwned::to_owned);
    until("it says so", || degraded(&stage).is_some_and(|said| said.contains("only 50 of today's gateway starts")))
        .await;
    assert_eq!((stage.stats().connects, stage.worker.seen.borrow().identifies), (0, 0));
    stage.discord.state().hub.starts_left = Some((1_000, 86_400_000));
    stage.until_ready().await;
    assert_eq!(degraded(&stage), None);
}
