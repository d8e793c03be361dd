//! How often the resource card was shown, and how talks went: counted, and never about whom.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use world::seed::{self, channel, user};

use super::{after_minutes, finds, live, talking};
use crate::harness::{Bot, now};

pub async fn sql(bot: &Bot, query: &str) {
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(query.to_owned())).execute(&mut database).await.unwrap();
}

/// Rows of a query, as JSON.
async fn rows(bot: &Bot, query: &str) -> Vec<Value> {
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    let query = format!("select to_jsonb(q)::text from ({query}) as q");
    let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut database).await.unwrap();
    rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

/// (guild, occasion, cards)
async fn referrals(bot: &Bot) -> Vec<Value> {
    rows(bot, "select guild_id::text, kind, count from public.referrals order by 1, 2").await
}

#[tokio::test]
async fn every_card_is_counted_by_guild_and_occasion() {
    let mut bot = live().await;
    finds(&bot, "lantern", "high");
    bot.command(user::MEMBER, channel::GENERAL, "resources", json!({})).await;
    bot.command(user::NEWCOMER, channel::GENERAL, "resources", json!({})).await;
    bot.command(user::MEMBER, channel::GENERAL, "ash human", json!({})).await;
    let dm = bot.world.discord.open_dm(user::NEWCOMER).unwrap();
    bot.says(user::NEWCOMER, dm, "hello").await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "a lantern").await;
    let harbour = seed::HARBOUR.to_string();
    let counted = |kind: &str, count: i64| json!({"guild_id": harbour, "kind": kind, "count": count});
    let cards =
        bot.bot_messages(thread).iter().filter(|one| crate::harness::read(one).contains("findahelpline")).count();
    assert!(cards > 0);
    let expected = [counted("direct", 1), counted("human", 1), counted("resources", 2), counted("talk", cards as i64)];
    assert_eq!(referrals(&bot).await, expected);
    let columns = rows(
        &bot,
        "select column_name::text from information_schema.columns
        where table_schema = 'public' and table_name = 'referrals' order by 1",
    )
    .await;
    let columns: Vec<&str> = columns.iter().map(|row| row["column_name"].as_str().unwrap()).collect();
    assert_eq!(columns, ["count", "day", "guild_id", "kind"], "nothing says who");
    let stats = bot.command(user::RESPONDER, channel::CRT_MONITOR, "ash stats", json!({})).await.text();
    assert!(stats.contains("Talks with Ash = **1** offered or begun; in **1** the member wrote"), "{stats}");
    assert!(stats.contains(&format!("**{}** times the resource card was shown", 4 + cards)), "{stats}");
}

#[tokio::test]
async fn a_year_is_reported_by_month_also_of_guilds_that_are_gone() {
    let bot = live().await;
    sql(
        &bot,
        "insert into public.referrals (guild_id, day, kind, count) values
            (1, '2025-12-31', 'talk', 9), (1, '2026-01-01', 'talk', 2), (2, '2026-01-31', 'talk', 3),
            (2, '2026-02-01', 'direct', 4), (0, '2026-12-31', 'resources', 5), (1, '2027-01-01', 'talk', 9);
        select public.forget_guild(2, 100); select public.forget_guild(2, 100)",
    )
    .await;
    let year = rows(&bot, "select month::text, kind, cards from public.referrals_of_year(2026)").await;
    let row = |month: &str, kind: &str, cards: i64| json!({"month": month, "kind": kind, "cards": cards});
    let expected = [row("2026-01-01", "talk", 5), row("2026-02-01", "direct", 4), row("2026-12-01", "resources", 5)];
    assert_eq!(year, expected);
    assert!(referrals(&bot).await.iter().all(|row| row["guild_id"] != "2"));
}

#[tokio::test]
async fn the_days_of_talks_say_how_they_began_and_ended_and_nothing_more() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    bot.says(user::MEMBER, thread, "bye").await;
    let other = talking(&mut bot, user::NEWCOMER).await;
    bot.says(user::NEWCOMER, other, "hello").await;
    super::person_writes(&bot, other, "i've got this").await;
    finds(&bot, "lantern", "critical");
    bot.says(user::SECOND_MEMBER, channel::VENT, "a lantern").await;
    after_minutes(&bot, 1).await;
    let asked = json!({"guild": seed::HARBOUR.to_string(), "until": now() + chrono::TimeDelta::days(1), "days": 3});
    let days: Vec<Value> = bot.cx().supabase.rpc("ash_sessions_daily", &asked).await.unwrap();
    let figures = ["opened_by", "ended", "sessions", "talks", "messages", "hand_offs"];
    let days: Vec<Value> =
        days.iter().map(|day| figures.iter().map(|name| ((*name).to_owned(), day[*name].clone())).collect()).collect();
    let row = |by: &str, ended: &str, talks: i64, messages: i64, hand_offs: i64| {
        json!({
            "opened_by": by, "ended": ended, "sessions": 1, "talks": talks, "messages": messages, "hand_offs": hand_offs,
        })
    };
    let expected =
        [row("critical", "open", 0, 0, 0), row("member", "goodbye", 1, 2, 0), row("member", "open", 1, 1, 1)];
    assert_eq!(days, expected);
}
