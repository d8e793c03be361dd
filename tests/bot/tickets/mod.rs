//! Tickets as conversations: one file for each part of their life.

mod check;
mod figures;
mod hours;
mod kinds;
mod limits;
mod open;
mod overflow;
mod reconcile;
mod sla;

use serde_json::{Value, json};
use world::{
    discord::Id,
    seed::{self, channel, role, user},
};

use crate::harness::{Bot, Seen, now};

/// A guild that set tickets up: a staff role, a category for channels, a log channel; its panel stands in #get-help.
pub async fn with_panel() -> (Bot, Seen) {
    let bot = Bot::alone().await;
    bot.chooses("tickets.staff_role", json!(role::SUPPORT)).await;
    bot.chooses("tickets.parent", json!(channel::SUPPORT)).await;
    bot.chooses("tickets.log_channel", json!(channel::TICKET_LOG)).await;
    let panel = post_panel(&bot).await;
    (bot, panel)
}

/// The panel as the member sees it.
pub async fn post_panel(bot: &Bot) -> Seen {
    let seen = bot.command(user::OWNER, channel::GET_HELP, "ticket panel", json!({})).await;
    assert!(seen.text().starts_with(&format!("The panel is in <#{}>.", channel::GET_HELP)), "{}", seen.text());
    bot.sees(user::MEMBER, bot.bot_messages(channel::GET_HELP).last().unwrap())
}

/// `member` presses the panel's button and sends the form.
pub async fn opens(bot: &Bot, panel: &Seen, member: Id, subject: &str, details: &str) -> Seen {
    let form = bot.press(&bot.sees(member, panel.message.as_ref().unwrap()), &only_button(panel), &[]).await;
    bot.fill_in(&form, &[("subject", subject), ("details", details)]).await
}

/// The custom_id of the panel's only button.
pub fn only_button(panel: &Seen) -> String {
    panel.message.as_ref().unwrap().components[0]["components"][0]["custom_id"].as_str().unwrap().to_owned()
}

/// A ticket of [`user::MEMBER`], open, and its channel.
pub async fn with_ticket() -> (Bot, Id) {
    let (bot, panel) = with_panel().await;
    opens(&bot, &panel, user::MEMBER, "I cannot log in", "It says *wrong password*.").await;
    let place = newest_ticket(&bot).await;
    (bot, place)
}

/// The channel of the newest ticket.
pub async fn newest_ticket(bot: &Bot) -> Id {
    let rows = tickets(bot).await;
    Id(rows.last().unwrap()["channel_id"].as_u64().unwrap())
}

/// All tickets of the guild, by their numbers.
pub async fn tickets(bot: &Bot) -> Vec<Value> {
    let mut rows = bot.rows("tickets", "guild_id", seed::HARBOUR).await;
    rows.sort_by_key(|row| row["ticket_number"].as_u64());
    rows
}

/// What happened to the tickets, in order, as "kind: from -> to".
pub async fn story(bot: &Bot) -> Vec<String> {
    let mut rows = bot.rows("ticket_events", "guild_id", seed::HARBOUR).await;
    rows.sort_by_key(|row| row["event_id"].as_u64());
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
    rows.iter()
        .map(|row| format!("{}: {} -> {}", text(row, "kind"), text(row, "from_status"), text(row, "to_status")))
        .collect()
}

/// Ticks, these minutes from now.
pub async fn later(bot: &Bot, minutes: i64) {
    bot.app.scheduled(now() + chrono::TimeDelta::minutes(minutes)).await.unwrap();
}

/// Ticks at one moment until all that is due then has run: a tick takes ten jobs.
pub async fn all_jobs(bot: &Bot, minutes: i64) {
    let at = now() + chrono::TimeDelta::minutes(minutes);
    for _ in 0..6 {
        bot.app.scheduled(at).await.unwrap();
    }
}

/// The guild changes a kind of ticket, or makes one that has no such name yet; its id.
pub async fn kind_of_ticket(bot: &Bot, name: &str, mut fields: Value) -> String {
    let rows = bot.rows("ticket_categories", "guild_id", seed::HARBOUR).await;
    let known = rows.iter().find(|row| row["name"] == name && row["retired_at"].is_null());
    fields["name"] = json!(name);
    let mut arguments = json!({"guild_id": seed::HARBOUR, "fields": fields});
    if let Some(known) = known {
        arguments["category_id"] = known["category_id"].clone();
    }
    let saved: Value = bot.cx().supabase.rpc("save_ticket_category", &arguments).await.unwrap();
    assert_eq!(saved["outcome"], "saved", "{saved}");
    saved["category"]["category_id"].as_str().unwrap().to_owned()
}

/// The page of tickets in `/setup`, as the owner sees it.
pub async fn setup_page(bot: &Bot) -> Seen {
    bot.command(user::OWNER, channel::GENERAL, "setup", json!({"part": "tickets"})).await
}

/// The custom_id that begins so, of what is shown.
pub fn component(seen: &Seen, begins: &str) -> String {
    fn search(component: &Value, begins: &str) -> Option<String> {
        let own = component["custom_id"].as_str().filter(|id| id.starts_with(begins)).map(str::to_owned);
        own.or_else(|| component["components"].as_array()?.iter().find_map(|inner| search(inner, begins)))
    }
    let components = &seen.message.as_ref().unwrap_or_else(|| panic!("{seen:?}")).components;
    let found = components.iter().find_map(|component| search(component, begins));
    found.unwrap_or_else(|| panic!("no {begins}: {components:?}"))
}
