//! Kinds of ticket and panels in `/setup`: a manager adds, changes, orders and retires them; nobody else can.

use serde_json::json;
use world::seed::{self, channel, role, user};

use super::{component, kind_of_ticket, opens, setup_page, tickets, with_panel};
use crate::harness::{Bot, Seen, logged};

const LIST: &str = "1:tickets.categories";

async fn list(bot: &Bot) -> Seen {
    let setup = setup_page(bot).await;
    bot.press(&setup, LIST, &[]).await
}

/// The page of a kind that was added now.
async fn added(bot: &Bot, name: &str) -> Seen {
    let seen = list(bot).await;
    let form = bot.press(&seen, "1:tickets.category_add", &[]).await;
    bot.fill_in(&form, &[("name", name), ("description", "Invoices & refunds"), ("opening_text", "")]).await
}

#[tokio::test]
async fn a_manager_gives_a_kind_its_own_staff_form_words_and_limits() {
    let (bot, _) = with_panel().await;
    let page = added(&bot, "Billing").await;
    insta::assert_snapshot!(page.text(), @"
    Kind of ticket: Billing
    Saved. **Update posted panels** in the list shows it on panels that hang already.
    Invoices & refunds
    Staff = <@&1200000000100000004> (as for all)
    Made in = as for all
    Only for members with = any role
    First words = as for all
    Own questions = none
    Limits = 1 open at once, 0 minutes between two, accounts of any age; transcript kept 365 days
    ");

    let form = bot.press(&page, &component(&page, "1:tickets.category_change"), &["questions"]).await;
    let fields =
        [("question0", "Which invoice?"), ("kind0", ""), ("question1", "What happened?"), ("kind1", "Long, optional")];
    bot.fill_in(&form, &fields).await;
    let form = bot.press(&page, &component(&page, "1:tickets.category_change"), &["limits"]).await;
    let fields = [("max_open", "2"), ("cooldown_minutes", "5"), ("min_account_days", "7"), ("transcript_days", "30")];
    bot.fill_in(&form, &fields).await;
    let pick = |column: &str| {
        let id = component(&page, "1:tickets.category_pick");
        format!("{}:{column}", id.rsplit_once(':').unwrap().0)
    };
    bot.press(&page, &pick("staff_role_id"), &[&role::CRT.to_string()]).await;
    bot.press(&page, &pick("parent_id"), &[&channel::TEAM.to_string()]).await;
    let seen = bot.press(&page, &pick("required_role_id"), &[&role::SUPPORT.to_string()]).await;
    insta::assert_snapshot!(seen.text(), @"
    Kind of ticket: Billing
    Saved. **Update posted panels** in the list shows it on panels that hang already.
    Invoices & refunds
    Staff = <@&1200000000100000003>
    Made in = <#1200000000200000002>
    Only for members with = <@&1200000000100000004>
    First words = as for all
    Own questions = Which invoice? (short, required)
    What happened? (long, optional)
    Limits = 2 open at once, 5 minutes between two, accounts at least 7 days old; transcript kept 30 days
    ");
    // Nothing chosen takes it out again.
    let seen = bot.press(&seen, &pick("required_role_id"), &[]).await;
    assert!(seen.text().contains("Only for members with = any role"), "{}", seen.text());
    let refused = bot.press(&seen, &pick("staff_role_id"), &[&seed::HARBOUR.to_string()]).await;
    assert_eq!(refused.text(), "Everybody has **@everyone**: please choose a role that only some have, or none.");
    assert!(logged().iter().any(|line| line.contains("ticket_category_changed") && line.contains("required_role_id")));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_its_mend() {
    let (bot, _) = with_panel().await;
    let page = added(&bot, "Billing").await;
    let change = component(&page, "1:tickets.category_change");
    let form = bot.press(&page, &change, &["questions"]).await;
    let seen = bot.fill_in(&form, &[("question0", "Which?"), ("kind0", "big"), ("question1", ""), ("kind1", "")]).await;
    assert_eq!(
        seen.text(),
        "I do not know what `big` means for an answer. Please write `short` or `long`, and `optional` if it may be left empty, for example `long, optional`."
    );
    for wrong in ["0", "11", "two", "1.5", "-1"] {
        let form = bot.press(&page, &change, &["limits"]).await;
        let fields =
            [("max_open", wrong), ("cooldown_minutes", "5"), ("min_account_days", "7"), ("transcript_days", "30")];
        let seen = bot.fill_in(&form, &fields).await;
        assert_eq!(seen.text(), "**Open tickets of one member**: please write a whole number from 1 to 10.", "{wrong}");
    }
    let form = bot.press(&page, &change, &["texts"]).await;
    let seen = bot.fill_in(&form, &[("name", "  "), ("description", ""), ("opening_text", "")]).await;
    assert_eq!(seen.text(), "Please give it a name, for example `Billing`.");
    assert_eq!(
        added(&bot, "bILLING").await.text(),
        "There is a kind of ticket with this name already. Please choose another one."
    );
    for number in 0..23 {
        kind_of_ticket(&bot, &format!("Kind {number}"), json!({})).await;
    }
    assert_eq!(
        added(&bot, "One more").await.text(),
        "There are 25 kinds already, as many as a panel's menu holds. Retire one first."
    );
    // The list of 25 is still a message that Discord takes.
    assert!(list(&bot).await.text().contains("Kind 22 = "));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn kinds_have_an_order_and_the_last_one_stays() {
    let (bot, _) = with_panel().await;
    let page = added(&bot, "Billing").await;
    let names = |seen: &Seen| {
        let fields = seen.message.as_ref().unwrap().embeds[0]["fields"].as_array().unwrap().clone();
        fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&list(&bot).await), ["Support", "Billing"]);
    let id = component(&page, "1:tickets.category_move").split(':').nth(2).unwrap().to_owned();
    let seen = bot.press(&page, &format!("1:tickets.category_move:{id}:-1"), &[]).await;
    assert_eq!(names(&seen), ["Billing", "Support"]);
    // Already the first.
    let again = list(&bot).await;
    let page = bot.press(&again, "1:tickets.category", &[&id]).await;
    let seen = bot.press(&page, &format!("1:tickets.category_move:{id}:-1"), &[]).await;
    assert_eq!(names(&seen), ["Billing", "Support"]);

    let old = list(&bot).await;
    let page = bot.press(&seen, "1:tickets.category", &[&id]).await;
    let asked = bot.press(&page, &component(&page, "1:tickets.category_retire"), &[]).await;
    assert_eq!(
        asked.text(),
        "Retire **Billing**? It takes no new tickets and leaves the panels. Tickets that are there keep it."
    );
    let seen = bot.press(&asked, &component(&asked, "1:tickets.category_retire"), &[]).await;
    assert_eq!(names(&seen), ["Support"]);
    let first = bot.rows("ticket_categories", "guild_id", seed::HARBOUR).await;
    let support = first.iter().find(|row| row["name"] == "Support").unwrap()["category_id"].to_string();
    let page = bot.press(&seen, "1:tickets.category", &[&support]).await;
    let asked = bot.press(&page, &component(&page, "1:tickets.category_retire"), &[]).await;
    let seen = bot.press(&asked, &component(&asked, "1:tickets.category_retire"), &[]).await;
    assert_eq!(
        seen.text(),
        "This is the only kind of ticket. Add another one first, or delete the panel to take no tickets."
    );
    // What was retired is answered from an old page.
    let seen = bot.press(&old, "1:tickets.category", &[&id]).await;
    assert_eq!(seen.text(), "This kind of ticket is not there any more. Please open `/setup part:tickets` again.");
}

#[tokio::test]
async fn a_retired_kind_keeps_its_tickets_and_takes_no_new_ones() {
    let (bot, panel) = with_panel().await;
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let support = tickets(&bot).await[0]["category_id"].to_string();
    kind_of_ticket(&bot, "Billing", json!({})).await;
    let retire = json!({"guild_id": seed::HARBOUR, "category_id": support, "at": crate::harness::now()});
    bot.cx().supabase.rpc::<serde_json::Value>("retire_ticket_category", &retire).await.unwrap();
    let theirs = bot.sees(user::SECOND_MEMBER, panel.message.as_ref().unwrap());
    let seen = bot.press(&theirs, &super::only_button(&panel), &[]).await;
    assert_eq!(seen.text(), "This kind of ticket is not offered any more. Please look for a newer panel.");
    let place = super::newest_ticket(&bot).await;
    let first = bot.sees(user::HELPER, &bot.bot_messages(place)[0]);
    let seen = bot.press(&first, &component(&first, "1:tickets.claim"), &[]).await;
    assert!(seen.text().contains(&format!("<@{}> is on it", user::HELPER)), "{}", seen.text());
}

#[tokio::test]
async fn a_panel_is_posted_from_the_setup_and_follows_when_kinds_change() {
    let (bot, _) = with_panel().await;
    let setup = setup_page(&bot).await;
    let asked = bot.press(&setup, "1:tickets.panel", &[]).await;
    let seen = bot.press(&asked, "1:tickets.panel_post", &[&channel::WELCOME.to_string()]).await;
    assert!(seen.text().starts_with(&format!("The panel is in <#{}>.", channel::WELCOME)), "{}", seen.text());

    let about = |shown: usize| format!("{shown} options");
    let options = |bot: &Bot| {
        let panel = bot.bot_messages(channel::WELCOME).pop().unwrap();
        about(panel.components[0]["components"][0]["options"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(options(&bot), "0 options");
    kind_of_ticket(&bot, "Billing", json!({"staff_role_id": role::CRT})).await;
    let gone = bot.bot_messages(channel::GET_HELP).pop().unwrap();
    bot.world.discord.delete_message(channel::GET_HELP, gone.id, None).unwrap();
    let seen = list(&bot).await;
    let seen = bot.press(&seen, "1:tickets.panel_refresh", &[]).await;
    assert_eq!(seen.text(), "One panel shows what there is now.");
    assert_eq!(options(&bot), "2 options");
    let panel = bot.sees(user::MEMBER, &bot.bot_messages(channel::WELCOME).pop().unwrap());
    let both = format!("(one of <@&{}>, <@&{}>)", role::SUPPORT, role::CRT);
    assert!(panel.text().contains(&both), "{}", panel.text());
    // The one that was deleted is forgotten.
    assert_eq!(bot.rows("ticket_panels", "guild_id", seed::HARBOUR).await.len(), 1);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn only_who_manages_the_server_gets_in_and_only_at_their_own() {
    let (bot, _) = with_panel().await;
    let billing = kind_of_ticket(&bot, "Billing", json!({})).await;
    let ids = [
        LIST.to_owned(),
        "1:tickets.category_add".to_owned(),
        format!("1:tickets.category_retire:{billing}:yes"),
        format!("1:tickets.category_pick:{billing}:staff_role_id"),
        format!("1:tickets.category_move:{billing}:1"),
        "1:tickets.panel".to_owned(),
        "1:tickets.panel_post".to_owned(),
        "1:tickets.panel_refresh".to_owned(),
        "1:tickets.check".to_owned(),
    ];
    for id in &ids {
        let answer = bot.forged_component(user::MEMBER, channel::FRESH_GENERAL, id).await;
        let said = &answer["data"]["embeds"][0]["description"];
        assert_eq!(said, "You need the permission **Manage Server** for this.", "{id}");
    }
    assert!(logged().iter().any(|line| line.contains("ticket_refused") && line.contains("not_manager")));
    // The owner of another server names a kind of this one.
    for id in &ids[2..4] {
        let answer = bot.forged_component(user::OWNER, channel::FRESH_GENERAL, id).await;
        let said = answer["data"]["embeds"][0]["description"].as_str().unwrap();
        assert!(said.starts_with("This kind of ticket is not there any more."), "{said}");
    }
    let forged = format!("1:tickets.category_pick:{billing}:retired_at");
    let answer = bot.forged_component(user::OWNER, channel::FRESH_GENERAL, &forged).await;
    assert_eq!(answer["type"], 4);
    let rows = bot.rows("ticket_categories", "guild_id", seed::HARBOUR).await;
    assert!(rows.iter().all(|row| row["retired_at"].is_null() && row["staff_role_id"].is_null()), "{rows:?}");
}

#[tokio::test]
async fn long_words_do_not_break_the_page_of_settings() {
    let bot = Bot::alone().await;
    bot.chooses("tickets.opening_text", json!("x".repeat(1_000))).await;
    bot.chooses("tickets.outside_text", json!("y".repeat(500))).await;
    let seen = setup_page(&bot).await;
    assert!(seen.text().contains(&format!("**{}…**\n", "x".repeat(100))), "{}", seen.text());
    assert!(seen.is_private());
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn hours_and_targets_that_cannot_be_read_are_refused_with_an_example() {
    let bot = Bot::alone().await;
    let seen = setup_page(&bot).await;
    for (key, wrong, example) in [
        ("tickets.working_hours", "9 to 5", "mon-fri 09:00-17:00, sat 10:00-14:00"),
        ("tickets.first_response_targets", "soon", "low 24h, medium 8h, high 2h, critical 30m"),
    ] {
        let form = bot.press(&seen, "1:admin.setting", &[key]).await;
        let refused = bot.fill_in(&form, &[("value", wrong)]).await;
        let said = format!("I could not read that. Please write it like this, or leave it empty: `{example}`.");
        assert_eq!(refused.text(), said);
        let form = bot.press(&seen, "1:admin.setting", &[key]).await;
        let saved = bot.fill_in(&form, &[("value", example)]).await;
        assert!(saved.text().contains(&format!("is now **{example}**.")), "{}", saved.text());
        let form = bot.press(&seen, "1:admin.setting", &[key]).await;
        let saved = bot.fill_in(&form, &[("value", "")]).await;
        assert!(saved.text().contains("is now **not set**."), "{}", saved.text());
    }
}
