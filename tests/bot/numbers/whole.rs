//! The guild as a whole: pulse, heatmap, channels, active members, campaigns, growth, retention, presence.

use serde_json::json;

use super::Numbers;

#[tokio::test]
async fn the_pulse_stands_beside_the_period_before_it() {
    let mut numbers = Numbers::of(9100).await;
    let day = |day: u32, hour: u32| format!("2026-03-{day:02} {hour:02}");
    for (at, messages, reactions) in
        [(day(2, 10), 4, 0), (day(3, 10), 0, 2), (day(4, 9), 6, 2), (day(5, 8), 3, 0), (day(3, 8), 1, 0)]
    {
        numbers.activity(&[(1, 1, &at, messages, reactions)]).await;
    }
    // Two days to the end of 5 March: the 4th (6 messages, 2 reactions: 7 points) and the 5th (3 points) beside the 2nd (4)
    // and the 3rd (1 message, 2 reactions: 2 points). In all 9 messages beside 5: +80 %; 10 points beside 6: +66.7 %.
    let columns = [
        "part",
        "messages",
        "reactions",
        "points",
        "previous_messages",
        "previous_points",
        "messages_change",
        "points_change",
    ];
    let lines = numbers.table("impact_pulse($guild, 'day', 'UTC', '2026-03-06', 2)", &columns).await;
    insta::assert_snapshot!(lines.join("\n"), @r"
    total 9 2 10.0 5 6.0 80.0 66.7
    bucket 6 2 7.0 4 4.0 50.0 75.0
    bucket 3 0 3.0 1 2.0 200.0 50.0
    ");
    // At 9:00 on the 5th that day has run 9 hours: beside it stand the first 9 hours of the 3rd, which hold 1 message.
    let lines = numbers.table("impact_pulse($guild, 'day', 'UTC', '2026-03-05 09:00+00', 2)", &columns).await;
    insta::assert_snapshot!(lines.join("\n"), @r"
    total 9 2 10.0 5 5.0 80.0 100.0
    bucket 6 2 7.0 4 4.0 50.0 75.0
    bucket 3 0 3.0 1 1.0 200.0 200.0
    ");
    // Hours: 8 to 10 on the 5th beside 6 to 8.
    let lines = numbers.table("impact_pulse($guild, 'hour', 'UTC', '2026-03-05 10:00+00', 2)", &columns).await;
    assert_eq!(lines[0], "total 3 0 3.0 0 0 null null");
    // Weeks begin on Monday, 2 March: all 14 messages, nothing the week before.
    let lines = numbers.table("impact_pulse($guild, 'week', 'UTC', '2026-03-09', 1)", &columns).await;
    assert_eq!(lines, ["total 14 4 16.0 0 0 null null", "bucket 14 4 16.0 0 0 null null"]);
}

#[tokio::test]
async fn a_day_is_the_day_of_the_time_zone_also_when_clocks_change() {
    let mut numbers = Numbers::of(9101).await;
    // In New York, 8 March 2026 has 23 hours: from 05:00 UTC to 04:00 UTC the next day.
    numbers
        .activity(&[
            (1, 1, "2026-03-08 04", 1, 0),
            (1, 1, "2026-03-08 05", 2, 0),
            (2, 1, "2026-03-09 03", 4, 0),
            (3, 1, "2026-03-09 04", 8, 0),
        ])
        .await;
    let columns = ["starts_at", "ends_at", "messages"];
    let lines =
        numbers.table("impact_pulse($guild, 'day', 'America/New_York', '2026-03-10 04:00+00', 3)", &columns).await;
    insta::assert_snapshot!(lines[1..].join("\n"), @r"
    2026-03-07T05:00:00+00:00 2026-03-08T05:00:00+00:00 1
    2026-03-08T05:00:00+00:00 2026-03-09T04:00:00+00:00 6
    2026-03-09T04:00:00+00:00 2026-03-10T04:00:00+00:00 8
    ");
    let lines = numbers
        .table("daily_active_members($guild, 'America/New_York', '2026-03-10 04:00+00', 3)", &["day", "members"])
        .await;
    assert_eq!(lines, ["2026-03-09 1", "2026-03-08 2", "2026-03-07 1"]);
    // In Auckland (UTC+13) 9 March runs from 11:00 UTC on the 8th: it holds 03:00 and 04:00 UTC of the 9th.
    let lines = numbers
        .table("daily_active_members($guild, 'Pacific/Auckland', '2026-03-09 11:00+00', 2)", &["day", "members"])
        .await;
    assert_eq!(lines, ["2026-03-09 2", "2026-03-08 1"]);
    // The next page.
    let lines = numbers
        .table("daily_active_members($guild, 'Pacific/Auckland', '2026-03-09 11:00+00', 1, 1)", &["day", "members"])
        .await;
    assert_eq!(lines, ["2026-03-08 1"]);
    // 04:00 UTC on the 8th is Saturday 23:00 in New York; 04:00 UTC on the 9th is Monday 00:00, the clock now being ahead.
    let cells = numbers.rows("activity_heatmap($guild, 'America/New_York', '2026-03-10 04:00+00', 7)").await;
    assert_eq!(cells.len(), 168);
    let filled: Vec<String> = cells
        .iter()
        .filter(|cell| cell["messages"] != 0)
        .map(|cell| format!("{} {} {} {}", cell["weekday"], cell["hour_of_day"], cell["messages"], cell["mean_points"]))
        .collect();
    assert_eq!(filled, ["1 0 8 8.0", "6 23 1 1.0", "7 0 2 2.0", "7 23 4 4.0"]);
}

#[tokio::test]
async fn the_heatmap_takes_the_mean_of_the_weeks() {
    let mut numbers = Numbers::of(9102).await;
    // Two Mondays at 10:00, in 14 days: 3 and 5 messages are 8, 4 on average.
    numbers.activity(&[(1, 1, "2026-03-02 10", 3, 0), (2, 1, "2026-03-09 10", 5, 0)]).await;
    let cells = numbers.rows("activity_heatmap($guild, 'UTC', '2026-03-16', 14)").await;
    let cell = cells.iter().find(|cell| cell["weekday"] == 1 && cell["hour_of_day"] == 10).unwrap();
    assert_eq!((&cell["messages"], &cell["mean_points"]), (&json!(8), &json!(4.0)));
}

#[tokio::test]
async fn small_channels_are_never_shown_alone() {
    let mut numbers = Numbers::of(9103).await;
    // Channel 10: 6 people (one at each end of the span), 11: 5 people, 12: 4 people, 13: 2 people, one of them in 12 too.
    for member in 1..=4 {
        numbers.activity(&[(member, 10, "2026-03-05 10", 2, 0), (member, 12, "2026-03-06 10", 1, 0)]).await;
    }
    numbers
        .activity(&[(5, 10, "2026-03-02 12", 1, 0), (6, 10, "2026-03-09 11", 1, 0), (7, 10, "2026-03-02 11", 9, 0)])
        .await;
    for member in 11..=15 {
        numbers.activity(&[(member, 11, "2026-03-04 10", 1, 2)]).await;
    }
    numbers.activity(&[(1, 13, "2026-03-04 10", 1, 0), (20, 13, "2026-03-04 10", 1, 0)]).await;
    let columns = ["channel_id", "channels", "members", "messages", "reactions", "points", "share"];
    // 7 days to 9 March 12:00, so member 7 is an hour too early. Points: 10 + 10 + (4 + 2) = 26.
    let call = "channel_breakdown($guild, 'UTC', '2026-03-09 12:00+00', 7)";
    insta::assert_snapshot!(numbers.table(call, &columns).await.join("\n"), @r"
    10 1 6 10 0 10.0 38.5
    11 1 5 5 10 10.0 38.5
    other 2 5 6 0 6.0 23.1
    ");
    // Without member 20 the small ones are 4 people together: channel 11, the smallest of the others, goes with them.
    numbers.run("delete from public.activity_hourly where guild_id = $guild and user_id = 20").await;
    insta::assert_snapshot!(numbers.table(call, &columns).await.join("\n"), @r"
    10 1 6 10 0 10.0 40.0
    other 3 9 10 10 15.0 60.0
    ");
    let page = "channel_breakdown($guild, 'UTC', '2026-03-09 12:00+00', 7, 1, 1)";
    assert_eq!(numbers.table(page, &["channel_id"]).await, ["other"]);
}

#[tokio::test]
async fn active_members_are_counted_once() {
    let mut numbers = Numbers::of(9104).await;
    // Up to 31 March 12:00. Day: member 1. Week: 1, 2. Month: 1, 2, 3 and 4 (in the first hour of the 30 days). The day
    // before: 2. The week before: 3. The month before: 5, and 4, an hour earlier.
    numbers
        .activity(&[
            (1, 1, "2026-03-30 12", 1, 0),
            (1, 2, "2026-03-31 11", 1, 0),
            (2, 1, "2026-03-30 11", 0, 1),
            (3, 1, "2026-03-20 00", 1, 0),
            (4, 1, "2026-03-01 12", 1, 0),
            (4, 1, "2026-03-01 11", 1, 0),
            (5, 1, "2026-02-10 00", 1, 0),
            // Taken back: nobody was there.
            (6, 1, "2026-03-31 10", 0, 0),
        ])
        .await;
    let columns = ["measure", "members", "previous_members", "change", "share_of_month"];
    insta::assert_snapshot!(numbers.table("dau_wau_mau($guild, 'UTC', '2026-03-31 12:00+00')", &columns).await.join("\n"), @r"
    dau 1 1 0.0 25.0
    wau 2 1 100.0 50.0
    mau 4 2 100.0 100.0
    ");
}

#[tokio::test]
async fn a_campaign_is_compared_with_the_same_hours_of_four_weeks() {
    let mut numbers = Numbers::of(9105).await;
    // Known since 1 February. Mondays at 10:00: 2, 4, 0, 6 messages, 3 on average; Tuesdays nothing but 8 once: 2.
    numbers
        .activity(&[
            (1, 1, "2026-02-01 00", 1, 0),
            (1, 1, "2026-02-02 10", 2, 0),
            (1, 1, "2026-02-09 10", 4, 0),
            (1, 1, "2026-02-23 10", 6, 0),
            (1, 1, "2026-02-24 11", 8, 0),
            // During: 9 on Monday at 10:00, 1 at 15:00 on Tuesday: 10 beside 3 + 2 = 5.
            (1, 1, "2026-03-02 10", 9, 0),
            (1, 1, "2026-03-03 15", 1, 0),
        ])
        .await;
    numbers
        .run(
            "insert into public.campaigns (guild_id, name, starts_at, ends_at, created_by) values
            ($guild, 'Spring', '2026-03-02', '2026-03-04', 1), ($guild, 'Early', '2026-02-01', '2026-02-02', 1)",
        )
        .await;
    let columns = ["name", "hours", "messages", "baseline_hours", "baseline_messages", "messages_lift", "points_lift"];
    // 28 days are 192 hours of Mondays and Tuesdays: 4 x 48. Before the first hour known there is nothing to compare with.
    insta::assert_snapshot!(numbers.table("campaign_lift($guild, 'UTC', '2026-03-10')", &columns).await.join("\n"), @r"
    Spring 48 10 192 5.0 100.0 100.0
    Early 24 1 0 null null null
    ");
    assert_eq!(numbers.table("campaign_lift($guild, 'UTC', '2026-03-10', 1, 1)", &["name"]).await, ["Early"]);
}

#[tokio::test]
async fn growth_is_told_by_day_and_by_months() {
    let mut numbers = Numbers::of(9106).await;
    for member in 1..=5 {
        numbers.member(member, "").await;
    }
    numbers.run("update public.discord_users set left_at = '2026-03-09' where guild_id = $guild and user_id = 5").await;
    // 4 are there now. In Auckland (UTC+13) 11:00 UTC on the 8th is the 9th.
    numbers
        .run(
            "insert into public.member_events (guild_id, user_id, kind, occurred_at) values
            ($guild, 1, 'join', '2026-03-08 11:00+00'), ($guild, 2, 'join', '2026-03-08 10:00+00'),
            ($guild, 5, 'leave', '2026-03-09 00:00+00'), ($guild, 3, 'join', '2026-01-20 00:00+00'),
            ($guild, 4, 'join', '2025-12-20 00:00+00'), ($guild, 9, 'leave', '2026-01-05 00:00+00')",
        )
        .await;
    let columns = ["day", "joins", "leaves", "net", "members"];
    let call = "member_growth($guild, 'Pacific/Auckland', '2026-03-09 11:00+00', 3)";
    insta::assert_snapshot!(numbers.table(call, &columns).await.join("\n"), @r"
    2026-03-09 1 1 0 4
    2026-03-08 1 0 1 4
    2026-03-07 0 0 0 3
    ");
    let page = "member_growth($guild, 'Pacific/Auckland', '2026-03-09 11:00+00', 1, 2)";
    assert_eq!(numbers.table(page, &columns).await, ["2026-03-07 0 0 0 3"]);
    // 30 days: 2 came, 1 went. 60 (from 9 January): one more came. 90 (from 10 December): another came and one went.
    let columns = ["days", "joins", "leaves", "net", "members_then", "members_now", "change"];
    insta::assert_snapshot!(numbers.table("member_growth_totals($guild, 'UTC', '2026-03-10')", &columns).await.join("\n"), @r"
    30 2 1 1 3 4 33.3
    60 3 1 2 2 4 100.0
    90 4 2 2 2 4 100.0
    ");
}

#[tokio::test]
async fn cohorts_are_the_weeks_in_which_members_joined() {
    let mut numbers = Numbers::of(9107).await;
    // Week of Monday 2 March: members 1 to 4 (1 joined on Sunday evening in UTC, which is Monday in Auckland).
    for (member, joined) in
        [(1, "2026-03-01 12:00+00"), (2, "2026-03-03"), (3, "2026-03-04"), (4, "2026-03-05"), (5, "2026-03-11")]
    {
        numbers.member(member, joined).await;
    }
    // Week 0: 1 and 2. Week 1 (from Sunday 8 March 11:00 UTC): 2 at its first hour, 3. Week 2: 3.
    numbers
        .activity(&[
            (1, 1, "2026-03-01 13", 1, 0),
            (2, 1, "2026-03-08 10", 1, 0),
            (2, 1, "2026-03-08 11", 1, 0),
            (3, 1, "2026-03-10 10", 1, 0),
            (3, 1, "2026-03-18 10", 1, 0),
            (5, 1, "2026-03-12 10", 1, 0),
        ])
        .await;
    let columns = ["cohort", "members", "week", "active", "share"];
    let call = "retention_cohorts($guild, 'Pacific/Auckland', '2026-03-24', 4)";
    insta::assert_snapshot!(numbers.table(call, &columns).await.join("\n"), @r"
    2026-03-09 1 0 1 100.0
    2026-03-09 1 1 0 0.0
    2026-03-02 4 0 2 50.0
    2026-03-02 4 1 2 50.0
    2026-03-02 4 2 1 25.0
    ");
    let page = "retention_cohorts($guild, 'Pacific/Auckland', '2026-03-24', 1, 2)";
    assert_eq!(numbers.table(page, &["cohort", "week"]).await, ["2026-03-02 0", "2026-03-02 1", "2026-03-02 2"]);
}

#[tokio::test]
async fn presence_is_of_those_who_share_it() {
    let mut numbers = Numbers::of(9108).await;
    for member in 1..=4 {
        numbers.member(member, "").await;
    }
    numbers
        .run(
            "insert into public.user_preferences (guild_id, user_id, presence_opt_in, scoring_opt_out) values
                ($guild, 1, true, false), ($guild, 2, true, false), ($guild, 3, true, true), ($guild, 4, false, false);
            insert into public.presence_sessions (guild_id, user_id, status, started_at, last_seen_at, ended_at) values
                ($guild, 1, 'online', '2026-03-02 10:00+00', '2026-03-02 10:30+00', '2026-03-02 10:30+00'),
                ($guild, 1, 'idle', '2026-03-02 10:30+00', '2026-03-02 12:00+00', '2026-03-02 12:00+00'),
                ($guild, 2, 'online', '2026-03-02 11:30+00', '2026-03-02 12:30+00', null),
                ($guild, 3, 'online', '2026-03-02 11:00+00', '2026-03-02 14:00+00', '2026-03-02 14:00+00'),
                ($guild, 4, 'online', '2026-02-01 10:00+00', '2026-02-01 12:00+00', '2026-02-01 12:00+00')",
        )
        .await;
    // 30, 90, 60 and 180 minutes: 360 in 4 sessions of 3 members, 90 on average, 75 in the middle, 6 hours.
    let stats = numbers
        .table(
            "presence_stats($guild, 'UTC', '2026-03-03', 7)",
            &["members", "sessions", "mean_minutes", "median_minutes", "online_hours"],
        )
        .await;
    assert_eq!(stats, ["3 4 90.0 75.0 6.0"]);
    // One day. 10:00: member 1 all the hour. 11:00: 1 and 3, and 2 for half. 12:00: 2 for half, 3. 13:00: 3. 14:00: nobody.
    let hours = numbers.table("peak_hours($guild, 'UTC', '2026-03-03', 1)", &["hour_of_day", "mean_online"]).await;
    assert_eq!(hours.len(), 24);
    assert_eq!(hours[9..15], ["9 0.0", "10 1.0", "11 2.5", "12 1.5", "13 1.0", "14 0.0"]);
    // Two days halve it; in New York it was 5 in the morning.
    let hours =
        numbers.table("peak_hours($guild, 'America/New_York', '2026-03-03', 2)", &["hour_of_day", "mean_online"]).await;
    assert_eq!(hours[5..7], ["5 0.5", "6 1.25"]);
    let top = "top_presence($guild, 'UTC', '2026-03-03', 60)";
    assert_eq!(numbers.table(top, &["place", "user_id", "sessions", "online_hours"]).await, ["1 1 2 2.0", "2 2 1 1.0"]);
    assert_eq!(numbers.table("top_presence($guild, 'UTC', '2026-03-03', 60, 1, 1)", &["user_id"]).await, ["2"]);
}
