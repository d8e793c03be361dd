//! `/privacy` as a conversation: what is held, given out, stopped, deleted, delayed; in a guild and in direct messages.

use chrono::TimeDelta;
use community_os::clients::supabase::Filter;
use relay_wire::Snowflake;
use serde_json::{Value, json};
use world::{
    discord::Id,
    face::{Face, Fault},
    seed::{self, channel, user},
};

use crate::{
    harness::{Bot, Seen, logged, now},
    relay::{close_ticket, monitor, open_ticket},
};

/// Ticks these minutes from now.
pub async fn later(bot: &Bot, minutes: &[i64]) {
    for minute in minutes {
        bot.ticks(now() + TimeDelta::minutes(*minute)).await;
    }
}

async fn asks(bot: &Bot, member: Id, place: Id, sub: &str) -> Seen {
    let seen = bot.command(member, place, &format!("privacy {sub}"), json!({})).await;
    assert!(seen.is_private() || place != channel::GENERAL, "only they see it");
    seen
}

/// The file of `/privacy export`, read.
pub async fn export_of(bot: &Bot, member: Id, place: Id) -> Value {
    let seen = asks(bot, member, place, "export").await;
    assert_eq!(seen.text(), "Here is everything held about you. Only you see this message.");
    let file = &seen.message.as_ref().unwrap().attachments[0];
    assert_eq!(file.filename, format!("privacy-{member}.json"));
    serde_json::from_slice(&bot.world.discord.state().files[&file.id].1).unwrap()
}

/// Without the numbers of moments.
fn plain(text: &str) -> String {
    let mut parts = text.split("<t:");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| format!("{text}<t{}", &part[part.find(':').unwrap()..]))
}

async fn requests(bot: &Bot, member: Id) -> Vec<Value> {
    bot.rows("privacy_requests", "subject_id", member).await
}

#[tokio::test]
async fn who_asks_is_told_in_plain_words() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    bot.hears_join(seed::HARBOUR, robin).await;
    bot.says(robin, channel::GENERAL, "hello").await;
    let seen = asks(&bot, robin, channel::GENERAL, "status").await;
    insta::assert_snapshot!(seen.text(), @"
    Your privacy
    What this bot holds about you in this server:
    • 1 × entry with your name and when you joined
    • 1 × times you joined or left
    • 1 × messages and reactions worth points (never their text)
    • 1 × hourly sums of those points

    `/privacy export` gives you all of it, `/privacy delete` deletes it.
    Points = **on** · what you do is worth points
    Monitoring = **on** · your messages in watched channels are read to notice people in need
    Online times = **off** · when you are online is kept, where the server wants it
    Welcome by DM = **off** · you are welcomed by direct message when you join again
    ");
}

#[tokio::test]
async fn a_stranger_is_told_that_nothing_is_held() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    let dm = bot.world.discord.open_dm(robin).unwrap();
    for sub in ["status", "export", "delete", "stop"] {
        assert_eq!(asks(&bot, robin, dm, sub).await.text(), "Nothing is held about you.", "{sub}");
    }
    assert_eq!(bot.rows("user_preferences", "user_id", robin).await.len(), 0);
}

