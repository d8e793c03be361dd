//! Tickets as conversations: one file for each part of their life.

mod access;
mod archive;
mod check;
mod close;
mod feedback;
mod figures;
mod hours;
mod idle;
mod intelligence;
mod kinds;
mod life;
mod limits;
mod machine;
mod members;
mod open;
mod overflow;
mod reconcile;
mod retention;
mod sla;
mod staff;
mod tags;

use serde_json::{Value, json};
use world::{
    discord::{Id, Message},
    seed::{self, channel, role, user},
};

use crate::harness::{Bot, Seen, logged, now, read};

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
    bot.ticks(now() + chrono::TimeDelta::minutes(minutes)).await;
}

/// The first message of a ticket as `member` sees it.
pub fn first_message(bot: &Bot, member: Id, place: Id) -> Seen {
    bot.sees(member, &bot.bot_messages(place)[0])
}

/// The labels of a message's buttons.
pub fn labels(seen: &Seen) -> Vec<String> {
    buttons(seen).into_iter().map(|(label, _)| label).collect()
}

fn buttons(seen: &Seen) -> Vec<(String, String)> {
    let message = seen.message.as_ref().unwrap();
    let rows = message.components.iter().flat_map(|row| row["components"].as_array().unwrap());
    let text = |one: &Value, part: &str| one[part].as_str().unwrap_or_default().to_owned();
    rows.map(|one| (text(one, "label"), text(one, "custom_id"))).collect()
}

/// `seen`'s member presses the button with this label.
pub async fn presses(bot: &Bot, seen: &Seen, label: &str) -> Seen {
    let found = buttons(seen).into_iter().find(|(one, _)| one == label);
    let (_, custom_id) = found.unwrap_or_else(|| panic!("no button {label}: {:?}", labels(seen)));
    bot.press(seen, &custom_id, &[]).await
}

/// `member` presses a button of the ticket's first message.
pub async fn presses_first(bot: &Bot, member: Id, place: Id, label: &str) -> Seen {
    presses(bot, &first_message(bot, member, place), label).await
}

/// The newest message of the bot that everybody in a ticket sees.
pub fn last_said(bot: &Bot, place: Id) -> String {
    let messages = bot.bot_messages(place);
    read(messages.iter().rfind(|message| message.visible_to.is_none()).unwrap())
}

/// Somebody new of the support team.
pub fn new_helper(bot: &Bot, name: &str) -> Id {
    let helper = bot.new_member(name);
    bot.world.discord.set_roles(seed::HARBOUR, helper, &[role::SUPPORT]).unwrap();
    helper
}

/// Why people were refused, in order.
pub fn refusals() -> Vec<String> {
    let lines = logged().into_iter().map(|line| serde_json::from_str::<Value>(&line).unwrap());
    let refused = lines.filter(|line| line["event"] == "ticket_refused");
    refused.map(|line| format!("{} {}", line["actor_id"].as_str().unwrap(), line["reason"].as_str().unwrap())).collect()
}

pub async fn ticket(bot: &Bot) -> Value {
    tickets(bot).await.remove(0)
}

/// Ticks until nothing is left to do at that moment, as the minutes' ticks would.
pub async fn settled(bot: &Bot, minutes: i64) {
    for _ in 0..4 {
        later(bot, minutes).await;
    }
}

/// Somebody closes the ticket of a channel; what follows is owed.
pub async fn closes(bot: &Bot, by: Id, place: Id, reason: &str) {
    change(bot, place, "close", by, json!({"reason": reason})).await;
}

/// One of `change_ticket`'s actions on the ticket of a channel.
pub async fn change(bot: &Bot, place: Id, action: &str, by: Id, args: Value) {
    let here = json!({"guild_id": seed::HARBOUR, "channel_id": place});
    let ticket: Value = bot.cx().supabase.rpc("find_ticket", &here).await.unwrap();
    let change = json!({
        "guild_id": seed::HARBOUR, "ticket_id": ticket["ticket_id"], "action": action, "actor_id": by, "args": args,
        "at": now(),
    });
    let changed: Value = bot.cx().supabase.rpc("change_ticket", &change).await.unwrap();
    assert_eq!(changed["outcome"], "changed", "{changed}");
}

/// The file that hangs on a message.
pub fn file_of(bot: &Bot, message: &Message) -> (String, String) {
    let file = &message.attachments[0];
    let bytes = bot.world.discord.state().files[&file.id].1.to_vec();
    (file.filename.clone(), String::from_utf8(bytes).unwrap())
}

/// What was written in a transcript's file, one line a message.
pub fn words_of(html: &str) -> Vec<String> {
    let articles = html.split("<article>").skip(1).map(|piece| piece.split_once("</article>").unwrap().0);
    articles
        .map(|article| {
            let tags: Vec<&str> = article.split('<').collect();
            tags.iter().filter_map(|tag| Some(tag.split_once('>')?.1)).collect::<String>()
        })
        .collect()
}

/// A ticket of [`user::MEMBER`] in which both wrote, the relay following.
pub async fn with_talk() -> (Bot, Id) {
    let (mut bot, place) = with_ticket().await;
    bot.relay_follows().await;
    bot.says(user::MEMBER, place, "I tried <b>twice</b>").await;
    bot.says(user::HELPER, place, "I have reset it for you.").await;
    (bot, place)
}

/// Ticks at one moment until all that is due then has run: a tick takes eight jobs.
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
