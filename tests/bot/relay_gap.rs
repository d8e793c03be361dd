//! What was written while nobody listened, and what the relay's filter kept back: it arrives all the same, once.

use chrono::TimeDelta;
use community_os::{clients::supabase::Filter, relay_filter};
use relay_wire::{Event, EventBody, Lane, Outcome};
use serde_json::{Value, json};
use world::{
    discord::{Id, Message},
    face::{Face, Fault},
    seed::{self, channel, user},
};

use crate::{
    harness::{Bot, logged, now},
    relay::{monitor, open_ticket, opts_out},
};

/// The gateway session ended `seconds` ago, and a new one began now.
fn gap(id: &str, seconds: i64) -> Vec<(Lane, Event)> {
    let to = now().timestamp_millis();
    let body = EventBody::RelayGap {
        shard: 0,
        shard_count: 1,
        from: to - seconds * 1_000,
        to,
        reason: "invalid session".into(),
    };
    vec![(Lane::Urgent, Event { id: id.into(), order: 1, attempt: 1, body })]
}

/// Ticks until nothing is left of the backfills; how many it took.
async fn ticks(bot: &Bot) -> u32 {
    for tick in 1..60 {
        bot.ticks(now() + TimeDelta::minutes(tick)).await;
        let jobs: Vec<Value> =
            bot.cx().supabase.select("jobs", "payload", &[Filter::eq("kind", "relay.backfill")]).await.unwrap();
        if jobs.is_empty() {
            return tick as u32;
        }
    }
    panic!("the backfill does not end");
}

pub async fn transcript(bot: &Bot) -> Vec<Value> {
    let columns = "message_id,author_id,author_name,content,edited_at,deleted_at";
    let mut rows: Vec<Value> = bot.cx().supabase.select("ticket_messages", columns, &[]).await.unwrap();
    rows.sort_by_key(|row| row["message_id"].as_u64());
    rows
}

pub async fn contents(bot: &Bot) -> Vec<String> {
    transcript(bot).await.iter().map(|row| row["content"].as_str().unwrap().to_owned()).collect()
}

async fn gaps(bot: &Bot) -> Vec<Value> {
    let columns = "event_id,relay,status,messages_found,detail,finished_at";
    let mut rows: Vec<Value> = bot.cx().supabase.select("relay_gaps", columns, &[]).await.unwrap();
    rows.sort_by_key(|row| row["event_id"].as_str().unwrap().to_owned());
    rows
}

/// Somebody writes, and no relay hears it.
fn unheard(bot: &Bot, member: Id, channel: Id, text: &str) -> Message {
    bot.world.discord.send_message(channel, member, text, None).unwrap()
}

async fn score(bot: &Bot, member: Id) -> String {
    bot.command(member, channel::GENERAL, "score", json!({"member": member})).await.text()
}

