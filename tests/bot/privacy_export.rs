//! `/privacy export` of much: in parts, one press of a button each, and together exactly what is held.

use std::collections::BTreeSet;

use community_os::{
    features,
    person::{self, Bookmark, Person},
};
use relay_wire::Snowflake;
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use world::{
    face::{Face, Fault},
    seed::{self, channel, user},
};

use crate::{
    harness::{Bot, Seen},
    privacy::asks,
};

async fn run(database: &mut PgConnection, sql: &str) {
    let sql = sql.replace("{guild}", &seed::HARBOUR.to_string()).replace("{user}", &user::MEMBER.to_string());
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(database).await.unwrap();
}

/// The one file of a message, read.
fn file(bot: &Bot, seen: &Seen) -> (String, Value) {
    let attachments = &seen.message.as_ref().unwrap().attachments;
    assert_eq!(attachments.len(), 1);
    let bytes = bot.world.discord.state().files[&attachments[0].id].1.clone();
    assert!(bytes.len() < 10 << 20, "Discord takes no more");
    (attachments[0].filename.clone(), serde_json::from_slice(&bytes).unwrap())
}

fn next_button(seen: &Seen) -> Option<String> {
    let components = json!(seen.message.as_ref().unwrap().components);
    Some(components.pointer("/0/components/0/custom_id")?.as_str()?.to_owned())
}

#[tokio::test]
async fn what_does_not_fit_into_one_file_comes_in_parts_and_nothing_is_left_out() {
    let bot = Bot::alone().await;
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    let rows =
        "insert into public.activity_logs (guild_id, channel_id, user_id, kind, message_id, points_value, occurred_at)
        select {guild}, 3, {user}, 'message', n, 1, now() from generate_series(1, 60000) as n;
        insert into public.campaigns (guild_id, name, starts_at, created_by) select {guild}, 'c' || n, now(), {user}
        from generate_series(1, 40) as n;";
    run(&mut database, rows).await;

    let mut seen = asks(&bot, user::MEMBER, channel::GENERAL, "export").await;
    let mut found = vec![];
    let mut campaigns = 0;
    let mut parts = 0;
    loop {
        parts += 1;
        assert!(seen.is_private());
        let (name, part) = file(&bot, &seen);
        assert_eq!(name, format!("privacy-{}-part-{parts}.json", user::MEMBER));
        assert_eq!(part["part"], json!(parts));
        let tables = &part["guilds"][0]["tables"];
        let list = |table: &str| tables[table].as_array().cloned().unwrap_or_default();
        found.extend(list("activity_logs.user_id").iter().map(|row| row["message_id"].as_u64().unwrap()));
        campaigns += list("campaigns.created_by").len();
        let Some(next) = next_button(&seen) else { break };
        assert_eq!(
            seen.text(),
            format!(
                "Here is part {parts} of what is held about you; it does not fit into one file. **Next part** gives you \
                 more, until the last part says so. Only you see this message; if it is gone, `/privacy export` begins again."
            )
        );
        if parts == 1 {
            // Meanwhile rows go and come; the others keep their places.
            run(&mut database, "delete from public.activity_logs where user_id = {user} and message_id in (1, 2, 3)")
                .await;
            run(&mut database, &rows.split(';').next().unwrap().replace("(1, 60000)", "(60001, 60002)")).await;
        }
        seen = bot.press(&seen, &next, &[]).await;
    }
    assert!(parts >= 3, "{parts}");
    assert_eq!(
        seen.text(),
        format!(
            "Here is part {parts}, the last one: the {parts} parts together are everything held about you. Only you see \
             this message."
        )
    );
    let unique: BTreeSet<u64> = found.iter().copied().collect();
    assert_eq!((found.len(), unique.len()), (60_002, 60_002));
    assert_eq!(unique.last(), Some(&60_002));
    assert_eq!(campaigns, 40);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn every_table_can_be_left_at_any_row_and_gone_on_with() {
    let bot = Bot::alone().await;
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    let planted = include_str!("../data/person_rows.sql").replace("{tag}", "a");
    run(&mut database, &planted).await;
    run(
        &mut database,
        "insert into public.activity_hourly (guild_id, user_id, channel_id, hour, messages, points)
        select {guild}, {user}, c, date_trunc('hour', now(), 'UTC') - make_interval(hours => h), 1, 1
        from generate_series(10, 12) as c, generate_series(1, 7) as h;
        insert into public.reaction_states (guild_id, message_id, user_id, emoji, epoch_number, position, present, channel_id)
        select {guild}, m, {user}, e, 1, 1, true, 3 from generate_series(1, 5) as m, unnest(array['👍', 'a:b', '']) as e;
        insert into public.guild_settings (guild_id, key, value, updated_by)
        select {guild}, 'test.' || chr(96 + n), '1', {user} from generate_series(2, 9) as n;
        insert into public.staff (guild_id, user_id, role, added_by) values ({guild}, {user}, 'crt', {user});",
    )
    .await;
    let tables = features::holds();
    let who = Person { guild_id: Snowflake(seed::HARBOUR.0), user_id: Snowflake(user::MEMBER.0) };
    let counted = person::count(&bot.cx(), &tables, who).await.unwrap();
    for (max_rows, max_bytes) in [(1, 1 << 20), (2, 1), (1_000, 400), (1_000, 1 << 20)] {
        let mut at = Some(Bookmark::default());
        let mut found: Map<String, Value> = Map::new();
        let mut calls = 0;
        while let Some(here) = at {
            calls += 1;
            let arguments = json!({
                "tables": tables, "guild_id": who.guild_id, "user_id": who.user_id, "place": here.place, "after": here.after,
                "max_rows": max_rows, "max_bytes": max_bytes,
            });
            let portion = bot.cx().supabase.rpc_bytes("export_person", Ok(arguments)).await.unwrap();
            let portion: person::Portion = serde_json::from_slice(&portion).unwrap();
            for page in &portion.pages {
                let so_far = found.get(&page.table).and_then(Value::as_u64).unwrap_or_default();
                found.insert(page.table.clone(), json!(so_far + page.rows.len() as u64));
            }
            at = portion.next;
        }
        assert_eq!(found, counted, "{max_rows} rows, {max_bytes} bytes, {calls} calls");
        assert_eq!(calls == 1, max_rows == 1_000 && max_bytes > 400, "{calls}");
    }
}

#[tokio::test]
async fn an_export_that_cannot_be_made_whole_is_not_given_out() {
    let bot = Bot::alone().await;
    bot.says(user::MEMBER, channel::GENERAL, "hello").await;
    for forged in ["1:privacy.export:2:7:0:1:", "1:privacy.export:2:7", "1:privacy.export:x:7:0:1:", "1:privacy.export"]
    {
        let answer = bot.forged_component(user::MEMBER, channel::FRESH_GENERAL, forged).await;
        let said = answer["data"]["embeds"][0]["description"].as_str().unwrap();
        assert!(said.contains("begin again with `/privacy export`") || said.contains("is not complete"), "{said}");
    }
    bot.world.shared.break_with(Fault::status(Face::Supabase, "POST /rest/v1/rpc/export_person", 503));
    let seen = asks(&bot, user::MEMBER, channel::GENERAL, "export").await;
    assert!(seen.text().starts_with("Something behind the bot does not answer right now."), "{}", seen.text());
    assert_eq!(seen.message.unwrap().attachments.len(), 0);
}
