//! What a member writes, and what Ash makes of it.

use world::{
    face::Face,
    script::Script,
    seed::{channel, user},
};

use super::{alerts, asked, count, finds, live, read_all, says, talking, writes_at};
use community_os::app;
use relay_wire::Outcome;

#[tokio::test]
async fn messages_that_come_while_ash_writes_are_answered_together() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    let mut after = vec![];
    for text in ["first of all", "and then", "and now this"] {
        let (outcomes, work) = writes_at(&bot, user::MEMBER, thread, text, chrono::TimeDelta::zero()).await;
        assert_eq!(outcomes, [Outcome::Done], "the relay waits for no answer");
        after.extend(work);
    }
    app::run(after).await;
    let sent = asked(&bot);
    assert_eq!(sent.len(), 1);
    let sent = sent[0]["messages"].to_string();
    assert!(["first of all", "and then", "and now this"].iter().all(|text| sent.contains(text)), "{sent}");
    assert_eq!(read_all(&bot, thread).len(), 2, "the opener and one answer");
}

#[tokio::test]
async fn what_needs_no_answer_of_the_model_takes_none_from_what_came_before() {
    let mut bot = live().await;
    bot.world.claude.scripts.add(Script { delay_ms: 1_500, text: Some("I hear you.".into()), ..Script::default() });
    let thread = talking(&mut bot, user::MEMBER).await;
    let zero = chrono::TimeDelta::zero();
    let (_, first) = writes_at(&bot, user::MEMBER, thread, "it was a long day", zero).await;
    let meanwhile = async {
        // Ash types: it answers the first one.
        while !bot.world.shared.recorded(Face::Discord).iter().any(|one| one.path.ends_with("/typing")) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let (_, second) = writes_at(&bot, user::MEMBER, thread, "and i cannot go on like this", zero).await;
        let (_, third) = writes_at(&bot, user::MEMBER, thread, "are you a bot?", zero).await;
        app::run(second).await;
        app::run(third).await;
    };
    futures_util::future::join(app::run(first), meanwhile).await;
    let sent = asked(&bot);
    assert_eq!(sent.len(), 2, "one generation at a time, and the second knows what came meanwhile");
    let turns = sent[1]["messages"].to_string();
    assert!(turns.contains("go on like this") && turns.contains("I hear you."), "{turns}");
    assert_eq!(read_all(&bot, thread).iter().filter(|one| one.contains("I hear you.")).count(), 2);
}

#[tokio::test]
async fn exclamation_marks_are_no_command() {
    let mut bot = live().await;
    says(&bot, "help me", "I am here.");
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "!!! help me").await;
    assert!(read_all(&bot, thread).last().unwrap().contains("I am here."));
    bot.says(user::MEMBER, thread, "!ping").await;
    assert_eq!(asked(&bot).len(), 1, "a command is the bot's");
}

#[tokio::test]
async fn the_same_message_delivered_again_is_one_turn_and_one_answer() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    let (message, _) = bot.says(user::MEMBER, thread, "hello").await;
    for _ in 0..3 {
        bot.deliver(bot.events_of_message(&message)).await;
    }
    assert_eq!(asked(&bot).len(), 1);
    assert_eq!(read_all(&bot, thread).len(), 2);
    assert_eq!(count(&bot, "ash_turns").await, 1);
}

#[tokio::test]
async fn two_at_once_make_one_generation() {
    let mut bot = live().await;
    bot.world.claude.scripts.add(Script { delay_ms: 300, text: Some("I hear you.".into()), ..Script::default() });
    let thread = talking(&mut bot, user::MEMBER).await;
    let (_, one) = writes_at(&bot, user::MEMBER, thread, "one", chrono::TimeDelta::zero()).await;
    let (_, two) = writes_at(&bot, user::MEMBER, thread, "two", chrono::TimeDelta::zero()).await;
    futures_util::future::join(app::run(one), app::run(two)).await;
    assert_eq!(asked(&bot).len(), 1);
    assert_eq!(read_all(&bot, thread).len(), 2);
}

#[tokio::test]
async fn every_turn_passes_the_crisis_path_first_and_danger_brings_the_card() {
    let mut bot = live().await;
    says(&bot, "tonight", "Thank you for telling me. Are you safe right now?");
    finds(&bot, "tonight", "critical");
    let thread = talking(&mut bot, user::MEMBER).await;
    let (outcomes, after) = writes_at(&bot, user::MEMBER, thread, "it ends tonight", chrono::TimeDelta::zero()).await;
    assert_eq!(outcomes, [Outcome::Done]);
    let alert = alerts(&bot, channel::CRT_CRITICAL).join("\n");
    assert!(alert.contains("Critical alert") && alert.contains(&format!("<#{thread}>")), "{alert}");
    assert!(asked(&bot).is_empty(), "the team is told before a word goes to the model");
    app::run(after).await;
    let said = read_all(&bot, thread);
    assert!(said[1].contains("findahelpline") && !said[1].starts_with("Ash (AI)"), "{}", said[1]);
    assert!(said[2].starts_with("Ash (AI): Thank you for telling me."), "{}", said[2]);
}

#[tokio::test]
async fn who_opted_out_of_the_watching_and_talks_with_ash_is_not_overheard_in_danger() {
    let mut bot = live().await;
    bot.command(user::MEMBER, channel::GENERAL, "ash optout", serde_json::json!({"from": "monitoring"})).await;
    finds(&bot, "tonight", "critical");
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "it ends tonight").await;
    assert!(alerts(&bot, channel::CRT_CRITICAL)[0].contains("Critical alert"));
}

#[tokio::test]
async fn who_asks_for_a_person_is_told_the_truth_and_ash_stays() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "can i talk to a real person").await;
    let said = read_all(&bot, thread);
    assert!(
        said[1].contains("I have called the crisis response team. Right now nobody of them is on duty"),
        "{said:?}"
    );
    assert!(said[1].contains("I stay here with you until somebody comes."), "{said:?}");
    assert!(said[2].contains("findahelpline"), "{said:?}");
    assert!(
        alerts(&bot, channel::CRT_CRISIS).join("\n").contains("asks for a person"),
        "{:?}",
        alerts(&bot, channel::CRT_CRISIS)
    );
    assert!(asked(&bot).is_empty());
    bot.says(user::MEMBER, thread, "thank you. it is about my father").await;
    assert_eq!(asked(&bot).len(), 1);
    bot.says(user::MEMBER, thread, "can i talk to a real person").await;
    let again = read_all(&bot, thread).into_iter().rev().nth(1).unwrap();
    assert!(again.contains("was told less than 10 minutes ago"), "{again}");
}

#[tokio::test]
async fn asked_whether_it_is_a_bot_it_says_so_by_itself() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "are you a bot?").await;
    assert!(read_all(&bot, thread)[1].contains("I am Ash, an AI."));
    assert!(asked(&bot).is_empty());
}

#[tokio::test]
async fn somebody_elses_buttons_are_refused_kindly() {
    let mut bot = live().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    let opener = bot.bot_messages(thread).remove(0);
    let id = opener.components[0]["components"][0]["custom_id"].as_str().unwrap().to_owned();
    let answer = bot.forged_component(user::SECOND_MEMBER, channel::GENERAL, &id).await.to_string();
    assert!(answer.contains("somebody else's"), "{answer}");
}
