//! What counts, what is taken back, and what never counts: seen through `/score`.

use chrono::TimeDelta;
use community_os::clients::supabase::Filter;
use relay_wire::{Event, Lane, Outcome};
use serde_json::{Value, json};
use world::{
    discord::{Id, Message},
    seed::{self, channel, user},
};

use crate::harness::{Bot, now};

async fn score(bot: &Bot, member: Id) -> String {
    bot.command(member, channel::GENERAL, "score", json!({})).await.text()
}

fn reaction(message: &Message, by: Id, emoji: &str) -> Value {
    json!({
        "guild_id": seed::HARBOUR, "channel_id": message.channel_id, "message_id": message.id, "user_id": by,
        "message_author_id": message.author.id, "emoji": {"id": null, "name": emoji},
    })
}

async fn opts_out(bot: &Bot, member: Id) {
    let row = json!({"guild_id": seed::HARBOUR, "user_id": member, "scoring_opt_out": true});
    bot.cx().supabase.insert("user_preferences", &[row], None).await.unwrap();
}

async fn rows(bot: &Bot, table: &'static str, member: Id) -> usize {
    let rows: Vec<Value> = bot.cx().supabase.select(table, "guild_id", &[Filter::eq("user_id", member)]).await.unwrap();
    rows.len()
}

#[tokio::test]
async fn a_removed_reaction_takes_its_points_back_in_whatever_order_it_is_heard_of() {
    let bot = Bot::start().await;
    let (robin, kim) = (bot.new_member("Robin"), bot.new_member("Kim"));
    let (message, _) = bot.says(robin, channel::GENERAL, "hello").await;
    let add = || bot.events_of("MESSAGE_REACTION_ADD", &reaction(&message, kim, "👍"));
    let remove = || bot.events_of("MESSAGE_REACTION_REMOVE", &reaction(&message, kim, "👍"));

    let (first, second, third) = (add(), remove(), add());
    bot.deliver(third.clone()).await;
    bot.deliver(first.clone()).await;
    bot.deliver(second.clone()).await;
    let one = "You have **0.5 points** from 0 messages and 1 reaction.";
    assert_eq!(score(&bot, kim).await, one);
    bot.deliver([second, third, first].concat()).await;
    assert_eq!(score(&bot, kim).await, one, "all of it again");
    bot.deliver(remove()).await;
    let none = "You have no points yet. Write a message or react to one, and they begin.";
    assert_eq!(score(&bot, kim).await, none);

    let cleared = json!({"channel_id": message.channel_id, "message_id": message.id});
    let before = add();
    bot.hears("MESSAGE_REACTION_REMOVE_ALL", cleared.clone()).await;
    bot.deliver(before).await;
    assert_eq!(score(&bot, kim).await, none, "given before all were cleared, heard of after");
    bot.deliver(add()).await;
    assert_eq!(score(&bot, kim).await, one);
    let mut of_one = cleared;
    of_one["emoji"] = json!({"id": null, "name": "❤️"});
    bot.hears("MESSAGE_REACTION_REMOVE_EMOJI", of_one.clone()).await;
    assert_eq!(score(&bot, kim).await, one, "another emoji");
    of_one["emoji"]["name"] = json!("👍");
    bot.hears("MESSAGE_REACTION_REMOVE_EMOJI", of_one).await;
    assert_eq!(score(&bot, kim).await, none);
    assert_eq!(rows(&bot, "activity_hourly", kim).await, 0, "an hour with nothing left is none");
    assert!(rows(&bot, "activity_logs", kim).await >= 4, "history stays");
}

