//! What the transcript of a ticket holds, in whatever order it was heard of.

use community_os::clients::supabase::Filter;
use relay_wire::Snowflake;
use serde_json::{Value, json};
use world::seed::{self, channel, user};

use crate::{
    harness::{Bot, now},
    relay::{close_ticket, open_ticket},
    relay_gap::{contents, transcript},
};

#[tokio::test]
async fn a_deleted_message_leaves_its_place_and_not_its_text() {
    let mut bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    bot.relay_follows().await;
    let (first, _) = bot.says(user::MEMBER, channel::GET_HELP, "my address is ...").await;
    let (second, _) = bot.says(user::MEMBER, channel::GET_HELP, "sorry").await;
    let (third, _) = bot.says(user::HELPER, channel::GET_HELP, "no problem").await;
    let gone = json!({"id": first.id, "channel_id": channel::GET_HELP, "guild_id": seed::HARBOUR});
    bot.deliver(bot.events_of("MESSAGE_DELETE", &gone)).await;
    let purged = json!({"ids": [second.id, third.id], "channel_id": channel::GET_HELP, "guild_id": seed::HARBOUR});
    assert_eq!(contents(&bot).await, ["", "sorry", "no problem"]);
    bot.deliver(bot.events_of("MESSAGE_DELETE_BULK", &purged)).await;
    assert_eq!(contents(&bot).await, [""; 3]);
    assert!(transcript(&bot).await.iter().all(|row| row["deleted_at"].is_string() && row["author_id"].is_u64()));
}

/// Every order of creation, edit and deletion, some of them twice: the end is the same.
#[tokio::test]
async fn whatever_the_order_the_transcript_ends_the_same() {
    let bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    let cx = bot.cx();
    let mut message = Snowflake::at_ms(now().timestamp_millis()).0;
    for happened in [&["created", "updated"][..], &["created", "deleted"], &["created", "updated", "deleted"]] {
        for order in orders(happened) {
            message += 1;
            let events: Vec<Value> = order
                .iter()
                .chain(&order)
                .map(|kind| {
                    json!({
                        "kind": kind, "guild_id": seed::HARBOUR, "channel_id": channel::GET_HELP, "message_id": message.to_string(),
                        "sent_at": now().timestamp_millis(), "author_id": user::MEMBER, "author_name": "Member", "content": kind,
                    })
                })
                .collect();
            // One by one, and at once.
            for some in [events.chunks(1), events.chunks(events.len())].into_iter().flatten() {
                cx.supabase.rpc::<()>("record_ticket_messages", &json!({"events": some, "at": now()})).await.unwrap();
            }
            let filters = [Filter::eq("message_id", message)];
            let rows: Vec<Value> = cx
                .supabase
                .select("ticket_messages", "content,author_id,edited_at,deleted_at", &filters)
                .await
                .unwrap();
            let deleted = happened.contains(&"deleted");
            assert_eq!(rows[0]["content"], if deleted { "" } else { "updated" }, "{order:?}");
            assert_eq!(rows[0]["deleted_at"].is_string(), deleted, "{order:?}");
            assert_eq!(rows[0]["author_id"].as_u64(), Some(user::MEMBER.0), "{order:?}");
        }
    }
}

fn orders<'a>(of: &[&'a str]) -> Vec<Vec<&'a str>> {
    if of.is_empty() {
        return vec![vec![]];
    }
    let with_first = |at: usize| {
        let mut rest = of.to_vec();
        let first = rest.remove(at);
        orders(&rest).into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..of.len()).flat_map(with_first).collect()
}

#[tokio::test]
async fn what_was_written_before_the_ticket_was_closed_belongs_to_it_and_nothing_after() {
    let bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    let cx = bot.cx();
    close_ticket(&bot, channel::GET_HELP, now()).await;
    let at = |seconds: i64| now().timestamp_millis() + seconds * 1_000;
    let event = |id: u64, sent: i64| {
        json!({
            "kind": "created", "guild_id": seed::HARBOUR, "channel_id": channel::GET_HELP, "message_id": id.to_string(),
            "sent_at": sent, "author_id": "7", "author_name": "x", "content": "y",
        })
    };
    let events = json!({"events": [event(1, at(-60)), event(2, at(60))], "at": now()});
    cx.supabase.rpc::<()>("record_ticket_messages", &events).await.unwrap();
    assert_eq!(transcript(&bot).await.iter().map(|row| row["message_id"].as_u64()).collect::<Vec<_>>(), [Some(1)]);
}

#[tokio::test]
async fn of_two_edits_the_later_one_holds_whichever_comes_first() {
    let mut bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    bot.relay_follows().await;
    let (message, _) = bot.says(user::MEMBER, channel::GET_HELP, "first").await;
    let edit = |text: &str, time: &str| {
        let data = json!({
            "id": message.id, "channel_id": channel::GET_HELP, "guild_id": seed::HARBOUR, "content": text,
            "author": {"id": user::MEMBER, "username": "member"}, "edited_timestamp": time,
        });
        bot.events_of("MESSAGE_UPDATE", &data)
    };
    bot.deliver(edit("third", "2026-11-21T10:00:02.000000+00:00")).await;
    bot.deliver(edit("second", "2026-11-21T10:00:01.000000+00:00")).await;
    assert_eq!(contents(&bot).await, ["third"]);
}

#[tokio::test]
async fn after_the_ticket_was_closed_a_deletion_still_takes_the_text_and_a_late_message_still_belongs() {
    let mut bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    bot.relay_follows().await;
    let (message, _) = bot.says(user::MEMBER, channel::GET_HELP, "my address is ...").await;
    // The relay heard it, and delivers it only after the ticket was closed.
    let late = bot.world.discord.send_message(channel::GET_HELP, user::MEMBER, "thank you", None).unwrap();
    let late = bot.events_of_message(&late);
    close_ticket(&bot, channel::GET_HELP, now() + chrono::TimeDelta::seconds(5)).await;
    community_os::relay_filter::changed(&bot.cx()).await;
    bot.relay_follows().await;
    bot.deliver(late).await;
    assert_eq!(contents(&bot).await, ["my address is ...", "thank you"]);
    let gone = json!({"id": message.id, "channel_id": channel::GET_HELP, "guild_id": seed::HARBOUR});
    bot.deliver(bot.events_of("MESSAGE_DELETE", &gone)).await;
    assert_eq!(contents(&bot).await, ["", "thank you"]);
}

#[tokio::test]
async fn a_text_that_the_relay_cannot_decrypt_any_more_is_read_from_discord() {
    let mut bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    bot.relay_follows().await;
    let message = bot.world.discord.send_message(channel::GET_HELP, user::MEMBER, "the key is gone", None).unwrap();
    let mut events = bot.events_of_message(&message);
    for (_, event) in &mut events {
        event.body.take_text();
    }
    assert!(bot.deliver(events).await.iter().all(|outcome| *outcome == relay_wire::Outcome::Done));
    assert_eq!(contents(&bot).await, ["the key is gone"]);
}
