//! Newcomers are welcomed once, where the guild wants it; a checklist goes after a week.

use chrono::TimeDelta;
use serde_json::{Value, json};
use world::{
    discord::{
        Id, Message,
        model::{Overwrite, OverwriteKind},
        permissions,
    },
    face::{Face, Fault},
    seed::{self, channel, user},
};

use crate::harness::{Bot, logged, now};

/// The messages of the welcome channel.
fn welcomes(bot: &Bot) -> Vec<Message> {
    bot.bot_messages(channel::WELCOME)
}

async fn newcomer(bot: &Bot, name: &str) -> Id {
    let id = bot.new_member(name);
    bot.hears_join(seed::HARBOUR, id).await;
    id
}

#[tokio::test]
async fn nobody_is_welcomed_before_somebody_sets_it_up() {
    let bot = Bot::alone().await;
    newcomer(&bot, "Robin").await;
    bot.ticks(now()).await;
    assert_eq!(welcomes(&bot).len(), 0);
    assert_eq!(bot.rows("welcomes", "guild_id", seed::HARBOUR).await.len(), 0);
}

#[tokio::test]
async fn a_newcomer_is_welcomed_once_and_the_checklist_goes_after_a_week() {
    let bot = Bot::alone().await;
    bot.set(seed::HARBOUR, "members.welcome_channel", json!(channel::WELCOME)).await;
    bot.set(seed::HARBOUR, "members.welcome_text", json!("Ahoy {member}, this is {guild}. @everyone <@&1> {nobody}"))
        .await;
    bot.set(seed::HARBOUR, "members.checklist_text", json!("1. Say hello\n2. Read the rules")).await;
    let robin = newcomer(&bot, "**Robin** @everyone").await;
    bot.hears_join(seed::HARBOUR, robin).await;
    let start = now();
    // Two isolates at once, and the event once more afterwards.
    let (a, b) = tokio::join!(bot.app.scheduled(start), bot.app.scheduled(start));
    a.unwrap();
    b.unwrap();
    bot.ticks(start).await;
    bot.hears_join(seed::HARBOUR, robin).await;
    bot.ticks(start + TimeDelta::minutes(1)).await;

    let posted = welcomes(&bot);
    let texts: Vec<&str> = posted.iter().map(|one| one.content.as_str()).collect();
    assert_eq!(
        texts,
        [&format!("Ahoy <@{robin}>, this is Harbour. @everyone <@&1> {{nobody}}"), "1. Say hello\n2. Read the rules"]
    );
    assert_eq!(posted[0].mentions.iter().map(|one| one.id).collect::<Vec<_>>(), [robin], "only the newcomer is pinged");
    assert!(!posted[0].mention_everyone);

    bot.ticks(start + TimeDelta::days(6)).await;
    assert_eq!(welcomes(&bot).len(), 2);
    bot.ticks(start + TimeDelta::days(8)).await;
    assert_eq!(welcomes(&bot).len(), 1, "the checklist is gone");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_crash_after_posting_posts_nothing_twice() {
    let bot = Bot::alone().await;
    bot.set(seed::HARBOUR, "members.welcome_channel", json!(channel::WELCOME)).await;
    newcomer(&bot, "Robin").await;
    bot.world
        .shared
        .break_with(Fault { times: Some(1), ..Fault::status(Face::Supabase, "POST /rest/v1/rpc/note_welcome", 503) });
    let start = now();
    bot.ticks(start).await;
    bot.ticks(start + TimeDelta::minutes(1)).await;
    assert!(logged().iter().any(|line| line.contains("503")), "it did fail once");
    assert_eq!(welcomes(&bot).len(), 1);
    assert!(bot.rows("welcomes", "guild_id", seed::HARBOUR).await[0]["message_id"].is_u64());
}

#[tokio::test]
async fn a_forbidden_channel_is_said_once() {
    let bot = Bot::alone().await;
    bot.set(seed::FRESH_START, "members.welcome_channel", json!("77")).await;
    for name in ["Robin", "Kim"] {
        let id = bot.world.discord.add_user(name);
        bot.world.discord.join(seed::FRESH_START, id, name).unwrap();
        bot.hears_join(seed::FRESH_START, id).await;
    }
    bot.ticks(now()).await;
    assert_eq!(logged().iter().filter(|line| line.contains("setting_problem")).count(), 1, "{:?}", logged());
    let seen = bot.command(user::OWNER, channel::FRESH_GENERAL, "setup", json!({})).await;
    let seen = bot.press(&seen, "1:admin.feature", &["members"]).await;
    assert!(seen.text().contains("Newcomers cannot be welcomed in <#77>."), "{}", seen.text());
}

#[tokio::test]
async fn a_channel_where_the_bot_may_not_write_is_mended_by_giving_it_the_permission() {
    let bot = Bot::alone().await;
    bot.set(seed::HARBOUR, "members.welcome_channel", json!(channel::GENERAL)).await;
    let me = bot.world.discord.state().bot();
    let overwrite = |deny: u64| Overwrite { id: me, kind: OverwriteKind::Member, allow: 0, deny };
    bot.world.discord.set_overwrite(channel::GENERAL, overwrite(permissions::SEND_MESSAGES)).unwrap();
    newcomer(&bot, "Robin").await;
    bot.ticks(now()).await;
    let trouble = bot.rows("setting_problems", "guild_id", seed::HARBOUR).await;
    assert_eq!(trouble[0]["key"], "members.welcome_channel");
    assert_eq!(bot.bot_messages(channel::GENERAL).len(), 0);

    bot.world.discord.set_overwrite(channel::GENERAL, overwrite(0)).unwrap();
    newcomer(&bot, "Kim").await;
    bot.ticks(now()).await;
    assert_eq!(bot.bot_messages(channel::GENERAL).len(), 1);
    assert_eq!(bot.rows("setting_problems", "guild_id", seed::HARBOUR).await.len(), 0, "nothing is wrong any more");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn who_left_again_is_not_welcomed_and_who_asked_gets_a_direct_message() {
    let bot = Bot::alone().await;
    bot.set(seed::HARBOUR, "members.welcome_channel", json!(channel::WELCOME)).await;
    let gone = newcomer(&bot, "Gone").await;
    bot.world.discord.leave(seed::HARBOUR, gone).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    bot.hears_leave(seed::HARBOUR, gone).await;

    let wishes = |id: Id| json!({"guild_id": seed::HARBOUR, "user_id": id, "welcome_dm_opt_in": true});
    let (asked, closed) = (bot.new_member("Asked"), bot.new_member("Closed"));
    bot.cx().supabase.insert("user_preferences", &[wishes(asked), wishes(closed)], None).await.unwrap();
    bot.world.discord.close_dms(closed, true);
    bot.hears_join(seed::HARBOUR, asked).await;
    bot.hears_join(seed::HARBOUR, closed).await;
    bot.ticks(now()).await;
    assert_eq!(welcomes(&bot).len(), 2, "the two who are here");
    let dm = bot.world.discord.open_dm(asked).unwrap();
    let said: Vec<String> = bot.bot_messages(dm).into_iter().map(|one| one.content).collect();
    assert_eq!(said, [format!("Welcome to Harbour, <@{asked}>! Good to have you here.")]);
    let left: Vec<Value> = bot.rows("jobs", "guild_id", seed::HARBOUR).await;
    assert!(left.iter().all(|job| job["kind"] != "members.welcome"), "{left:?}");
}
