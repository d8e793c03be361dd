//! What members do is worth points, and `/score` says how many.

use relay_wire::{EventBody, Outcome, Snowflake};
use serde_json::json;
use world::{
    face::{Face, Fault},
    seed,
};

use crate::harness::{Bot, logged};

#[tokio::test]
async fn a_message_is_worth_one_point_and_a_reaction_half() {
    let bot = Bot::start().await;
    let newcomer = bot.new_member("Robin");
    let seen = bot.command(newcomer, seed::channel::GENERAL, "score", json!({})).await;
    assert_eq!(seen.text(), "You have no points yet. Write a message or react to one, and they begin.");
    assert!(seen.is_private());

    let (message, outcomes) = bot.says(newcomer, seed::channel::GENERAL, "hello everyone").await;
    assert_eq!(outcomes, [Outcome::Done]);
    bot.says(newcomer, seed::channel::GAMING, "who is playing tonight?").await;
    let other = bot.new_member("Kim");
    bot.reacts(other, &message, "👍").await;

    let seen = bot.command(newcomer, seed::channel::GENERAL, "score", json!({})).await;
    assert_eq!(seen.text(), "You have **2 points** from 2 messages and 0 reactions.");
    let seen = bot.command(newcomer, seed::channel::GENERAL, "score", json!({"member": other})).await;
    assert_eq!(seen.text(), format!("<@{other}> has **0.5 points** from 0 messages and 1 reaction."));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_reaction_to_ones_own_message_is_worth_nothing() {
    let bot = Bot::start().await;
    let member = bot.new_member("Robin");
    let (message, _) = bot.says(member, seed::channel::GENERAL, "me me me").await;
    bot.reacts(member, &message, "👍").await;
    let seen = bot.command(member, seed::channel::GENERAL, "score", json!({})).await;
    assert_eq!(seen.text(), "You have **1 point** from 1 message and 0 reactions.");
}

#[tokio::test]
async fn an_event_that_comes_again_is_counted_once() {
    let bot = Bot::start().await;
    let member = bot.new_member("Robin");
    let message = bot.world.discord.send_message(seed::channel::GENERAL, member, "once", None).unwrap();
    let events = bot.events_of_message(&message);
    let twice: Vec<_> = events.iter().chain(&events).cloned().collect();
    bot.deliver(twice).await;
    bot.deliver(events).await;
    let seen = bot.command(member, seed::channel::GENERAL, "score", json!({})).await;
    assert_eq!(seen.text(), "You have **1 point** from 1 message and 0 reactions.");
}

#[tokio::test]
async fn the_database_is_down_and_nothing_is_lost() {
    let bot = Bot::start().await;
    let member = bot.new_member("Robin");
    bot.world.shared.break_with(broken_supabase(503));
    let message = bot.world.discord.send_message(seed::channel::GENERAL, member, "still counts", None).unwrap();
    let events = bot.events_of_message(&message);
    assert!(matches!(&bot.deliver(events.clone()).await[0], Outcome::Retry { .. }));
    let seen = bot.command(member, seed::channel::GENERAL, "score", json!({})).await;
    assert!(seen.text().starts_with("Something behind the bot does not answer right now."));
    assert!(seen.is_private());

    bot.world.shared.mend();
    assert_eq!(bot.deliver(events).await, [Outcome::Done]);
    let seen = bot.command(member, seed::channel::GENERAL, "score", json!({})).await;
    assert_eq!(seen.text(), "You have **1 point** from 1 message and 0 reactions.");
    assert!(logged().iter().all(|line| !line.contains("still counts")), "no text in the log");
}

#[tokio::test]
async fn in_a_direct_message_there_is_no_score() {
    let bot = Bot::start().await;
    let dm = bot.world.discord.open_dm(seed::user::MEMBER).unwrap();
    assert!(bot.try_command(seed::user::MEMBER, dm, "score", json!({})).await.is_err(), "Discord does not offer it");
}

#[test]
fn a_forged_score_in_a_direct_message_is_refused_kindly() {
    let forged = json!({"type": 2, "id": "1", "token": "t", "user": {"id": "3", "username": "robin"}, "data": {"name": "score"}});
    let answer = crate::harness::lonely().interaction_bytes(forged.to_string().as_bytes());
    assert!(String::from_utf8_lossy(answer.body()).contains("This works inside a server only."));
}

#[tokio::test]
async fn two_guilds_do_not_share_points() {
    let bot = Bot::start().await;
    let member = bot.new_member("Robin");
    bot.world.discord.join(seed::FRESH_START, member, "Robin").unwrap();
    bot.says(member, seed::channel::GENERAL, "here").await;
    let seen = bot.command(member, seed::channel::FRESH_GENERAL, "score", json!({})).await;
    assert_eq!(seen.text(), "You have no points yet. Write a message or react to one, and they begin.");
}

#[tokio::test]
async fn the_database_never_sees_what_was_written() {
    let bot = Bot::start().await;
    let member = bot.new_member("Robin");
    bot.says(member, seed::channel::GENERAL, "a-sentence-nobody-else-writes").await;
    let recorded = bot.world.shared.recorded(Face::Supabase);
    assert!(recorded.iter().any(|one| one.path.contains("ingest_activity")));
    assert!(recorded.iter().all(|one| !one.body.to_string().contains("a-sentence-nobody-else-writes")));
}

#[tokio::test]
async fn a_delivery_of_two_hundred_is_one_call() {
    let bot = Bot::alone().await;
    bot.chooses("engagement.cap_per_minute", json!(0)).await;
    let member = bot.new_member("Robin");
    let events: Vec<_> = (0..200)
        .flat_map(|_| {
            let message = bot.world.discord.send_message(seed::channel::GENERAL, member, "x", None).unwrap();
            bot.events_of_message(&message)
        })
        .collect();
    bot.world.shared.forget_recorded();
    let outcomes = bot.deliver(events).await;
    assert_eq!(outcomes.len(), 200);
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Done));
    let asked = bot.world.shared.recorded(Face::Supabase);
    assert_eq!(asked.iter().filter(|one| one.path.contains("/rpc/")).count(), 1);
    let seen = bot.command(member, seed::channel::GENERAL, "score", json!({"member": member})).await;
    assert_eq!(seen.text(), "You have **200 points** from 200 messages and 0 reactions.");
}

