//! The Worker away for long, in a bad way, or with another clock: everything arrives, once it is back, and in order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::Duration,
};

use gateway_relay::state::lock;
use relay_wire::{EventKind, Lane, Orders, Pause};
use support::{
    Answer, Trouble,
    stage::{Stage, until},
};
use world::seed::{channel, user};

/// Texts in the order in which they first came.
fn first_heard(stage: &Stage) -> Vec<String> {
    let mut known = HashSet::new();
    let texts = stage.worker.texts().into_iter().map(|(text, _)| text);
    texts.filter(|text| known.insert(text.clone())).collect()
}

#[tokio::test]
async fn after_a_long_outage_all_arrives_once_the_urgent_first_and_each_members_in_order() {
    const MESSAGES: usize = 5_000;
    let mut stage = Stage::set().await;
    let wire = stage.proxy_to_worker().await;
    stage.start().await;
    stage.until_ready().await;
    wire.refuse().await;
    let people = [user::MEMBER, user::SECOND_MEMBER, user::HELPER, user::RESPONDER, user::NEWCOMER];
    for number in 0..MESSAGES {
        let person = number % people.len();
        // Every tenth is monitored; the others only earn points.
        let place = if number % 10 < people.len() { channel::GENERAL } else { channel::GAMING };
        let text = format!("{person} {number:05}");
        stage.discord.send_message(place, people[person], &text, None).unwrap();
        if number % 500 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let waiting = |stage: &Stage, lane| lock(&stage.state().spool).len(lane);
    until("all of it waits", || waiting(&stage, Lane::Bulk) >= MESSAGES).await;
    until("it is known to be down", || stage.health()["worker"] == "down").await;
    wire.resume().await;
    stage.until_empty().await;

    let texts = first_heard(&stage);
    assert_eq!(texts.len(), MESSAGES / 2);
    for person in 0..people.len() {
        let own: Vec<_> = texts.iter().filter(|text| text.starts_with(&person.to_string())).collect();
        assert!(own.is_sorted(), "the order of {person}: {own:?}");
    }
    let bulk = stage.worker.of_kind(EventKind::MessageCreated);
    assert_eq!(bulk.iter().filter(|event| event.id.ends_with(":bulk")).count(), MESSAGES);
    let posts = stage.worker.posts();
    let urgent = posts.iter().filter(|post| post.batch.lane == Lane::Urgent).count();
    assert!(urgent < MESSAGES / 2 / 3, "a backlog of few members goes together, too: {urgent} POSTs");
    // What was acknowledged does not come again.
    let ids: Vec<_> = posts.iter().flat_map(support::Post::ids).collect();
    let again = ids.len() - ids.iter().collect::<BTreeSet<_>>().len();
    assert_eq!(again, 0, "nothing reached the Worker during the outage, so all comes once");
    assert_eq!(stage.gaps(), []);
}

#[tokio::test]
async fn an_urgent_text_does_not_wait_for_a_backlog_in_bulk() {
    let mut stage = Stage::set().await;
    stage.worker.set_orders(|orders| orders.pause = Pause::Bulk);
    stage.start().await;
    stage.until_ready().await;
    until("the pause is known", || stage.health()["pause"] == "bulk").await;
    for number in 0..3_000 {
        stage.says_in(channel::GAMING, &number.to_string());
    }
    until("the backlog waits", || lock(&stage.state().spool).len(Lane::Bulk) >= 3_000).await;
    // Bulk is slow from now on.
    stage.worker.always(|batch| batch.lane == Lane::Bulk, Answer::Hangs(Duration::from_millis(150)));
    stage.worker.set_orders(|orders| orders.pause = Pause::None);
    stage.state().obey(Orders { filter_version: "f1".into(), ..Orders::default() });
    stage.says("help");
    stage.hears(&["help"]).await;
    assert!(lock(&stage.state().spool).len(Lane::Bulk) > 0, "the backlog is not through");
    stage.until_empty().await;
}

#[tokio::test]
async fn a_worker_that_fails_in_every_way_in_turn_gets_every_event_with_a_higher_attempt() {
    let mut stage = Stage::set().await;
    stage.config.answer_within = Duration::from_millis(800);
    stage.start().await;
    stage.until_ready().await;
    let mut said = Vec::new();
    for round in 0..4 {
        stage.worker.answers([
            Answer::Status(500, None),
            Answer::Status(429, Some("0.2")),
            Answer::Hangs(Duration::from_secs(60)),
            Answer::Garbage,
            Answer::LeavesOut,
            Answer::Status(503, None),
        ]);
        for number in 0..50 {
            said.push(format!("{round} {number}"));
            stage.says(said.last().unwrap());
        }
        stage.hears(&said).await;
    }
    stage.until_empty().await;
    let mut attempts: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (_, event) in stage.worker.texts() {
        attempts.entry(event.id).or_default().push(event.attempt);
    }
    assert_eq!(attempts.len(), said.len());
    assert!(attempts.values().any(|attempts| attempts.len() > 1));
    for (id, attempts) in attempts {
        assert!(attempts[0] == 1 && attempts.windows(2).all(|pair| pair[0] < pair[1]), "{id}: {attempts:?}");
    }
}

#[tokio::test]
async fn a_worker_that_knew_the_relay_no_more_gets_all_soon_after_it_knows_it_again() {
    let stage = Stage::ready().await;
    stage.worker.trouble(Some(Trouble::Status(401)));
    let said: Vec<_> = (0..30).map(|number| number.to_string()).collect();
    said.iter().for_each(|text| {
        stage.says(text);
    });
    stage.worker.until("it was asked again and again", |seen| seen.troubled >= 5).await;
    stage.worker.trouble(None);
    stage.hears(&said).await;
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_is_corrected_by_the_workers() {
    for off in [3_600, -3_600] {
        let mut stage = Stage::set().await;
        stage.worker.set_clock_off(off);
        stage.start().await;
        stage.until_ready().await;
        stage.says("what time is it");
        stage.hears(&["what time is it"]).await;
        assert!(stage.worker.seen.borrow().unsigned > 0);
        // Somebody sets it right.
        stage.worker.set_clock_off(0);
        stage.says("now it is right");
        stage.hears(&["what time is it", "now it is right"]).await;
    }
}

#[tokio::test]
async fn a_pause_holds_the_right_lanes_over_a_restart() {
    for pause in [Pause::Bulk, Pause::All] {
        let mut stage = Stage::ready().await;
        stage.says("before");
        stage.hears(&["before"]).await;
        stage.until_empty().await;
        stage.worker.set_orders(|orders| orders.pause = pause);
        stage.state().obey(Orders { filter_version: "f1".into(), pause, wake_at: None });
        stage.says("held");
        if pause == Pause::All {
            until("both wait", || lock(&stage.state().spool).len(Lane::Urgent) == 1).await;
        } else {
            stage.hears(&["before", "held"]).await;
        }
        let bulk = |stage: &Stage| stage.worker.events(Lane::Bulk).len();
        until("the twin waits", || lock(&stage.state().spool).len(Lane::Bulk) >= 1).await;
        let came = bulk(&stage);
        stage.abort().await;
        stage.start().await;
        stage.until_ready().await;
        let ticks = stage.worker.seen.borrow().ticks;
        stage.worker.until("the orders were heard", |seen| seen.ticks > ticks || seen.ticks >= 2).await;
        until("the pause is known", || stage.health()["pause"] != "none").await;
        assert_eq!(bulk(&stage), came, "{pause:?} holds bulk");
        let held = if pause == Pause::All { 1 } else { 2 };
        assert_eq!(first_heard(&stage).len(), held, "{pause:?}");
        stage.worker.set_orders(|orders| orders.pause = Pause::None);
        stage.state().obey(Orders { filter_version: "f1".into(), ..Orders::default() });
        stage.hears(&["before", "held"]).await;
        stage.until_empty().await;
    }
}
