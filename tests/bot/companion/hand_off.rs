//! A person takes over.

use world::{
    discord::Id,
    seed::{channel, user},
};

use super::{after_minutes, alerts, asked, finds, live, press, read_all, writes_later};
use crate::harness::Bot;

/// An alert, a talk in its thread, and somebody of the team in it.
async fn joined(bot: &mut Bot) -> Id {
    finds(bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let alert = bot.bot_messages(channel::CRT_CRISIS).remove(0);
    press(bot, user::RESPONDER, &alert, "Talk to Ash").await;
    bot.relay_follows().await;
    let thread = super::threads(bot)[0];
    bot.says(user::MEMBER, thread, "hello").await;
    let told = bot.bot_messages(channel::CRT_CRISIS).pop().unwrap();
    let seen = press(bot, user::RESPONDER, &told, "Join the conversation").await;
    assert!(seen.text().contains(&format!("You are in: <#{thread}>")), "{}", seen.text());
    thread
}

#[tokio::test]
async fn who_says_that_they_have_got_this_takes_over_and_ash_says_who_is_there() {
    let mut bot = live().await;
    let thread = joined(&mut bot).await;
    bot.says(user::RESPONDER, thread, "Hi, I've got this").await;
    let said = read_all(&bot, thread).pop().unwrap();
    assert!(said.contains(&format!("<@{}> is here now, so I step back.", user::RESPONDER)), "{said}");
    let note = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(note.contains("Ash stopped talking with") && note.contains("with 1 messages of theirs"), "{note}");
    let before = asked(&bot).len();
    bot.says(user::MEMBER, thread, "thank you for coming").await;
    assert_eq!(asked(&bot).len(), before, "Ash is silent");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn who_writes_twice_takes_over_as_well() {
    let mut bot = live().await;
    let thread = joined(&mut bot).await;
    bot.says(user::RESPONDER, thread, "hey, how are you?").await;
    assert!(!read_all(&bot, thread).pop().unwrap().contains("is here now"));
    bot.says(user::RESPONDER, thread, "i am sam from the team").await;
    assert!(read_all(&bot, thread).pop().unwrap().contains("is here now"));
}

#[tokio::test]
async fn the_button_brings_them_in_and_ash_speaks_of_them_when_they_have_written() {
    let mut bot = live().await;
    let thread = joined(&mut bot).await;
    let alert = bot.bot_messages(channel::CRT_CRISIS).remove(0);
    press(&bot, user::RESPONDER, &alert, "Take over").await;
    assert!(!read_all(&bot, thread).iter().any(|one| one.contains("is here now")));
    bot.says(user::RESPONDER, thread, "hello").await;
    assert!(read_all(&bot, thread).pop().unwrap().contains("is here now"));
}

#[tokio::test]
async fn others_in_the_thread_do_not_take_over() {
    let mut bot = live().await;
    let thread = joined(&mut bot).await;
    bot.says(user::OWNER, thread, "I've got this").await;
    assert!(!read_all(&bot, thread).iter().any(|one| one.contains("is here now")));
}

#[tokio::test]
async fn an_acknowledgement_is_said_in_the_talk_without_a_promise() {
    let mut bot = live().await;
    let thread = joined(&mut bot).await;
    let alert = bot.bot_messages(channel::CRT_CRISIS).remove(0);
    press(&bot, user::RESPONDER, &alert, "Acknowledge").await;
    assert!(read_all(&bot, thread).pop().unwrap().contains("Someone from the team has seen this."));
}

#[tokio::test]
async fn a_person_who_falls_silent_is_reminded_and_the_member_may_have_ash_again() {
    let mut bot = live().await;
    let thread = joined(&mut bot).await;
    bot.says(user::RESPONDER, thread, "I've got this").await;
    super::world_waits(&bot, 1);
    writes_later(&bot, user::MEMBER, thread, "are you there", 1).await;
    after_minutes(&bot, 10).await;
    assert!(!read_all(&bot, thread).iter().any(|one| one.contains("quiet here for ten minutes")));
    after_minutes(&bot, 12).await;
    let offer = bot.bot_messages(thread).pop().unwrap();
    assert!(super::read(&offer).contains("It has been quiet here for ten minutes."), "{}", super::read(&offer));
    let told = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(
        told.contains(&format!("<@{}>: <@{}> wrote in <#{thread}> ten minutes ago", user::RESPONDER, user::MEMBER)),
        "{told}"
    );
    after_minutes(&bot, 14).await;
    assert_eq!(
        bot.bot_messages(thread).len(),
        bot.bot_messages(thread).iter().position(|one| one.id == offer.id).unwrap() + 1
    );
    let seen = press(&bot, user::MEMBER, &offer, "Talk with Ash").await;
    assert!(seen.text().contains("I am listening."), "{}", seen.text());
}
