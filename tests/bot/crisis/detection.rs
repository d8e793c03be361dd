//! Detection that does not work says so, once, and says when it works again.

use chrono::TimeDelta;
use community_os::edge::Time;
use http::Request;
use relay_wire::{Event, EventBody, Lane};
use serde_json::{Value, json};
use world::{
    face::{Face, Fault},
    seed::{channel, user},
};

use super::{alerts, finds, listener::Listener, live, live_with};
use crate::harness::{Bot, now};

fn nlp_is_down(bot: &Bot) {
    bot.world.shared.break_with(Fault::status(Face::Nlp, "", 503));
}

/// The ticks of some minutes.
async fn minutes(bot: &Bot, from: Time, count: i64) {
    for minute in 0..count {
        bot.ticks(from + TimeDelta::minutes(minute)).await;
    }
}

async fn health(bot: &Bot) -> Value {
    let later = now() + TimeDelta::seconds(10);
    let request = Request::get("/health/detailed").body(vec![]).unwrap();
    serde_json::from_slice(bot.app.handle(request, later).await.response.body()).unwrap()
}

#[tokio::test]
async fn an_outage_of_ash_nlp_is_told_once_and_its_end_too() {
    let push = Listener::start().await;
    let bot = live_with(&[("FALLBACK_PUSH_URL", &push.url)]).await;
    let start = now();
    minutes(&bot, start, 1).await;
    nlp_is_down(&bot);
    minutes(&bot, start + TimeDelta::minutes(1), 1).await;
    assert_eq!(alerts(&bot, channel::CRT_MONITOR), [""; 0], "once is a hiccup");
    minutes(&bot, start + TimeDelta::minutes(2), 5).await;
    let told = alerts(&bot, channel::CRT_MONITOR);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("**Ash-NLP does not answer.** The built-in screen decides alone"), "{told:?}");

    bot.world.shared.mend();
    minutes(&bot, start + TimeDelta::minutes(8), 3).await;
    let told = alerts(&bot, channel::CRT_MONITOR);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].starts_with("Ash-NLP answers again, after 6 min."), "{told:?}");
    let pushed = push.heard();
    assert_eq!(pushed.len(), 2, "{pushed:?}");
    assert_eq!(pushed[0].0["title"], "Ash: crisis detection");
    assert_eq!(pushed.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), told);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn five_failed_messages_are_an_outage_though_it_calls_itself_ready() {
    let bot = live().await;
    bot.world.shared.break_with(Fault::status(Face::Nlp, "POST /analyze", 500));
    for at in 0..6 {
        bot.says(bot.new_member(&format!("Somebody {at}")), channel::VENT, "good morning").await;
    }
    bot.ticks(now() + TimeDelta::seconds(5)).await;
    let told = alerts(&bot, channel::CRT_MONITOR);
    assert!(told[0].starts_with("**Ash-NLP does not answer.**"), "{told:?}");
    let health = health(&bot).await;
    assert_eq!(
        (&health["status"], &health["components"]["detection"]["ash_nlp"]),
        (&json!("degraded"), &json!("down"))
    );
    assert_eq!(health["components"]["detection"]["second_look"]["waiting"], 6);
}

#[tokio::test]
async fn the_screen_alone_by_choice_is_no_fault() {
    let bot = live_with(&[("NLP_BASE_URL", "")]).await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "i want to die").await;
    minutes(&bot, now(), 3).await;
    assert_eq!(alerts(&bot, channel::CRT_MONITOR).len(), 0);
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(!alert.contains("did not answer"), "{alert}");
    let health = health(&bot).await;
    assert_eq!(
        (&health["status"], &health["components"]["detection"]["ash_nlp"]),
        (&json!("healthy"), &json!("not_used"))
    );
}

#[tokio::test]
async fn a_guild_that_does_not_use_ash_nlp_is_not_told_of_it() {
    let bot = live().await;
    bot.chooses("crisis.use_nlp", json!(false)).await;
    nlp_is_down(&bot);
    minutes(&bot, now(), 4).await;
    assert_eq!(alerts(&bot, channel::CRT_MONITOR).len(), 0);
}

async fn relay_says_hello(bot: &Bot) {
    let body = EventBody::RelayStatus {
        at: now().timestamp_millis(),
        version: "1".into(),
        relay: "test".into(),
        epoch: "e".into(),
        spooled: 0,
        oldest_ms: 0,
        dead: 0,
        thinned: 0,
        filter_version: String::new(),
        shards: vec![],
    };
    bot.deliver(vec![(Lane::Bulk, Event { id: "status".into(), order: 0, attempt: 1, body })]).await;
}

#[tokio::test]
async fn a_relay_that_falls_silent_is_missed_after_three_minutes() {
    let bot = live().await;
    let start = now();
    minutes(&bot, start, 5).await;
    assert_eq!(alerts(&bot, channel::CRT_MONITOR).len(), 0, "nobody ever heard of a relay");
    relay_says_hello(&bot).await;
    minutes(&bot, start + TimeDelta::minutes(2), 1).await;
    assert_eq!(alerts(&bot, channel::CRT_MONITOR).len(), 0);
    minutes(&bot, start + TimeDelta::minutes(5), 3).await;
    let told = alerts(&bot, channel::CRT_MONITOR);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("**Messages do not arrive here:**"), "{told:?}");
    let line =
        community_os::features::crisis::health::line(&bot.cx(), relay_wire::Snowflake(world::seed::HARBOUR.0)).await;
    assert!(line.contains("**Messages do not arrive here** since"), "{line}");
}

#[tokio::test]
async fn an_alert_without_any_place_pages_whoever_runs_the_bot() {
    let push = Listener::start().await;
    let bot = live_with(&[("FALLBACK_PUSH_URL", &push.url), ("FALLBACK_ALERT_CHANNEL_ID", "")]).await;
    bot.world.shared.break_with(Fault {
        body: Some(json!({"message": "Missing Access", "code": 50001})),
        ..Fault::status(Face::Discord, "POST /api/v10/channels", 403)
    });
    finds(&bot, "want to die", "high");
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "i want to die", None).unwrap();
    let events = bot.events_of_message(&message);
    for attempt in 1..=4 {
        super::deliver_at(&bot, events.clone(), attempt, now()).await;
    }
    let texts = push.texts();
    assert_eq!(texts.len(), 3, "at the first, second and fourth try: {texts:?}");
    assert!(texts[0].starts_with("An alert (HIGH) cannot be posted anywhere in the guild 12"), "{texts:?}");
    assert!(texts.iter().all(|text| !text.contains("die") && !text.contains("Member")), "{texts:?}");
    bot.world.shared.mend();
    super::until_done(&bot, &events, 5).await;
    assert_eq!(super::all_alerts(&bot).len(), 1);
}
