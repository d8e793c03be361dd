//! What the relay and the Worker promise together: complete transcripts, gaps that are filled, shards without overlap, erasure.

use community_os::{clients::supabase::Filter, relay_filter};
use relay_wire::ShardState;
use serde_json::{Value, json};
use tokio::task::LocalSet;
use world::{
    discord::{Id, gateway::session::Order},
    face::{Face, Fault},
    seed::{FRESH_START, HARBOUR, channel, user},
};

use crate::stage::{Stage, until};

impl Stage {
    async fn opens_ticket(&self, opener: Id, channel: Id) {
        let cx = self.bot.cx();
        let categories: Value = cx.supabase.rpc("ticket_categories_of", &json!({"guild_id": HARBOUR})).await.unwrap();
        let opening = json!({
            "guild_id": HARBOUR, "opener_id": opener, "category_id": categories[0]["category_id"],
            "open_key": channel.to_string(), "subject": "Help", "form": [], "role_ids": [], "panel_channel_id": channel,
            "at": crate::harness::now(),
        });
        let opened: Value = cx.supabase.rpc("open_ticket", &opening).await.unwrap();
        let placed = json!({
            "guild_id": HARBOUR, "ticket_id": opened["ticket"]["ticket_id"], "action": "placed", "actor_id": "0",
            "args": {"channel_id": channel, "place": "channel"}, "at": crate::harness::now(),
        });
        let _: Value = cx.supabase.rpc("change_ticket", &placed).await.unwrap();
        relay_filter::changed(&cx).await;
    }

    fn say(&self, member: Id, channel: Id, texts: &[&str]) {
        for text in texts {
            self.bot.world.discord.send_message(channel, member, text, None).unwrap();
        }
    }

    async fn transcript(&self) -> Vec<String> {
        let mut rows = self.rows("ticket_messages", "message_id,content").await;
        rows.sort_by_key(|row| row["message_id"].as_u64());
        rows.iter().map(|row| row["content"].as_str().unwrap().to_owned()).collect()
    }

    async fn rows(&self, table: &'static str, columns: &'static str) -> Vec<Value> {
        self.bot.cx().supabase.select(table, columns, &[] as &[Filter]).await.unwrap()
    }
}

#[tokio::test]
async fn a_ticket_opened_and_written_in_at_once_in_a_quiet_guild_has_a_complete_transcript() {
    LocalSet::new()
        .run_until(async {
            let stage = Stage::set().await;
            let ticket = stage.bot.world.discord.create_channel(HARBOUR, "ticket-1", None).unwrap();
            stage.opens_ticket(user::MEMBER, ticket).await;
            stage.say(user::MEMBER, ticket, &["one", "two", "three"]);
            until(["one", "two", "three"].map(String::from).to_vec(), async || stage.transcript().await).await;
            stage.say(user::MEMBER, ticket, &["four"]);
            until(4, async || stage.transcript().await.len()).await;
            // A ticket is never scored; what is written elsewhere after it is.
            stage.say(user::MEMBER, channel::GENERAL, &["five"]);
            stage.until_score(user::MEMBER, "You have **1 point** from 1 message and 0 reactions.").await;
            assert_eq!(stage.transcript().await, ["one", "two", "three", "four"]);
            stage.end().await;
        })
        .await;
}

#[tokio::test]
async fn what_was_written_while_the_session_was_lost_is_fetched_from_discord() {
    LocalSet::new()
        .run_until(async {
            let stage = Stage::set().await;
            let ticket = stage.bot.world.discord.create_channel(HARBOUR, "ticket-1", None).unwrap();
            stage.opens_ticket(user::MEMBER, ticket).await;
            stage.say(user::MEMBER, ticket, &["before"]);
            until(["before".to_owned()].to_vec(), async || stage.transcript().await).await;

            // Nobody is connected and no session is left, so nobody will ever tell the relay of these.
            stage.bot.world.discord.state().hub.forget();
            stage.say(user::MEMBER, ticket, &["nobody", "heard", "this"]);
            stage.relay.until_ready().await;
            until(4, async || stage.transcript().await.len()).await;
            assert_eq!(stage.transcript().await, ["before", "nobody", "heard", "this"]);
            until(json!("DONE"), async || {
                stage.rows("relay_gaps", "status").await.first().map_or(Value::Null, |row| row["status"].clone())
            })
            .await;
            let gaps = stage.rows("relay_gaps", "reason,messages_found").await;
            assert_eq!(gaps.len(), 1, "{gaps:?}");
            assert_eq!(gaps[0]["reason"], "session_not_resumed");
            // It may find what was heard, too; that changes nothing.
            assert!(gaps[0]["messages_found"].as_u64() >= Some(3), "{gaps:?}");
            stage.end().await;
        })
        .await;
}

