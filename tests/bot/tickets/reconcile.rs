//! Discord and the database are compared each hour: whatever was missed is mended, and said once.

use serde_json::json;
use world::{
    discord::{
        Id,
        model::{Overwrite, OverwriteKind},
        permissions as may,
    },
    face::{Face, Fault},
    seed::{self, channel, user},
};

use super::{all_jobs, newest_ticket, opens, story, tickets, with_panel, with_ticket};
use crate::harness::{Bot, logged, read};

fn reports(bot: &Bot) -> Vec<String> {
    let all = bot.bot_messages(channel::TICKET_LOG);
    all.iter().map(read).filter(|text| text.starts_with("I compared")).collect()
}

fn report(line: &str) -> String {
    format!("I compared the tickets with this server and\n- {line}")
}

async fn run_sql(bot: &Bot, sql: &'static str) {
    use sqlx::Connection;
    let mut database = sqlx::PgConnection::connect(bot.database_url()).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut database).await.unwrap();
}

#[tokio::test]
async fn where_all_is_well_nothing_is_said() {
    let (bot, place) = with_ticket().await;
    all_jobs(&bot, 10).await;
    all_jobs(&bot, 75).await;
    assert_eq!(reports(&bot), [""; 0]);
    assert_eq!(bot.bot_messages(place).len(), 1);
    assert!(logged().iter().all(|line| !line.contains("tickets_reconciled")));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_channel_deleted_while_nobody_listened_closes_its_ticket() {
    let (bot, place) = with_ticket().await;
    bot.world.discord.delete_channel(place).unwrap();
    all_jobs(&bot, 10).await;
    assert!(story(&bot).await.contains(&"channel_gone: OPEN -> RESOLVED".to_owned()));
    assert_eq!(reports(&bot), [report("closed a ticket whose channel was deleted")]);
    let line = logged().into_iter().find(|line| line.contains("tickets_reconciled")).unwrap();
    assert!(line.contains("\"channel_gone\":1") && line.contains("\"access\":0"), "{line}");
    all_jobs(&bot, 75).await;
    assert_eq!(reports(&bot).len(), 1, "it is said once");
}

#[tokio::test]
async fn who_got_in_by_mistake_is_out_again_and_the_opener_in() {
    let (bot, place) = with_ticket().await;
    let set = |id, kind, allow, deny| {
        bot.world.discord.set_overwrite(place, Overwrite { id, kind, allow, deny }).unwrap();
    };
    set(seed::HARBOUR, OverwriteKind::Role, may::VIEW_CHANNEL, 0);
    set(user::MEMBER, OverwriteKind::Member, 0, may::VIEW_CHANNEL);
    // By hand, on purpose: it stays.
    set(user::RESPONDER, OverwriteKind::Member, may::VIEW_CHANNEL, 0);
    let can = |who: Id| bot.world.discord.can(who, place, may::VIEW_CHANNEL);
    assert!(can(user::SECOND_MEMBER) && !can(user::MEMBER));
    all_jobs(&bot, 10).await;
    assert!(!can(user::SECOND_MEMBER) && can(user::MEMBER) && can(user::RESPONDER));
    assert_eq!(reports(&bot), [report("put right who can see a ticket")]);
    all_jobs(&bot, 75).await;
    assert_eq!(reports(&bot).len(), 1);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_channel_whose_row_was_lost_on_the_way_is_found_again() {
    let (bot, place) = with_ticket().await;
    // As after a crash between the channel and the note of it, with no job left that knows.
    run_sql(&bot, "update public.tickets set channel_id = null, message_id = null; delete from public.jobs").await;
    for message in bot.bot_messages(place) {
        bot.world.discord.delete_message(place, message.id, None).unwrap();
    }
    all_jobs(&bot, 10).await;
    assert_eq!(newest_ticket(&bot).await, place);
    assert_eq!(bot.bot_messages(place).len(), 1);
    let channels = bot.world.discord.channels(seed::HARBOUR);
    assert_eq!(channels.iter().filter(|one| one.name.starts_with("ticket-0")).count(), 1);
    assert_eq!(reports(&bot), [report("found the channel of a ticket again")]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_ticket_that_nobody_finished_gets_its_channel() {
    let (bot, place) = with_ticket().await;
    bot.world.discord.delete_channel(place).unwrap();
    run_sql(&bot, "update public.tickets set channel_id = null, message_id = null; delete from public.jobs").await;
    all_jobs(&bot, 10).await;
    let place = newest_ticket(&bot).await;
    assert!(bot.world.discord.can(user::MEMBER, place, may::VIEW_CHANNEL));
    assert_eq!(bot.bot_messages(place).len(), 1);
    assert_eq!(reports(&bot), [report("finished a ticket that had no channel or no first message")]);
}

/// A second channel, as an isolate that lost a race would leave it; or a copy that somebody made.
fn twin(bot: &Bot, place: Id) -> Id {
    let first = bot.world.discord.channel(place).unwrap();
    let id = bot.world.discord.create_channel(seed::HARBOUR, &first.name, None).unwrap();
    let mut state = bot.world.discord.state();
    let twin = state.channels.get_mut(&id).unwrap();
    twin.topic = first.topic;
    twin.overwrites = first.overwrites;
    id
}

#[tokio::test]
async fn an_empty_channel_too_many_is_deleted_and_one_with_words_is_only_named() {
    let (bot, place) = with_ticket().await;
    let empty = twin(&bot, place);
    let used = twin(&bot, place);
    bot.world.discord.send_message(used, user::OWNER, "my notes", None).unwrap();
    // It may be that somebody is still making them.
    all_jobs(&bot, 2).await;
    assert!(bot.world.discord.channel(empty).is_some());
    all_jobs(&bot, 65).await;
    assert!(bot.world.discord.channel(empty).is_none());
    assert!(bot.world.discord.channel(used).is_some() && bot.world.discord.channel(place).is_some());
    let said = format!(
        "{}\nThese look like tickets and are none; please look at them: <#{used}>",
        report("deleted an empty channel that was one too many")
    );
    assert_eq!(reports(&bot), [said]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn an_old_or_renamed_twin_and_a_forged_topic_are_left_to_people() {
    let (bot, place) = with_ticket().await;
    let renamed = twin(&bot, place);
    bot.world.discord.state().channels.get_mut(&renamed).unwrap().name = "my-corner".to_owned();
    let forged = twin(&bot, place);
    bot.world.discord.state().channels.get_mut(&forged).unwrap().topic = Some("Ticket #1 (999)".to_owned());
    let old = twin(&bot, place);
    all_jobs(&bot, 25 * 60).await;
    for channel in [renamed, forged, old] {
        assert!(bot.world.discord.channel(channel).is_some());
    }
    // `/ticket check` names them.
    let seen = bot.command(user::OWNER, channel::GENERAL, "ticket check", json!({})).await;
    assert!(seen.text().contains(&format!("<#{renamed}> <#{forged}> <#{old}>")), "{}", seen.text());
}

#[tokio::test]
async fn an_open_thread_that_discord_archived_is_opened_again() {
    let (bot, panel) = with_panel().await;
    bot.world.discord.delete_channel(channel::SUPPORT).unwrap();
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let thread = newest_ticket(&bot).await;
    let archived = |bot: &Bot| bot.world.discord.channel(thread).unwrap().thread.unwrap().archived;
    bot.world.discord.state().channels.get_mut(&thread).unwrap().thread.as_mut().unwrap().archived = true;
    all_jobs(&bot, 10).await;
    assert!(!archived(&bot));
    assert_eq!(tickets(&bot).await[0]["status"], "OPEN");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_deleted_staff_role_is_not_mended_again_and_again() {
    let (bot, _) = with_ticket().await;
    bot.world.discord.delete_role(seed::HARBOUR, world::seed::role::SUPPORT).unwrap();
    all_jobs(&bot, 10).await;
    all_jobs(&bot, 75).await;
    assert_eq!(reports(&bot), [""; 0]);
}

#[tokio::test]
async fn many_are_mended_in_several_goes() {
    let (bot, panel) = with_panel().await;
    for number in 0..8 {
        let member = bot.new_member(&format!("Robin {number}"));
        opens(&bot, &panel, member, "Help", "Please").await;
    }
    for ticket in tickets(&bot).await {
        bot.world.discord.delete_channel(Id(ticket["channel_id"].as_u64().unwrap())).unwrap();
    }
    all_jobs(&bot, 10).await;
    let closed = |rows: &[serde_json::Value]| rows.iter().filter(|row| row["status"] == "RESOLVED").count();
    assert_eq!(closed(&tickets(&bot).await), 5);
    all_jobs(&bot, 12).await;
    assert_eq!(closed(&tickets(&bot).await), 8);
}

#[tokio::test]
async fn while_discord_is_down_nothing_is_closed_and_later_it_is_mended() {
    let (bot, place) = with_ticket().await;
    bot.world.discord.delete_channel(place).unwrap();
    bot.world.shared.break_with(Fault::status(Face::Discord, "GET /api", 503));
    all_jobs(&bot, 10).await;
    assert_eq!(tickets(&bot).await[0]["status"], "OPEN");
    bot.world.shared.mend();
    all_jobs(&bot, 80).await;
    assert_eq!(tickets(&bot).await[0]["status"], "RESOLVED");
    assert_eq!(reports(&bot).len(), 1);
}

#[tokio::test]
async fn a_guild_that_threw_the_bot_out_is_left_alone() {
    let (bot, _) = with_ticket().await;
    let itself = bot.world.discord.state().bot();
    bot.world.discord.leave(seed::HARBOUR, itself).unwrap();
    all_jobs(&bot, 10).await;
    assert_eq!(tickets(&bot).await[0]["status"], "OPEN");
    let owed = bot.rows("jobs", "guild_id", seed::HARBOUR).await;
    assert!(owed.iter().all(|job| job["kind"] != "tickets.reconcile_guild"), "{owed:?}");
}
