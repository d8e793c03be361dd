//! `/ticket check`: everything that is wrong with the set-up, and how it is mended.

use serde_json::json;
use world::{
    discord::{
        Id,
        model::{Overwrite, OverwriteKind},
        permissions as may,
    },
    seed::{self, channel, role, user},
};

use super::{kind_of_ticket, setup_page, with_panel};
use crate::harness::Bot;

async fn check(bot: &Bot) -> Vec<String> {
    let seen = bot.command(user::OWNER, channel::GENERAL, "ticket check", json!({})).await;
    assert!(seen.is_private());
    seen.text().lines().map(str::to_owned).collect()
}

fn allow(bot: &Bot, place: Id, kind: OverwriteKind, id: Id, allow: u64, deny: u64) {
    bot.world.discord.set_overwrite(place, Overwrite { id, kind, allow, deny }).unwrap();
}

#[tokio::test]
async fn a_guild_that_is_set_up_hears_that_everything_is_fine() {
    let (bot, _) = with_panel().await;
    assert_eq!(check(&bot).await, ["✅ Everything is fine: tickets can be opened, answered and put away."]);
    // The same as a button of the setup.
    let setup = setup_page(&bot).await;
    let seen = bot.press(&setup, "1:tickets.check", &[]).await;
    assert!(seen.text().starts_with("✅ Everything is fine"), "{}", seen.text());
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_guild_that_set_nothing_up_hears_what_to_do() {
    let bot = Bot::alone().await;
    assert_eq!(
        check(&bot).await,
        [
            "⚠️ Nobody but administrators sees tickets of **Support**. Choose a **staff role** in `/setup part:tickets`.",
            "⚠️ There is no **log channel**: transcripts go nowhere but to the opener. Choose one in `/setup part:tickets`.",
            "⚠️ No panel is posted: members have nowhere to open a ticket. `/ticket panel` posts one.",
        ]
    );
}

#[tokio::test]
async fn missing_permissions_are_named_where_they_are_missing() {
    let (bot, _) = with_panel().await;
    let less = seed::BOT & !(may::MANAGE_CHANNELS | may::MENTION_EVERYONE);
    bot.world.discord.set_role_permissions(seed::HARBOUR, role::BOT, less).unwrap();
    allow(&bot, channel::SUPPORT, OverwriteKind::Role, role::BOT, 0, may::MANAGE_ROLES | may::ATTACH_FILES);
    allow(&bot, channel::GET_HELP, OverwriteKind::Role, role::BOT, 0, may::EMBED_LINKS);
    let bots = bot.world.discord.state().bot();
    allow(&bot, channel::TICKET_LOG, OverwriteKind::Member, bots, 0, may::VIEW_CHANNEL);
    let found = check(&bot).await;
    assert_eq!(
        found,
        [
            "⚠️ I lack **Manage Channels** in this server. Give them to my role in **Server Settings → Roles**."
                .to_owned(),
            format!(
                "⚠️ I may not ping <@&{}>. Let anybody mention that role, or give my role **Mention Everyone**; or switch **Ping staff** off.",
                role::SUPPORT
            ),
            format!(
                "⚠️ I lack **Manage Roles**, **Attach Files** in <#{}> (**category for open tickets**). Allow them for my role in its permissions.",
                channel::SUPPORT
            ),
            format!(
                "⚠️ I lack **View Channels**, **Send Messages**, **Read Message History**, **Embed Links**, **Attach Files** in <#{}> (**log channel**). Allow them for my role in its permissions.",
                channel::TICKET_LOG
            ),
            format!(
                "⚠️ I lack **Embed Links** in <#{}> (where the **panel** is). Allow them for my role in its permissions.",
                channel::GET_HELP
            ),
        ]
    );
}

#[tokio::test]
async fn what_was_deleted_is_named() {
    let (bot, _) = with_panel().await;
    kind_of_ticket(&bot, "Billing", json!({"staff_role_id": role::CRT, "required_role_id": 5, "parent_id": 6})).await;
    bot.world.discord.delete_role(seed::HARBOUR, role::SUPPORT).unwrap();
    bot.world.discord.delete_role(seed::HARBOUR, role::CRT).unwrap();
    bot.world.discord.delete_channel(channel::SUPPORT).unwrap();
    bot.world.discord.delete_channel(channel::TICKET_LOG).unwrap();
    assert_eq!(
        check(&bot).await,
        [
            "⚠️ The role chosen as **staff role** was deleted. Choose another one in `/setup part:tickets`.".to_owned(),
            "⚠️ The role chosen as **staff role** of Billing was deleted. Choose another one in `/setup part:tickets` → **Kinds of ticket**.".to_owned(),
            "⚠️ The role chosen as **role that members need** for Billing was deleted. Choose another one in `/setup part:tickets` → **Kinds of ticket**.".to_owned(),
            "⚠️ What was chosen as **category for open tickets** was deleted. Choose another one in `/setup part:tickets`.".to_owned(),
            "⚠️ What was chosen as **category** of Billing was deleted. Choose another one in `/setup part:tickets` → **Kinds of ticket**.".to_owned(),
            "⚠️ What was chosen as **log channel** was deleted. Choose another one in `/setup part:tickets`.".to_owned(),
            format!(
                "⚠️ The panel in <#{}> shows what there was before. **Update posted panels** is in `/setup part:tickets` → **Kinds of ticket**.",
                channel::GET_HELP
            ),
        ]
    );
}

#[tokio::test]
async fn who_else_can_read_the_log_is_named() {
    let (bot, _) = with_panel().await;
    allow(&bot, channel::TICKET_LOG, OverwriteKind::Role, role::CRT, may::VIEW_CHANNEL, 0);
    allow(&bot, channel::TICKET_LOG, OverwriteKind::Member, user::MEMBER, may::VIEW_CHANNEL, 0);
    let open = |who: &str| {
        format!(
            "⚠️ {who} can read the log channel <#{}> with the transcripts of every ticket. Take **View Channel** from them there.",
            channel::TICKET_LOG
        )
    };
    assert_eq!(check(&bot).await, [open(&format!("<@&{}>, <@{}>", role::CRT, user::MEMBER))]);
    allow(&bot, channel::TICKET_LOG, OverwriteKind::Role, seed::HARBOUR, 0, 0);
    assert_eq!(check(&bot).await, [open("**Everybody**")]);
}

#[tokio::test]
async fn a_category_that_is_nearly_full_is_named() {
    let (bot, _) = with_panel().await;
    for number in 1..45 {
        bot.world.discord.create_channel(seed::HARBOUR, &format!("old-{number}"), Some(channel::SUPPORT)).unwrap();
    }
    assert_eq!(
        check(&bot).await,
        [format!(
            "⚠️ <#{}> holds 45 of 50 channels. Choose a **second category** or an **archive category** with room in `/setup part:tickets`.",
            channel::SUPPORT
        )]
    );
}

#[tokio::test]
async fn everyone_as_staff_opens_no_ticket_to_everybody() {
    let (bot, panel) = with_panel().await;
    bot.chooses("tickets.staff_role", json!(seed::HARBOUR)).await;
    super::opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let place = super::newest_ticket(&bot).await;
    assert!(bot.world.discord.can(user::MEMBER, place, may::VIEW_CHANNEL));
    assert!(!bot.world.discord.can(user::SECOND_MEMBER, place, may::VIEW_CHANNEL));
    let claim = bot.command(user::MEMBER, place, "ticket claim", json!({})).await;
    assert_eq!(claim.text(), "Only the staff of this ticket can do that.");
    let expected = "⚠️ **@everyone** was chosen as **staff role**, which makes nobody staff. Choose a role that only some have in `/setup part:tickets`.";
    assert!(check(&bot).await.contains(&expected.to_owned()));
}

#[tokio::test]
async fn only_managers_may_ask() {
    let (bot, _) = with_panel().await;
    let seen = bot.command(user::HELPER, channel::GENERAL, "ticket check", json!({})).await;
    assert_eq!(seen.text(), "You need the permission **Manage Server** for this.");
}
