//! Ash asks how somebody is because they asked for it: *Ask me tomorrow how I am*, and `/ash checkin`.

use serde_json::json;
use world::{
    discord::Id,
    seed::{channel, user},
};

use super::{
    after_minutes, alerts, asked, count, finds, live, press, read_all, talking, threads, world_waits, writes_later,
};
use crate::harness::{Bot, Seen};

const DAY: i64 = 24 * 60;
const ASKS: &str = "Hi, you asked me to look in on you. How are you today?";

/// Nobody sleeps in this guild.
async fn awake() -> Bot {
    let bot = live().await;
    bot.chooses("companion.quiet_from", json!(0)).await;
    bot.chooses("companion.quiet_to", json!(0)).await;
    bot
}

/// A talk that ended; its thread.
async fn ended(bot: &mut Bot) -> Id {
    let thread = talking(bot, user::MEMBER).await;
    bot.says(user::MEMBER, thread, "hello").await;
    after_minutes(bot, 6).await;
    thread
}

async fn tomorrow(bot: &Bot, thread: Id) -> Seen {
    let closing = bot.bot_messages(thread).into_iter().find(|one| !one.components.is_empty() && has(one, "tomorrow"));
    press(bot, user::MEMBER, &closing.unwrap(), "Ask me tomorrow how I am").await
}

fn has(message: &world::discord::Message, label: &str) -> bool {
    serde_json::to_string(&message.components).unwrap().contains(label)
}

async fn checkin(bot: &Bot, when: &str) -> Seen {
    bot.command(user::MEMBER, channel::GENERAL, "ash checkin", json!({"when": when})).await
}

/// How often Ash asked, there.
fn times(bot: &Bot, channel: Id) -> usize {
    read_all(bot, channel).iter().filter(|one| one.contains(ASKS)).count()
}

