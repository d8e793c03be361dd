//! What rides on every answer to the relay, and what all of the Worker heeds of it: whether the bot is paused.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::{
    FutureExt,
    future::{Either, select},
};
use relay_wire::{Orders, Pause};

use crate::{
    clients::redis::{Command, Reply},
    command,
    context::{Cx, logged},
    jobs, relay_filter,
};

/// Upstash key with the pause level: absent, `bulk` or `all`.
const PAUSE_KEY: &str = "pause";
/// How old the orders on an answer may be.
const MAX_AGE: TimeDelta = TimeDelta::seconds(2);
/// How long a pause may take to be heeded by commands; within it they cost no question.
const PAUSE_AGE: TimeDelta = TimeDelta::seconds(10);
/// A command does not wait longer for it.
const PAUSE_WAIT: Duration = Duration::from_millis(300);

/// Read from Upstash at most every two seconds in an isolate.
pub async fn current(cx: &Cx) -> Orders {
    match cx.orders.get(cx.now, MAX_AGE) {
        Some(orders) => orders,
        None => ask(cx.clone()).await,
    }
}

/// Whether the bot is paused. While that cannot be known, what was known last.
pub async fn pause(cx: &Cx) -> Pause {
    if let Some(orders) = cx.orders.get(cx.now, PAUSE_AGE) {
        return orders.pause;
    }
    match select(Box::pin(ask(cx.clone())), (cx.edge.sleep)(PAUSE_WAIT)).await {
        Either::Left((orders, _)) => orders.pause,
        Either::Right((_, asking)) => {
            // It goes on: what was counted travels with it.
            cx.after(asking.map(drop));
            cx.orders.last().unwrap_or_default().pause
        }
    }
}

async fn ask(cx: Cx) -> Orders {
    let asked = [command!["GET", PAUSE_KEY], jobs::wake_command(), relay_filter::version_command()];
    let replies = cx.redis.pipeline(&asked).await;
    let last = cx.orders.last().unwrap_or_default();
    let known_version = async |reply: Option<&Reply>| {
        let version = relay_filter::version_of(&cx, reply).await;
        if version.is_empty() { last.filter_version.clone() } else { version }
    };
    let orders = match logged(&cx, "orders", replies.map_err(Into::into)).as_deref() {
        Some([pause, wake, version]) => Orders {
            filter_version: known_version(Some(version)).await,
            pause: match pause.text() {
                Some("bulk") => Pause::Bulk,
                Some("all") => Pause::All,
                _ => Pause::None,
            },
            wake_at: jobs::wake_at(wake),
        },
        // Upstash down must not end a pause. If none was ever seen, nothing is paused; the minute's tick finds what is due.
        _ => Orders { filter_version: known_version(None).await, ..last },
    };
    cx.orders.keep(cx.now, orders)
}

/// Pauses the bot in Upstash; level "all" ends there by itself after so many milliseconds.
pub fn pause_command(level: &str, ends_in_ms: Option<i64>) -> Command {
    match (level, ends_in_ms) {
        ("none", _) => command!["DEL", PAUSE_KEY],
        (level, None) => command!["SET", PAUSE_KEY, level],
        (level, Some(ms)) => command!["SET", PAUSE_KEY, level, "PX", ms.max(1)],
    }
}
