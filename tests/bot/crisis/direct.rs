//! Direct messages to the bot: whose team is told, and what who writes is answered.

use relay_wire::Outcome;
use serde_json::json;
use world::{
    discord::Id,
    face::{Face, Fault},
    seed::{self, channel, role, user},
};

use super::{alerts, all_alerts, count, finds, kept, live};
use crate::harness::{Bot, now, read};

/// Detection is on in the other guild, too; its only channel takes the alerts.
async fn second_guild(bot: &Bot) {
    let rows = [("crisis.stage", json!("live")), ("crisis.crisis_channel", json!(channel::FRESH_GENERAL))]
        .map(|(key, value)| json!({"guild_id": seed::FRESH_START, "key": key, "value": value, "updated_at": now()}));
    bot.cx().supabase.insert("guild_settings", &rows, None).await.unwrap();
}

async fn writes(bot: &Bot, member: Id, text: &str) -> (Id, Vec<Outcome>) {
    let dm = bot.world.discord.open_dm(member).unwrap();
    let (_, outcomes) = bot.says(member, dm, text).await;
    (dm, outcomes)
}

/// The custom_id of the button or menu below the bot's last message.
fn way(bot: &Bot, dm: Id) -> String {
    let last = bot.bot_messages(dm).pop().unwrap();
    last.components[0]["components"][0]["custom_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn weakness_6_words_of_danger_in_a_direct_message_reach_the_team_and_the_member_gets_the_card() {
    let bot = live().await;
    finds(&bot, "lantern", "critical");
    let (dm, outcomes) = writes(&bot, user::NEWCOMER, "a lantern").await;
    assert_eq!(outcomes, [Outcome::Done]);
    let alert = alerts(&bot, channel::CRT_CRITICAL).pop().unwrap();
    assert!(alert.starts_with(&format!("<@&{}>\n🚨 Critical alert\n", role::CRT)), "{alert}");
    assert!(alert.contains("a lantern") && alert.contains("Channel = a direct message to me"), "{alert}");
    assert!(alert.contains("https://discord.com/channels/@me/"), "{alert}");
    let said = alerts(&bot, dm);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("Thank you for telling me. I have told the crisis response team of **Harbour**."),
        "{}",
        said[0]
    );
    assert!(said[0].contains("Right now nobody of them is on duty"), "{}", said[0]);
    assert!(said[0].contains("https://findahelpline.com"), "{}", said[0]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn who_writes_on_is_answered_briefly_and_with_the_card_again_when_it_gets_graver() {
    let bot = live().await;
    finds(&bot, "lantern", "medium");
    finds(&bot, "beacon", "critical");
    let (dm, _) = writes(&bot, user::NEWCOMER, "hello").await;
    writes(&bot, user::NEWCOMER, "are you there?").await;
    assert_eq!(alerts(&bot, dm).len(), 1);
    assert!(alerts(&bot, dm)[0].starts_with("Hello. I am a bot, and nobody reads along here around the clock."));
    writes(&bot, user::NEWCOMER, "a lantern").await;
    writes(&bot, user::NEWCOMER, "another lantern").await;
    writes(&bot, user::NEWCOMER, "a beacon").await;
    let said = alerts(&bot, dm);
    assert_eq!(said.len(), 4);
    assert!(said[1].contains("It stands in the team channel of **Harbour**, but nobody was pinged."), "{}", said[1]);
    assert!(said[2].starts_with("I read this too."), "{}", said[2]);
    assert!(said[3].starts_with("Thank you for telling me.") && said[3].contains("findahelpline"), "{}", said[3]);
    assert_eq!(kept(&bot, user::NEWCOMER).await, 3);
}

#[tokio::test]
async fn a_deleted_direct_message_is_forgotten() {
    let bot = live().await;
    finds(&bot, "lantern", "low");
    let dm = bot.world.discord.open_dm(user::NEWCOMER).unwrap();
    let (message, _) = bot.says(user::NEWCOMER, dm, "a lantern").await;
    assert_eq!(kept(&bot, user::NEWCOMER).await, 1);
    bot.deliver(bot.events_of("MESSAGE_DELETE", &json!({"id": message.id, "channel_id": dm}))).await;
    assert_eq!(kept(&bot, user::NEWCOMER).await, 0);
}

#[tokio::test]
async fn with_several_servers_the_member_says_whose_team_it_is() {
    let bot = live().await;
    second_guild(&bot).await;
    let (dm, _) = writes(&bot, user::MEMBER, "i want to kill myself tonight").await;
    assert_eq!((all_alerts(&bot).len(), alerts(&bot, channel::FRESH_GENERAL).len()), (0, 0), "nobody knows whose");
    let seen = bot.sees(user::MEMBER, &bot.bot_messages(dm)[0]);
    assert!(
        seen.text().starts_with("Thank you for telling me. I am a bot, and nobody was told of this yet."),
        "{}",
        seen.text()
    );
    let answer = bot.press(&seen, &way(&bot, dm), &[&seed::FRESH_START.to_string()]).await;
    assert!(
        answer.text().starts_with("I have written to the crisis response team; nobody could be pinged."),
        "{}",
        answer.text()
    );
    let alert = alerts(&bot, channel::FRESH_GENERAL).pop().unwrap();
    assert!(alert.starts_with("🔶 A member asks for a person\n"), "{alert}");
    assert!(!alert.contains("kill"), "{alert}");
    // From now on it is known.
    let (_, _) = writes(&bot, user::MEMBER, "i really want to kill myself tonight").await;
    assert!(
        alerts(&bot, channel::FRESH_GENERAL).iter().any(|alert| alert.contains("i really want")),
        "it has a home now"
    );
    assert_eq!(all_alerts(&bot).len(), 0);
}

#[tokio::test]
async fn a_guild_that_wants_it_is_told_of_high_without_the_words_while_no_server_is_known() {
    let bot = live().await;
    second_guild(&bot).await;
    bot.chooses("crisis.dm_alerts", json!(true)).await;
    let (dm, _) = writes(&bot, user::MEMBER, "i want to kill myself tonight, pills are ready").await;
    let alert = read(&all_alerts(&bot)[0]);
    assert!(alert.contains("Its words are not shown") && !alert.contains("pills"), "{alert}");
    assert_eq!(alerts(&bot, channel::FRESH_GENERAL).len(), 0);
    assert!(alerts(&bot, dm)[0].contains("I have told the crisis response team of your server."));
}

#[tokio::test]
async fn who_opted_out_gets_the_card_and_a_button_and_nobody_is_told() {
    let bot = live().await;
    finds(&bot, "lantern", "critical");
    let row =
        json!({"guild_id": seed::HARBOUR, "user_id": user::NEWCOMER, "monitoring_opt_out": true, "updated_at": now()});
    bot.cx().supabase.insert("user_preferences", &[row], None).await.unwrap();
    let (dm, _) = writes(&bot, user::NEWCOMER, "i want to die, a lantern").await;
    assert_eq!((all_alerts(&bot).len(), kept(&bot, user::NEWCOMER).await), (0, 0));
    let seen = bot.sees(user::NEWCOMER, &bot.bot_messages(dm)[0]);
    assert!(seen.text().contains("nobody was told of this yet. Below you can ask"), "{}", seen.text());
    let answer = bot.press(&seen, &way(&bot, dm), &[]).await;
    assert!(answer.text().starts_with("I have called the crisis response team."), "{}", answer.text());
    assert_eq!(alerts(&bot, channel::CRT_CRISIS).len(), 1);
}

#[tokio::test]
async fn a_stranger_gets_the_card_and_no_way_into_a_server_that_is_not_theirs() {
    let bot = live().await;
    let stranger = bot.new_member("Robin");
    // In a server without detection.
    bot.world.discord.join(seed::FRESH_START, stranger, "Robin").unwrap();
    let dm = bot.world.discord.open_dm(stranger).unwrap();
    bot.world.discord.leave(seed::HARBOUR, stranger).unwrap();
    bot.says(stranger, dm, "i want to die").await;
    let said = bot.bot_messages(dm);
    assert!(read(&said[0]).contains("findahelpline") && said[0].components.is_empty(), "{said:?}");
    let forged =
        bot.forged_component(stranger, channel::FRESH_GENERAL, &format!("1:crisis.human:{}", seed::HARBOUR)).await;
    assert_eq!(forged["type"], 5, "thinking, then refused");
    assert_eq!(all_alerts(&bot).len(), 0);
}

#[tokio::test]
async fn while_the_store_is_down_the_card_comes_at_once_and_the_alert_when_it_is_back() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    bot.world.shared.break_with(Fault::status(Face::Supabase, "", 500));
    let dm = bot.world.discord.open_dm(user::NEWCOMER).unwrap();
    let message = bot.world.discord.send_message(dm, user::NEWCOMER, "i want to kill myself, a lantern", None).unwrap();
    let events = bot.events_of_message(&message);
    let outcomes = bot.deliver(events.clone()).await;
    assert!(matches!(outcomes[0], Outcome::Retry { .. }), "{outcomes:?}");
    let said = alerts(&bot, dm);
    assert!(said[0].starts_with("I read this, but I cannot reach a team right now. I keep trying."), "{}", said[0]);
    bot.world.shared.mend();
    let again = events.into_iter().map(|(lane, event)| (lane, relay_wire::Event { attempt: 2, ..event })).collect();
    assert_eq!(bot.deliver(again).await, [Outcome::Done]);
    assert_eq!((alerts(&bot, channel::CRT_CRISIS).len(), alerts(&bot, dm).len()), (1, 1));
    assert_eq!(count(&bot, "crisis_alerts").await, 1);
}

#[tokio::test]
async fn without_upstash_the_team_is_told_and_the_card_comes() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 500));
    let (dm, outcomes) = writes(&bot, user::NEWCOMER, "a lantern").await;
    assert_eq!(outcomes, [Outcome::Done]);
    assert_eq!((alerts(&bot, channel::CRT_CRISIS).len(), alerts(&bot, dm).len()), (1, 1));
}

