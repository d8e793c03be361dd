//! Who is a member and since when: heard of by events in any order, and read from Discord's own list.

use chrono::TimeDelta;
use community_os::clients::supabase::Filter;
use http::Request;
use relay_wire::{EventBody, Outcome};
use serde_json::{Value, json};
use world::{
    discord::Id,
    face::{Face, Fault},
    seed::{self, user},
};

use crate::{
    harness::{Bot, logged, now},
    tickets::with_ticket,
};

async fn member(bot: &Bot, id: Id) -> Value {
    bot.rows("discord_users", "user_id", id).await.pop().unwrap_or_default()
}

fn members_of(guild: Id) -> String {
    format!("GET /api/v10/guilds/{guild}/members")
}

/// `join leave join`, by time.
async fn history(bot: &Bot, id: Id) -> Vec<String> {
    let mut rows = bot.rows("member_events", "user_id", id).await;
    rows.sort_by_key(|row| row["occurred_at"].as_str().unwrap().to_owned());
    rows.iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_member_joins_changes_leaves_and_comes_back() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    assert_eq!(bot.hears_join(seed::HARBOUR, robin).await, [Outcome::Done]);
    bot.hears_join(seed::HARBOUR, robin).await;
    let row = member(&bot, robin).await;
    assert_eq!((&row["display_name"], &row["left_at"]), (&json!("Robin"), &Value::Null));
    assert!(row["guild_join_date"].is_string());

    let renamed = json!({
        "guild_id": seed::HARBOUR, "user": bot.world.discord.state().user(robin), "nick": "**@everyone** `x`", "roles": [],
    });
    bot.deliver(bot.events_of("GUILD_MEMBER_UPDATE", &renamed)).await;
    assert_eq!(member(&bot, robin).await["display_name"], "**@everyone** `x`");

    bot.world.discord.leave(seed::HARBOUR, robin).unwrap();
    bot.hears_leave(seed::HARBOUR, robin).await;
    bot.hears_leave(seed::HARBOUR, robin).await;
    assert!(member(&bot, robin).await["left_at"].is_string());
    assert_eq!(history(&bot, robin).await, ["join", "leave"]);

    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    bot.world.discord.join(seed::HARBOUR, robin, "Robin").unwrap();
    bot.hears_join(seed::HARBOUR, robin).await;
    assert_eq!(member(&bot, robin).await["left_at"], Value::Null);
    assert_eq!(history(&bot, robin).await, ["join", "leave", "join"]);
    assert!(logged().iter().all(|line| !line.contains("Robin")), "no name in the log");
    bot.assert_nothing_unexpected();
}

/// Every order of joining, leaving and joining again, each event twice: the end is the same.
#[tokio::test]
async fn whatever_the_order_the_end_is_the_same() {
    let bot = Bot::alone().await;
    let happened = [("join", 1_000), ("leave", 2_000), ("join", 3_000)];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (number, order) in orders.iter().enumerate() {
        let id = Id(77_000 + number as u64);
        for place in order.iter().chain(order) {
            let (kind, at) = happened[*place];
            let event = json!({"kind": kind, "guild_id": seed::HARBOUR, "user_id": id, "name": "Kim", "at": at});
            bot.cx().supabase.rpc::<()>("record_members", &json!({"events": [event], "at": now()})).await.unwrap();
        }
        assert_eq!(history(&bot, id).await, ["join", "leave", "join"], "{order:?}");
        assert_eq!(member(&bot, id).await["left_at"], Value::Null, "{order:?}");
        assert!(member(&bot, id).await["guild_join_date"].as_str().unwrap().starts_with("1970-01-01T00:00:03"));
    }
    // Joined and left, heard of the other way round.
    for (kind, at) in [("leave", 5_000), ("join", 4_000)] {
        let event = json!({"kind": kind, "guild_id": seed::HARBOUR, "user_id": "78", "name": "Kim", "at": at});
        bot.cx().supabase.rpc::<()>("record_members", &json!({"events": [event], "at": now()})).await.unwrap();
    }
    assert!(member(&bot, Id(78)).await["left_at"].is_string());
}

