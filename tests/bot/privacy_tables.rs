//! No table is forgotten: every column that names a person is exported and erased, every table of a guild is emptied.

use chrono::TimeDelta;
use community_os::features;
use relay_wire::Outcome;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use world::{
    discord::Id,
    seed::{self, channel, user},
};

use crate::{
    harness::{Bot, now},
    privacy::{export_of, later},
};

/// Columns that keep a person's id after an erasure, and why.
const KEPT: &[(&str, &str)] = &[
    // Whose history was opened may know by whom.
    ("access_log", "actor_id"),
    // The proof that it was erased, for 30 days.
    ("privacy_requests", "subject_id"),
    ("privacy_requests", "requested_by"),
    // A block would be lifted by whoever is blocked.
    ("ticket_blocks", "user_id"),
];

/// The daily job takes a role back where no role is set: of anybody.
const TAKEN_BY_JOBS: &[&str] = &["rising_star_roles"];

const PERSON_COLUMN: &str =
    "(^|_)(user|author|opener|actor|subject|member|owner|assignee|claimer|responder|human)_id$|_by$";

async fn connect(bot: &Bot) -> PgConnection {
    PgConnection::connect(bot.database_url()).await.unwrap()
}

/// A row in every table.
async fn plant(database: &mut PgConnection, guild: Id, user: Id, tag: &str) {
    let rows = include_str!("../data/person_rows.sql");
    let rows = rows.replace("{guild}", &guild.to_string()).replace("{user}", &user.to_string()).replace("{tag}", tag);
    sqlx::raw_sql(AssertSqlSafe(rows)).execute(database).await.unwrap();
}

async fn person_columns(database: &mut PgConnection) -> Vec<(String, String)> {
    let query = "select c.table_name::text, c.column_name::text from information_schema.columns c
        join information_schema.tables t using (table_schema, table_name)
        where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type = 'bigint' and c.column_name ~ $1
            and not exists (
                select from pg_inherits i where i.inhrelid = format('public.%I', c.table_name)::regclass
            )
        order by 1, 2";
    sqlx::query_as(query).bind(PERSON_COLUMN).fetch_all(database).await.unwrap()
}

async fn count(database: &mut PgConnection, guild: Id, table: &str, column: &str, value: Id) -> i64 {
    let query = format!("select count(*) from public.{table} where guild_id = {guild} and {column} = {value}");
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(database).await.unwrap()
}

