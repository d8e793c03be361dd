//! Online times: only where guild and member both agreed, right through repeats, gaps and restarts.

use chrono::TimeDelta;
use relay_wire::{Event, EventBody, Lane, Outcome, Snowflake};
use serde_json::{Value, json};
use world::{discord::Id, seed};

use crate::harness::{Bot, now};

async fn agrees(bot: &Bot, member: Id) {
    let row = json!({"guild_id": seed::HARBOUR, "user_id": member, "presence_opt_in": true});
    bot.cx().supabase.insert("user_preferences", &[row], None).await.unwrap();
}

/// `seconds` ago.
fn presence(member: Id, status: &str, seconds: i64) -> (Lane, Event) {
    let body = EventBody::PresenceChanged {
        guild_id: Snowflake(seed::HARBOUR.0),
        user_id: Snowflake(member.0),
        status: status.to_owned(),
        at: now().timestamp_millis() - seconds * 1_000,
    };
    (Lane::Bulk, Event { id: format!("{member}:{status}:{seconds}"), order: 1, attempt: 1, body })
}

/// `status duration`, in order; a running one has no duration.
async fn sessions(bot: &Bot, member: Id) -> Vec<(String, Option<i64>)> {
    let mut rows = bot.rows("presence_sessions", "user_id", member).await;
    rows.sort_by_key(|row| row["started_at"].as_str().unwrap().to_owned());
    rows.iter().map(|row| (row["status"].as_str().unwrap().to_owned(), row["duration_seconds"].as_i64())).collect()
}

fn over(status: &str, seconds: i64) -> (String, Option<i64>) {
    (status.to_owned(), Some(seconds))
}

async fn heartbeat(bot: &Bot, seconds_ago: i64) {
    let at = now() - TimeDelta::seconds(seconds_ago);
    let status = json!({"relay": "test", "status": "up", "detail": {}, "at": at});
    bot.cx().supabase.rpc::<()>("record_relay_status", &status).await.unwrap();
}

#[tokio::test]
async fn nothing_is_kept_of_who_did_not_agree_or_where_it_is_off() {
    let bot = Bot::alone().await;
    let (asked, silent) = (bot.new_member("Asked"), bot.new_member("Silent"));
    agrees(&bot, asked).await;
    assert_eq!(bot.deliver(vec![presence(asked, "online", 60)]).await, [Outcome::Done]);
    assert_eq!(sessions(&bot, asked).await, [], "off in this guild");
    bot.set(seed::HARBOUR, "members.presence", json!(true)).await;
    bot.deliver(vec![presence(asked, "online", 50), presence(silent, "online", 50)]).await;
    assert_eq!((sessions(&bot, asked).await.len(), sessions(&bot, silent).await.len()), (1, 0));
}

#[tokio::test]
async fn a_day_online_is_told_in_sessions_whatever_comes_twice_or_late() {
    let bot = Bot::alone().await;
    bot.set(seed::HARBOUR, "members.presence", json!(true)).await;
    let robin = bot.new_member("Robin");
    agrees(&bot, robin).await;
    let day = [
        presence(robin, "online", 1_000),
        presence(robin, "online", 900),
        presence(robin, "idle", 700),
        presence(robin, "offline", 600),
        presence(robin, "dnd", 100),
    ];
    bot.deliver(day.to_vec()).await;
    bot.deliver(day.to_vec()).await;
    // What was overtaken changes nothing.
    bot.deliver(vec![presence(robin, "online", 650)]).await;
    bot.deliver(vec![presence(robin, "offline", 300)]).await;
    assert_eq!(sessions(&bot, robin).await, [over("online", 300), over("idle", 100), ("dnd".to_owned(), None)]);

    // A status that Discord may invent, and a clock that is ahead.
    bot.deliver(vec![presence(robin, "streaming", -500)]).await;
    let last = sessions(&bot, robin).await.pop().unwrap();
    assert!(matches!(last.1, Some(100..=110)), "{last:?}");
}

