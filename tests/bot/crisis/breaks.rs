//! Ash-NLP, Upstash, Supabase and Discord fail in every way they know, and the team is told all the same.

use std::{sync::atomic::Ordering, time::Instant};

use chrono::TimeDelta;
use community_os::{app::App, command, config::Config};
use futures_util::{StreamExt, future::join_all, stream};
use relay_wire::{Event, EventBody, Lane, Outcome, Snowflake};
use serde_json::{Value, json};
use world::{
    discord::Id,
    face::{Face, Fault},
    script::Script,
    seed::{self, channel, role, user},
};

use super::{alerts, all_alerts, count, deliver_at, finds, live, live_with, rests_no_more, until_done};
use crate::harness::{Bot, EDGE, logged, now, read};

/// How often Ash-NLP was asked about a message.
fn asked(bot: &Bot) -> usize {
    bot.world.shared.recorded(Face::Nlp).iter().filter(|one| one.path == "/analyze").count()
}

fn fails(bot: &Bot, face: Face, matching: &str, status: u16) {
    bot.world.shared.break_with(Fault::status(face, matching, status));
}

fn answers(bot: &Bot, script: Script) {
    bot.world.nlp.scripts.add(script);
}

/// Somebody is in danger in words that the screen knows; the alert that follows.
async fn in_danger(bot: &Bot) -> String {
    bot.says(user::MEMBER, channel::VENT, "i want to die").await;
    let found = all_alerts(bot);
    assert_eq!(found.len(), 1, "{:?}", found.iter().map(read).collect::<Vec<_>>());
    read(&found[0])
}

#[tokio::test]
async fn whatever_ash_nlp_answers_the_screen_tells_the_team() {
    let contradiction = json!({"severity": "nonsense", "crisis_score": 0.97});
    let scripts = [
        Script { status: Some(500), ..Script::default() },
        Script { status: Some(403), ..Script::default() },
        Script { status: Some(422), body: Some(json!({"detail": [{"input": "i want to die"}]})), ..Script::default() },
        Script { body: Some(json!("<html>it works</html>")), ..Script::default() },
        Script { body: Some(contradiction), ..Script::default() },
        Script { status: Some(429), headers: vec![("retry-after".into(), "60".into())], ..Script::default() },
    ];
    for script in scripts {
        let bot = live().await;
        answers(&bot, script.clone());
        let alert = in_danger(&bot).await;
        assert!(alert.contains("Crisis alert"), "{script:?}: {alert}");
        assert!(alert.contains("Ash-NLP did not answer: the built-in screen decided alone."), "{script:?}: {alert}");
    }
}

#[tokio::test]
async fn ash_nlp_hangs_and_the_alert_comes_after_five_seconds_once() {
    let bot = live().await;
    bot.world.shared.break_with(Fault {
        delay_ms: 8_000,
        status: None,
        ..Fault::status(Face::Nlp, "POST /analyze", 200)
    });
    let began = Instant::now();
    in_danger(&bot).await;
    assert!(began.elapsed().as_millis() < 6_500, "{:?}", began.elapsed());
}

#[tokio::test]
async fn weakness_4_a_score_that_contradicts_the_severity_changes_nothing() {
    let bot = live().await;
    let body = Some(json!({"crisis_score": 0.97, "requires_intervention": true}));
    answers(&bot, Script { severity: Some("safe".into()), body, ..Script::default() });
    bot.says(user::MEMBER, channel::VENT, "a lovely evening with friends").await;
    assert_eq!((all_alerts(&bot).len(), count(&bot, "crisis_alerts").await), (0, 0));
}

