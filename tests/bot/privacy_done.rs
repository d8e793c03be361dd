//! After a deletion: who asked is told once, `/privacy status` remembers it for a month; and who of the staff had to do with it.

use serde_json::{Value, json};
use world::{
    discord::Id,
    seed::{self, channel, user},
};

use crate::{
    harness::{Bot, logged, read},
    privacy::{asks, export_of, later, plain},
    relay::open_ticket,
};

const DONE: &str = "The deletion you asked for is done.\n`/privacy status` says what is held now.";

/// What the bot wrote to somebody, not in answer to a command.
fn told(bot: &Bot, member: Id) -> Vec<String> {
    let dm = bot.world.discord.open_dm(member).unwrap();
    let messages = bot.bot_messages(dm);
    messages.iter().filter(|message| message.visible_to.is_none()).map(read).collect()
}

async fn deletes(bot: &Bot, member: Id, place: Id) {
    let dialog = asks(bot, member, place, "delete").await;
    bot.press(&dialog, "1:privacy.delete:stop", &[]).await;
}

#[tokio::test]
async fn who_asked_is_told_once_and_reads_it_in_the_status_for_a_month() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    bot.hears_join(seed::HARBOUR, robin).await;
    open_ticket(&bot, robin, channel::GET_HELP).await;
    deletes(&bot, robin, channel::GENERAL).await;
    later(&bot, &[0, 60]).await;
    assert_eq!(told(&bot, robin), [""; 0], "it waits for the ticket");
    later(&bot, &[72 * 60 + 5, 72 * 60 + 8, 72 * 60 + 9, 72 * 60 + 12]).await;
    assert_eq!(told(&bot, robin), [DONE]);
    let status = plain(&asks(&bot, robin, channel::GENERAL, "status").await.text());
    assert!(status.contains("• nothing\n\nThe last deletion was done <t:f>."), "{status}");

    later(&bot, &[(72 + 31 * 24) * 60]).await;
    let status = asks(&bot, robin, channel::GENERAL, "status").await.text();
    assert!(!status.contains("deletion was done"), "{status}");
    assert_eq!(told(&bot, robin).len(), 1);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn of_what_was_asked_for_at_once_one_message_tells_and_one_more_of_what_was_on_hold() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    bot.world.discord.join(seed::FRESH_START, robin, "Robin").unwrap();
    for guild in [seed::HARBOUR, seed::FRESH_START] {
        bot.hears_join(guild, robin).await;
    }
    let options = json!({"user": robin, "days": 2, "reason": "a report"});
    bot.command(user::ADMIN, channel::GENERAL, "privacy hold", options).await;
    deletes(&bot, robin, bot.world.discord.open_dm(robin).unwrap()).await;
    later(&bot, &[0, 3, 4]).await;
    let first = "The deletion you asked for is done. A part of it is on hold; it follows by itself, and you are told.\n\
                 `/privacy status` says what is held now.";
    assert_eq!(told(&bot, robin), [first]);
    later(&bot, &[2 * 24 * 60 + 1, 2 * 24 * 60 + 4, 2 * 24 * 60 + 5]).await;
    assert_eq!(told(&bot, robin), [first, DONE]);
}

#[tokio::test]
async fn an_administrators_deletion_is_told_as_such_and_who_cannot_be_reached_keeps_nothing_waiting() {
    let bot = Bot::alone().await;
    let (robin, kim) = (bot.new_member("Robin"), bot.new_member("Kim"));
    bot.world.discord.close_dms(kim, true);
    for member in [robin, kim] {
        bot.hears_join(seed::HARBOUR, member).await;
        let dialog = bot.command(user::ADMIN, channel::GENERAL, "privacy admin-delete", json!({"user": member})).await;
        bot.press(&dialog, &format!("1:privacy.admin_delete:{member}"), &[]).await;
    }
    later(&bot, &[0, 3, 4]).await;
    let said = "What this bot held about you in a server is deleted: an administrator asked for it.\n`/privacy status` says \
                what is held now.";
    assert_eq!(told(&bot, robin), [said]);
    assert_eq!(told(&bot, kim), [""; 0]);
    let owed: Vec<Value> = bot.cx().supabase.select("jobs", "kind", &[]).await.unwrap();
    assert!(owed.iter().all(|job| job["kind"] != "privacy.tell" && job["kind"] != "privacy.erase"), "{owed:?}");
    assert!(logged().iter().all(|line| !line.contains("50007")), "nothing went wrong");
}

#[tokio::test]
async fn who_acted_on_what_is_held_about_a_member_stands_in_their_export() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    bot.hears_join(seed::HARBOUR, robin).await;
    for days in [7, 0] {
        let options = json!({"user": robin, "days": days, "reason": "threats in #general"});
        bot.command(user::ADMIN, channel::GENERAL, "privacy hold", options).await;
    }
    let dialog = bot.command(user::OWNER, channel::GENERAL, "privacy admin-delete", json!({"user": robin})).await;
    bot.press(&dialog, &format!("1:privacy.admin_delete:{robin}"), &[]).await;
    let export = export_of(&bot, robin, channel::GENERAL).await;
    let seen = export["guilds"][0]["tables"]["access_log.subject_id"].as_array().unwrap();
    let seen: Vec<_> = seen.iter().map(|row| (row["actor_id"].clone(), row["what"].as_str().unwrap())).collect();
    // Ids that fit into a number of JavaScript are numbers.
    let id = |id: Id| if id.0 < 1_000_000_000_000_000 { json!(id.0) } else { json!(id.0.to_string()) };
    assert_eq!(
        seen,
        [
            (id(user::ADMIN), "placed a hold on a deletion"),
            (id(user::ADMIN), "ended a hold on a deletion"),
            (id(user::OWNER), "asked for their data to be deleted"),
        ]
    );
    assert!(!export.to_string().contains("threats"), "why is not theirs to read");
}