#[tokio::test]
async fn two_isolates_at_once_write_the_same() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    let (a, b, c) = tokio::join!(
        bot.hears_join(seed::HARBOUR, robin),
        bot.hears_leave(seed::HARBOUR, robin),
        bot.hears_join(seed::HARBOUR, robin)
    );
    assert!([a, b, c].iter().flatten().all(|outcome| *outcome == Outcome::Done));
    assert_eq!(bot.rows("discord_users", "user_id", robin).await.len(), 1);
    assert_eq!(history(&bot, robin).await, ["join", "leave"]);
}

#[tokio::test]
async fn one_member_who_cannot_be_stored_does_not_spoil_the_others() {
    let bot = Bot::alone().await;
    let mut events = vec![];
    for name in ["A\0B", "Kim", "x"] {
        let id = bot.new_member(name);
        let state = bot.world.discord.state();
        let mut data = state.member(seed::HARBOUR, id).unwrap().json(&state.user(id));
        drop(state);
        data["guild_id"] = json!(seed::HARBOUR);
        data["nick"] = json!(if name == "x" { "ü".repeat(140) } else { name.to_owned() });
        events.extend(bot.events_of("GUILD_MEMBER_ADD", &data));
    }
    if let EventBody::MemberJoined { user_id, .. } = &mut events[1].1.body {
        *user_id = relay_wire::Snowflake(u64::MAX);
    }
    let outcomes = bot.deliver(events).await;
    assert!(matches!(outcomes[..], [Outcome::Done, Outcome::Dead { .. }, Outcome::Done]), "{outcomes:?}");
    let mut names: Vec<Value> = bot.cx().supabase.select("discord_users", "display_name", &[]).await.unwrap();
    names.sort_by_key(Value::to_string);
    assert_eq!(names, [json!({"display_name": "AB"}), json!({"display_name": "ü".repeat(100)})]);
}

