//! A service that is slow, or answers nonsense: what docs/reliability.md promises and no other file holds.

use std::time::{Duration, Instant};

use relay_wire::Outcome;
use serde_json::json;
use world::{
    face::{Face, Fault},
    seed::{channel, user},
};

use crate::{
    crisis::{all_alerts, count, live, until_done},
    harness::{Bot, now},
};

/// It takes the request and does not answer in time.
fn hangs(bot: &Bot, face: Face, matching: &str, ms: u64) {
    bot.world.shared.break_with(Fault { delay_ms: ms, status: None, ..Fault::status(face, matching, 200) });
}

/// It answers 200 with what is no answer.
fn talks_nonsense(bot: &Bot, face: Face, matching: &str) {
    bot.world
        .shared
        .break_with(Fault { body: Some(json!("<html>it works</html>")), ..Fault::status(face, matching, 200) });
}

/// Somebody in danger writes; what became of the delivery, and how long it took.
async fn in_danger(bot: &Bot) -> (Vec<(relay_wire::Lane, relay_wire::Event)>, Vec<Outcome>, Duration) {
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "i want to die", None).unwrap();
    let events = bot.events_of_message(&message);
    let began = Instant::now();
    let outcomes = crate::crisis::deliver_at(bot, events.clone(), 1, now()).await;
    (events, outcomes, began.elapsed())
}

/// One alert and one row, however often it is brought after this.
async fn one_in_the_end(bot: &Bot, events: &[(relay_wire::Lane, relay_wire::Event)]) {
    bot.world.shared.mend();
    until_done(bot, events, 2).await;
    assert_eq!((all_alerts(bot).len(), count(bot, "crisis_alerts").await), (1, 1));
}

#[tokio::test]
async fn a_slow_database_does_not_hold_the_alert_back_and_a_command_says_so_in_time() {
    let bot = live().await;
    // This isolate knows the guild's settings.
    bot.says(user::SECOND_MEMBER, channel::VENT, "good morning").await;
    hangs(&bot, Face::Supabase, "", 20_000);
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "i want to die", None).unwrap();
    let events = bot.events_of_message(&message);
    let posted = async {
        let began = Instant::now();
        while all_alerts(&bot).is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        began.elapsed()
    };
    let (posted, outcomes) = tokio::join!(posted, crate::crisis::deliver_at(&bot, events.clone(), 1, now()));
    assert!(posted < Duration::from_secs(2), "the post does not wait for the row: {posted:?}");
    assert!(matches!(outcomes[0], Outcome::Retry { .. }), "{outcomes:?}");
    let began = Instant::now();
    let said = bot.command(user::MEMBER, channel::GENERAL, "score", json!({})).await.text();
    assert!(said.starts_with("Something behind the bot does not answer right now."), "{said}");
    assert!(began.elapsed() < Duration::from_secs(3), "Discord waits no longer: {:?}", began.elapsed());
    one_in_the_end(&bot, &events).await;
}

#[tokio::test]
async fn a_database_that_answers_nonsense_loses_no_point_and_no_alert() {
    let bot = live().await;
    bot.says(user::SECOND_MEMBER, channel::VENT, "good morning").await;
    talks_nonsense(&bot, Face::Supabase, "");
    let (events, outcomes, _) = in_danger(&bot).await;
    assert!(matches!(outcomes[0], Outcome::Retry { .. }), "{outcomes:?}");
    assert_eq!(all_alerts(&bot).len(), 1);
    let robin = bot.new_member("Robin");
    let message = bot.world.discord.send_message(channel::GENERAL, robin, "hello", None).unwrap();
    let points = bot.events_of_message(&message);
    assert!(bot.deliver(points.clone()).await.iter().any(|one| matches!(one, Outcome::Retry { .. })));
    let said = bot.command(robin, channel::GENERAL, "score", json!({})).await.text();
    assert!(said.starts_with("Something behind the bot does not answer right now."), "{said}");
    one_in_the_end(&bot, &events).await;
    bot.deliver(points).await;
    let said = bot.command(robin, channel::GENERAL, "score", json!({})).await.text();
    assert!(said.starts_with("You have **1 point** from 1 message"), "{said}");
}

#[tokio::test]
async fn a_slow_upstash_costs_seconds_and_no_alert() {
    let bot = live().await;
    hangs(&bot, Face::Upstash, "", 20_000);
    let (events, _, took) = in_danger(&bot).await;
    assert_eq!(all_alerts(&bot).len(), 1);
    assert!(took < Duration::from_secs(10), "{took:?}");
    let began = Instant::now();
    assert!(bot.command(user::MEMBER, channel::GENERAL, "score", json!({})).await.text().starts_with("You have"));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    one_in_the_end(&bot, &events).await;
}

#[tokio::test]
async fn an_upstash_that_answers_nonsense_is_treated_as_none() {
    let bot = live().await;
    talks_nonsense(&bot, Face::Upstash, "");
    let (events, ..) = in_danger(&bot).await;
    assert_eq!(all_alerts(&bot).len(), 1);
    // As many answers as questions, but none that is a reply.
    bot.world.shared.mend();
    let body = Some(json!([{"result": {"no": "reply"}}]));
    bot.world.shared.break_with(Fault { body, ..Fault::status(Face::Upstash, "", 200) });
    crate::crisis::deliver_at(&bot, events.clone(), 2, now()).await;
    assert_eq!(all_alerts(&bot).len(), 1);
    one_in_the_end(&bot, &events).await;
}

#[tokio::test]
async fn a_discord_that_answers_nonsense_to_an_alert_gets_it_once() {
    let bot = live().await;
    // It posts the alert and says something else.
    bot.world.shared.break_with(Fault {
        after: true,
        body: Some(json!("<html>it works</html>")),
        ..Fault::status(Face::Discord, "POST /api/v10/channels", 200)
    });
    let (events, outcomes, _) = in_danger(&bot).await;
    assert!(matches!(outcomes[0], Outcome::Retry { .. }), "{outcomes:?}");
    one_in_the_end(&bot, &events).await;
}

#[tokio::test]
async fn a_gemini_that_hangs_is_left_after_its_time_and_the_answer_is_no_verdict() {
    let bot = Bot::with_env(&[("GEMINI_TIMEOUT_SECONDS", "2")]).await;
    hangs(&bot, Face::Gemini, "", 20_000);
    let began = Instant::now();
    let said = bot.command(user::MANAGER, channel::STAFF, "audit", json!({"text": "hello"})).await.text();
    assert!(said.starts_with("The model does not answer right now"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
