//! Many alerts at once: every one is posted, and the pings stay few enough to be heard.

use chrono::TimeDelta;
use world::{
    discord::Id,
    seed::{channel, role},
};

use super::{alerts, finds, live};
use crate::harness::{Bot, now};

async fn storm(bot: &Bot, channel: Id, texts: impl IntoIterator<Item = String>) {
    for (at, text) in texts.into_iter().enumerate() {
        bot.says(bot.new_member(&format!("Somebody {at}")), channel, &text).await;
    }
}

fn pings(posts: &[String]) -> usize {
    posts.iter().filter(|post| post.contains(&format!("<@&{}>", role::CRT))).count()
}

#[tokio::test]
async fn the_seventh_alert_in_ten_minutes_shares_one_ping_with_those_that_follow() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    storm(&bot, channel::VENT, (0..10).map(|at| format!("lantern number {at}"))).await;
    let posts = alerts(&bot, channel::CRT_CRISIS);
    assert_eq!((posts.len(), pings(&posts)), (10, 6));
    assert!(posts[9].contains("Many alerts at once: this one shares a ping with others."), "{}", posts[9]);

    bot.ticks(now() + TimeDelta::seconds(61)).await;
    let posts = alerts(&bot, channel::CRT_CRISIS);
    let summary = format!("<@&{}> 4 more alerts came without pings of their own. Please look at them too.", role::CRT);
    assert_eq!(posts.last(), Some(&summary));
    bot.ticks(now() + TimeDelta::minutes(30)).await;
    let posts = alerts(&bot, channel::CRT_CRISIS);
    assert_eq!(posts.iter().filter(|post| post.contains("more alerts came")).count(), 1, "one summary");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn critical_about_somebody_new_always_pings() {
    let bot = live().await;
    bot.chooses("crisis.storm_pings", serde_json::json!(1)).await;
    finds(&bot, "lantern", "high");
    finds(&bot, "compass", "critical");
    storm(&bot, channel::VENT, ["lantern 1", "lantern 2", "compass 1", "compass 2"].map(str::to_owned)).await;
    assert_eq!(pings(&alerts(&bot, channel::CRT_CRISIS)), 1);
    assert_eq!(pings(&alerts(&bot, channel::CRT_CRITICAL)), 2);
}

#[tokio::test]
async fn the_same_text_by_many_shares_a_ping_and_each_person_keeps_an_alert() {
    let bot = live().await;
    finds(&bot, "compass", "critical");
    storm(
        &bot,
        channel::VENT,
        (0..5).map(|at| if at % 2 == 0 { "a compass here".to_owned() } else { "A  compass HERE".to_owned() }),
    )
    .await;
    let posts = alerts(&bot, channel::CRT_CRITICAL);
    assert_eq!((posts.len(), pings(&posts)), (5, 2));
    assert!(posts[2].contains("3 people wrote this same text within 5 minutes: they share one ping."), "{}", posts[2]);
    bot.ticks(now() + TimeDelta::seconds(61)).await;
    let said = alerts(&bot, channel::CRT_CRISIS);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("3 more alerts"), "{said:?}");
}
