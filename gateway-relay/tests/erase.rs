//! What the Worker orders about events that still wait: erase a member's, send a dead one again, hold back who opted out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use gateway_relay::state::{lock, now_ms};
use relay_wire::{
    Erasure, Event, EventBody, EventKind, Lane, Orders, Outcome, Pause, RelayConfig, Replay, Snowflake, Subject,
};
use support::{
    Answer,
    stage::{Stage, filter, until},
};
use world::{
    discord::Id,
    seed::{channel, user},
};

const MEMBER: Snowflake = Snowflake(user::MEMBER.0);

/// The Worker has a new filter, and the relay hears of it at once.
async fn orders(stage: &Stage, config: RelayConfig) {
    let version = config.filter_version.clone();
    stage.worker.set_config(config);
    let pause = stage.state().orders.borrow().pause;
    stage.state().obey(Orders { filter_version: version.clone(), pause, wake_at: None });
    until("the filter is known", || stage.health()["filter_version"] == version).await;
}

fn pause(stage: &Stage, pause: Pause) {
    stage.worker.set_orders(|orders| orders.pause = pause);
    let filter_version = stage.health()["filter_version"].as_str().unwrap_or_default().to_owned();
    stage.state().obey(Orders { filter_version, pause, wake_at: None });
}

fn erasure(subject: Subject) -> Erasure {
    Erasure { subject, guild_id: None, until: now_ms() }
}

fn erasing(version: &str, subject: Subject) -> RelayConfig {
    RelayConfig { erase: vec![erasure(subject)], ..filter(version) }
}

fn says(stage: &Stage, who: Id, text: &str) -> Id {
    stage.discord.send_message(channel::GENERAL, who, text, None).unwrap().id
}

/// Who wrote what came.
fn authors(stage: &Stage) -> Vec<Snowflake> {
    stage.worker.of_kind(EventKind::MessageCreated).iter().filter_map(|event| event.body.member()).collect()
}

fn waiting(stage: &Stage) -> usize {
    let spool = lock(&stage.state().spool);
    spool.len(Lane::Urgent) + spool.len(Lane::Bulk)
}

#[tokio::test]
async fn what_waits_of_a_member_is_gone_from_memory_and_from_the_disk() {
    for restarts in [false, true] {
        let mut stage = Stage::ready().await;
        stage.until_empty().await;
        pause(&stage, Pause::All);
        for number in 0..20 {
            says(&stage, user::MEMBER, &format!("erase me {number}"));
        }
        let alone = says(&stage, user::SECOND_MEMBER, "erase this one");
        says(&stage, user::SECOND_MEMBER, "keep me");
        until("all waits", || waiting(&stage) == 44).await;
        orders(&stage, erasing("f2", Subject::UserId(MEMBER))).await;
        until("the member's is gone", || waiting(&stage) == 4).await;
        orders(&stage, erasing("f3", Subject::MessageId(Snowflake(alone.0)))).await;
        until("the message is gone", || waiting(&stage) == 2).await;
        if restarts {
            stage.abort().await;
            stage.start().await;
            stage.until_ready().await;
            assert_eq!(waiting(&stage), 2, "the disk has forgotten, too");
        }
        pause(&stage, Pause::None);
        stage.hears(&["keep me"]).await;
        stage.until_empty().await;
        assert!(!authors(&stage).contains(&MEMBER));
        // What comes afterwards is meant by nobody.
        says(&stage, user::MEMBER, "later");
        stage.hears(&["keep me", "later"]).await;
    }
}

/// The urgent event of a text, dead.
async fn dies(stage: &Stage, text: &str) -> Event {
    let dead = Answer::All(Outcome::Dead { reason: "malformed".into() });
    stage.worker.always(|batch| batch.lane == Lane::Urgent, dead);
    stage.says(text);
    let found = || stage.worker.texts().into_iter().find(|(other, _)| other == text);
    until("it came", || found().is_some()).await;
    until("it is dead", || stage.health()["spool"]["dead"].as_u64() >= Some(1)).await;
    stage.worker.content();
    found().unwrap().1
}

fn replay(version: &str, id: i64, event: &Event) -> RelayConfig {
    RelayConfig { replay: vec![Replay { id, event_id: event.id.clone() }], ..filter(version) }
}

