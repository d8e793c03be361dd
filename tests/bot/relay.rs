//! What the relay asks of the Worker: which shard may I have, what may I send; and what the Worker knows of it.

use community_os::{clients::supabase::OnConflict, relay_filter};
use http::{Request, StatusCode};
use relay_wire::{
    Event, EventBody, Identified, Identify, Lane, Leave, Outcome, Replay, ShardState, ShardStatus, Snowflake, Subject,
    Tick, TickAnswer, VERSION, paths,
};
use serde_json::{Value, json};
use world::{
    discord::Id,
    face::{Face, Fault},
    seed,
};

use crate::harness::{Bot, lonely, now, relay_signed};

fn relay(name: &str, shard: u32, total: u32) -> Identify {
    Identify {
        v: VERSION,
        relay: name.to_owned(),
        epoch: format!("spool of {name}"),
        shard,
        shard_count: total,
        max_concurrency: 1,
    }
}

async fn asks(bot: &Bot, asked: &Identify) -> Leave {
    let answer = bot.post(paths::IDENTIFY, asked).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", String::from_utf8_lossy(answer.body()));
    serde_json::from_slice::<Identified>(answer.body()).unwrap().leave
}

fn reason(leave: &Leave) -> &str {
    match leave {
        Leave::Refused { reason } => reason,
        other => panic!("not refused: {other:?}"),
    }
}

/// Five seconds pass for Discord's identify limit.
async fn slot_passes(bot: &Bot) {
    let keys = (0..4).map(|slot| format!("relay:identify:{slot}"));
    let command: Vec<String> = std::iter::once("DEL".to_owned()).chain(keys).collect();
    bot.cx().redis.pipeline(&[command]).await.unwrap();
}

#[tokio::test]
async fn a_shard_belongs_to_one_relay_and_its_own_spool_gets_it_again() {
    let bot = Bot::alone().await;
    assert_eq!(asks(&bot, &relay("east", 0, 2)).await, Leave::Granted);

    let west = relay("west", 0, 2);
    let refused = asks(&bot, &west).await;
    assert!(reason(&refused).contains("shard 0 of 2 is held by the relay east"), "{refused:?}");
    let copied = Identify { epoch: "another spool".into(), ..relay("east", 0, 2) };
    let refused = asks(&bot, &copied).await;
    assert!(reason(&refused).contains("another process with the name east"), "{refused:?}");

    slot_passes(&bot).await;
    assert_eq!(asks(&bot, &relay("east", 0, 2)).await, Leave::Granted, "a restart with the same spool");
}

#[tokio::test]
async fn shards_of_one_slot_wait_for_each_other() {
    let bot = Bot::alone().await;
    assert_eq!(asks(&bot, &relay("east", 0, 4)).await, Leave::Granted);
    let Leave::Wait { delay_ms } = asks(&bot, &relay("east", 1, 4)).await else { panic!("it has to wait") };
    assert!((1..=5_000).contains(&delay_ms), "{delay_ms}");
    // The one that waits has not taken the shard.
    slot_passes(&bot).await;
    assert_eq!(asks(&bot, &relay("west", 1, 4)).await, Leave::Granted);
    // With a concurrency of 16 the shards 2 and 3 have slots of their own.
    for shard in [2, 3] {
        let asked = Identify { max_concurrency: 16, ..relay("west", shard, 4) };
        assert_eq!(asks(&bot, &asked).await, Leave::Granted);
    }
}

#[tokio::test]
async fn who_is_refused_takes_nothing_from_others() {
    let bot = Bot::alone().await;
    assert_eq!(asks(&bot, &relay("east", 0, 2)).await, Leave::Granted);
    slot_passes(&bot).await;
    reason(&asks(&bot, &relay("west", 0, 2)).await);
    assert_eq!(asks(&bot, &relay("east", 1, 2)).await, Leave::Granted, "the slot was free");
}

