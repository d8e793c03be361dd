//! Who is on duty, until when, and who is told of CRITICAL alerts in person.

use chrono::TimeDelta;
use serde_json::{Value, json};
use world::{
    discord::Id,
    seed::{HARBOUR, channel, role, user},
};

use super::{alerts, finds, live};
use crate::harness::{Bot, now, read};

/// Another member of the team.
fn colleague(bot: &Bot, name: &str) -> Id {
    let member = bot.new_member(name);
    bot.world.discord.set_roles(HARBOUR, member, &[role::CRT]).unwrap();
    member
}

async fn ash(bot: &Bot, member: Id, sub: &str) -> String {
    let seen = bot.command(member, channel::STAFF, &format!("ash {sub}"), json!({})).await;
    assert!(seen.is_private());
    seen.text()
}

/// The line of a new alert that says who is on duty.
async fn on_duty(bot: &Bot) -> String {
    finds(bot, "lantern", "high");
    bot.says(bot.new_member("Somebody"), channel::VENT, "lantern").await;
    let alert = alerts(bot, channel::CRT_CRISIS).pop().unwrap();
    alert.lines().find_map(|line| line.strip_prefix("On duty = ")).unwrap().to_owned()
}

const NOBODY: &str = "nobody has said so (`/ash available`)";

