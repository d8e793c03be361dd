//! `/ping` and `!ping`.

use relay_wire::Outcome;
use serde_json::json;
use world::{
    face::{Face, Fault},
    seed,
};

use crate::harness::{Bot, read};

#[tokio::test]
async fn a_member_asks_whether_the_bot_is_there() {
    let bot = Bot::start().await;
    let seen = bot.command(seed::user::MEMBER, seed::channel::GENERAL, "ping", json!({})).await;
    let text = seen.text();
    assert!(text.starts_with("Pong! It took ") && text.ends_with(" ms from Discord to here."), "{text}");
    assert!(seen.is_private());
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_manager_asks_about_the_services_and_sees_thinking_first() {
    let bot = Bot::start().await;
    let seen = bot.command(seed::user::OWNER, seed::channel::GENERAL, "ping", json!({"services": true})).await;
    assert!(seen.is_private());
    let text = seen.text();
    assert!(text.starts_with("Every service answers\nDiscord = ") && text.contains("Supabase = "), "{text}");

    bot.world.shared.break_with(Fault { face: Face::Upstash, times: None, ..fault("", 503, false) });
    let seen = bot.command(seed::user::OWNER, seed::channel::GENERAL, "ping", json!({"services": true})).await;
    let text = seen.text();
    assert!(
        text.starts_with("Not every service answers\n") && text.ends_with("Upstash = does not answer as it should"),
        "{text}"
    );
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_member_may_not_ask_about_the_services() {
    let bot = Bot::start().await;
    let seen = bot.command(seed::user::MEMBER, seed::channel::GENERAL, "ping", json!({"services": true})).await;
    assert_eq!(seen.text(), "You need the permission **Manage Server** for this.");
}

#[tokio::test]
async fn a_member_writes_it_in_the_channel_and_gets_one_reply() {
    let bot = Bot::start().await;
    let before = bot.bot_messages(seed::channel::GENERAL).len();
    let (message, outcomes) = bot.says(seed::user::MEMBER, seed::channel::GENERAL, "!ping").await;
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done]);
    let replies = bot.bot_messages(seed::channel::GENERAL);
    assert_eq!(replies.len(), before + 1);
    let reply = replies.last().unwrap();
    assert!(read(reply).starts_with("Pong! "));
    assert_eq!(reply.message_reference.as_ref().unwrap()["message_id"], json!(message.id));
    assert!(reply.mentions.is_empty(), "a reply pings nobody");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn the_same_event_again_changes_nothing() {
    let bot = Bot::start().await;
    let message = bot.world.discord.send_message(seed::channel::GENERAL, seed::user::MEMBER, "!ping", None).unwrap();
    let events = bot.events_of_message(&message);
    for _ in 0..3 {
        assert_eq!(bot.deliver(events.clone()).await, [Outcome::Done, Outcome::Done]);
    }
    assert_eq!(bot.bot_messages(seed::channel::GENERAL).len(), 1);
}

#[tokio::test]
async fn discord_is_down_and_the_event_comes_again() {
    let bot = Bot::start().await;
    bot.world.shared.break_with(fault("POST /api/v10/channels", 500, false));
    let message = bot.world.discord.send_message(seed::channel::GENERAL, seed::user::MEMBER, "!ping", None).unwrap();
    let events = bot.events_of_message(&message);
    assert!(matches!(&bot.deliver(events.clone()).await[0], Outcome::Retry { .. }));
    assert_eq!(bot.bot_messages(seed::channel::GENERAL).len(), 0);
    bot.world.shared.mend();
    assert_eq!(bot.deliver(events).await[0], Outcome::Done);
    assert_eq!(bot.bot_messages(seed::channel::GENERAL).len(), 1);
}

#[tokio::test]
async fn the_answer_was_lost_but_not_the_message_and_still_there_is_one() {
    let bot = Bot::start().await;
    bot.world.shared.break_with(fault("POST /api/v10/channels", 502, true));
    let message = bot.world.discord.send_message(seed::channel::GENERAL, seed::user::MEMBER, "!ping", None).unwrap();
    let events = bot.events_of_message(&message);
    assert!(matches!(&bot.deliver(events.clone()).await[0], Outcome::Retry { .. }));
    assert_eq!(bot.deliver(events).await[0], Outcome::Done);
    assert_eq!(bot.bot_messages(seed::channel::GENERAL).len(), 1, "the nonce keeps it single");
}

#[tokio::test]
async fn a_long_rate_limit_is_passed_on_to_the_relay() {
    let bot = Bot::start().await;
    let mut limited = fault("POST /api/v10/channels", 429, false);
    limited.body = Some(json!({"message": "You are being rate limited.", "retry_after": 7.5, "global": false}));
    limited.headers = vec![("x-ratelimit-scope".into(), "user".into()), ("retry-after".into(), "8".into())];
    bot.world.shared.break_with(limited);
    let (_, outcomes) = bot.says(seed::user::MEMBER, seed::channel::GENERAL, "!ping").await;
    assert!(matches!(outcomes[0], Outcome::Retry { delay_ms: 7_500, .. }), "{outcomes:?}");
}

#[tokio::test]
async fn a_short_rate_limit_is_waited_out() {
    let bot = Bot::start().await;
    let mut limited = fault("POST /api/v10/channels", 429, false);
    limited.body = Some(json!({"message": "You are being rate limited.", "retry_after": 0.05, "global": true}));
    bot.world.shared.break_with(limited);
    let (_, outcomes) = bot.says(seed::user::MEMBER, seed::channel::GENERAL, "!ping").await;
    assert_eq!(outcomes[0], Outcome::Done);
}

#[tokio::test]
async fn a_rate_limit_of_no_time_at_all_is_not_asked_for_ever() {
    let bot = Bot::start().await;
    let mut limited = fault("POST /api/v10/channels", 429, false);
    limited.body = Some(json!({"message": "You are being rate limited.", "retry_after": 0.0, "global": false}));
    limited.times = None;
    bot.world.shared.break_with(limited);
    let (_, outcomes) = bot.says(seed::user::MEMBER, seed::channel::GENERAL, "!ping").await;
    assert!(matches!(outcomes[0], Outcome::Retry { .. }), "{outcomes:?}");
    let asked = bot.world.shared.recorded(Face::Discord).iter().filter(|one| one.status == 429).count();
    assert!((2..=21).contains(&asked), "asked {asked} times");
}

#[tokio::test]
async fn thinking_ends_although_discord_was_not_ready_for_the_answer() {
    let bot = Bot::start().await;
    let mut early = fault("PATCH /api/v10/webhooks", 404, false);
    early.body = Some(json!({"message": "Unknown Webhook", "code": 10015}));
    bot.world.shared.break_with(early);
    let seen = bot.command(seed::user::OWNER, seed::channel::GENERAL, "ping", json!({"services": true})).await;
    assert!(seen.text().starts_with("Every service answers"), "{}", seen.text());
}

#[tokio::test]
async fn a_redis_that_refuses_commands_does_not_hold_a_command_back_for_ever() {
    let bot = Bot::start().await;
    let full = json!([{"error": "OOM command not allowed"}, {"result": null}]);
    bot.world.shared.break_with(Fault { face: Face::Upstash, times: None, body: Some(full), ..fault("", 200, false) });
    let (_, outcomes) = bot.says(seed::user::MEMBER, seed::channel::GENERAL, "!ping").await;
    assert_eq!(outcomes[0], Outcome::Done);
    assert_eq!(bot.bot_messages(seed::channel::GENERAL).len(), 1);
}

#[tokio::test]
async fn a_refusal_from_cloudflare_is_no_permission_problem() {
    let bot = Bot::start().await;
    let mut banned = fault("POST /api/v10/channels", 403, false);
    banned.body = Some(json!("<html>error 1015</html>"));
    bot.world.shared.break_with(banned);
    let (_, outcomes) = bot.says(seed::user::MEMBER, seed::channel::GENERAL, "!ping").await;
    assert!(matches!(outcomes[0], Outcome::Retry { delay_ms: 60_000, .. }), "{outcomes:?}");
    // Asked again at once, Discord is not even called.
    let calls = bot.world.shared.recorded(Face::Discord).len();
    let (_, outcomes) = bot.says(seed::user::MEMBER, seed::channel::GENERAL, "!ping").await;
    assert!(matches!(outcomes[0], Outcome::Retry { .. }));
    assert_eq!(bot.world.shared.recorded(Face::Discord).len(), calls);
}

#[tokio::test]
async fn without_upstash_it_still_answers_once() {
    let bot = Bot::start().await;
    bot.world.shared.break_with(Fault { face: Face::Upstash, times: None, ..fault("", 503, false) });
    let message = bot.world.discord.send_message(seed::channel::GENERAL, seed::user::MEMBER, "!ping", None).unwrap();
    let events = bot.events_of_message(&message);
    assert_eq!(bot.deliver(events.clone()).await[0], Outcome::Done);
    assert_eq!(bot.deliver(events).await[0], Outcome::Done);
    assert_eq!(bot.bot_messages(seed::channel::GENERAL).len(), 1);
}

/// Once, with a body as Discord's.
fn fault(matching: &str, status: u16, after: bool) -> Fault {
    let body = Some(json!({"message": "broken on purpose", "code": 0}));
    Fault { body, after, times: Some(1), ..Fault::status(Face::Discord, matching, status) }
}
