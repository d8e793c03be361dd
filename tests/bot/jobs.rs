//! Durable timers: owed once, run once, kept through failures, announced to the relay.

use chrono::TimeDelta;
use community_os::jobs;
use relay_wire::{Pause, Snowflake, Tick, TickAnswer, VERSION, paths};
use serde_json::{Value, json};
use world::face::{Face, Fault};

use crate::harness::{Bot, logged, now};

async fn rows(bot: &Bot) -> Vec<Value> {
    let cx = bot.app.context(now(), "test");
    cx.supabase.select("jobs", "kind,key,due_at,attempts,lease_until,last_error", &[]).await.unwrap()
}

#[tokio::test]
async fn the_scheduled_handler_owes_what_recurs_and_runs_it_once() {
    let bot = Bot::alone().await;
    let start = now();
    let recurring: Vec<_> = community_os::features::jobs().into_iter().filter(|job| job.every.is_some()).collect();
    // A tick takes eight; the next ones take the rest.
    let mut ran = 0;
    for _ in 0..recurring.len().div_ceil(8) {
        ran += bot.app.scheduled(start).await.unwrap() as usize;
    }
    assert_eq!(ran, recurring.len());
    assert_eq!(bot.app.scheduled(start + TimeDelta::seconds(30)).await.unwrap(), 0, "each has its own time");
    let owed: Vec<Value> =
        rows(&bot).await.into_iter().filter(|row| recurring.iter().any(|job| row["kind"] == job.kind)).collect();
    assert_eq!(owed.len(), recurring.len());
    assert!(owed.iter().any(|row| row["kind"] == "admin.prune_dead_letters"));
    assert!(owed.iter().all(|row| row["attempts"] == 0 && row["last_error"] == Value::Null), "{owed:?}");
    let tomorrow = start + TimeDelta::days(1);
    ran = 0;
    for _ in 0..recurring.len().div_ceil(8) {
        ran += bot.app.scheduled(tomorrow).await.unwrap() as usize;
    }
    assert_eq!(ran, recurring.len());
}

#[tokio::test]
async fn old_dead_letters_go_and_new_ones_stay() {
    let bot = Bot::alone().await;
    let cx = bot.app.context(now(), "test");
    let letter = |id: &str, age: i64| json!({"event_id": id, "kind": "x", "reason": "y", "relay": "r", "created_at": now() - TimeDelta::days(age)});
    cx.supabase.insert("dead_letters", &[letter("old", 31), letter("new", 29)], None).await.unwrap();
    bot.ticks(now()).await;
    let left: Vec<Value> = cx.supabase.select("dead_letters", "event_id", &[]).await.unwrap();
    assert_eq!(left, [json!({"event_id": "new"})]);
}

#[tokio::test]
async fn a_job_of_an_unknown_kind_is_kept_and_put_off() {
    let bot = Bot::alone().await;
    let start = now();
    let cx = bot.app.context(start, "test");
    jobs::owe(&cx, Snowflake(0), "gone.kind", "1", start, json!({})).await.unwrap();
    bot.app.scheduled(start).await.unwrap();
    let owed = rows(&bot).await;
    let row = owed.iter().find(|row| row["kind"] == "gone.kind").unwrap();
    assert_eq!(row["last_error"], "bug: no feature runs jobs of kind gone.kind");
    assert_eq!(row["lease_until"], Value::Null);
    assert!(logged().iter().any(|line| line.contains("no feature runs jobs of kind gone.kind")));
}

#[tokio::test]
async fn two_ticks_at_once_never_run_the_same_job() {
    let bot = Bot::alone().await;
    let start = now();
    let cx = bot.app.context(start, "test");
    for key in 0..20 {
        jobs::owe(&cx, Snowflake(0), "gone.kind", &key.to_string(), start, json!({})).await.unwrap();
    }
    let list = community_os::features::jobs();
    let (a, b, c) = tokio::join!(jobs::tick(&cx, &list), jobs::tick(&cx, &list), jobs::tick(&cx, &list));
    assert_eq!(a.unwrap() + b.unwrap() + c.unwrap(), 20);
    assert!(rows(&bot).await.iter().all(|row| row["attempts"] == 1));
}