#[tokio::test]
async fn a_new_epoch_of_the_relay_has_the_last_word() {
    let bot = Bot::start().await;
    let (robin, kim) = (bot.new_member("Robin"), bot.new_member("Kim"));
    let (message, _) = bot.says(robin, channel::GENERAL, "hello").await;
    let deliver = async |name: &str, epoch: &str, order: u64| {
        let mut events = bot.events_of(name, &reaction(&message, kim, "👍"));
        events[0].1.order = order;
        let events: Vec<Event> = events.into_iter().map(|(_, event)| event).collect();
        let epoch = format!("{epoch}-{robin}");
        let batch = relay_wire::Batch { v: relay_wire::VERSION, relay: "r".into(), epoch, lane: Lane::Bulk, events };
        assert_eq!(bot.post(relay_wire::paths::EVENTS, &batch).await.status(), 200);
    };
    deliver("MESSAGE_REACTION_ADD", "z", 900).await;
    deliver("MESSAGE_REACTION_REMOVE", "a", 1).await;
    deliver("MESSAGE_REACTION_ADD", "z", 901).await;
    assert!(score(&bot, kim).await.contains("no points yet"), "orders compare within one epoch");
    deliver("MESSAGE_REACTION_ADD", "a", 2).await;
    assert!(score(&bot, kim).await.contains("0.5 points"));
}

#[tokio::test]
async fn a_deleted_message_takes_its_points_back_also_if_the_deletion_comes_first() {
    let bot = Bot::start().await;
    let (robin, kim) = (bot.new_member("Robin"), bot.new_member("Kim"));
    let (message, _) = bot.says(robin, channel::GENERAL, "hello").await;
    bot.reacts(kim, &message, "👍").await;
    let deleted = |message: &Message| json!({"id": message.id, "channel_id": message.channel_id});
    bot.hears("MESSAGE_DELETE", deleted(&message)).await;
    assert!(score(&bot, robin).await.contains("no points yet"));
    assert!(score(&bot, kim).await.contains("1 reaction"), "who reacted keeps the point");

    let unheard = bot.world.discord.send_message(channel::GENERAL, robin, "quick", None).unwrap();
    let created = bot.events_of_message(&unheard);
    bot.hears("MESSAGE_DELETE", deleted(&unheard)).await;
    assert_eq!(bot.deliver(created).await, [Outcome::Done]);
    assert!(score(&bot, robin).await.contains("no points yet"));

    let mut ids = vec![];
    for _ in 0..3 {
        ids.push(bot.says(robin, channel::GENERAL, "one of many").await.0.id);
    }
    ids.pop();
    bot.hears("MESSAGE_DELETE_BULK", json!({"ids": ids, "channel_id": channel::GENERAL})).await;
    assert_eq!(score(&bot, robin).await, "You have **1 point** from 1 message and 0 reactions.");
}

#[tokio::test]
async fn a_deletion_is_remembered_for_a_day() {
    let bot = Bot::alone().await;
    bot.hears("MESSAGE_DELETE", json!({"id": "77", "channel_id": channel::GENERAL})).await;
    let left = async |hours: i64| {
        let at = now() + TimeDelta::hours(hours);
        let prune = json!({"at": at, "keep_days": 400, "max_rows": 100});
        bot.cx().supabase.rpc::<i64>("prune_activity", &prune).await.unwrap();
        bot.cx().supabase.select::<Value>("message_tombstones", "message_id", &[]).await.unwrap().len()
    };
    assert_eq!((left(23).await, left(25).await), (1, 0));
}

#[tokio::test]
async fn a_reaction_to_the_bot_or_to_a_webhook_counts_nothing() {
    let bot = Bot::start().await;
    let robin = bot.new_member("Robin");
    let (message, _) = bot.says(robin, channel::GENERAL, "hello").await;
    let mut to_bot = reaction(&message, user::MEMBER, "🎉");
    to_bot["user_id"] = json!(robin);
    to_bot["message_author_id"] = json!(world::defaults::APPLICATION_ID);
    bot.hears("MESSAGE_REACTION_ADD", to_bot.clone()).await;
    to_bot.as_object_mut().unwrap().remove("message_author_id");
    bot.hears("MESSAGE_REACTION_ADD", to_bot).await;
    assert_eq!(score(&bot, robin).await, "You have **1 point** from 1 message and 0 reactions.");
}

/// Without the relay's word, as a relay of before says it: what the Worker knows counts.
fn unsaid(mut events: Vec<(Lane, Event)>) -> Vec<(Lane, Event)> {
    for (_, event) in &mut events {
        if let relay_wire::EventBody::ReactionAdded { message_author_bot, .. } = &mut event.body {
            *message_author_bot = false;
        }
    }
    events
}

