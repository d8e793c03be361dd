//! Who may open a ticket, how many and how often; several kinds on one panel.

use serde_json::json;
use sqlx::Connection;
use world::{
    discord::{
        Id,
        model::{Overwrite, OverwriteKind},
        permissions as may,
    },
    seed::{self, channel, role, user},
};

use super::{kind_of_ticket, newest_ticket, only_button, opens, post_panel, tickets, with_panel};
use crate::harness::{Bot, Seen, now, read};

/// `member` presses the button of a panel with one kind.
async fn presses(bot: &Bot, panel: &Seen, member: Id) -> Seen {
    bot.press(&bot.sees(member, panel.message.as_ref().unwrap()), &only_button(panel), &[]).await
}

#[tokio::test]
async fn who_is_blocked_is_told_so() {
    let (bot, panel) = with_panel().await;
    let block = json!({"guild_id": seed::HARBOUR, "user_id": user::MEMBER, "blocked_at": now()});
    bot.cx().supabase.insert("ticket_blocks", &[block], None).await.unwrap();
    let seen = presses(&bot, &panel, user::MEMBER).await;
    assert_eq!(
        seen.text(),
        "You cannot open tickets in this server. If you think that is a mistake, please write to an administrator."
    );
    assert!(presses(&bot, &panel, user::SECOND_MEMBER).await.modal_id.is_some());
}

#[tokio::test]
async fn a_kind_may_be_for_members_with_a_role() {
    let (bot, panel) = with_panel().await;
    kind_of_ticket(&bot, "Support", json!({"required_role_id": role::CRT})).await;
    let seen = presses(&bot, &panel, user::MEMBER).await;
    assert_eq!(seen.text(), format!("Tickets of this kind are for members with <@&{}>.", role::CRT));
    assert!(presses(&bot, &panel, user::RESPONDER).await.modal_id.is_some());
    // The role was taken between form and sending.
    let form = presses(&bot, &panel, user::RESPONDER).await;
    bot.world.discord.set_roles(seed::HARBOUR, user::RESPONDER, &[]).unwrap();
    let seen = bot.fill_in(&form, &[("subject", "Help"), ("details", "Please")]).await;
    assert!(seen.text().starts_with("Tickets of this kind are for members with"), "{}", seen.text());
    assert!(tickets(&bot).await.is_empty());
}

#[tokio::test]
async fn an_account_must_be_old_enough() {
    let (bot, panel) = with_panel().await;
    kind_of_ticket(&bot, "Support", json!({"min_account_days": 7})).await;
    let young = bot.new_member("Robin");
    let seen = presses(&bot, &panel, young).await;
    assert_eq!(seen.text(), "Tickets of this kind need an account that is at least 7 days old.");
    assert!(presses(&bot, &panel, user::MEMBER).await.modal_id.is_some());
}

#[tokio::test]
async fn between_two_tickets_there_is_a_pause() {
    let (bot, panel) = with_panel().await;
    kind_of_ticket(&bot, "Support", json!({"max_open": 2, "cooldown_minutes": 30})).await;
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let seen = presses(&bot, &panel, user::MEMBER).await;
    assert!(
        seen.text().starts_with("You opened one a short while ago. You can open another one <t:"),
        "{}",
        seen.text()
    );
    // It was half an hour ago.
    let sql = "update public.tickets set created_at = created_at - interval '31 minutes'";
    let mut database = sqlx::PgConnection::connect(bot.database_url()).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut database).await.unwrap();
    assert!(presses(&bot, &panel, user::MEMBER).await.modal_id.is_some());
}