#[tokio::test]
async fn whoever_wants_it_is_asked_a_day_later_in_the_same_place_and_any_reply_is_a_talk() {
    let mut bot = awake().await;
    let thread = ended(&mut bot).await;
    let seen = tomorrow(&bot, thread).await;
    assert!(seen.is_private() && seen.text().contains("All right: I ask you how you are <t:"), "{}", seen.text());
    assert!(seen.text().contains("In the same place as before."), "{}", seen.text());
    let again = tomorrow(&bot, thread).await;
    assert!(again.text().contains("It is planned already"), "{}", again.text());
    let status = bot.command(user::MEMBER, channel::GENERAL, "ash status", json!({})).await.text();
    assert!(status.contains("Ash asks you how you are <t:"), "{status}");

    after_minutes(&bot, DAY - 5).await;
    assert_eq!(times(&bot, thread), 0);
    after_minutes(&bot, DAY + 1).await;
    assert_eq!((times(&bot, thread), threads(&bot).len()), (1, 1));
    assert_eq!(asked(&bot).len(), 1, "the AI knows nothing of it");
    world_waits(&bot, DAY as u64 + 2);
    writes_later(&bot, user::MEMBER, thread, "better, a little", 0).await;
    assert_eq!(asked(&bot).len(), 2);
    let sent = asked(&bot).pop().unwrap()["messages"].to_string();
    assert!(sent.contains("better, a little"), "{sent}");
    // It was for this one time.
    after_minutes(&bot, 4 * DAY).await;
    assert_eq!((times(&bot, thread), count(&bot, "ash_checkins").await), (1, 0));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn it_can_be_taken_back() {
    let mut bot = awake().await;
    let thread = ended(&mut bot).await;
    let seen = tomorrow(&bot, thread).await;
    let seen = press(&bot, user::MEMBER, seen.message.as_ref().unwrap(), "Never mind").await;
    assert!(seen.text().contains("All right, I do not ask."), "{}", seen.text());
    let status = bot.command(user::MEMBER, channel::GENERAL, "ash status", json!({})).await.text();
    assert!(!status.contains("Ash asks you"), "{status}");
    after_minutes(&bot, 2 * DAY).await;
    assert_eq!(times(&bot, thread), 0);
}

#[tokio::test]
async fn the_button_is_only_for_who_talked() {
    let mut bot = awake().await;
    let thread = ended(&mut bot).await;
    let closing = bot.bot_messages(thread).pop().unwrap();
    let row = closing.components[0]["components"].as_array().unwrap();
    let button = row.iter().find(|one| one["label"] == "Ask me tomorrow how I am").unwrap();
    let id = button["custom_id"].as_str().unwrap();
    let seen = bot.forged_in(world::seed::HARBOUR, user::RESPONDER, thread, id).await;
    assert!(seen.to_string().contains("This talk is somebody else's."), "{seen}");
    assert_eq!(count(&bot, "ash_checkins").await, 0);
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_told_so() {
    let mut bot = awake().await;
    let thread = ended(&mut bot).await;
    tomorrow(&bot, thread).await;
    after_minutes(&bot, DAY + 1).await;
    after_minutes(&bot, 2 * DAY + 5).await;
    world_waits(&bot, 2 * DAY as u64 + 10);
    writes_later(&bot, user::MEMBER, thread, "sorry, was busy", 0).await;
    let last = read_all(&bot, thread).pop().unwrap();
    assert!(last.contains("Our talk here has ended"), "{last}");
    assert_eq!(asked(&bot).len(), 1);
}

#[tokio::test]
async fn nobody_is_asked_who_opted_out_is_under_18_talks_already_or_has_a_person_with_them() {
    // Opted out.
    let mut bot = awake().await;
    let thread = ended(&mut bot).await;
    tomorrow(&bot, thread).await;
    bot.command(user::MEMBER, channel::GENERAL, "ash optout", json!({"from": "ash"})).await;
    assert_eq!(count(&bot, "ash_checkins").await, 0, "it is forgotten at once");
    assert!(checkin(&bot, "tomorrow").await.text().contains("You chose that Ash does not write to you."));
    after_minutes(&bot, 2 * DAY).await;
    assert_eq!(times(&bot, thread), 0);

    // Under 18.
    let mut bot = awake().await;
    let thread = talking(&mut bot, user::MEMBER).await;
    checkin(&bot, "tomorrow").await;
    bot.says(user::MEMBER, thread, "im 15").await;
    after_minutes(&bot, 7).await;
    assert!(!bot.bot_messages(thread).iter().any(|one| has(one, "tomorrow")), "it is not offered");
    let seen = checkin(&bot, "three_hours").await;
    assert!(seen.text().contains("You said that you are under 18"), "{}", seen.text());
    after_minutes(&bot, 2 * DAY).await;
    assert_eq!(times(&bot, thread) + threads(&bot).len(), 1, "what was planned before does not come either");

    // A person is with them.
    let mut bot = awake().await;
    finds(&bot, "lantern", "high");
    let thread = ended(&mut bot).await;
    tomorrow(&bot, thread).await;
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let alert = bot.bot_messages(channel::CRT_CRISIS).into_iter().find(|one| has(one, "Take over")).unwrap();
    press(&bot, user::RESPONDER, &alert, "Take over").await;
    // They have written in that matter since.
    super::referrals::sql(&bot, "update public.crisis_alerts set last_at = now() + interval '1 day'").await;
    after_minutes(&bot, DAY + 1).await;
    assert_eq!(times(&bot, thread), 0, "{:?}", alerts(&bot, channel::CRT_CRISIS));

    // They talk with Ash.
    let mut bot = awake().await;
    let thread = ended(&mut bot).await;
    tomorrow(&bot, thread).await;
    let open = "update public.ash_sessions set status = 'ACTIVE', closed_at = null";
    super::referrals::sql(&bot, open).await;
    bot.app.scheduled(crate::harness::now() + chrono::TimeDelta::minutes(DAY + 1)).await.unwrap();
    assert_eq!(times(&bot, thread), 0);
}

#[tokio::test]
async fn quiet_hours_put_it_off_until_their_end() {
    use chrono::{DurationRound, TimeDelta, Timelike};
    let mut bot = live().await;
    let now = crate::harness::now();
    let hour = now.hour();
    bot.chooses("companion.quiet_from", json!(hour)).await;
    bot.chooses("companion.quiet_to", json!((hour + 2) % 24)).await;
    let thread = ended(&mut bot).await;
    let seen = tomorrow(&bot, thread).await;
    let end = now.duration_trunc(TimeDelta::hours(1)).unwrap() + TimeDelta::hours(26);
    assert!(seen.text().contains(&format!("<t:{}:F>", end.timestamp())), "{end}: {}", seen.text());
    bot.ticks(end - TimeDelta::minutes(1)).await;
    assert_eq!(times(&bot, thread), 0);
    // The guild goes to bed later meanwhile.
    bot.chooses("companion.quiet_to", json!((hour + 3) % 24)).await;
    bot.ticks(end + TimeDelta::minutes(1)).await;
    assert_eq!(times(&bot, thread), 0);
    bot.ticks(end + TimeDelta::minutes(61)).await;
    assert_eq!(times(&bot, thread), 1);
}

#[tokio::test]
async fn a_member_is_asked_when_they_want_and_every_day_of_a_week() {
    let bot = awake().await;
    let seen = checkin(&bot, "three_hours").await;
    assert!(seen.is_private() && seen.text().contains("All right: I ask you how you are <t:"), "{}", seen.text());
    after_minutes(&bot, 179).await;
    assert!(threads(&bot).is_empty());
    after_minutes(&bot, 181).await;
    let thread = threads(&bot)[0];
    assert_eq!(times(&bot, thread), 1);
    let opener = bot.bot_messages(thread).remove(0);
    press(&bot, user::MEMBER, &opener, "Not now").await;
    assert_eq!(count(&bot, "ash_checkins").await, 0);

    let bot = awake().await;
    let seen = checkin(&bot, "week").await;
    assert!(seen.text().contains("and once a day, 7 times."), "{}", seen.text());
    for day in 1..10 {
        after_minutes(&bot, day * DAY + 2).await;
        // Yesterday's offer ends first.
        after_minutes(&bot, day * DAY + 10).await;
    }
    let asked: Vec<usize> = threads(&bot).into_iter().map(|thread| times(&bot, thread)).collect();
    assert_eq!(asked.len(), 1, "it goes on in the same thread: {asked:?}");
    assert!((4..=7).contains(&asked[0]), "{asked:?}");
    assert_eq!(count(&bot, "ash_checkins").await, 0);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_wish_replaces_the_one_before_and_stop_ends_it() {
    let bot = awake().await;
    checkin(&bot, "three_hours").await;
    checkin(&bot, "tomorrow").await;
    after_minutes(&bot, 200).await;
    assert!(threads(&bot).is_empty(), "only the newest wish counts");
    let seen = checkin(&bot, "stop").await;
    assert!(seen.text().contains("All right, I do not ask."), "{}", seen.text());
    assert!(checkin(&bot, "stop").await.text().contains("Nothing was planned."));
    after_minutes(&bot, 2 * DAY).await;
    assert!(threads(&bot).is_empty());
}

#[tokio::test]
async fn at_most_one_a_day_whatever_was_planned() {
    let mut bot = awake().await;
    let thread = ended(&mut bot).await;
    tomorrow(&bot, thread).await;
    checkin(&bot, "tomorrow").await;
    after_minutes(&bot, DAY + 1).await;
    after_minutes(&bot, DAY + 20).await;
    let asked: usize = threads(&bot).into_iter().map(|thread| times(&bot, thread)).sum();
    assert_eq!((asked, count(&bot, "ash_checkins").await), (1, 0));
}

#[tokio::test]
async fn it_is_never_more_public_than_it_was_asked_for() {
    // The guild has Ash talk in the open: whoever asks for a check-in there is asked in private all the same.
    let bot = awake().await;
    bot.chooses("companion.place", json!("channel")).await;
    bot.chooses("companion.support_channels", json!([channel::GENERAL.to_string()])).await;
    checkin(&bot, "tomorrow").await;
    after_minutes(&bot, DAY + 1).await;
    assert_eq!((times(&bot, channel::GENERAL), threads(&bot).len()), (0, 1));

    // What began in direct messages goes on there, and not in a thread that others read.
    let bot = awake().await;
    let dm = bot.world.discord.open_dm(user::MEMBER).unwrap();
    let seen = bot.command(user::MEMBER, dm, "ash talk", json!({})).await;
    assert!(seen.text().contains("We can talk here"), "{}", seen.text());
    bot.says(user::MEMBER, dm, "hello").await;
    after_minutes(&bot, 6).await;
    tomorrow(&bot, dm).await;
    after_minutes(&bot, DAY + 1).await;
    assert_eq!((times(&bot, dm), threads(&bot).len()), (1, 0));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_thread_that_is_gone_is_replaced_and_whoever_left_is_not_asked() {
    let mut bot = awake().await;
    let thread = ended(&mut bot).await;
    tomorrow(&bot, thread).await;
    let gone = relay_wire::Snowflake(thread.0);
    bot.cx().discord.delete_channel(gone, "gone").await.unwrap();
    after_minutes(&bot, DAY + 1).await;
    let other = threads(&bot)[0];
    assert!(other != thread && times(&bot, other) == 1);

    let mut bot = awake().await;
    let thread = ended(&mut bot).await;
    tomorrow(&bot, thread).await;
    bot.world.discord.leave(world::seed::HARBOUR, user::MEMBER).unwrap();
    after_minutes(&bot, DAY + 1).await;
    assert_eq!((times(&bot, thread), count(&bot, "ash_checkins").await), (0, 0));
}
