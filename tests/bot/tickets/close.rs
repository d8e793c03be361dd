//! Closing a ticket, asking whether it may be closed, opening it again: once each, whoever does it at the same time.

use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use world::{
    discord::{Id, permissions as may},
    face::{Face, Fault},
    seed::{self, channel, user},
};

use super::{
    first_message, labels, last_said, later, new_helper, newest_ticket, opens, presses, presses_first, refusals, story,
    ticket, tickets, with_panel, with_ticket,
};
use crate::harness::{Bot, Seen, read};

/// Everybody whose rights are looked at: (reads, writes).
fn rights(bot: &Bot, place: Id, who: Id) -> (bool, bool) {
    let can = |what| bot.world.discord.can(who, place, what);
    (can(may::VIEW_CHANNEL | may::READ_MESSAGE_HISTORY), can(may::SEND_MESSAGES))
}

fn notices(bot: &Bot, place: Id) -> usize {
    bot.bot_messages(place).iter().filter(|message| read(message).contains("closed this ticket.")).count()
}

#[tokio::test]
async fn a_closed_ticket_is_put_away_and_its_opener_reads_it() {
    let (bot, place) = with_ticket().await;
    bot.chooses("tickets.archive_parent", json!(channel::COMMUNITY)).await;
    let form = presses_first(&bot, user::HELPER, place, "Close with reason").await;
    let seen = bot.fill_in(&form, &[("reason", "Password *reset*. @everyone")]).await;
    assert_eq!((seen.is_private(), seen.text()), (true, "Ticket #1 is closed.".to_owned()));
    insta::assert_snapshot!(last_said(&bot, place), @"
    <@1200000000300000005> closed this ticket.
    **Reason:** Password \\*reset\\*. \\@everyone
    ");
    assert_eq!(rights(&bot, place, user::MEMBER), (true, false));
    assert_eq!(rights(&bot, place, user::HELPER), (true, true));
    assert_eq!(rights(&bot, place, user::SECOND_MEMBER), (false, false));
    assert_eq!(bot.world.discord.channel(place).unwrap().parent_id, Some(channel::COMMUNITY));
    let row = ticket(&bot).await;
    assert_eq!((&row["status"], &row["close_reason"]), (&json!("RESOLVED"), &json!("Password *reset*. @everyone")));
    assert_eq!(row["closed_by"].as_u64(), Some(user::HELPER.0));
    assert_eq!(labels(&first_message(&bot, user::MEMBER, place)), ["Reopen"]);

    let seen = bot.command(user::MEMBER, place, "close", json!({})).await;
    assert_eq!(seen.text(), "This ticket is already closed. **Reopen** opens it again.");
    let seen = bot.command(user::HELPER, place, "ticket claim", json!({})).await;
    assert_eq!(seen.text(), "This ticket is closed. **Reopen** opens it again.");
    assert_eq!(story(&bot).await[2..], ["closed: OPEN -> RESOLVED"]);
    later(&bot, 5).await;
    assert_eq!((notices(&bot, place), rights(&bot, place, user::MEMBER)), (1, (true, false)));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn the_opener_closes_and_opens_again_while_the_channel_stands() {
    let (bot, place) = with_ticket().await;
    bot.chooses("tickets.archive_parent", json!(channel::COMMUNITY)).await;
    let seen = bot.command(user::MEMBER, place, "close", json!({"reason": "It works now"})).await;
    assert_eq!(seen.text(), "Ticket #1 is closed.");
    assert_eq!(rights(&bot, place, user::MEMBER), (true, false));
    let seen = presses_first(&bot, user::MEMBER, place, "Reopen").await;
    assert_eq!((seen.is_private(), seen.text()), (true, "This ticket is open again.".to_owned()));
    assert_eq!(
        last_said(&bot, place),
        format!("<@{}> opened this ticket again. Everybody in it can write.", user::MEMBER)
    );
    assert_eq!(rights(&bot, place, user::MEMBER), (true, true));
    assert_eq!(bot.world.discord.channel(place).unwrap().parent_id, Some(channel::SUPPORT));
    let row = ticket(&bot).await;
    assert_eq!(
        (&row["status"], &row["close_reason"], &row["resolved_at"]),
        (&json!("OPEN"), &Value::Null, &Value::Null)
    );

    // Closed again, by the button: a closing of its own, with its own notice.
    presses_first(&bot, user::MEMBER, place, "Close").await;
    assert_eq!(notices(&bot, place), 2);
    let seen = bot.command(user::HELPER, place, "ticket reopen", json!({})).await;
    assert_eq!(seen.text(), "This ticket is open again.");
    assert_eq!(
        last_said(&bot, place),
        format!("<@{}>\n<@{}> opened this ticket again. Everybody in it can write.", user::MEMBER, user::HELPER)
    );
    let seen = bot.command(user::HELPER, place, "ticket reopen", json!({})).await;
    assert_eq!(seen.text(), "This ticket is open.");
    assert_eq!(
        story(&bot).await[2..],
        [
            "closed: OPEN -> RESOLVED",
            "reopened: RESOLVED -> OPEN",
            "closed: OPEN -> RESOLVED",
            "reopened: RESOLVED -> OPEN"
        ]
    );
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_prefix_closes_too_and_the_relay_may_bring_it_twice() {
    let (bot, place) = with_ticket().await;
    let message = bot.world.discord.send_message(place, user::MEMBER, "!close thank you", None).unwrap();
    let events = bot.events_of_message(&message);
    bot.deliver(events.clone()).await;
    bot.deliver(events).await;
    let row = ticket(&bot).await;
    assert_eq!((&row["status"], &row["close_reason"]), (&json!("RESOLVED"), &json!("thank you")));
    assert_eq!((notices(&bot, place), rights(&bot, place, user::MEMBER)), (1, (true, false)));
    assert_eq!(bot.bot_messages(place).len(), 2, "nothing else is said");

    bot.says(user::HELPER, place, "!close").await;
    assert_eq!(last_said(&bot, place), "This ticket is already closed. **Reopen** opens it again.");
    bot.says(user::MEMBER, channel::GENERAL, "!close").await;
    assert_eq!(last_said(&bot, channel::GENERAL), "This works in the channel of a ticket. `/ticket list` shows them.");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn twenty_closings_at_once_are_one() {
    let (bot, place) = with_ticket().await;
    let closers: Vec<Id> = (0..20).map(|number| new_helper(&bot, &format!("Helper {number}"))).collect();
    let first: Vec<Seen> = closers.iter().map(|one| first_message(&bot, *one, place)).collect();
    let seen = join_all(first.iter().map(|first| presses(&bot, first, "Close"))).await;
    assert_eq!(seen.iter().filter(|one| one.text() == "Ticket #1 is closed.").count(), 1);
    assert_eq!(seen.iter().filter(|one| one.text().starts_with("This ticket is already closed.")).count(), 19);
    assert_eq!(story(&bot).await[2..], ["closed: OPEN -> RESOLVED"]);
    assert_eq!(notices(&bot, place), 1);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn whatever_comes_at_once_discord_says_what_the_row_says() {
    let (bot, place) = with_ticket().await;
    for round in 0..4 {
        let staff = new_helper(&bot, &format!("Helper {round}"));
        let run = async |who: Id, name: &str| drop(bot.command(who, place, name, json!({})).await);
        tokio::join!(
            run(staff, "ticket claim"),
            run(user::MEMBER, "close"),
            run(user::HELPER, "ticket reopen"),
            run(user::HELPER, "close"),
            run(staff, "ticket release"),
            run(user::ADMIN, "ticket reopen"),
        );
        let row = ticket(&bot).await;
        let is_open = row["status"] != "RESOLVED";
        assert_eq!(rights(&bot, place, user::MEMBER), (true, is_open), "round {round}: {row}");
        let state = match row["claimed_by"].as_u64() {
            Some(staff) if row["status"] == "IN_PROGRESS" => format!("State = <@{staff}> is on it"),
            _ if is_open => "State = Open".to_owned(),
            _ => "State = Closed".to_owned(),
        };
        let first = read(&bot.bot_messages(place)[0]);
        assert!(first.contains(&state), "round {round}: {first} is not {state}");
        assert!(story(&bot).await.last().unwrap().ends_with(row["status"].as_str().unwrap()));
    }
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_claim_that_discord_held_up_does_not_open_what_was_closed_meanwhile() {
    let (bot, place) = with_ticket().await;
    let slow = Fault::status(Face::Discord, "GET /api/v10/channels", 200);
    bot.world.shared.break_with(Fault { delay_ms: 1_000, status: None, times: Some(1), ..slow });
    let closed = async {
        while ticket(&bot).await["status"] != "IN_PROGRESS" {}
        bot.command(user::MEMBER, place, "close", json!({})).await
    };
    let (_, closed) = tokio::join!(bot.command(user::HELPER, place, "ticket claim", json!({})), closed);
    assert_eq!(closed.text(), "Ticket #1 is closed.");
    assert_eq!(rights(&bot, place, user::MEMBER), (true, false));
    assert_eq!(labels(&first_message(&bot, user::MEMBER, place)), ["Reopen"]);
}

#[tokio::test]
async fn the_opener_is_asked_and_nobody_else_can_answer() {
    let (bot, place) = with_ticket().await;
    let seen = bot.command(user::HELPER, place, "ticket request-close", json!({})).await;
    assert_eq!(
        (seen.is_private(), seen.text()),
        (true, format!("<@{}> was asked whether it may be closed.", user::MEMBER))
    );
    let messages = bot.bot_messages(place);
    let question = messages.iter().rfind(|message| message.visible_to.is_none()).unwrap();
    insta::assert_snapshot!(read(question), @"
    <@1200000000300000006>
    <@1200000000300000005> thinks that this is done. May this ticket be closed? Only <@1200000000300000006> can answer.
    ");
    let seen = bot.command(user::HELPER, place, "ticket request-close", json!({})).await;
    assert_eq!(seen.text(), format!("<@{}> was asked already and has not answered yet.", user::MEMBER));
    for other in [user::HELPER, user::OWNER] {
        let seen = presses(&bot, &bot.sees(other, question), "Yes, close it").await;
        assert_eq!(
            seen.text(),
            format!("Only <@{}> can answer that. Staff can close the ticket with **Close**.", user::MEMBER)
        );
    }
    assert_eq!(refusals(), [user::HELPER, user::OWNER].map(|who| format!("{who} not_opener")));

    let mine = bot.sees(user::MEMBER, question);
    let seen = presses(&bot, &mine, "No, keep it open").await;
    assert_eq!(
        seen.text(),
        format!("<@{}> wants to keep this ticket open (asked by <@{}>).", user::MEMBER, user::HELPER)
    );
    assert_eq!(labels(&seen), [""; 0]);
    bot.command(user::HELPER, place, "ticket request-close", json!({})).await;
    let messages = bot.bot_messages(place);
    let again = messages.iter().rfind(|message| message.visible_to.is_none()).unwrap();
    let seen = presses(&bot, &bot.sees(user::MEMBER, again), "Yes, close it").await;
    assert_eq!(seen.text(), "Ticket #1 is closed.");
    let seen = presses(&bot, &bot.sees(user::MEMBER, again), "No, keep it open").await;
    assert_eq!(seen.text(), "This question was answered already.");
    assert_eq!(
        story(&bot).await[2..],
        [
            "close_requested: OPEN -> OPEN",
            "close_refused: OPEN -> OPEN",
            "close_requested: OPEN -> OPEN",
            "closed: OPEN -> RESOLVED"
        ]
    );
    let events = bot.rows("ticket_events", "guild_id", seed::HARBOUR).await;
    let closed = events.iter().find(|event| event["kind"] == "closed").unwrap();
    assert_eq!(closed["detail"], json!({"why": "accepted"}));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_question_that_could_not_be_posted_can_be_asked_again() {
    let (bot, place) = with_ticket().await;
    bot.world.shared.break_with(Fault::status(Face::Discord, "POST /api/v10/channels", 503));
    let seen = bot.command(user::HELPER, place, "ticket request-close", json!({})).await;
    assert!(seen.text().starts_with("Something behind the bot does not answer right now."), "{}", seen.text());
    bot.world.shared.mend();
    let seen = bot.command(user::HELPER, place, "ticket request-close", json!({})).await;
    assert_eq!(seen.text(), format!("<@{}> was asked whether it may be closed.", user::MEMBER));
}

#[tokio::test]
async fn who_was_blocked_since_does_not_open_their_ticket_again() {
    let (bot, place) = with_ticket().await;
    bot.command(user::HELPER, place, "close", json!({})).await;
    bot.command(user::HELPER, place, "ticket block", json!({"member": user::MEMBER})).await;
    let seen = presses_first(&bot, user::MEMBER, place, "Reopen").await;
    assert!(seen.text().starts_with("You cannot open tickets in this server."), "{}", seen.text());
    assert_eq!(ticket(&bot).await["status"], "RESOLVED");
    let seen = presses_first(&bot, user::HELPER, place, "Reopen").await;
    assert_eq!(seen.text(), "This ticket is open again.");
}

#[tokio::test]
async fn an_opener_who_has_another_one_open_by_now_is_led_to_it() {
    let (bot, panel) = with_panel().await;
    opens(&bot, &panel, user::MEMBER, "First", "Please").await;
    let first = newest_ticket(&bot).await;
    bot.command(user::MEMBER, first, "close", json!({})).await;
    opens(&bot, &panel, user::MEMBER, "Second", "Please").await;
    let second = newest_ticket(&bot).await;
    let seen = presses_first(&bot, user::MEMBER, first, "Reopen").await;
    assert_eq!(seen.text(), format!("You already have an open ticket of this kind: <#{second}>."));
    assert_eq!(tickets(&bot).await[0]["status"], "RESOLVED");
    // The limit is for members; staff know why they do it.
    let seen = presses_first(&bot, user::HELPER, first, "Reopen").await;
    assert_eq!(seen.text(), "This ticket is open again.");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_closing_that_discord_did_not_follow_is_done_by_the_job() {
    let (bot, place) = with_ticket().await;
    let first = first_message(&bot, user::MEMBER, place);
    bot.world.shared.break_with(Fault::status(Face::Discord, "GET /api/v10/channels", 503));
    let seen = presses(&bot, &first, "Close").await;
    assert_eq!(seen.text(), "Ticket #1 is closed.");
    bot.world.shared.mend();
    assert_eq!(rights(&bot, place, user::MEMBER), (true, true), "not yet");
    later(&bot, 1).await;
    assert_eq!(rights(&bot, place, user::MEMBER), (true, false));
    assert_eq!(story(&bot).await[2..], ["closed: OPEN -> RESOLVED"]);
}

#[tokio::test]
async fn tickets_of_one_member_opened_again_at_once_do_not_stand_in_each_others_way() {
    let (bot, panel) = with_panel().await;
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    sqlx::query("update public.ticket_categories set max_open = 5").execute(&mut database).await.unwrap();
    let mut places = vec![];
    for number in 0..5 {
        opens(&bot, &panel, user::MEMBER, &format!("Help {number}"), "Please").await;
        places.push(newest_ticket(&bot).await);
        bot.command(user::HELPER, places[number], "close", json!({})).await;
    }
    let seen = join_all(places.iter().map(|place| bot.command(user::HELPER, *place, "ticket reopen", json!({})))).await;
    assert!(seen.iter().all(|one| one.text() == "This ticket is open again."), "{seen:?}");
    assert!(tickets(&bot).await.iter().all(|row| row["status"] == "OPEN"));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_ticket_without_its_channel_stays_closed() {
    let (bot, place) = with_ticket().await;
    bot.command(user::HELPER, place, "close", json!({})).await;
    let id = ticket(&bot).await["ticket_id"].as_u64().unwrap();
    bot.world.discord.delete_channel(place).unwrap();
    // Somebody's client still shows the button.
    let reopen = format!("1:tickets.reopen:{id}");
    bot.forged_in(seed::HARBOUR, user::HELPER, channel::GENERAL, &reopen).await;
    assert_eq!(
        story(&bot).await[3..],
        ["reopened: RESOLVED -> OPEN", "channel_gone: OPEN -> RESOLVED"],
        "whoever tries it finds out"
    );
    bot.forged_in(seed::HARBOUR, user::HELPER, channel::GENERAL, &reopen).await;
    assert_eq!(story(&bot).await.len(), 5, "and from then on it is known");
}
