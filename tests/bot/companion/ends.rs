//! How a talk ends: once, announced, and never by leaving somebody alone.

use serde_json::json;
use world::seed::{channel, role, user};

use super::{after_minutes, alerts, asked, count, finds, live, press, read_all, talking, writes_later};

/// What Ash said last.
fn last(bot: &crate::harness::Bot, thread: world::discord::Id) -> String {
    read_all(bot, thread).pop().unwrap()
}

#[tokio::test]
async fn a_quiet_talk_ends_after_five_minutes_with_one_closing_message() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    after_minutes(&bot, 4).await;
    assert_eq!(read_all(&bot, thread).len(), 2);
    after_minutes(&bot, 6).await;
    assert!(
        last(&bot, thread).contains("It has been quiet for a while, so I end our talk here."),
        "{}",
        last(&bot, thread)
    );
    after_minutes(&bot, 30).await;
    assert_eq!(read_all(&bot, thread).len(), 3, "late ticks say nothing twice");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_long_talk_ends_after_ten_minutes() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    super::world_waits(&bot, 4);
    writes_later(&bot, user::MEMBER, thread, "still here", 4).await;
    super::world_waits(&bot, 4);
    writes_later(&bot, user::MEMBER, thread, "and here", 8).await;
    after_minutes(&bot, 11).await;
    assert!(last(&bot, thread).contains("Our talk ends here: I am made for short ones"), "{}", last(&bot, thread));
}

#[tokio::test]
async fn weakness_5_goodbye_ends_it_and_done_with_everything_does_not() {
    let mut bot = live().await;
    finds(&bot, "bye", "high");
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "im done with everything").await;
    assert_eq!(asked(&bot).len(), 1);
    bot.says(user::MEMBER, thread, "bye").await;
    assert_eq!(asked(&bot).len(), 2, "found to be grave: it is no goodbye");
    bot.world.nlp.scripts.clear();
    bot.says(user::MEMBER, thread, "Bye!").await;
    assert_eq!(asked(&bot).len(), 2);
    let said = read_all(&bot, thread);
    assert!(said.iter().any(|one| one.contains("Take good care of yourself. I am glad that you wrote.")), "{said:?}");
}

#[tokio::test]
async fn weakness_14_whoever_writes_after_the_end_is_told_so_and_how_to_go_on() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    after_minutes(&bot, 6).await;
    bot.says(user::MEMBER, thread, "are you still there?").await;
    let said = last(&bot, thread);
    assert!(said.contains("Our talk here has ended") && said.contains("emergency number"), "{said}");
    bot.says(user::MEMBER, thread, "hello?").await;
    assert_eq!(last(&bot, thread), said, "once in a minute");
    let message = bot.bot_messages(thread).pop().unwrap();
    press(&bot, user::MEMBER, &message, "Talk with Ash").await;
    assert!(last(&bot, thread).contains("Good that you are still here. I am listening."), "{}", last(&bot, thread));
    bot.says(user::MEMBER, thread, "good").await;
    assert_eq!(asked(&bot).len(), 2);
    assert_eq!(super::threads(&bot).len(), 1, "it goes on in the same thread");
}

#[tokio::test]
async fn nobody_in_danger_is_left_at_the_limit_while_no_person_is_there() {
    let mut bot = live().await;
    finds(&bot, "lantern", "high");
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "a lantern").await;
    after_minutes(&bot, 7).await;
    let said = read_all(&bot, thread);
    let limit = said.iter().position(|one| one.contains("I do not want to leave you alone with this.")).unwrap();
    assert!(said[limit].contains("Nobody of the team says that they are there right now; I have asked them again."));
    assert!(said[limit + 1].contains("findahelpline"), "{said:?}");
    let told = alerts(&bot, channel::CRT_CRISIS).join("\n---\n");
    assert!(told.contains(&format!("<@&{}> <@{}> has talked with Ash", role::CRT, user::MEMBER)), "{told}");
    // *Keep talking*, six times in an hour.
    for round in 1..=7 {
        let messages = bot.bot_messages(thread);
        let limit =
            messages.iter().rev().find(|one| super::read(one).contains("leave you alone with this")).unwrap().clone();
        let seen = press(&bot, user::MEMBER, &limit, "Keep talking").await;
        let goes_on = seen.text().contains("We can talk here");
        assert_eq!(goes_on, round < 7, "{round}: {}", seen.text());
        if goes_on {
            after_minutes(&bot, 7).await;
        } else {
            assert!(seen.text().contains("you deserve more than an AI") && seen.text().contains("findahelpline"));
        }
    }
}

#[tokio::test]
async fn a_false_alarm_ends_it_with_one_apology_where_ash_had_written() {
    let mut bot = live().await;
    finds(&bot, "tonight", "critical");
    bot.says(user::MEMBER, channel::VENT, "it ends tonight").await;
    after_minutes(&bot, 0).await;
    bot.relay_follows().await;
    let thread = super::threads(&bot)[0];
    let alert = bot.bot_messages(channel::CRT_CRITICAL).remove(0);
    let menu = press(&bot, user::RESPONDER, &alert, "False alarm").await;
    let id = menu.message.as_ref().unwrap().components[0]["components"][0]["custom_id"].as_str().unwrap().to_owned();
    bot.press(&menu, &id, &["joke"]).await;
    let said = read_all(&bot, thread);
    assert_eq!(said.iter().filter(|one| one.contains("I wrote to you by mistake.")).count(), 1, "{said:?}");
    after_minutes(&bot, 30).await;
    assert_eq!(read_all(&bot, thread).len(), said.len());
}

#[tokio::test]
async fn never_contact_me_is_remembered_and_the_team_knows_that_only_people_may() {
    let mut bot = live().await;
    finds(&bot, "tonight", "critical");
    bot.says(user::MEMBER, channel::VENT, "it ends tonight").await;
    after_minutes(&bot, 0).await;
    bot.relay_follows().await;
    let thread = super::threads(&bot)[0];
    let opener = bot.bot_messages(thread).remove(0);
    press(&bot, user::MEMBER, &opener, "Never contact me").await;
    assert!(read_all(&bot, thread).iter().any(|one| one.contains("I will not write to you again.")));
    let told = alerts(&bot, channel::CRT_CRITICAL).join("\n");
    assert!(told.contains("human contact only"), "{told}");
    // A new episode, and Ash stays silent.
    let alert = bot.bot_messages(channel::CRT_CRITICAL).remove(0);
    let seen = press(&bot, user::RESPONDER, &alert, "Talk to Ash").await;
    assert!(seen.text().contains("human contact only"), "{}", seen.text());
    assert_eq!(super::threads(&bot).len(), 1);
    // Who wants to talk nevertheless, may.
    let seen = bot.command(user::MEMBER, channel::GENERAL, "ash talk", json!({})).await;
    assert!(seen.text().contains("We can talk here"), "{}", seen.text());
    assert_eq!(count(&bot, "ash_sessions").await, 2);
}
