//! What the team can read of a member: who may, where, and what is said when something cannot be read.

use community_os::features::crisis::screen::screen;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use world::{
    discord::Id,
    face::{Face, Fault},
    seed::{self, channel, user},
};

use super::{alerts, finds, kept, live};
use crate::harness::{Bot, Seen};

/// The responder asks in the monitor channel.
async fn asks(bot: &Bot, count: Option<u32>) -> Seen {
    let mut options = json!({"user": user::MEMBER});
    if let Some(count) = count {
        options["count"] = json!(count);
    }
    bot.command(user::RESPONDER, channel::CRT_MONITOR, "userhistory", options).await
}

fn words_id(page: usize) -> String {
    format!("1:crisis.userhistory_words:{}:10:{page}", user::MEMBER)
}

pub async fn sql(bot: &Bot, query: &str) {
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(query.to_owned())).execute(&mut database).await.unwrap();
}

/// What the access log says of the member.
async fn noted(bot: &Bot) -> Vec<String> {
    let rows = bot.rows("access_log", "subject_id", user::MEMBER).await;
    rows.iter().map(|row| row["what"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_team_sees_what_there_was_and_what_was_done_and_the_words_only_by_a_press_that_is_noted() {
    let bot = live().await;
    finds(&bot, "grey", "low");
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "everything is grey").await;
    let (message, _) = bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    let seen = asks(&bot, None).await;
    assert!(seen.is_private());
    let text = seen.text();
    assert!(text.contains("Episodes: **1** in 7 days, **1** in 30 days. **Getting worse quickly.**"), "{text}");
    let link = format!("https://discord.com/channels/{}/{}/{}", seed::HARBOUR, channel::VENT, message.id);
    let (low, high) = (text.find("**LOW** 0.40").unwrap(), text.find("**HIGH** 0.77").unwrap());
    assert!(high < low && text.contains(&link), "newest first, with a link: {text}");
    assert!(text.contains("nobody has reacted"), "{text}");
    assert!(!text.contains("lantern") && !text.contains("grey"), "{text}");
    assert_eq!(noted(&bot).await, ["opened their crisis history"]);

    let words = bot.press(&seen, &words_id(0), &[]).await;
    assert!(words.is_private());
    assert!(words.text().contains("a lantern in the fog") && words.text().contains("everything is grey"));
    assert_eq!(noted(&bot).await, ["opened their crisis history", "read words of their crisis history"]);

    sql(
        &bot,
        &format!(
            "update public.crisis_alerts set status = 'RESOLVED', acknowledged_by = {r}, acknowledged_at = found_at + interval '2 min',
            resolved_by = {r}, resolved_at = found_at + interval '3 hours'",
            r = user::RESPONDER
        ),
    )
    .await;
    let done = format!("acknowledged by <@{r}> after 2 min, resolved by <@{r}> after 3 h", r = user::RESPONDER);
    assert!(asks(&bot, None).await.text().contains(&done));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn nobody_else_sees_it_and_nobody_in_another_channel() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    let options = json!({"user": user::MEMBER});
    for other in [user::MEMBER, user::HELPER] {
        let refused = bot.command(other, channel::VENT, "userhistory", options.clone()).await;
        assert_eq!(refused.text(), "Only the crisis response team can use this.");
    }
    let refused = bot.command(user::RESPONDER, channel::GENERAL, "userhistory", options).await;
    assert!(refused.text().starts_with("Others could look over your shoulder here."), "{}", refused.text());
    // What a modified client could press.
    for (other, place, told) in [
        (user::MEMBER, channel::VENT, "Only the crisis response team"),
        (user::RESPONDER, channel::GENERAL, "Others could look over your shoulder"),
    ] {
        for id in [words_id(0), format!("1:crisis.userhistory:{}:10:0", user::MEMBER)] {
            let refused = bot.forged_in(seed::HARBOUR, other, place, &id).await.to_string();
            assert!(refused.contains(told) && !refused.contains("lantern"), "{refused}");
        }
    }
    assert_eq!(noted(&bot).await, [""; 0]);
}

#[tokio::test]
async fn weakness_dead_history_is_never_a_false_all_clear() {
    let bot = live().await;
    let empty = asks(&bot, None).await.text();
    assert!(empty.contains("Nothing is kept about"), "{empty}");

    finds(&bot, "grey", "low");
    bot.says(user::MEMBER, channel::VENT, "everything is grey").await;
    bot.world.shared.break_with(Fault::status(Face::Upstash, "POST /pipeline", 503));
    let down = asks(&bot, None).await.text();
    assert!(
        down.contains("The kept messages cannot be read right now.") && !down.contains("Nothing is kept"),
        "{down}"
    );
    bot.world.shared.break_with(Fault::status(Face::Supabase, "POST /rest/v1/rpc/crisis_member_history", 503));
    let down = asks(&bot, None).await.text();
    assert!(down.contains("what was done about them cannot be read right now."), "{down}");
    bot.world.shared.mend();
    assert!(asks(&bot, None).await.text().contains("**LOW**"));

    // Kept, and no key opens it any more.
    let key = format!("crisis:history:{}:{}", seed::HARBOUR, user::MEMBER);
    let commands = [community_os::command!["DEL", key], community_os::command!["ZADD", key, 1, "sealed otherwise"]];
    bot.cx().redis.pipeline(&commands).await.unwrap();
    let closed = asks(&bot, None).await.text();
    assert!(closed.contains("1 kept messages cannot be opened") && !closed.contains("Nothing is kept"), "{closed}");
}

#[tokio::test]
async fn words_are_not_shown_while_nobody_can_note_who_reads_them() {
    let bot = live().await;
    finds(&bot, "grey", "low");
    bot.says(user::MEMBER, channel::VENT, "everything is grey").await;
    bot.world.shared.break_with(Fault::status(Face::Supabase, "POST /rest/v1/rpc/note_access", 503));
    let seen = asks(&bot, None).await;
    assert!(seen.text().contains("**LOW**"), "the list itself is shown in an emergency");
    let refused = bot.press(&seen, &words_id(0), &[]).await.text();
    assert!(!refused.contains("grey"), "{refused}");
}

#[tokio::test]
async fn how_somebody_would_do_it_is_not_repeated() {
    let bot = live().await;
    let text = "i have the pills here and i want to kill myself";
    let factors = screen(text).factors;
    assert!(factors.iter().any(|one| one.contains("means") || one.contains("method")), "{factors:?}");
    finds(&bot, "pills", "critical");
    finds(&bot, "grey", "low");
    bot.says(user::MEMBER, channel::VENT, text).await;
    bot.says(user::MEMBER, channel::VENT, "everything is grey").await;
    let seen = asks(&bot, None).await;
    let words = bot.press(&seen, &words_id(0), &[]).await.text();
    assert!(words.contains("everything is grey") && !words.contains("pills"), "{words}");
    assert!(words.contains("Not shown or not kept: open the message itself."), "{words}");
}

#[tokio::test]
async fn long_histories_have_pages() {
    let bot = live().await;
    finds(&bot, "grey", "low");
    for n in 0..12 {
        bot.says(user::MEMBER, channel::VENT, &format!("grey {n}")).await;
    }
    let count = |seen: &Seen| seen.text().matches("**LOW**").count();
    assert_eq!(count(&asks(&bot, None).await), 10);
    assert_eq!(count(&asks(&bot, Some(3)).await), 3);
    let seen = asks(&bot, Some(50)).await;
    assert_eq!(count(&seen), 10);
    let older = bot.press(&seen, &format!("1:crisis.userhistory:{}:50:1", user::MEMBER), &[]).await;
    assert_eq!(count(&older), 2);
    let words = bot.press(&older, &format!("1:crisis.userhistory_words:{}:50:1", user::MEMBER), &[]).await.text();
    assert!(words.contains("grey 0") && words.contains("grey 1") && !words.contains("grey 2"), "{words}");
}

#[tokio::test]
async fn the_list_says_that_somebody_opted_out() {
    let bot = live().await;
    let row = json!({"guild_id": seed::HARBOUR, "user_id": user::MEMBER, "monitoring_opt_out": true});
    bot.cx().supabase.insert("user_preferences", &[row], None).await.unwrap();
    let text = asks(&bot, None).await.text();
    assert!(text.contains("They opted out of monitoring: nothing they write is read."), "{text}");
}

#[tokio::test]
async fn an_admin_forgets_a_history_after_being_asked_again() {
    let bot = live().await;
    finds(&bot, "grey", "low");
    bot.says(user::MEMBER, channel::VENT, "everything is grey").await;
    let options = json!({"user": user::MEMBER});
    let clear = async |who: Id| bot.command(who, channel::STAFF, "crisis history clear", options.clone()).await;
    assert_eq!(clear(user::RESPONDER).await.text(), "Only an administrator can use this.");
    let seen = clear(user::ADMIN).await;
    assert!(seen.text().starts_with("Forget every kept message of"), "{}", seen.text());
    assert_eq!(kept(&bot, user::MEMBER).await, 1, "not before the press");
    let id = format!("1:crisis.history_clear:{}", user::MEMBER);
    let forged = bot.forged_in(seed::HARBOUR, user::RESPONDER, channel::STAFF, &id).await.to_string();
    assert!(forged.contains("Only an administrator"), "{forged}");
    bot.press(&seen, &id, &[]).await;
    assert_eq!(kept(&bot, user::MEMBER).await, 0);
    assert_eq!(noted(&bot).await, ["cleared their crisis history"]);
}

#[tokio::test]
async fn a_cooldown_is_shown_and_ended_so_that_the_next_finding_is_told_at_once() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let options = json!({"user": user::MEMBER});
    let ask = async |what: &str| {
        bot.command(user::RESPONDER, channel::CRT_MONITOR, &format!("crisis cooldown {what}"), options.clone())
            .await
            .text()
    };
    let none = format!("No cooldown for <@{}>: the team is told of the next finding at once.", user::MEMBER);
    assert_eq!(ask("show").await, none);
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let shown = ask("show").await;
    assert!(shown.starts_with(&format!("The team was told of <@{}> <t:", user::MEMBER)), "{shown}");
    assert!(shown.contains("(HIGH)"), "{shown}");
    bot.says(user::MEMBER, channel::VENT, "a second lantern").await;
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 1, "only counted");
    assert_eq!(ask("clear").await, none);
    assert_eq!(ask("show").await, none);
    bot.says(user::MEMBER, channel::VENT, "a third lantern").await;
    bot.says(user::MEMBER, channel::VENT, "a fourth lantern").await;
    let alerts = alerts(&bot, channel::CRT_CRISIS);
    assert_eq!(alerts.len(), 2, "{alerts:?}");
    assert!(alerts[1].contains("Another HIGH message of the same member: 2 since this alert."), "{alerts:?}");
    let refused = bot.command(user::MEMBER, channel::VENT, "crisis cooldown clear", options.clone()).await;
    assert_eq!(refused.text(), "Only the crisis response team can use this.");
}
