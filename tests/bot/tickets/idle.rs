//! What happens to a ticket by itself: silence, somebody who leaves, and the channel long after.

use serde_json::json;
use world::{
    discord::{Id, permissions as may},
    face::{Face, Fault},
    seed::{self, channel, user},
};

use super::{closes, later, settled, story, tickets, with_talk, with_ticket};
use crate::harness::{Bot, now, read};

const HOUR: i64 = 60;

/// The guild closes silent tickets after two days, twelve hours after a warning.
async fn closes_silent(bot: &Bot) {
    bot.chooses("tickets.close_after_hours", json!(48)).await;
}

async fn status(bot: &Bot) -> String {
    tickets(bot).await[0]["status"].as_str().unwrap().to_owned()
}

fn last(bot: &Bot, place: Id) -> String {
    read(bot.bot_messages(place).last().unwrap())
}

/// Somebody wrote so many minutes from now.
async fn wrote(bot: &Bot, who: Id, place: Id, minutes: i64) {
    let at = now() + chrono::TimeDelta::minutes(minutes);
    let event = json!({
        "kind": "created", "guild_id": seed::HARBOUR, "channel_id": place, "author_id": who, "author_name": "x",
        "message_id": relay_wire::Snowflake::at_ms(at.timestamp_millis()), "sent_at": at.timestamp_millis(), "content": "y",
    });
    bot.cx().supabase.rpc::<()>("record_ticket_writing", &json!({"events": [event], "at": at})).await.unwrap();
}

