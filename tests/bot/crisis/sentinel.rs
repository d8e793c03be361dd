//! A text that only its writer, Discord and Ash-NLP may know: nothing else ever holds it.

use chrono::TimeDelta;
use community_os::{clients::redis::Reply, command};
use http::Request;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use world::{
    face::{Face, Fault},
    script::Script,
    seed::{channel, user},
};

use super::{all_alerts, finds, listener::Listener, live_with, rests_no_more};
use crate::harness::{Bot, logged, now};

/// Neither the word nor what surrounds it.
const SENTINEL: &str = "xylophonequartz";
const TEXT: &str = "xylophonequartz i want to die";

async fn tables(bot: &Bot) -> Vec<(String, String)> {
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(&mut database)
    .await
    .unwrap();
    let mut held = vec![];
    for name in names {
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("select t::text from {name} as t")))
            .fetch_all(&mut database)
            .await
            .unwrap();
        held.push((name, rows.join("\n")));
    }
    held
}

/// Every key of this database with its value.
async fn redis(bot: &Bot) -> String {
    const DUMP: &str = "local all = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind, value = redis.call('TYPE', key)['ok'], ''
  if kind == 'string' then value = redis.call('GET', key)
  elseif kind == 'hash' then value = table.concat(redis.call('HGETALL', key), ' ')
  elseif kind == 'zset' then value = table.concat(redis.call('ZRANGE', key, 0, -1), ' ')
  elseif kind == 'set' then value = table.concat(redis.call('SMEMBERS', key), ' ')
  elseif kind == 'list' then value = table.concat(redis.call('LRANGE', key, 0, -1), ' ') end
  table.insert(all, key .. ' ' .. value)
end
return table.concat(all, '\\n')";
    let replies = bot.cx().redis.pipeline(&[command!["EVAL", DUMP, 0]]).await.unwrap();
    match &replies[0] {
        Reply::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_member_s_words_are_nowhere_but_in_discord_and_encrypted() {
    let outside = Listener::start().await;
    let bot = live_with(&[("FALLBACK_PUSH_URL", &outside.url), ("FALLBACK_ALERT_CHANNEL_ID", "")]).await;
    bot.command(user::ADMIN, channel::STAFF, "crisis webhook", json!({"url": outside.url})).await;
    finds(&bot, SENTINEL, "critical");
    // Found, merged, found again by others in a storm, edited.
    bot.says(user::MEMBER, channel::VENT, TEXT).await;
    bot.says(user::MEMBER, channel::VENT, TEXT).await;
    for at in 0..8 {
        bot.says(bot.new_member(&format!("Somebody {at}")), channel::VENT, TEXT).await;
    }
    let (message, _) = bot.says(user::SECOND_MEMBER, channel::VENT, "good morning").await;
    bot.edits(&bot.world.discord.edit_message(channel::VENT, message.id, TEXT).unwrap()).await;
    // Ash-NLP refuses it and quotes it, answers nonsense, is away.
    bot.world.nlp.scripts.clear();
    let quoting =
        json!({"detail": [{"type": "x", "loc": ["body"], "msg": TEXT, "input": TEXT}], "error": TEXT, "message": TEXT});
    bot.world.nlp.scripts.add(Script {
        status: Some(422),
        body: Some(quoting.clone()),
        times: Some(1),
        ..Script::default()
    });
    bot.world.nlp.scripts.add(Script { status: Some(500), body: Some(quoting), times: Some(3), ..Script::default() });
    bot.world.nlp.scripts.add(Script { body: Some(json!(TEXT)), times: Some(1), ..Script::default() });
    for at in 0..3 {
        bot.says(bot.new_member(&format!("Unlucky {at}")), channel::VENT, TEXT).await;
    }
    // Each store and Discord fail; Discord, which knows the text, quotes it.
    let broken = |face, matching: &str, status| Fault {
        body: (face == Face::Discord)
            .then(|| json!({"message": "Invalid Form Body", "code": 50035, "errors": {"content": TEXT}})),
        times: Some(2),
        ..Fault::status(face, matching, status)
    };
    let faults = [
        broken(Face::Upstash, "", 500),
        broken(Face::Supabase, "", 500),
        broken(Face::Discord, "POST /api/v10/channels", 500),
        broken(Face::Discord, "POST /api/v10/channels", 403),
    ];
    for (at, fault) in faults.into_iter().enumerate() {
        let member = bot.new_member(&format!("Broken {at}"));
        let message = bot.world.discord.send_message(channel::VENT, member, TEXT, None).unwrap();
        bot.world.shared.break_with(fault);
        super::deliver_at(&bot, bot.events_of_message(&message), 1, now()).await;
        bot.world.shared.mend();
        super::until_done(&bot, &bot.events_of_message(&message), 2).await;
    }
    // Second looks, late finds, notices, webhooks.
    bot.world.shared.break_with(Fault::status(Face::Nlp, "", 503));
    bot.says(bot.new_member("Waiting"), channel::VENT, "xylophonequartz").await;
    for minute in 1..5 {
        bot.ticks(now() + TimeDelta::minutes(minute)).await;
    }
    bot.world.shared.mend();
    finds(&bot, SENTINEL, "high");
    rests_no_more(&bot).await;
    for minute in 60..66 {
        bot.ticks(now() + TimeDelta::minutes(minute)).await;
    }

    assert!(all_alerts(&bot).len() > 12, "the team was told: {}", all_alerts(&bot).len());
    assert!(outside.heard().len() > 5, "and so were the addresses outside");
    let log = logged();
    assert!(log.iter().any(|line| line.contains("service_failed")), "there were failures to log");
    let in_log: Vec<_> = log.iter().filter(|line| line.contains(SENTINEL)).collect();
    assert!(in_log.is_empty(), "{in_log:#?}");
    for face in [Face::Supabase, Face::Upstash] {
        let told: Vec<_> =
            bot.world.shared.recorded(face).into_iter().filter(|one| one.body.to_string().contains(SENTINEL)).collect();
        assert!(told.is_empty(), "{told:#?}");
    }
    let in_tables: Vec<_> = tables(&bot).await.into_iter().filter(|(_, rows)| rows.contains(SENTINEL)).collect();
    assert!(in_tables.is_empty(), "{in_tables:#?}");
    let redis = redis(&bot).await;
    assert!(redis.contains("crisis:history"), "there is something to look at: {redis}");
    assert!(!redis.contains(SENTINEL), "{redis}");
    assert!(
        outside
            .heard()
            .iter()
            .all(|(headers, body)| !body.contains(SENTINEL) && !format!("{headers:?}").contains(SENTINEL))
    );
    for path in ["/health", "/health/detailed", "/metrics"] {
        let said = bot.app.handle(Request::get(path).body(vec![]).unwrap(), now() + TimeDelta::hours(2)).await.response;
        assert!(!String::from_utf8_lossy(said.body()).contains(SENTINEL), "{path}");
    }
}
