//! Who may do what: asked anew each time, the same for a slash command, a button and a prefix; who may not is refused and logged.

use serde_json::{Value, json};
use world::{
    discord::{
        Id,
        model::{Overwrite, OverwriteKind},
        permissions as may,
    },
    seed::{self, channel, user},
};

use super::{last_said, life::with_second_category, presses_first, refusals, story, ticket, with_ticket};
use crate::harness::{Bot, Seen};

const STAFF_ONLY: &str = "Only the staff of this ticket can do that.";

/// Every staff action as a command, with what it needs.
fn staff_commands() -> Vec<(&'static str, Value)> {
    vec![
        ("ticket claim", json!({})),
        ("ticket release", json!({})),
        ("ticket transfer", json!({"to": user::OWNER})),
        ("ticket priority", json!({"level": "LOW"})),
        ("ticket rename", json!({"subject": "Mine"})),
        ("ticket move", json!({"category": "support"})),
        ("ticket remove", json!({"member": user::MEMBER})),
        ("ticket request-close", json!({})),
        ("ticket note", json!({"text": "x"})),
        ("tag use", json!({"name": "x"})),
    ]
}

/// What staff and the opener may.
fn shared_commands() -> Vec<(&'static str, Value)> {
    vec![("close", json!({})), ("ticket reopen", json!({})), ("ticket add", json!({"member": user::NEWCOMER}))]
}

const BUTTONS: [&str; 9] =
    ["claim", "release", "close", "close_with_reason", "add", "add_chosen", "reopen", "accept_close", "keep_open"];

fn text(answer: &Value) -> String {
    assert_eq!((&answer["type"], &answer["data"]["flags"]), (&json!(4), &json!(64)), "a private message: {answer}");
    answer["data"]["embeds"][0]["description"].as_str().unwrap().to_owned()
}

/// An administrator lets somebody see the channel by hand.
fn shows(bot: &Bot, place: Id, who: Id) {
    let allow = may::VIEW_CHANNEL | may::SEND_MESSAGES | may::READ_MESSAGE_HISTORY;
    let overwrite = Overwrite { id: who, kind: OverwriteKind::Member, allow, deny: 0 };
    bot.world.discord.set_overwrite(place, overwrite).unwrap();
}

