//! What the team reads of its own work: `/ash stats`, `/crisis tuning` and the weekly report.

use chrono::{Datelike, Duration, NaiveDate, TimeZone, Utc};
use community_os::{
    edge::Time,
    jobs::{self, Job},
};
use serde_json::{Value, json};
use world::{
    face::{Face, Fault},
    seed::{self, channel, user},
};

use super::{finds, history::sql, live};
use crate::harness::{Bot, logged, now, read};

/// Alerts that were found at a moment: (severity, detector, score, mode, status). Ids go on from `first`.
async fn plant(bot: &Bot, first: i64, found_at: Time, rows: &[(&str, &str, &str, &str, &str)]) {
    for (n, (severity, detector, score, mode, status)) in rows.iter().enumerate() {
        let id = first + n as i64;
        sql(
            bot,
            &format!(
                "insert into public.crisis_alerts (guild_id, channel_id, message_id, member_id, severity, detector, score, mode,
                status, written_at, found_at, last_at) values ({}, 1, {id}, {id}, '{severity}', '{detector}', {score}, '{mode}',
                '{status}', '{found_at}', '{found_at}', '{found_at}')",
                seed::HARBOUR
            ),
        )
        .await;
    }
}

async fn feedback(bot: &Bot, verdict: &str, messages: &str) {
    sql(
        bot,
        &format!(
            "insert into public.crisis_feedback (guild_id, alert_id, verdict, detector, severity, score, reason, created_at)
            select guild_id, alert_id, '{verdict}', detector, severity, score, 'other', now() from public.crisis_alerts
            where message_id {messages}"
        ),
    )
    .await;
}

async fn stats(bot: &Bot, options: Value) -> String {
    bot.command(user::RESPONDER, channel::CRT_MONITOR, "ash stats", options).await.text()
}

