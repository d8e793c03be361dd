//! The end of what was written in tickets.

use serde_json::{Value, json};
use world::{
    discord::{Id, permissions as may},
    face::{Face, Fault},
    seed::{self, channel, user},
};

use super::{archive::dms, change, closes, file_of, open::bot_may, opens, settled, tickets, with_panel, with_talk};
use crate::harness::{Bot, read};

const DAY: i64 = 24 * 60;

async fn messages_of(bot: &Bot) -> Vec<Value> {
    bot.rows("ticket_messages", "guild_id", seed::HARBOUR).await
}

#[tokio::test]
async fn after_the_days_of_its_category_the_words_go_and_the_figures_stay() {
    let (bot, place) = with_talk().await;
    change(&bot, place, "note", user::HELPER, json!({"content": "a secret note"})).await;
    closes(&bot, user::HELPER, place, "a secret reason").await;
    settled(&bot, 1).await;
    change(&bot, place, "rate", user::MEMBER, json!({"rating": 4, "comment": "a secret comment"})).await;
    settled(&bot, 364 * DAY).await;
    assert_eq!((messages_of(&bot).await.len(), bot.bot_messages(channel::TICKET_LOG).len()), (3, 1));

    // The log cannot be reached on that day; it is emptied the day after.
    bot.world.shared.break_with(Fault::status(Face::Discord, "DELETE /api/v10/channels", 503));
    settled(&bot, 366 * DAY).await;
    bot.world.shared.mend();
    settled(&bot, 367 * DAY).await;
    assert_eq!((messages_of(&bot).await.len(), bot.bot_messages(channel::TICKET_LOG).len()), (0, 0));
    assert_eq!(bot.bot_messages(place).len(), 1, "the reason stood in the closing message");
    let row = tickets(&bot).await.remove(0);
    assert!(!row.to_string().contains("secret") && !row.to_string().contains("log in"), "{row}");
    for kept in ["created_at", "resolved_at", "first_response_at", "closed_by", "opener_id"] {
        assert!(!row[kept].is_null(), "{kept}");
    }
    assert_eq!(bot.rows("ticket_notes", "guild_id", seed::HARBOUR).await.len(), 0);
    let feedback = bot.rows("ticket_feedback", "guild_id", seed::HARBOUR).await.remove(0);
    assert_eq!((&feedback["rating"], &feedback["comment"]), (&json!(4), &json!("")));

    let seen = bot.command(user::HELPER, channel::GENERAL, "ticket transcript", json!({"number": 1})).await;
    assert_eq!(
        seen.text(),
        "What was written in ticket #1 is not there any more: transcripts of this kind are kept for 365 days."
    );
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_form_that_never_became_a_channel_is_forgotten_too() {
    let (bot, panel) = with_panel().await;
    bot_may(&bot, seed::BOT & !(may::MANAGE_CHANNELS | may::CREATE_PRIVATE_THREADS));
    opens(&bot, &panel, user::MEMBER, "Help", "A secret story").await;
    assert_eq!(tickets(&bot).await[0]["status"], "FAILED");
    settled(&bot, 366 * DAY).await;
    let row = tickets(&bot).await.remove(0);
    assert!(row["form"] == json!([]) && row["subject"] == "" && row["forgotten_at"].is_string(), "{row}");
}

/// `member` asks for the erasure of everything about them, and it is done.
async fn erased(bot: &Bot, member: Id, minutes: i64) {
    let dialog = bot.command(member, channel::GENERAL, "privacy delete", json!({})).await;
    bot.press(&dialog, "1:privacy.delete:only", &[]).await;
    for minute in [minutes, minutes + 3, minutes + 6] {
        settled(bot, minute).await;
    }
}

#[tokio::test]
async fn an_erasure_takes_the_channel_the_log_and_the_direct_message_with_it() {
    let (bot, place) = with_talk().await;
    closes(&bot, user::HELPER, place, "").await;
    settled(&bot, 1).await;
    assert_eq!((dms(&bot, user::MEMBER).len(), bot.bot_messages(channel::TICKET_LOG).len()), (1, 1));
    bot.world
        .shared
        .break_with(Fault { times: Some(1), ..Fault::status(Face::Discord, "DELETE /api/v10/channels", 503) });
    erased(&bot, user::MEMBER, 2).await;
    assert!(bot.world.discord.channel(place).is_none());
    let told: Vec<String> = dms(&bot, user::MEMBER).iter().map(read).collect();
    assert!(matches!(&told[..], [only] if only.starts_with("The deletion you asked for is done.")), "{told:?}");
    assert_eq!(bot.bot_messages(channel::TICKET_LOG).len(), 0);
    assert_eq!((tickets(&bot).await.len(), messages_of(&bot).await.len()), (0, 0));
    assert_eq!(bot.rows("ticket_posts", "guild_id", seed::HARBOUR).await.len(), 0);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_helpers_words_leave_the_transcripts_of_others() {
    let (bot, place) = with_talk().await;
    closes(&bot, user::HELPER, place, "").await;
    settled(&bot, 1).await;
    let before = bot.bot_messages(channel::TICKET_LOG).remove(0);
    assert!(file_of(&bot, &before).1.contains("I have reset it for you."));
    erased(&bot, user::HELPER, 2).await;
    assert_eq!(bot.bot_messages(channel::TICKET_LOG).len(), 0, "the old one is gone at once");
    settled(&bot, 25).await;
    let after = bot.bot_messages(channel::TICKET_LOG).remove(0);
    let html = file_of(&bot, &after).1;
    assert!(html.contains("I tried") && !html.contains("I have reset") && !html.contains("Helper"), "{html}");
    assert_eq!(dms(&bot, user::MEMBER).len(), 1, "nobody is told twice");
    assert!(bot.world.discord.channel(place).is_some());
    bot.assert_nothing_unexpected();
}
