//! The dead-man's switch: who is told, how often, and what, when the Worker is out of reach.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State as Held, routing::post};
use gateway_relay::state::{lock, now_ms};
use relay_wire::Lane;
use support::{
    Answer, Trouble,
    stage::{Stage, until},
};
use tokio::{net::TcpListener, time::Instant};
use world::{
    discord::{
        model::{Overwrite, OverwriteKind},
        permissions,
    },
    face::Face,
    seed::channel::CRT_CRISIS,
};

const SILENCE: Duration = Duration::from_millis(300);

/// A stage whose relay tells the crisis channel and a push server; and what that server was told.
async fn set() -> (Stage, Arc<Mutex<Vec<String>>>) {
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let server = Router::new()
        .route(
            "/topic",
            post(|Held(told): Held<Arc<Mutex<Vec<String>>>>, body: String| async move {
                told.lock().unwrap().push(body);
            }),
        )
        .with_state(told.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let push = format!("http://{}/topic", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, server).await });
    let channel = CRT_CRISIS.0.to_string();
    let mut stage = Stage::with(&[("FALLBACK_ALERT_CHANNEL_ID", &channel), ("FALLBACK_PUSH_URL", &push)]).await;
    (stage.config.silence, stage.config.answer_within) = (SILENCE, Duration::from_millis(200));
    (stage, told)
}

/// What the crisis channel reads.
fn channel(stage: &Stage) -> Vec<String> {
    let state = stage.discord.state();
    state.messages.get(&CRT_CRISIS).into_iter().flat_map(|all| all.values()).map(|one| one.content.clone()).collect()
}

fn is_down(said: &str) -> bool {
    said.contains("Crisis detection is down since <t:") && said.contains("keep an eye on the channels")
}

fn is_back(said: &str) -> bool {
    said.contains("Crisis detection is back") && said.contains("alerts about it may come late")
}

/// What a restart will know of it.
fn noted(stage: &Stage) -> String {
    String::from_utf8(lock(&stage.state().spool).noted("silence").unwrap_or_default()).unwrap()
}

/// At least one more look at the Worker.
async fn some_time() {
    let later = Instant::now() + Duration::from_millis(1_500);
    until("some time has passed", || Instant::now() >= later).await;
}

async fn is_told_once(trouble: Trouble) {
    let (mut stage, push) = set().await;
    stage.start().await;
    stage.until_ready().await;
    stage.worker.trouble(Some(trouble));
    stage.says("does anybody read this");
    until("the channel was told", || !channel(&stage).is_empty()).await;
    until("the push address was told", || !push.lock().unwrap().is_empty()).await;
    some_time().await;
    stage.worker.trouble(None);
    until("the channel heard the end", || channel(&stage).len() >= 2).await;
    until("the push address heard the end", || push.lock().unwrap().len() >= 2).await;
    stage.hears(&["does anybody read this"]).await;
    for told in [channel(&stage), push.lock().unwrap().clone()] {
        let [down, back] = told.as_slice() else { panic!("{told:?}") };
        assert!(is_down(down) && is_back(back), "{told:?}");
        assert!(!told.concat().contains("does anybody"));
    }
    let requests = stage.discord.shared.recorded(Face::Discord);
    let messages = requests.iter().filter(|request| request.method == "POST");
    assert!(messages.clone().count() >= 2);
    assert!(messages.into_iter().all(|request| request.body["allowed_mentions"] == serde_json::json!({"parse": []})));
}

#[tokio::test]
async fn a_worker_that_fails_is_told_once_and_its_return_once() {
    is_told_once(Trouble::Status(500)).await;
}

#[tokio::test]
async fn a_worker_that_does_not_know_the_relay_is_told_once_and_its_return_once() {
    is_told_once(Trouble::Status(401)).await;
}

#[tokio::test]
async fn a_worker_that_never_answers_is_told_once_and_its_return_once() {
    is_told_once(Trouble::Hangs).await;
}

#[tokio::test]
async fn a_worker_that_is_gone_is_told_once_over_restarts_and_its_return_too() {
    let (mut stage, push) = set().await;
    let wire = stage.proxy_to_worker().await;
    stage.start().await;
    stage.until_ready().await;
    wire.refuse().await;
    stage.says("into the void");
    until("both were told", || !channel(&stage).is_empty() && !push.lock().unwrap().is_empty()).await;
    until("that is noted", || noted(&stage).contains(r#""channel":true,"push":true"#)).await;
    stage.abort().await;
    stage.start().await;
    some_time().await;
    wire.resume().await;
    until("both heard the end", || channel(&stage).len() >= 2 && push.lock().unwrap().len() >= 2).await;
    stage.hears(&["into the void"]).await;
    for told in [channel(&stage), push.lock().unwrap().clone()] {
        assert!(told.len() == 2 && is_down(&told[0]) && is_back(&told[1]), "{told:?}");
    }
}

#[tokio::test]
async fn a_short_outage_is_nobodys_business() {
    let (mut stage, push) = set().await;
    stage.config.silence = Duration::from_secs(60);
    stage.start().await;
    stage.until_ready().await;
    stage.worker.trouble(Some(Trouble::Status(500)));
    stage.says("soon");
    stage.worker.until("it was noticed", |seen| seen.troubled >= 3).await;
    some_time().await;
    stage.worker.trouble(None);
    stage.hears(&["soon"]).await;
    assert!(channel(&stage).is_empty() && push.lock().unwrap().is_empty());
}

#[tokio::test]
async fn where_the_bot_may_not_write_the_push_is_told_all_the_same_and_once_over_a_restart() {
    let (mut stage, push) = set().await;
    let bot = stage.discord.state().bot();
    let nothing = Overwrite { id: bot, kind: OverwriteKind::Member, allow: 0, deny: permissions::SEND_MESSAGES };
    stage.discord.set_overwrite(CRT_CRISIS, nothing).unwrap();
    stage.start().await;
    stage.until_ready().await;
    stage.worker.trouble(Some(Trouble::Status(500)));
    stage.says("anybody");
    until("the push address was told", || !push.lock().unwrap().is_empty()).await;
    until("that is noted", || noted(&stage).contains(r#""push":true"#)).await;
    stage.abort().await;
    stage.start().await;
    some_time().await;
    stage.worker.trouble(None);
    until("the push address heard the end", || push.lock().unwrap().len() >= 2).await;
    let told = push.lock().unwrap().clone();
    assert!(told.len() == 2 && is_down(&told[0]) && is_back(&told[1]), "{told:?}");
    assert!(channel(&stage).is_empty());
}

#[tokio::test]
async fn a_worker_that_answers_everything_but_the_urgent_events_is_told_too() {
    let (mut stage, _push) = set().await;
    stage.config.silence = Duration::from_secs(1);
    // Ticks without end, all of them answered.
    stage.worker.set_orders(|orders| orders.wake_at = Some(now_ms()));
    stage.start().await;
    stage.until_ready().await;
    stage.worker.always(|batch| batch.lane == Lane::Urgent, Answer::Status(500, None));
    stage.says("only this fails");
    until("the channel was told", || !channel(&stage).is_empty()).await;
    stage.worker.content();
    until("the channel heard the end", || channel(&stage).len() == 2).await;
    assert!(is_down(&channel(&stage)[0]) && is_back(&channel(&stage)[1]));
}
