//! Ways in: helplines, asking for a person, telling the team of somebody, and the team's drills.

use chrono::TimeDelta;
use community_os::clients::supabase::OnConflict;
use serde_json::{Value, json};
use world::{
    discord::{CommandUse, Id},
    face::{Face, Fault},
    seed::{self, channel, role, user},
};

use super::{alerts, all_alerts, finds, live};
use crate::harness::{Bot, Seen, now, read};

#[tokio::test]
async fn resources_are_private_and_leave_only_a_count() {
    let bot = live().await;
    let calls = || [Face::Supabase, Face::Upstash, Face::Nlp].map(|face| bot.world.shared.recorded(face).len());
    let before = calls();
    let seen = bot.command(user::MEMBER, channel::GENERAL, "resources", json!({})).await;
    assert!(seen.is_private());
    let text = seen.text();
    assert!(
        text.starts_with(
            "Only you see this, and nobody is told that you asked.\nYou do not have to go through this alone\n"
        ),
        "{text}"
    );
    assert!(text.contains("In danger right now?") && text.contains("https://findahelpline.com"), "{text}");
    assert_eq!(calls(), [before[0] + 1, before[1], before[2]]);
    let counted = bot.world.shared.recorded(Face::Supabase).pop().unwrap();
    assert!(counted.path.ends_with("/count_referral"), "{counted:?}");
    assert!(!counted.body.to_string().contains(&user::MEMBER.to_string()), "{counted:?}");
}

#[tokio::test]
async fn resources_of_a_country_with_everything_else_down_and_in_a_direct_message() {
    let bot = live().await;
    for face in [Face::Supabase, Face::Upstash, Face::Nlp] {
        bot.world.shared.break_with(Fault::status(face, "", 500));
    }
    let dm = bot.world.discord.open_dm(user::MEMBER).unwrap();
    let seen = bot.command(user::MEMBER, dm, "resources", json!({"country": "GB"})).await;
    assert!(seen.text().contains("Call 999") && seen.text().contains("Samaritans = call 116 123"), "{}", seen.text());
}

/// `/ash human` of a member in #general.
async fn asks(bot: &Bot, member: Id) -> Seen {
    bot.command(member, channel::GENERAL, "ash human", json!({})).await
}

#[tokio::test]
async fn who_asks_for_a_person_gets_the_truth_and_the_team_is_called() {
    let bot = live().await;
    let seen = asks(&bot, user::MEMBER).await;
    assert!(seen.is_private());
    assert!(
        seen.text().starts_with(
            "I have called the crisis response team. Right now nobody of them is on duty: it may take a while.\n"
        ),
        "{}",
        seen.text()
    );
    assert!(seen.text().contains("https://findahelpline.com"), "{}", seen.text());
    let post = bot.bot_messages(channel::CRT_CRISIS).pop().unwrap();
    let alert = read(&post);
    assert!(alert.starts_with(&format!("<@&{}>\n🔶 A member asks for a person\n", role::CRT)), "{alert}");
    assert!(alert.contains(&format!("Member = <@{}>", user::MEMBER)), "{alert}");
    assert!(alert.contains("Where they asked = [Open the channel](https://discord.com/channels/"), "{alert}");
    assert!(!alert.contains("Score") && !alert.contains("(no text)"), "{alert}");
    assert!(post.components.len() == 2, "its buttons are those of any alert");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn the_team_is_called_once_in_ten_minutes_for_each_member_and_though_an_alert_is_open() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    assert!(asks(&bot, user::MEMBER).await.text().starts_with("I have called the crisis response team."));
    let said = alerts(&bot, channel::CRT_CRISIS);
    assert_eq!(said.len(), 2, "below the alert that is open");
    assert_eq!(said[1], format!("<@&{}> <@{}> asks for a person now.", role::CRT, user::MEMBER));
    let again = asks(&bot, user::MEMBER).await;
    assert!(
        again.text().starts_with("The crisis response team was told less than 10 minutes ago."),
        "{}",
        again.text()
    );
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 2);
    asks(&bot, user::SECOND_MEMBER).await;
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 3);
}