#[tokio::test]
async fn what_was_written_during_a_gap_arrives_once_though_it_is_read_twice() {
    let bot = Bot::alone().await;
    monitor(&bot, json!([channel::VENT])).await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    opts_out(&bot, user::NEWCOMER).await;
    unheard(&bot, user::MEMBER, channel::GET_HELP, "Is anybody there?");
    unheard(&bot, user::HELPER, channel::GET_HELP, "!ping yes, I am");
    unheard(&bot, user::NOISE_BOT, channel::GET_HELP, "beep");
    unheard(&bot, user::MEMBER, channel::VENT, "what a day");
    unheard(&bot, user::NEWCOMER, channel::VENT, "nobody shall read this");
    unheard(&bot, user::MEMBER, channel::GAMING, "not looked at");

    assert_eq!(bot.deliver(gap("a", 60)).await, [Outcome::Done]);
    assert_eq!(bot.deliver(gap("a", 60)).await, [Outcome::Done], "delivered again");
    bot.deliver(gap("b", 90)).await;
    assert_eq!(gaps(&bot).await.len(), 2);
    ticks(&bot).await;

    assert_eq!(contents(&bot).await, ["Is anybody there?", "!ping yes, I am"]);
    assert!(score(&bot, user::MEMBER).await.ends_with("from 1 message and 0 reactions."), "tickets are not scored");
    assert!(score(&bot, user::NEWCOMER).await.ends_with("from 1 message and 0 reactions."), "scored, not read");
    let by_bots: Vec<String> = bot.bot_messages(channel::GET_HELP).into_iter().map(|one| one.content).collect();
    assert_eq!(by_bots, ["beep"], "a command of an hour ago is not run");
    for done in gaps(&bot).await {
        assert_eq!(
            (&done["status"], &done["messages_found"], &done["relay"]),
            (&json!("DONE"), &json!(4), &json!("test"))
        );
        assert_eq!(done["detail"]["channels"], 2);
        assert!(done["finished_at"].is_string());
    }
    let sent = bot.world.shared.recorded(Face::Supabase);
    assert!(sent.iter().all(|one| !one.body.to_string().contains("nobody shall read this")));
    assert!(logged().iter().all(|line| !line.contains("Is anybody there")), "no text in the log");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_thread_of_a_monitored_channel_is_read_as_well() {
    let bot = Bot::alone().await;
    monitor(&bot, json!([channel::GENERAL])).await;
    unheard(&bot, user::MEMBER, channel::BOOK_CLUB, "chapter four");
    // Discord cannot list the threads at first.
    let list = format!("GET /api/v10/guilds/{}/threads", seed::HARBOUR);
    bot.world.shared.break_with(Fault { times: Some(2), ..Fault::status(Face::Discord, &list, 503) });
    bot.deliver(gap("a", 60)).await;
    ticks(&bot).await;
    assert_eq!(
        (&gaps(&bot).await[0]["messages_found"], &gaps(&bot).await[0]["detail"]["channels"]),
        (&json!(1), &json!(2))
    );
    assert!(score(&bot, user::MEMBER).await.contains("1 message"));
}

#[tokio::test]
async fn another_shards_gap_reads_nothing_here() {
    let bot = Bot::alone().await;
    monitor(&bot, json!([channel::VENT])).await;
    unheard(&bot, user::MEMBER, channel::VENT, "on the other shard");
    let harbour = (seed::HARBOUR.0 >> 22) % 2;
    let mut other = gap("a", 60);
    if let EventBody::RelayGap { shard, shard_count, .. } = &mut other[0].1.body {
        (*shard, *shard_count) = (1 - harbour as u32, 2);
    }
    bot.deliver(other).await;
    ticks(&bot).await;
    assert_eq!(gaps(&bot).await[0]["messages_found"], 0);
}

#[tokio::test]
async fn a_long_gap_is_read_in_steps() {
    let bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    for number in 0..450 {
        unheard(&bot, user::MEMBER, channel::GET_HELP, &format!("line {number}"));
    }
    bot.deliver(gap("a", 60)).await;
    assert!(ticks(&bot).await > 1);
    let expected: Vec<String> = (0..450).map(|number| format!("line {number}")).collect();
    assert_eq!(contents(&bot).await, expected);
    assert_eq!(gaps(&bot).await[0]["messages_found"], 450);
}

#[tokio::test]
async fn a_channel_that_is_forbidden_gone_or_limited_does_not_hold_up_the_others() {
    let bot = Bot::alone().await;
    monitor(&bot, json!([channel::VENT, channel::STAFF, channel::GENERAL, "1234"])).await;
    let hidden = world::discord::model::Overwrite {
        id: bot.cx().config.application_id.unwrap().0.to_string().parse().unwrap(),
        kind: world::discord::model::OverwriteKind::Member,
        allow: 0,
        deny: 1 << 10,
    };
    bot.world.discord.set_overwrite(channel::STAFF, hidden).unwrap();
    unheard(&bot, user::MEMBER, channel::VENT, "limited at first");
    unheard(&bot, user::MEMBER, channel::GENERAL, "in the open");
    let vent = format!("GET /api/v10/channels/{}/messages", channel::VENT);
    bot.world.shared.break_with(Fault {
        times: Some(1),
        body: Some(json!({"message": "You are being rate limited.", "retry_after": 3.0, "global": false})),
        ..Fault::status(Face::Discord, &vent, 429)
    });
    bot.deliver(gap("a", 60)).await;
    bot.ticks(now() + TimeDelta::seconds(2)).await;
    assert!(score(&bot, user::MEMBER).await.contains("1 message "), "the one in the open came");
    // Discord's limit is over.
    tokio::time::sleep(std::time::Duration::from_millis(3_100)).await;
    ticks(&bot).await;
    assert!(score(&bot, user::MEMBER).await.contains("2 messages "));
    let done = &gaps(&bot).await[0];
    assert_eq!(done["status"], "DONE");
    let unread = done["detail"]["unread"].as_object().unwrap();
    assert!(unread[&channel::STAFF.to_string()].as_str().unwrap().contains("403"), "{unread:?}");
    assert!(unread["1234"].as_str().unwrap().contains("404"), "{unread:?}");
}

#[tokio::test]
async fn the_database_is_down_in_the_middle_and_the_step_is_done_again() {
    let bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    unheard(&bot, user::MEMBER, channel::GET_HELP, "hold on");
    bot.deliver(gap("a", 60)).await;
    bot.world.shared.break_with(Fault::status(Face::Supabase, "POST /rest/v1/rpc/record_ticket_writing", 503));
    bot.ticks(now() + TimeDelta::seconds(2)).await;
    assert_eq!((contents(&bot).await.len(), &gaps(&bot).await[0]["status"]), (0, &json!("OPEN")));
    bot.world.shared.mend();
    let once = Fault { times: Some(1), ..Fault::status(Face::Supabase, "POST /rest/v1/rpc/relay_filter", 503) };
    bot.world.shared.break_with(once);
    ticks(&bot).await;
    assert_eq!(contents(&bot).await, ["hold on"]);
    assert_eq!(gaps(&bot).await[0]["messages_found"], 1);
}

#[tokio::test]
async fn what_a_handler_never_takes_ends_the_gap_all_the_same() {
    let bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    unheard(&bot, user::MEMBER, channel::GET_HELP, "hold on");
    bot.deliver(gap("a", 60)).await;
    bot.world.shared.break_with(Fault::status(Face::Supabase, "POST /rest/v1/rpc/record_ticket_writing", 503));
    for tick in 1..12 {
        bot.ticks(now() + TimeDelta::hours(2 * tick)).await;
    }
    let done = &gaps(&bot).await[0];
    assert_eq!((&done["status"], &done["detail"]["refused"]), (&json!("DONE"), &json!(1)));
}

#[tokio::test]
async fn a_ticket_that_the_relay_does_not_know_yet_keeps_what_is_written() {
    let mut bot = Bot::alone().await;
    let place = bot.world.discord.create_channel(seed::HARBOUR, "ticket-1", None).unwrap();
    open_ticket(&bot, user::MEMBER, place).await;
    // The relay's filter is of before: only the bulk event comes, without the text.
    let (message, outcomes) = bot.says(user::MEMBER, place, "my first words").await;
    assert_eq!(outcomes, [Outcome::Done]);
    assert_eq!(contents(&bot).await, ["my first words"]);
    bot.world.discord.edit_message(place, message.id, "my second words").unwrap();
    bot.edits(&bot.world.discord.message(place, message.id).unwrap()).await;
    assert_eq!(contents(&bot).await, ["my second words"]);

    // Now it follows, and the same message comes with its text as well.
    bot.relay_follows().await;
    let again = bot.events_of_message(&message);
    assert_eq!(again.iter().map(|(lane, _)| *lane).collect::<Vec<_>>(), [Lane::Urgent, Lane::Bulk]);
    assert_eq!(bot.deliver(again).await, [Outcome::Done, Outcome::Done]);
    assert_eq!(contents(&bot).await, ["my second words"]);
    let row = &transcript(&bot).await[0];
    assert_eq!((&row["author_name"], row["author_id"].as_u64()), (&json!("Member"), Some(user::MEMBER.0)));
    assert!(score(&bot, user::MEMBER).await.contains("no points yet"), "tickets are not scored");
}

#[tokio::test]
async fn a_message_that_is_gone_before_it_was_read_is_done() {
    let bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    relay_filter::changed(&bot.cx()).await;
    let message = unheard(&bot, user::MEMBER, channel::GET_HELP, "never mind");
    bot.world.discord.delete_message(channel::GET_HELP, message.id, None).unwrap();
    assert_eq!(bot.deliver(bot.events_of_message(&message)).await, [Outcome::Done]);
    assert_eq!(contents(&bot).await.len(), 0);

    // Discord in trouble: the event comes again.
    bot.world.shared.break_with(Fault::status(Face::Discord, "GET /api/v10/channels", 503));
    let message = unheard(&bot, user::MEMBER, channel::GET_HELP, "hello?");
    assert!(matches!(bot.deliver(bot.events_of_message(&message)).await[0], Outcome::Retry { .. }));
    bot.world.shared.mend();
    assert_eq!(bot.deliver(bot.events_of_message(&message)).await, [Outcome::Done]);
    assert_eq!(contents(&bot).await, ["hello?"]);
}

#[tokio::test]
async fn many_missing_texts_are_read_in_portions() {
    let bot = Bot::alone().await;
    let place = bot.world.discord.create_channel(seed::HARBOUR, "ticket-1", None).unwrap();
    open_ticket(&bot, user::MEMBER, place).await;
    let said: Vec<Message> =
        (0..25).map(|number| unheard(&bot, user::MEMBER, place, &format!("line {number}"))).collect();
    let mut events: Vec<_> = said.iter().flat_map(|message| bot.events_of_message(message)).collect();
    let mut deliveries = 0;
    while !events.is_empty() {
        deliveries += 1;
        let outcomes = bot.deliver(events.clone()).await;
        events =
            events.into_iter().zip(outcomes).filter(|(_, one)| *one != Outcome::Done).map(|(event, _)| event).collect();
    }
    assert_eq!((deliveries, contents(&bot).await.len()), (3, 25));
}

#[tokio::test]
async fn a_gap_that_cannot_be_is_dead() {
    let bot = Bot::alone().await;
    for change in [
        json!({"shard_count": 0}),
        json!({"shard": 4_294_967_295_u32}),
        json!({"from": i64::MIN, "to": i64::MAX}),
        json!({"shard": 1, "shard_count": 1}),
    ] {
        let mut body = json!({"shard": 0, "shard_count": 1, "from": 0, "to": 1, "reason": "x"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let body: EventBody = serde_json::from_value(json!({"relay_gap": body})).unwrap();
        let event = Event { id: change.to_string(), order: 1, attempt: 1, body };
        let outcomes = bot.deliver(vec![(Lane::Urgent, event)]).await;
        assert!(matches!(outcomes[0], Outcome::Dead { .. }), "{change}: {outcomes:?}");
    }
    assert_eq!(gaps(&bot).await.len(), 0);
}

#[tokio::test]
async fn an_ordinary_delivery_asks_nobody_for_text() {
    let bot = Bot::alone().await;
    monitor(&bot, json!([channel::VENT])).await;
    opts_out(&bot, user::NEWCOMER).await;
    relay_filter::changed(&bot.cx()).await;
    bot.world.shared.forget_recorded();
    bot.says(user::MEMBER, channel::GENERAL, "good morning").await;
    bot.says(user::NEWCOMER, channel::VENT, "leave me alone").await;
    assert_eq!(bot.world.shared.recorded(Face::Discord).len(), 0);
    let asked: Vec<_> = bot.world.shared.recorded(Face::Supabase).into_iter().map(|one| one.path).collect();
    let of = |function: &str| asked.iter().filter(|path| path.ends_with(function)).count();
    // Where people in crisis are looked for, also whether the team answered; once a delivery.
    assert_eq!((of("ingest_activity"), of("crisis_answers"), of("message")), (2, 2, 0), "{asked:?}");
}

#[tokio::test]
async fn a_relay_that_comes_back_with_an_empty_spool_has_missed_what_was_since_its_last_word() {
    let bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    let at = now().timestamp_millis() - 5_000;
    let status = EventBody::RelayStatus {
        at,
        version: "1".into(),
        relay: "test".into(),
        epoch: "old".into(),
        spooled: 0,
        oldest_ms: 0,
        dead: 0,
        thinned: 0,
        filter_version: String::new(),
        shards: vec![],
    };
    bot.deliver(vec![(Lane::Bulk, Event { id: "status".into(), order: 1, attempt: 1, body: status })]).await;
    unheard(&bot, user::MEMBER, channel::GET_HELP, "the volume was lost");
    let identify = |epoch: &str| json!({"v": 1, "relay": "test", "epoch": epoch, "shard": 0, "shard_count": 1, "max_concurrency": 16});
    bot.post(relay_wire::paths::IDENTIFY, &identify("old")).await;
    assert_eq!(gaps(&bot).await, Vec::<Value>::new(), "the same spool tells its gaps itself");
    bot.cx().redis.pipeline(&[community_os::command!["FLUSHDB"]]).await.unwrap();
    let granted = bot.post(relay_wire::paths::IDENTIFY, &identify("new")).await;
    assert!(String::from_utf8_lossy(granted.body()).contains("granted"));
    ticks(&bot).await;
    assert_eq!(contents(&bot).await, ["the volume was lost"]);
    assert_eq!(gaps(&bot).await.len(), 1);
}
