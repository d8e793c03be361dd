//! The figures about tickets, against what was worked out by hand beside the fixture; and what `/ticket stats` says of them.

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use world::seed::{channel, user};

use super::{kind_of_ticket, newest_ticket, opens, with_panel};
use crate::numbers::Numbers;

/// Ten days back from 31 March, 12:00 UTC: since 21 March, 12:00; the days before since 11 March.
///
/// | | kind, priority | opened | first answer | closed | rated |
/// |---|---|---|---|---|---|
/// | 1 | Support, medium | 15 March 10:00 | 10:30 | 16 March 10:00 | 1, on the 16th |
/// | 2 | Support, high | 20 March 10:00 | 11:00 | 22 March 10:00 (2,880 min) | 5 |
/// | 3 | Support, high | 22 March 10:00 | 10:10 (10 min) | 12:00 (120 min) | 4 |
/// | 4 | Billing, low | 25 March 08:00 | 09:30 (90 min) | in progress | |
/// | 5 | Billing, low | 31 March 11:00 | | open | |
/// | 6 | Support, medium | 25 March 08:00 | | failed | |
/// | 7 | Support, critical | 30 March 23:00 | | open | |
/// | 8 | Billing, medium | 26 March 09:00 | | 09:20 (20 min), by the opener | |
async fn fixture(guild: i64) -> Numbers {
    let mut numbers = Numbers::of(guild).await;
    numbers
        .run(
            "insert into public.ticket_categories (guild_id, name, position) values ($guild, 'Support', 0), ($guild, 'Billing', 1);
            insert into public.discord_users (guild_id, user_id, display_name) values ($guild, 11, 'Ann'), ($guild, 12, 'Ben'), ($guild, 103, 'Odd_Name');
            insert into public.tickets (
                guild_id, ticket_number, opener_id, subject, status, priority, category_id, created_at, first_response_at,
                resolved_at, claimed_by
            )
            select $guild, n, 100 + n, subject, status, priority, c.category_id, opened::timestamptz, answered::timestamptz,
                closed::timestamptz, staff
            from (values
                (1, 'Login', 'RESOLVED', 'MEDIUM', 'Support', '2026-03-15 10:00+00', '2026-03-15 10:30+00', '2026-03-16 10:00+00', 11),
                (2, 'Login', 'RESOLVED', 'HIGH', 'Support', '2026-03-20 10:00+00', '2026-03-20 11:00+00', '2026-03-22 10:00+00', 11),
                (3, '100% sure', 'RESOLVED', 'HIGH', 'Support', '2026-03-22 10:00+00', '2026-03-22 10:10+00', '2026-03-22 12:00+00', 11),
                (4, 'Refund', 'IN_PROGRESS', 'LOW', 'Billing', '2026-03-25 08:00+00', '2026-03-25 09:30+00', null, 12),
                (5, 'Refund', 'OPEN', 'LOW', 'Billing', '2026-03-31 11:00+00', null, null, null),
                (6, 'Failed', 'FAILED', 'MEDIUM', 'Support', '2026-03-25 08:00+00', null, null, null),
                (7, 'Fire', 'OPEN', 'CRITICAL', 'Support', '2026-03-30 23:00+00', null, null, null),
                (8, 'Never mind', 'RESOLVED', 'MEDIUM', 'Billing', '2026-03-26 09:00+00', null, '2026-03-26 09:20+00', null)
            ) as v(n, subject, status, priority, kind, opened, answered, closed, staff)
            join public.ticket_categories as c on c.guild_id = $guild and c.name = v.kind;
            insert into public.ticket_events (guild_id, ticket_id, kind, to_status, actor_id, detail, at)
            select $guild, t.ticket_id, v.kind, t.status, v.actor, v.detail::jsonb, v.at::timestamptz
            from (values
                (1, 'answered', 12, '{}', '2026-03-15 10:30+00'),
                (2, 'closed', 11, '{}', '2026-03-22 10:00+00'),
                (3, 'claimed', 11, '{}', '2026-03-22 10:05+00'),
                (3, 'answered', 11, '{}', '2026-03-22 10:10+00'),
                (3, 'closed', 12, '{}', '2026-03-22 12:00+00'),
                (4, 'answered', 12, '{}', '2026-03-25 09:30+00'),
                (4, 'transferred', 11, '{\"from\": \"11\", \"to\": \"12\"}', '2026-03-25 10:00+00'),
                (5, 'opened', 105, '{}', '2026-03-31 11:00+00'),
                (6, 'failed', 0, '{}', '2026-03-25 08:00+00'),
                (7, 'warned', 0, '{}', '2026-03-31 10:00+00'),
                (8, 'closed', 108, '{}', '2026-03-26 09:20+00')
            ) as v(n, kind, actor, detail, at)
            join public.tickets as t on t.guild_id = $guild and t.ticket_number = v.n;
            insert into public.ticket_feedback (ticket_id, guild_id, user_id, rating, at)
            select t.ticket_id, $guild, t.opener_id, v.rating, v.at::timestamptz
            from (values (1, 1, '2026-03-16 10:05+00'), (2, 5, '2026-03-22 10:05+00'), (3, 4, '2026-03-22 12:05+00')) as v(n, rating, at)
            join public.tickets as t on t.guild_id = $guild and t.ticket_number = v.n;
            insert into public.guild_settings (guild_id, key, value) values
                ($guild, 'tickets.first_response_targets', '\"high 30m, low 1h, critical 15m, medium 1h\"'),
                ($guild, 'tickets.resolution_targets', '\"medium 30m, high 1d\"')",
        )
        .await;
    numbers
}

