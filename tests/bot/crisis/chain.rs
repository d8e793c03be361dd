//! Nobody reacts: who is pinged when, what stops it, and what breaks on the way.

use chrono::TimeDelta;
use community_os::{app::App, config::Config, edge::Time, features, jobs};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use world::{
    discord::{Id, Message},
    face::{Face, Fault},
    seed::{HARBOUR, channel, role, user},
};

use super::{alerts, buttons::press, finds, live};
use crate::harness::{Bot, EDGE, logged, now, read};

/// A guild with a second role and admins, and one open alert; the responder is on duty.
async fn alarmed(severity: &str) -> (Bot, Time) {
    let bot = live().await;
    // Ash's offers are told of in tests/bot/companion.
    bot.chooses("companion.opener", json!(false)).await;
    bot.chooses("crisis.second_role", json!(role::SUPPORT)).await;
    bot.chooses("crisis.admin_role", json!(role::ADMIN)).await;
    bot.command(user::RESPONDER, channel::STAFF, "ash available", json!({})).await;
    finds(&bot, "lantern", severity);
    bot.says(user::MEMBER, channel::VENT, "lantern").await;
    (bot, now())
}

/// What was said below the alert, and who was pinged by it.
fn said(bot: &Bot) -> Vec<String> {
    let everybody_sees = bot.bot_messages(channel::CRT_CRISIS).into_iter().filter(|one| one.visible_to.is_none());
    everybody_sees.skip(1).map(|one| read(&one)).collect()
}

pub async fn sql(bot: &Bot, change: &str) {
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(change.to_owned())).execute(&mut database).await.unwrap();
}

/// The responder presses Acknowledge, as far as the row is concerned.
async fn acknowledged(bot: &Bot, at: Time) {
    let by = user::RESPONDER;
    sql(
        bot,
        &format!(
            "update public.crisis_alerts set status = 'ACKNOWLEDGED', acknowledged_by = {by}, acknowledged_at = '{at}'"
        ),
    )
    .await;
}

async fn events(bot: &Bot, kind: &str) -> Vec<Value> {
    let filter = community_os::clients::supabase::Filter::eq("kind", kind);
    bot.cx().supabase.select("crisis_alert_events", "kind,detail,actor_id", &[filter]).await.unwrap()
}

async fn owes_a_chain(bot: &Bot) -> bool {
    let filter = community_os::clients::supabase::Filter::eq("kind", "crisis.chain");
    !bot.cx().supabase.select::<Value>("jobs", "key", &[filter]).await.unwrap().is_empty()
}

fn after(start: Time, seconds: i64) -> Time {
    start + TimeDelta::seconds(seconds)
}

fn broken(bot: &Bot, face: Face, matching: &str, times: Option<u32>) {
    bot.world.shared.break_with(Fault { times, ..Fault::status(face, matching, 500) });
}

#[tokio::test]
async fn nobody_reacts_and_the_circle_widens() {
    let (bot, start) = alarmed("high").await;
    bot.ticks(after(start, 120)).await;
    assert_eq!(said(&bot), [""; 0]);
    bot.ticks(after(start, 181)).await;
    let team = format!(
        "<@&{}> Nobody has reacted to this alert for 3 min. Whoever looks at it: please press **Acknowledge**.",
        role::CRT
    );
    assert_eq!(said(&bot), std::slice::from_ref(&team));
    bot.ticks(after(start, 240)).await;
    assert_eq!(said(&bot).len(), 1);
    bot.ticks(after(start, 301)).await;
    let second = format!(
        "<@&{}> Nobody has reacted to this alert for 5 min. Whoever looks at it: please press **Acknowledge**.",
        role::SUPPORT
    );
    assert_eq!(said(&bot), [team.clone(), second.clone()]);
    bot.ticks(after(start, 601)).await;
    let admins = format!(
        "<@&{}> **Nobody has reacted to this alert for 10 min.** Please look now; it is logged as an incident.",
        role::ADMIN
    );
    assert_eq!(said(&bot), [team, second, admins]);
    assert_eq!(events(&bot, "incident").await.len(), 1);
    let line = logged().into_iter().find(|line| line.contains("crisis_incident")).unwrap();
    assert!(line.contains("\"level\":\"error\"") && !line.contains("lantern"), "{line}");
    assert!(!owes_a_chain(&bot).await, "it is over");
    let pings: Vec<Vec<Id>> = bot.bot_messages(channel::CRT_CRISIS).iter().map(pinged).collect();
    assert_eq!(pings, [[role::CRT], [role::CRT], [role::SUPPORT], [role::ADMIN]]);
    bot.assert_nothing_unexpected();
}