#[tokio::test]
async fn weakness_6_who_opted_out_of_everything_can_still_ask() {
    let bot = live().await;
    let row =
        json!({"guild_id": seed::HARBOUR, "user_id": user::MEMBER, "monitoring_opt_out": true, "updated_at": now()});
    bot.cx().supabase.insert("user_preferences", &[row], None).await.unwrap();
    assert!(asks(&bot, user::MEMBER).await.text().starts_with("I have called"));
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 1);
}

#[tokio::test]
async fn a_team_that_cannot_be_reached_is_not_promised() {
    let bot = live().await;
    bot.world.shared.break_with(Fault::status(Face::Discord, "POST /api/v10/channels", 500));
    let seen = asks(&bot, user::MEMBER).await;
    assert!(seen.text().starts_with("I could not reach the crisis response team just now."), "{}", seen.text());
    assert!(seen.text().contains("findahelpline"), "{}", seen.text());
    bot.world.shared.mend();
    assert!(asks(&bot, user::MEMBER).await.text().starts_with("I have called"), "a failed try does not count");
    let fresh = bot.command(user::MEMBER, channel::FRESH_GENERAL, "ash human", json!({})).await;
    assert!(fresh.text().starts_with("This server has no crisis response team"), "{}", fresh.text());
}

#[tokio::test]
async fn a_guild_that_still_tries_it_out_pings_nobody_and_says_so() {
    let bot = live().await;
    let row = json!({"guild_id": seed::HARBOUR, "key": "crisis.stage", "value": "shadow", "updated_at": now()});
    bot.cx().supabase.insert("guild_settings", &[row], Some(OnConflict::Replace("guild_id,key"))).await.unwrap();
    let seen = asks(&bot, user::MEMBER).await;
    assert!(seen.text().contains("nobody was pinged: this server still tries me out"), "{}", seen.text());
    bot.command(user::RESPONDER, channel::GENERAL, "ash drill", json!({})).await;
    let said = bot.bot_messages(channel::CRT_MONITOR);
    assert_eq!((said.len(), all_alerts(&bot).len()), (2, 2));
    assert!(said.iter().all(|one| one.mention_roles.is_empty() && one.content.is_empty()));
}

#[tokio::test]
async fn without_the_store_the_team_is_called_all_the_same() {
    let bot = live().await;
    asks(&bot, user::SECOND_MEMBER).await;
    bot.world.shared.break_with(Fault::status(Face::Supabase, "", 500));
    assert!(asks(&bot, user::MEMBER).await.text().starts_with("I have called"));
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 2);
}

const MENU: &str = "Tell the crisis team";

/// `reporter` uses the menu on a member.
async fn menu_on_member(bot: &Bot, reporter: Id, member: Id) -> Seen {
    let used = CommandUse {
        guild_id: Some(seed::HARBOUR),
        channel_id: channel::GENERAL,
        user_id: reporter,
        name: MENU.to_owned(),
        options: serde_json::Map::new(),
        target_id: Some(member),
        focused: None,
    };
    bot.uses(&used).await
}