fn deliveries(stage: &Stage, event: &Event) -> Vec<Event> {
    stage.worker.events(Lane::Urgent).into_iter().filter(|other| other.id == event.id).collect()
}

#[tokio::test]
async fn a_dead_event_is_sent_again_once_for_each_request_with_its_old_number() {
    let mut stage = Stage::ready().await;
    let event = dies(&stage, "what the Worker could not read").await;
    // It dies again, and is asked for again.
    let dead = Answer::All(Outcome::Dead { reason: "still malformed".into() });
    stage.worker.always(|batch| batch.lane == Lane::Urgent, dead);
    orders(&stage, replay("f2", 1, &event)).await;
    until("it came again", || deliveries(&stage, &event).len() == 2).await;
    until("it is dead again", || stage.counted("dead") == 2).await;
    stage.worker.content();
    orders(&stage, RelayConfig { filter_version: "f3".into(), ..replay("f3", 1, &event) }).await;
    // The same request over a restart means nothing more; another one does.
    stage.restart().await;
    assert_eq!(stage.health()["spool"]["dead"], 1, "it is kept");
    orders(&stage, replay("f4", 2, &event)).await;
    until("it came a third time", || deliveries(&stage, &event).len() == 3).await;
    stage.until_empty().await;
    for again in &deliveries(&stage, &event)[1..] {
        assert!(again.attempt >= 2 && again.order == event.order && again.body == event.body, "{again:?}");
    }
    until("none is dead", || stage.health()["spool"]["dead"] == 0).await;
    orders(&stage, replay("f5", 3, &event)).await;
    stage.says("the end");
    until("the end came", || stage.worker.texts().iter().any(|(text, _)| text == "the end")).await;
    assert_eq!(deliveries(&stage, &event).len(), 3, "what is done is not there any more");
}

#[tokio::test]
async fn a_dead_event_of_a_member_who_is_erased_is_not_sent_again_even_if_it_is_asked_for() {
    for together in [false, true] {
        let stage = Stage::ready().await;
        let event = dies(&stage, "what was erased").await;
        let request = replay("f3", 1, &event);
        let erase = vec![erasure(Subject::UserId(MEMBER))];
        if !together {
            orders(&stage, erasing("f2", Subject::UserId(MEMBER))).await;
            until("it is gone", || stage.health()["spool"]["dead"] == 0).await;
        }
        orders(&stage, RelayConfig { erase, ..request }).await;
        until("it is gone", || stage.health()["spool"]["dead"] == 0).await;
        stage.says("the end");
        until("the end came", || stage.worker.texts().iter().any(|(text, _)| text == "the end")).await;
        stage.until_empty().await;
        assert_eq!(deliveries(&stage, &event).len(), 1, "together: {together}");
    }
}

#[tokio::test]
async fn who_opts_out_while_texts_wait_is_not_quoted_any_more_and_still_earns_points() {
    for restarts in [false, true] {
        let mut stage = Stage::ready().await;
        stage.until_empty().await;
        pause(&stage, Pause::All);
        for number in 0..10 {
            says(&stage, user::MEMBER, &format!("not to be read {number}"));
        }
        says(&stage, user::SECOND_MEMBER, "may be read");
        until("all waits", || waiting(&stage) == 22).await;
        let mut config = filter("f2");
        config.guilds[0].opted_out = vec![MEMBER];
        orders(&stage, config).await;
        if restarts {
            stage.abort().await;
            stage.start().await;
            stage.until_ready().await;
        }
        pause(&stage, Pause::None);
        stage.hears(&["may be read"]).await;
        stage.until_empty().await;
        let bulk = stage.worker.events(Lane::Bulk);
        let points = bulk.iter().filter(|event| event.body.member() == Some(MEMBER));
        assert_eq!(points.filter(|event| event.body.kind() == EventKind::MessageCreated).count(), 10);
        let quoted = stage.worker.posts().into_iter().flat_map(|post| post.batch.events);
        let mut quoted = quoted.filter(|event| event.body.member() == Some(MEMBER));
        assert!(quoted.all(|event| matches!(event.body, EventBody::MessageCreated { text: None, .. })));
    }
}
