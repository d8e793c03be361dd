//! Whatever happens, in whatever order and batches it is heard of: rollup == sum of the raw rows == what the model expects.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    sync::atomic::{AtomicI64, Ordering},
};

use futures_util::future::join_all;
use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Row};
use world::stack;

const CAP: usize = 3;
/// 2026-11-20 10:00 UTC.
const START: i64 = 1_763_632_800_000 / 3_600_000 * 3_600_000;
static GUILD: AtomicI64 = AtomicI64::new(500_000);

/// What happens, in the order in which it does. Messages belong to a member and a channel by their number.
#[derive(Clone, Debug)]
enum Act {
    Write { message: i64 },
    Delete { message: i64 },
    React { message: i64, by: i64, emoji: &'static str, minute: i64 },
    Unreact { message: i64, by: i64, emoji: &'static str },
    Clear { message: i64, emoji: Option<&'static str> },
}

fn act() -> impl Strategy<Value = Act> {
    let (message, by) = (|| 1..8_i64, || 1..3_i64);
    let emoji = || prop::sample::select(vec!["a", "b"]);
    let minute = prop::sample::select(vec![0, 1, 59, 60]);
    prop_oneof![
        4 => message().prop_map(|message| Act::Write { message }),
        1 => message().prop_map(|message| Act::Delete { message }),
        6 => (message(), by(), emoji(), minute)
            .prop_map(|(message, by, emoji, minute)| Act::React { message, by, emoji, minute }),
        3 => (message(), by(), emoji()).prop_map(|(message, by, emoji)| Act::Unreact { message, by, emoji }),
        1 => (message(), prop::option::of(emoji())).prop_map(|(message, emoji)| Act::Clear { message, emoji }),
    ]
}

fn author(message: i64) -> i64 {
    1 + message % 2
}

fn channel(message: i64) -> i64 {
    10 + message % 3 / 2
}

/// Several messages share a moment.
fn written_at(message: i64) -> i64 {
    START + [0, 0, 30_000, 60_000][message as usize % 4]
}

impl Act {
    /// As the relay's `order`-th event of an epoch.
    fn event(&self, guild: i64, epoch: &str, order: usize) -> Value {
        let mut event = match self {
            Self::Write { message } => json!({
                "kind": "message", "message_id": message, "user_id": author(*message), "name": "x",
                "at": written_at(*message),
            }),
            Self::Delete { message } => json!({"kind": "message_deleted", "message_id": message}),
            Self::React { message, by, emoji, minute } => json!({
                "kind": "reaction", "message_id": message, "user_id": by, "emoji": emoji, "at": START + minute * 60_000,
            }),
            Self::Unreact { message, by, emoji } => {
                json!({"kind": "reaction_removed", "message_id": message, "user_id": by, "emoji": emoji})
            }
            Self::Clear { message, emoji } => {
                json!({"kind": "reactions_cleared", "message_id": message, "emoji": emoji})
            }
        };
        let message = event["message_id"].as_i64().unwrap();
        event["guild_id"] = json!(guild);
        event["channel_id"] = json!(channel(message));
        event["epoch"] = json!(epoch);
        event["order"] = json!(order);
        event
    }
}

/// Member, channel, hour (UTC, in hours since 1970) -> messages, reactions, points in hundredths.
type Rollup = BTreeMap<(i64, i64, i64), (i64, i64, i64)>;

/// When, on which message, what kind, which emoji: in the order in which things count.
type Thing<'a> = (i64, i64, &'a str, &'a str);

/// A straight telling of the rules, from the whole history.
fn expected(history: &[Act]) -> Rollup {
    let mut messages: BTreeMap<i64, bool> = BTreeMap::new();
    let mut reactions: BTreeMap<(i64, i64, &str), Option<i64>> = BTreeMap::new();
    for act in history {
        match act {
            Act::Write { message } => drop(messages.entry(*message).or_insert(true)),
            Act::Delete { message } => drop(messages.insert(*message, false)),
            Act::React { message, by, emoji, minute } => {
                reactions.insert((*message, *by, emoji), Some(START + minute * 60_000));
            }
            Act::Unreact { message, by, emoji } => drop(reactions.insert((*message, *by, emoji), None)),
            Act::Clear { message, emoji } => {
                let cleared = |key: &(i64, i64, &str)| key.0 == *message && emoji.is_none_or(|emoji| emoji == key.2);
                reactions.iter_mut().filter(|(key, _)| cleared(key)).for_each(|(_, at)| *at = None);
            }
        }
    }
    let mut minutes: BTreeMap<(i64, i64), Vec<Thing>> = BTreeMap::new();
    for (message, _) in messages.iter().filter(|(_, there)| **there) {
        let at = written_at(*message);
        minutes.entry((author(*message), at / 60_000)).or_default().push((at, *message, "message", ""));
    }
    for ((message, by, emoji), at) in &reactions {
        let Some(at) = at else { continue };
        minutes.entry((*by, at / 60_000)).or_default().push((*at, *message, "reaction", emoji));
    }
    let mut rollup = Rollup::new();
    for ((member, _), mut things) in minutes {
        things.sort_unstable();
        for (place, (at, message, kind, _)) in things.into_iter().enumerate() {
            let sums = rollup.entry((member, channel(message), at / 3_600_000)).or_default();
            let worth = if kind == "message" {
                sums.0 += 1;
                100
            } else {
                sums.1 += 1;
                50
            };
            sums.2 += if place < CAP { worth } else { 0 };
        }
    }
    rollup
}

async fn ingest(connection: &mut PgConnection, events: &[Value]) {
    sqlx::query("select public.ingest_activity($1::jsonb, '{\"message\": 1, \"reaction\": 0.5, \"cap\": 3}')")
        .bind(json!(events).to_string())
        .execute(connection)
        .await
        .unwrap();
}

async fn stored(connection: &mut PgConnection, guild: i64, query: &'static str) -> Rollup {
    let rows = sqlx::query(query).bind(guild).fetch_all(connection).await.unwrap();
    let number = |row: &sqlx::postgres::PgRow, at: usize| row.get::<i64, _>(at);
    rows.iter()
        .map(|row| {
            let key = (number(row, 0), number(row, 1), number(row, 2));
            (key, (number(row, 3), number(row, 4), number(row, 5)))
        })
        .collect()
}

const ROLLUP: &str =
    "select user_id, channel_id, (extract(epoch from hour) / 3600)::bigint, messages::bigint, reactions::bigint,
    (points * 100)::bigint from public.activity_hourly where guild_id = $1";
/// What is live is counted, and all points are added up, corrections too.
const RAW: &str =
    "select user_id, channel_id, (extract(epoch from date_trunc('hour', occurred_at, 'UTC')) / 3600)::bigint,
    count(*) filter (where kind = 'message' and live), count(*) filter (where kind = 'reaction' and live),
    (sum(points_value) * 100)::bigint
    from public.activity_logs where guild_id = $1 group by 1, 2, 3 having bool_or(live) or sum(points_value) <> 0";

/// A history, how much of it belongs to the first epoch, and the deliveries: places in the history, some of them twice, in
/// any order, and how many go into each batch.
fn course() -> impl Strategy<Value = (Vec<Act>, usize, Vec<usize>, Vec<usize>)> {
    prop::collection::vec(act(), 1..40).prop_flat_map(|history| {
        let count = history.len();
        let again = prop::collection::vec(0..count, 0..8);
        let deliveries = again.prop_flat_map(move |again| Just((0..count).chain(again).collect()).prop_shuffle());
        let sizes = prop::collection::vec(1..12_usize, 1..60);
        (Just(history), 0..=count, deliveries, sizes)
    })
}

#[test]
fn rollup_and_raw_rows_are_what_the_history_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = runtime.block_on(async { stack::shared().await.urls.database_url.clone() });
    let both =
        RefCell::new(runtime.block_on(async {
            (PgConnection::connect(&url).await.unwrap(), PgConnection::connect(&url).await.unwrap())
        }));
    // What is tested is not whether the disk keeps it.
    let off = "set synchronous_commit = off";
    runtime.block_on(sqlx::query(off).execute(&mut both.borrow_mut().0)).unwrap();
    runtime.block_on(sqlx::query(off).execute(&mut both.borrow_mut().1)).unwrap();
    let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    runner
        .run(&course(), |(history, first_epoch, deliveries, sizes)| {
            let (one, two) = &mut *both.borrow_mut();
            let guild = GUILD.fetch_add(1, Ordering::Relaxed);
            let event = |at: usize| match at < first_epoch {
                true => history[at].event(guild, "one", at),
                false => history[at].event(guild, "two", at - first_epoch),
            };
            let (rollup, raw) = runtime.block_on(async {
                // The first epoch is heard of first; nothing else is certain.
                ingest(one, &[Act::Clear { message: 99, emoji: None }.event(guild, "one", 0)]).await;
                let mut events: Vec<Value> = deliveries.iter().map(|at| event(*at)).collect();
                let mut batches = vec![];
                for size in sizes.iter().cycle() {
                    if events.is_empty() {
                        break;
                    }
                    let rest = events.split_off((*size).min(events.len()));
                    batches.push(std::mem::replace(&mut events, rest));
                }
                // Two at a time, as from two isolates.
                for pair in batches.chunks(2) {
                    join_all(pair.iter().zip([&mut *one, &mut *two]).map(|(batch, to)| ingest(to, batch))).await;
                }
                // And all of it once more.
                let all: Vec<Value> = (0..history.len()).map(event).collect();
                ingest(one, &all).await;
                (stored(one, guild, ROLLUP).await, stored(one, guild, RAW).await)
            });
            let expected = expected(&history);
            prop_assert_eq!(&rollup, &expected);
            prop_assert_eq!(&raw, &expected);
            Ok(())
        })
        .unwrap();
}
