//! What Ash-NLP could not be asked about is looked at again: nothing is lost, nothing is told twice, nothing is taken back.

use chrono::TimeDelta;
use community_os::{clients::supabase::Filter, command, edge::Time};
use serde_json::{Value, json};
use world::{
    face::{Face, Fault},
    seed::{self, channel, user},
};

use super::{alerts, all_alerts, count, finds, live, live_with, rests_no_more};
use crate::{
    harness::{Bot, now, read},
    relay::opts_out,
};

fn nlp_is_down(bot: &Bot) {
    bot.world.shared.break_with(Fault::status(Face::Nlp, "", 503));
}

/// As many minutes pass, with the relay's ticks in them. How many calls the busiest tick made.
async fn pass(bot: &Bot, from: Time, ticks: i64) -> usize {
    let mut most = 0;
    for tick in 0..ticks {
        bot.world.shared.forget_recorded();
        bot.app.scheduled(from + TimeDelta::seconds(2 * tick)).await.unwrap();
        let faces = [Face::Discord, Face::Supabase, Face::Upstash, Face::Nlp];
        most = most.max(faces.into_iter().map(|face| bot.world.shared.recorded(face).len()).sum());
    }
    most
}

async fn waiting(bot: &Bot) -> i64 {
    bot.cx().redis.pipeline(&[command!["ZCARD", "crisis:second_look"]]).await.unwrap()[0].int().unwrap()
}

#[tokio::test]
async fn weakness_1_what_was_written_while_ash_nlp_was_down_is_found_when_it_is_back() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    nlp_is_down(&bot);
    bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    bot.says(user::SECOND_MEMBER, channel::VENT, "what a day").await;
    assert_eq!((all_alerts(&bot).len(), waiting(&bot).await), (0, 2), "the screen sees nothing in it");

    let later = now() + TimeDelta::minutes(2);
    pass(&bot, later, 3).await;
    assert_eq!((all_alerts(&bot).len(), waiting(&bot).await), (0, 2), "still down");

    bot.world.shared.mend();
    rests_no_more(&bot).await;
    pass(&bot, later + TimeDelta::minutes(1), 3).await;
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(alert.contains("a lantern in the fog") && alert.starts_with("<@&"), "{alert}");
    assert_eq!(waiting(&bot).await, 0);
    pass(&bot, later + TimeDelta::minutes(5), 2).await;
    assert_eq!(all_alerts(&bot).len(), 1);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_second_look_raises_an_alert_and_never_takes_one_back() {
    let bot = live().await;
    // One channel for both, so that the new alert stands beside the old one.
    bot.chooses("crisis.critical_channel", json!(channel::CRT_CRISIS)).await;
    finds(&bot, "lantern", "critical");
    nlp_is_down(&bot);
    bot.says(user::MEMBER, channel::VENT, "i want to die, lantern").await;
    bot.says(user::SECOND_MEMBER, channel::VENT, "i want to die").await;
    let before = alerts(&bot, channel::CRT_CRISIS);
    assert_eq!(before.len(), 2, "{before:?}");
    assert!(before.iter().all(|alert| alert.contains("Ash-NLP did not answer")), "{before:?}");

    bot.world.shared.mend();
    rests_no_more(&bot).await;
    pass(&bot, now() + TimeDelta::minutes(2), 4).await;
    let after = alerts(&bot, channel::CRT_CRISIS);
    let of = |words: &str| after.iter().filter(|alert| alert.contains(words)).count();
    assert_eq!((of("Critical alert"), of("Crisis alert"), of("finds this graver")), (1, 2, 2), "{after:?}");
    assert_eq!(count(&bot, "crisis_alerts").await, 2);
    assert_eq!(waiting(&bot).await, 0);
}

#[tokio::test]
async fn what_was_deleted_is_done_with_what_was_edited_is_read_anew_and_who_opted_out_is_not_read() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    finds(&bot, "compass", "high");
    nlp_is_down(&bot);
    let (deleted, _) = bot.says(user::MEMBER, channel::VENT, "a lantern, deleted").await;
    bot.world.discord.delete_message(channel::VENT, deleted.id, None).unwrap();
    let (edited, _) = bot.says(user::SECOND_MEMBER, channel::VENT, "nothing much").await;
    bot.world.discord.edit_message(channel::VENT, edited.id, "a compass now").unwrap();
    bot.says(user::NEWCOMER, channel::VENT, "a lantern of mine").await;
    opts_out(&bot, user::NEWCOMER).await;

    bot.world.shared.mend();
    rests_no_more(&bot).await;
    pass(&bot, now() + TimeDelta::minutes(2), 3).await;
    let found = alerts(&bot, channel::CRT_CRISIS);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("a compass now"));
    assert_eq!(waiting(&bot).await, 0);
    let asked = bot.world.shared.recorded(Face::Nlp);
    assert!(asked.iter().all(|one| !one.body.to_string().contains("lantern")));
}

