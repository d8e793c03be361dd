//! What the team does with an alert: every press changes row and post, can be taken back, and has one winner.

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Row};
use world::{
    discord::{Id, Message},
    face::{Face, Fault},
    seed::{HARBOUR, channel, role, user},
};

use super::{alerts, all_alerts, finds, kept, live};
use crate::harness::{Bot, Seen, now, read};

/// A member wrote something of `severity`: their message and the alert.
pub async fn alerted(severity: &str) -> (Bot, Message, Message) {
    let bot = live().await;
    finds(&bot, "lantern", severity);
    let (message, _) = bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    let alert = all_alerts(&bot).pop().unwrap();
    (bot, message, alert)
}

/// `who` presses a button of an alert.
pub async fn press(bot: &Bot, who: Id, alert: &Message, action: &str) -> Seen {
    let seen = bot.sees(who, alert);
    let buttons = json!(seen.message.as_ref().unwrap().components).to_string();
    let id = buttons.split('"').find(|text| text.starts_with(&format!("1:crisis.{action}:"))).unwrap_or_else(|| {
        panic!("no button {action}: {buttons}");
    });
    bot.press(&seen, id, &[]).await
}

/// Presses, and chooses in the menu that comes.
pub async fn choose(bot: &Bot, who: Id, alert: &Message, action: &str, choice: &str, value: &str) -> Seen {
    let menu = press(bot, who, alert, action).await;
    let message = &menu.message.as_ref().unwrap().components;
    let id = json!(message).to_string();
    let id = id.split('"').find(|text| text.starts_with(&format!("1:crisis.{choice}:"))).unwrap().to_owned();
    bot.press(&menu, &id, &[value]).await
}

pub async fn resolve(bot: &Bot, who: Id, alert: &Message, note: &str) -> Seen {
    let form = press(bot, who, alert, "resolve").await;
    bot.fill_in(&form, &[("note", note)]).await
}

/// The alert's post as it is now.
pub fn post(bot: &Bot, alert: &Message) -> Message {
    bot.bot_messages(alert.channel_id).into_iter().find(|one| one.id == alert.id).unwrap()
}

pub async fn sql(bot: &Bot, query: &'static str) -> Vec<String> {
    let mut connection = PgConnection::connect(bot.database_url()).await.unwrap();
    let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| row.try_get::<Option<String>, _>(0).unwrap().unwrap_or_default()).collect()
}

async fn statuses(bot: &Bot) -> Vec<String> {
    sql(bot, "select a.status from public.crisis_alerts as a order by a.alert_id").await
}

async fn jobs(bot: &Bot) -> Vec<String> {
    let all = "select j.kind from public.jobs as j where j.kind in ('crisis.chain', 'crisis.follow', 'crisis.preview') order by 1";
    sql(bot, all).await
}

/// What everybody of the team sees in the alert channels.
fn public(bot: &Bot) -> Vec<String> {
    all_alerts(bot).iter().filter(|message| message.visible_to.is_none()).map(read).collect()
}

/// Somebody else of the team.
fn second_responder(bot: &Bot) -> Id {
    let who = bot.new_member("Second Responder");
    bot.world.discord.set_roles(HARBOUR, who, &[role::CRT]).unwrap();
    who
}