#[tokio::test]
async fn weakness_dead_metrics_the_team_reads_how_it_does() {
    let bot = live().await;
    let refused = bot.command(user::MEMBER, channel::VENT, "ash stats", json!({})).await;
    assert_eq!(refused.text(), "Only the crisis response team can use this.");
    insta::assert_snapshot!(stats(&bot, json!({})).await, @"
    Crisis care: the last 7 days
    Alerts = None, and none before.
    ");

    let hours = |hours| now() - Duration::hours(hours);
    // Two HIGH ones and a MEDIUM one; trials and drills are outside; a CRITICAL one was the week before.
    plant(
        &bot,
        1,
        hours(30),
        &[
            ("HIGH", "nlp", "0.8", "live", "RESOLVED"),
            ("HIGH", "screen", "null", "live", "OPEN"),
            ("MEDIUM", "nlp", "0.6", "live", "FALSE_ALARM"),
            ("CRITICAL", "nlp", "0.9", "drill", "RESOLVED"),
            ("CRITICAL", "nlp", "0.9", "shadow", "RESOLVED"),
        ],
    )
    .await;
    plant(&bot, 10, hours(200), &[("CRITICAL", "both", "0.9", "live", "RESOLVED")]).await;
    feedback(&bot, "false_alarm", "= 3").await;
    sql(
        &bot,
        "update public.crisis_alerts set acknowledged_at = found_at + interval '4 minutes', first_human_at = found_at + interval '6 minutes',
        resolved_at = found_at + interval '3 hours' where message_id in (1, 4, 5, 10)",
    )
    .await;
    sql(
        &bot,
        "insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
        select guild_id, alert_id, 'posted', jsonb_build_object('severity', severity, 'pinged', message_id = 1), found_at
        from public.crisis_alerts;
        insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
        select guild_id, alert_id, unnest(array['merged', 'merged', 'again']), '{}', found_at
        from public.crisis_alerts where message_id = 1",
    )
    .await;
    let outage = json!({"guild_id": 0, "service": "Ash-NLP", "is_down": true, "at": hours(3)});
    for (is_down, at, is_new) in
        [(true, hours(3), true), (true, hours(2), false), (false, hours(1), true), (false, now(), false)]
    {
        let mut outage = outage.clone();
        (outage["is_down"], outage["at"]) = (json!(is_down), json!(at));
        assert_eq!(bot.cx().supabase.rpc::<bool>("note_crisis_outage", &outage).await.unwrap(), is_new);
    }
    insta::assert_snapshot!(stats(&bot, json!({})).await, @"
    Crisis care: the last 7 days
    Alerts = CRITICAL: **0** (1)
    HIGH: **2** (0)
    MEDIUM: **1** (0)
    How fast the team was = HIGH: 1 of 2 seen after **4 min**, 90 % within 4 min; first answer after **6 min**; resolved after **3.0 h**
    MEDIUM: 0 of 1 seen
    What became of them = Sent **3**, of these 1 with a ping
    **1** without the ping they would have had (snoozed, a storm, no role)
    **2** further messages only counted on an open alert
    **1** told again below an open alert
    False alarms = Ash-NLP: **1** of 2 judged (50 %)
    Detection was down = Ash-NLP: once, 2.0 h in all
    ");
    assert!(stats(&bot, json!({"days": 1})).await.contains("Crisis care: the last day\nAlerts = HIGH: **0** (2)"));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn what_was_found_low_is_counted_though_nobody_is_told() {
    let bot = live().await;
    finds(&bot, "lantern", "low");
    for text in ["a lantern", "another lantern", "good morning"] {
        bot.says(user::MEMBER, channel::VENT, text).await;
    }
    assert_eq!(stats(&bot, json!({})).await, "Crisis care: the last 7 days\nAlerts = None, and none before.");
    // Each run brings the whole count.
    for hour in 0..3 {
        bot.app.scheduled(now() + Duration::minutes(61 * hour)).await.unwrap();
        bot.ticks(now() + Duration::minutes(61 * hour + 1)).await;
    }
    let text = stats(&bot, json!({})).await;
    assert!(text.contains("Sent **0**, of these 0 with a ping\n**2** messages found LOW"), "{text}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn real_alerts_are_in_the_figures() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    for text in ["a lantern", "another lantern"] {
        bot.says(user::MEMBER, channel::VENT, text).await;
    }
    let text = stats(&bot, json!({})).await;
    assert!(text.contains("HIGH: **1** (0)") && text.contains("HIGH: 0 of 1 seen"), "{text}");
    assert!(text.contains("Sent **1**, of these 1 with a ping\n**1** further messages only counted"), "{text}");
}

#[tokio::test]
async fn tuning_tells_how_often_it_was_right_and_proposes_without_changing_anything() {
    let bot = live().await;
    let tune =
        async |options: Value| bot.command(user::RESPONDER, channel::CRT_MONITOR, "crisis tuning", options).await;
    assert!(tune(json!({})).await.text().starts_with("No alert of the last 90 days was judged yet."));
    let refused = bot.command(user::MEMBER, channel::VENT, "crisis tuning", json!({})).await;
    assert_eq!(refused.text(), "Only the crisis response team can use this.");

    let at = now() - Duration::days(20);
    let false_ones = [("HIGH", "nlp", "0.71", "shadow", "FALSE_ALARM"); 12];
    let real_ones = [("HIGH", "both", "0.79", "live", "RESOLVED"); 9];
    plant(&bot, 1, at, &false_ones).await;
    plant(&bot, 21, at, &real_ones).await;
    // Seen is not judged; what was taken back does not count, nor does what is old, nor a drill.
    plant(&bot, 41, at, &[("HIGH", "nlp", "0.71", "live", "ACKNOWLEDGED"), ("HIGH", "nlp", "0.71", "live", "OPEN")])
        .await;
    plant(&bot, 51, at, &[("HIGH", "screen", "null", "drill", "RESOLVED")]).await;
    plant(&bot, 61, now() - Duration::days(91), &[("HIGH", "screen", "null", "live", "RESOLVED")]).await;
    feedback(&bot, "false_alarm", "<= 12 or message_id = 42").await;
    sql(&bot, "update public.crisis_feedback set undone_at = now() where alert_id = (select alert_id from public.crisis_alerts where message_id = 42)").await;
    let seen = tune(json!({"export": true})).await;
    assert!(seen.is_private());
    insta::assert_snapshot!(seen.text(), @"
    Tuning: 21 judged alerts of 90 days
    How often it was right = Ash-NLP, HIGH: **0 %** right of 12 (12 false, 0 graver)
    Ash-NLP and the built-in screen, HIGH: **100 %** right of 9 (0 false, 0 graver)
    Thresholds of Ash-NLP's score = **MEDIUM** stays at 0.50: only 0 judged so far.
    **HIGH** from 0.70 to **0.76**: 12 of 12 false alarms were below, no real one.
    **CRITICAL** stays at 0.85: only 0 judged so far.
    ");
    let file = &seen.message.as_ref().unwrap().attachments[0];
    let csv = String::from_utf8(bot.world.discord.state().files[&file.id].1.to_vec()).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!((file.filename.as_str(), lines.len()), ("crisis-scores.csv", 22));
    assert_eq!(lines[0], "detector,severity,score,verdict,day");
    let day = at.date_naive();
    assert!(lines[1..].iter().all(|line| {
        *line == format!("nlp,HIGH,0.710,false_alarm,{day}") || *line == format!("both,HIGH,0.790,confirmed,{day}")
    }));
    let settings = bot.rows("guild_settings", "guild_id", seed::HARBOUR).await;
    assert!(settings.iter().all(|row| row["key"] != "crisis.sensitivity"), "nothing changes by itself");
}

fn monday() -> NaiveDate {
    let today = now().date_naive();
    today + Duration::days(14 - i64::from(today.weekday().num_days_from_monday()))
}

fn at(day: NaiveDate, hour: u32, minute: u32) -> Time {
    Utc.from_utc_datetime(&day.and_hms_opt(hour, minute, 0).unwrap())
}

/// What the minute's tick does, for the report's jobs alone.
async fn tick(bot: &Bot, now: Time) {
    let ours = |job: &&Job| matches!(job.kind, "crisis.plan_report" | "crisis.report");
    let ours: Vec<&'static Job> = community_os::features::jobs().into_iter().filter(ours).collect();
    let cx = bot.app.context(now, "test");
    jobs::owe_recurring(&cx, &ours).await.unwrap();
    jobs::tick(&cx, &ours).await.unwrap();
}

async fn due(bot: &Bot) -> Vec<String> {
    let rows: Vec<Value> = bot.cx().supabase.select("jobs", "kind,due_at", &[]).await.unwrap();
    let ours = rows.iter().filter(|row| row["kind"] == "crisis.report");
    ours.map(|row| row["due_at"].as_str().unwrap()[..16].to_owned()).collect()
}

#[tokio::test]
async fn weakness_weekly_the_report_comes_once_even_if_the_hour_was_missed() {
    let bot = live().await;
    let monday = monday();
    plant(&bot, 1, at(monday - Duration::days(1), 23, 59), &[("HIGH", "nlp", "0.8", "live", "OPEN")]).await;
    plant(&bot, 2, at(monday - Duration::days(7), 0, 0), &[("MEDIUM", "nlp", "0.6", "live", "OPEN")]).await;
    // Outside: this week's, and the one before last week's.
    plant(&bot, 3, at(monday, 0, 0), &[("MEDIUM", "nlp", "0.6", "live", "OPEN")]).await;
    plant(&bot, 4, at(monday - Duration::days(8), 23, 59), &[("HIGH", "nlp", "0.8", "live", "OPEN"); 3]).await;
    tick(&bot, at(monday - Duration::days(2), 8, 0)).await;
    assert_eq!(due(&bot).await, [""; 0], "off until a channel is chosen");
    bot.chooses("crisis.report_channel", json!(channel::STAFF)).await;
    tick(&bot, at(monday - Duration::days(2), 9, 0)).await;
    assert_eq!(due(&bot).await, [at(monday, 9, 0).format("%Y-%m-%dT%H:%M").to_string()]);

    // Nothing ran on Monday; on Tuesday the report is about the same week.
    let tuesday = monday + Duration::days(1);
    tick(&bot, at(tuesday, 15, 0)).await;
    let posted = bot.bot_messages(channel::STAFF);
    assert_eq!(posted.len(), 1);
    let days = |day: NaiveDate| day.format("%-d %B").to_string();
    let expected = format!(
        "Crisis care: {} to {}\nAlerts = HIGH: **1** (3)\nMEDIUM: **1** (0)\n",
        days(monday - Duration::days(7)),
        days(monday - Duration::days(1))
    );
    assert!(read(&posted[0]).starts_with(&expected), "{}", read(&posted[0]));
    assert!(!read(&posted[0]).contains("<@"), "nobody is ranked, nobody is named");

    // The same once more, as after a lease that was lost.
    let cx = bot.app.context(at(tuesday, 15, 1), "test");
    let guild = relay_wire::Snowflake(seed::HARBOUR.0);
    jobs::owe(&cx, guild, "crisis.report", "again", cx.now, json!({"week": monday})).await.unwrap();
    tick(&bot, at(tuesday, 15, 1)).await;
    tick(&bot, at(tuesday, 16, 1)).await;
    assert_eq!(bot.bot_messages(channel::STAFF).len(), 1);
    assert_eq!(due(&bot).await, [at(monday + Duration::days(7), 9, 0).format("%Y-%m-%dT%H:%M").to_string()]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn two_ticks_that_report_at_once_report_once_and_a_trial_has_no_report() {
    let bot = live().await;
    let monday = monday();
    bot.chooses("crisis.report_channel", json!(channel::STAFF)).await;
    // No summer time there.
    bot.chooses("community.time_zone", json!("Asia/Tokyo")).await;
    tick(&bot, at(monday - Duration::days(2), 12, 0)).await;
    assert_eq!(due(&bot).await, [at(monday, 0, 0).format("%Y-%m-%dT%H:%M").to_string()]);
    let cx = bot.app.context(at(monday, 9, 0), "test");
    let guild = relay_wire::Snowflake(seed::HARBOUR.0);
    jobs::owe(&cx, guild, "crisis.report", "b", cx.now, json!({"week": monday})).await.unwrap();
    // Nobody can note that it was posted: only Discord's nonce is left.
    bot.world.shared.break_with(Fault::status(Face::Supabase, "POST /rest/v1/crisis_reports", 503));
    tick(&bot, at(monday, 9, 0)).await;
    assert_eq!(bot.bot_messages(channel::STAFF).len(), 1);
    bot.world.shared.mend();
    // Hours later, when the nonce is forgotten: it stands in the channel.
    bot.world.shared.advance(std::time::Duration::from_secs(7_200));
    tick(&bot, at(monday, 11, 0)).await;
    assert_eq!(bot.bot_messages(channel::STAFF).len(), 1);
    let reports = bot.rows("crisis_reports", "guild_id", seed::HARBOUR).await;
    assert!(reports[0]["message_id"].is_number(), "noted at last: {reports:?}");
    bot.set(seed::HARBOUR, "crisis.stage", json!("shadow")).await;
    let next = monday + Duration::days(7);
    jobs::owe(&cx, guild, "crisis.report", "c", cx.now, json!({"week": next})).await.unwrap();
    tick(&bot, at(next, 9, 0)).await;
    assert_eq!(bot.bot_messages(channel::STAFF).len(), 1);
    let reports = bot.rows("crisis_reports", "guild_id", seed::HARBOUR).await;
    let trial = reports.iter().find(|row| row["week"] == json!(next)).unwrap();
    assert_eq!(trial["message_id"], Value::Null, "done with, and not posted");
}

#[tokio::test]
async fn a_report_that_cannot_be_posted_is_told_in_setup() {
    let bot = live().await;
    bot.chooses("crisis.report_channel", json!("99")).await;
    let cx = bot.cx();
    let guild = relay_wire::Snowflake(seed::HARBOUR.0);
    jobs::owe(&cx, guild, "crisis.report", "a", cx.now, json!({"week": monday()})).await.unwrap();
    tick(&bot, now()).await;
    assert_eq!(logged().iter().filter(|line| line.contains("setting_problem")).count(), 1);
}
