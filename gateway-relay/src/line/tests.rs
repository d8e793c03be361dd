//! Who goes when, told in simulated time.

use proptest::prelude::*;
use relay_wire::{Event, EventBody};

use super::*;

const MS: Duration = Duration::from_millis(1);
const URGENT: Habits = Habits { batch: 8, linger: Duration::ZERO, in_order: true };
const BULK: Habits = Habits { batch: 200, linger: Duration::from_secs(15), in_order: false };

fn event(order: u64, author: u64) -> Arc<Spooled> {
    let body = EventBody::MessageCreated {
        guild_id: Some(Snowflake(1)),
        channel_id: Snowflake(2),
        parent_id: None,
        message_id: Snowflake(order),
        author_id: Snowflake(author),
        author_name: String::new(),
        text: None,
        text_sent: false,
        attachments: vec![],
    };
    Arc::new(Spooled { event: Event { id: order.to_string(), order, attempt: 1, body }, at: 0 })
}

/// A lane with events of these members, numbered from 1.
fn line(habits: Habits, authors: &[u64], now: Instant) -> Line {
    let mut line = Line::new(habits);
    for (number, author) in (1..).zip(authors) {
        line.add(event(number, *author), now);
    }
    line
}

fn orders(batch: &[Sent]) -> Vec<u64> {
    batch.iter().map(|sent| sent.order).collect()
}

const ROBIN: u64 = 7;
const KIM: u64 = 8;

#[tokio::test(start_paused = true)]
async fn an_urgent_event_goes_at_once() {
    let now = Instant::now();
    let mut line = line(URGENT, &[ROBIN], now);
    assert_eq!(line.next_batch(now), Some(now));
    assert_eq!(orders(&line.take(1, now)), [1]);
    assert_eq!(line.next_batch(now), None);
}