#[tokio::test]
async fn the_newest_is_looked_at_first_however_much_was_written_since_the_others() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    nlp_is_down(&bot);
    for at in 0..7 {
        bot.says(bot.new_member(&format!("Somebody {at}")), channel::VENT, "good morning").await;
    }
    let crowd = bot.new_member("Crowd");
    for _ in 0..110 {
        bot.world.discord.send_message(channel::VENT, crowd, "another one", None).unwrap();
    }
    bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    assert_eq!((all_alerts(&bot).len(), waiting(&bot).await), (0, 8));

    bot.world.shared.mend();
    rests_no_more(&bot).await;
    pass(&bot, now() + TimeDelta::minutes(2), 2).await;
    let mut looks = 0;
    while waiting(&bot).await == 8 && looks < 5 {
        looks += 1;
        pass(&bot, now() + TimeDelta::minutes(2 + looks), 1).await;
    }
    assert_eq!((alerts(&bot, channel::CRT_CRISIS).len(), waiting(&bot).await), (1, 7), "the first look is for them");
    pass(&bot, now() + TimeDelta::minutes(9), 2).await;
    assert_eq!(waiting(&bot).await, 0);
}

#[tokio::test]
async fn what_was_judged_meanwhile_waits_no_more() {
    let bot = live().await;
    nlp_is_down(&bot);
    let (message, _) = bot.says(user::MEMBER, channel::VENT, "nothing much").await;
    assert_eq!(waiting(&bot).await, 1);
    bot.world.shared.mend();
    rests_no_more(&bot).await;
    bot.edits(&bot.world.discord.edit_message(channel::VENT, message.id, "all is well").unwrap()).await;
    assert_eq!(waiting(&bot).await, 0);
}

#[tokio::test]
async fn without_upstash_the_database_remembers_what_waits() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    nlp_is_down(&bot);
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 500));
    bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    let jobs: Vec<Value> =
        bot.cx().supabase.select("jobs", "payload", &[Filter::eq("kind", "crisis.look")]).await.unwrap();
    assert_eq!(jobs.len(), 1);
    assert!(!jobs[0].to_string().contains("lantern"), "{jobs:?}");

    bot.world.shared.mend();
    // Upstash is back before Ash-NLP is.
    nlp_is_down(&bot);
    pass(&bot, now() + TimeDelta::minutes(2), 2).await;
    assert_eq!((all_alerts(&bot).len(), waiting(&bot).await), (0, 1));
    bot.world.shared.mend();
    pass(&bot, now() + TimeDelta::minutes(5), 3).await;
    assert_eq!((all_alerts(&bot).len(), waiting(&bot).await), (1, 0));
}

#[tokio::test]
async fn with_nobody_to_remember_it_the_relay_does() {
    let bot = live().await;
    nlp_is_down(&bot);
    for face in [Face::Upstash, Face::Supabase] {
        bot.world.shared.break_with(Fault::status(face, "", 500));
    }
    let (_, outcomes) = bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    assert!(matches!(outcomes[0], relay_wire::Outcome::Retry { .. }), "{outcomes:?}");
}

#[tokio::test]
async fn a_long_backlog_is_worked_through_in_small_ticks_the_gravest_first() {
    let bot = live_with(&[("NLP_INTERNAL_KEY", world::defaults::NLP_INTERNAL_KEY)]).await;
    finds(&bot, "lantern", "high");
    nlp_is_down(&bot);
    // Ash-NLP rests after five failures: the others are not even tried.
    for at in 0..45 {
        let member = bot.new_member(&format!("Somebody {at}"));
        let place = [channel::VENT, channel::GENERAL, channel::GAMING][at % 3];
        let words = if at % 9 == 0 { "a lantern" } else { "good morning" };
        bot.says(member, place, words).await;
    }
    assert_eq!(waiting(&bot).await, 45);
    bot.world.shared.mend();
    rests_no_more(&bot).await;
    let busiest = pass(&bot, now() + TimeDelta::minutes(2), 12).await;
    let found = all_alerts(&bot).iter().map(read).filter(|post| post.contains("a lantern")).count();
    assert_eq!((found, waiting(&bot).await), (5, 0));
    assert!(busiest < 50, "a tick made {busiest} calls");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn what_is_a_day_old_waits_no_more_and_an_erasure_takes_what_waits() {
    let bot = live().await;
    nlp_is_down(&bot);
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    bot.says(user::SECOND_MEMBER, channel::VENT, "a compass").await;
    let who = community_os::person::Person {
        guild_id: relay_wire::Snowflake(seed::HARBOUR.0),
        user_id: relay_wire::Snowflake(user::SECOND_MEMBER.0),
    };
    let crisis = community_os::features::FEATURES.iter().find(|feature| feature.name == "crisis").unwrap();
    (crisis.erase.unwrap())(bot.cx(), who).await.unwrap();
    assert_eq!(waiting(&bot).await, 1);
    bot.world.shared.mend();
    rests_no_more(&bot).await;
    pass(&bot, now() + TimeDelta::hours(25), 5).await;
    assert_eq!(waiting(&bot).await, 0);
    let asked = bot.world.shared.recorded(Face::Nlp);
    assert!(asked.iter().all(|one| one.path != "/analyze"), "nothing is read after a day");
}