#[tokio::test]
async fn who_lost_the_staff_role_is_refused_by_command_button_and_prefix() {
    let (bot, place) = with_ticket().await;
    presses_first(&bot, user::HELPER, place, "Claim").await;
    bot.world.discord.set_roles(seed::HARBOUR, user::HELPER, &[]).unwrap();
    shows(&bot, place, user::HELPER);
    let before = (ticket(&bot).await, story(&bot).await);
    let mut expected = 0;
    let mut refused = |seen: Seen| {
        assert!(seen.is_private() && seen.text() == STAFF_ONLY, "{}", seen.text());
        expected += 1;
    };
    for (name, options) in staff_commands().into_iter().chain(shared_commands()) {
        refused(bot.command(user::HELPER, place, name, options).await);
    }
    for label in ["Release", "Close", "Close with reason", "Add person"] {
        refused(presses_first(&bot, user::HELPER, place, label).await);
    }
    bot.says(user::HELPER, place, "!close now").await;
    assert_eq!(last_said(&bot, place), STAFF_ONLY);
    assert_eq!(refusals(), vec![format!("{} not_staff", user::HELPER); expected + 1]);
    // But for what was written in the channel: a message is a message.
    let (mut row, mut told) = (ticket(&bot).await, story(&bot).await);
    row["first_response_at"] = json!(null);
    told.retain(|event| event != "answered: IN_PROGRESS -> IN_PROGRESS");
    assert_eq!((row, told), before, "nothing has changed");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_forged_button_of_somebody_elses_ticket_does_nothing() {
    let (bot, _) = with_ticket().await;
    let id = ticket(&bot).await["ticket_id"].as_u64().unwrap();
    let before = (ticket(&bot).await, story(&bot).await);
    for action in BUTTONS {
        let custom_id = format!("1:tickets.{action}:{id}");
        let answer = bot.forged_in(seed::HARBOUR, user::SECOND_MEMBER, channel::GENERAL, &custom_id).await;
        let said = text(&answer);
        assert!(
            said == STAFF_ONLY || said.starts_with(&format!("Only <@{}> can answer that.", user::MEMBER)),
            "{said}"
        );
    }
    assert_eq!(refusals().len(), BUTTONS.len());
    assert_eq!((ticket(&bot).await, story(&bot).await), before);
}

#[tokio::test]
async fn a_ticket_of_another_guild_is_not_there() {
    let (bot, _) = with_ticket().await;
    let id = ticket(&bot).await["ticket_id"].as_u64().unwrap();
    let before = (ticket(&bot).await, story(&bot).await);
    // The owner of the other guild may do everything there.
    for action in BUTTONS {
        let custom_id = format!("1:tickets.{action}:{id}");
        let answer = bot.forged_component(user::OWNER, channel::FRESH_GENERAL, &custom_id).await;
        assert_eq!(text(&answer), "There is no such ticket in this server.");
    }
    assert_eq!(refusals(), vec![format!("{} ticket_not_of_this_guild", user::OWNER); BUTTONS.len()]);
    for (name, options) in [("close", json!({})), ("ticket claim", json!({})), ("ticket reopen", json!({}))] {
        let seen = bot.command(user::OWNER, channel::FRESH_GENERAL, name, options).await;
        assert_eq!(seen.text(), "This works in the channel of a ticket. `/ticket list` shows them.");
    }
    bot.says(user::OWNER, channel::FRESH_GENERAL, "!close").await;
    assert!(last_said(&bot, channel::FRESH_GENERAL).starts_with("This works in the channel of a ticket."));
    let seen = bot.command(user::OWNER, channel::FRESH_GENERAL, "ticket list", json!({})).await;
    assert_eq!(seen.text(), "There are no open tickets for you.");
    assert_eq!((ticket(&bot).await, story(&bot).await), before);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn an_id_that_nobody_wrote_is_refused_and_logged() {
    let (bot, _) = with_ticket().await;
    let ids = ["", ":", ":abc", ":-", ":99999999999999999999", ":1%00", ":1;drop"];
    for id in ids {
        let answer = bot.forged_in(seed::HARBOUR, user::OWNER, channel::GENERAL, &format!("1:tickets.close{id}")).await;
        assert_eq!(text(&answer), "This button is not complete. Please open the menu again.", "{id}");
    }
    assert_eq!(refusals(), vec![format!("{} forged_id", user::OWNER); ids.len()]);
    // Numbers that are no ticket.
    for id in ["-1", "0", "9223372036854775807"] {
        let answer =
            bot.forged_in(seed::HARBOUR, user::OWNER, channel::GENERAL, &format!("1:tickets.close:{id}")).await;
        assert_eq!(text(&answer), "There is no such ticket in this server.", "{id}");
    }
}

#[tokio::test]
async fn the_role_of_the_category_counts_before_the_guilds_and_managers_always_may() {
    let (bot, place) = with_ticket().await;
    with_second_category(&bot).await;
    bot.command(user::HELPER, place, "ticket move", json!({"category": "well-being"})).await;
    let claim = format!("1:tickets.claim:{}", ticket(&bot).await["ticket_id"]);
    let press = async |who: Id| bot.forged_in(seed::HARBOUR, who, channel::GENERAL, &claim).await;
    assert_eq!(text(&press(user::HELPER).await), STAFF_ONLY);
    shows(&bot, place, user::HELPER);
    let seen = bot.command(user::HELPER, place, "ticket claim", json!({})).await;
    assert_eq!(seen.text(), STAFF_ONLY);
    bot.says(user::HELPER, place, "!close").await;
    assert_eq!(last_said(&bot, place), STAFF_ONLY);
    assert_eq!(refusals(), vec![format!("{} not_staff", user::HELPER); 3]);

    for (who, release) in [(user::RESPONDER, true), (user::MANAGER, true), (user::OWNER, false)] {
        assert_eq!(press(who).await["type"], 7, "the message shows it");
        assert_eq!(ticket(&bot).await["claimed_by"].as_u64(), Some(who.0));
        if release {
            let release = claim.replace("claim", "release");
            bot.forged_in(seed::HARBOUR, who, channel::GENERAL, &release).await;
        }
    }
    // By prefix too, though its event tells neither roles nor rights.
    shows(&bot, place, user::MANAGER);
    bot.says(user::MANAGER, place, "!close").await;
    assert_eq!(ticket(&bot).await["status"], "RESOLVED");
    bot.assert_nothing_unexpected();
}
