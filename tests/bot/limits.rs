//! How often a member may use one thing.

use chrono::TimeDelta;
use serde_json::json;
use world::{
    face::Face,
    seed::{channel, user},
};

use crate::harness::Bot;

#[tokio::test]
async fn the_thirty_first_use_in_a_minute_has_to_wait_and_help_never_does() {
    let bot = Bot::alone().await;
    let uses = async |member, name: &str| bot.command(member, channel::GENERAL, name, json!({})).await.text();
    for _ in 0..30 {
        assert!(uses(user::MEMBER, "ping").await.starts_with("Pong!"));
    }
    let said = uses(user::MEMBER, "ping").await;
    assert!(said.starts_with("That was a lot at once. Please try it again <t:"), "{said}");
    assert!(!uses(user::MEMBER, "score").await.contains("a lot at once"), "another command is another thing");
    assert!(uses(user::SECOND_MEMBER, "ping").await.starts_with("Pong!"), "and another member somebody else");
    for _ in 0..35 {
        assert!(uses(user::MEMBER, "resources").await.contains("Find A Helpline"));
    }
    // After the minute, as long as Upstash says.
    bot.world.shared.advance(std::time::Duration::from_secs(61));
    bot.cx().redis.pipeline(&[community_os::command!["DEL", format!("uses:{}:ping", user::MEMBER)]]).await.unwrap();
    assert!(uses(user::MEMBER, "ping").await.starts_with("Pong!"));
    assert!(bot.world_now() - crate::harness::now() > TimeDelta::seconds(60));
}

#[tokio::test]
async fn a_few_uses_are_no_call_to_upstash_and_the_fifth_tells_of_all() {
    let bot = Bot::alone().await;
    let told = || {
        let all = bot.world.shared.recorded(Face::Upstash);
        all.iter().map(|one| one.body.to_string()).filter(|body| body.contains("uses:")).collect::<Vec<_>>()
    };
    for _ in 0..4 {
        bot.command(user::MEMBER, channel::GENERAL, "ping", json!({})).await;
    }
    assert_eq!(told(), [""; 0]);
    for _ in 0..2 {
        bot.command(user::MEMBER, channel::GENERAL, "ping", json!({})).await;
    }
    let told = told();
    assert!(told.len() == 2 && told[0].contains("\"5\"") && told[1].contains("\"1\""), "{told:?}");
}
