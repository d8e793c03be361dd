//! How the opener found the help.

use serde_json::json;
use world::seed::{channel, user};

use super::{archive::dms, closes, settled, tickets, with_talk};
use crate::harness::{Bot, Seen};

/// A closed ticket, and the direct message about it.
async fn with_question() -> (Bot, Seen) {
    let (bot, place) = with_talk().await;
    closes(&bot, user::HELPER, place, "").await;
    settled(&bot, 1).await;
    let asked = bot.sees(user::MEMBER, &dms(&bot, user::MEMBER)[0]);
    (bot, asked)
}

fn button(asked: &Seen, rating: usize) -> String {
    let row = &asked.message.as_ref().unwrap().components[0]["components"];
    row[rating - 1]["custom_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_button_stores_the_rating_and_a_comment_may_follow() {
    let (bot, asked) = with_question().await;
    let form = bot.press(&asked, &button(&asked, 2), &[]).await;
    let feedback = async || bot.rows("ticket_feedback", "user_id", user::MEMBER).await.remove(0);
    assert_eq!(feedback().await["rating"], 2, "also without the form");
    let seen = bot.fill_in(&form, &[("comment", "  slow, but *kind* ")]).await;
    assert_eq!(seen.text(), "Thank you. You gave 2 of 5; another button above changes it.");
    assert_eq!(feedback().await["comment"], "slow, but *kind*");

    // Another day, another mood: the comment stays until there is a new one.
    let form = bot.press(&asked, &button(&asked, 5), &[]).await;
    bot.fill_in(&form, &[("comment", "")]).await;
    let row = feedback().await;
    assert_eq!((&row["rating"], &row["comment"]), (&json!(5), &json!("slow, but *kind*")));
    let rated = super::story(&bot).await.iter().filter(|event| *event == "rated: RESOLVED -> RESOLVED").count();
    assert_eq!(rated, 3);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn nobody_rates_for_the_opener_and_no_forged_number_counts() {
    let (bot, asked) = with_question().await;
    let own = button(&asked, 5);
    let id = tickets(&bot).await[0]["ticket_id"].to_string();
    for forged in [
        own.clone(),
        own.replace(&format!(":{id}:"), ":999999:"),
        own.replace(":5", ":9"),
        "1:tickets.rate:x".to_owned(),
    ] {
        let answer = bot.forged_component(user::HELPER, channel::FRESH_GENERAL, &forged).await;
        assert_eq!((&answer["type"], &answer["data"]["flags"]), (&json!(4), &json!(64)), "{forged}: {answer}");
    }
    let answer = bot.forged_component(user::MEMBER, channel::FRESH_GENERAL, &format!("{}9", own)).await;
    assert_eq!(answer["data"]["embeds"][0]["description"], "Please choose a number from 1 to 5.", "{answer}");
    assert_eq!(bot.rows("ticket_feedback", "user_id", user::MEMBER).await.len(), 0);
}
