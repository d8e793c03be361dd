//! How a talk begins, and where.

use std::time::Duration;

use community_os::app;
use futures_util::future::join;
use relay_wire::{Event, EventBody, Outcome};
use serde_json::json;
use world::{
    discord::Id,
    face::{Face, Fault},
    seed::{channel, role, user},
};

use super::{alerts, asked, count, deliver, finds, live, press, read_all, says, threads};
use crate::harness::{Bot, now};

/// The thread of the only talk.
async fn thread(bot: &mut Bot) -> Id {
    bot.relay_follows().await;
    let threads = threads(bot);
    assert_eq!(threads.len(), 1, "{threads:?}");
    threads[0]
}

#[tokio::test]
async fn a_member_talks_with_ash_in_a_thread_of_their_own() {
    let mut bot = live().await;
    says(&bot, "long day", "That sounds like a lot for one day. What was the hardest part?");
    let seen = bot.command(user::MEMBER, channel::GENERAL, "ash talk", json!({})).await;
    let thread = thread(&mut bot).await;
    assert!(seen.is_private() && seen.text().contains(&format!("We can talk here: <#{thread}>")), "{}", seen.text());
    let first = &read_all(&bot, thread)[0];
    assert!(first.contains("Ash (AI)") && first.contains("Hi, good that you are here."), "{first}");
    for told in [
        "not a person",
        "not a crisis service",
        "watches around the clock",
        "can read this thread",
        "Anthropic",
        "To stop",
    ] {
        assert!(first.contains(told), "{told}: {first}");
    }
    bot.says(user::MEMBER, thread, "it was a long day").await;
    let said = read_all(&bot, thread);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].contains("What was the hardest part?"), "{}", said[1]);
    let sent = asked(&bot).pop().unwrap();
    assert!(sent["messages"].to_string().contains("it was a long day"), "{sent}");
    assert_eq!(sent["system"][0]["cache_control"]["type"], "ephemeral");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn critical_is_offered_a_talk_at_once_without_any_word_to_the_ai() {
    let mut bot = live().await;
    finds(&bot, "tonight", "critical");
    bot.says(user::MEMBER, channel::VENT, "it ends tonight").await;
    bot.ticks(now()).await;
    let thread = thread(&mut bot).await;
    let said = bot.bot_messages(thread);
    let opener = super::read(&said[0]);
    assert!(opener.contains("you do not have to be alone"), "{opener}");
    for never in ["flagged", "score", "message", "tonight", "alert"] {
        assert!(!opener.to_lowercase().contains(never), "{never}: {opener}");
    }
    assert!(super::read(&said[1]).contains("findahelpline"), "the card is a message of its own");
    assert!(asked(&bot).is_empty());
    let told = alerts(&bot, channel::CRT_CRITICAL).join("\n");
    assert!(told.contains(&format!("Ash has offered <@{}> a talk in <#{thread}>", user::MEMBER)), "{told}");
    // Only after that does anything go to the model.
    let seen = press(&bot, user::MEMBER, &said[0], "Talk with Ash").await;
    assert!(seen.text().contains("I am listening."), "{}", seen.text());
    bot.says(user::MEMBER, thread, "i do not know where to begin").await;
    let sent = asked(&bot).pop().unwrap()["messages"].to_string();
    assert!(sent.contains("where to begin") && sent.contains("<before>\\nit ends tonight"), "{sent}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn who_writes_the_moment_the_opener_stands_there_is_answered() {
    let bot = live().await;
    says(&bot, "thank you", "I am glad you wrote.");
    finds(&bot, "tonight", "critical");
    bot.says(user::MEMBER, channel::VENT, "it ends tonight").await;
    let slow =
        Fault { delay_ms: 500, status: None, ..Fault::status(Face::Supabase, "POST /rest/v1/rpc/change_ash", 0) };
    bot.world.shared.break_with(slow);
    let at_once = async {
        let opener = async || threads(&bot).into_iter().find(|thread| !bot.bot_messages(*thread).is_empty());
        let thread = loop {
            if let Some(thread) = opener().await {
                break thread;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let message = bot.world.discord.send_message(thread, user::MEMBER, "thank you for asking", None).unwrap();
        let mut events: Vec<Event> = bot.events_of_message(&message).into_iter().map(|(_, event)| event).collect();
        for event in &mut events {
            let EventBody::MessageCreated { text, .. } = &mut event.body else { continue };
            // The relay knows the thread already.
            *text = Some("thank you for asking".into());
        }
        let (outcomes, after) = deliver(&bot, events, now()).await;
        assert_eq!(outcomes, [Outcome::Done]);
        app::run(after).await;
        thread
    };
    let (thread, ()) = join(at_once, bot.ticks(now())).await;
    let said = read_all(&bot, thread);
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[2].contains("I am glad you wrote."), "{said:?}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn high_is_offered_one_by_the_team_or_when_nobody_reacts_for_five_minutes() {
    let mut bot = live().await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    bot.ticks(now() + chrono::TimeDelta::minutes(2)).await;
    assert!(threads(&bot).is_empty());
    let alert = bot.bot_messages(channel::CRT_CRISIS).remove(0);
    let seen = press(&bot, user::RESPONDER, &alert, "Talk to Ash").await;
    assert!(seen.is_private() && seen.text().contains("Ash has offered"), "{}", seen.text());
    let thread = thread(&mut bot).await;
    assert!(read_all(&bot, thread)[0].contains("Somebody of this server's crisis response team asked me"));
    // The chain finds that somebody did it.
    bot.ticks(now() + chrono::TimeDelta::minutes(6)).await;
    assert_eq!(threads(&bot).len(), 1);
    assert_eq!(count(&bot, "ash_sessions").await, 1);
    assert!(alerts(&bot, channel::CRT_CRISIS)[0].contains(&format!("<@&{}>", role::CRT)));
    bot.assert_nothing_unexpected();
}
