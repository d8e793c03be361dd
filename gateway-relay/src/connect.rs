//! Opens one websocket to the gateway, and never a second one unasked.
//!
//! A twilight `Shard` connects again by itself, without any wait, when the server closes before HELLO, and it can do so
//! within one poll: connected, closed, connecting again, and nothing to be seen from outside. So while it connects it
//! gets tokio's budget for a single read or write in each poll; then the moment between is seen, and the shard is dropped.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
};

use futures_util::Stream;
use tokio::task::coop::{consume_budget, has_budget_remaining};
use twilight_gateway::{Message, Shard, ShardState, error::ReceiveMessageError, queue::InMemoryQueue};

pub type GatewayShard = Shard<InMemoryQueue>;
pub type Item = Result<Message, ReceiveMessageError>;

/// Connects. Gives back the shard, and what it had to say if that was more than "connected".
///
/// Must run as a task of its own: only there is the budget known.
pub async fn connect(mut shard: GatewayShard) -> (GatewayShard, Option<Item>) {
    let mut whole_budget = None;
    let item = poll_fn(|cx| {
        let Some(whole_budget) = whole_budget else {
            whole_budget = Some(measure_budget(cx));
            cx.waker().wake_by_ref();
            return Poll::Pending;
        };
        for _ in 1..whole_budget {
            spend(cx);
        }
        match Pin::new(&mut shard).poll_next(cx) {
            Poll::Ready(item) => Poll::Ready(item),
            Poll::Pending if is_connected(&shard) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    (shard, item)
}

/// The next message; None if the connection broke, and twilight began to open another.
pub async fn next(shard: &mut GatewayShard) -> Option<Item> {
    poll_fn(|cx| match Pin::new(&mut *shard).poll_next(cx) {
        Poll::Pending if !is_connected(shard) => Poll::Ready(None),
        polled => polled,
    })
    .await
}

pub fn is_connected(shard: &GatewayShard) -> bool {
    !matches!(shard.state(), ShardState::Disconnected { .. })
}

fn measure_budget(cx: &mut Context) -> u32 {
    let mut units = 0;
    while has_budget_remaining() && units < 10_000 {
        spend(cx);
        units += 1;
    }
    units
}

fn spend(cx: &mut Context) {
    let _ = pin!(consume_budget()).poll(cx);
}
