//! Lists of people: who does most, who rises, who goes quiet, who never began.

use super::Numbers;

const OPT_OUT: &str =
    "insert into public.user_preferences (guild_id, user_id, scoring_opt_out) values ($guild, 8, true);
    update public.discord_users set left_at = now() where guild_id = $guild and user_id = 9";

#[tokio::test]
async fn top_members_by_points_without_those_who_left_or_opted_out() {
    let mut numbers = Numbers::of(9200).await;
    for member in [1, 2, 3, 4, 8, 9] {
        numbers.member(member, "").await;
    }
    numbers.run(OPT_OUT).await;
    // Up to 10 March 06:00, 7 days. Member 1: 3 + 2 (ends of the span) = 5. 2 and 3: 4 each. 4: only before the span.
    numbers
        .activity(&[
            (1, 1, "2026-03-03 06", 3, 0),
            (1, 1, "2026-03-10 05", 2, 0),
            (1, 1, "2026-03-10 06", 50, 0),
            (2, 1, "2026-03-05 10", 4, 0),
            (3, 1, "2026-03-05 10", 3, 1),
            (3, 2, "2026-03-06 10", 0, 1),
            (4, 1, "2026-03-03 05", 9, 0),
            (8, 1, "2026-03-05 10", 90, 0),
            (9, 1, "2026-03-05 10", 90, 0),
        ])
        .await;
    let columns = ["place", "user_id", "display_name", "messages", "reactions", "points"];
    let call = "top_members($guild, 'UTC', '2026-03-10 06:00+00', 7)";
    insta::assert_snapshot!(numbers.table(call, &columns).await.join("\n"), @r"
    1 1 M1 5 0 5.0
    2 2 M2 4 0 4.0
    2 3 M3 3 2 4.0
    ");
    let page = "top_members($guild, 'UTC', '2026-03-10 06:00+00', 7, 2, 1)";
    assert_eq!(numbers.table(page, &["user_id"]).await, ["2", "3"]);
}

#[tokio::test]
async fn a_rising_star_is_new_and_in_the_top_tenth() {
    let mut numbers = Numbers::of(9201).await;
    // 20 active members: the top 10 % are places 1 and 2. Member n has 100 - n points; 1 is old, 2 joined 5 days ago,
    // 3 is new too but third.
    for member in 1..=20 {
        let joined = if [2, 3].contains(&member) { "2026-03-05 12:00+00" } else { "2025-01-01" };
        numbers.member(member, joined).await;
        numbers.activity(&[(member, 1, "2026-03-07 10", 100 - member as i32, 0)]).await;
    }
    let call = "rising_stars($guild, 'UTC', '2026-03-10')";
    let rows = numbers.rows(call).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["user_id"], "2");
    assert_eq!(rows[0]["days_since_joining"], 5);
    assert_eq!(
        rows[0]["reason"],
        "Joined 5 days ago and is number 2 of 20 active members by points in the last 30 days (98 points): top 10 %."
    );
    assert_eq!(numbers.rows("rising_stars($guild, 'UTC', '2026-03-10', 10, 1)").await.len(), 0);
    // Who opted out is counted among the 20, but not listed.
    numbers
        .run("insert into public.user_preferences (guild_id, user_id, scoring_opt_out) values ($guild, 2, true)")
        .await;
    assert_eq!(numbers.rows(call).await.len(), 0);
}

#[tokio::test]
async fn who_goes_quiet_and_why() {
    let mut numbers = Numbers::of(9202).await;
    for member in [1, 2, 3, 4, 5, 8, 9] {
        numbers.member(member, "").await;
    }
    numbers.run(OPT_OUT).await;
    // Weeks to 29 March: this one from the 22nd, last from the 15th, and those from the 8th and the 1st.
    let [this, last, third, fourth] = ["2026-03-22 00", "2026-03-21 23", "2026-03-08 00", "2026-03-01 00"];
    numbers
        .activity(&[
            // 1: from 10 to 4 points.
            (1, 1, last, 10, 0),
            (1, 1, this, 4, 0),
            // 2: exactly half is not more than half.
            (2, 1, last, 10, 0),
            (2, 1, this, 5, 0),
            // 3: active last week, silent now, not in both weeks before.
            (3, 1, last, 3, 0),
            (3, 1, fourth, 3, 0),
            // 4: silent now, but active in all three weeks before: dropped, and still called consistent.
            (4, 1, last, 2, 0),
            (4, 1, third, 2, 0),
            (4, 1, fourth, 2, 0),
            // 5: silent for two weeks: gone already, no risk any more.
            (5, 1, third, 7, 0),
            (8, 1, last, 50, 0),
            (9, 1, last, 50, 0),
        ])
        .await;
    let call = "churn_risks($guild, 'UTC', '2026-03-29')";
    let columns =
        ["user_id", "last_week", "this_week", "change", "active_weeks", "dropped", "about_to_disengage", "reason"];
    insta::assert_snapshot!(numbers.table(call, &columns).await.join("\n"), @r"
    1 10.0 4.0 -60.0 2 true false From 10 to 4 points in a week (-60 %).
    3 3.0 0 -100.0 2 true true Active last week (3 points), silent for 7 days, and not active in each of the three weeks before: about to disengage.
    4 2.0 0 -100.0 3 true false From 2 to 0 points in a week (-100 %).
    ");
    assert_eq!(numbers.table("churn_risks($guild, 'UTC', '2026-03-29', 1, 1)", &["user_id"]).await, ["3"]);
    // In Auckland the week begins 13 hours earlier: what 1 and 2 wrote at 23:00 on the 21st is of this week there.
    let there = "churn_risks($guild, 'Pacific/Auckland', '2026-03-28 11:00+00')";
    assert_eq!(numbers.rows(there).await.len(), 0);
}

#[tokio::test]
async fn who_joined_a_week_ago_and_never_began() {
    let mut numbers = Numbers::of(9203).await;
    for (member, joined) in [
        (1, "2026-03-03 00:00+00"),
        (2, "2026-03-03 01:00+00"),
        (3, "2026-02-20"),
        (4, "2026-02-21"),
        (5, "2026-02-01"),
        (8, "2026-03-01"),
        (9, "2026-03-01"),
    ] {
        numbers.member(member, joined).await;
    }
    numbers.run(OPT_OUT).await;
    // On 10 March: 1 joined just 7 days ago, 2 less, 3 has written since, 5 is longer there than 30 days.
    numbers.activity(&[(3, 1, "2026-02-25 10", 1, 0), (4, 1, "2026-02-25 10", 0, 0)]).await;
    let call = "new_members_without_activity($guild, 'UTC', '2026-03-10')";
    let lines = numbers.table(call, &["user_id", "days_since_joining"]).await;
    assert_eq!(lines, ["1 7", "4 17"]);
    let page = "new_members_without_activity($guild, 'UTC', '2026-03-10', 1, 1)";
    assert_eq!(numbers.table(page, &["user_id"]).await, ["4"]);
}