#[tokio::test(start_paused = true)]
async fn a_members_second_message_waits_for_the_first_and_others_pass() {
    let now = Instant::now();
    let mut line = line(URGENT, &[ROBIN, ROBIN, KIM], now);
    assert_eq!(orders(&line.take(1, now)), [1]);
    assert_eq!(orders(&line.take(1, now)), [3], "Kim does not wait for Robin");
    assert_eq!(orders(&line.take(1, now)), [0; 0]);
    line.settle(1);
    assert_eq!(orders(&line.take(1, now)), [2]);
    line.settle(2);
    line.settle(3);
    assert!(line.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_members_messages_may_share_a_post_in_their_order() {
    let now = Instant::now();
    let mut line = line(URGENT, &[ROBIN, ROBIN, ROBIN], now);
    assert_eq!(orders(&line.take(8, now)), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_waits_for_a_retry_holds_back_the_next_ones_two_seconds_and_no_more() {
    let now = Instant::now();
    let mut line = line(URGENT, &[ROBIN, ROBIN], now);
    line.take(1, now);
    assert!(line.take(1, now).is_empty());
    line.retry(1, now + 60_000 * MS, false, false);

    line.wake(now + 1_999 * MS);
    assert!(line.take(1, now + 1_999 * MS).is_empty());
    assert_eq!(line.next_timed(), Some(now + LONGEST_HOLD));
    line.wake(now + LONGEST_HOLD);
    assert_eq!(orders(&line.take(1, now + LONGEST_HOLD)), [2]);
    line.settle(2);

    let later = now + 60_000 * MS;
    line.wake(later);
    let again = line.take(1, later);
    assert_eq!((orders(&again), again[0].attempt), (vec![1], 2));
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_comes_soon_keeps_the_order() {
    let now = Instant::now();
    let mut line = line(URGENT, &[ROBIN, ROBIN], now);
    line.take(1, now);
    assert!(line.take(1, now).is_empty());
    line.retry(1, now + 500 * MS, false, false);
    line.wake(now + 500 * MS);
    assert_eq!(orders(&line.take(1, now + 500 * MS)), [1]);
    line.settle(1);
    assert_eq!(orders(&line.take(1, now + 500 * MS)), [2]);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_spoiled_a_post_goes_alone() {
    let now = Instant::now();
    let mut line = line(URGENT, &[1, 2, 3], now);
    assert_eq!(orders(&line.take(8, now)), [1, 2, 3]);
    for order in [1, 2, 3] {
        line.retry(order, now, true, false);
    }
    line.add(event(4, 4), now);
    line.add(event(5, 5), now);
    line.wake(now);
    for alone in [1, 2, 3] {
        assert_eq!(orders(&line.take(8, now)), [alone]);
    }
    assert_eq!(orders(&line.take(8, now)), [4, 5]);
}

#[tokio::test(start_paused = true)]
async fn bulk_events_wait_for_company_until_the_first_has_lingered() {
    let now = Instant::now();
    let mut line = line(BULK, &[1, 2], now);
    assert!(line.take(200, now + 14_999 * MS).is_empty());
    assert_eq!(line.next_batch(now), Some(now + 15_000 * MS));
    line.add(event(3, 3), now + 14_000 * MS);
    assert_eq!(orders(&line.take(200, now + 15_000 * MS)), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn two_hundred_bulk_events_wait_for_nobody() {
    let now = Instant::now();
    let mut line = line(BULK, &[ROBIN; 201], now);
    assert_eq!(line.take(200, now).len(), 200);
    assert!(line.take(200, now).is_empty(), "the last one waits for company");
    line.flush();
    assert_eq!(orders(&line.take(200, now)), [201], "unless the relay stops");
}

#[tokio::test(start_paused = true)]
async fn a_bulk_event_does_not_linger_twice() {
    let now = Instant::now();
    let mut line = line(BULK, &[1], now);
    let due = now + 15_000 * MS;
    line.take(200, due);
    line.retry(1, due + 250 * MS, false, false);
    line.wake(due + 250 * MS);
    assert_eq!(orders(&line.take(200, due + 250 * MS)), [1]);
}

/// A flood by one member must not cost a walk over the flood with each answer.
#[tokio::test(start_paused = true)]
async fn a_flood_of_one_member_goes_through_in_order() {
    let now = Instant::now();
    let mut line = line(URGENT, &[ROBIN; 4_000], now);
    let mut seen = Vec::new();
    while !line.is_empty() {
        let batch = line.take(8, now);
        assert!(!batch.is_empty());
        for sent in &batch {
            seen.push(sent.order);
        }
        for sent in &batch {
            line.settle(sent.order);
        }
    }
    assert_eq!(seen, (1..=4_000).collect::<Vec<_>>());
}

proptest! {
    /// Whatever is retried and in whatever order POSTs end: everything is settled, and a member's events first go out in order
    /// as long as nobody is held longer than two seconds.
    #[test]
    fn nothing_is_lost_and_first_attempts_keep_a_members_order(
        authors in proptest::collection::vec(1_u64..5, 1..60),
        choices in proptest::collection::vec((0_usize..4, 0_u8..4), 0..400),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let now = runtime.block_on(async { Instant::now() });
        let mut line = line(URGENT, &authors, now);
        let mut under_way: Vec<Vec<Sent>> = Vec::new();
        let mut first = HashMap::<u64, u64>::new();
        let mut choices = choices.into_iter().chain(std::iter::repeat((0, 0)));
        let mut rounds = 0;
        while !line.is_empty() {
            rounds += 1;
            prop_assert!(rounds < 10_000, "the lane is stuck");
            line.wake(now);
            let (which, what) = choices.next().unwrap();
            if under_way.len() < 3 {
                let batch = line.take(which + 1, now);
                for sent in &batch {
                    if sent.attempt == 1 {
                        let author = authors[sent.order as usize - 1];
                        let last = first.insert(author, sent.order);
                        prop_assert!(last.is_none_or(|last| last < sent.order), "{author} was overtaken by themselves");
                    }
                }
                if !batch.is_empty() {
                    under_way.push(batch);
                    continue;
                }
            }
            if under_way.is_empty() {
                continue;
            }
            for sent in under_way.remove(which % under_way.len()) {
                if what == 3 {
                    line.retry(sent.order, now, true, false);
                } else {
                    line.settle(sent.order);
                }
            }
        }
        prop_assert!(line.busy.is_empty() && line.timed.is_empty() && line.ready.is_empty());
    }
}