#[tokio::test]
async fn every_column_that_names_a_person_is_exported_and_erased() {
    let bot = Bot::alone().await;
    let mut database = connect(&bot).await;
    plant(&mut database, seed::HARBOUR, user::MEMBER, "a").await;
    plant(&mut database, seed::HARBOUR, user::NEWCOMER, "b").await;
    plant(&mut database, seed::FRESH_START, user::MEMBER, "a").await;
    let columns = person_columns(&mut database).await;
    assert!(columns.len() >= 20, "the columns are looked at at all: {columns:?}");
    let holds = features::holds();
    for (table, column) in &columns {
        let declared = holds.iter().any(|one| one.name == table && one.column == column);
        assert!(declared, "{table}.{column} names a person: declare it in the `holds` of a feature");
        let planted = count(&mut database, seed::HARBOUR, table, column, user::MEMBER).await;
        assert!(planted > 0, "write a row of {table}.{column} in tests/data/person_rows.sql");
    }
    for table in &holds {
        assert!(
            columns.iter().any(|(name, column)| name == table.name && column == table.column),
            "{} is gone",
            table.name
        );
    }

    let export = export_of(&bot, user::MEMBER, channel::GENERAL).await;
    let tables = &export["guilds"][0]["tables"];
    for (table, column) in &columns {
        let rows = tables[format!("{table}.{column}")].as_array();
        assert!(rows.is_some_and(|rows| !rows.is_empty()), "{table}.{column} is not exported");
    }
    assert!(!export.to_string().contains("the-secret-reason"), "why there was a hold is not theirs to read");
    assert_eq!(tables["discord_users.user_id"][0]["user_id"], json!(user::MEMBER.to_string()), "ids are text");

    let seen = bot.command(user::MEMBER, channel::GENERAL, "privacy delete", json!({})).await;
    bot.press(&seen, "1:privacy.delete:only", &[]).await;
    later(&bot, &[0, 3]).await;
    for (table, column) in &columns {
        let left = count(&mut database, seed::HARBOUR, table, column, user::MEMBER).await;
        let kept = KEPT.iter().any(|(name, kept)| name == table && kept == column);
        assert_eq!(left > 0, kept, "{table}.{column} has {left} rows left");
        if TAKEN_BY_JOBS.contains(&table.as_str()) {
            continue;
        }
        let other = count(&mut database, seed::HARBOUR, table, column, user::NEWCOMER).await;
        assert!(other > 0, "{table}.{column} of somebody else is gone");
        let elsewhere = count(&mut database, seed::FRESH_START, table, column, user::MEMBER).await;
        assert!(elsewhere > 0, "{table}.{column} of another guild is gone");
    }
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_guild_that_removed_the_bot_is_forgotten_after_thirty_days_unless_it_comes_back() {
    let bot = Bot::alone().await;
    let mut database = connect(&bot).await;
    let query =
        "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'guild_id'
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1";
    let tables: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut database).await.unwrap();
    plant(&mut database, seed::HARBOUR, user::MEMBER, "a").await;
    plant(&mut database, seed::FRESH_START, user::MEMBER, "a").await;
    for table in &tables {
        let rows = count(&mut database, seed::FRESH_START, table, "guild_id", seed::FRESH_START).await;
        assert!(rows > 0, "write a row of {table} in tests/data/person_rows.sql");
    }
    let removed = async |guild: Id| bot.deliver(bot.events_of("GUILD_DELETE", &json!({"id": guild}))).await;
    let me = bot.world.discord.state().bot();

    // The bot comes back after a week: nothing happens. Discord's outages are no removal.
    assert_eq!(removed(seed::HARBOUR).await, [Outcome::Done]);
    bot.hears_guild(seed::HARBOUR).await;
    bot.deliver(bot.events_of("GUILD_DELETE", &json!({"id": seed::HARBOUR, "unavailable": true}))).await;
    bot.world.discord.leave(seed::FRESH_START, me).unwrap();
    removed(seed::FRESH_START).await;
    removed(seed::FRESH_START).await;
    later(&bot, &[29 * 24 * 60]).await;
    assert!(count(&mut database, seed::FRESH_START, "discord_users", "guild_id", seed::FRESH_START).await > 0);
    let after = now() + TimeDelta::days(31);
    let (a, b) = tokio::join!(bot.app.scheduled(after), bot.app.scheduled(after));
    a.unwrap();
    b.unwrap();
    bot.ticks(after).await;
    for table in &tables {
        let left = count(&mut database, seed::FRESH_START, table, "guild_id", seed::FRESH_START).await;
        assert_eq!(left, 0, "{table}");
    }
    assert!(count(&mut database, seed::HARBOUR, "discord_users", "guild_id", seed::HARBOUR).await > 0);

    // Removed and back in the wrong order: Discord itself is asked.
    removed(seed::HARBOUR).await;
    later(&bot, &[32 * 24 * 60]).await;
    assert!(count(&mut database, seed::HARBOUR, "tickets", "guild_id", seed::HARBOUR).await > 0);
}

#[tokio::test]
async fn a_long_history_is_given_out_whole_and_erased_in_steps() {
    let bot = Bot::alone().await;
    let mut database = connect(&bot).await;
    let rows =
        "insert into public.activity_logs (guild_id, channel_id, user_id, kind, message_id, points_value, occurred_at)
        select $1, 3, $2, 'message', n, 1, now() from generate_series(1, 12000) as n";
    let (guild, member) = (seed::HARBOUR.0 as i64, user::MEMBER.0 as i64);
    sqlx::query(rows).bind(guild).bind(member).execute(&mut database).await.unwrap();
    let export = export_of(&bot, user::MEMBER, channel::GENERAL).await;
    let activity = &export["guilds"][0]["tables"]["activity_logs.user_id"];
    assert_eq!(activity.as_array().unwrap().len(), 12_000);

    let seen = bot.command(user::MEMBER, channel::GENERAL, "privacy delete", json!({})).await;
    bot.press(&seen, "1:privacy.delete:stop", &[]).await;
    bot.ticks(now()).await;
    let left = count(&mut database, seed::HARBOUR, "activity_logs", "user_id", user::MEMBER).await;
    assert_eq!(left, 7_000, "a step");
    later(&bot, &[1, 2, 5]).await;
    let left = count(&mut database, seed::HARBOUR, "activity_logs", "user_id", user::MEMBER).await;
    assert_eq!(left, 0);
    assert!(bot.rows("privacy_requests", "subject_id", user::MEMBER).await[0]["done_at"].is_string());
}
