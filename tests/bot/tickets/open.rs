//! Opening a ticket: who sees it, what it says, and that it is one ticket however often it was asked for.

use futures_util::future::join_all;
use serde_json::json;
use world::{
    discord::{Id, permissions as may},
    face::{Face, Fault},
    seed::{self, channel, role, user},
};

use super::{newest_ticket, only_button, opens, post_panel, story, tickets, with_panel, with_ticket};
use crate::harness::{Bot, read};

#[tokio::test]
async fn a_member_opens_a_ticket_that_only_they_the_staff_and_the_bot_see() {
    let (bot, panel) = with_panel().await;
    insta::assert_snapshot!(panel.text(), @"
    Need help?
    Open a ticket and somebody of the team will answer you in a private channel.

    **Who can read it:** you, <@&1200000000100000004> and the administrators of this server.
    **What is kept:** a copy of what is written there, for 365 days after it is closed. `/privacy` shows and deletes it.
    ");
    let seen = opens(&bot, &panel, user::MEMBER, "I cannot log in", "It says *wrong password*.").await;
    assert!(seen.is_private());
    let place = newest_ticket(&bot).await;
    assert_eq!(seen.text(), format!("Your ticket is <#{place}>."));

    let made = bot.world.discord.channel(place).unwrap();
    assert_eq!((made.name.as_str(), made.parent_id), ("ticket-0001", Some(channel::SUPPORT)));
    let can = |who: Id, what: u64| bot.world.discord.can(who, place, what);
    for who in [user::MEMBER, user::HELPER, user::ADMIN, user::OWNER] {
        assert!(can(who, may::VIEW_CHANNEL | may::SEND_MESSAGES | may::READ_MESSAGE_HISTORY), "{who} takes part");
    }
    for who in [user::SECOND_MEMBER, user::RESPONDER, user::MANAGER, user::NOISE_BOT] {
        assert!(!can(who, may::VIEW_CHANNEL), "{who} does not even see it");
    }

    let first = &bot.bot_messages(place)[0];
    insta::assert_snapshot!(read(first), @"
    <@1200000000300000006> <@&1200000000100000004>
    Ticket #1: I cannot log in
    Thank you for writing. Somebody of the team will answer you here. You can add anything in the meantime.
    Opened by = <@1200000000300000006>
    State = Open
    Priority = Medium
    Details = It says \\*wrong password\\*.
    ");
    let pinged: Vec<Id> = first.mentions.iter().map(|user| user.id).collect();
    assert_eq!((pinged, first.mention_roles.clone()), (vec![user::MEMBER], vec![role::SUPPORT]));
    assert_eq!(story(&bot).await, ["opened: - -> OPEN", "placed: OPEN -> OPEN"]);
    // What was written into the form is part of the transcript.
    let kept = bot.rows("ticket_messages", "author_id", user::MEMBER).await;
    assert_eq!(kept[0]["content"], "I cannot log in\nIt says *wrong password*.");
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn fifty_clicks_at_once_are_one_ticket() {
    let (bot, panel) = with_panel().await;
    let mine = bot.sees(user::MEMBER, panel.message.as_ref().unwrap());
    let open = only_button(&panel);
    let forms = join_all((0..50).map(|_| bot.press(&mine, &open, &[]))).await;
    let newest = bot.world.discord.modals_of(user::MEMBER).remove(0);
    for form in &forms {
        // As many devices of the same member: each has its own form open.
        let key = form.modal_id.unwrap();
        let custom_id = format!("{}:{key}", newest.custom_id.rsplit_once(':').unwrap().0);
        let modal = world::discord::interactions::Modal { custom_id, ..newest.clone() };
        bot.world.discord.state().modals.insert(key, modal);
    }
    let fields = [("subject", "Help"), ("details", "Please")];
    let seen = join_all(forms.iter().map(|form| bot.fill_in(form, &fields))).await;
    assert_eq!(tickets(&bot).await.len(), 1);
    let place = newest_ticket(&bot).await;
    let opened = format!("Your ticket is <#{place}>.");
    assert_eq!(seen.iter().filter(|one| one.text() == opened).count(), 1);
    assert!(seen.iter().all(|one| one.text() == opened || one.text().starts_with("You already have an open ticket")));
    let channels = bot.world.discord.state().channels.values().filter(|one| one.name.starts_with("ticket-0")).count();
    assert_eq!((channels, bot.bot_messages(place).len()), (1, 1));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn the_same_form_sent_again_finds_the_ticket_it_opened() {
    let (bot, panel) = with_panel().await;
    let mine = bot.sees(user::MEMBER, panel.message.as_ref().unwrap());
    let form = bot.press(&mine, &only_button(&panel), &[]).await;
    let fields = [("subject", "Help"), ("details", "Please")];
    let modal = bot.world.discord.modals_of(user::MEMBER).remove(0);
    let again = async {
        bot.world.discord.state().modals.insert(form.modal_id.unwrap(), modal);
        bot.fill_in(&form, &fields).await
    };
    let (one, other) = tokio::join!(bot.fill_in(&form, &fields), again);
    assert_eq!(tickets(&bot).await.len(), 1);
    for seen in [one, other] {
        assert!(!seen.text().contains("already"), "{}", seen.text());
    }
}

#[tokio::test]
async fn who_has_one_open_is_led_to_it_before_writing_in_vain() {
    let (bot, place) = with_ticket().await;
    let panel = post_panel(&bot).await;
    let seen = bot.press(&panel, &only_button(&panel), &[]).await;
    assert_eq!(seen.modal_id, None);
    assert_eq!(seen.text(), format!("You already have an open ticket of this kind: <#{place}>."));
}

#[tokio::test]
async fn a_worker_that_died_after_the_row_is_made_up_for_in_two_minutes() {
    let (bot, panel) = with_panel().await;
    bot.world.shared.break_with(Fault::status(Face::Discord, "POST /api/v10/guilds", 503));
    let seen = opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    assert!(seen.text().starts_with("Ticket #1 is being opened."), "{}", seen.text());
    bot.world.shared.mend();
    super::later(&bot, 1).await;
    assert_eq!(tickets(&bot).await[0]["channel_id"], json!(null));
    super::later(&bot, 3).await;
    let place = newest_ticket(&bot).await;
    assert_eq!(bot.bot_messages(place).len(), 1);
    assert!(bot.world.discord.can(user::MEMBER, place, may::VIEW_CHANNEL));
    bot.assert_nothing_unexpected();
}

/// The bot may do this in the whole guild, and @everyone may not make threads.
pub fn bot_may(bot: &Bot, permissions: u64) {
    let mut state = bot.world.discord.state();
    for one in &mut state.guilds.get_mut(&seed::HARBOUR).unwrap().roles {
        match one.id {
            role::BOT => one.permissions = permissions,
            seed::HARBOUR => one.permissions &= !may::CREATE_PRIVATE_THREADS,
            _ => {}
        }
    }
}

#[tokio::test]
async fn without_a_place_the_member_gets_their_words_back_and_the_ticket_has_failed() {
    let (bot, panel) = with_panel().await;
    bot_may(&bot, seed::BOT & !(may::MANAGE_CHANNELS | may::CREATE_PRIVATE_THREADS));
    let seen = opens(&bot, &panel, user::MEMBER, "Help", "A *long* story").await;
    insta::assert_snapshot!(seen.text(), @"
    Your ticket could not be opened: this server has no room for it at the moment. Its administrators see why in `/setup`. Please try again later, or write to them directly.

    This is what you wrote:
    >>> A \\*long\\* story
    ");
    assert_eq!(story(&bot).await, ["opened: - -> OPEN", "failed: OPEN -> FAILED"]);
    let setup = bot.command(user::OWNER, channel::GENERAL, "setup", json!({})).await;
    let page = bot.press(&setup, "1:admin.feature", &["tickets"]).await;
    assert!(page.text().contains("⚠️ I may not make channels there."), "{}", page.text());

    // Mended: the next one works, and the number is not given again.
    bot_may(&bot, seed::BOT);
    opens(&bot, &panel, user::MEMBER, "Help", "A long story").await;
    assert_eq!(tickets(&bot).await[1]["ticket_number"], 2);
    let page = bot.press(&setup, "1:admin.feature", &["tickets"]).await;
    assert!(!page.text().contains("⚠️"), "{}", page.text());
}

#[tokio::test]
async fn where_the_bot_may_not_make_channels_a_ticket_is_a_private_thread() {
    let (bot, panel) = with_panel().await;
    bot_may(&bot, seed::BOT & !may::MANAGE_CHANNELS);
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let thread = newest_ticket(&bot).await;
    assert_eq!(bot.world.discord.channel(thread).unwrap().parent_id, Some(channel::GET_HELP));
    assert!(bot.world.discord.can(user::MEMBER, thread, may::VIEW_CHANNEL | may::SEND_MESSAGES));
    assert!(!bot.world.discord.can(user::SECOND_MEMBER, thread, may::VIEW_CHANNEL));
    assert_eq!(bot.bot_messages(thread).len(), 1);
    bot.assert_nothing_unexpected();
}
