//! A relay that ends, gently or not, and begins again on the same disk: what it still knows, and that nothing is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use gateway_relay::{config::Shards, state::now_ms};
use relay_wire::{EventBody, EventKind, Lane, Snowflake};
use support::{
    FakeWorker, Trouble, config_for,
    program::Program,
    stage::{Stage, until},
};
use world::seed::{HARBOUR, channel, user};

#[tokio::test]
async fn a_relay_that_was_stopped_goes_on_where_it_was() {
    let mut stage = Stage::ready().await;
    stage.says("before");
    stage.hears(&["before"]).await;
    stage.stop().await.unwrap();
    stage.says("meanwhile");
    stage.start().await;
    stage.until_ready().await;
    stage.says("after");
    stage.hears(&["before", "meanwhile", "after"]).await;
    let stats = stage.stats();
    assert_eq!((stats.identifies, stats.resumes), (1, 1));
    assert_eq!(stage.gaps(), []);
    assert_eq!(stage.worker.questions.lock().unwrap().len(), 1, "a resume asks nobody for leave");
}

#[tokio::test]
async fn a_relay_that_was_dropped_in_the_middle_of_it_goes_on_where_it_was() {
    let mut stage = Stage::ready().await;
    let mut said = Vec::new();
    for round in 0..3 {
        for number in 0..40 {
            said.push(format!("{round}: {number}"));
            stage.says(said.last().unwrap());
        }
        let first = format!("{round}: 0");
        until("the first one came", || stage.worker.texts().iter().any(|(text, _)| *text == first)).await;
        stage.abort().await;
        said.push(format!("{round}: meanwhile"));
        stage.says(said.last().unwrap());
        stage.start().await;
        stage.until_ready().await;
    }
    stage.hears(&said).await;
    assert_eq!((stage.stats().identifies, stage.stats().resumes), (1, 3));
    assert_eq!(stage.gaps(), []);
    stage.worker.has_unique_orders();
}

#[tokio::test]
async fn a_killed_relay_goes_on_where_its_disk_says() {
    let stage = Stage::set().await;
    let mut said = Vec::new();
    let mut relay = Program::start(&stage.worker, &stage.discord, stage.dir.path());
    relay.until_ready().await;
    relay.until_written().await;
    for round in 0..3 {
        for number in 0..40 {
            said.push(format!("{round}: {number}"));
            stage.says(said.last().unwrap());
        }
        let first = format!("{round}: 0");
        until("the first one came", || stage.worker.texts().iter().any(|(text, _)| *text == first)).await;
        relay.kill().await;
        said.push(format!("{round}: meanwhile"));
        stage.says(said.last().unwrap());
        relay = Program::start(&stage.worker, &stage.discord, stage.dir.path());
        relay.until_ready().await;
    }
    stage.hears(&said).await;
    assert_eq!((stage.stats().identifies, stage.stats().resumes), (1, 3));
    assert_eq!(stage.gaps(), []);
    stage.worker.has_unique_orders();
    assert_eq!(relay.terminate().await.0, Some(0));
}

#[tokio::test]
async fn no_order_number_is_given_twice_however_soon_it_is_killed() {
    let stage = Stage::set().await;
    let mut relay = Program::start(&stage.worker, &stage.discord, stage.dir.path());
    relay.until_ready().await;
    assert_eq!(relay.terminate().await.0, Some(0));
    stage.says("meanwhile");
    relay = Program::start(&stage.worker, &stage.discord, stage.dir.path());
    // The first thing that it says; then it has no time to write anything down.
    until("the text came", || !stage.worker.texts().is_empty()).await;
    relay.kill().await;
    stage.discord.state().hub.forget();
    let _relay = Program::start(&stage.worker, &stage.discord, stage.dir.path());
    until("the gap was told", || !stage.gaps().is_empty()).await;
    stage.worker.has_unique_orders();
}

#[tokio::test]
async fn a_session_that_discord_forgot_meanwhile_is_one_gap_from_the_last_event_to_the_restart() {
    let mut stage = Stage::ready().await;
    stage.says("before");
    stage.hears(&["before"]).await;
    let last = now_ms();
    stage.stop().await.unwrap();
    stage.discord.state().hub.forget();
    let again = now_ms();
    stage.start().await;
    stage.until_ready().await;
    until("the gap was told", || !stage.gaps().is_empty()).await;
    stage.says("after");
    stage.hears(&["before", "after"]).await;
    let gaps = stage.gaps();
    let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
    let EventBody::RelayGap { shard: 0, shard_count: 1, from, to, reason } = &gap.body else { panic!("{gap:?}") };
    assert!(*from <= last && *to >= again, "{from} {last} {again} {to}");
    assert_eq!(reason, "session_not_resumed");
    assert_eq!(stage.stats().identifies, 2);
}

