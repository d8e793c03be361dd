//! What staff see of all tickets, what they note for each other, and whom they block.

use serde_json::json;
use sqlx::{Connection, PgConnection};
use world::seed::{self, channel, role, user};

use super::{
    labels, life::with_second_category, only_button, opens, post_panel, presses, refusals, story, with_panel,
    with_ticket,
};
use crate::harness::Bot;

async fn lists(bot: &Bot, who: world::discord::Id) -> String {
    // The ages of the test's tickets are of this second.
    let text = bot.command(who, channel::GENERAL, "ticket list", json!({})).await.text();
    let parts = text
        .split("<t:")
        .enumerate()
        .map(|(at, part)| if at == 0 { part.to_owned() } else { part.split_once(":R>").unwrap().1.to_owned() });
    parts.collect()
}

#[tokio::test]
async fn the_most_urgent_stands_first_and_members_see_their_own() {
    let (bot, panel) = with_panel().await;
    assert_eq!(lists(&bot, user::MEMBER).await, "There are no open tickets for you.");
    opens(&bot, &panel, user::MEMBER, "I *cannot* log in", "x").await;
    let first = super::newest_ticket(&bot).await;
    opens(&bot, &bot.sees(user::SECOND_MEMBER, panel.message.as_ref().unwrap()), user::SECOND_MEMBER, "Spam", "x")
        .await;
    let second = super::newest_ticket(&bot).await;
    opens(&bot, &bot.sees(user::NEWCOMER, panel.message.as_ref().unwrap()), user::NEWCOMER, "Roles", "x").await;
    let third = super::newest_ticket(&bot).await;
    bot.command(user::HELPER, second, "ticket priority", json!({"level": "HIGH"})).await;
    bot.command(user::HELPER, second, "ticket claim", json!({})).await;
    let (own, spam, roles) = (
        format!("**#1** I \\*cannot\\* log in\nMedium · Open · by <@{}> · <#{first}> · ", user::MEMBER),
        format!("**#2** Spam\nHigh · <@{}> is on it · by <@{}> · <#{second}> · ", user::HELPER, user::SECOND_MEMBER),
        format!("**#3** Roles\nMedium · Open · by <@{}> · <#{third}> · ", user::NEWCOMER),
    );
    for staff in [user::HELPER, user::MANAGER, user::OWNER] {
        assert_eq!(lists(&bot, staff).await, format!("3 open tickets\n{spam}\n{own}\n{roles}"));
    }
    assert_eq!(lists(&bot, user::MEMBER).await, format!("1 open ticket\n{own}"));
    assert_eq!(lists(&bot, user::RESPONDER).await, "There are no open tickets for you.");

    // Of another category its own team sees them.
    let category = with_second_category(&bot).await;
    bot.command(user::HELPER, third, "ticket move", json!({"category": category.to_string()})).await;
    assert_eq!(lists(&bot, user::RESPONDER).await, format!("1 open ticket\n{roles}"));
    assert_eq!(lists(&bot, user::HELPER).await, format!("2 open tickets\n{spam}\n{own}"));
    bot.command(user::HELPER, second, "close", json!({})).await;
    assert_eq!(lists(&bot, user::HELPER).await, format!("1 open ticket\n{own}"));
    // Who is not of the team any more sees nothing.
    bot.world.discord.set_roles(seed::HARBOUR, user::HELPER, &[]).unwrap();
    assert_eq!(lists(&bot, user::HELPER).await, "There are no open tickets for you.");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn many_tickets_are_turned_page_by_page() {
    let (bot, _) = with_panel().await;
    let mut database = PgConnection::connect(bot.database_url()).await.unwrap();
    let open = "select public.open_ticket($1, 5000 + n, c.category_id, 'k' || n, 'Number ' || n, '[]', '[]', 9, now())
        from generate_series(1, 23) as n, public.ticket_categories as c where c.guild_id = $1";
    sqlx::query(open).bind(seed::HARBOUR.0 as i64).execute(&mut database).await.unwrap();
    let shown = |text: &str| text.matches("**#").count();
    let first = bot.command(user::HELPER, channel::GENERAL, "ticket list", json!({})).await;
    assert!(first.is_private());
    assert!(first.text().starts_with("23 open tickets\n**#1** Number 1\n"), "{}", first.text());
    assert_eq!((shown(&first.text()), labels(&first)), (10, vec!["Next".to_owned()]));
    let second = presses(&bot, &first, "Next").await;
    assert_eq!((shown(&second.text()), labels(&second)), (10, vec!["Previous".to_owned(), "Next".to_owned()]));
    let third = presses(&bot, &second, "Next").await;
    assert_eq!((shown(&third.text()), labels(&third)), (3, vec!["Previous".to_owned()]));
    let beyond = bot.command(user::HELPER, channel::GENERAL, "ticket list", json!({"page": 900})).await;
    assert_eq!(beyond.text(), third.text(), "the last one there is");
    // The page is asked for anew: without the role it is empty.
    bot.world.discord.set_roles(seed::HARBOUR, user::HELPER, &[]).unwrap();
    let seen = presses(&bot, &third, "Previous").await;
    assert_eq!(seen.text(), "There are no open tickets for you.");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn notes_are_for_the_others_of_the_team() {
    let (bot, place) = with_ticket().await;
    let seen = bot.command(user::HELPER, place, "ticket note", json!({})).await;
    assert_eq!(
        seen.text(),
        "There are no notes about this ticket. `/ticket note` with a text keeps one; the member never sees it."
    );
    let seen = bot.command(user::HELPER, place, "ticket note", json!({"text": "Third time *this* week"})).await;
    assert_eq!(
        (seen.is_private(), seen.text()),
        (true, "Noted, for the staff of this ticket only. `/ticket note` without a text shows all notes.".to_owned())
    );
    bot.command(user::ADMIN, place, "ticket note", json!({"text": "Be patient"})).await;
    let seen = bot.command(user::HELPER, place, "ticket note", json!({})).await;
    assert!(seen.is_private());
    let lines: Vec<String> = seen.text().lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "Notes about ticket #1");
    assert!(lines[1].ends_with(&format!(":f> <@{}>", user::HELPER)), "{}", lines[1]);
    assert_eq!(lines[2], "Third time \\*this\\* week");
    assert!(lines[4].ends_with(&format!(":f> <@{}>", user::ADMIN)), "{}", lines[4]);
    assert_eq!(lines[5], "Be patient");

    for text in [json!({}), json!({"text": "What do they say?"})] {
        let seen = bot.command(user::MEMBER, place, "ticket note", text).await;
        assert_eq!(seen.text(), "Only the staff of this ticket can do that.");
    }
    // Not even when the opener is of the team.
    bot.world.discord.set_roles(seed::HARBOUR, user::MEMBER, &[role::SUPPORT]).unwrap();
    let seen = bot.command(user::MEMBER, place, "ticket note", json!({})).await;
    assert_eq!(seen.text(), "You opened this ticket: notes about it are for the others of the team.");
    assert_eq!(
        refusals(),
        ["not_staff", "not_staff", "notes_of_own_ticket"].map(|why| format!("{} {why}", user::MEMBER))
    );
    assert_eq!(bot.world.discord.messages_seen_by(place, user::MEMBER).len(), 4, "the opening and three refusals");
    assert_eq!(story(&bot).await[2..], ["noted: OPEN -> OPEN", "noted: OPEN -> OPEN"]);
    // They stay with a closed ticket.
    bot.command(user::HELPER, place, "close", json!({})).await;
    bot.command(user::HELPER, place, "ticket note", json!({"text": "x".repeat(1_000)})).await;
    for _ in 0..4 {
        bot.command(user::HELPER, place, "ticket note", json!({"text": "x".repeat(1_000)})).await;
    }
    let seen = bot.command(user::HELPER, place, "ticket note", json!({})).await;
    assert!(seen.text().contains("*4 older notes are not shown.*"), "{}", seen.text());
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn who_is_blocked_opens_nothing_until_it_is_lifted() {
    let (bot, panel) = with_panel().await;
    let seen = bot
        .command(user::HELPER, channel::STAFF, "ticket block", json!({"member": user::MEMBER, "reason": "Spam"}))
        .await;
    assert_eq!(
        (seen.is_private(), seen.text()),
        (
            true,
            format!(
                "<@{}> cannot open tickets any more, nor reopen closed ones. What is open stays open. `/ticket unblock` lifts it.",
                user::MEMBER
            )
        )
    );
    let seen = bot.press(&panel, &only_button(&panel), &[]).await;
    assert!(seen.text().starts_with("You cannot open tickets in this server."), "{}", seen.text());
    for name in ["ticket block", "ticket unblock"] {
        let seen = bot.command(user::MEMBER, channel::GENERAL, name, json!({"member": user::MEMBER})).await;
        assert_eq!(seen.text(), "Only the staff that answers tickets can do that.");
    }
    assert_eq!(refusals().len(), 2);
    let seen = bot.command(user::MANAGER, channel::STAFF, "ticket unblock", json!({"member": user::MEMBER})).await;
    assert_eq!(seen.text(), format!("<@{}> can open tickets.", user::MEMBER));
    let panel = post_panel(&bot).await;
    assert!(bot.press(&panel, &only_button(&panel), &[]).await.modal_id.is_some());
    bot.assert_nothing_unexpected();
}
