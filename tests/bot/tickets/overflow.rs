//! No room for a channel, a name that Discord refuses, a category or role that is gone: a ticket finds a place all the same,
//! and `/setup` says what is wrong until it is mended.

use serde_json::json;
use world::{
    discord::{Id, permissions as may},
    face::{Face, Fault},
    seed::{self, channel, role, user},
};

use super::{newest_ticket, opens, setup_page, with_panel};
use crate::harness::Bot;

async fn fill(bot: &Bot, category: Id, up_to: usize) {
    let inside = |bot: &Bot| {
        bot.world.discord.channels(seed::HARBOUR).iter().filter(|one| one.parent_id == Some(category)).count()
    };
    for number in inside(bot)..up_to {
        bot.world.discord.create_channel(seed::HARBOUR, &format!("old-{number}"), Some(category)).unwrap();
    }
}

/// The lines of `/setup` with a warning.
async fn warnings(bot: &Bot) -> Vec<String> {
    let text = setup_page(bot).await.text();
    text.lines().filter(|line| line.starts_with("⚠️")).map(str::to_owned).collect()
}

#[tokio::test]
async fn when_the_category_is_full_the_second_one_is_used_and_then_a_thread() {
    let (bot, panel) = with_panel().await;
    fill(&bot, channel::SUPPORT, 50).await;
    bot.chooses("tickets.overflow_parent", json!(channel::COMMUNITY)).await;
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let place = newest_ticket(&bot).await;
    assert_eq!(bot.world.discord.channel(place).unwrap().parent_id, Some(channel::COMMUNITY));
    let full = |category: Id| {
        format!(
            "⚠️ The category <#{category}> is full (Discord allows 50 channels) or was deleted. Choose another one."
        )
    };
    assert_eq!(warnings(&bot).await, [full(channel::SUPPORT)]);

    fill(&bot, channel::COMMUNITY, 50).await;
    opens(&bot, &panel, user::SECOND_MEMBER, "Help", "Please").await;
    let thread = newest_ticket(&bot).await;
    assert_eq!(bot.world.discord.channel(thread).unwrap().parent_id, Some(channel::GET_HELP));
    assert_eq!(warnings(&bot).await, [full(channel::COMMUNITY)]);

    // Somebody makes room: it works again and nothing is wrong any more.
    let old = bot.world.discord.channel_named(seed::HARBOUR, "old-7").unwrap();
    bot.world.discord.delete_channel(old.id).unwrap();
    opens(&bot, &panel, user::NEWCOMER, "Help", "Please").await;
    assert_eq!(bot.world.discord.channel(newest_ticket(&bot).await).unwrap().parent_id, Some(channel::SUPPORT));
    assert_eq!(warnings(&bot).await, [""; 0]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn discord_decides_what_is_full_not_a_count() {
    let (bot, panel) = with_panel().await;
    bot.chooses("tickets.overflow_parent", json!(channel::COMMUNITY)).await;
    let body = json!({"code": 50035, "message": "Invalid Form Body", "errors": {"parent_id": {"_errors": [
        {"code": "CHANNEL_PARENT_MAX_CHANNELS", "message": "Maximum number of channels in category reached (50)"}]}}});
    let fault = Fault::status(Face::Discord, "POST /api/v10/guilds", 400);
    bot.world.shared.break_with(Fault { body: Some(body), times: Some(1), ..fault });
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let place = newest_ticket(&bot).await;
    assert_eq!(bot.world.discord.channel(place).unwrap().parent_id, Some(channel::COMMUNITY));
}

#[tokio::test]
async fn with_500_channels_a_ticket_is_a_thread_that_staff_see() {
    let (bot, panel) = with_panel().await;
    // Staff come into a thread by the ping, so it is pinged there in any case.
    bot.chooses("tickets.ping_staff", json!(false)).await;
    let there = bot.world.discord.channels(seed::HARBOUR).iter().filter(|one| !one.is_thread()).count();
    for number in there..500 {
        bot.world.discord.create_channel(seed::HARBOUR, &format!("old-{number}"), None).unwrap();
    }
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let thread = newest_ticket(&bot).await;
    assert!(bot.world.discord.channel(thread).unwrap().is_thread());
    let can = |who: Id| bot.world.discord.can(who, thread, may::VIEW_CHANNEL | may::SEND_MESSAGES);
    assert!(can(user::MEMBER) && can(user::HELPER) && can(user::OWNER));
    assert!(!can(user::SECOND_MEMBER) && !can(user::RESPONDER));
    assert_eq!(
        warnings(&bot).await,
        [
            "⚠️ This server has 500 channels, Discord's limit: tickets become private threads. Delete channels that are not needed."
        ]
    );
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_forbidden_word_in_the_name_is_gone_around() {
    let (bot, panel) = with_panel().await;
    bot.world.discord.state().refused_names = vec!["ticket".to_owned()];
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let place = newest_ticket(&bot).await;
    assert_eq!(bot.world.discord.channel(place).unwrap().name, "help-c");
    assert_eq!(
        warnings(&bot).await,
        [
            "⚠️ Discord refuses the name `ticket-0001` in this server (a forbidden word): channels of tickets get names of letters instead."
        ]
    );
    // A thread may not have it either.
    bot.chooses("tickets.parent", json!(channel::TEAM)).await;
    bot.world.discord.delete_channel(channel::TEAM).unwrap();
    opens(&bot, &panel, user::SECOND_MEMBER, "Help", "Please").await;
    let thread = bot.world.discord.channel(newest_ticket(&bot).await).unwrap();
    assert_eq!((thread.name.as_str(), thread.is_thread()), ("help-d", true));

    bot.world.discord.state().refused_names.clear();
    bot.chooses("tickets.parent", json!(channel::SUPPORT)).await;
    opens(&bot, &panel, user::NEWCOMER, "Help", "Please").await;
    assert_eq!(warnings(&bot).await, [""; 0]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_deleted_category_does_not_stop_tickets() {
    let (bot, panel) = with_panel().await;
    bot.chooses("tickets.parent", json!(channel::TEAM)).await;
    bot.chooses("tickets.overflow_parent", json!(channel::SUPPORT)).await;
    bot.world.discord.delete_channel(channel::TEAM).unwrap();
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let place = newest_ticket(&bot).await;
    assert_eq!(bot.world.discord.channel(place).unwrap().parent_id, Some(channel::SUPPORT));
    assert_eq!(warnings(&bot).await.len(), 1);
}

#[tokio::test]
async fn a_deleted_staff_role_does_not_stop_tickets() {
    let (bot, panel) = with_panel().await;
    opens(&bot, &panel, user::SECOND_MEMBER, "Before", "Please").await;
    bot.world.discord.delete_role(seed::HARBOUR, role::SUPPORT).unwrap();
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let place = newest_ticket(&bot).await;
    let can = |who: Id| bot.world.discord.can(who, place, may::VIEW_CHANNEL | may::SEND_MESSAGES);
    assert!(can(user::MEMBER) && can(user::ADMIN));
    assert!(!can(user::HELPER) && !can(user::SECOND_MEMBER));
    assert_eq!(
        warnings(&bot).await,
        [
            "⚠️ The staff role of a ticket was deleted: only administrators see it. Choose another role here, or for its kind of ticket."
        ]
    );
    // An administrator can still work in it.
    let seen = bot.command(user::ADMIN, place, "ticket claim", json!({})).await;
    assert!(seen.text().contains("takes care of this ticket"), "{}", seen.text());
    bot.chooses("tickets.staff_role", json!(role::CRT)).await;
    opens(&bot, &panel, user::NEWCOMER, "Help", "Please").await;
    assert_eq!(warnings(&bot).await, [""; 0]);
    bot.assert_nothing_unexpected();
}