const SPAN: &str = "zone => 'UTC', until => '2026-03-31 12:00+00', days => 10";

#[tokio::test]
async fn the_overview_counts_what_was_opened_and_closed_and_how_fast() {
    let mut numbers = fixture(9051).await;
    let columns = [
        "part",
        "label",
        "open",
        "in_progress",
        "opened",
        "opened_before",
        "closed",
        "closed_before",
        "first_response_minutes",
        "resolution_minutes",
        "rating",
        "ratings",
    ];
    assert_eq!(
        numbers.table(&format!("ticket_overview($guild, {SPAN})"), &columns).await,
        [
            "total  2 1 5 2 3 1 50.0 120.0 4.5 2",
            "category Support 1 0 2 2 2 1 10.0 1500.0 4.5 2",
            "category Billing 1 1 3 0 1 0 90.0 20.0 null 0",
            "priority CRITICAL 1 0 1 0 0 0 null null null 0",
            "priority HIGH 0 0 1 1 2 0 10.0 1500.0 4.5 2",
            "priority MEDIUM 0 0 1 1 1 1 null 20.0 null 0",
            "priority LOW 1 1 2 0 0 0 90.0 null null 0",
        ]
    );
}

#[tokio::test]
async fn targets_are_met_missed_or_still_waiting() {
    let mut numbers = fixture(9052).await;
    let columns = ["target", "priority", "target_minutes", "met", "missed", "waiting", "met_share"];
    assert_eq!(
        numbers.table(&format!("ticket_sla($guild, {SPAN})"), &columns).await,
        [
            // Nobody answered 7 within 15 minutes.
            "first_response CRITICAL 15 0 1 0 0.0",
            "first_response HIGH 30 1 0 0 100.0",
            // 8 was closed in time without an answer: in none.
            "first_response MEDIUM 60 0 0 0 null",
            // 4 was answered after 90 minutes, 5 has time until this minute.
            "first_response LOW 60 0 1 1 0.0",
            "resolution HIGH 1440 1 0 0 100.0",
            "resolution MEDIUM 30 1 0 0 100.0",
        ]
    );
}

#[tokio::test]
async fn each_of_the_staff_has_a_row() {
    let mut numbers = fixture(9053).await;
    let columns = [
        "user_id",
        "display_name",
        "claimed",
        "closed",
        "answered_first",
        "first_response_minutes",
        "rating",
        "ratings",
    ];
    let call = format!("ticket_staff($guild, {SPAN})");
    assert_eq!(numbers.table(&call, &columns).await, ["11 Ann 1 1 1 10.0 4.5 2", "12 Ben 1 1 1 90.0 null 0"]);
    let page = format!("ticket_staff($guild, {SPAN}, max_rows => 1, skip_rows => 1)");
    assert_eq!(numbers.table(&page, &["user_id"]).await, ["12"]);
}

