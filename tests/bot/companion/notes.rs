//! What the team writes about a talk, and what it is told of it.

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use world::seed::{channel, user};

use super::{after_minutes, count, finds, live, press, read_all, says, talking};
use crate::harness::{Bot, Seen, now};

async fn one(bot: &Bot, query: &str) -> String {
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(&mut database).await.unwrap()
}

async fn team(bot: &Bot, name: &str) -> Seen {
    bot.command(user::RESPONDER, channel::CRT_CRISIS, name, json!({"user": user::MEMBER})).await
}

async fn add(bot: &Bot, text: &str) -> String {
    let form = team(bot, "ash notes add").await;
    bot.fill_in(&form, &[("note", text)]).await.text()
}

#[tokio::test]
async fn the_team_writes_notes_about_a_talk_and_reads_them_again() {
    let mut bot = live().await;
    assert!(team(&bot, "ash notes add").await.text().contains("No talk of theirs with Ash is kept here."));
    talking(&mut bot, user::MEMBER).await;
    assert!(
        add(&bot, "agreed to call on Tuesday").await.contains(&format!("Kept with the talk of <@{}>", user::MEMBER))
    );
    add(&bot, "called, is with friends").await;
    let seen = team(&bot, "ash notes view").await;
    assert!(seen.is_private());
    let text = seen.text();
    let (newest, older) = (text.find("called, is with friends").unwrap(), text.find("agreed to call").unwrap());
    assert!(newest < older && text.contains(&format!(" by <@{}>", user::RESPONDER)), "{text}");
    // Sealed, and who read them is noted.
    let kept = one(&bot, "select string_agg(sealed, ' ') from public.session_notes").await;
    assert!(!kept.contains("Tuesday") && kept.len() > 80, "{kept}");
    let noted = one(&bot, "select what || ' ' || actor_id from public.access_log where what like '%notes%'").await;
    assert_eq!(noted, format!("opened the team's notes about their talks with Ash {}", user::RESPONDER));
    // Long ones are shown whole, as many as one message holds.
    for n in 0..6 {
        add(&bot, &format!("{n}{}", "x".repeat(999))).await;
    }
    let text = team(&bot, "ash notes view").await.text();
    assert_eq!(text.matches(&"x".repeat(999)).count(), 5);
    assert!(text.contains("3 older do not fit here") && !text.contains("called, is with friends"), "{text}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn nobody_else_writes_or_reads_notes() {
    let mut bot = live().await;
    talking(&mut bot, user::MEMBER).await;
    add(&bot, "for the team").await;
    for name in ["ash notes add", "ash notes view"] {
        let seen = bot.command(user::MEMBER, channel::GENERAL, name, json!({"user": user::MEMBER})).await;
        assert_eq!(seen.text(), "Only the crisis response team can use this.", "{name}");
    }
    let forged = bot.forged_modal(world::seed::HARBOUR, user::MEMBER, channel::GENERAL, "1:companion.note:1").await;
    assert!(forged.to_string().contains("Only the crisis response team can use this."), "{forged}");
    assert_eq!(count(&bot, "session_notes").await, 1);
    // Another guild's team does not find the talk.
    let rows = [("crisis.stage", json!("live")), ("crisis.crt_role", json!(world::seed::role::BOT_FRESH))];
    let rows = rows.map(
        |(key, value)| json!({"guild_id": world::seed::FRESH_START, "key": key, "value": value, "updated_at": now()}),
    );
    bot.cx().supabase.insert("guild_settings", &rows, None).await.unwrap();
    let forged =
        bot.forged_modal(world::seed::FRESH_START, user::OWNER, channel::FRESH_GENERAL, "1:companion.note:1").await;
    assert!(!forged.to_string().contains("Kept"), "{forged}");
    assert_eq!(count(&bot, "session_notes").await, 1);
}

#[tokio::test]
async fn a_talk_that_ended_is_summed_up_in_the_notes_channel_once_and_without_a_word_of_it() {
    let mut bot = live().await;
    bot.chooses("crisis.notes_channel", json!(channel::STAFF)).await;
    finds(&bot, "lantern", "high");
    says(&bot, "window", "That sounds like a lot.");
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "the window is open").await;
    bot.says(user::MEMBER, thread, "a lantern").await;
    bot.says(user::MEMBER, thread, "can i talk to a real person").await;
    add(&bot, "sealed words").await;
    let opener = bot.bot_messages(thread).remove(0);
    press(&bot, user::MEMBER, &opener, "End the talk").await;
    after_minutes(&bot, 1).await;
    let told = read_all(&bot, channel::STAFF);
    assert_eq!(told.len(), 1, "{told:?}");
    insta::assert_snapshot!(told[0].replace(&user::MEMBER.to_string(), "MEMBER"), @"
    A talk with Ash is over
    <@MEMBER> and Ash, 1 min in a private thread
    **Began**: they came by themselves
    **Ended**: they said goodbye
    **Severity**: SAFE → HIGH → SAFE; alerts in the 30 days before: 0
    **Messages**: 3 of theirs, 3 answers
    **A person**: **they asked for one, and nobody came**
    **Notes**: 1: `/ash notes view`
    ");
    for word in ["window", "lantern", "real person", "sealed"] {
        assert!(!told[0].contains(word), "{word}");
    }
    after_minutes(&bot, 90).await;
    // The job comes again, as after a restart between the post and its end.
    let again = "insert into public.jobs (guild_id, kind, key, due_at)
        select guild_id, 'companion.summary', session_id::text, now() from public.ash_sessions returning key";
    one(&bot, again).await;
    after_minutes(&bot, 95).await;
    assert_eq!(read_all(&bot, channel::STAFF).len(), 1);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_summary_says_who_was_there_and_none_comes_of_an_offer_that_nobody_answered() {
    let mut bot = live().await;
    bot.chooses("crisis.notes_channel", json!(channel::STAFF)).await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    super::person_writes(&bot, thread, "i've got this").await;
    finds(&bot, "lantern", "critical");
    bot.says(user::NEWCOMER, channel::VENT, "a lantern").await;
    after_minutes(&bot, 1).await;
    after_minutes(&bot, 62).await;
    after_minutes(&bot, 63).await;
    after_minutes(&bot, 25 * 60).await;
    after_minutes(&bot, 25 * 60 + 2).await;
    let told = read_all(&bot, channel::STAFF);
    assert_eq!(told.len(), 1, "{told:?}");
    for part in [
        "**Ended**: a person took over".to_owned(),
        format!("**A person**: <@{}> was there", user::RESPONDER),
        format!("<@{}> and Ash", user::MEMBER),
    ] {
        assert!(told[0].contains(&part), "{part}: {}", told[0]);
    }
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_summary_that_cannot_be_posted_is_a_problem_of_the_setup() {
    let mut bot = live().await;
    bot.chooses("crisis.notes_channel", json!("1234567890123456789")).await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "bye").await;
    after_minutes(&bot, 1).await;
    let problem = one(&bot, "select problem from public.setting_problems where key = 'crisis.notes_channel'").await;
    assert!(problem.contains("I could not post there."), "{problem}");
    assert_eq!(one(&bot, "select count(*)::text from public.jobs where kind = 'companion.summary'").await, "0");
}

#[tokio::test]
async fn talks_go_with_their_notes_when_the_guild_does_not_keep_them_any_longer() {
    let mut bot = live().await;
    bot.chooses("companion.kept_days", json!(10)).await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    add(&bot, "a note").await;
    after_minutes(&bot, 9 * 24 * 60).await;
    assert_eq!((count(&bot, "ash_sessions").await, count(&bot, "session_notes").await), (1, 1));
    after_minutes(&bot, 20 * 24 * 60).await;
    for table in ["ash_sessions", "ash_turns", "ash_session_events", "session_notes"] {
        assert_eq!(count(&bot, table).await, 0, "{table}");
    }
    let seen = team(&bot, "ash notes view").await;
    assert!(seen.text().contains("There are no notes about talks of"), "{}", seen.text());
}