fn pinged(message: &Message) -> Vec<Id> {
    message.mention_roles.clone()
}

#[tokio::test]
async fn with_nobody_on_duty_everything_comes_twice_as_fast() {
    let (bot, start) = alarmed("high").await;
    bot.command(user::RESPONDER, channel::STAFF, "ash away", json!({})).await;
    bot.ticks(after(start, 60)).await;
    assert_eq!(said(&bot).len(), 0);
    for (seconds, count) in [(91, 1), (151, 2), (301, 3)] {
        bot.ticks(after(start, seconds)).await;
        let said = said(&bot);
        assert_eq!(said.len(), count);
        assert!(said[count - 1].ends_with("Nobody is on duty."), "{said:?}");
    }
}

#[tokio::test]
async fn without_a_second_role_the_team_is_asked_again_and_without_admins_the_owner() {
    let (bot, start) = alarmed("high").await;
    sql(&bot, "delete from public.guild_settings where key in ('crisis.second_role', 'crisis.admin_role')").await;
    bot.ticks(after(start, 601)).await;
    let said = said(&bot);
    assert!(said[1].starts_with(&format!("<@&{}> ", role::CRT)), "{said:?}");
    assert!(said[2].starts_with(&format!("<@{}> ", user::OWNER)), "{said:?}");
}

#[tokio::test]
async fn whoever_has_it_in_hand_ends_it() {
    for status in ["TAKEN", "RESOLVED", "FALSE_ALARM", "ENDED"] {
        let (bot, start) = alarmed("high").await;
        sql(&bot, &format!("update public.crisis_alerts set status = '{status}'")).await;
        bot.ticks(after(start, 700)).await;
        assert_eq!((said(&bot).len(), owes_a_chain(&bot).await), (0, false), "{status}");
        // And back again: all steps anew, from that moment on.
        sql(&bot, "update public.crisis_alerts set status = 'OPEN'").await;
        let undone = now();
        bot.ticks(after(undone, 120)).await;
        assert_eq!(said(&bot).len(), 0, "{status}");
        bot.ticks(after(undone, 181)).await;
        assert_eq!(said(&bot).len(), 1, "{status}");
    }
}

#[tokio::test]
async fn acknowledged_and_silent_is_asked_after() {
    let (bot, start) = alarmed("high").await;
    bot.ticks(after(start, 181)).await;
    acknowledged(&bot, after(start, 200)).await;
    bot.ticks(after(start, 790)).await;
    assert_eq!(said(&bot).len(), 1, "the pause: neither the second role nor the admins");
    bot.ticks(after(start, 801)).await;
    let asked = format!(
        "<@{}> You acknowledged this alert 10 min ago, and nobody of the team has written in <#{}> since. Please write to \
         them, or press **Take over** or **Resolve**.",
        user::RESPONDER,
        channel::VENT
    );
    assert_eq!(said(&bot)[1..], [asked]);
    assert_eq!(bot.bot_messages(channel::CRT_CRISIS)[2].mentions[0].id, user::RESPONDER);
    bot.ticks(after(start, 1_101)).await;
    let last = said(&bot).pop().unwrap();
    assert_eq!(
        last,
        format!(
            "<@&{}> This alert was acknowledged by <@{}> 15 min ago, and still nobody of the team has written in <#{}>. Who can?",
            role::CRT,
            user::RESPONDER,
            channel::VENT
        )
    );
    bot.ticks(after(start, 5_000)).await;
    assert_eq!(said(&bot).len(), 3);
}