#[tokio::test]
async fn busy_times_are_by_the_clock_of_the_zone() {
    let mut numbers = fixture(9054).await;
    let call = "ticket_busy_times($guild, zone => 'Europe/Berlin', until => '2026-03-31 12:00+00', days => 10)";
    // The clocks went forward on the 29th: 23:00 UTC on the 30th is 01:00 on Tuesday the 31st.
    assert_eq!(
        numbers.table(call, &["weekday", "hour", "tickets"]).await,
        ["2 1 1", "2 13 1", "3 9 1", "4 10 1", "7 11 1"]
    );
}

#[tokio::test]
async fn the_list_is_filtered_searched_and_paged() {
    let mut numbers = fixture(9055).await;
    let billing = "(select c.category_id::text from public.ticket_categories as c where c.guild_id = $guild and c.name = 'Billing')";
    for (arguments, expected) in [
        ("", "8 7 6 5 4 3 2 1"),
        ("of_status => 'OPEN'", "7 5"),
        ("of_status => ''", "8 7 6 5 4 3 2 1"),
        (&format!("of_category => {billing}") as &str, "8 5 4"),
        ("search => 'login'", "2 1"),
        ("search => '#3'", "3"),
        ("search => '104'", "4"),
        ("search => '%'", "3"),
        ("search => 'odd_n'", "3"),
        ("search => 'oddxn'", ""),
        ("max_rows => 2, skip_rows => 3", "5 4"),
    ] {
        let call = format!("ticket_list($guild{}{arguments})", if arguments.is_empty() { "" } else { ", " });
        let found = numbers.table(&call, &["ticket_number"]).await.join(" ");
        assert_eq!(found, expected, "{arguments}");
    }
    let row = numbers.rows("ticket_list($guild, search => '#3')").await.remove(0);
    assert_eq!(
        (
            &row["opener_id"],
            &row["opener_name"],
            &row["claimed_by_name"],
            &row["category_name"],
            &row["rating"],
            &row["total"]
        ),
        (&json!("103"), &json!("Odd_Name"), &json!("Ann"), &json!("Support"), &json!(4), &json!(1))
    );
    assert_eq!(numbers.rows("ticket_list($guild, max_rows => 1)").await[0]["total"], 8);
}

#[tokio::test]
async fn whoever_opens_a_transcript_is_noted_once_an_hour() {
    let mut numbers = fixture(9056).await;
    let manager = "00000000-0000-4000-8000-905600000001";
    numbers
        .run(&format!(
            "insert into public.staff values ($guild, 21, 'manager', '{manager}');
            insert into public.ticket_messages (guild_id, ticket_id, message_id, author_id, author_name, content, sent_at, deleted_at)
            select $guild, t.ticket_id, 905600 + n, 103, 'Odd_Name', case n when 2 then '' else 'words ' || n end, now(),
                case n when 2 then now() end
            from public.tickets as t, generate_series(1, 3) as n where t.guild_id = $guild and t.ticket_number = 3"
        ))
        .await;
    let ticket = numbers.rows("ticket_list($guild, search => '#3')").await[0]["ticket_id"].as_str().unwrap().to_owned();
    let call = format!("ticket_transcript($guild, '{ticket}')");
    let columns = ["message_id", "author_id", "content", "total"];
    assert_eq!(numbers.table(&call, &columns).await, ["905601 103 words 1 3", "905602 103  3", "905603 103 words 3 3"]);
    let page = format!("ticket_transcript($guild, '{ticket}', max_rows => 1, skip_rows => 1)");
    assert_eq!(numbers.table(&page, &["message_id"]).await, ["905602"]);
    // As the manager, twice, committed; then by somebody of another guild.
    let read = |sub: &str| {
        AssertSqlSafe(format!(
            "begin; set local role authenticated; set local request.jwt.claims = '{{\"role\": \"authenticated\", \"sub\": \"{sub}\"}}';
            select count(*) from public.ticket_transcript(9056, '{ticket}');
            select count(*) from public.ticket_transcript(9056, '{ticket}', 1, 1); commit"
        ))
    };
    let stranger = "00000000-0000-4000-8000-905600000002";
    for who in [manager, manager, stranger] {
        sqlx::raw_sql(read(who)).execute(&mut numbers.connection).await.unwrap();
    }
    let noted: Vec<(i64, i64, String)> =
        sqlx::query_as("select actor_id, subject_id, what from public.access_log where guild_id = 9056")
            .fetch_all(&mut numbers.connection)
            .await
            .unwrap();
    assert_eq!(noted, [(21, 103, "transcript of ticket #3".to_owned())]);
}