#[tokio::test]
async fn a_reaction_to_a_post_of_any_bot_counts_nothing() {
    let bot = Bot::start().await;
    let robin = bot.new_member("Robin");
    let news = bot.world.discord.add_bot("News");
    bot.world.discord.join(seed::HARBOUR, news, "News").unwrap();
    let post = async || bot.world.discord.send_message(channel::GENERAL, news, "today", None).unwrap();
    let first = post().await;
    assert_eq!(bot.events_of_message(&first), [], "a bot's messages stay in the relay");
    let add = bot.events_of("MESSAGE_REACTION_ADD", &reaction(&first, robin, "👍"));
    let remove = bot.events_of("MESSAGE_REACTION_REMOVE", &reaction(&first, robin, "👍"));
    // In any order, and again; the last time by a relay that forgot the bot.
    for events in [remove.clone(), add.clone(), add.clone(), remove, unsaid(add)] {
        assert_eq!(bot.deliver(events).await, [Outcome::Done]);
    }
    let none = "You have no points yet. Write a message or react to one, and they begin.";
    assert_eq!(score(&bot, robin).await, none);
    assert_eq!(rows(&bot, "activity_logs", robin).await, 0);
    // The same bot's other posts, told by a relay that never met it.
    let second = post().await;
    bot.deliver(unsaid(bot.events_of("MESSAGE_REACTION_ADD", &reaction(&second, robin, "👍")))).await;
    assert_eq!(score(&bot, robin).await, none);
    let (by_kim, _) = bot.says(bot.new_member("Kim"), channel::GENERAL, "hello").await;
    bot.reacts(robin, &by_kim, "👍").await;
    assert_eq!(score(&bot, robin).await, "You have **0.5 points** from 0 messages and 1 reaction.");
}

#[tokio::test]
async fn a_bot_that_only_the_list_of_members_names_is_known() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    let quiet = bot.world.discord.add_bot("Quiet");
    bot.world.discord.join(seed::HARBOUR, quiet, "Quiet").unwrap();
    let post = bot.world.discord.send_message(channel::GENERAL, quiet, "long ago", None).unwrap();
    bot.hears_guild(seed::HARBOUR).await;
    bot.ticks(now()).await;
    bot.reacts(robin, &post, "👍").await;
    assert_eq!(score(&bot, robin).await, "You have no points yet. Write a message or react to one, and they begin.");
    assert_eq!(bot.rows("discord_users", "user_id", quiet).await.len(), 0, "it is no member");
}

#[tokio::test]
async fn excluded_channels_support_channels_tickets_and_their_threads_are_not_counted() {
    let bot = Bot::alone().await;
    let ticket = bot.world.discord.create_channel(seed::HARBOUR, "ticket-1", None).unwrap();
    crate::relay::open_ticket(&bot, user::NEWCOMER, ticket).await;
    bot.chooses("engagement.excluded_channels", json!([channel::GENERAL])).await;
    bot.chooses("engagement.support_channels", json!([channel::GET_HELP, channel::VENT])).await;
    // The relay learns of the thread as it learns of all: with its guild.
    bot.hears("THREAD_CREATE", json!({"id": channel::BOOK_CLUB, "parent_id": channel::GENERAL, "type": 11})).await;
    for place in [channel::GENERAL, channel::BOOK_CLUB, channel::VENT, ticket] {
        let (message, outcomes) = bot.says(user::MEMBER, place, "not here").await;
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Done), "{outcomes:?}");
        bot.reacts(user::SECOND_MEMBER, &message, "👍").await;
    }
    assert!(score(&bot, user::MEMBER).await.contains("no points yet"));
    assert_eq!(rows(&bot, "reaction_states", user::SECOND_MEMBER).await, 0);
    bot.says(user::MEMBER, channel::GAMING, "here").await;
    assert!(score(&bot, user::MEMBER).await.contains("1 point"));
}