#[tokio::test]
async fn an_answer_in_the_place_is_all_that_was_wanted() {
    let (bot, start) = alarmed("high").await;
    acknowledged(&bot, start).await;
    bot.says(user::SECOND_MEMBER, channel::VENT, "hug").await;
    bot.says(user::RESPONDER, channel::GENERAL, "elsewhere").await;
    bot.says(user::MEMBER, channel::VENT, "they themselves").await;
    assert_eq!(events(&bot, "answered").await, [json!(null); 0]);
    bot.says(user::RESPONDER, channel::VENT, "i am here").await;
    bot.says(user::RESPONDER, channel::VENT, "still").await;
    assert_eq!(
        events(&bot, "answered").await.iter().map(|row| &row["actor_id"]).collect::<Vec<_>>(),
        [&json!(user::RESPONDER.0)]
    );
    bot.ticks(after(start, 5_000)).await;
    assert_eq!(said(&bot).len(), 0);
}

#[tokio::test]
async fn where_many_alerts_wait_everybody_is_asked_about_once_and_nobody_s_answer_is_missed() {
    let (bot, _) = alarmed("high").await;
    for at in 0..11 {
        bot.says(bot.new_member(&format!("Somebody {at}")), channel::VENT, "a lantern in the fog").await;
    }
    bot.world.shared.forget_recorded();
    let say = |who, text: &str| bot.world.discord.send_message(channel::VENT, who, text, None).unwrap();
    let said = [say(user::SECOND_MEMBER, "hug"), say(user::RESPONDER, "i am here")];
    let heard = said.iter().flat_map(|message| bot.events_of_message(message));
    bot.deliver(heard.filter(|(lane, _)| *lane == relay_wire::Lane::Bulk).collect()).await;
    assert_eq!(events(&bot, "answered").await.len(), 12);
    let asked = bot.world.shared.recorded(world::face::Face::Discord);
    let asked: Vec<&str> = asked
        .iter()
        .filter(|one| one.method == "GET")
        .map(|one| one.path.as_str())
        .filter(|path| path.contains("/members/"))
        .collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
}

#[tokio::test]
async fn an_answer_in_the_thread_of_the_message_counts() {
    let (bot, _) = alarmed("high").await;
    let message = bot.world.discord.messages(channel::VENT).remove(0);
    let event = json!({
        "id": (message.id.0 + 5).to_string(), "channel_id": message.id, "author": {"id": user::RESPONDER, "username": "r"},
        "content": "here", "member": {"roles": []}, "type": 0, "timestamp": "2026-01-01T00:00:00Z", "attachments": [],
    });
    bot.hears("MESSAGE_CREATE", event).await;
    assert_eq!(events(&bot, "answered").await.len(), 1);
}

#[tokio::test]
async fn undoing_an_acknowledgement_lets_the_steps_begin_anew() {
    let (bot, start) = alarmed("high").await;
    bot.ticks(after(start, 301)).await;
    acknowledged(&bot, now()).await;
    sql(&bot, "update public.crisis_alerts set status = 'OPEN', acknowledged_by = null, acknowledged_at = null").await;
    let undone = now();
    bot.ticks(after(undone, 181)).await;
    assert_eq!(said(&bot).len(), 3);
    bot.ticks(after(undone, 601)).await;
    assert_eq!(said(&bot).len(), 5);
}

