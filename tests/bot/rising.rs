//! The Rising Star role: given to active newcomers, taken when the rule holds no more, a few calls at a time.

use chrono::TimeDelta;
use community_os::{
    edge::Time,
    jobs::{self, Job},
};
use serde_json::{Value, json};
use world::{
    discord::Id,
    face::Face,
    seed::{self, channel, role, user},
};

use crate::{
    harness::{Bot, logged, now},
    leaderboard::has_points,
};

const KEY: &str = "engagement.rising_star_role";

/// A member who joined so many days ago.
async fn newcomer(bot: &Bot, name: &str, days: i64) -> Id {
    let member = bot.new_member(name);
    let joined = now() - TimeDelta::days(days);
    let row = json!({"guild_id": seed::HARBOUR, "user_id": member, "display_name": name, "guild_join_date": joined});
    bot.cx().supabase.insert("discord_users", &[row], None).await.unwrap();
    member
}

fn wears(bot: &Bot, member: Id, role: Id) -> bool {
    bot.world.discord.state().guilds[&seed::HARBOUR].members[&member].roles.contains(&role)
}

async fn tick(bot: &Bot, now: Time) {
    let ours = |job: &&Job| matches!(job.kind, "engagement.rising" | "engagement.rising_guild");
    let ours: Vec<&Job> = community_os::features::jobs().into_iter().filter(ours).collect();
    let cx = bot.app.context(now, "test");
    jobs::owe_recurring(&cx, &ours).await.unwrap();
    jobs::tick(&cx, &ours).await.unwrap();
}

/// The day's look: plan, then the guild, in as many runs as it takes.
async fn day(bot: &Bot, from: Time) {
    for second in [0, 1, 7, 13, 19] {
        tick(bot, from + TimeDelta::seconds(second)).await;
    }
}

#[tokio::test]
async fn an_active_newcomer_gets_the_role_and_loses_it_when_the_rule_holds_no_more() {
    let bot = Bot::alone().await;
    let (star, old, quiet) =
        (newcomer(&bot, "Star", 29).await, newcomer(&bot, "Old", 31).await, newcomer(&bot, "Quiet", 3).await);
    for (member, points) in [(star, 50.0), (old, 60.0), (quiet, 1.0)] {
        has_points(&bot, member, points, 2).await;
    }
    bot.chooses("engagement.rising_star_percent", json!(60)).await;
    day(&bot, now()).await;
    assert!(!wears(&bot, star, role::SUPPORT), "off until a role is chosen");
    bot.chooses(KEY, json!(role::SUPPORT)).await;
    day(&bot, now() + TimeDelta::hours(25)).await;
    assert_eq!([star, old, quiet].map(|member| wears(&bot, member, role::SUPPORT)), [false; 3], "a day later: 30 days");
    bot.chooses("engagement.rising_star_days", json!(40)).await;
    day(&bot, now() + TimeDelta::hours(50)).await;
    assert_eq!([star, old, quiet].map(|member| wears(&bot, member, role::SUPPORT)), [true, true, false]);
    bot.world.shared.forget_recorded();
    day(&bot, now() + TimeDelta::hours(75)).await;
    assert_eq!(bot.world.shared.recorded(Face::Discord).len(), 0, "nothing to change, nothing asked");
    day(&bot, now() + TimeDelta::days(9)).await;
    assert_eq!([star, old].map(|member| wears(&bot, member, role::SUPPORT)), [false; 2], "a week without a word");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_role_given_by_people_and_a_member_who_opted_out_are_left_alone() {
    let bot = Bot::alone().await;
    let (star, by_hand) = (newcomer(&bot, "Star", 3).await, newcomer(&bot, "By hand", 90).await);
    bot.world.discord.set_roles(seed::HARBOUR, by_hand, &[role::SUPPORT]).unwrap();
    has_points(&bot, star, 50.0, 2).await;
    let opted_out = json!({"guild_id": seed::HARBOUR, "user_id": star, "scoring_opt_out": true});
    bot.cx().supabase.insert("user_preferences", &[opted_out], None).await.unwrap();
    bot.chooses(KEY, json!(role::SUPPORT)).await;
    day(&bot, now()).await;
    assert_eq!((wears(&bot, star, role::SUPPORT), wears(&bot, by_hand, role::SUPPORT)), (false, true));
}

#[tokio::test]
async fn many_are_given_the_role_in_portions_and_those_who_left_do_not_stop_it() {
    let bot = Bot::alone().await;
    bot.chooses("engagement.rising_star_percent", json!(100)).await;
    bot.chooses(KEY, json!(role::SUPPORT)).await;
    let mut members = vec![];
    for number in 0..25 {
        let member = newcomer(&bot, &format!("Newcomer {number}"), 3).await;
        has_points(&bot, member, 5.0, 2).await;
        members.push(member);
    }
    bot.world.discord.leave(seed::HARBOUR, members[3]).unwrap();
    let start = now();
    tick(&bot, start).await;
    tick(&bot, start + TimeDelta::seconds(1)).await;
    let wearing = || {
        let state = bot.world.discord.state();
        let guild = &state.guilds[&seed::HARBOUR];
        guild.members.values().filter(|member| member.roles.contains(&role::SUPPORT)).count() - 1
    };
    assert_eq!(wearing(), 9, "ten calls, one of them for who left");
    for second in [7, 13, 19] {
        tick(&bot, start + TimeDelta::seconds(second)).await;
    }
    assert_eq!(wearing(), 24);
    let rows: Vec<Value> = bot.cx().supabase.select("rising_star_roles", "user_id", &[]).await.unwrap();
    assert_eq!(rows.len(), 24);
}

#[tokio::test]
async fn a_role_above_the_bots_is_told_in_setup() {
    let bot = Bot::alone().await;
    let star = newcomer(&bot, "Star", 3).await;
    has_points(&bot, star, 50.0, 2).await;
    bot.chooses(KEY, json!(role::ADMIN)).await;
    day(&bot, now()).await;
    day(&bot, now() + TimeDelta::hours(25)).await;
    assert_eq!(logged().iter().filter(|line| line.contains("setting_problem")).count(), 1);
    let seen = bot.command(user::OWNER, channel::GENERAL, "setup", json!({})).await;
    let seen = bot.press(&seen, "1:admin.feature", &["engagement"]).await;
    assert!(seen.text().contains("⚠️ I may not give this role. I need Manage Roles"), "{}", seen.text());
    // Another role, and it works; then none, and it is taken away.
    bot.chooses(KEY, json!(role::SUPPORT)).await;
    day(&bot, now() + TimeDelta::hours(50)).await;
    assert!(wears(&bot, star, role::SUPPORT));
    let setting = community_os::features::settings().find(|setting| setting.key == KEY).unwrap();
    community_os::settings::reset(&bot.cx(), relay_wire::Snowflake(seed::HARBOUR.0), setting).await.unwrap();
    day(&bot, now() + TimeDelta::hours(75)).await;
    assert!(!wears(&bot, star, role::SUPPORT));
}
