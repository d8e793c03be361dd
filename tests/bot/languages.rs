//! Two languages: who alone reads something reads their own, what everybody reads is in the server's.

use serde_json::json;
use world::{
    discord::Id,
    seed::{self, channel, user},
};

use crate::{
    harness::{Bot, now, read},
    tickets::{first_message, labels, newest_ticket, opens, post_panel, presses_first},
};

/// A member who uses Discord in this language.
fn speaker(bot: &Bot, name: &str, locale: &str) -> Id {
    let member = bot.new_member(name);
    bot.world.discord.speaks(member, locale);
    member
}

#[tokio::test]
async fn a_german_member_reads_german_in_an_english_server() {
    let bot = Bot::alone().await;
    for (name, locale) in [("Kim", "de"), ("Alex", "de-AT")] {
        let member = speaker(&bot, name, locale);
        let ask = |command: &'static str| bot.command(member, channel::GENERAL, command, json!({}));
        let score = ask("score").await;
        assert!(score.is_private());
        assert_eq!(
            score.text(),
            "Du hast noch keine Punkte. Schreib eine Nachricht oder reagier auf eine, dann geht es los."
        );
        assert!(ask("ping").await.text().starts_with("Pong! Von Discord bis hierher waren es "));
        assert!(ask("privacy status").await.text().starts_with("Deine Daten\nWas dieser Bot in diesem Server"));
        assert!(ask("ash status").await.text().contains("Ruf im Notfall den Notruf an."));
        let options = json!({"services": true});
        let refused = bot.command(member, channel::GENERAL, "ping", options).await;
        assert_eq!(refused.text(), "Dafür brauchst du die Berechtigung **Manage Server**.");
    }
    let everybody = bot.command(user::MEMBER, channel::GENERAL, "score", json!({})).await;
    assert!(everybody.text().starts_with("You have no points yet."), "{}", everybody.text());
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn the_resource_card_is_in_the_readers_language_with_the_numbers_of_the_list() {
    let bot = Bot::alone().await;
    let member = speaker(&bot, "Kim", "de");
    let card = bot.command(member, channel::GENERAL, "resources", json!({})).await.text();
    assert!(card.contains("**Gerade in Gefahr? Ruf 112 an** (Deutschland)."), "{card}");
    assert!(
        card.contains("Hilfetelefone in mehr als 100 Ländern") && card.contains("Telefon 0800 111 0 111 oder 116 123"),
        "{card}"
    );
    assert!(card.contains("rund um die Uhr") && !card.contains("day and night"), "{card}");
    let elsewhere = bot.command(member, channel::GENERAL, "resources", json!({"country": "GB"})).await.text();
    assert!(elsewhere.contains("Ruf 999 an** (Großbritannien)"), "{elsewhere}");
    assert!(elsewhere.contains("für everybody · day and night"), "what the list has in English alone: {elsewhere}");
}

#[tokio::test]
async fn a_server_set_to_german_posts_german_and_answers_each_in_their_own() {
    let bot = Bot::alone().await;
    let open = bot.command(user::OWNER, channel::GENERAL, "setup", json!({"part": "community"})).await;
    assert!(open.text().contains("Language = **English** (default)"), "{}", open.text());
    let menu = bot.press(&open, "1:admin.setting", &["community.language"]).await;
    let saved = bot.press(&menu, "1:admin.choose:community.language", &["de"]).await;
    assert!(saved.text().contains("Saved: Language is now **Deutsch**."), "{}", saved.text());

    for (key, value) in [
        ("tickets.staff_role", json!(seed::role::SUPPORT)),
        ("tickets.parent", json!(channel::SUPPORT)),
        ("members.welcome_channel", json!(channel::WELCOME)),
    ] {
        bot.chooses(key, value).await;
    }
    let panel = post_panel(&bot).await;
    assert!(
        panel.text().starts_with("Brauchst du Hilfe?\nÖffne ein Ticket, und jemand aus dem Team"),
        "{}",
        panel.text()
    );

    // Who uses Discord in English is answered in English; what hangs in the ticket is the server's.
    let opened = opens(&bot, &panel, user::MEMBER, "I cannot log in", "It says *wrong password*.").await;
    assert!(opened.text().starts_with("Your ticket is <#"), "{}", opened.text());
    let place = newest_ticket(&bot).await;
    let first = first_message(&bot, user::MEMBER, place);
    assert!(first.text().contains("Danke, dass du schreibst."), "{}", first.text());
    assert!(first.text().contains("Stand = **Offen**") || first.text().contains("Stand = Offen"), "{}", first.text());
    assert_eq!(labels(&first), ["Übernehmen", "Schließen", "Mit Begründung schließen", "Person hinzufügen"]);
    let closed = presses_first(&bot, user::MEMBER, place, "Schließen").await;
    assert_eq!(closed.text(), "Ticket #1 is closed.");
    let said = read(bot.bot_messages(place).last().unwrap());
    assert_eq!(said, format!("<@{}> hat dieses Ticket geschlossen.", user::MEMBER));
    let direct = bot.world.discord.open_dm(user::MEMBER).unwrap();
    let copy = read(bot.bot_messages(direct).last().unwrap());
    assert!(copy.starts_with("Dein Ticket #1 in **Harbour** ist geschlossen."), "{copy}");

    let robin = bot.new_member("Robin");
    bot.hears_join(seed::HARBOUR, robin).await;
    bot.ticks(now()).await;
    let welcome = bot.bot_messages(channel::WELCOME).last().unwrap().content.clone();
    assert_eq!(welcome, format!("Willkommen bei Harbour, <@{robin}>! Schön, dass du da bist."));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_panel_in_the_former_language_is_an_old_one() {
    let bot = Bot::alone().await;
    bot.chooses("tickets.staff_role", json!(seed::role::SUPPORT)).await;
    let panel = post_panel(&bot).await;
    assert!(panel.text().starts_with("Need help?"), "{}", panel.text());
    // A manager who uses Discord in German changes nothing about that.
    bot.world.discord.speaks(user::OWNER, "de");
    let check = bot.command(user::OWNER, channel::GENERAL, "ticket check", json!({})).await.text();
    assert!(!check.contains("older than"), "{check}");
    bot.chooses("community.language", json!("de")).await;
    let check = bot.command(user::OWNER, channel::GENERAL, "ticket check", json!({})).await.text();
    assert!(check.contains("panel"), "{check}");
}

#[tokio::test]
async fn a_language_that_is_not_there_yet_is_the_servers_or_english() {
    let bot = Bot::alone().await;
    let member = speaker(&bot, "Camille", "fr");
    let score = bot.command(member, channel::GENERAL, "score", json!({})).await;
    assert!(score.text().starts_with("You have no points yet."), "{}", score.text());
    bot.chooses("community.language", json!("de")).await;
    // Somebody has been there lately: nothing is asked for a language alone.
    bot.command(user::OWNER, channel::GENERAL, "setup", json!({"part": "community"})).await;
    let score = bot.command(member, channel::GENERAL, "score", json!({})).await;
    assert!(score.text().starts_with("Du hast noch keine Punkte."), "{}", score.text());
}