#[tokio::test]
async fn two_relays_share_the_shards_and_a_third_is_told_who_has_them() {
    LocalSet::new()
        .run_until(async {
            let stage = Stage::with(&[("SHARDS", "0-0/2"), ("RELAY_NAME", "harbour-side")]).await;
            let second = stage.another(&[("SHARDS", "1-1/2"), ("RELAY_NAME", "second")]);
            second.until_ready().await;
            let third = stage.another(&[("SHARDS", "0-1/2"), ("RELAY_NAME", "third")]);
            let mut shards = third.state.shards.subscribe();
            let refused =
                shards.wait_for(|shards| shards.len() == 2 && shards.iter().all(|shard| shard.degraded.is_some()));
            let refused = refused.await.unwrap().clone();
            assert!(refused[0].degraded.as_ref().unwrap().contains("harbour-side"), "{refused:?}");
            assert!(refused[1].degraded.as_ref().unwrap().contains("second"), "{refused:?}");
            assert!(refused.iter().all(|shard| shard.state != ShardState::Ready));

            // Each guild is heard by its own shard, once.
            let discord = &stage.bot.world.discord;
            let in_fresh_start = discord.add_user("Sam");
            discord.join(FRESH_START, in_fresh_start, "Sam").unwrap();
            stage.say(user::MEMBER, channel::GENERAL, &["here"]);
            stage.say(in_fresh_start, channel::FRESH_GENERAL, &["there"]);
            until(2, async || stage.rows("activity_logs", "message_id").await.len()).await;
            stage.until_score(user::MEMBER, "You have **1 point** from 1 message and 0 reactions.").await;
            third.end().await;
            second.end().await;
            stage.end().await;
        })
        .await;
}

#[tokio::test]
async fn an_erasure_reaches_what_waits_in_the_relay() {
    LocalSet::new()
        .run_until(async {
            let stage = Stage::set().await;
            let (robin, kim) = (stage.bot.new_member("Robin"), stage.bot.new_member("Kim"));
            stage.bot.world.shared.break_with(Fault::status(Face::Supabase, "POST /rest/v1/rpc/ingest_activity", 503));
            stage.say(robin, channel::GENERAL, &["forget me"]);
            stage.say(kim, channel::GENERAL, &["hello"]);
            let cx = stage.bot.cx();
            let order = json!({"guild_id": HARBOUR, "user_id": robin});
            cx.supabase.rpc::<Value>("erase_from_relays", &order).await.unwrap();
            relay_filter::changed(&cx).await;
            until(true, async || {
                let erased = stage.relay.state.counters.all().into_iter().find(|(name, ..)| *name == "erased");
                erased.is_some_and(|(.., count)| count > 0)
            })
            .await;
            stage.bot.world.shared.mend();
            stage.until_score(kim, "You have **1 point** from 1 message and 0 reactions.").await;
            let scored = stage.rows("activity_logs", "user_id").await;
            assert_eq!(scored, [json!({"user_id": kim.0})], "Robin's message was never delivered");
            stage.end().await;
        })
        .await;
}

#[tokio::test]
async fn a_session_that_is_resumed_leaves_no_gap() {
    LocalSet::new()
        .run_until(async {
            let stage = Stage::set().await;
            stage.bot.world.discord.state().hub.order_all(|| Order::Close(4000));
            stage.say(user::MEMBER, channel::GENERAL, &["hello"]);
            stage.until_score(user::MEMBER, "You have **1 point** from 1 message and 0 reactions.").await;
            assert_eq!(stage.rows("relay_gaps", "reason").await, Vec::<Value>::new());
            stage.end().await;
        })
        .await;
}