#[tokio::test]
async fn what_exceeds_the_cap_of_a_minute_is_recorded_without_points() {
    let bot = Bot::alone().await;
    let member = bot.new_member("Robin");
    // One moment, so that the minute does not end in the middle.
    let message = |number: u64| {
        let message = bot.world.discord.send_message(channel::GENERAL, member, "spam", None).unwrap();
        let mut events = bot.events_of_message(&message);
        let at = relay_wire::Snowflake::at_ms(1_790_000_000_000).0 + number;
        if let relay_wire::EventBody::MessageCreated { message_id, .. } = &mut events[0].1.body {
            *message_id = relay_wire::Snowflake(at);
        }
        events
    };
    let all: Vec<_> = (0..12).map(message).collect();
    for (number, events) in all.iter().enumerate().rev() {
        bot.deliver(events.clone()).await;
        if number == 6 {
            assert_eq!(score(&bot, member).await, "You have **6 points** from 6 messages and 0 reactions.");
        }
    }
    assert_eq!(score(&bot, member).await, "You have **10 points** from 12 messages and 0 reactions.");
    assert_eq!(rows(&bot, "activity_logs", member).await, 14, "the last two lost their points to earlier ones");

    // One of those that counted is deleted: the next one counts.
    let first = relay_wire::Snowflake::at_ms(1_790_000_000_000);
    bot.hears("MESSAGE_DELETE", json!({"id": first, "channel_id": channel::GENERAL})).await;
    assert_eq!(score(&bot, member).await, "You have **10 points** from 11 messages and 0 reactions.");
    bot.chooses("engagement.cap_per_minute", json!(0)).await;
    bot.deliver(message(50)).await;
    assert_eq!(score(&bot, member).await, "You have **12 points** from 12 messages and 0 reactions.");
}

#[tokio::test]
async fn of_a_member_who_opted_out_nothing_is_stored() {
    let bot = Bot::start().await;
    let (robin, kim) = (bot.new_member("Robin"), bot.new_member("Kim"));
    let (by_kim, _) = bot.says(kim, channel::GENERAL, "hello").await;
    opts_out(&bot, robin).await;
    bot.says(robin, channel::GENERAL, "count me not").await;
    bot.reacts(robin, &by_kim, "👍").await;
    bot.hears("MESSAGE_REACTION_REMOVE", reaction(&by_kim, robin, "👍")).await;
    for table in ["activity_logs", "activity_hourly", "reaction_states", "discord_users"] {
        assert_eq!(rows(&bot, table, robin).await, 0, "{table}");
    }
    let own = "You chose not to be counted, so there is no score. With `/privacy` you can be counted again.";
    assert_eq!(score(&bot, robin).await, own);
    let seen = bot.command(kim, channel::GENERAL, "score", json!({"member": robin})).await;
    assert_eq!(seen.text(), format!("<@{robin}> is not counted."));
}

#[tokio::test]
async fn an_old_score_is_not_shown_after_the_opt_out_and_a_removed_reaction_is_still_taken_back() {
    let bot = Bot::start().await;
    let (robin, kim) = (bot.new_member("Robin"), bot.new_member("Kim"));
    let (by_kim, _) = bot.says(kim, channel::GENERAL, "hello").await;
    bot.reacts(robin, &by_kim, "👍").await;
    opts_out(&bot, robin).await;
    let seen = bot.command(kim, channel::GENERAL, "score", json!({"member": robin})).await;
    assert_eq!(seen.text(), format!("<@{robin}> is not counted."));
    bot.hears("MESSAGE_REACTION_REMOVE", reaction(&by_kim, robin, "👍")).await;
    assert_eq!(rows(&bot, "activity_hourly", robin).await, 0);
}

#[tokio::test]
async fn single_entries_go_after_their_time_and_the_score_stays() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    let (message, _) = bot.says(robin, channel::GENERAL, "long ago").await;
    bot.reacts(user::MEMBER, &message, "👍").await;
    bot.chooses("engagement.keep_raw_days", json!(40)).await;
    bot.ticks(now() + TimeDelta::days(39)).await;
    assert_eq!(rows(&bot, "activity_logs", robin).await, 1);
    bot.ticks(now() + TimeDelta::days(41)).await;
    assert_eq!(rows(&bot, "activity_logs", robin).await, 0);
    assert_eq!(rows(&bot, "reaction_states", user::MEMBER).await, 0);
    assert_eq!(score(&bot, robin).await, "You have **1 point** from 1 message and 0 reactions.");
}