#[tokio::test]
async fn one_event_that_can_never_be_stored_does_not_spoil_its_neighbours() {
    let bot = Bot::start().await;
    let member = bot.new_member("Robin");
    let mut events = vec![];
    for _ in 0..5 {
        let message = bot.world.discord.send_message(seed::channel::GENERAL, member, "fine", None).unwrap();
        events.extend(bot.events_of_message(&message));
    }
    // Postgres has no unsigned 64-bit integers: this id cannot be stored.
    if let EventBody::MessageCreated { channel_id, .. } = &mut events[2].1.body {
        *channel_id = Snowflake(u64::MAX);
    }
    let outcomes = bot.deliver(events).await;
    assert!(matches!(outcomes[2], Outcome::Dead { .. }), "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Done).count(), 4);
    let seen = bot.command(member, seed::channel::GENERAL, "score", json!({})).await;
    assert_eq!(seen.text(), "You have **4 points** from 4 messages and 0 reactions.");
}

#[tokio::test]
async fn a_kind_of_event_from_a_newer_relay_waits_for_a_newer_worker() {
    let bot = Bot::start().await;
    let event = |body: serde_json::Value| json!({"id": "a", "order": 1, "attempt": 1, "body": body});
    let batch = json!({"v": 1, "relay": "r", "epoch": "e", "lane": "bulk", "events": [
        event(json!({"poll_ended": {"guild_id": "1"}})), event(json!({"message_created": {"guild_id": 7.5}})),
    ]});
    let response = bot.post(relay_wire::paths::EVENTS, &batch).await;
    let ack: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!((&ack["results"][0]["outcome"], &ack["results"][1]["outcome"]), (&json!("retry"), &json!("dead")));
}

#[tokio::test]
async fn a_name_is_learnt_from_the_first_message_even_if_it_is_older_than_a_reaction() {
    let bot = Bot::start().await;
    let cx = bot.app.context(crate::harness::now(), "test");
    let user = Snowflake(crate::harness::now().timestamp_micros() as u64);
    let ingest = async |event: serde_json::Value| {
        let arguments = json!({"events": [event], "default_points": {"message": 1, "reaction": 0.5}});
        cx.supabase.rpc::<i64>("ingest_activity", &arguments).await.unwrap();
    };
    let base = json!({"guild_id": "78", "channel_id": "1", "user_id": user, "message_id": user});
    let with = |more: serde_json::Value| {
        let mut event = base.clone();
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    ingest(with(json!({"kind": "reaction", "emoji": "x", "at": 2000}))).await;
    ingest(with(json!({"kind": "message", "name": "Robin", "at": 1000}))).await;
    ingest(with(json!({"kind": "reaction", "emoji": "y", "at": 3000}))).await;
    let filters = [community_os::clients::supabase::Filter::eq("user_id", user)];
    let rows: Vec<serde_json::Value> =
        cx.supabase.select("discord_users", "display_name,last_active_at", &filters).await.unwrap();
    assert_eq!(rows[0]["display_name"], "Robin");
    assert!(rows[0]["last_active_at"].as_str().unwrap().starts_with("1970-01-01T00:00:03"), "{rows:?}");
}

#[tokio::test]
async fn a_member_with_the_largest_id_is_kept_exactly() {
    let bot = Bot::start().await;
    let cx = bot.app.context(crate::harness::now(), "test");
    let events = json!({"events": [{
        "kind": "message", "guild_id": "77", "channel_id": "1", "user_id": Snowflake(i64::MAX as u64), "message_id": Snowflake(i64::MAX as u64 - 1), "at": 0,
    }], "default_points": {"message": 1.0, "reaction": 0.5}});
    let new: i64 = cx.supabase.rpc("ingest_activity", &events).await.unwrap();
    let again: i64 = cx.supabase.rpc("ingest_activity", &events).await.unwrap();
    assert!(new <= 1 && again == 0);
    let score: serde_json::Value = cx
        .supabase
        .rpc("member_score", &json!({"guild_id": "77", "user_id": Snowflake(i64::MAX as u64)}))
        .await
        .unwrap();
    assert_eq!(score["messages"], 1);
}

fn broken_supabase(status: u16) -> Fault {
    Fault::status(Face::Supabase, "", status)
}