#[tokio::test]
async fn a_direct_message_that_comes_twice_is_one_alert_and_one_answer() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let dm = bot.world.discord.open_dm(user::NEWCOMER).unwrap();
    let message = bot.world.discord.send_message(dm, user::NEWCOMER, "a lantern", None).unwrap();
    let events = bot.events_of_message(&message);
    for attempt in [1, 2, 3] {
        let again =
            events.iter().cloned().map(|(lane, event)| (lane, relay_wire::Event { attempt, ..event })).collect();
        assert_eq!(bot.deliver(again).await, [Outcome::Done]);
    }
    assert_eq!((all_alerts(&bot).len(), alerts(&bot, dm).len()), (1, 1));
}

#[tokio::test]
async fn an_answer_that_discord_did_not_take_comes_again() {
    let bot = live().await;
    let dm = bot.world.discord.open_dm(user::NEWCOMER).unwrap();
    let message = bot.world.discord.send_message(dm, user::NEWCOMER, "hello", None).unwrap();
    let events = bot.events_of_message(&message);
    bot.world.shared.break_with(Fault::status(Face::Discord, &format!("POST /api/v10/channels/{dm}"), 500));
    assert!(matches!(bot.deliver(events.clone()).await[0], Outcome::Retry { .. }));
    bot.world.shared.mend();
    let again = events.into_iter().map(|(lane, event)| (lane, relay_wire::Event { attempt: 2, ..event })).collect();
    assert_eq!(bot.deliver(again).await, [Outcome::Done]);
    assert_eq!(alerts(&bot, dm).len(), 1);
    // Who takes no messages any more does not keep the relay waiting.
    bot.world.discord.close_dms(user::NEWCOMER, true);
    let graver = bot.events_of_message(&message);
    assert_eq!(bot.deliver(graver).await, [Outcome::Done]);
}
