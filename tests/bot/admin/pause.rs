//! Stop and start: what stands still, what goes on, and who is told.

use chrono::TimeDelta;
use relay_wire::Pause;
use serde_json::json;
use world::{
    face::{Face, Fault},
    seed::{channel, role, user},
};

use super::at_the_desk;
use crate::{
    crisis::{alerts, finds, live},
    harness::{Bot, now, read},
};

/// As ten seconds in every isolate.
fn copies_end(bot: &Bot) {
    bot.cx().forget_copies();
}

async fn ping(bot: &Bot) -> String {
    copies_end(bot);
    bot.command(user::MEMBER, channel::GENERAL, "ping", json!({})).await.text()
}

fn monitor(bot: &Bot) -> Vec<String> {
    bot.bot_messages(channel::CRT_MONITOR).iter().map(read).collect()
}

#[tokio::test]
async fn stopped_commands_say_so_and_crisis_care_goes_on_as_ever() {
    let bot = live().await;
    let desk = at_the_desk(&bot).await;
    let (status, pause) = desk.asks(&bot, "pause", json!({"level": "bulk", "reason": "a bad deploy"})).await;
    assert_eq!((status, &pause["level"], &pause["actor_id"]), (200, &json!("bulk"), &json!(user::ADMIN)), "{pause}");
    copies_end(&bot);
    assert_eq!(community_os::orders::current(&bot.cx()).await.pause, Pause::Bulk, "the relay is told");

    let said = ping(&bot).await;
    assert!(said.starts_with("The bot is paused for the moment"), "{said}");
    let said = bot.command(user::MEMBER, channel::GENERAL, "score", json!({})).await;
    assert!(said.is_private() && said.text().contains("paused"), "{}", said.text());
    let (_, outcomes) = bot.says(user::MEMBER, channel::GENERAL, "!ping").await;
    assert_eq!(outcomes, [relay_wire::Outcome::Done, relay_wire::Outcome::Done]);
    let said = bot.bot_messages(channel::GENERAL).iter().map(read).collect::<Vec<_>>().join("\n");
    assert!(said.contains("The bot is paused") && !said.contains("Pong"), "{said}");

    finds(&bot, "tonight", "critical");
    bot.says(user::MEMBER, channel::VENT, "it ends tonight").await;
    let alert = alerts(&bot, channel::CRT_CRITICAL);
    assert!(alert[0].contains("Critical alert"), "{alert:?}");
    let help = bot.command(user::MEMBER, channel::GENERAL, "resources", json!({})).await.text();
    assert!(help.contains("Find A Helpline"), "{help}");
    let talk = bot.command(user::SECOND_MEMBER, channel::GENERAL, "ash talk", json!({})).await.text();
    assert!(talk.contains("We can talk here"), "{talk}");

    desk.asks(&bot, "pause", json!({"level": "none"})).await;
    assert!(ping(&bot).await.starts_with("Pong!"));
    let log: Vec<serde_json::Value> =
        bot.cx().supabase.select("admin_actions", "actor_id,what,detail", &[]).await.unwrap();
    let levels: Vec<_> = log.iter().map(|row| (row["what"].as_str(), row["detail"]["level"].as_str())).collect();
    assert_eq!(levels, [(Some("pause"), Some("bulk")), (Some("pause"), Some("none"))], "{log:?}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn detection_off_wants_a_reason_tells_the_team_at_once_and_hourly_and_ends_by_itself() {
    let bot = live().await;
    let desk = at_the_desk(&bot).await;
    for reason in ["", "  ", "x", &"x".repeat(201)] {
        let (status, no) = desk.asks(&bot, "pause", json!({"level": "all", "reason": reason})).await;
        assert_eq!((status, &no["code"]), (422, &json!("reason")), "{reason}");
    }
    assert_eq!(desk.asks(&bot, "pause", json!({"level": "loud", "reason": "because"})).await.0, 422);

    let began = bot.world_now();
    let all = json!({"level": "all", "reason": "it pings *everybody* <@&1>"});
    let (_, pause) = desk.asks(&bot, "pause", all.clone()).await;
    assert_eq!(pause["level"], "all");
    bot.ticks(began).await;
    let told = monitor(&bot).join("\n");
    assert!(told.contains("Crisis detection is OFF") && told.contains(r"it pings \*everybody\*"), "{told}");
    let critical = bot.bot_messages(channel::CRT_CRITICAL);
    assert!(critical[0].content == format!("<@&{}>", role::CRT), "{}", critical[0].content);
    copies_end(&bot);
    assert_eq!(community_os::orders::current(&bot.cx()).await.pause, Pause::All);

    // Slash commands say more than that they are paused; no new talk begins.
    assert!(ping(&bot).await.contains("not watched for crises"));
    let talk = bot.command(user::MEMBER, channel::GENERAL, "ash talk", json!({})).await.text();
    assert!(!talk.contains("We can talk here"), "{talk}");
    assert!(
        bot.command(user::MEMBER, channel::GENERAL, "resources", json!({})).await.text().contains("Find A Helpline")
    );

    let before = monitor(&bot).len();
    bot.ticks(began + TimeDelta::minutes(59)).await;
    assert_eq!(monitor(&bot).len(), before);
    bot.ticks(began + TimeDelta::minutes(61)).await;
    assert_eq!(monitor(&bot).len(), before + 1, "an hour later it is said again");

    // Renewed, it lasts from then on.
    desk.asks_at(&bot, "pause", all, began + TimeDelta::minutes(10)).await;
    bot.ticks(began + TimeDelta::minutes(125)).await;
    assert!(monitor(&bot).last().unwrap().contains("is OFF"));
    bot.ticks(began + TimeDelta::minutes(131)).await;
    assert!(monitor(&bot).last().unwrap().contains("Crisis detection is on again"), "{:?}", monitor(&bot));
    bot.cx().orders.expire();
    assert_eq!(community_os::orders::current(&bot.cx()).await.pause, Pause::None);
    let told = monitor(&bot).len();
    bot.ticks(began + TimeDelta::minutes(300)).await;
    assert_eq!(monitor(&bot).iter().filter(|one| one.contains("on again")).count(), 1, "{told}");
}

#[tokio::test]
async fn talks_end_with_the_card_when_ash_is_switched_off_and_the_team_looks_after_who_is_in_danger() {
    let mut bot = live().await;
    let desk = at_the_desk(&bot).await;
    let calm = crate::companion::talking(&mut bot, user::MEMBER).await;
    finds(&bot, "lantern", "high");
    let grave = crate::companion::talking(&mut bot, user::SECOND_MEMBER).await;
    bot.says(user::SECOND_MEMBER, grave, "a lantern").await;
    desk.asks(&bot, "pause", json!({"level": "all", "reason": "it says wrong things"})).await;
    bot.ticks(now()).await;
    for thread in [calm, grave] {
        let said = crate::companion::read_all(&bot, thread);
        let end = said.iter().position(|one| one.contains("I was switched off for the moment"));
        assert!(said[end.unwrap() + 1].contains("Find A Helpline"), "{said:?}");
    }
    let told = alerts(&bot, channel::CRT_CRISIS).join("\n");
    assert!(told.contains(&format!("Ash was switched off while it talked with <@{}>", user::SECOND_MEMBER)), "{told}");
    bot.ticks(now()).await;
    let ends = crate::companion::read_all(&bot, calm).iter().filter(|one| one.contains("switched off")).count();
    assert_eq!(ends, 1);
}

#[tokio::test]
async fn a_team_that_could_not_be_told_is_told_as_soon_as_discord_is_back() {
    let bot = live().await;
    let desk = at_the_desk(&bot).await;
    let began = bot.world_now();
    let broken =
        || Fault::status(Face::Discord, &format!("POST /api/v10/channels/{}/messages", channel::CRT_MONITOR), 500);
    bot.world.shared.break_with(broken());
    desk.asks(&bot, "pause", json!({"level": "all", "reason": "a bad model"})).await;
    bot.ticks(began).await;
    assert!(monitor(&bot).is_empty());
    assert_eq!(bot.bot_messages(channel::CRT_CRITICAL).len(), 1, "who can be told is told");
    bot.world.shared.mend();
    bot.ticks(began + TimeDelta::minutes(1)).await;
    assert_eq!(monitor(&bot).len(), 1, "a minute later, not an hour");
    // The same for the word that it is on again; and not the level before, but who was told, decides whether it is said.
    bot.world.shared.break_with(broken());
    for level in ["bulk", "none"] {
        desk.asks_at(&bot, "pause", json!({"level": level}), began + TimeDelta::minutes(2)).await;
    }
    bot.ticks(began + TimeDelta::minutes(2)).await;
    bot.world.shared.mend();
    bot.ticks(began + TimeDelta::minutes(20)).await;
    assert!(monitor(&bot).last().unwrap().contains("on again"), "{:?}", monitor(&bot));
}

#[tokio::test]
async fn a_press_on_an_old_page_changes_nothing() {
    let bot = live().await;
    let desk = at_the_desk(&bot).await;
    desk.asks(&bot, "pause", json!({"level": "bulk", "was": "none"})).await;
    let (status, no) = desk.asks(&bot, "pause", json!({"level": "all", "was": "none", "reason": "as I saw it"})).await;
    assert_eq!((status, &no["code"]), (409, &json!("changed")), "{no}");
    let (_, state) = desk.asks(&bot, "state", json!({})).await;
    assert_eq!(state["pause"]["level"], "bulk");
}

#[tokio::test]
async fn while_detection_is_off_nothing_says_that_somebody_reads_along() {
    let mut bot = live().await;
    let desk = at_the_desk(&bot).await;
    finds(&bot, "tonight", "critical");
    bot.says(user::MEMBER, channel::VENT, "it ends tonight").await;
    bot.ticks(now()).await;
    bot.relay_follows().await;
    let thread = crate::companion::threads(&bot)[0];
    let opener = bot.bot_messages(thread).remove(0);
    desk.asks(&bot, "pause", json!({"level": "all", "reason": "a bad model"})).await;
    copies_end(&bot);
    let health = bot.app.handle(http::Request::get("/health/detailed").body(vec![]).unwrap(), now()).await.response;
    let health: serde_json::Value = serde_json::from_slice(health.body()).unwrap();
    assert_eq!((&health["status"], &health["components"]["detection"]["status"]), (&json!("degraded"), &json!("down")));
    let status = bot.command(user::RESPONDER, channel::CRT_CRISIS, "ash status", json!({})).await.text();
    assert!(status.contains("Crisis detection is OFF"), "{status}");
    // Ash does not say that it listens.
    let said = crate::companion::press(&bot, user::MEMBER, &opener, "Talk with Ash").await.text();
    assert!(!said.contains("listening") && said.contains("Find A Helpline"), "{said}");
}

#[tokio::test]
async fn while_upstash_is_down_the_pause_is_noted_and_done_when_it_is_back() {
    let bot = live().await;
    let desk = at_the_desk(&bot).await;
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 503));
    let (status, pause) = desk.asks(&bot, "pause", json!({"level": "bulk"})).await;
    assert_eq!((status, &pause["level"]), (200, &json!("bulk")));
    copies_end(&bot);
    assert!(bot.command(user::MEMBER, channel::GENERAL, "ping", json!({})).await.text().starts_with("Pong!"));
    bot.world.shared.mend();
    bot.ticks(now() + TimeDelta::minutes(1)).await;
    assert!(ping(&bot).await.contains("paused"));
}