#[tokio::test]
async fn only_managers_and_admins_of_the_guild_see_figures_and_a_guild_without_tickets_has_none() {
    let mut numbers = fixture(9057).await;
    let users = ["1", "2", "3", "4"].map(|n| format!("00000000-0000-4000-8000-90570000000{n}"));
    for (n, (guild, role)) in [(9057, "manager"), (9057, "admin"), (9057, "crt"), (9050, "manager")].iter().enumerate()
    {
        numbers.run(&format!("insert into public.staff values ({guild}, {n} + 30, '{role}', '{}')", users[n])).await;
    }
    let calls = [
        format!("ticket_overview($guild, {SPAN})"),
        format!("ticket_sla($guild, {SPAN})"),
        format!("ticket_staff($guild, {SPAN})"),
        format!("ticket_busy_times($guild, {SPAN})"),
        "ticket_list($guild)".to_owned(),
    ];
    for call in &calls {
        for (at, user) in users.iter().enumerate() {
            let seen = numbers.ask_as("authenticated", user, call).await.unwrap();
            assert_eq!(!seen.is_empty(), at < 2, "{call} as {at}");
        }
        assert!(numbers.ask_as("anon", "", call).await.is_err(), "{call}");
        let nowhere = numbers.rows(&call.replace("$guild", "9058")).await;
        assert_eq!(nowhere, [] as [Value; 0], "{call}");
    }
    assert_eq!(numbers.rows("ticket_transcript($guild, '0')").await, [] as [Value; 0]);
}

#[tokio::test]
async fn staff_see_the_figures_and_members_do_not() {
    let (bot, panel) = with_panel().await;
    let seen = bot.command(user::HELPER, channel::GENERAL, "ticket stats", json!({})).await;
    assert_eq!(seen.text(), "There were no tickets yet.");
    kind_of_ticket(&bot, "Billing", json!({})).await;
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let place = newest_ticket(&bot).await;
    bot.command(user::HELPER, place, "ticket claim", json!({})).await;
    opens(&bot, &panel, user::SECOND_MEMBER, "Help", "Please").await;
    // A zone that PostgreSQL does not know is no reason to say nothing.
    bot.chooses("community.time_zone", json!("Nowhere/Atall")).await;
    let seen = bot.command(user::HELPER, channel::GENERAL, "ticket stats", json!({"days": 7})).await;
    assert!(seen.is_private());
    insta::assert_snapshot!(seen.text(), @"
    Tickets of the last 7 days
    Now: **1** open, **1** in progress
    Opened: **2** (0)
    Closed: **0** (0)
    First answer after: **–**
    Closed after: **–**
    Rating: none yet
    By priority = **Medium**: 2 opened, 0 closed, first answer after –
    ");
    let refused = bot.command(user::MEMBER, channel::GENERAL, "ticket stats", json!({})).await;
    assert_eq!(refused.text(), "Only staff who answer tickets see these figures.");
    // Staff of one kind only are staff, too.
    kind_of_ticket(&bot, "Billing", json!({"staff_role_id": world::seed::role::CRT})).await;
    let seen = bot.command(user::RESPONDER, channel::GENERAL, "ticket stats", json!({})).await;
    assert!(seen.text().starts_with("Tickets of the last 30 days"), "{}", seen.text());
    bot.assert_nothing_unexpected();
}