#[tokio::test]
async fn the_list_of_members_is_read_once_and_each_week() {
    let bot = Bot::alone().await;
    bot.hears_guild(seed::HARBOUR).await;
    bot.hears_guild(seed::HARBOUR).await;
    let start = now();
    // Two at once: one of them lists.
    let (a, b) = tokio::join!(bot.app.scheduled(start), bot.app.scheduled(start));
    a.unwrap();
    b.unwrap();
    bot.ticks(start).await;
    let listed = bot.rows("discord_users", "guild_id", seed::HARBOUR).await;
    assert_eq!(listed.len(), 8, "without the two bots: {listed:?}");
    assert!(listed.iter().all(|row| row["guild_join_date"].is_string() && row["listed_at"].is_string()));
    assert_eq!(bot.rows("member_events", "guild_id", seed::HARBOUR).await.len(), 0, "nobody joined just now");

    // Nobody hears that one left and another came.
    bot.world.discord.leave(seed::HARBOUR, user::NEWCOMER).unwrap();
    let late = bot.new_member("Late");
    bot.world.shared.forget_recorded();
    bot.ticks(start + TimeDelta::days(6)).await;
    assert!(bot.world.shared.recorded(Face::Discord).is_empty());
    bot.ticks(start + TimeDelta::days(8)).await;
    assert!(member(&bot, user::NEWCOMER).await["left_at"].is_string());
    assert_eq!(member(&bot, user::MEMBER).await["left_at"], Value::Null);
    assert_eq!(history(&bot, user::NEWCOMER).await, ["leave"]);
    assert_eq!(history(&bot, late).await, ["join"]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_large_guild_is_read_in_pages_and_goes_on_where_it_was() {
    let bot = Bot::alone().await;
    {
        let mut state = bot.world.discord.state();
        for number in 0..6_000 {
            state.join_guild(seed::FRESH_START, Id(500_000 + number), "Many", 1_000);
        }
    }
    bot.hears_guild(seed::FRESH_START).await;
    let start = now();
    bot.ticks(start).await;
    let count = async || {
        let all = json!({"tables": [{"table": "discord_users", "column": "guild_id"}], "guild_id": seed::FRESH_START, "user_id": seed::FRESH_START});
        let count: Value = bot.cx().supabase.rpc("count_person", &all).await.unwrap();
        count["discord_users.guild_id"].as_u64().unwrap()
    };
    assert_eq!(count().await, 5_000, "five pages");
    // Discord has a bad minute; nothing is read twice and nothing is lost.
    bot.world
        .shared
        .break_with(Fault { times: Some(1), ..Fault::status(Face::Discord, &members_of(seed::FRESH_START), 503) });
    for minute in 1..4 {
        bot.ticks(start + TimeDelta::minutes(minute)).await;
    }
    assert_eq!(count().await, 6_002);
    assert!(logged().iter().any(|line| line.contains("503")), "the bad minute was there");
}

#[tokio::test]
async fn without_the_intent_it_is_said_and_not_tried_for_ever() {
    let bot = Bot::alone().await;
    let forbidden = Fault {
        body: Some(json!({"message": "Missing Access", "code": 50001})),
        ..Fault::status(Face::Discord, &members_of(seed::FRESH_START), 403)
    };
    bot.world.shared.break_with(forbidden);
    bot.hears_guild(seed::FRESH_START).await;
    let start = now();
    for minute in 0..5 {
        bot.ticks(start + TimeDelta::minutes(minute)).await;
    }
    assert_eq!(bot.world.shared.recorded(Face::Discord).iter().filter(|one| one.path.contains("members")).count(), 1);
    assert_eq!(logged().iter().filter(|line| line.contains("setting_problem")).count(), 1);

    let seen = bot.command(user::OWNER, seed::channel::FRESH_GENERAL, "setup", json!({})).await;
    let seen = bot.press(&seen, "1:admin.feature", &["members"]).await;
    let said = seen.text();
    assert!(said.contains("Please switch on the **Server Members Intent**"), "{said}");
    let health = bot.app.handle(Request::get("/health/detailed").body(vec![]).unwrap(), now()).await.response;
    let health: Value = serde_json::from_slice(health.body()).unwrap();
    assert_eq!(health["components"]["features"]["guilds_with_trouble"], json!({"members.listing": 1}));

    // Once it works, nothing of that is said any more.
    bot.world.shared.mend();
    bot.ticks(start + TimeDelta::days(8)).await;
    assert_eq!(bot.rows("setting_problems", "guild_id", seed::FRESH_START).await.len(), 0);
    let jobs: Vec<Value> =
        bot.cx().supabase.select("jobs", "kind", &[Filter::eq("kind", "members.backfill")]).await.unwrap();
    assert_eq!(jobs.len(), 1, "next week's");
}

/// `name` of a server (its own id) or a channel, as the dashboard shows it.
async fn name_of(bot: &Bot, place: Id) -> String {
    let rows = bot.rows("place_names", "place_id", place).await;
    rows.first().map_or_else(String::new, |row| row["name"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_dashboard_calls_servers_and_channels_by_the_names_they_have_now() {
    let bot = Bot::alone().await;
    bot.hears_guild(seed::HARBOUR).await;
    assert_eq!(name_of(&bot, seed::HARBOUR).await, "A guild", "as the gateway told it");
    assert_eq!(name_of(&bot, seed::channel::GENERAL).await, "", "not read yet");
    bot.ticks(now() + TimeDelta::minutes(1)).await;
    assert_eq!(name_of(&bot, seed::channel::GENERAL).await, "general");

    // A new channel is called by its name at once, with the next event about it.
    let planned = bot.world.discord.create_channel(seed::HARBOUR, "sunday-hikes", None).unwrap();
    let told = json!({"id": planned, "guild_id": seed::HARBOUR, "type": 0, "name": "sunday-hikes"});
    assert_eq!(bot.deliver(bot.events_of("CHANNEL_CREATE", &told)).await, [Outcome::Done]);
    assert_eq!(name_of(&bot, planned).await, "sunday-hikes");

    // While Discord does not answer, the event is done all the same: names are no reason to come again.
    bot.world.shared.break_with(Fault::status(
        Face::Discord,
        &format!("GET /api/v10/guilds/{}/channels", seed::HARBOUR),
        503,
    ));
    assert_eq!(bot.deliver(bot.events_of("CHANNEL_UPDATE", &told)).await, [Outcome::Done]);
    assert_eq!(name_of(&bot, planned).await, "sunday-hikes");
}

#[tokio::test]
async fn channels_of_tickets_are_not_among_those_names() {
    let (bot, place) = with_ticket().await;
    bot.hears("CHANNEL_UPDATE", json!({"id": place, "type": 0})).await;
    assert_eq!(name_of(&bot, seed::channel::GENERAL).await, "general");
    assert_eq!(name_of(&bot, place).await, "");
}
