//! What the desk shows, and the buttons that are not about pausing.

use community_os::command;
use serde_json::{Value, json};
use world::{
    face::{Face, Fault},
    seed::{HARBOUR, user},
};

use super::at_the_desk;
use crate::{crisis::live, harness::Bot};

fn of<'a>(state: &'a Value, service: &str) -> Vec<&'a Value> {
    state["services"].as_array().unwrap().iter().filter(|one| one["service"] == service).collect()
}

#[tokio::test]
async fn the_panel_says_of_each_service_how_it_is_and_why() {
    let bot = live().await;
    let desk = at_the_desk(&bot).await;
    let (_, state) = desk.asks(&bot, "state", json!({})).await;
    for service in ["supabase", "upstash", "nlp"] {
        let found = of(&state, service);
        assert_eq!((found.len(), &found[0]["status"]), (1, &json!("up")), "{state}");
        assert!(found[0]["latency_ms"].is_number() && found[0]["seen_at"].is_string(), "{state}");
    }
    assert_eq!(of(&state, "gateway")[0]["status"], "down", "no relay was heard of");
    assert_eq!(of(&state, "claude")[0]["status"], "unknown");
    assert_eq!((&state["problems"], &state["pause"]["level"]), (&json!([]), &json!("none")));

    bot.world.shared.break_with(Fault::status(Face::Nlp, "", 503));
    let status = json!({
        "relay": "north", "status": "degraded", "at": bot.world_now(),
        "detail": {"queued": 7, "shards": [
            {"shard": 0, "shard_count": 2, "state": "ready", "latency_ms": 41},
            {"shard": 1, "shard_count": 2, "state": "connecting"},
        ]},
    });
    bot.cx().supabase.rpc::<()>("record_relay_status", &status).await.unwrap();
    let call = json!({
        "guild_id": HARBOUR, "purpose": "audit", "provider": "gemini", "model": "m", "prompt_version": "1", "request_id": "r",
        "outcome": "timeout", "duration_ms": 9_000, "attempts": 1, "at": bot.world_now(),
    });
    bot.cx().supabase.rpc::<()>("record_ai_calls", &json!({"calls": [call]})).await.unwrap();
    let (_, state) = desk.asks(&bot, "state", json!({})).await;
    let shards = of(&state, "gateway");
    assert_eq!((&shards[0]["instance"], &shards[0]["status"]), (&json!("shard 0 of 2"), &json!("up")), "{state}");
    assert_eq!((&shards[1]["status"], &shards[1]["reason"]), (&json!("down"), &json!("it is connecting")), "{state}");
    assert_eq!(of(&state, "relay")[0]["status"], "degraded");
    assert_ne!(of(&state, "nlp")[0]["status"], "up");
    assert_eq!(of(&state, "gemini")[0]["reason"], "its last answer: timeout");
}

#[tokio::test]
async fn what_is_off_by_choice_says_so() {
    let bot = Bot::without_env("ANTHROPIC_API_KEY").await;
    let desk = at_the_desk(&bot).await;
    let (_, state) = desk.asks(&bot, "state", json!({})).await;
    let claude = of(&state, "claude")[0];
    assert_eq!(claude["status"], "off");
    assert!(claude["reason"].as_str().unwrap().contains("ANTHROPIC_API_KEY"), "{claude}");
}

#[tokio::test]
async fn flush_forgets_what_only_saves_work_and_touches_nothing_else() {
    let bot = live().await;
    let desk = at_the_desk(&bot).await;
    let keep = ["crisis:history:1:2", "ash:talk:1", "lease:x", "pause", "admin:tries"];
    let caches = ["crisis:team:1:2", "ai:open:claude", "crisis:nlp:rests"];
    let set: Vec<_> = keep.iter().chain(&caches).map(|key| command!["SET", *key, "1"]).collect();
    bot.cx().redis.pipeline(&set).await.unwrap();
    let (status, flushed) = desk.asks(&bot, "flush", json!({})).await;
    assert_eq!((status, flushed["flushed"].as_i64().unwrap() >= 3), (200, true), "{flushed}");
    let get: Vec<_> = keep.iter().chain(&caches).map(|key| command!["EXISTS", *key]).collect();
    let there: Vec<_> = bot.cx().redis.pipeline(&get).await.unwrap().iter().map(|one| one.int().unwrap()).collect();
    assert_eq!(there, [1, 1, 1, 1, 1, 0, 0, 0]);
    let log: Vec<Value> = bot.cx().supabase.select("admin_actions", "actor_id,what", &[]).await.unwrap();
    assert_eq!((log[0]["what"].as_str(), log.len()), (Some("flush_cache"), 1), "{log:?}");
    bot.cx().redis.pipeline(&[command!["DEL", "pause"]]).await.unwrap();
}

#[tokio::test]
async fn dead_letters_of_the_guild_are_asked_for_once_more_and_no_others() {
    let bot = Bot::alone().await;
    let desk = at_the_desk(&bot).await;
    let letter = |id: &str, guild: &str| json!({"event_id": id, "guild_id": guild, "kind": "message_created", "reason": "malformed", "relay": "north"});
    let letters = [letter("ours", &HARBOUR.to_string()), letter("nobodys", "0"), letter("theirs", "77")];
    bot.cx().supabase.rpc::<()>("bury_events", &json!({"letters": letters, "at": bot.world_now()})).await.unwrap();
    let ids = json!({"event_ids": ["ours", "nobodys", "theirs", "unknown", "'; drop table dead_letters; --"]});
    let (status, asked) = desk.asks(&bot, "replay", ids).await;
    assert_eq!((status, &asked["asked"]), (200, &json!(2)), "{asked}");
    let config = bot.relay_config().await;
    let mut replayed: Vec<_> = config.replay.iter().map(|one| one.event_id.clone()).collect();
    replayed.sort();
    assert_eq!(replayed, ["nobodys", "ours"]);
    let log: Vec<Value> = bot.cx().supabase.select("admin_actions", "what,actor_id", &[]).await.unwrap();
    assert_eq!(log[0]["what"], "replay");
    assert_eq!(log[0]["actor_id"].to_string().trim_matches('"'), user::ADMIN.to_string());
}