#[tokio::test]
async fn two_deliveries_at_once_open_one_session() {
    let bot = Bot::alone().await;
    bot.set(seed::HARBOUR, "members.presence", json!(true)).await;
    let robin = bot.new_member("Robin");
    agrees(&bot, robin).await;
    let (a, b, c) = tokio::join!(
        bot.deliver(vec![presence(robin, "online", 60)]),
        bot.deliver(vec![presence(robin, "online", 60)]),
        bot.deliver(vec![presence(robin, "idle", 30)])
    );
    assert!([a, b, c].iter().flatten().all(|outcome| *outcome == Outcome::Done));
    let all = sessions(&bot, robin).await;
    assert_eq!(all.iter().filter(|one| one.1.is_none()).count(), 1, "{all:?}");
}

#[tokio::test]
async fn a_relay_that_falls_silent_ends_sessions_where_they_were_last_seen() {
    let bot = Bot::alone().await;
    bot.set(seed::HARBOUR, "members.presence", json!(true)).await;
    let robin = bot.new_member("Robin");
    agrees(&bot, robin).await;
    bot.deliver(vec![presence(robin, "online", 3_600)]).await;
    heartbeat(&bot, 600).await;
    bot.ticks(now()).await;
    assert_eq!(sessions(&bot, robin).await, [("online".to_owned(), None)], "the relay was there ten minutes ago");
    bot.ticks(now() + TimeDelta::minutes(25)).await;
    let all = sessions(&bot, robin).await;
    assert!(matches!(all[..], [(_, Some(2_999..=3_001))]), "{all:?}");
}

#[tokio::test]
async fn a_gap_ends_sessions_where_it_began_on_its_own_shard_only() {
    let bot = Bot::alone().await;
    bot.set(seed::HARBOUR, "members.presence", json!(true)).await;
    let robin = bot.new_member("Robin");
    agrees(&bot, robin).await;
    bot.deliver(vec![presence(robin, "online", 1_000)]).await;
    let harbour = ((seed::HARBOUR.0 >> 22) % 2) as u32;
    let gap = async |shard: u32| {
        let (from, to) = (now().timestamp_millis() - 400_000, now().timestamp_millis());
        let body = EventBody::RelayGap { shard, shard_count: 2, from, to, reason: "invalid session".into() };
        bot.deliver(vec![(Lane::Urgent, Event { id: format!("gap {shard}"), order: 1, attempt: 1, body })]).await
    };
    gap(1 - harbour).await;
    assert_eq!(sessions(&bot, robin).await, [("online".to_owned(), None)]);
    gap(harbour).await;
    let all = sessions(&bot, robin).await;
    assert!(matches!(all[..], [(_, Some(599..=601))]), "{all:?}");
    bot.deliver(vec![presence(robin, "idle", 10)]).await;
    assert_eq!(sessions(&bot, robin).await.len(), 2);
}

#[tokio::test]
async fn who_takes_it_back_is_not_followed_any_more() {
    let bot = Bot::alone().await;
    bot.set(seed::HARBOUR, "members.presence", json!(true)).await;
    let robin = bot.new_member("Robin");
    agrees(&bot, robin).await;
    bot.deliver(vec![presence(robin, "online", 100)]).await;
    let off =
        json!({"guild_ids": [seed::HARBOUR], "user_id": robin, "chosen": {"presence_opt_in": false}, "at": now()});
    bot.cx().supabase.rpc::<()>("set_preferences", &off).await.unwrap();
    bot.deliver(vec![presence(robin, "idle", 10)]).await;
    assert_eq!(sessions(&bot, robin).await, [over("online", 0)], "ended where it was last heard of");
    let rows: Vec<Value> = bot.rows("user_preferences", "user_id", robin).await;
    assert_eq!(rows[0]["presence_opt_in"], json!(false));
}