#[tokio::test]
async fn the_buttons_pause_end_and_begin_the_chain() {
    let (bot, start) = alarmed("high").await;
    let alert = bot.bot_messages(channel::CRT_CRISIS).remove(0);
    bot.ticks(after(start, 181)).await;
    let before = now();
    press(&bot, user::RESPONDER, &alert, "acknowledge").await;
    let acknowledged = now();
    bot.ticks(after(before, 595)).await;
    assert_eq!(said(&bot).len(), 1, "{:?}", said(&bot));
    bot.ticks(after(acknowledged, 601)).await;
    assert_eq!(said(&bot).len(), 2);
    assert!(said(&bot)[1].starts_with(&format!("<@{}> You acknowledged", user::RESPONDER)), "{:?}", said(&bot));
    press(&bot, user::RESPONDER, &alert, "take_over").await;
    assert!(!owes_a_chain(&bot).await);
    bot.ticks(after(acknowledged, 2_000)).await;
    assert_eq!(said(&bot).len(), 2);
    // Taken back to acknowledged, and taken back to open.
    press(&bot, user::RESPONDER, &alert, "undo").await;
    bot.ticks(after(now(), 601)).await;
    assert_eq!(said(&bot).len(), 3);
    press(&bot, user::RESPONDER, &alert, "undo").await;
    bot.ticks(after(now(), 601)).await;
    assert_eq!(said(&bot).len(), 6);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn an_alert_that_the_team_made_graver_has_its_chain_and_tells_the_volunteers() {
    let (bot, _) = alarmed("medium").await;
    bot.command(user::RESPONDER, channel::STAFF, "ash alerts on", json!({})).await;
    let alert = bot.bot_messages(channel::CRT_MONITOR).remove(0);
    super::buttons::choose(&bot, user::RESPONDER, &alert, "more_severe", "more_severe_reason", "CRITICAL plan").await;
    let raised = now();
    bot.ticks(raised).await;
    let jobs: Vec<Value> = bot.cx().supabase.select("jobs", "kind,due_at,last_error", &[]).await.unwrap();
    eprintln!("{raised} {jobs:#?} {:?}", alerts(&bot, channel::CRT_CRITICAL));
    assert_eq!(alerts(&bot, bot.world.discord.open_dm(user::RESPONDER).unwrap()).len(), 1);
    bot.ticks(after(raised, 181)).await;
    let critical = alerts(&bot, channel::CRT_CRITICAL);
    assert!(critical[0].contains(&format!("On duty = <@{}>", user::RESPONDER)), "{critical:?}");
    assert!(critical[1].contains("Nobody has reacted"), "{critical:?}");
}

#[tokio::test]
async fn a_restart_between_steps_loses_nothing() {
    let (mut bot, start) = alarmed("high").await;
    for (seconds, count) in [(181, 1), (301, 2), (601, 3)] {
        let env = bot.world.env();
        let config = Config::load(|name| env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()));
        bot.app = App::new(config, EDGE);
        bot.ticks(after(start, seconds)).await;
        assert_eq!(said(&bot).len(), count);
    }
}

#[tokio::test]
async fn after_a_long_outage_everybody_is_asked_at_once() {
    let (bot, start) = alarmed("high").await;
    bot.ticks(after(start, 3_600)).await;
    let pings: Vec<Vec<Id>> = bot.bot_messages(channel::CRT_CRISIS)[1..].iter().map(pinged).collect();
    assert_eq!(pings, [[role::CRT], [role::SUPPORT], [role::ADMIN]]);
}

#[tokio::test]
async fn a_step_whose_channel_fails_goes_to_another_one() {
    let (bot, start) = alarmed("high").await;
    broken(&bot, Face::Discord, &format!("POST /api/v10/channels/{}/messages", channel::CRT_CRISIS), None);
    bot.ticks(after(start, 181)).await;
    assert_eq!(said(&bot).len(), 0);
    let elsewhere = alerts(&bot, channel::CRT_CRITICAL).pop().unwrap();
    let alert = bot.bot_messages(channel::CRT_CRISIS).remove(0);
    assert!(elsewhere.starts_with(&format!("<@&{}> Nobody has reacted", role::CRT)), "{elsewhere}");
    let link = format!("https://discord.com/channels/{HARBOUR}/{}/{}", channel::CRT_CRISIS, alert.id);
    assert!(elsewhere.ends_with(&link), "{elsewhere}");
}

#[tokio::test]
async fn a_step_that_fails_everywhere_is_tried_again_and_does_not_hold_back_the_next() {
    let (bot, start) = alarmed("high").await;
    broken(&bot, Face::Discord, "POST /api/v10/channels", Some(3));
    bot.app.scheduled(after(start, 181)).await.unwrap();
    assert_eq!(said(&bot).len(), 0);
    bot.ticks(after(start, 215)).await;
    assert_eq!(said(&bot).len(), 1, "again half a minute later");
    bot.ticks(after(start, 301)).await;
    assert_eq!(said(&bot).len(), 2);
}

#[tokio::test]
async fn a_step_that_was_posted_and_not_noted_is_posted_once() {
    let (bot, start) = alarmed("high").await;
    broken(&bot, Face::Supabase, "POST /rest/v1/rpc/note_crisis_chain", Some(1));
    bot.app.scheduled(after(start, 181)).await.unwrap();
    bot.ticks(after(start, 200)).await;
    assert_eq!((said(&bot).len(), events(&bot, "chain").await.len()), (1, 1));
}

