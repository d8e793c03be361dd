//! Where Ash talks, and that it is never more public than the guild chose.

use community_os::clients::supabase::OnConflict;
use serde_json::json;
use world::seed::{HARBOUR, channel, user};

use super::{after_minutes, alerts, asked, finds, live, press, read_all};
use crate::harness::now;

#[tokio::test]
async fn in_a_support_channel_ash_names_whom_it_speaks_to_and_hears_nobody_else() {
    let mut bot = live().await;
    bot.chooses("companion.place", json!("channel")).await;
    bot.chooses("companion.support_channels", json!([channel::VENT.0.to_string()])).await;
    for member in [user::MEMBER, user::SECOND_MEMBER] {
        let seen = bot.command(member, channel::VENT, "ash talk", json!({})).await;
        assert!(seen.text().contains(&format!("We can talk here: <#{}>", channel::VENT)), "{}", seen.text());
    }
    bot.relay_follows().await;
    bot.says(user::MEMBER, channel::VENT, "it is about school").await;
    let said = read_all(&bot, channel::VENT).pop().unwrap();
    assert!(said.contains(&format!("<@{}>", user::MEMBER)), "{said}");
    bot.says(user::SECOND_MEMBER, channel::VENT, "and for me about work").await;
    let sent = asked(&bot).pop().unwrap()["messages"].to_string();
    assert!(sent.contains("about work") && !sent.contains("school"), "{sent}");
    bot.says(user::NEWCOMER, channel::VENT, "i only read along").await;
    assert_eq!(asked(&bot).len(), 2);
    assert!(super::threads(&bot).is_empty());
    // Elsewhere a thread it is.
    let seen = bot.command(user::NEWCOMER, channel::GENERAL, "ash talk", json!({})).await;
    assert!(seen.text().contains("We can talk here"), "{}", seen.text());
    assert_eq!(super::threads(&bot).len(), 1);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn direct_messages_are_written_only_to_who_said_yes_to_them() {
    let bot = live().await;
    bot.chooses("companion.place", json!("direct")).await;
    finds(&bot, "tonight", "critical");
    bot.says(user::MEMBER, channel::VENT, "it ends tonight").await;
    after_minutes(&bot, 0).await;
    assert!(bot.world.discord.dm_of(user::MEMBER).is_none());
    assert!(alerts(&bot, channel::CRT_CRITICAL).pop().unwrap().contains("Ash could not reach"));
    let arguments = json!({
        "guild_ids": [HARBOUR.0.to_string()], "user_id": user::SECOND_MEMBER.0.to_string(), "allowed": true,
        "at": now(),
    });
    bot.cx().supabase.rpc::<()>("allow_ash_direct", &arguments).await.unwrap();
    bot.says(user::SECOND_MEMBER, channel::VENT, "it ends tonight").await;
    after_minutes(&bot, 0).await;
    let dm = bot.world.discord.dm_of(user::SECOND_MEMBER).unwrap();
    assert!(read_all(&bot, dm)[0].contains("you do not have to be alone"));
    assert!(super::threads(&bot).is_empty());
}

#[tokio::test]
async fn an_offer_goes_to_the_channel_of_threads_where_the_guild_chose_one() {
    let mut bot = live().await;
    bot.chooses("companion.thread_channel", json!(channel::GENERAL.0.to_string())).await;
    finds(&bot, "tonight", "critical");
    bot.says(user::MEMBER, channel::VENT, "it ends tonight").await;
    after_minutes(&bot, 0).await;
    bot.relay_follows().await;
    let thread = bot.world.discord.channel(super::threads(&bot)[0]).unwrap();
    assert_eq!(thread.parent_id, Some(channel::GENERAL));
}

#[tokio::test]
async fn switched_off_and_for_medium_ash_offers_nothing() {
    let bot = live().await;
    bot.chooses("companion.opener", json!(false)).await;
    finds(&bot, "tonight", "critical");
    finds(&bot, "lantern", "medium");
    bot.says(user::MEMBER, channel::VENT, "it ends tonight").await;
    bot.says(user::SECOND_MEMBER, channel::VENT, "a lantern").await;
    after_minutes(&bot, 11).await;
    assert!(super::threads(&bot).is_empty());
    let alert = bot.bot_messages(channel::CRT_MONITOR).remove(0);
    assert!(!json!(alert.components).to_string().contains("Talk to Ash"), "never for MEDIUM");
}

#[tokio::test]
async fn trying_detection_out_ash_talks_with_nobody() {
    let bot = live().await;
    let row = json!({"guild_id": HARBOUR, "key": "crisis.stage", "value": "shadow", "updated_at": now()});
    bot.cx().supabase.insert("guild_settings", &[row], Some(OnConflict::Replace("guild_id,key"))).await.unwrap();
    let seen = bot.command(user::NEWCOMER, channel::GENERAL, "ash talk", json!({})).await;
    assert!(
        seen.text().contains("not set up on this server") && seen.text().contains("findahelpline"),
        "{}",
        seen.text()
    );
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let alert = bot.bot_messages(channel::CRT_MONITOR).remove(0);
    let seen = press(&bot, user::RESPONDER, &alert, "Talk to Ash").await;
    assert!(seen.text().contains("before crisis detection is live"), "{}", seen.text());
    after_minutes(&bot, 11).await;
    assert!(super::threads(&bot).is_empty());
}