#[tokio::test]
async fn so_many_of_a_kind_and_not_one_more() {
    let (bot, panel) = with_panel().await;
    kind_of_ticket(&bot, "Support", json!({"max_open": 2})).await;
    for subject in ["One", "Two"] {
        opens(&bot, &panel, user::MEMBER, subject, "Please").await;
    }
    let place = newest_ticket(&bot).await;
    let seen = presses(&bot, &panel, user::MEMBER).await;
    assert_eq!(seen.text(), format!("You already have 2 open tickets of this kind, the last one is <#{place}>."));
    // Another kind has a limit of its own.
    let billing = kind_of_ticket(&bot, "Billing", json!({})).await;
    let panel = post_panel(&bot).await;
    let seen = bot.press(&panel, "1:tickets.open", &[&billing]).await;
    assert!(seen.modal_id.is_some());
}

#[tokio::test]
async fn each_kind_of_a_panel_has_its_own_staff_form_and_words() {
    let (bot, _) = with_panel().await;
    let questions = json!([{"label": "Which invoice?", "long": false, "required": true}]);
    let fields = json!({
        "staff_role_id": role::CRT, "opening_text": "Tell us the number.", "questions": questions,
        "description": "Invoices", "parent_id": channel::TEAM,
    });
    let billing = kind_of_ticket(&bot, "Billing", fields).await;
    let panel = post_panel(&bot).await;
    let menu = &panel.message.as_ref().unwrap().components[0]["components"][0];
    let shown: Vec<_> = menu["options"].as_array().unwrap().iter().map(|one| one["label"].as_str().unwrap()).collect();
    assert_eq!(shown, ["Support", "Billing"]);

    let form = bot.press(&panel, "1:tickets.open", &[&billing]).await;
    let fields = [("subject", "Paid twice"), ("details", "Please look"), ("question0", "No. 7")];
    bot.fill_in(&form, &fields).await;
    let place = newest_ticket(&bot).await;
    assert_eq!(bot.world.discord.channel(place).unwrap().parent_id, Some(channel::TEAM));
    let can = |who: Id| bot.world.discord.can(who, place, may::VIEW_CHANNEL | may::SEND_MESSAGES);
    assert!(can(user::MEMBER) && can(user::RESPONDER));
    assert!(!can(user::HELPER), "staff of the other kind");
    insta::assert_snapshot!(read(&bot.bot_messages(place)[0]), @"
    <@1200000000300000006> <@&1200000000100000003>
    Ticket #1: Paid twice
    Tell us the number.
    Opened by = <@1200000000300000006>
    State = Open
    Priority = Medium
    Details = Please look
    Which invoice? = No. 7
    ");
    // Who answers one kind has no say in another.
    bot.world.discord.set_roles(seed::HARBOUR, user::RESPONDER, &[]).unwrap();
    let overwrite = Overwrite { id: user::HELPER, kind: OverwriteKind::Member, allow: may::VIEW_CHANNEL, deny: 0 };
    bot.world.discord.set_overwrite(place, overwrite).unwrap();
    let seen = bot.command(user::HELPER, place, "ticket claim", json!({})).await;
    assert_eq!(seen.text(), "Only the staff of this ticket can do that.");
}

#[tokio::test]
async fn a_kind_of_another_server_is_none_here() {
    let (bot, _) = with_panel().await;
    let billing = kind_of_ticket(&bot, "Billing", json!({})).await;
    // FRESH_START has none of its own by that id.
    let answer = bot.forged_component(user::MEMBER, channel::FRESH_GENERAL, &format!("1:tickets.open:{billing}")).await;
    let said = &answer["data"]["embeds"][0]["description"];
    assert_eq!(said, "This kind of ticket is not offered any more. Please look for a newer panel.");
    for forged in ["1:tickets.open:9999", "1:tickets.open:x", "1:tickets.open", "1:tickets.open:-1"] {
        let answer = bot.forged_component(user::MEMBER, channel::FRESH_GENERAL, forged).await;
        assert_eq!((&answer["type"], &answer["data"]["flags"]), (&json!(4), &json!(64)), "{forged}");
    }
    assert!(bot.rows("tickets", "guild_id", seed::FRESH_START).await.is_empty());
}
