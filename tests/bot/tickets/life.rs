//! A ticket that is open: claimed, given back, handed over, renamed, moved to another team.

use futures_util::future::join_all;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use world::{
    discord::{Id, permissions as may},
    face::{Face, Fault},
    seed::{channel, role, user},
};

use super::{first_message, labels, last_said, later, new_helper, presses, presses_first, story, ticket, with_ticket};
use crate::harness::{Bot, read};

#[tokio::test]
async fn a_helper_takes_a_ticket_and_gives_it_back() {
    let (bot, place) = with_ticket().await;
    let seen = presses_first(&bot, user::HELPER, place, "Claim").await;
    assert!(seen.text().contains(&format!("State = <@{}> is on it", user::HELPER)), "{}", seen.text());
    assert_eq!(labels(&seen), ["Release", "Close", "Close with reason", "Add person"]);

    let second = new_helper(&bot, "Second Helper");
    let seen = bot.command(second, place, "ticket claim", json!({})).await;
    assert!(seen.is_private());
    assert_eq!(seen.text(), format!("<@{}> already takes care of it. `/ticket transfer` hands it over.", user::HELPER));
    let seen = presses_first(&bot, second, place, "Release").await;
    assert!(seen.text().contains("State = Open"), "{}", seen.text());
    let seen = bot.command(second, place, "ticket claim", json!({})).await;
    assert!(!seen.is_private(), "everybody in it reads who cares");
    assert_eq!(seen.text(), format!("<@{second}> takes care of this ticket."));
    let first = first_message(&bot, user::MEMBER, place);
    assert!(first.text().contains(&format!("State = <@{second}> is on it")), "{}", first.text());
    let seen = bot.command(second, place, "ticket release", json!({})).await;
    assert_eq!(seen.text(), "This ticket is free again: anybody of the team can take it.");
    assert_eq!(
        story(&bot).await[2..],
        [
            "claimed: OPEN -> IN_PROGRESS",
            "released: IN_PROGRESS -> OPEN",
            "claimed: OPEN -> IN_PROGRESS",
            "released: IN_PROGRESS -> OPEN"
        ]
    );
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn fifty_helpers_at_once_are_one_claim() {
    let (bot, place) = with_ticket().await;
    let helpers: Vec<Id> = (0..50).map(|number| new_helper(&bot, &format!("Helper {number}"))).collect();
    let first: Vec<_> = helpers.iter().map(|helper| first_message(&bot, *helper, place)).collect();
    let seen = join_all(first.iter().map(|first| presses(&bot, first, "Claim"))).await;
    let row = ticket(&bot).await;
    let claimed: Id = Id(row["claimed_by"].as_u64().unwrap());
    let refused = format!("<@{claimed}> already takes care of it.");
    assert_eq!(seen.iter().filter(|one| one.text().starts_with(&refused)).count(), 49);
    assert_eq!(row["status"], "IN_PROGRESS");
    assert_eq!(story(&bot).await[2..], ["claimed: OPEN -> IN_PROGRESS"]);
    assert!(read(&bot.bot_messages(place)[0]).contains(&format!("State = <@{claimed}> is on it")));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_ticket_is_handed_over_to_who_sees_it() {
    let (bot, place) = with_ticket().await;
    let second = new_helper(&bot, "Second Helper");
    for nobody in [user::SECOND_MEMBER, user::MANAGER, user::NOISE_BOT, user::MEMBER] {
        let seen = bot.command(user::HELPER, place, "ticket transfer", json!({"to": nobody})).await;
        assert_eq!(
            seen.text(),
            format!(
                "<@{nobody}> does not see this ticket. Only who has <@&{}> or is an administrator can take it.",
                role::SUPPORT
            )
        );
    }
    let seen = bot.command(user::HELPER, place, "ticket transfer", json!({"to": second})).await;
    assert_eq!((seen.is_private(), seen.text()), (true, format!("<@{second}> takes care of it now.")));
    let messages = bot.bot_messages(place);
    let said = messages.iter().rfind(|message| message.visible_to.is_none()).unwrap();
    assert_eq!(read(said), format!("<@{second}>\n<@{}> handed this ticket over to <@{second}>.", user::HELPER));
    assert_eq!(said.mentions.iter().map(|one| one.id).collect::<Vec<_>>(), [second], "they are pinged");
    assert!(read(&messages[0]).contains(&format!("State = <@{second}> is on it")));
    bot.command(second, place, "ticket transfer", json!({"to": user::ADMIN})).await;
    assert_eq!(story(&bot).await[2..], ["transferred: OPEN -> IN_PROGRESS", "transferred: IN_PROGRESS -> IN_PROGRESS"]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn priority_and_subject_are_in_the_first_message() {
    let (bot, place) = with_ticket().await;
    let seen = bot.command(user::HELPER, place, "ticket priority", json!({"level": "CRITICAL"})).await;
    assert_eq!(seen.text(), "The priority of this ticket is **Critical**.");
    let seen =
        bot.command(user::HELPER, place, "ticket rename", json!({"subject": "  **Locked** out @everyone "})).await;
    assert_eq!(
        seen.text(),
        "The subject of this ticket is **\\*\\*Locked\\*\\* out \\@everyone**. The channel keeps its name: Discord allows two new ones in ten minutes."
    );
    insta::assert_snapshot!(first_message(&bot, user::MEMBER, place).text(), @"
    <@1200000000300000006>
    Ticket #1: \\*\\*Locked\\*\\* out \\@everyone
    Thank you for writing. Somebody of the team will answer you here. You can add anything in the meantime.
    Opened by = <@1200000000300000006>
    State = Open
    Priority = Critical
    Details = It says \\*wrong password\\*.
    ");
    assert_eq!(bot.world.discord.channel(place).unwrap().name, "ticket-0001");
    let seen = bot.command(user::HELPER, place, "ticket rename", json!({"subject": "   "})).await;
    assert_eq!(seen.text(), "Please write what the ticket is about.");
    // The same again is no event.
    bot.command(user::HELPER, place, "ticket priority", json!({"level": "CRITICAL"})).await;
    assert_eq!(story(&bot).await[2..], ["priority: OPEN -> OPEN", "renamed: OPEN -> OPEN"]);
    bot.assert_nothing_unexpected();
}

/// A second category, answered by the crisis team.
pub async fn with_second_category(bot: &Bot) -> i64 {
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    let add = "insert into public.ticket_categories (guild_id, name, staff_role_id, parent_id) values ($1, 'Well-being', $2, $3) returning category_id";
    sqlx::query_scalar(add)
        .bind(world::seed::HARBOUR.0 as i64)
        .bind(role::CRT.0 as i64)
        .bind(channel::COMMUNITY.0 as i64)
        .fetch_one(&mut database)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_ticket_that_moves_is_the_other_teams_alone() {
    let (bot, place) = with_ticket().await;
    with_second_category(&bot).await;
    presses_first(&bot, user::HELPER, place, "Claim").await;
    let found = bot.types(user::HELPER, place, "ticket move", json!({"category": "well"}), "category").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "Well-being");
    let seen = bot.command(user::HELPER, place, "ticket move", json!({"category": "somewhere"})).await;
    assert_eq!(seen.text(), "There is no such category. Please choose one of the list that appears while you type.");
    let seen = bot.command(user::HELPER, place, "ticket move", json!({"category": found[0].1})).await;
    assert!(seen.message.is_none() && seen.reason.is_none(), "who moved it does not see it any more: {seen:?}");
    assert_eq!(
        last_said(&bot, place),
        format!("<@&{}>\n<@{}> moved this ticket to **Well-being**.", role::CRT, user::HELPER)
    );
    let sees = |who: Id| bot.world.discord.can(who, place, may::VIEW_CHANNEL | may::SEND_MESSAGES);
    assert_eq!([user::RESPONDER, user::MEMBER, user::ADMIN, user::HELPER].map(sees), [true, true, true, false]);
    assert_eq!(bot.world.discord.channel(place).unwrap().parent_id, Some(channel::COMMUNITY));
    assert_eq!(story(&bot).await[3..], ["moved: IN_PROGRESS -> IN_PROGRESS", "released: IN_PROGRESS -> OPEN"]);
    // Also after every repetition, and back again.
    later(&bot, 5).await;
    assert!(!sees(user::HELPER));
    presses_first(&bot, user::RESPONDER, place, "Claim").await;
    bot.command(user::RESPONDER, place, "ticket move", json!({"category": "support"})).await;
    assert_eq!([user::RESPONDER, user::HELPER].map(sees), [false, true]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn what_discord_does_not_show_at_once_it_shows_in_a_minute() {
    let (bot, place) = with_ticket().await;
    bot.world.shared.break_with(Fault::status(Face::Discord, "GET /api/v10/channels", 503));
    let seen = bot.command(user::HELPER, place, "ticket claim", json!({})).await;
    assert_eq!(
        seen.text(),
        format!(
            "<@{}> takes care of this ticket.\n\n⚠️ It is noted, and Discord is slow right now: the channel follows in a minute.",
            user::HELPER
        )
    );
    bot.world.shared.mend();
    assert!(read(&bot.bot_messages(place)[0]).contains("State = Open"));
    later(&bot, 1).await;
    assert!(read(&bot.bot_messages(place)[0]).contains(&format!("State = <@{}> is on it", user::HELPER)));
    bot.assert_nothing_unexpected();
}