#[tokio::test]
async fn a_job_owed_again_while_it_runs_is_not_finished_away() {
    let bot = Bot::alone().await;
    let start = now();
    let cx = bot.app.context(start, "test");
    jobs::owe(&cx, Snowflake(0), "a.b", "1", start, json!({})).await.unwrap();
    let claim = json!({"max_jobs": 10, "lease_seconds": 60, "at": start});
    let claimed: Vec<Value> = cx.supabase.rpc("claim_due_jobs", &claim).await.unwrap();
    jobs::owe(&cx, Snowflake(0), "a.b", "1", start, json!({})).await.unwrap();
    let ours = json!({"job_id": claimed[0]["job_id"], "attempts": claimed[0]["attempts"]});
    assert!(!cx.supabase.rpc::<bool>("finish_job", &ours).await.unwrap());
    assert_eq!(rows(&bot).await.len(), 1);
}

#[tokio::test]
async fn a_job_that_owes_its_own_next_step_comes_back_when_that_is_due_and_not_before() {
    let bot = Bot::alone().await;
    let start = now();
    let cx = bot.app.context(start, "test");
    jobs::owe(&cx, Snowflake(0), "a.b", "1", start, json!({"step": 1})).await.unwrap();
    let claim = async |at| {
        let claim = json!({"max_jobs": 10, "lease_seconds": 60, "at": at});
        cx.supabase.rpc::<Vec<Value>>("claim_due_jobs", &claim).await.unwrap()
    };
    assert_eq!(claim(start).await[0]["payload"]["step"], 1);
    jobs::owe(&cx, Snowflake(0), "a.b", "1", start + TimeDelta::hours(1), json!({"step": 2})).await.unwrap();
    assert_eq!(claim(start + TimeDelta::minutes(59)).await.len(), 0);
    assert_eq!(claim(start + TimeDelta::minutes(60)).await[0]["payload"]["step"], 2);
}

#[tokio::test]
async fn a_pause_outlives_an_upstash_that_does_not_answer() {
    let bot = Bot::alone().await;
    let cx = bot.app.context(now(), "test");
    cx.redis.pipeline(&[vec!["SET".into(), "pause".into(), "all".into()]]).await.unwrap();
    let tick = Tick { v: VERSION, relay: "test".into() };
    let paused = async || {
        let answer = bot.post(paths::TICK, &tick).await;
        serde_json::from_slice::<TickAnswer>(answer.body()).unwrap().orders.pause
    };
    assert_eq!(paused().await, Pause::All);
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 503));
    assert_eq!(paused().await, Pause::All);
}

#[tokio::test]
async fn a_lease_that_ended_is_claimed_by_somebody_else() {
    let bot = Bot::alone().await;
    let start = now();
    let cx = bot.app.context(start, "test");
    jobs::owe(&cx, Snowflake(0), "a.b", "1", start, json!({})).await.unwrap();
    let claim = |at| json!({"max_jobs": 10, "lease_seconds": 60, "at": at});
    let count = async |at| cx.supabase.rpc::<Vec<Value>>("claim_due_jobs", &claim(at)).await.unwrap().len();
    assert_eq!(count(start).await, 1);
    assert_eq!(count(start + TimeDelta::seconds(59)).await, 0);
    assert_eq!(count(start + TimeDelta::seconds(60)).await, 1);
}

#[tokio::test]
async fn the_relay_is_told_when_to_tick() {
    let bot = Bot::alone().await;
    bot.ticks(now()).await;
    let cx = bot.app.context(now(), "test");
    let due = now() + TimeDelta::seconds(30);
    jobs::owe(&cx, Snowflake(0), "a.b", "1", due, json!({})).await.unwrap();
    let tick = Tick { v: VERSION, relay: "test".into() };
    let answer = bot.post(paths::TICK, &tick).await;
    let answer: TickAnswer = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!((answer.ran, answer.orders.wake_at), (0, Some(due.timestamp_millis())));
}