#[tokio::test]
async fn weakness_1_pictures_without_words_never_make_ash_nlp_rest() {
    let bot = live().await;
    for at in 0..7 {
        let message_id = Snowflake(Snowflake::at_ms(now().timestamp_millis()).0 + at);
        let body = EventBody::MessageCreated {
            guild_id: Some(Snowflake(seed::HARBOUR.0)),
            channel_id: Snowflake(channel::VENT.0),
            parent_id: None,
            message_id,
            author_id: Snowflake(user::MEMBER.0),
            author_name: "Member".into(),
            text: Some(if at % 2 == 0 { String::new() } else { " \n ".into() }),
            text_sent: true,
            attachments: vec![],
        };
        let event = Event { id: format!("picture-{at}"), order: at, attempt: 1, body };
        assert_eq!(bot.deliver(vec![(Lane::Urgent, event)]).await, [Outcome::Done]);
    }
    assert_eq!(asked(&bot), 0);
    // Nor does a text that it does not want.
    answers(&bot, Script { contains: Some("odd".into()), status: Some(422), ..Script::default() });
    for at in 0..7 {
        bot.says(bot.new_member(&format!("Somebody {at}")), channel::VENT, "odd").await;
    }
    assert_eq!(asked(&bot), 7, "each was asked about");
    let waiting = bot.cx().redis.pipeline(&[command!["ZCARD", "crisis:second_look"]]).await.unwrap();
    assert_eq!(waiting[0].int(), Some(0), "a second look would be refused as well");
}

#[tokio::test]
async fn weakness_13_after_its_rest_one_message_tries_ash_nlp_and_the_others_do_not_flood_it() {
    let bot = live_with(&[("NLP_INTERNAL_KEY", world::defaults::NLP_INTERNAL_KEY)]).await;
    let members: Vec<Id> = (0..20).map(|at| bot.new_member(&format!("Somebody {at}"))).collect();
    fails(&bot, Face::Nlp, "POST /analyze", 400 + 91);
    for member in &members[..5] {
        bot.says(*member, channel::VENT, "good morning").await;
    }
    assert_eq!(asked(&bot), 5, "what is refused for good is not tried twice");
    bot.says(members[5], channel::VENT, "good morning").await;
    assert_eq!(asked(&bot), 5, "it rests");

    rests_no_more(&bot).await;
    bot.world.shared.forget_recorded();
    bot.world.shared.mend();
    bot.world.shared.break_with(Fault { delay_ms: 400, ..Fault::status(Face::Nlp, "POST /analyze", 491) });
    join_all(members[6..16].iter().map(|member| bot.says(*member, channel::VENT, "good morning"))).await;
    assert_eq!(asked(&bot), 1, "one of ten");

    bot.world.shared.mend();
    rests_no_more(&bot).await;
    bot.says(members[16], channel::VENT, "good morning").await;
    bot.says(members[17], channel::VENT, "good morning").await;
    bot.says(members[18], channel::VENT, "good morning").await;
    assert_eq!(asked(&bot), 4, "an answer takes it back");
}

#[tokio::test]
async fn with_sixty_requests_a_minute_everybody_in_danger_is_seen() {
    let bot = live().await;
    bot.world.nlp.limited.store(true, Ordering::Relaxed);
    let texts = |at: usize| if at % 10 == 9 { "i want to die" } else { "good morning everybody" };
    let members: Vec<Id> = (0..150).map(|at| bot.new_member(&format!("Somebody {at}"))).collect();
    for (at, member) in members.iter().enumerate() {
        let (_, outcomes) = bot.says(*member, channel::VENT, texts(at)).await;
        assert_eq!(outcomes, [Outcome::Done, Outcome::Done]);
    }
    assert_eq!(all_alerts(&bot).len(), 15);
    assert!(asked(&bot) <= 75, "{}", asked(&bot));
    let waiting = bot.cx().redis.pipeline(&[command!["ZCARD", "crisis:second_look"]]).await.unwrap();
    assert!(waiting[0].int().unwrap() >= 75, "the others wait for a second look: {waiting:?}");
}

#[tokio::test]
async fn what_was_found_and_could_not_be_posted_is_posted_though_ash_nlp_is_away_by_then() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    fails(&bot, Face::Discord, "POST /api/v10/channels", 503);
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "a lantern in the fog", None).unwrap();
    let events: Vec<_> =
        bot.events_of_message(&message).into_iter().filter(|(lane, _)| *lane == Lane::Urgent).collect();
    let first = deliver_at(&bot, events.clone(), 1, now()).await;
    assert!(matches!(first[..], [Outcome::Retry { .. }]), "{first:?}");
    assert!(all_alerts(&bot).is_empty());

    bot.world.shared.mend();
    fails(&bot, Face::Nlp, "", 503);
    assert_eq!(deliver_at(&bot, events, 2, now()).await, [Outcome::Done]);
    assert_eq!(all_alerts(&bot).len(), 1, "the screen alone sees nothing in these words");
    assert_eq!(count(&bot, "crisis_alerts").await, 1);
}