#[tokio::test]
async fn another_number_of_shards_is_a_gap_too() {
    let mut stage = Stage::ready().await;
    stage.says("before");
    stage.hears(&["before"]).await;
    let last = now_ms();
    stage.stop().await.unwrap();
    stage.says("to nobody");
    let again = now_ms();
    stage.config.shards = Shards::Some { first: 0, last: 1, total: 2 };
    stage.start().await;
    stage.until_ready().await;
    until("both gaps were told", || stage.gaps().len() == 2).await;
    for gap in stage.gaps() {
        let EventBody::RelayGap { shard_count: 2, from, to, .. } = gap.body else { panic!("{gap:?}") };
        assert!(from <= last && to >= again, "{from} {last} {again} {to}");
    }
    stage.restart().await;
    assert_eq!(stage.gaps().len(), 2, "they are told once");
}

#[tokio::test]
async fn threads_and_the_bot_itself_are_still_known_after_a_resume() {
    let mut stage = Stage::ready().await;
    let thread = stage.discord.create_thread(channel::VENT, user::MEMBER, "at night", None, false).unwrap();
    until("the thread is known", || !stage.worker.of_kind(EventKind::ThreadCreated).is_empty()).await;
    stage.restart().await;
    stage.says_in(thread, "in the new thread");
    stage.says_in(channel::BOOK_CLUB, "in the old thread");
    let bot = stage.discord.state().bot();
    stage.discord.send_message(channel::GENERAL, bot, "from the bot itself", None).unwrap();
    stage.says("the end");
    stage.hears(&["in the new thread", "in the old thread", "the end"]).await;
    let texts = stage.worker.texts();
    let parent = |text: &str| {
        let (_, event) = texts.iter().find(|(other, _)| other == text).unwrap();
        let EventBody::MessageCreated { parent_id, .. } = &event.body else { panic!() };
        *parent_id
    };
    assert_eq!(parent("in the new thread"), Some(Snowflake(channel::VENT.0)));
    assert_eq!(parent("in the old thread"), Some(Snowflake(channel::GENERAL.0)));
    assert_eq!(stage.stats().identifies, 1, "no GUILD_CREATE told it");
}

#[tokio::test]
async fn the_filter_is_known_after_a_restart_though_the_worker_is_down() {
    let mut stage = Stage::ready().await;
    stage.stop().await.unwrap();
    stage.worker.trouble(Some(Trouble::Status(503)));
    stage.start().await;
    stage.until_ready().await;
    stage.says("allowed");
    stage.says_in(channel::GAMING, "not allowed");
    until("the text waits", || stage.counted("spooled") >= 3).await;
    stage.stop().await.unwrap();
    stage.worker.trouble(None);
    stage.start().await;
    stage.until_ready().await;
    stage.hears(&["allowed"]).await;
    let event = stage.worker.texts().remove(0).1;
    assert!(event.attempt >= 2, "it may have been under way when the relay ended: {event:?}");
    let bulk = || stage.worker.of_kind(EventKind::MessageCreated);
    until("both came without text", || bulk().iter().filter(|event| event.id.ends_with(":bulk")).count() == 2).await;
    assert!(bulk().iter().all(|event| event.body.guild_id() == Some(Snowflake(HARBOUR.0))));
}

#[tokio::test]
async fn a_text_waits_on_the_disk_until_the_worker_says_what_may_leave() {
    let worker = FakeWorker::start().await;
    worker.trouble(Some(Trouble::Status(503)));
    let mut stage = Stage::set().await;
    stage.config.worker_url = config_for(&worker, stage.dir.path(), &[]).worker_url;
    stage.start().await;
    stage.until_shards("are on", |shard| shard.state == relay_wire::ShardState::Ready).await;
    stage.says("too early");
    until("it was received", || stage.counted("spooled") == 0).await;
    stage.stop().await.unwrap();
    stage.config.worker_url = stage.worker.url.clone();
    stage.start().await;
    stage.until_ready().await;
    stage.hears(&["too early"]).await;
    assert!(worker.events(Lane::Urgent).is_empty());
}