#[tokio::test]
async fn a_member_tells_the_team_of_a_message_where_nothing_is_monitored() {
    let bot = live().await;
    let (message, _) = bot.says(user::MEMBER, channel::GET_HELP, "i want to kill myself tonight").await;
    assert_eq!(all_alerts(&bot).len(), 0);
    let form = bot.menu(user::SECOND_MEMBER, &message, MENU).await;
    let seen = bot.fill_in(&form, &[("word", "They said ``` goodbye to <@&1>")]).await;
    assert!(seen.is_private());
    assert!(
        seen.text().starts_with("Thank you for looking out for somebody. The crisis response team knows now;"),
        "{}",
        seen.text()
    );
    let post = all_alerts(&bot).pop().unwrap();
    let alert = read(&post);
    assert!(alert.contains("A member is worried about somebody"), "{alert}");
    assert!(alert.starts_with(&format!("<@&{}>\n", role::CRT)), "the screen found it grave: {alert}");
    assert!(alert.contains("i want to kill myself tonight"), "{alert}");
    assert!(alert.contains(&format!("Member = <@{}>", user::MEMBER)), "{alert}");
    assert!(alert.contains(&format!("Told by = <@{}>", user::SECOND_MEMBER)), "{alert}");
    assert_eq!(post.mention_roles, [role::CRT]);
    let shown = bot.world.discord.messages_seen_by(channel::GET_HELP, user::MEMBER);
    assert_eq!(shown.len(), 1, "nothing is seen where it was written");
    assert_eq!(bot.world.discord.dm_of(user::MEMBER), None, "who it is about is not told");
    // A second one is said below it.
    let form = bot.menu(user::NEWCOMER, &message, MENU).await;
    bot.fill_in(&form, &[]).await;
    let said = bot.bot_messages(post.channel_id);
    assert!(read(&said[1]).contains(&format!("<@{}> is worried as well.", user::NEWCOMER)), "{}", read(&said[1]));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_harmless_message_and_a_member_are_told_at_medium() {
    let bot = live().await;
    let (message, _) = bot.says(user::MEMBER, channel::GET_HELP, "have a nice day").await;
    bot.fill_in(&bot.menu(user::SECOND_MEMBER, &message, MENU).await, &[]).await;
    let form = menu_on_member(&bot, user::SECOND_MEMBER, user::NEWCOMER).await;
    bot.fill_in(&form, &[("word", "has been quiet for days")]).await;
    let said = alerts(&bot, channel::CRT_MONITOR);
    assert_eq!((said.len(), all_alerts(&bot).len()), (2, 2));
    assert!(said[0].starts_with("⚠️ A member is worried about somebody\n"), "{}", said[0]);
    assert!(said[1].contains(&format!("Member = <@{}>", user::NEWCOMER)), "{}", said[1]);
    assert!(said[1].contains("They say = ```\nhas been quiet for days\n```"), "{}", said[1]);
    assert!(!said[1].contains("Message ="), "{}", said[1]);
}

#[tokio::test]
async fn who_opted_out_is_not_quoted_and_the_team_has_the_link() {
    let mut bot = live().await;
    let row =
        json!({"guild_id": seed::HARBOUR, "user_id": user::MEMBER, "monitoring_opt_out": true, "updated_at": now()});
    bot.cx().supabase.insert("user_preferences", &[row], None).await.unwrap();
    community_os::relay_filter::changed(&bot.cx()).await;
    bot.relay_follows().await;
    let (message, _) = bot.says(user::MEMBER, channel::VENT, "i want to kill myself tonight").await;
    bot.fill_in(&bot.menu(user::SECOND_MEMBER, &message, MENU).await, &[]).await;
    let alert = read(&all_alerts(&bot)[0]);
    assert!(!alert.contains("i want to kill myself"), "{alert}");
    assert!(alert.contains(&format!("/{})", message.id)), "{alert}");
}

#[tokio::test]
async fn where_outsiders_read_the_channel_neither_the_reporter_nor_the_words_are_shown() {
    let bot = live().await;
    let row = json!({"guild_id": seed::HARBOUR, "key": "crisis.hide_words", "value": true, "updated_at": now()});
    bot.cx().supabase.insert("guild_settings", &[row], None).await.unwrap();
    let (message, _) = bot.says(user::MEMBER, channel::GET_HELP, "i want to kill myself tonight").await;
    bot.fill_in(&bot.menu(user::SECOND_MEMBER, &message, MENU).await, &[("word", "psst")]).await;
    let alert = read(&all_alerts(&bot)[0]);
    for hidden in ["psst", "kill", &user::SECOND_MEMBER.to_string(), &user::MEMBER.to_string()] {
        assert!(!alert.contains(hidden), "{hidden}: {alert}");
    }
}

#[tokio::test]
async fn five_times_an_hour_and_no_more_and_never_about_a_bot() {
    let bot = live().await;
    for _ in 0..5 {
        let form = menu_on_member(&bot, user::SECOND_MEMBER, user::NEWCOMER).await;
        assert!(bot.fill_in(&form, &[]).await.text().starts_with("Thank you"));
    }
    let form = menu_on_member(&bot, user::SECOND_MEMBER, user::MEMBER).await;
    assert!(bot.fill_in(&form, &[]).await.text().starts_with("You have told the team of five things within an hour"));
    let form = menu_on_member(&bot, user::MEMBER, user::NEWCOMER).await;
    assert!(bot.fill_in(&form, &[]).await.text().starts_with("Thank you"), "others may");
    let noise = bot.world.discord.send_message(channel::GENERAL, user::NOISE_BOT, "beep", None).unwrap();
    assert!(bot.menu(user::MEMBER, &noise, MENU).await.text().starts_with("A bot wrote this."));
}

#[tokio::test]
async fn a_forged_form_reads_no_message_of_another_guild() {
    let bot = live().await;
    let (secret, _) = bot.says(user::OWNER, channel::FRESH_GENERAL, "i want to kill myself tonight").await;
    let forged = format!("1:crisis.report:{}:{}:{}:0", channel::FRESH_GENERAL, secret.id, user::OWNER);
    bot.forged_modal(seed::HARBOUR, user::MEMBER, channel::GENERAL, &forged).await;
    let alert = alerts(&bot, channel::CRT_MONITOR).pop().unwrap();
    assert!(!alert.contains("kill"), "{alert}");
}

#[tokio::test]
async fn a_drill_goes_the_real_way_says_what_it_is_and_ends_by_itself() {
    let bot = live().await;
    let seen = bot.command(user::MEMBER, channel::GENERAL, "ash drill", json!({})).await;
    assert_eq!(seen.text(), "Only the crisis response team can use this.");
    let seen = bot.command(user::RESPONDER, channel::GENERAL, "ash drill", json!({"severity": "CRITICAL"})).await;
    assert!(
        seen.text().starts_with("The drill runs, and the team was pinged. It ends with **Resolve**, or <t:"),
        "{}",
        seen.text()
    );
    let post = bot.bot_messages(channel::CRT_CRITICAL).pop().unwrap();
    let alert = read(&post);
    assert!(
        alert.starts_with(&format!(
            "<@&{}> **DRILL**\nDRILL · 🚨 Critical alert\n**DRILL.** Nobody is in danger;",
            role::CRT
        )),
        "{alert}"
    );
    assert_eq!(post.components.len(), 2, "with the buttons of any alert");
    let row = &rows(&bot).await[0];
    assert_eq!((&row["mode"], &row["status"]), (&json!("drill"), &json!("OPEN")));
    // Something real of the same person is an alert of its own.
    finds(&bot, "lantern", "high");
    bot.says(user::RESPONDER, channel::VENT, "a lantern").await;
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 1);
    bot.ticks(now() + TimeDelta::minutes(59)).await;
    assert_eq!(rows(&bot).await[0]["status"], "OPEN");
    bot.ticks(now() + TimeDelta::minutes(61)).await;
    let rows = rows(&bot).await;
    assert_eq!((&rows[0]["status"], &rows[1]["status"]), (&json!("ENDED"), &json!("OPEN")), "the real one stays");
    let post = bot.bot_messages(channel::CRT_CRITICAL).remove(0);
    assert_eq!(post.components.len(), 2, "it may still be judged");
    bot.assert_nothing_unexpected();
}

async fn rows(bot: &Bot) -> Vec<Value> {
    let mut rows: Vec<Value> = bot.cx().supabase.select("crisis_alerts", "*", &[]).await.unwrap();
    rows.sort_by_key(|row| row["alert_id"].as_i64());
    rows
}