#[tokio::test]
async fn without_upstash_there_is_one_alert() {
    let bot = live().await;
    fails(&bot, Face::Upstash, "", 500);
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "i want to die", None).unwrap();
    let events = bot.events_of_message(&message);
    deliver_at(&bot, events.clone(), 1, now()).await;
    assert_eq!(all_alerts(&bot).len(), 1);
    until_done(&bot, &events, 2).await;
    bot.world.shared.mend();
    until_done(&bot, &events, 5).await;
    assert_eq!((all_alerts(&bot).len(), count(&bot, "crisis_alerts").await), (1, 1));
}

#[tokio::test]
async fn without_supabase_the_alert_goes_out_and_its_row_follows() {
    let bot = live().await;
    // This isolate has seen the guild's settings.
    bot.says(user::SECOND_MEMBER, channel::VENT, "good morning").await;
    fails(&bot, Face::Supabase, "", 500);
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "i want to die", None).unwrap();
    let events = bot.events_of_message(&message);
    for attempt in 1..4 {
        let outcomes = deliver_at(&bot, events.clone(), attempt, now()).await;
        assert!(matches!(outcomes[0], Outcome::Retry { .. }), "{outcomes:?}");
        assert_eq!(all_alerts(&bot).len(), 1, "attempt {attempt}");
    }
    bot.world.shared.mend();
    until_done(&bot, &events, 4).await;
    assert_eq!((all_alerts(&bot).len(), count(&bot, "crisis_alerts").await), (1, 1));
    let rows: Vec<Value> = bot.cx().supabase.select("crisis_alerts", "posted_at,alert_message_id", &[]).await.unwrap();
    assert_eq!(rows[0]["alert_message_id"].as_u64(), Some(all_alerts(&bot)[0].id.0));
}

#[tokio::test]
async fn without_both_a_cold_isolate_tells_the_channel_of_the_environment() {
    let fallback = [
        ("FALLBACK_ALERT_CHANNEL_ID", &*channel::STAFF.to_string()),
        ("FALLBACK_CRT_ROLE_ID", &*role::SUPPORT.to_string()),
    ]
    .map(|(name, id)| (name, id.to_owned()));
    let changes: Vec<(&str, &str)> = fallback.iter().map(|(name, id)| (*name, id.as_str())).collect();
    let mut bot = live_with(&changes).await;
    let env: Vec<(String, String)> =
        bot.world.env().into_iter().filter(|(name, _)| !changes.iter().any(|(n, _)| n == name)).collect();
    let of = |name: &str| {
        let changed = changes.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        changed.or_else(|| env.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()))
    };
    bot.app = App::new(Config::load(of), EDGE);
    for face in [Face::Upstash, Face::Supabase, Face::Nlp] {
        fails(&bot, face, "", 500);
    }
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "i want to die", None).unwrap();
    let events = bot.events_of_message(&message);
    for attempt in 1..4 {
        deliver_at(&bot, events.clone(), attempt, now()).await;
        let said = alerts(&bot, channel::STAFF);
        assert_eq!(said.len(), 1, "attempt {attempt}: {said:?}");
        assert!(said[0].starts_with(&format!("<@&{}>\n🔶 Crisis alert", role::SUPPORT)), "{said:?}");
    }
    assert_eq!(all_alerts(&bot).len(), 0);
}

