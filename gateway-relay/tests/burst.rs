//! A hundred thousand events at once, alone in its process: all arrive, and memory does not hold them meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may")]

mod support;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use gateway_relay::{
    dispatch::Dispatch,
    intake::Intake,
    rules::Rules,
    state::{State, lock},
};
use relay_wire::Lane;
use support::{
    Trouble,
    stage::{PATIENCE, Stage, filter},
};
use tokio::time::{Instant, sleep};
use world::seed::{HARBOUR, channel};

#[tokio::test]
async fn a_hundred_thousand_events_arrive_and_memory_does_not_hold_them() {
    const EVENTS: u64 = 100_000;
    let mut stage = Stage::set().await;
    stage.worker.trouble(Some(Trouble::Status(503)));
    let state = State::open(&stage.config.spool).unwrap();
    let state = Arc::new(state);
    state.rules.send_replace(Some(Arc::new(Rules::new(&filter("f1")))));
    let before = resident_kb();
    let (mut intake, _) = Intake::new(state.clone(), 0, 1);
    for seq in 1..=EVENTS {
        let data = format!(
            r#"{{"id":"{seq}","channel_id":"{}","guild_id":"{HARBOUR}","content":"x","author":{{"id":"{seq}","username":"r"}}}}"#,
            channel::GAMING
        );
        let dispatch =
            Dispatch { shard: 0, shard_count: 1, session: "s", seq, name: "MESSAGE_CREATE", data: &data, at: 1 };
        intake.take(&dispatch).unwrap();
        if seq % 5_000 == 0 {
            let flushed = lock(&state.spool).flushed();
            flushed.await.unwrap();
        }
    }
    let waiting = lock(&state.spool).len(Lane::Bulk);
    assert_eq!(waiting, EVENTS as usize);
    // Held in memory they would be 100 MB at the least; the Worker of the test is in this figure, too.
    if let (Some(before), Some(after)) = (before, resident_kb()) {
        assert!(after.saturating_sub(before) < 90_000, "{before} kB before, {after} kB after");
    }
    drop((intake, state));
    stage.worker.trouble(None);
    stage.start().await;
    let deadline = Instant::now() + PATIENCE * 2;
    while lock(&stage.state().spool).len(Lane::Bulk) > 0 {
        assert!(Instant::now() < deadline, "{} wait still", lock(&stage.state().spool).len(Lane::Bulk));
        sleep(Duration::from_millis(20)).await;
    }
    let posts = stage.worker.posts();
    let ids: BTreeSet<_> = posts.iter().flat_map(support::Post::ids).filter(|id| id.ends_with(":bulk")).collect();
    let of_session = ids.iter().filter(|id| id.split(':').nth(1) == session_name().as_deref()).count();
    assert_eq!(of_session, EVENTS as usize);
}

/// The second part of an id in session `s`.
fn session_name() -> Option<String> {
    Some(format!("{:016x}", gateway_relay::filter::session_hash("s")))
}

fn resident_kb() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(pages.split(' ').nth(1)?.parse::<u64>().ok()? * 4)
}