#[tokio::test]
async fn relays_with_another_total_refuse_each_other() {
    let bot = Bot::alone().await;
    assert_eq!(asks(&bot, &relay("east", 0, 2)).await, Leave::Granted);
    slot_passes(&bot).await;
    let refused = asks(&bot, &relay("west", 3, 4)).await;
    assert!(reason(&refused).starts_with("the relay east runs with 2 shards in all, this one with 4"), "{refused:?}");
}

#[tokio::test]
async fn without_upstash_the_relay_is_told_to_pace_itself() {
    let bot = Bot::start().await;
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 503));
    assert_eq!(bot.post(paths::IDENTIFY, &relay("east", 0, 1)).await.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn what_no_relay_means_is_refused_with_the_mend() {
    let said = |body: Value| {
        let request = relay_signed(Request::post(paths::IDENTIFY), body.to_string().into_bytes(), now());
        let answer = lonely().handle(request);
        (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
    };
    let asked = |change: Value| {
        let mut body = serde_json::to_value(relay("east", 0, 1)).unwrap();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        said(body)
    };
    let (status, text) = asked(json!({"shard": 1}));
    assert!(status == 400 && text.contains("counted from 0"), "{text}");
    let (status, text) = asked(json!({"max_concurrency": 0}));
    assert!(status == 400 && text.contains("/gateway/bot"), "{text}");
    for change in [
        json!({"shard_count": 0}),
        json!({"shard": -1}),
        json!({"shard": 4_294_967_296_u64}),
        json!({"shard_count": 4_294_967_295_u32}),
        json!({"relay": ""}),
        json!({"relay": "x".repeat(200_000)}),
        json!({"epoch": "a\nb"}),
        json!({"v": 2}),
        json!({"relay": null}),
    ] {
        assert_eq!(asked(change.clone()).0, 400, "{change}");
    }
    assert_eq!(said(json!([])).0, 400);
    assert_eq!(asked(json!({})).0, 503, "a good one, without Upstash");
    assert_eq!(lonely().handle(Request::post(paths::IDENTIFY).body(vec![]).unwrap()).status(), 401);
}

#[test]
fn a_relay_with_a_wrong_clock_learns_the_time() {
    let late = now() - chrono::TimeDelta::minutes(6);
    let answer = lonely().handle(relay_signed(Request::get(paths::CONFIG), vec![], late));
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let date = answer.headers()["date"].to_str().unwrap();
    let read = chrono::DateTime::parse_from_rfc2822(date).unwrap();
    assert!((read.timestamp() - now().timestamp()).abs() <= 5, "{date}");
    assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    // To a stranger with the right time nothing is told.
    let stranger = lonely().handle(Request::get(paths::CONFIG).body(vec![]).unwrap());
    assert!(!stranger.headers().contains_key("date"));
}

/// A ticket in a channel that is there already.
pub async fn open_ticket(bot: &Bot, opener: Id, channel: Id) {
    let cx = bot.cx();
    let guild = json!({"guild_id": seed::HARBOUR});
    let categories: Value = cx.supabase.rpc("ticket_categories_of", &guild).await.unwrap();
    let opening = json!({
        "guild_id": seed::HARBOUR, "opener_id": opener, "category_id": categories[0]["category_id"],
        "open_key": channel.to_string(), "subject": "Help", "form": [], "role_ids": [], "panel_channel_id": channel,
        "at": now(),
    });
    let opened: Value = cx.supabase.rpc("open_ticket", &opening).await.unwrap();
    let id = &opened["ticket"]["ticket_id"];
    change_ticket(bot, id, "placed", json!({"channel_id": channel, "place": "channel"}), now()).await;
    change_ticket(bot, id, "opened_message", json!({"message_id": "1"}), now()).await;
}

pub async fn close_ticket(bot: &Bot, channel: Id, at: community_os::edge::Time) {
    let here = json!({"guild_id": seed::HARBOUR, "channel_id": channel});
    let ticket: Value = bot.cx().supabase.rpc("find_ticket", &here).await.unwrap();
    change_ticket(bot, &ticket["ticket_id"], "close", json!({}), at).await;
}

async fn change_ticket(bot: &Bot, id: &Value, action: &str, args: Value, at: community_os::edge::Time) {
    let change = json!({
        "guild_id": seed::HARBOUR, "ticket_id": id, "action": action, "actor_id": "0", "args": args, "at": at,
    });
    let changed: Value = bot.cx().supabase.rpc("change_ticket", &change).await.unwrap();
    assert_ne!(changed["outcome"], "refused", "{changed}");
}

pub async fn monitor(bot: &Bot, channels: Value) {
    let ids = channels.as_array().into_iter().flatten().map(|id| id.to_string().trim_matches('"').to_owned());
    let notices: serde_json::Map<String, Value> = ids.map(|id| (id, json!(""))).collect();
    let row = |key: &str, value: Value| json!({"guild_id": seed::HARBOUR, "key": key, "value": value});
    let rows = [
        row("crisis.monitored_channels", channels),
        row("crisis.notices", json!(notices)),
        row("crisis.stage", json!("live")),
    ];
    bot.cx().supabase.insert("guild_settings", &rows, Some(OnConflict::Replace("guild_id,key"))).await.unwrap();
}

pub async fn opts_out(bot: &Bot, member: Id) {
    let row = json!({"guild_id": seed::HARBOUR, "user_id": member, "monitoring_opt_out": true});
    bot.cx().supabase.insert("user_preferences", &[row], None).await.unwrap();
}

fn flake(id: Id) -> Snowflake {
    id.to_string().parse().unwrap()
}

#[tokio::test]
async fn the_filter_holds_what_the_tables_say() {
    let bot = Bot::alone().await;
    let empty = bot.relay_config().await;
    assert_eq!((empty.guilds.len(), empty.own_channels.len(), empty.command_prefix.as_str()), (0, 0, "!"));

    monitor(&bot, json!([seed::channel::VENT, seed::channel::GENERAL, "nonsense", "9999999999999999999", null, 7]))
        .await;
    opts_out(&bot, seed::user::NEWCOMER).await;
    open_ticket(&bot, seed::user::MEMBER, seed::channel::GET_HELP).await;
    let cx = bot.cx();
    let erase = json!({"guild_id": flake(seed::HARBOUR), "user_id": flake(seed::user::MEMBER)});
    cx.supabase.rpc::<i64>("erase_from_relays", &erase).await.unwrap();
    let everywhere = json!({"guild_id": "0", "message_id": "77"});
    cx.supabase.rpc::<i64>("erase_from_relays", &everywhere).await.unwrap();
    let neither = cx.supabase.rpc::<Option<i64>>("erase_from_relays", &json!({"guild_id": "0"})).await.unwrap();
    assert_eq!(neither, None, "nothing to erase");
    let letter = json!({"event_id": "0/1:a:9:bulk", "kind": "x", "reason": "y", "relay": "r"});
    cx.supabase.insert("dead_letters", &[letter], None).await.unwrap();
    let replay: i64 = cx.supabase.rpc("replay_dead_letter", &json!({"event_id": "0/1:a:9:bulk"})).await.unwrap();
    let unknown = cx.supabase.rpc::<Option<i64>>("replay_dead_letter", &json!({"event_id": "?"})).await.unwrap();
    assert_eq!(unknown, None);

    let config = bot.relay_config().await;
    let guild = &config.guilds[0];
    assert_eq!(guild.guild_id, flake(seed::HARBOUR));
    assert_eq!(
        guild.monitored_channels,
        [Snowflake(7), flake(seed::channel::GENERAL), flake(seed::channel::VENT)],
        "in their order, without nonsense"
    );
    assert_eq!(guild.opted_out, [flake(seed::user::NEWCOMER)]);
    assert_eq!(config.own_channels, [flake(seed::channel::GET_HELP)]);
    let [of_user, of_message] = config.erase.as_slice() else { panic!("{:?}", config.erase) };
    assert_eq!(of_user.subject, Subject::UserId(flake(seed::user::MEMBER)));
    assert_eq!(of_user.guild_id, Some(flake(seed::HARBOUR)));
    assert!((of_user.until - now().timestamp_millis()).abs() < 60_000);
    assert_eq!((of_message.subject, of_message.guild_id), (Subject::MessageId(Snowflake(77)), None));
    assert_eq!(config.replay, [Replay { id: replay, event_id: "0/1:a:9:bulk".into() }]);
}

async fn told_version(bot: &Bot) -> String {
    let answer = bot.post(paths::TICK, &Tick { v: VERSION, relay: "test".into() }).await;
    serde_json::from_slice::<TickAnswer>(answer.body()).unwrap().orders.filter_version
}

#[tokio::test]
async fn a_version_names_the_content_and_changes_with_it() {
    let bot = Bot::alone().await;
    let first = bot.relay_config().await.filter_version;
    assert_eq!(bot.get_config(Some(&first)).await.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(told_version(&bot).await, first);

    open_ticket(&bot, seed::user::MEMBER, seed::channel::GET_HELP).await;
    relay_filter::changed(&bot.cx()).await;
    let second = told_version(&bot).await;
    assert_ne!(second, first);
    let answer = bot.get_config(Some(&first)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["etag"], format!("\"{second}\""));
    assert_eq!(bot.get_config(Some(&second)).await.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_store_that_does_not_answer_never_shrinks_the_filter() {
    let bot = Bot::alone().await;
    open_ticket(&bot, seed::user::MEMBER, seed::channel::GET_HELP).await;
    let version = bot.relay_config().await.filter_version;
    assert_eq!(told_version(&bot).await, version);

    bot.world.shared.break_with(Fault::status(Face::Supabase, "", 503));
    assert_eq!(bot.get_config(Some(&version)).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    bot.world.shared.mend();
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 503));
    assert_eq!(told_version(&bot).await, version);
    assert_eq!(bot.relay_config().await.own_channels.len(), 1);
    bot.world.shared.mend();

    // Upstash forgot everything: the version is made again.
    bot.cx().redis.pipeline(&[vec!["FLUSHDB".into()]]).await.unwrap();
    bot.cx().orders.expire();
    assert_eq!(told_version(&bot).await, version);
}

/// The relay's word about itself, `age` milliseconds ago.
fn status(name: &str, age: i64, spooled: u64, state: ShardState) -> Event {
    let shard =
        ShardStatus { shard: 0, shard_count: 1, state, latency_ms: Some(40), resumes: 0, gaps: 0, degraded: None };
    let body = EventBody::RelayStatus {
        at: now().timestamp_millis() - age,
        version: "1".into(),
        relay: name.into(),
        epoch: format!("spool of {name}"),
        spooled,
        oldest_ms: 0,
        dead: 2,
        thinned: 5,
        filter_version: "f".into(),
        shards: vec![shard],
    };
    Event { id: format!("{name}-{age}"), order: 1, attempt: 1, body }
}

async fn health(bot: &Bot) -> Value {
    bot.cx().health.expire();
    let answer = bot.app.handle(Request::get("/health/detailed").body(vec![]).unwrap(), now()).await.response;
    serde_json::from_slice(answer.body()).unwrap()
}

#[tokio::test]
async fn health_tells_of_the_relay_and_of_its_silence() {
    let bot = Bot::alone().await;
    let before = health(&bot).await;
    assert_eq!(
        (&before["components"]["relay"]["status"], &before["status"]),
        (&json!("never_heard_of"), &json!("healthy"))
    );

    let word = |age, spooled| (Lane::Bulk, status("east", age, spooled, ShardState::Ready));
    assert_eq!(bot.deliver(vec![word(20_000, 7), word(0, 3)]).await, [Outcome::Done, Outcome::Done]);
    // An older one that comes late changes nothing.
    bot.deliver(vec![word(10_000, 9)]).await;
    let up = health(&bot).await;
    let relay = &up["components"]["relay"]["relays"][0];
    assert_eq!((&up["status"], &relay["relay"], &relay["status"]), (&json!("healthy"), &json!("east"), &json!("up")));
    assert_eq!((&relay["queued"], &relay["dead"], &relay["thinned"]), (&json!(3), &json!(2), &json!(5)));
    assert!(relay["age_ms"].as_i64().unwrap() < 10_000);
    assert_eq!(up["components"]["relay"]["gaps"], json!({"open": 0, "backfilling": 0}));

    bot.deliver(vec![(Lane::Bulk, status("west", 70_000, 0, ShardState::Ready))]).await;
    let silent = health(&bot).await;
    assert_eq!((&silent["status"], &silent["components"]["relay"]["status"]), (&json!("degraded"), &json!("degraded")));
    assert_eq!(silent["components"]["relay"]["relays"][1]["status"], "down");
}

#[tokio::test]
async fn a_status_is_one_write_and_keeps_the_shards() {
    let bot = Bot::alone().await;
    bot.world.shared.forget_recorded();
    bot.deliver(vec![(Lane::Bulk, status("east", 0, 0, ShardState::Ready))]).await;
    assert_eq!(bot.world.shared.recorded(Face::Supabase).len(), 1);
    assert_eq!(bot.world.shared.recorded(Face::Upstash).len(), 2, "its word, and the orders of the answer");
    // It runs with that shard: nobody else gets it, though it never asked.
    let refused = asks(&bot, &relay("west", 0, 1)).await;
    assert!(reason(&refused).contains("held by the relay east"), "{refused:?}");

    // Another one that runs it all the same is seen.
    bot.deliver(vec![(Lane::Bulk, status("west", 0, 0, ShardState::Ready))]).await;
    let seen = health(&bot).await;
    let west = &seen["components"]["relay"]["relays"][1];
    assert_eq!(
        (&west["status"], &west["conflicts"]),
        (&json!("degraded"), &json!(["shard 0 of 1 is held by the relay east"]))
    );
}

#[tokio::test]
async fn a_status_that_cannot_be_written_does_not_come_again() {
    let bot = Bot::alone().await;
    bot.world.shared.break_with(Fault::status(Face::Supabase, "", 503));
    assert_eq!(bot.deliver(vec![(Lane::Bulk, status("east", 0, 0, ShardState::Ready))]).await, [Outcome::Done]);
    let seen = health(&bot).await;
    assert_eq!(seen["components"]["relay"]["relays"][0]["status"], "up", "Upstash heard of it: {seen}");
}

#[tokio::test]
async fn an_event_that_dies_again_after_a_replay_is_seen() {
    let bot = Bot::alone().await;
    let batch = json!({"v": 1, "relay": "east", "epoch": "e", "lane": "bulk", "events": [
        {"id": "0/1:a:1:bulk", "order": 1, "attempt": 1, "body": {"message_created": {"guild_id": 7.5}}},
    ]});
    bot.post(paths::EVENTS, &batch).await;
    let letters = async || {
        let columns = "event_id,relay,attempts,last_died_at,replayed_at,created_at";
        bot.cx().supabase.select::<Value>("dead_letters", columns, &[]).await.unwrap().remove(0)
    };
    let first = letters().await;
    assert_eq!((&first["attempts"], &first["relay"], &first["replayed_at"]), (&json!(1), &json!("east"), &Value::Null));
    bot.cx().supabase.rpc::<i64>("replay_dead_letter", &json!({"event_id": "0/1:a:1:bulk"})).await.unwrap();
    assert_eq!(bot.relay_config().await.replay[0].event_id, "0/1:a:1:bulk");
    bot.post(paths::EVENTS, &batch).await;
    let again = letters().await;
    assert_eq!((&again["attempts"], &again["created_at"]), (&json!(2), &first["created_at"]));
    let at = |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap();
    assert!(at(&again["last_died_at"]) >= at(&again["replayed_at"]));
}