#[tokio::test]
async fn weakness_12_a_step_is_made_once_by_however_many_isolates() {
    let (bot, start) = alarmed("high").await;
    let list = features::jobs();
    for seconds in [100, 181, 301, 601] {
        let cx = bot.app.context(after(start, seconds), "tick");
        for _ in 0..5 {
            let (a, b, c) = tokio::join!(jobs::tick(&cx, &list), jobs::tick(&cx, &list), jobs::tick(&cx, &list));
            a.unwrap();
            b.unwrap();
            c.unwrap();
        }
    }
    assert_eq!(said(&bot).len(), 3);
    // With Ash's offer, which this guild does not want.
    assert_eq!(events(&bot, "chain").await.len(), 4);
}

#[tokio::test]
async fn medium_and_trials_are_left_alone_and_drills_say_what_they_are() {
    let (bot, start) = alarmed("medium").await;
    assert!(!owes_a_chain(&bot).await);
    acknowledged(&bot, start).await;
    assert!(!owes_a_chain(&bot).await);

    let (bot, start) = alarmed("high").await;
    sql(&bot, "update public.guild_settings set value = '\"shadow\"' where key = 'crisis.stage'").await;
    bot.ticks(after(start, 700)).await;
    assert_eq!(said(&bot).len(), 0);

    let (bot, start) = alarmed("high").await;
    sql(&bot, "update public.crisis_alerts set mode = 'drill'").await;
    bot.ticks(after(start, 601)).await;
    assert!(said(&bot).iter().all(|text| text.contains("**DRILL.** ")), "{:?}", said(&bot));
    assert!(!logged().iter().any(|line| line.contains("crisis_incident") && line.contains("\"error\"")));
}

#[tokio::test]
async fn in_a_storm_every_alert_is_answered_and_the_role_is_not_pinged_for_each() {
    let (bot, start) = alarmed("high").await;
    for number in 0..8 {
        bot.says(bot.new_member(&format!("Somebody {number}")), channel::VENT, "lantern").await;
    }
    let start = start.max(now());
    for (seconds, role) in [(185, role::CRT), (305, role::SUPPORT), (605, role::ADMIN)] {
        let before = bot.bot_messages(channel::CRT_CRISIS).len();
        bot.ticks(after(start, seconds)).await;
        let new = bot.bot_messages(channel::CRT_CRISIS).split_off(before);
        let steps: Vec<&Message> = new.iter().filter(|message| message.content.contains("reacted")).collect();
        let pings = steps.iter().filter(|message| pinged(message) == [role]).count();
        assert_eq!((steps.len(), pings), (9, 6));
    }
}

#[tokio::test]
async fn an_ordinary_message_costs_no_call_of_the_store() {
    let (bot, _) = alarmed("high").await;
    bot.says(user::SECOND_MEMBER, channel::VENT, "hello").await;
    bot.world.shared.forget_recorded();
    let message = bot.world.discord.send_message(channel::GAMING, user::SECOND_MEMBER, "hello", None).unwrap();
    let (urgent, bulk): (Vec<_>, Vec<_>) =
        bot.events_of_message(&message).into_iter().partition(|(lane, _)| *lane == relay_wire::Lane::Urgent);
    bot.deliver(urgent).await;
    let calls = |face, part: &str| bot.world.shared.recorded(face).iter().filter(|one| one.path.contains(part)).count();
    assert_eq!((calls(Face::Upstash, ""), calls(Face::Supabase, ""), calls(Face::Discord, "")), (1, 0, 0));
    bot.deliver(bulk).await;
    assert_eq!((calls(Face::Supabase, "crisis"), calls(Face::Discord, "")), (1, 0), "one for a delivery of up to 200");
}

#[tokio::test]
async fn pings_that_are_snoozed_wait_for_the_end_of_that() {
    let (bot, start) = alarmed("high").await;
    let key = format!("crisis:episode:{HARBOUR}:{}", user::MEMBER);
    let until = after(start, 3_600).timestamp_millis();
    bot.cx().redis.pipeline(&[community_os::command!["HSET", key, "snooze", until]]).await.unwrap();
    bot.ticks(after(start, 3_500)).await;
    assert_eq!(said(&bot).len(), 0);
    bot.ticks(after(start, 3_601)).await;
    assert_eq!(said(&bot).len(), 3);
}