#[tokio::test]
async fn an_alert_names_who_is_on_duty() {
    let bot = live().await;
    let second = colleague(&bot, "Second Responder");
    assert_eq!(on_duty(&bot).await, NOBODY);
    let text = ash(&bot, user::RESPONDER, "available").await;
    assert!(text.contains("Nobody else is at the moment."), "{text}");
    assert!(text.contains(":R>). I remind you before it ends"), "{text}");
    let text = ash(&bot, second, "available").await;
    assert!(text.ends_with(&format!("With you: <@{}>.", user::RESPONDER)), "{text}");
    assert_eq!(on_duty(&bot).await, format!("<@{}>, <@{second}>", user::RESPONDER));
    let text = ash(&bot, user::RESPONDER, "away").await;
    assert!(text.ends_with(&format!("Still on duty: <@{second}>.")), "{text}");
    assert_eq!(on_duty(&bot).await, format!("<@{second}>"));
    let text = ash(&bot, second, "away").await;
    assert!(text.contains("the next ping comes twice as fast"), "{text}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn an_alert_that_is_drawn_anew_names_who_is_on_duty_by_then() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "lantern").await;
    ash(&bot, user::RESPONDER, "available").await;
    bot.says(user::MEMBER, channel::VENT, "lantern again").await;
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(alert.contains(&format!("\nOn duty = <@{}>", user::RESPONDER)), "{alert}");
}

#[tokio::test]
async fn duty_is_for_the_team() {
    let bot = live().await;
    for sub in ["available", "away", "alerts on", "alerts off"] {
        let seen = bot.command(user::MEMBER, channel::GENERAL, &format!("ash {sub}"), json!({})).await;
        assert_eq!((seen.is_private(), seen.text()), (true, "Only the crisis response team can use this.".to_owned()));
    }
    let text = ash(&bot, user::ADMIN, "available").await;
    assert_eq!(text, "Duty is for members with a role of the crisis response team; you have none of them.");
    assert_eq!(super::count(&bot, "crisis_duty").await, 0);
}

#[tokio::test]
async fn it_ends_after_eight_hours_and_is_asked_about_before() {
    let bot = live().await;
    ash(&bot, user::RESPONDER, "available").await;
    let start = now();
    bot.ticks(start + TimeDelta::minutes(449)).await;
    assert_eq!(alerts(&bot, channel::CRT_MONITOR), [""; 0]);
    bot.ticks(start + TimeDelta::minutes(451)).await;
    bot.ticks(start + TimeDelta::minutes(452)).await;
    let [asked] = bot.bot_messages(channel::CRT_MONITOR).try_into().unwrap();
    let until = (start + TimeDelta::hours(8)).timestamp();
    let text = read(&asked);
    assert!(text.starts_with(&format!("<@{}> Your duty ends <t:{}", user::RESPONDER, until / 100)), "{text}");
    assert_eq!(asked.mentions[0].id, user::RESPONDER);
    let id = asked.components[0]["components"][0]["custom_id"].as_str().unwrap().to_owned();

    let second = colleague(&bot, "Second Responder");
    let seen = bot.press(&bot.sees(second, &asked), &id, &[]).await;
    assert_eq!(seen.text(), "This reminder is for somebody else. `/ash available` puts you on duty.");
    let seen = bot.press(&bot.sees(user::RESPONDER, &asked), &id, &[]).await;
    assert!(seen.text().starts_with(&format!("<@{}> stays on duty until <t:", user::RESPONDER)), "{}", seen.text());
    assert_eq!(seen.message.unwrap().components, [json!(null); 0]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn who_prolongs_or_goes_is_not_asked_too_early() {
    let bot = live().await;
    let second = colleague(&bot, "Second Responder");
    ash(&bot, user::RESPONDER, "available").await;
    ash(&bot, second, "available").await;
    ash(&bot, second, "away").await;
    let start = now();
    let later = start + TimeDelta::hours(10);
    let row = json!({"guild_id": HARBOUR, "user_id": user::RESPONDER, "available_until": later});
    let replace = community_os::clients::supabase::OnConflict::Replace("guild_id,user_id");
    bot.cx().supabase.insert("crisis_duty", &[row], Some(replace)).await.unwrap();
    bot.ticks(start + TimeDelta::minutes(451)).await;
    assert_eq!(alerts(&bot, channel::CRT_MONITOR), [""; 0]);
    bot.ticks(start + TimeDelta::minutes(571)).await;
    assert_eq!(alerts(&bot, channel::CRT_MONITOR).len(), 1);
}

#[tokio::test]
async fn who_leaves_or_loses_the_role_is_on_duty_no_more() {
    let bot = live().await;
    let (leaver, demoted) = (colleague(&bot, "Leaver"), colleague(&bot, "Demoted"));
    for one in [user::RESPONDER, leaver, demoted] {
        ash(&bot, one, "available").await;
    }
    let update = |member: Id, roles: &[Id]| json!({"user": {"id": member, "username": "x"}, "roles": roles});
    bot.hears("GUILD_MEMBER_UPDATE", update(user::RESPONDER, &[role::CRT, role::SUPPORT])).await;
    bot.hears("GUILD_MEMBER_UPDATE", update(demoted, &[role::SUPPORT])).await;
    bot.hears_leave(HARBOUR, leaver).await;
    assert_eq!(on_duty(&bot).await, format!("<@{}>", user::RESPONDER));
}

/// A CRITICAL alert, and the tick that follows it.
async fn critical(bot: &Bot) {
    finds(bot, "tonight", "critical");
    bot.says(bot.new_member("Somebody"), channel::VENT, "tonight").await;
    bot.ticks(now()).await;
}

fn told(bot: &Bot, member: Id) -> Vec<String> {
    alerts(bot, bot.world.discord.open_dm(member).unwrap())
}

#[tokio::test]
async fn volunteers_are_told_of_critical_alerts_without_a_word_of_what_was_written() {
    let bot = live().await;
    let volunteers: Vec<Id> = (0..7).map(|number| colleague(&bot, &format!("Volunteer {number}"))).collect();
    for one in &volunteers {
        let text = ash(&bot, *one, "alerts on").await;
        assert!(text.starts_with("You get a direct message about each CRITICAL alert"), "{text}");
    }
    ash(&bot, volunteers[6], "alerts off").await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::VENT, "lantern").await;
    bot.ticks(now()).await;
    assert_eq!(told(&bot, volunteers[0]), [""; 0], "HIGH is no reason");
    critical(&bot).await;
    let alert = bot.bot_messages(channel::CRT_CRITICAL).remove(0);
    let text = format!(
        "🚨 A **CRITICAL** alert: https://discord.com/channels/{HARBOUR}/{}/{}\nYou asked for this message; `/ash alerts off` ends it.",
        channel::CRT_CRITICAL,
        alert.id
    );
    for one in &volunteers[..6] {
        assert_eq!(told(&bot, *one), std::slice::from_ref(&text));
    }
    assert_eq!(told(&bot, volunteers[6]), [""; 0]);
    bot.ticks(now() + TimeDelta::minutes(11)).await;
    assert_eq!(told(&bot, volunteers[0]).len(), 1, "once");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_closed_door_stops_nothing_and_is_told_once() {
    let bot = live().await;
    let (closed, open) = (colleague(&bot, "Closed"), colleague(&bot, "Open"));
    for one in [closed, open] {
        ash(&bot, one, "alerts on").await;
    }
    bot.world.discord.close_dms(closed, true);
    critical(&bot).await;
    critical(&bot).await;
    assert_eq!(told(&bot, open).len(), 2);
    let notices = alerts(&bot, channel::CRT_MONITOR);
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(
        notices[0].starts_with(&format!("<@{closed}> asked for direct messages about CRITICAL alerts")),
        "{notices:?}"
    );
    bot.ticks(now() + TimeDelta::minutes(6)).await;
    let pings = alerts(&bot, channel::CRT_CRITICAL).iter().filter(|text| text.contains("Nobody has reacted")).count();
    assert_eq!(pings, 6, "all three steps for both: nobody is on duty");
    ash(&bot, closed, "alerts on").await;
    bot.world.discord.close_dms(closed, false);
    critical(&bot).await;
    assert_eq!(told(&bot, closed).len(), 1);
}

#[tokio::test]
async fn who_is_erased_is_on_duty_no_more() {
    let bot = live().await;
    ash(&bot, user::RESPONDER, "available").await;
    let who = community_os::person::Person {
        guild_id: relay_wire::Snowflake(HARBOUR.0),
        user_id: relay_wire::Snowflake(user::RESPONDER.0),
    };
    let cx = bot.cx();
    assert!(community_os::person::erase(&cx, &community_os::features::holds(), who).await.unwrap());
    for erase in community_os::features::FEATURES.iter().filter_map(|feature| feature.erase) {
        erase(cx.clone(), who).await.unwrap();
    }
    assert_eq!(on_duty(&bot).await, NOBODY);
    let left: Vec<Value> = cx.supabase.select("crisis_duty", "user_id", &[]).await.unwrap();
    assert_eq!(left, [json!(null); 0]);
}
