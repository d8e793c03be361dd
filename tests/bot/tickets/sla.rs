//! Targets: staff are told once when a ticket waits too long.

use serde_json::json;
use world::{
    discord::Id,
    seed::{self, channel, role, user},
};

use super::{all_jobs, story, tickets, with_ticket};
use crate::harness::{Bot, logged, read};

fn alarms(bot: &Bot, place: Id) -> Vec<String> {
    bot.bot_messages(place).iter().map(read).filter(|text| text.contains('⏰')).collect()
}

#[tokio::test]
async fn staff_are_told_once_that_a_first_answer_is_due() {
    let (bot, place) = with_ticket().await;
    bot.chooses("tickets.first_response_targets", json!("medium 1h, high 10m")).await;
    all_jobs(&bot, 50).await;
    assert_eq!(alarms(&bot, place), [""; 0]);
    all_jobs(&bot, 61).await;
    all_jobs(&bot, 65).await;
    let told = alarms(&bot, place);
    assert_eq!(told.len(), 1, "{told:?}");
    let expected = format!("<@&{}>\n⏰ Ticket #1 (medium): a first answer was due <t:", role::SUPPORT);
    assert!(told[0].starts_with(&expected), "{told:?}");
    let message = bot.bot_messages(place).pop().unwrap();
    assert_eq!((message.mention_roles, message.mentions.len()), (vec![role::SUPPORT], 0));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn an_answer_in_time_and_a_closed_ticket_are_no_alarm() {
    let (mut bot, place) = with_ticket().await;
    bot.chooses("tickets.first_response_targets", json!("medium 1h")).await;
    bot.relay_follows().await;
    bot.says(user::HELPER, place, "How can I help?").await;
    all_jobs(&bot, 70).await;
    assert_eq!(alarms(&bot, place), [""; 0]);
    bot.chooses("tickets.resolution_targets", json!("medium 2h")).await;
    let id = tickets(&bot).await[0]["ticket_id"].clone();
    let close = json!({
        "guild_id": seed::HARBOUR, "ticket_id": id, "action": "close", "actor_id": user::HELPER, "args": {}, "at": crate::harness::now(),
    });
    bot.cx().supabase.rpc::<serde_json::Value>("change_ticket", &close).await.unwrap();
    all_jobs(&bot, 130).await;
    assert_eq!(alarms(&bot, place), [""; 0]);
}

#[tokio::test]
async fn who_took_it_is_told_that_it_should_be_closed() {
    let (bot, place) = with_ticket().await;
    bot.command(user::HELPER, place, "ticket claim", json!({})).await;
    bot.chooses("tickets.resolution_targets", json!("medium 30m")).await;
    all_jobs(&bot, 35).await;
    let told = alarms(&bot, place);
    assert_eq!(told.len(), 1);
    let expected = format!("<@{}>\n⏰ Ticket #1 (medium): it was to be closed <t:", user::HELPER);
    assert!(told[0].starts_with(&expected), "{told:?}");
    let rows = bot.rows("ticket_alarms", "guild_id", seed::HARBOUR).await;
    assert_eq!((rows.len(), &rows[0]["target"]), (1, &json!("resolution")));
}

#[tokio::test]
async fn a_channel_that_is_gone_or_closed_to_the_bot_is_not_tried_for_ever() {
    let (bot, place) = with_ticket().await;
    bot.chooses("tickets.first_response_targets", json!("medium 30m")).await;
    bot.world.discord.delete_channel(place).unwrap();
    bot.world.discord.delete_channel(channel::TICKET_LOG).unwrap();
    all_jobs(&bot, 35).await;
    assert!(story(&bot).await.contains(&"channel_gone: OPEN -> RESOLVED".to_owned()));
    assert!(logged().iter().all(|line| !line.contains("\"bug\"")));
}
