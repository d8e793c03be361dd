//! Several messages of one person in the same moment: the database decides which of them is the alert, whatever Upstash knows.

use std::time::Duration;

use community_os::clients::supabase::Filter;
use futures_util::future::join;
use relay_wire::{Event, Lane, Outcome};
use serde_json::{Value, json};
use world::{
    face::{Face, Fault},
    seed::{channel, user},
};

use super::{alerts, all_alerts, buttons::sql, deliver_at, finds, live, until_done};
use crate::harness::{Bot, now, read};

fn says(bot: &Bot, text: &str) -> Vec<(Lane, Event)> {
    bot.events_of_message(&bot.world.discord.send_message(channel::VENT, user::MEMBER, text, None).unwrap())
}

/// The next post takes its time to arrive.
fn posts_slowly(bot: &Bot, ms: u64) {
    let slow = Fault::status(Face::Discord, "POST /api/v10/channels", 200);
    bot.world.shared.break_with(Fault { delay_ms: ms, status: None, times: Some(1), ..slow });
}

fn upstash_fails(bot: &Bot) {
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 500));
}

/// Until a row is there whose post is under way.
async fn somebody_posts(bot: &Bot) {
    while sql(bot, "select 'x' from public.crisis_alerts as a where a.posting_at is not null").await.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn rows(bot: &Bot) -> Vec<String> {
    sql(bot, "select concat_ws(' ', a.severity, a.status, a.merged_count) from public.crisis_alerts as a order by 1")
        .await
}

#[tokio::test]
async fn while_an_alert_is_being_posted_the_next_message_waits_and_is_counted_on_it() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    finds(&bot, "compass", "critical");
    let (first, second, graver) = (says(&bot, "a lantern"), says(&bot, "another lantern"), says(&bot, "a compass"));
    upstash_fails(&bot);
    posts_slowly(&bot, 3_000);
    let later = async {
        somebody_posts(&bot).await;
        let waits = deliver_at(&bot, second.clone(), 1, now()).await;
        assert!(matches!(waits[0], Outcome::Retry { delay_ms: 2_000, .. }), "{waits:?}");
        assert_eq!(deliver_at(&bot, graver, 1, now()).await, [Outcome::Done], "what is graver waits for nobody");
    };
    let (outcomes, ()) = join(deliver_at(&bot, first, 1, now()), later).await;
    assert_eq!(outcomes, [Outcome::Done]);
    until_done(&bot, &second, 2).await;
    assert_eq!(all_alerts(&bot).len(), 2);
    assert_eq!(rows(&bot).await, ["CRITICAL OPEN 1", "HIGH MERGED 0", "HIGH OPEN 0"]);
    assert_eq!(sql(&bot, "select distinct a.episode_id::text from public.crisis_alerts as a").await.len(), 1);
}

#[tokio::test]
async fn who_dies_before_the_post_holds_the_next_alert_up_for_five_seconds() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let (first, second) = (says(&bot, "a lantern"), says(&bot, "another lantern"));
    upstash_fails(&bot);
    bot.world.shared.break_with(Fault::status(Face::Discord, "POST /api/v10/channels", 500));
    assert!(matches!(deliver_at(&bot, first.clone(), 1, now()).await[0], Outcome::Retry { .. }));
    bot.world.shared.mend();
    upstash_fails(&bot);
    assert!(matches!(deliver_at(&bot, second.clone(), 1, now()).await[0], Outcome::Retry { .. }));
    sql(&bot, "update public.crisis_alerts set posting_at = posting_at - interval '5 seconds' returning severity")
        .await;
    assert_eq!(deliver_at(&bot, second, 2, now()).await, [Outcome::Done]);
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 1);
    until_done(&bot, &first, 2).await;
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 1, "the first is counted on the second");
    assert_eq!(rows(&bot).await, ["HIGH MERGED 0", "HIGH OPEN 1"]);
}

#[tokio::test]
async fn of_two_that_were_posted_at_once_the_first_stands_and_the_other_is_counted_on_it() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let (slow, quick) = (says(&bot, "a lantern"), says(&bot, "another lantern"));
    upstash_fails(&bot);
    posts_slowly(&bot, 3_000);
    let quickly = async {
        somebody_posts(&bot).await;
        // From now on Upstash knows of nobody, and says that this one is new.
        bot.world.shared.mend();
        assert_eq!(deliver_at(&bot, quick, 1, now()).await, [Outcome::Done]);
    };
    let (outcomes, ()) = join(deliver_at(&bot, slow, 1, now()), quickly).await;
    assert_eq!(outcomes, [Outcome::Done]);
    let said = all_alerts(&bot);
    assert_eq!(said.len(), 1, "{:?}", said.iter().map(read).collect::<Vec<_>>());
    assert!(read(&said[0]).contains("another lantern") && read(&said[0]).contains("Further messages = 1"));
    assert!(!read(&said[0]).contains("episode"), "{}", read(&said[0]));
    assert_eq!(rows(&bot).await, ["HIGH MERGED 0", "HIGH OPEN 1"]);
    let events: Vec<Value> =
        bot.cx().supabase.select("crisis_alert_events", "kind", &[Filter::eq("kind", "posted")]).await.unwrap();
    assert_eq!(events, [json!({"kind": "posted"})], "it counts once in the figures");
}

#[tokio::test]
async fn what_upstash_calls_new_a_moment_after_an_alert_is_counted_on_it() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    upstash_fails(&bot);
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    bot.world.shared.mend();
    bot.says(user::MEMBER, channel::VENT, "another lantern").await;
    let said = all_alerts(&bot);
    assert_eq!(said.len(), 1);
    assert!(read(&said[0]).contains("a lantern") && read(&said[0]).contains("Further messages = 1"));
    assert_eq!(rows(&bot).await, ["HIGH MERGED 0", "HIGH OPEN 1"]);
}

#[tokio::test]
async fn what_was_posted_before_a_crash_goes_when_another_alert_stands_by_then() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let (first, second) = (says(&bot, "a lantern"), says(&bot, "another lantern"));
    let note = Fault::status(Face::Supabase, "POST /rest/v1/rpc/note_crisis_post", 500);
    bot.world.shared.break_with(Fault { times: Some(1), ..note });
    assert!(matches!(deliver_at(&bot, first.clone(), 1, now()).await[0], Outcome::Retry { .. }));
    sql(&bot, "update public.crisis_alerts set posting_at = posting_at - interval '5 seconds' returning severity")
        .await;
    // Upstash counts it on the first, which nobody knows to stand.
    assert_eq!(deliver_at(&bot, second, 1, now()).await, [Outcome::Done]);
    until_done(&bot, &first, 2).await;
    let said = all_alerts(&bot);
    assert_eq!(said.len(), 1);
    assert!(read(&said[0]).contains("another lantern") && read(&said[0]).contains("Further messages = 1"));
}
