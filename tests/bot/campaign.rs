//! `/campaign`: a manager tags a span of time and sees what was different in it.

use serde_json::json;
use world::{
    discord::Id,
    seed::{channel, user},
};

use crate::harness::Bot;

const HERE: Id = channel::FRESH_GENERAL;

#[tokio::test]
async fn a_manager_tags_ends_and_compares_a_campaign() {
    let bot = Bot::alone().await;
    let seen = bot.command(user::OWNER, HERE, "campaign list", json!({})).await;
    assert!(seen.is_private());
    assert_eq!(seen.text(), "No campaign has been tagged yet. `/campaign add` tags one, past ones too.");

    let add = json!({"name": "Spring *week*", "start": "2026-03-02", "end": "3d"});
    let seen = bot.command(user::OWNER, HERE, "campaign add", add).await;
    // 2 and 5 March 2026, 00:00 UTC.
    assert_eq!(seen.text(), "Campaign **Spring \\*week\\*** is tagged: <t:1772409600:f> to <t:1772668800:f>.");

    let running = json!({"name": "Now", "start": "2h ago"});
    let seen = bot.command(user::OWNER, HERE, "campaign add", running).await;
    assert!(seen.text().ends_with("until you end it."), "{}", seen.text());
    let end = json!({"name": "now"});
    let seen = bot.command(user::OWNER, HERE, "campaign end", end.clone()).await;
    assert!(seen.text().starts_with("Campaign **Now** is over: <t:"), "{}", seen.text());
    let seen = bot.command(user::OWNER, HERE, "campaign end", end).await;
    assert_eq!(seen.text(), "No campaign of that name is running. `/campaign list` shows what there is.");

    let seen = bot.command(user::OWNER, HERE, "campaign list", json!({})).await;
    let text = seen.text();
    assert!(text.starts_with("Campaigns\nBeside the same weekdays and hours"), "{text}");
    assert!(text.contains("0 messages; nothing of the weeks before to compare with."), "{text}");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn dates_are_meant_in_the_time_zone_of_the_server() {
    let bot = Bot::alone().await;
    let cx = bot.cx();
    let setting = community_os::features::settings().find(|setting| setting.key == "community.time_zone").unwrap();
    let guild = relay_wire::Snowflake(world::seed::FRESH_START.0);
    community_os::settings::save(&cx, guild, setting, json!("Pacific/Auckland"), guild).await.unwrap();
    let add = json!({"name": "Spring", "start": "2026-03-02", "end": "2026-03-02"});
    let seen = bot.command(user::OWNER, HERE, "campaign add", add.clone()).await;
    // 13 hours earlier than in UTC, and the whole day.
    assert_eq!(seen.text(), "Campaign **Spring** is tagged: <t:1772362800:f> to <t:1772449200:f>.");
    community_os::settings::save(&cx, guild, setting, json!("Mars/Olympus"), guild).await.unwrap();
    let seen = bot.command(user::OWNER, HERE, "campaign add", add).await;
    assert!(seen.text().starts_with("The time zone of this server is not one I know."), "{}", seen.text());
}

#[tokio::test]
async fn what_cannot_be_read_is_said_clearly() {
    let bot = Bot::start().await;
    let nameless = json!({"name": "   ", "start": "now"});
    let seen = bot.command(user::OWNER, HERE, "campaign add", nameless).await;
    assert_eq!(seen.text(), "Give the campaign a name that can be read, like `Spring week`.");
    for (start, end, said) in [
        ("someday", "3d", "I do not understand when it starts."),
        ("now", "someday", "I do not understand when it ends."),
        ("2026-03-02", "2026-03-01", "It would end before it starts."),
    ] {
        let add = json!({"name": "Spring", "start": start, "end": end});
        let seen = bot.command(user::OWNER, HERE, "campaign add", add).await;
        assert!(seen.text().starts_with(said), "{}", seen.text());
        assert!(seen.is_private());
    }
    let hidden = bot.try_command(user::MEMBER, HERE, "campaign list", json!({})).await;
    assert!(hidden.is_err(), "Discord does not offer it to members");
}

#[tokio::test]
async fn who_ends_a_campaign_is_offered_those_that_are_running() {
    let bot = Bot::alone().await;
    for (name, start, end) in [
        ("Autumn fair", "3d ago", None),
        ("Quiz *night*", "2h ago", Some("1d")),
        ("Quiz of spring", "2026-03-02", Some("3d")),
        ("Quiz to come", "in 2d", None),
    ] {
        let mut add = json!({"name": name, "start": start});
        if let Some(end) = end {
            add["end"] = json!(end);
        }
        bot.command(user::OWNER, HERE, "campaign add", add).await;
    }
    let typed = async |text: &str| {
        let offered = bot.types(user::OWNER, HERE, "campaign end", json!({"name": text}), "name").await;
        offered.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    assert_eq!(typed("").await, ["Quiz *night*", "Autumn fair"], "the newest first");
    assert_eq!(typed("quiz").await, ["Quiz *night*"]);
    assert_eq!(typed("winter").await, [""; 0]);
    let seen = bot.command(user::OWNER, HERE, "campaign end", json!({"name": typed("night").await[0]})).await;
    assert!(seen.text().starts_with("Campaign **Quiz \\*night\\*** is over"), "{}", seen.text());
    assert_eq!(typed("").await, ["Autumn fair"]);
    bot.assert_nothing_unexpected();
}