#[tokio::test]
async fn discord_fails_or_asks_for_patience_and_there_is_one_alert_in_the_end() {
    let limited = Fault {
        headers: vec![("retry-after".into(), "30".into()), ("x-ratelimit-scope".into(), "user".into())],
        body: Some(json!({"message": "You are being rate limited.", "retry_after": 0.4, "global": false})),
        times: Some(7),
        ..Fault::status(Face::Discord, "POST /api/v10/channels", 429)
    };
    let broken = Fault { times: Some(3), ..Fault::status(Face::Discord, "POST /api/v10/channels", 500) };
    let broken_after = Fault { after: true, ..broken.clone() };
    for fault in [limited, broken, broken_after] {
        let bot = live().await;
        bot.world.shared.break_with(fault.clone());
        let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "i want to die", None).unwrap();
        let attempts = until_done(&bot, &bot.events_of_message(&message), 1).await;
        assert!(attempts > 1, "{fault:?}");
        assert_eq!((all_alerts(&bot).len(), count(&bot, "crisis_alerts").await), (1, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn weakness_13_two_hundred_messages_of_one_person_at_once_are_one_alert_a_severity() {
    let bot = live_with(&[("NLP_INTERNAL_KEY", world::defaults::NLP_INTERNAL_KEY)]).await;
    finds(&bot, "compass", "critical");
    finds(&bot, "lantern", "high");
    finds(&bot, "kettle", "medium");
    let words = ["a kettle", "a lantern", "a compass", "good morning"];
    let events: Vec<Vec<(Lane, Event)>> = (0..200)
        .map(|at| {
            let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, words[at % 4], None).unwrap();
            bot.events_of_message(&message)
        })
        .collect();
    stream::iter(&events).map(|one| until_done(&bot, one, 1)).buffer_unordered(4).collect::<Vec<_>>().await;
    let said: Vec<String> =
        all_alerts(&bot).iter().map(read).filter(|post| post.contains("Original message")).collect();
    let of = |title: &str| said.iter().filter(|post| post.contains(title)).count();
    assert!(of("Critical alert") == 1 && of("Crisis alert") <= 1 && of("Monitor alert") <= 1, "{said:#?}");
    let rows: Vec<Value> =
        bot.cx().supabase.select("crisis_alerts", "status,posted_at,merged_count", &[]).await.unwrap();
    assert_eq!(rows.len(), 150, "nothing is lost");
    let (merged, own): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["status"] == "MERGED");
    assert_eq!(own.len(), said.len());
    let counted: u64 = own.iter().map(|row| row["merged_count"].as_u64().unwrap()).sum();
    assert_eq!(counted as usize, merged.len());
    assert!(said.iter().all(|post| !post.contains("episode")), "{said:#?}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn something_slight_that_is_counted_while_a_grave_alert_is_under_way_does_not_hide_it() {
    let bot = live().await;
    finds(&bot, "compass", "critical");
    finds(&bot, "kettle", "medium");
    bot.says(user::MEMBER, channel::VENT, "a kettle").await;
    // Another isolate has found the next one, and its post takes a moment.
    let slow = bot.world.discord.send_message(channel::VENT, user::MEMBER, "a compass", None).unwrap();
    let finding = json!({
        "guild_id": seed::HARBOUR, "channel_id": channel::VENT, "message_id": slow.id, "member_id": user::MEMBER,
        "severity": "CRITICAL", "detector": "nlp", "factors": [], "written_at": bot.cx().now, "mode": "live", "posting": true,
    });
    let arguments = json!({"finding": finding, "cooldown_seconds": 300, "at": bot.cx().now});
    let recorded: Value = bot.cx().supabase.rpc("record_crisis_alert", &arguments).await.unwrap();
    assert_eq!(recorded["step"], "new");
    bot.says(user::MEMBER, channel::VENT, "a kettle again").await;
    let posted = json!({
        "guild_id": seed::HARBOUR, "message_id": slow.id, "alert_channel_id": channel::CRT_CRITICAL, "alert_message_id": "77",
        "pinged": true, "at": bot.cx().now,
    });
    bot.cx().supabase.rpc::<Option<Value>>("note_crisis_post", &posted).await.unwrap();
    bot.says(user::MEMBER, channel::VENT, "a compass again").await;
    let said: Vec<String> = all_alerts(&bot).iter().map(read).collect();
    assert!(said.len() == 1 && said[0].contains("Monitor alert"), "the grave one is told already: {said:#?}");
}

#[tokio::test]
async fn out_of_order_the_message_s_own_time_decides() {
    let bot = live().await;
    finds(&bot, "compass", "critical");
    finds(&bot, "lantern", "high");
    let send = |text: &str| bot.world.discord.send_message(channel::VENT, user::MEMBER, text, None).unwrap();
    let (first, second) = (send("a lantern"), send("a compass"));
    let (first, second) = (bot.events_of_message(&first), bot.events_of_message(&second));
    until_done(&bot, &second, 1).await;
    until_done(&bot, &first, 1).await;
    until_done(&bot, &second, 2).await;
    let said = all_alerts(&bot);
    assert_eq!(said.len(), 1, "what is less grave is counted on it");
    assert!(read(&said[0]).contains("Further messages = 1"), "{}", read(&said[0]));
}

#[tokio::test]
async fn through_a_narrow_channel_the_gravest_come_first_and_none_is_lost() {
    let bot = live_with(&[("NLP_INTERNAL_KEY", world::defaults::NLP_INTERNAL_KEY)]).await;
    for channel_setting in ["crisis.critical_channel", "crisis.monitor_channel"] {
        bot.chooses(channel_setting, json!(channel::CRT_CRISIS)).await;
    }
    finds(&bot, "compass", "critical");
    finds(&bot, "lantern", "high");
    finds(&bot, "kettle", "medium");
    let path = format!("POST /channels/{}", channel::CRT_CRISIS);
    bot.world.discord.limit(&path, 5, 5_000);
    struct Waiting(u32, i64, Vec<(Lane, Event)>);
    let mut waiting: Vec<Waiting> = (0..20)
        .map(|at| {
            let member = bot.new_member(&format!("Somebody {at}"));
            let words = ["a kettle", "a lantern", "a lantern", "a compass"][at % 4];
            let message = bot.world.discord.send_message(channel::VENT, member, words, None).unwrap();
            Waiting(1, 0, bot.events_of_message(&message))
        })
        .collect();
    // As the relay does: what asks to come again comes when it asked to.
    let began = Instant::now();
    while !waiting.is_empty() {
        assert!(began.elapsed().as_secs() < 60, "{} wait for ever", waiting.len());
        let ms = began.elapsed().as_millis() as i64;
        let (due, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|Waiting(_, at, _)| *at <= ms);
        let bot = &bot;
        let tried = join_all(due.into_iter().map(|Waiting(attempt, _, events)| async move {
            let outcome = deliver_at(bot, events.clone(), attempt, now()).await.remove(0);
            (attempt, outcome, events)
        }))
        .await;
        let ms = began.elapsed().as_millis() as i64;
        let again = tried.into_iter().filter_map(|(attempt, outcome, events)| match outcome {
            Outcome::Retry { delay_ms, .. } => Some(Waiting(attempt + 1, ms + delay_ms as i64, events)),
            _ => None,
        });
        waiting = later.into_iter().chain(again).collect();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let said = alerts(&bot, channel::CRT_CRISIS);
    assert_eq!(said.len(), 20);
    let last_critical = said.iter().rposition(|post| post.contains("Critical alert")).unwrap();
    let last_medium = said.iter().rposition(|post| post.contains("Monitor alert")).unwrap();
    assert!(last_critical < 15 && last_critical < last_medium, "the last CRITICAL came as number {last_critical}");
}

#[tokio::test]
async fn after_an_hour_a_late_message_of_an_open_episode_is_no_second_alert() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "a lantern", None).unwrap();
    let events = bot.events_of_message(&message);
    until_done(&bot, &events, 1).await;
    deliver_at(&bot, events.clone(), 2, now() + TimeDelta::minutes(31)).await;
    deliver_at(&bot, events, 3, now() + TimeDelta::hours(2)).await;
    assert_eq!((all_alerts(&bot).len(), count(&bot, "crisis_alerts").await), (1, 1));
}

#[tokio::test]
async fn a_text_that_staff_have_audited_may_be_a_cry_for_help() {
    let bot = live().await;
    bot.world.gemini.add(Script { status: Some(500), ..Script::default() });
    let audit = async |text: &str| bot.command(user::MANAGER, channel::STAFF, "audit", json!({"text": text})).await;
    audit("what a lovely day").await;
    assert_eq!(all_alerts(&bot).len(), 0);
    audit("i want to die").await;
    let said = alerts(&bot, channel::CRT_CRISIS);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].starts_with(&format!(
            "<@&{}>\n🔶 Crisis alert: a text from an audit\n<@{}> had this text audited",
            role::CRT,
            user::MANAGER
        )),
        "{said:?}"
    );
    assert!(!logged().iter().any(|line| line.contains("want to die")));
    bot.assert_nothing_unexpected();
}
