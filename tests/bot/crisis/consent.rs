//! What members decide about themselves: `/ash status`, `/ash optout`, `/ash optin`, and guilds that ask first.

use serde_json::json;
use world::seed::{HARBOUR, channel, role, user};

use super::{alerts, all_alerts, finds, kept, live, setup::opens};
use crate::{
    harness::Bot,
    privacy::later,
    relay::{open_ticket, opts_out},
};

async fn status(bot: &Bot, member: world::discord::Id) -> String {
    let seen = bot.command(member, channel::GENERAL, "ash status", json!({})).await;
    assert!(seen.is_private());
    seen.text()
}

#[tokio::test]
async fn who_opts_out_is_not_read_any_more_and_nothing_of_them_is_kept() {
    let mut bot = live().await;
    finds(&bot, "lantern", "medium");
    bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    assert_eq!((all_alerts(&bot).len(), kept(&bot, user::MEMBER).await), (1, 1));
    insta::assert_snapshot!(status(&bot, user::MEMBER).await, @"
    **You are watched here**: a program reads what you write in watched channels and in tickets for signs of a crisis, so that a person can reach out.
    Ash may offer to talk with you; in direct messages only if you say yes to that (`/ash optin`).
    Kept of you: messages with signs of a crisis: **1** (encrypted, for 14 days); times the team was told: **1** (without your words). `/privacy` shows and deletes it.
    **Nobody watches around the clock.** In an emergency call your local emergency number.
    `/ash optout` stops the watching, Ash, or both; it never expires.
    Questions: Responder
    Privacy policy: <https://harbour.example/privacy>
    ");

    let seen = bot.command(user::MEMBER, channel::GENERAL, "ash optout", json!({})).await;
    assert!(seen.is_private());
    insta::assert_snapshot!(seen.text(), @"
    You are not watched any more in this server. What was kept of your messages is deleted. Then nobody here notices if you are in danger: `/resources` and your local emergency number are there for you at any time.
    Ash does not write to you by itself any more.
    This never expires by itself; `/ash optin` takes it back.
    ");
    assert_eq!(kept(&bot, user::MEMBER).await, 0);
    bot.relay_follows().await;
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "a second lantern", None).unwrap();
    let events = bot.events_of_message(&message);
    assert!(events.iter().all(|(_, event)| !format!("{event:?}").contains("lantern")), "the text stays at the relay");
    bot.deliver(events).await;
    assert_eq!(all_alerts(&bot).len(), 1);
    assert!(status(&bot, user::MEMBER).await.starts_with("**You are not watched here**, by your own choice."));

    bot.command(user::MEMBER, channel::GENERAL, "ash optin", json!({"to": "monitoring"})).await;
    bot.relay_follows().await;
    assert!(status(&bot, user::MEMBER).await.contains("Ash does not write to you by itself."));
    bot.says(user::MEMBER, channel::VENT, "a third lantern").await;
    assert_eq!(kept(&bot, user::MEMBER).await, 1);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn ash_alone_can_be_refused_and_the_team_is_told_all_the_same() {
    let mut bot = live().await;
    bot.command(user::MEMBER, channel::GENERAL, "ash optout", json!({"from": "ash"})).await;
    bot.relay_follows().await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 1);
    assert!(status(&bot, user::MEMBER).await.contains("**You are watched here**"));
}

#[tokio::test]
async fn an_opt_out_in_privacy_also_deletes_what_was_kept_and_outlives_an_erasure() {
    let mut bot = live().await;
    finds(&bot, "lantern", "medium");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let seen = bot.command(user::MEMBER, channel::GENERAL, "privacy status", json!({})).await;
    bot.press(&seen, "1:privacy.switch:monitoring:off", &[]).await;
    later(&bot, &[1]).await;
    assert_eq!(kept(&bot, user::MEMBER).await, 0);
    bot.command(user::MEMBER, channel::GENERAL, "ash optout", json!({"from": "ash"})).await;
    let asked = bot.command(user::MEMBER, channel::GENERAL, "privacy delete", json!({})).await;
    bot.press(&asked, "1:privacy.delete:only", &[]).await;
    later(&bot, &[1, 2, 4, 6]).await;
    bot.relay_follows().await;
    let text = status(&bot, user::MEMBER).await;
    assert!(text.contains("by your own choice") && text.contains("Ash does not write to you"), "{text}");
}

#[tokio::test]
async fn a_guild_that_asks_first_watches_only_who_said_yes() {
    let mut bot = live().await;
    let seen = bot.command(user::ADMIN, channel::STAFF, "setup", json!({"part": "crisis"})).await;
    let open = opens(&bot, &seen, "crisis.opt_in").await;
    bot.press(&open, "1:admin.choose:crisis.opt_in:on", &[]).await;
    bot.relay_follows().await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    assert_eq!(all_alerts(&bot).len(), 0);
    let text = status(&bot, user::MEMBER).await;
    assert!(text.starts_with("**You are not watched here**: you have not been asked yet"), "{text}");

    bot.command(user::MEMBER, channel::GENERAL, "ash optin", json!({})).await;
    bot.relay_follows().await;
    assert!(status(&bot, user::MEMBER).await.starts_with("**You are watched here**"));
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    bot.says(user::SECOND_MEMBER, channel::VENT, "a lantern").await;
    assert_eq!(all_alerts(&bot).len(), 1, "of the one who said yes");
    let privacy = bot.command(user::MEMBER, channel::GENERAL, "privacy status", json!({})).await;
    assert!(privacy.text().contains("Monitoring = **on**"), "{}", privacy.text());
    let privacy = bot.command(user::SECOND_MEMBER, channel::GENERAL, "privacy status", json!({})).await;
    assert!(!privacy.text().contains("Monitoring = **on**"), "{}", privacy.text());

    bot.command(user::MEMBER, channel::GENERAL, "ash optout", json!({})).await;
    bot.relay_follows().await;
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    assert_eq!(all_alerts(&bot).len(), 1);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn the_worker_reads_nothing_that_an_older_relay_lets_out_of_who_did_not_say_yes() {
    let bot = live().await;
    // The relay keeps the filter of before.
    bot.chooses("crisis.opt_in", json!(true)).await;
    community_os::relay_filter::changed(&bot.cx()).await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    assert_eq!((all_alerts(&bot).len(), kept(&bot, user::MEMBER).await), (0, 0));
}

#[tokio::test]
async fn it_works_in_direct_messages_for_every_server_that_knows_them() {
    let mut bot = live().await;
    let robin = bot.new_member("Robin");
    let dm = bot.world.discord.open_dm(robin).unwrap();
    let seen = bot.command(robin, dm, "ash optout", json!({})).await;
    assert_eq!(seen.text(), "No server knows you yet. Please use this command inside the server you mean.");
    bot.hears(
        "GUILD_MEMBER_ADD",
        json!({"user": {"id": robin, "username": "robin"}, "joined_at": "2026-01-01T00:00:00+00:00"}),
    )
    .await;
    let seen = bot.command(robin, dm, "ash status", json!({})).await;
    assert!(seen.text().starts_with("**You are watched in Harbour**"), "{}", seen.text());
    bot.command(robin, dm, "ash optout", json!({})).await;
    bot.relay_follows().await;
    let config = bot.relay_config().await;
    assert_eq!(config.guilds[0].opted_out, [relay_wire::Snowflake(robin.0)]);
}

#[tokio::test]
async fn the_team_also_reads_how_detection_is_set() {
    let bot = live().await;
    let text = status(&bot, user::RESPONDER).await;
    let line = "**For the team** · Crisis detection: **live**\n\nAsh-NLP and the built-in screen read along.";
    assert!(text.ends_with(line), "{text}");
    assert!(!status(&bot, user::MEMBER).await.contains("For the team"));
}

#[tokio::test]
async fn alerts_about_the_team_and_the_staff_go_to_the_lead_channel() {
    let bot = live().await;
    bot.chooses("crisis.lead_channel", json!(channel::STAFF)).await;
    finds(&bot, "lantern", "high");
    for (count, who) in [(1, user::RESPONDER), (2, user::HELPER)] {
        bot.says(who, channel::VENT, "a lantern").await;
        assert_eq!(bot.bot_messages(channel::STAFF).len(), count, "{who}");
    }
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 1, "{:?}", role::CRT);
    assert_eq!(bot.bot_messages(channel::STAFF).len(), 2);
}

#[tokio::test]
async fn weakness_4_a_channel_that_finds_less_never_raises_and_says_what_that_means() {
    let bot = live().await;
    let options = json!({"channel": channel::GAMING, "factor": 0.6});
    let name = "crisis sensitivity";
    let refused = bot.command(user::RESPONDER, channel::STAFF, name, options.clone()).await;
    assert_eq!(refused.text(), "Only an administrator can use this.");
    let seen = bot.command(user::ADMIN, channel::STAFF, name, options).await;
    insta::assert_snapshot!(seen.text(), @"
    Saved. <#1200000000200000013>: factor **0.6**, LOW from 0.3, MEDIUM from 0.5, HIGH from 0.7, CRITICAL from 0.85.
    • what is typically LOW counts as **SAFE**
    • what is typically MEDIUM counts as **LOW**
    • what is typically HIGH counts as **LOW**
    • what is typically CRITICAL counts as **MEDIUM**
    A factor below 1 never raises anything, one above 1 never lowers anything. CRITICAL always stays an alert, and a plan or an act of one's own is never weighed down.
    ");
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::GAMING, "a lantern").await;
    assert_eq!(all_alerts(&bot).len(), 0, "LOW in this channel");
    bot.says(user::SECOND_MEMBER, channel::VENT, "a lantern").await;
    assert_eq!(all_alerts(&bot).len(), 1);

    let wrong = json!({"channel": channel::GAMING, "low": 0.9});
    let refused = bot.command(user::ADMIN, channel::STAFF, name, wrong).await;
    assert!(refused.text().starts_with("The scores have to rise"), "{}", refused.text());
    bot.command(user::ADMIN, channel::STAFF, name, json!({"channel": channel::GAMING, "factor": 1})).await;
    bot.says(user::MEMBER, channel::GAMING, "a lantern").await;
    assert_eq!(all_alerts(&bot).len(), 2, "{HARBOUR}");
}

#[tokio::test]
async fn what_somebody_who_opted_out_writes_in_their_ticket_is_not_looked_at() {
    let mut bot = live().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    bot.relay_follows().await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::GET_HELP, "a lantern").await;
    assert_eq!(all_alerts(&bot).len(), 1);
    opts_out(&bot, user::SECOND_MEMBER).await;
    community_os::relay_filter::changed(&bot.cx()).await;
    bot.relay_follows().await;
    bot.says(user::SECOND_MEMBER, channel::GET_HELP, "a lantern").await;
    assert_eq!((all_alerts(&bot).len(), kept(&bot, user::SECOND_MEMBER).await), (1, 0));
}