#[tokio::test]
async fn a_silent_opener_is_warned_and_then_the_ticket_closes() {
    let (bot, place) = with_talk().await;
    closes_silent(&bot).await;
    settled(&bot, 35 * HOUR).await;
    assert_eq!(bot.bot_messages(place).len(), 1, "nothing yet");
    // Staff write more: that is no answer of the opener's.
    wrote(&bot, user::HELPER, place, 35 * HOUR).await;
    settled(&bot, 36 * HOUR + 5).await;
    let warned = bot.bot_messages(place).pop().unwrap();
    let text = read(&warned);
    assert!(
        text.starts_with(&format!("<@{}>\nIt has been quiet here. Without an answer from you", user::MEMBER)),
        "{text}"
    );
    assert_eq!(warned.mentions.iter().map(|user| user.id).collect::<Vec<_>>(), [user::MEMBER]);
    settled(&bot, 47 * HOUR).await;
    assert_eq!((status(&bot).await.as_str(), bot.bot_messages(place).len()), ("OPEN", 2), "warned once");
    settled(&bot, 49 * HOUR).await;
    settled(&bot, 49 * HOUR + 1).await;
    assert_eq!(last(&bot, place), "This ticket is closed.\n**Reason:** There was no answer for a while.");
    assert_eq!(
        story(&bot).await[3..],
        ["warned: OPEN -> OPEN".to_owned(), "closed: OPEN -> RESOLVED".to_owned()],
        "{:?}",
        story(&bot).await
    );
    assert!(!bot.world.discord.can(user::MEMBER, place, may::SEND_MESSAGES));
    let log: Vec<String> = bot.bot_messages(channel::TICKET_LOG).iter().map(read).collect();
    assert_eq!(log.len(), 1, "{log:?}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn nobody_is_hurried_while_it_is_staff_who_owe_the_answer() {
    let (bot, place) = with_ticket().await;
    closes_silent(&bot).await;
    settled(&bot, 100 * HOUR).await;
    assert_eq!((status(&bot).await.as_str(), bot.bot_messages(place).len()), ("OPEN", 1));
    // The answer comes late: the opener has time before the warning, and all the hours after it.
    wrote(&bot, user::HELPER, place, 100 * HOUR).await;
    settled(&bot, 105 * HOUR).await;
    assert_eq!(bot.bot_messages(place).len(), 1);
    settled(&bot, 107 * HOUR).await;
    assert_eq!(bot.bot_messages(place).len(), 2, "warned");
    settled(&bot, 118 * HOUR).await;
    assert_eq!(status(&bot).await, "OPEN");
    settled(&bot, 120 * HOUR).await;
    assert_eq!(status(&bot).await, "RESOLVED");
}

#[tokio::test]
async fn an_answer_or_the_button_keeps_it_open() {
    let (bot, place) = with_talk().await;
    closes_silent(&bot).await;
    settled(&bot, 37 * HOUR).await;
    assert_eq!(bot.bot_messages(place).len(), 2);
    wrote(&bot, user::MEMBER, place, 38 * HOUR).await;
    settled(&bot, 60 * HOUR).await;
    assert_eq!((status(&bot).await.as_str(), bot.bot_messages(place).len()), ("OPEN", 2));
    wrote(&bot, user::HELPER, place, 60 * HOUR).await;
    settled(&bot, 75 * HOUR).await;
    let warned = bot.bot_messages(place).pop().unwrap();
    assert_eq!(bot.bot_messages(place).len(), 3, "warned anew");

    let keep = warned.components[0]["components"][0]["custom_id"].as_str().unwrap().to_owned();
    let answer = bot.forged_component(user::SECOND_MEMBER, channel::FRESH_GENERAL, &keep).await;
    assert_eq!(answer["data"]["flags"], 64, "a ticket of another guild: {answer}");
    let seen = bot.press(&bot.sees(user::MEMBER, &warned), &keep, &[]).await;
    assert_eq!(seen.text(), format!("<@{}> keeps this ticket open.", user::MEMBER));
    assert!(seen.message.unwrap().components.is_empty());
    assert!(tickets(&bot).await[0]["warned_at"].is_null());
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn the_button_counts_the_silence_anew_and_not_for_ever() {
    let (bot, place) = with_talk().await;
    let id = tickets(&bot).await[0]["ticket_id"].to_string();
    closes_silent(&bot).await;
    settled(&bot, 37 * HOUR).await;
    // As the button does, forty hours from now.
    let keep = json!({"ticket_id": id, "at": now() + chrono::TimeDelta::hours(40)});
    bot.cx().supabase.rpc::<()>("keep_ticket_open", &keep).await.unwrap();
    settled(&bot, 75 * HOUR).await;
    assert_eq!((status(&bot).await.as_str(), bot.bot_messages(place).len()), ("OPEN", 2));
    settled(&bot, 77 * HOUR).await;
    assert_eq!(bot.bot_messages(place).len(), 3, "warned anew");
    settled(&bot, 90 * HOUR).await;
    assert_eq!(status(&bot).await, "RESOLVED");
}

#[tokio::test]
async fn a_warning_that_discord_did_not_take_comes_later_and_once() {
    let (bot, place) = with_talk().await;
    closes_silent(&bot).await;
    bot.world.shared.break_with(Fault::status(Face::Discord, &format!("POST /api/v10/channels/{place}/messages"), 503));
    settled(&bot, 37 * HOUR).await;
    assert_eq!(bot.bot_messages(place).len(), 1);
    bot.world.shared.mend();
    settled(&bot, 37 * HOUR + 5).await;
    settled(&bot, 37 * HOUR + 10).await;
    assert_eq!(bot.bot_messages(place).len(), 2);
}

#[tokio::test]
async fn who_leaves_has_their_ticket_closed_unless_the_guild_says_otherwise() {
    for (chosen, closed) in [(json!(null), true), (json!(false), false)] {
        let (bot, place) = with_talk().await;
        if !chosen.is_null() {
            bot.chooses("tickets.close_when_left", chosen).await;
        }
        bot.hears_join(seed::HARBOUR, user::MEMBER).await;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        bot.world.discord.leave(seed::HARBOUR, user::MEMBER).unwrap();
        bot.hears_leave(seed::HARBOUR, user::MEMBER).await;
        bot.hears_leave(seed::HARBOUR, user::MEMBER).await;
        settled(&bot, 1).await;
        assert_eq!(status(&bot).await, if closed { "RESOLVED" } else { "OPEN" });
        if closed {
            assert_eq!(
                last(&bot, place),
                "This ticket is closed.\n**Reason:** The member who opened it left the server."
            );
            assert_eq!(story(&bot).await.iter().filter(|event| event.starts_with("closed")).count(), 1);
            assert_eq!(bot.bot_messages(channel::TICKET_LOG).len(), 1);
        }
        bot.assert_nothing_unexpected();
    }
}

#[tokio::test]
async fn a_leaving_that_nobody_heard_of_is_noticed_later_and_a_return_is_no_leaving() {
    let (bot, _) = with_talk().await;
    let leave = async |days: i64| {
        let row = json!({
            "guild_id": seed::HARBOUR, "user_id": user::MEMBER, "display_name": "Member",
            "left_at": now() + chrono::TimeDelta::days(days),
        });
        let replace = community_os::clients::supabase::OnConflict::Replace("guild_id,user_id");
        bot.cx().supabase.insert("discord_users", &[row], Some(replace)).await.unwrap();
    };
    // They left once, and opened a ticket since: they must have come back.
    leave(-1).await;
    settled(&bot, 10).await;
    assert_eq!(status(&bot).await, "OPEN");
    leave(1).await;
    settled(&bot, 2 * 24 * HOUR).await;
    assert_eq!(status(&bot).await, "RESOLVED");
}

#[tokio::test]
async fn the_channel_is_deleted_after_the_days_the_guild_chose_and_not_before_the_transcript_is_out() {
    let (bot, place) = with_talk().await;
    bot.chooses("tickets.delete_after_days", json!(3)).await;
    closes(&bot, user::HELPER, place, "").await;
    bot.world.shared.break_with(Fault::status(
        Face::Discord,
        &format!("POST /api/v10/channels/{}/messages", channel::TICKET_LOG),
        503,
    ));
    settled(&bot, 4 * 24 * HOUR).await;
    assert!(bot.world.discord.channel(place).is_some(), "its transcript is not out");
    bot.world.shared.mend();
    // The archive is done, then the channel's time is over; Discord is down for a moment.
    settled(&bot, 5 * 24 * HOUR).await;
    bot.world.shared.break_with(Fault::status(Face::Discord, "DELETE /api/v10/channels", 503));
    settled(&bot, 5 * 24 * HOUR + 10).await;
    bot.world.shared.mend();
    for day in [6, 7] {
        settled(&bot, day * 24 * HOUR).await;
    }
    assert!(bot.world.discord.channel(place).is_none());
    assert_eq!(story(&bot).await.last().unwrap(), "channel_deleted: RESOLVED -> RESOLVED");
    bot.hears("CHANNEL_DELETE", json!({"id": place, "type": 0})).await;
    later(&bot, 8 * 24 * HOUR).await;
    assert_eq!(story(&bot).await.last().unwrap(), "channel_deleted: RESOLVED -> RESOLVED", "no surprise");
    assert_eq!(bot.bot_messages(channel::TICKET_LOG).len(), 1);
    bot.assert_nothing_unexpected();
}