#[tokio::test]
async fn a_switch_is_stored_at_once_and_monitoring_tells_the_relays() {
    let bot = Bot::alone().await;
    monitor(&bot, json!([channel::VENT])).await;
    let seen = asks(&bot, user::MEMBER, channel::GENERAL, "status").await;
    let seen = bot.press(&seen, "1:privacy.switch:monitoring:off", &[]).await;
    assert!(seen.text().contains("Monitoring = **off**"), "{}", seen.text());
    assert_eq!(bot.relay_config().await.guilds[0].opted_out, [Snowflake(user::MEMBER.0)]);
    let seen = bot.press(&seen, "1:privacy.switch:presence:on", &[]).await;
    assert!(seen.text().contains("Online times = **on**"), "{}", seen.text());
    let seen = bot.press(&seen, "1:privacy.switch:scoring:off", &[]).await;
    assert!(seen.text().contains("Points = **off**"), "{}", seen.text());
    bot.press(&seen, "1:privacy.switch:monitoring:on", &[]).await;
    assert_eq!(bot.relay_config().await.guilds[0].opted_out, []);
    let row = &bot.rows("user_preferences", "user_id", user::MEMBER).await[0];
    assert_eq!((&row["scoring_opt_out"], &row["presence_opt_in"]), (&json!(true), &json!(true)));
    for forged in ["1:privacy.switch:nonsense:on", "1:privacy.switch", "1:privacy.admin_delete:7", "1:privacy.delete"] {
        let answer = bot.forged_component(user::MEMBER, channel::FRESH_GENERAL, forged).await;
        assert_eq!(answer["data"]["flags"], 64, "{forged}: {answer}");
    }
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn everything_goes_and_stays_away_for_who_also_stops_the_collecting() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("**Robin** @everyone");
    bot.hears_join(seed::HARBOUR, robin).await;
    bot.says(robin, channel::GENERAL, "hello").await;
    let dialog = asks(&bot, robin, channel::GENERAL, "delete").await;
    assert!(dialog.text().starts_with("Delete your data?\nEverything held about you in this server is deleted"));
    let seen = bot.press(&dialog, "1:privacy.cancel", &[]).await;
    assert_eq!(seen.text(), "Nothing was deleted.");
    assert_eq!(requests(&bot, robin).await.len(), 0);

    let dialog = asks(&bot, robin, channel::GENERAL, "delete").await;
    let seen = bot.press(&dialog, "1:privacy.delete:stop", &[]).await;
    assert_eq!(
        seen.text(),
        "Your data is being deleted. It takes a few minutes.\nNothing new is collected from now on; `/privacy status` \
         switches it on again."
    );
    let dialog = asks(&bot, robin, channel::GENERAL, "delete").await;
    bot.press(&dialog, "1:privacy.delete:only", &[]).await;
    assert_eq!(requests(&bot, robin).await.len(), 1, "asked twice, owed once");
    // Two isolates at once, and the database fails once in the middle.
    bot.world
        .shared
        .break_with(Fault { times: Some(1), ..Fault::status(Face::Supabase, "POST /rest/v1/rpc/erase_person", 503) });
    let start = now();
    let (a, b) = tokio::join!(bot.app.scheduled(start), bot.app.scheduled(start));
    a.unwrap();
    b.unwrap();
    later(&bot, &[1, 4, 7]).await;
    for table in ["discord_users", "activity_logs", "activity_hourly", "member_events"] {
        assert_eq!(bot.rows(table, "user_id", robin).await.len(), 0, "{table}");
    }
    assert!(requests(&bot, robin).await[0]["done_at"].is_string());
    assert!(logged().iter().any(|line| line.contains("503")), "it did fail once");
    let erasures = bot.relay_config().await.erase;
    assert!(!erasures.is_empty(), "the relays are told");

    // They are still a member, and are neither listed nor renamed into the tables again.
    bot.hears_guild(seed::HARBOUR).await;
    later(&bot, &[10]).await;
    bot.hears_join(seed::HARBOUR, robin).await;
    assert_eq!(bot.rows("discord_users", "user_id", robin).await.len(), 0);
    assert_eq!(bot.rows("user_preferences", "user_id", robin).await[0]["scoring_opt_out"], true);
    assert!(logged().iter().all(|line| !line.contains("Robin") && !line.contains("hello")), "ids only in the log");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn who_left_asks_in_a_direct_message_for_all_servers() {
    let bot = Bot::alone().await;
    bot.set(seed::FRESH_START, "privacy.contact", json!("privacy@example.org")).await;
    let robin = bot.new_member("Robin");
    bot.world.discord.join(seed::FRESH_START, robin, "Robin").unwrap();
    bot.hears_join(seed::HARBOUR, robin).await;
    bot.hears_join(seed::FRESH_START, robin).await;
    let dm = bot.world.discord.open_dm(robin).unwrap();
    bot.world.discord.leave(seed::HARBOUR, robin).unwrap();
    bot.hears_leave(seed::HARBOUR, robin).await;

    let status = asks(&bot, robin, dm, "status").await.text();
    assert!(status.contains("in the 2 servers it knows you from:\n• 2 × entry with your name"), "{status}");
    assert_eq!(
        export_of(&bot, robin, dm).await["guilds"].as_array().unwrap().len(),
        3,
        "two servers, and what is of none"
    );
    let report = asks(&bot, robin, dm, "report").await.text();
    assert!(report.starts_with(&format!("Server `{}`: privacy@example.org", seed::FRESH_START)), "{report}");

    let stopped = asks(&bot, robin, dm, "stop").await.text();
    assert!(stopped.starts_with("Nothing new is collected about you in every server"), "{stopped}");
    assert_eq!(bot.rows("user_preferences", "user_id", robin).await.len(), 2);
    let dialog = asks(&bot, robin, dm, "delete").await;
    bot.press(&dialog, "1:privacy.delete:only", &[]).await;
    later(&bot, &[0, 3]).await;
    assert_eq!(bot.rows("discord_users", "user_id", robin).await.len(), 0);
    assert_eq!(requests(&bot, robin).await.iter().filter(|one| one["done_at"].is_string()).count(), 3);
    let everywhere = bot.relay_config().await.erase.into_iter().any(|one| one.guild_id.is_none());
    assert!(everywhere, "direct messages as well");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn an_open_ticket_is_finished_first_and_seventy_two_hours_are_the_longest() {
    let bot = Bot::alone().await;
    open_ticket(&bot, user::MEMBER, channel::GET_HELP).await;
    open_ticket(&bot, user::NEWCOMER, channel::STAFF).await;
    for member in [user::MEMBER, user::NEWCOMER] {
        let dialog = asks(&bot, member, channel::GENERAL, "delete").await;
        let seen = bot.press(&dialog, "1:privacy.delete:only", &[]).await;
        assert_eq!(
            plain(&seen.text()),
            "There is an open ticket, which is finished first: your data is deleted when it is closed, <t:f> at the latest."
        );
    }
    let status = plain(&asks(&bot, user::MEMBER, channel::GENERAL, "status").await.text());
    assert!(status.contains("Your deletion is under way; it is due <t:f>."), "{status}");
    later(&bot, &[0, 60]).await;
    assert_eq!(bot.rows("tickets", "opener_id", user::MEMBER).await.len(), 1);
    close_ticket(&bot, channel::GET_HELP, now()).await;
    later(&bot, &[125]).await;
    assert_eq!(bot.rows("tickets", "opener_id", user::MEMBER).await.len(), 0, "closed, so it goes");
    assert_eq!(bot.rows("tickets", "opener_id", user::NEWCOMER).await.len(), 1, "still open");
    later(&bot, &[72 * 60 + 5]).await;
    assert_eq!(bot.rows("tickets", "opener_id", user::NEWCOMER).await.len(), 0, "long enough");
}

#[tokio::test]
async fn an_administrator_delays_a_deletion_and_the_member_is_told_until_when_not_why() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    bot.hears_join(seed::HARBOUR, robin).await;
    let hold = async |days: i64| {
        let options = json!({"user": robin, "days": days, "reason": "threats in #general"});
        bot.command(user::ADMIN, channel::GENERAL, "privacy hold", options).await
    };
    let seen = hold(7).await;
    assert_eq!(
        plain(&seen.text()),
        format!(
            "Nothing of <@{robin}> is deleted in this server until <t:f>. If they ask for it, they are told until when, not why."
        )
    );
    let dialog = asks(&bot, robin, channel::GENERAL, "delete").await;
    let seen = bot.press(&dialog, "1:privacy.delete:only", &[]).await;
    assert_eq!(
        plain(&seen.text()),
        "An administrator has put this on hold until <t:f>. It is deleted then, without being asked for again."
    );
    later(&bot, &[0, 60, 24 * 60]).await;
    assert_eq!(bot.rows("discord_users", "user_id", robin).await.len(), 1);
    let status = asks(&bot, robin, channel::GENERAL, "status").await.text();
    assert!(plain(&status).contains("Your deletion is on hold until <t:f>."), "{status}");
    assert!(!status.contains("threats"), "{status}");

    // An administrator cannot destroy it either, and ends the hold.
    let options = json!({"user": robin});
    let dialog = bot.command(user::OWNER, channel::GENERAL, "privacy admin-delete", options).await;
    let seen = bot.press(&dialog, &format!("1:privacy.admin_delete:{robin}"), &[]).await;
    assert!(seen.text().contains("put this on hold until"), "{}", seen.text());
    assert!(hold(0).await.text().contains("is over"));
    later(&bot, &[24 * 60 + 1, 24 * 60 + 4]).await;
    assert_eq!(bot.rows("discord_users", "user_id", robin).await.len(), 0);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn only_administrators_act_for_others() {
    let bot = Bot::alone().await;
    for (name, options) in [
        ("privacy admin-delete", json!({"user": user::NEWCOMER})),
        ("privacy hold", json!({"user": user::NEWCOMER, "days": 3, "reason": "x"})),
    ] {
        for member in [user::MEMBER, user::MANAGER] {
            let seen = bot.command(member, channel::GENERAL, name, options.clone()).await;
            assert_eq!(seen.text(), "You need the permission **Administrator** for this.", "{name}");
        }
        let dm = bot.world.discord.open_dm(user::ADMIN).unwrap();
        let seen = bot.command(user::ADMIN, dm, name, options.clone()).await;
        assert_eq!(seen.text(), "This works inside a server only.", "{name}");
    }
    assert_eq!(requests(&bot, user::NEWCOMER).await.len(), 0);

    // For somebody who left, by id.
    let gone = bot.new_member("Gone");
    bot.hears_join(seed::HARBOUR, gone).await;
    bot.world.discord.leave(seed::HARBOUR, gone).unwrap();
    let dialog = bot.command(user::ADMIN, channel::GENERAL, "privacy admin-delete", json!({"user": gone})).await;
    let seen = bot.press(&dialog, &format!("1:privacy.admin_delete:{gone}"), &[]).await;
    assert_eq!(seen.text(), format!("<@{gone}>: Their data is being deleted. It takes a few minutes."));
    later(&bot, &[0, 3]).await;
    assert_eq!(bot.rows("discord_users", "user_id", gone).await.len(), 0);
    let row = &requests(&bot, gone).await[0];
    assert_eq!((&row["kind"], row["requested_by"].as_u64()), (&json!("admin_delete"), Some(user::ADMIN.0)));

    // After ninety days nobody remembers that either.
    later(&bot, &[91 * 24 * 60]).await;
    assert_eq!(requests(&bot, gone).await.len(), 0);
}

#[tokio::test]
async fn the_database_is_down_and_nobody_is_promised_anything() {
    let bot = Bot::alone().await;
    let dialog = asks(&bot, user::MEMBER, channel::GENERAL, "delete").await;
    bot.world.shared.break_with(Fault::status(Face::Supabase, "", 503));
    let seen = bot.press(&dialog, "1:privacy.delete:stop", &[]).await;
    assert!(seen.text().starts_with("Something behind the bot does not answer right now."), "{}", seen.text());
}

#[tokio::test]
async fn who_left_is_forgotten_by_the_relays_after_a_week_unless_they_come_back() {
    let bot = Bot::alone().await;
    let (gone, back) = (bot.new_member("Gone"), bot.new_member("Back"));
    for member in [gone, back] {
        bot.hears_join(seed::HARBOUR, member).await;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        bot.world.discord.leave(seed::HARBOUR, member).unwrap();
        bot.hears_leave(seed::HARBOUR, member).await;
    }
    let owed = async || {
        let jobs: Vec<Value> =
            bot.cx().supabase.select("jobs", "key", &[Filter::eq("kind", "privacy.left")]).await.unwrap();
        jobs.len()
    };
    assert_eq!(owed().await, 2);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    bot.world.discord.join(seed::HARBOUR, back, "Back").unwrap();
    bot.hears_join(seed::HARBOUR, back).await;
    assert_eq!(owed().await, 1);
    // A leave that comes once more, late: the job looks for itself.
    bot.cx()
        .supabase
        .rpc::<()>(
            "owe_goodbyes",
            &json!({"events": [{"kind": "member_left", "guild_id": seed::HARBOUR, "user_id": back}], "at": now()}),
        )
        .await
        .unwrap();
    later(&bot, &[6 * 24 * 60]).await;
    assert_eq!(bot.relay_config().await.erase.len(), 0);
    later(&bot, &[7 * 24 * 60 + 5]).await;
    let erased: Vec<_> = bot.relay_config().await.erase.into_iter().map(|one| one.subject).collect();
    assert_eq!(erased, [relay_wire::Subject::UserId(Snowflake(gone.0))]);
}

#[tokio::test]
async fn a_hold_in_one_server_does_not_delay_the_others() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    bot.world.discord.join(seed::FRESH_START, robin, "Robin").unwrap();
    bot.hears_join(seed::HARBOUR, robin).await;
    bot.hears_join(seed::FRESH_START, robin).await;
    let options = json!({"user": robin, "days": 2, "reason": "a report"});
    bot.command(user::ADMIN, channel::GENERAL, "privacy hold", options).await;
    let dm = bot.world.discord.open_dm(robin).unwrap();
    let dialog = asks(&bot, robin, dm, "delete").await;
    bot.press(&dialog, "1:privacy.delete:stop", &[]).await;
    later(&bot, &[0, 3]).await;
    let left: Vec<u64> =
        bot.rows("discord_users", "user_id", robin).await.iter().map(|row| row["guild_id"].as_u64().unwrap()).collect();
    assert_eq!(left, [seed::HARBOUR.0]);
    // The hold is over by itself.
    later(&bot, &[2 * 24 * 60 + 1, 2 * 24 * 60 + 4]).await;
    assert_eq!(bot.rows("discord_users", "user_id", robin).await.len(), 0);
    assert!(requests(&bot, robin).await.iter().all(|one| one["done_at"].is_string() && one["held_until"].is_null()));
}

#[tokio::test]
async fn stopping_keeps_what_is_held_and_notes_nothing_new() {
    let bot = Bot::alone().await;
    let robin = bot.new_member("Robin");
    bot.hears_join(seed::HARBOUR, robin).await;
    let said = asks(&bot, robin, channel::GENERAL, "stop").await.text();
    assert!(said.starts_with("Nothing new is collected about you in this server from now on"), "{said}");
    let renamed = json!({
        "guild_id": seed::HARBOUR, "user": bot.world.discord.state().user(robin), "nick": "New Name", "roles": [],
    });
    bot.deliver(bot.events_of("GUILD_MEMBER_UPDATE", &renamed)).await;
    bot.world.discord.leave(seed::HARBOUR, robin).unwrap();
    bot.hears_leave(seed::HARBOUR, robin).await;
    let row = &bot.rows("discord_users", "user_id", robin).await[0];
    assert_eq!(row["display_name"], "Robin");
    assert!(row["left_at"].is_string(), "who left is known to have left");
    assert_eq!(bot.rows("member_events", "user_id", robin).await.len(), 1, "the joining of before");
}