#[tokio::test]
async fn acknowledging_says_who_and_how_soon() {
    let (bot, _, alert) = alerted("high").await;
    let told = press(&bot, user::RESPONDER, &alert, "acknowledge").await;
    assert!(told.is_private() && told.text().starts_with("You acknowledged this alert."), "{}", told.text());
    let shown = post(&bot, &alert);
    assert!(read(&shown).contains(&format!("Acknowledged = by <@{}> after ", user::RESPONDER)), "{}", read(&shown));
    assert_eq!(shown.embeds[0]["color"], 0x2E_CC_71);
    assert!(read(&shown).contains("a lantern in the fog"));
    assert_eq!(jobs(&bot).await, ["crisis.chain"], "it pauses the chain, it does not end it");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn only_the_team_may_press() {
    let (bot, message, alert) = alerted("high").await;
    for action in [
        "acknowledge",
        "take_over",
        "history",
        "false_alarm",
        "false_alarm_reason",
        "more_severe",
        "more_severe_reason",
        "resolve",
        "undo",
        "snooze",
        "snooze_chosen",
        "snooze_end",
        "snooze_keep",
    ] {
        let id = format!("1:crisis.{action}:{}", message.id);
        let told = bot.forged_in(HARBOUR, user::MEMBER, alert.channel_id, &id).await.to_string();
        assert!(told.contains("Only the crisis response team") || action.ends_with("_reason"), "{action}: {told}");
    }
    assert_eq!(statuses(&bot).await, ["OPEN"]);
    assert_eq!(read(&post(&bot, &alert)), read(&alert));
}

#[tokio::test]
async fn weakness_11_buttons_work_for_ever() {
    let (mut bot, _, alert) = alerted("high").await;
    // Another process, months later.
    bot.app = community_os::app::App::new(bot.app.context(now(), "x").config.clone(), crate::harness::EDGE);
    press(&bot, user::RESPONDER, &alert, "take_over").await;
    assert!(read(&post(&bot, &alert)).contains(&format!("Taken over = by <@{}>", user::RESPONDER)));
    assert_eq!(jobs(&bot).await, [""; 0], "nobody waits any more");
}

#[tokio::test]
async fn weakness_13_of_two_who_acknowledge_one_wins_and_the_other_is_told_who() {
    let (bot, _, alert) = alerted("high").await;
    let second = second_responder(&bot);
    let press = |who| press(&bot, who, &alert, "acknowledge");
    let (one, other) = futures_util::future::join(press(user::RESPONDER), press(second)).await;
    let (won, lost): (Vec<Seen>, Vec<Seen>) = [one, other].into_iter().partition(|seen| seen.text().starts_with("You"));
    assert_eq!((won.len(), lost.len()), (1, 1));
    let winner = won[0].member;
    let told = lost[0].text();
    assert!(
        told.starts_with(&format!("<@{winner}> acknowledged this alert <t:")) && told.ends_with("Nothing was changed."),
        "{told}"
    );
    assert!(read(&post(&bot, &alert)).contains(&format!("Acknowledged = by <@{winner}> after ")));
    assert_eq!(sql(&bot, "select a.acknowledged_by::text from public.crisis_alerts as a").await, [winner.to_string()]);
}

/// The member's message, by the link of the alert.
fn message_of(alert: &Message) -> String {
    let text = read(alert);
    let link = text.split("https://discord.com/channels/").nth(1).unwrap().split(')').next().unwrap();
    link.split('/').nth(2).unwrap().to_owned()
}

async fn change(bot: &Bot, alert: &Message, action: &str, actor: Id) -> Value {
    let arguments = json!({
        "guild_id": HARBOUR, "message_id": message_of(alert), "action": action, "actor_id": actor, "detail": {}, "at": now(),
    });
    bot.cx().supabase.rpc("change_crisis_alert", &arguments).await.unwrap()
}

#[tokio::test]
async fn of_forty_presses_at_once_one_counts() {
    let (bot, _, alert) = alerted("high").await;
    let bot = &bot;
    let answers = futures_util::future::join_all((0..40u64).map(|number| {
        let alert = alert.clone();
        let action = if number % 2 == 0 { "take_over" } else { "resolve" };
        async move { change(bot, &alert, action, Id(900 + number)).await }
    }))
    .await;
    let won = |kind: &str| {
        let all = answers.iter().filter(|one| one["outcome"] == "changed");
        all.filter(|one| one["alert"]["status"] == kind).count()
    };
    assert_eq!(won("RESOLVED"), 1);
    assert!(won("TAKEN") <= 1);
    let lost: Vec<&Value> = answers.iter().filter(|one| one["outcome"] == "lost").collect();
    assert_eq!(lost.len(), 39 - won("TAKEN"));
    assert!(lost.iter().all(|one| one["by"].is_string() && one["at"].is_string()), "{lost:?}");
    let events =
        "select e.kind from public.crisis_alert_events as e where e.kind in ('taken', 'resolved') order by e.event_id";
    assert_eq!(sql(bot, events).await.len(), 1 + won("TAKEN"));
}

#[tokio::test]
async fn every_step_is_taken_back_by_undo() {
    let (bot, _, alert) = alerted("high").await;
    press(&bot, user::RESPONDER, &alert, "acknowledge").await;
    press(&bot, user::RESPONDER, &alert, "take_over").await;
    resolve(&bot, user::RESPONDER, &alert, "").await;
    assert_eq!(statuses(&bot).await, ["RESOLVED"]);
    for expected in ["TAKEN", "ACKNOWLEDGED", "OPEN"] {
        let told = press(&bot, user::RESPONDER, &alert, "undo").await;
        assert_eq!(told.text(), "Taken back.");
        assert_eq!(statuses(&bot).await, [expected]);
    }
    let shown = post(&bot, &alert);
    assert_eq!((read(&shown), &shown.embeds[0]["color"]), (read(&alert), &alert.embeds[0]["color"]));
    assert_eq!(jobs(&bot).await, ["crisis.chain"], "somebody has to react again");
}

#[tokio::test]
async fn two_who_take_the_same_step_back_take_one_step_back() {
    let (bot, _, alert) = alerted("high").await;
    press(&bot, user::RESPONDER, &alert, "acknowledge").await;
    press(&bot, user::RESPONDER, &alert, "take_over").await;
    let second = second_responder(&bot);
    let press = |who| press(&bot, who, &alert, "undo");
    let (one, other) = futures_util::future::join(press(user::RESPONDER), press(second)).await;
    let told = [one.text(), other.text()];
    assert!(told.contains(&"Taken back.".to_owned()), "{told:?}");
    assert!(told.iter().any(|text| text.contains("took the last step back")), "{told:?}");
    assert_eq!(statuses(&bot).await, ["ACKNOWLEDGED"]);
}

#[tokio::test]
async fn what_was_resolved_is_over_and_the_next_finding_is_a_new_alert() {
    let (bot, _, alert) = alerted("high").await;
    resolve(&bot, user::RESPONDER, &alert, "We talked on the phone.").await;
    assert!(read(&post(&bot, &alert)).contains("Resolved = by <@"));
    bot.says(user::MEMBER, channel::VENT, "again the lantern").await;
    assert_eq!(statuses(&bot).await, ["RESOLVED", "OPEN"]);
    let newest = all_alerts(&bot).pop().unwrap();
    assert!(read(&newest).contains("Episode = 2nd in 7 days"), "{}", read(&newest));
    // The note is kept encrypted, and read under History.
    let sealed = sql(&bot, "select n.sealed from public.crisis_notes as n").await.pop().unwrap();
    assert!(!sealed.contains("phone"));
    let list = press(&bot, user::RESPONDER, &newest, "history").await;
    assert!(!list.text().contains("lantern") && list.text().contains("HIGH"), "{}", list.text());
    let texts = press_in(&bot, &list, "userhistory_words").await;
    assert!(
        texts.text().contains("again the lantern") && texts.text().contains("We talked on the phone."),
        "{}",
        texts.text()
    );
    assert!(texts.is_private());
    let opened = "select l.what from public.access_log as l where l.actor_id = 1200000000300000004";
    assert_eq!(sql(&bot, opened).await, ["opened their crisis history", "read words of their crisis history"]);
    // The third one in a week is raised.
    resolve(&bot, user::RESPONDER, &newest, "").await;
    bot.says(user::MEMBER, channel::VENT, "one more lantern").await;
    let third = all_alerts(&bot).pop().unwrap();
    assert!(
        read(&third).starts_with(&format!("<@&{}>\n🔶 Crisis alert · 3rd episode in 7 days", role::CRT)),
        "{}",
        read(&third)
    );
}

/// Presses a button of an answer that only its reader sees.
async fn press_in(bot: &Bot, seen: &Seen, action: &str) -> Seen {
    let buttons = json!(seen.message.as_ref().unwrap().components).to_string();
    let id = buttons.split('"').find(|text| text.starts_with(&format!("1:crisis.{action}:"))).unwrap();
    bot.press(seen, id, &[]).await
}

#[tokio::test]
async fn resolving_ends_the_whole_episode() {
    let (bot, _, medium) = alerted("medium").await;
    finds(&bot, "harbour", "high");
    bot.says(user::MEMBER, channel::VENT, "the harbour is dark").await;
    let high = bot.bot_messages(channel::CRT_CRISIS).pop().unwrap();
    let told = resolve(&bot, user::RESPONDER, &high, "").await;
    assert!(told.text().contains("The other open alert"), "{}", told.text());
    assert_eq!(statuses(&bot).await, ["RESOLVED", "RESOLVED"]);
    assert!(read(&post(&bot, &medium)).contains("Resolved = by"));
    press(&bot, user::RESPONDER, &high, "undo").await;
    assert_eq!(statuses(&bot).await, ["OPEN", "OPEN"]);
    assert!(!read(&post(&bot, &medium)).contains("Resolved = by"));
    // It is one episode again: what is no graver is counted.
    bot.says(user::MEMBER, channel::VENT, "the harbour again").await;
    let all: Vec<String> = public(&bot);
    assert_eq!(all.len(), 2, "{}", all.join("\n\n"));
}

#[tokio::test]
async fn a_false_alarm_leaves_the_history_and_the_member_is_watched_as_before() {
    let (bot, _, alert) = alerted("high").await;
    assert_eq!(kept(&bot, user::MEMBER).await, 1);
    let told = choose(&bot, user::RESPONDER, &alert, "false_alarm", "false_alarm_reason", "quote").await;
    assert!(
        told.text().contains("Found by Ash-NLP: 1 dealt with in 90 days, 1 of them false alarms (0 % right)."),
        "{}",
        told.text()
    );
    assert_eq!((kept(&bot, user::MEMBER).await, jobs(&bot).await), (0, vec!["crisis.preview".to_owned()]));
    assert!(read(&post(&bot, &alert)).contains("False alarm = by <@"));
    let feedback = "select concat_ws(' ', f.verdict, f.detector, f.severity, f.reason) from public.crisis_feedback as f where f.undone_at is null";
    assert_eq!(sql(&bot, feedback).await, ["false_alarm nlp HIGH quote"]);
    // The same words again are the same alert again, and no repeated episode.
    bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    let next = all_alerts(&bot).pop().unwrap();
    assert_eq!(statuses(&bot).await, ["FALSE_ALARM", "OPEN"]);
    assert!(!read(&next).contains("Episode"), "{}", read(&next));
    let told = press(&bot, user::RESPONDER, &alert, "undo").await;
    assert!(told.text().contains("its text is gone"), "{}", told.text());
    assert_eq!(
        (statuses(&bot).await, sql(&bot, feedback).await.len()),
        (vec!["OPEN".to_owned(), "OPEN".to_owned()], 0)
    );
}

#[tokio::test]
async fn what_is_called_more_severe_is_told_where_it_belongs() {
    let (bot, message, alert) = alerted("medium").await;
    let told = choose(&bot, user::RESPONDER, &alert, "more_severe", "more_severe_reason", "CRITICAL plan").await;
    assert!(told.text().starts_with("This alert is CRITICAL now"), "{}", told.text());
    let raised = alerts(&bot, channel::CRT_CRITICAL).pop().unwrap();
    assert!(raised.starts_with(&format!("<@&{}>\n🚨 Critical alert", role::CRT)), "{raised}");
    assert!(
        raised.contains("Severity = CRITICAL (found as MEDIUM)") && raised.contains("a lantern in the fog"),
        "{raised}"
    );
    let old = post(&bot, &alert);
    assert!(read(&old).contains("the alert is here now") && !read(&old).contains("in the fog"), "{}", read(&old));
    assert!(old.components.is_empty());
    assert_eq!(jobs(&bot).await, ["crisis.chain"]);
    // What is no graver than that is counted on it.
    finds(&bot, "harbour", "critical");
    bot.says(user::MEMBER, channel::VENT, "the harbour").await;
    let all: Vec<String> = public(&bot);
    assert_eq!(all.len(), 2, "{}", all.join("\n\n"));
    let undo = format!("1:crisis.undo:{}:more_severe", message.id);
    let told = bot.press(&told, &undo, &[]).await;
    assert_eq!(told.text(), "Taken back.");
    let now = alerts(&bot, channel::CRT_CRITICAL).pop().unwrap();
    assert!(now.contains("Severity = MEDIUM\n"), "{now}");
    assert_eq!(jobs(&bot).await, [""; 0]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_press_on_a_message_that_was_counted_acts_on_its_alert() {
    let (bot, _, _) = alerted("high").await;
    let (second, _) = bot.says(user::MEMBER, channel::VENT, "another lantern").await;
    let arguments = json!({
        "guild_id": HARBOUR, "message_id": second.id, "action": "acknowledge", "actor_id": user::RESPONDER, "detail": {}, "at": now(),
    });
    let change: Value = bot.cx().supabase.rpc("change_crisis_alert", &arguments).await.unwrap();
    assert_eq!((&change["outcome"], &change["alert"]["status"]), (&json!("changed"), &json!("ACKNOWLEDGED")));
    assert_eq!(statuses(&bot).await, ["ACKNOWLEDGED", "MERGED"]);
}

fn refused(status: u16, body: Value, matching: &str) -> Fault {
    Fault { body: Some(body), ..Fault::status(Face::Discord, matching, status) }
}

#[tokio::test]
async fn a_post_that_discord_no_longer_lets_us_edit_is_answered() {
    let (bot, _, alert) = alerted("high").await;
    let body = json!({"code": 30046, "message": "Maximum number of edits", "retry_after": 900.0});
    bot.world.shared.break_with(refused(429, body, "PATCH /api/v10/channels"));
    let told = press(&bot, user::RESPONDER, &alert, "acknowledge").await;
    assert!(told.text().starts_with("You acknowledged"), "{}", told.text());
    let below = bot.bot_messages(channel::CRT_CRISIS).pop().unwrap();
    assert!(below.content.starts_with(&format!("Acknowledged by <@{}> after", user::RESPONDER)), "{}", below.content);
}

#[tokio::test]
async fn what_breaks_after_the_press_is_finished_by_a_job() {
    let (bot, _, alert) = alerted("high").await;
    bot.world.shared.break_with(Fault { times: Some(1), ..refused(500, json!({}), "PATCH /api/v10/channels") });
    press(&bot, user::RESPONDER, &alert, "acknowledge").await;
    assert!(!read(&post(&bot, &alert)).contains("Acknowledged"));
    assert!(jobs(&bot).await.contains(&"crisis.follow".to_owned()));
    bot.ticks(now() + chrono::TimeDelta::minutes(1)).await;
    assert!(read(&post(&bot, &alert)).contains("Acknowledged = by"));
}

#[tokio::test]
async fn a_deleted_post_is_no_obstacle() {
    let (bot, message, alert) = alerted("high").await;
    bot.cx()
        .discord
        .delete_message(relay_wire::Snowflake(alert.channel_id.0), relay_wire::Snowflake(alert.id.0))
        .await
        .unwrap();
    let id = format!("1:crisis.resolve:{}", message.id);
    assert_eq!(bot.forged_in(HARBOUR, user::RESPONDER, alert.channel_id, &id).await["type"], 9);
    let change = change(&bot, &alert, "resolve", user::RESPONDER).await;
    assert_eq!(change["outcome"], "changed");
    bot.ticks(now() + chrono::TimeDelta::minutes(1)).await;
    assert!(!jobs(&bot).await.contains(&"crisis.follow".to_owned()));
}

#[tokio::test]
async fn an_alert_that_ended_by_itself_can_still_be_answered() {
    let (bot, _, alert) = alerted("high").await;
    bot.ticks(now() + chrono::TimeDelta::days(2)).await;
    assert_eq!(statuses(&bot).await, ["ENDED"]);
    press(&bot, user::RESPONDER, &alert, "acknowledge").await;
    assert_eq!(statuses(&bot).await, ["ACKNOWLEDGED"]);
}

#[tokio::test]
async fn after_30_days_a_step_stays() {
    let (bot, _, alert) = alerted("high").await;
    press(&bot, user::RESPONDER, &alert, "take_over").await;
    let mut arguments = json!({
        "guild_id": HARBOUR, "message_id": message_of(&alert), "action": "undo", "actor_id": user::RESPONDER,
        "detail": {"of": "taken"}, "at": now() + chrono::TimeDelta::days(31),
    });
    let late: Value = bot.cx().supabase.rpc("change_crisis_alert", &arguments).await.unwrap();
    assert_eq!(late["outcome"], "refused");
    arguments["at"] = json!(now() + chrono::TimeDelta::days(29));
    let soon: Value = bot.cx().supabase.rpc("change_crisis_alert", &arguments).await.unwrap();
    assert_eq!((&soon["outcome"], &soon["alert"]["status"]), (&json!("changed"), &json!("OPEN")));
}

#[tokio::test]
async fn in_shadow_mode_more_severe_pings_nobody() {
    let mut bot = Bot::alone().await;
    bot.world.settle_harbour().await.unwrap();
    sql(&bot, "update public.guild_settings set value = '\"shadow\"' where key = 'crisis.stage' returning key").await;
    bot.relay_follows().await;
    finds(&bot, "lantern", "medium");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let alert = bot.bot_messages(channel::CRT_MONITOR).pop().unwrap();
    choose(&bot, user::RESPONDER, &alert, "more_severe", "more_severe_reason", "HIGH plan").await;
    let all = public(&bot);
    assert!(all.len() == 2 && all.iter().all(|text| !text.contains("<@&")), "{}", all.join("\n\n"));
    assert_eq!(jobs(&bot).await, [""; 0], "and nobody has to react");
}
