//! Working hours: what a ticket says outside them, and a guild that takes none then.

use chrono::{Datelike, TimeDelta, Timelike};
use serde_json::json;
use world::seed::user;

use super::{newest_ticket, only_button, opens, with_panel, with_ticket};
use crate::harness::{now, read};

/// Hours that are over at this moment by the clock of UTC; they begin again an hour from the full hour.
fn closed_now() -> String {
    let next = now() + TimeDelta::hours(1);
    let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][next.weekday().num_days_from_monday() as usize];
    format!("{day} {:02}:00-{:02}:30", next.hour(), next.hour())
}

#[tokio::test]
async fn outside_working_hours_a_ticket_says_so_until_somebody_takes_it() {
    let (bot, panel) = with_panel().await;
    bot.chooses("tickets.working_hours", json!(closed_now())).await;
    bot.chooses("tickets.outside_text", json!("Nobody is here at night.")).await;
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let place = newest_ticket(&bot).await;
    assert!(read(&bot.bot_messages(place)[0]).ends_with("\nNobody is here at night."));
    // It is still there after a change that is no answer.
    let id = super::tickets(&bot).await[0]["ticket_id"].clone();
    let rename = json!({
        "guild_id": world::seed::HARBOUR, "ticket_id": id, "action": "rename", "actor_id": 0, "args": {"subject": "Still dark"},
        "at": now(),
    });
    bot.cx().supabase.rpc::<serde_json::Value>("change_ticket", &rename).await.unwrap();
    super::all_jobs(&bot, 5).await;
    assert!(read(&bot.bot_messages(place)[0]).contains("Still dark"));
    assert!(read(&bot.bot_messages(place)[0]).ends_with("\nNobody is here at night."));
    bot.command(user::HELPER, place, "ticket claim", json!({})).await;
    assert!(!read(&bot.bot_messages(place)[0]).contains("Nobody is here at night."));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn hours_are_by_the_clock_of_the_server() {
    let (bot, panel) = with_panel().await;
    // All of this week, but not the hour that it is in UTC: eight hours away nobody notices.
    let hour = now().hour();
    let hours = format!("mon-sun {:02}:00-{:02}:00", (hour + 2) % 24, (hour + 23) % 24);
    bot.chooses("tickets.working_hours", json!(hours)).await;
    bot.chooses("tickets.outside_text", json!("Nobody is here.")).await;
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    assert!(read(&bot.bot_messages(newest_ticket(&bot).await)[0]).contains("Nobody is here."));
    bot.chooses("community.time_zone", json!("Asia/Shanghai")).await;
    opens(&bot, &panel, user::SECOND_MEMBER, "Help", "Please").await;
    assert!(!read(&bot.bot_messages(newest_ticket(&bot).await)[0]).contains("Nobody is here."));
    // A zone that nobody knows means UTC.
    bot.chooses("community.time_zone", json!("Nowhere/Atall")).await;
    opens(&bot, &panel, user::NEWCOMER, "Help", "Please").await;
    assert!(read(&bot.bot_messages(newest_ticket(&bot).await)[0]).contains("Nobody is here."));
}

#[tokio::test]
async fn without_hours_it_is_never_outside() {
    let (bot, place) = with_ticket().await;
    assert!(!read(&bot.bot_messages(place)[0]).contains("working hours"));
}

#[tokio::test]
async fn a_server_that_takes_none_outside_its_hours_says_when_to_come_back() {
    let (bot, panel) = with_panel().await;
    bot.chooses("tickets.working_hours", json!(closed_now())).await;
    bot.chooses("tickets.closed_outside", json!(true)).await;
    let press =
        async || bot.press(&bot.sees(user::MEMBER, panel.message.as_ref().unwrap()), &only_button(&panel), &[]).await;
    let seen = press().await;
    let back = (now() + TimeDelta::hours(1)).timestamp() / 3_600 * 3_600;
    assert_eq!(
        seen.text(),
        format!("Tickets can be opened in our working hours only. We are back <t:{back}:R>, on <t:{back}:F>.")
    );
    bot.chooses("tickets.working_hours", json!("mon-sun 00:00-24:00")).await;
    assert!(press().await.modal_id.is_some());
}
