//! Canned answers: written once, found while typing, posted as an answer of the staff.

use serde_json::json;
use world::{
    discord::permissions as may,
    seed::{self, channel, role, user},
};

use super::{last_said, refusals, story, ticket, with_ticket};
use crate::harness::Bot;

async fn writes(bot: &Bot, who: world::discord::Id, name: &str, content: &str) -> String {
    let form = bot.command(who, channel::GENERAL, "tag set", json!({})).await;
    bot.fill_in(&form, &[("name", name), ("content", content)]).await.text()
}

#[tokio::test]
async fn a_canned_answer_is_the_first_answer_of_the_staff_and_pings_nobody() {
    let (bot, place) = with_ticket().await;
    bot.world.discord.set_role_permissions(seed::HARBOUR, role::BOT, seed::BOT | may::MENTION_EVERYONE).unwrap();
    let text = format!("Please reset it: <https://example.org/reset>\n@everyone <@{}> **thanks**", user::OWNER);
    assert_eq!(
        writes(&bot, user::HELPER, " Reset  Password", &text).await,
        "**reset-password** is kept. `/tag use` posts it in a ticket."
    );
    let found = bot.types(user::HELPER, place, "tag use", json!({"name": "PASS"}), "name").await;
    assert_eq!(found, [("reset-password".to_owned(), "reset-password".to_owned())]);
    assert_eq!(bot.types(user::HELPER, place, "tag use", json!({"name": "hello"}), "name").await, []);
    assert_eq!(ticket(&bot).await["first_response_at"], json!(null));

    let seen = bot.command(user::HELPER, place, "tag use", json!({"name": "reset-password"})).await;
    assert_eq!((seen.is_private(), seen.text()), (true, "**reset-password** is posted.".to_owned()));
    assert_eq!(last_said(&bot, place), text);
    let posted = bot.bot_messages(place).into_iter().rfind(|message| message.visible_to.is_none()).unwrap();
    assert_eq!((posted.mentions.len(), posted.mention_everyone), (0, false));
    let row = ticket(&bot).await;
    assert_ne!(row["first_response_at"], json!(null));
    assert_eq!(story(&bot).await[2..], ["answered: OPEN -> OPEN"]);
    let events = bot.rows("ticket_events", "guild_id", seed::HARBOUR).await;
    let answered = events.iter().find(|event| event["kind"] == "answered").unwrap();
    assert_eq!(answered["actor_id"].as_u64(), Some(user::HELPER.0));
    let kept = bot.rows("ticket_messages", "author_id", user::HELPER).await;
    assert_eq!(kept[0]["content"], json!(text), "it is in the transcript");
    bot.command(user::HELPER, place, "tag use", json!({"name": "Reset Password"})).await;
    assert_eq!(story(&bot).await.len(), 3, "the first answer is the first");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn answers_are_changed_listed_and_deleted() {
    let (bot, place) = with_ticket().await;
    let seen = bot.command(user::HELPER, channel::STAFF, "tag list", json!({})).await;
    assert_eq!(seen.text(), "There are no canned answers yet. `/tag set` writes the first one.");
    writes(&bot, user::HELPER, "hello", "Hello!\nHow can we help?").await;
    writes(&bot, user::MANAGER, "bye", "See you").await;
    let seen = bot.command(user::HELPER, channel::STAFF, "tag list", json!({})).await;
    assert_eq!((seen.is_private(), seen.text()), (true, "**bye**: See you\n**hello**: Hello! …".to_owned()));

    // What is there stands in the form.
    let form = bot.command(user::HELPER, channel::STAFF, "tag set", json!({"name": "hello"})).await;
    let modal = bot.world.discord.modals_of(user::HELPER).remove(0);
    let values: Vec<_> = modal.components.iter().map(|one| one["component"]["value"].clone()).collect();
    assert_eq!(values, [json!("hello"), json!("Hello!\nHow can we help?")]);
    bot.fill_in(&form, &[("name", "hello"), ("content", "Hi")]).await;
    bot.command(user::HELPER, place, "tag use", json!({"name": "hello"})).await;
    assert_eq!(last_said(&bot, place), "Hi");

    let seen = bot.command(user::HELPER, channel::STAFF, "tag delete", json!({"name": "hello"})).await;
    assert_eq!(seen.text(), "**hello** is deleted.");
    for name in ["tag delete", "tag use"] {
        let seen = bot.command(user::HELPER, place, name, json!({"name": "hello"})).await;
        assert_eq!(seen.text(), "There is no canned answer **hello**. `/tag list` shows them.");
    }
    assert_eq!(
        writes(&bot, user::HELPER, "a,b:(c)\"d\"", "   ").await,
        "Please write a name of at most 40 characters and the answer."
    );
    writes(&bot, user::HELPER, "a,b:(c)\"d\"", "odd").await;
    bot.command(user::HELPER, place, "tag use", json!({"name": "a,b:(c)\"d\""})).await;
    assert_eq!(last_said(&bot, place), "odd");
    let seen = bot.command(user::HELPER, channel::STAFF, "tag use", json!({"name": "bye"})).await;
    assert_eq!(seen.text(), "This works in the channel of a ticket. `/ticket list` shows them.");
    bot.command(user::HELPER, place, "close", json!({})).await;
    let seen = bot.command(user::HELPER, place, "tag use", json!({"name": "bye"})).await;
    assert_eq!(seen.text(), "This ticket is already closed. **Reopen** opens it again.");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn answers_are_the_teams_alone() {
    let (bot, place) = with_ticket().await;
    writes(&bot, user::HELPER, "hello", "Hello!").await;
    assert_eq!(bot.types(user::MEMBER, place, "tag use", json!({"name": ""}), "name").await, []);
    let refused = "Only the staff that answers tickets can do that.";
    for (name, options) in [("set", json!({})), ("list", json!({})), ("delete", json!({"name": "hello"}))] {
        let seen = bot.command(user::MEMBER, place, &format!("tag {name}"), options).await;
        assert_eq!(seen.text(), refused);
    }
    let seen = bot.command(user::MEMBER, place, "tag use", json!({"name": "hello"})).await;
    assert_eq!(seen.text(), "Only the staff of this ticket can do that.");
    // The form was open when the role was taken.
    let form = bot.command(user::HELPER, channel::GENERAL, "tag set", json!({})).await;
    bot.world.discord.set_roles(seed::HARBOUR, user::HELPER, &[]).unwrap();
    let seen = bot.fill_in(&form, &[("name", "hello"), ("content", "Defaced")]).await;
    assert_eq!(seen.text(), refused);
    assert_eq!(refusals().len(), 5);
    assert_eq!(bot.rows("ticket_tags", "guild_id", seed::HARBOUR).await[0]["content"], "Hello!");
}
