//! People beside opener and staff: what they see, read channel by channel as each of them.

use community_os::{features, person::Person};
use relay_wire::Snowflake;
use serde_json::json;
use world::{
    discord::{
        Id,
        model::{Overwrite, OverwriteKind},
        permissions as may,
    },
    seed::{self, channel, role, user},
};

use super::{
    last_said, later, new_helper, newest_ticket, opens, presses_first, refusals, story, with_panel, with_ticket,
};
use crate::harness::{Bot, Seen, read};

/// (reads, writes)
fn rights(bot: &Bot, place: Id, who: Id) -> (bool, bool) {
    let can = |what| bot.world.discord.can(who, place, what);
    (can(may::VIEW_CHANNEL | may::READ_MESSAGE_HISTORY), can(may::SEND_MESSAGES))
}

/// `who` presses Add person and chooses somebody.
async fn adds(bot: &Bot, who: Id, place: Id, whom: Id) -> Seen {
    let menu = presses_first(bot, who, place, "Add person").await;
    assert!(menu.is_private());
    let custom_id = menu.message.as_ref().unwrap().components[0]["components"][0]["custom_id"].as_str().unwrap();
    bot.press(&menu, custom_id, &[&whom.to_string()]).await
}

#[tokio::test]
async fn the_opener_brings_a_friend_and_staff_take_them_out() {
    let (bot, place) = with_ticket().await;
    let friend = user::SECOND_MEMBER;
    assert_eq!(rights(&bot, place, friend), (false, false));
    let seen = adds(&bot, user::MEMBER, place, friend).await;
    assert_eq!((seen.is_private(), seen.text()), (true, format!("<@{friend}> is in this ticket now.")));
    assert_eq!(rights(&bot, place, friend), (true, true));
    let messages = bot.bot_messages(place);
    let said = messages.iter().rfind(|message| message.visible_to.is_none()).unwrap();
    assert_eq!(read(said), format!("<@{friend}>\n<@{}> added <@{friend}> to this ticket.", user::MEMBER));
    assert_eq!(said.mentions.iter().map(|one| one.id).collect::<Vec<_>>(), [friend], "they are pinged");
    let seen = bot.command(user::HELPER, place, "ticket add", json!({"member": friend})).await;
    assert_eq!(seen.text(), format!("<@{friend}> is in this ticket already."));

    // A friend is no staff, and brings nobody along.
    let seen = bot.command(friend, place, "ticket add", json!({"member": user::NEWCOMER})).await;
    assert_eq!(seen.text(), "Only the staff of this ticket can do that.");
    let seen = presses_first(&bot, friend, place, "Close").await;
    assert_eq!(seen.text(), "Only the staff of this ticket can do that.");
    let seen = bot.command(user::MEMBER, place, "ticket remove", json!({"member": friend})).await;
    assert_eq!(seen.text(), "Only the staff of this ticket can do that.");
    assert_eq!(refusals(), [friend, friend, user::MEMBER].map(|who| format!("{who} not_staff")));
    assert_eq!(rights(&bot, place, friend), (true, true));

    bot.command(user::HELPER, place, "close", json!({})).await;
    assert_eq!(rights(&bot, place, friend), (true, false), "they read as the opener does");
    bot.command(user::HELPER, place, "ticket reopen", json!({})).await;
    assert_eq!(rights(&bot, place, friend), (true, true));

    let seen = bot.command(user::HELPER, place, "ticket remove", json!({"member": friend})).await;
    assert_eq!((seen.is_private(), seen.text()), (true, format!("<@{friend}> is not in this ticket any more.")));
    assert_eq!(last_said(&bot, place), format!("<@{}> removed <@{friend}> from this ticket.", user::HELPER));
    assert_eq!(rights(&bot, place, friend), (false, false));
    let seen = bot.command(user::HELPER, place, "ticket remove", json!({"member": friend})).await;
    assert_eq!(seen.text(), "They are not in this ticket.");
    later(&bot, 5).await;
    assert_eq!(rights(&bot, place, friend), (false, false));
    assert_eq!(rights(&bot, place, user::MEMBER), (true, true));
    assert_eq!(
        story(&bot).await[2..],
        [
            "member_added: OPEN -> OPEN",
            "closed: OPEN -> RESOLVED",
            "reopened: RESOLVED -> OPEN",
            "member_removed: OPEN -> OPEN"
        ]
    );
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn who_cannot_be_added_is_said_with_the_reason() {
    let (bot, place) = with_ticket().await;
    let stranger = bot.world.discord.add_user("Stranger");
    let second = new_helper(&bot, "Second Helper");
    let said = [
        (user::NOISE_BOT, "Bots cannot be added: nobody would know what they do with what is written here.".to_owned()),
        (stranger, format!("<@{stranger}> is not in this server. They have to join it first.")),
        (second, format!("<@{second}> is of the staff and sees this ticket already.")),
        (user::MEMBER, format!("<@{}> is in this ticket already.", user::MEMBER)),
    ];
    for (whom, text) in said {
        assert_eq!(adds(&bot, user::HELPER, place, whom).await.text(), text);
        assert_eq!(bot.command(user::MEMBER, place, "ticket add", json!({"member": whom})).await.text(), text);
    }
    let seen = bot.command(user::HELPER, place, "ticket remove", json!({"member": user::MEMBER})).await;
    assert_eq!(seen.text(), "It is their ticket. **Close** ends it.");
    for number in 0..20 {
        let friend = bot.new_member(&format!("Friend {number}"));
        bot.command(user::MEMBER, place, "ticket add", json!({"member": friend})).await;
    }
    let seen = bot.command(user::MEMBER, place, "ticket add", json!({"member": user::NEWCOMER})).await;
    assert_eq!(seen.text(), "A ticket takes at most 20 people beside opener and staff. Staff can remove somebody.");
    assert_eq!(rights(&bot, place, user::NEWCOMER), (false, false));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_closed_ticket_takes_nobody() {
    let (bot, place) = with_ticket().await;
    bot.command(user::HELPER, place, "close", json!({})).await;
    let seen = bot.command(user::HELPER, place, "ticket add", json!({"member": user::SECOND_MEMBER})).await;
    assert_eq!(seen.text(), "This ticket is closed. **Reopen** opens it again.");
    assert_eq!(rights(&bot, place, user::SECOND_MEMBER), (false, false));
    assert_eq!(story(&bot).await.len(), 3);
}

/// A ticket that is a private thread, for the bot may not make channels.
async fn with_thread() -> (Bot, Id) {
    let (bot, panel) = with_panel().await;
    bot.world.discord.set_role_permissions(seed::HARBOUR, role::BOT, seed::BOT & !may::MANAGE_CHANNELS).unwrap();
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let thread = newest_ticket(&bot).await;
    assert!(bot.world.discord.channel(thread).unwrap().is_thread());
    (bot, thread)
}

#[tokio::test]
async fn in_a_thread_people_come_and_go_as_its_members() {
    let (bot, thread) = with_thread().await;
    let friend = user::SECOND_MEMBER;
    assert_eq!(adds(&bot, user::MEMBER, thread, friend).await.text(), format!("<@{friend}> is in this ticket now."));
    assert_eq!(rights(&bot, thread, friend), (true, true));

    // Closed: the thread is locked, and who is in it reads.
    bot.command(user::MEMBER, thread, "close", json!({})).await;
    let state = |bot: &Bot| bot.world.discord.channel(thread).unwrap().thread.map(|one| (one.archived, one.locked));
    assert_eq!(state(&bot), Some((true, true)));
    assert!(bot.world.discord.send_message(thread, user::MEMBER, "One more thing", None).is_err());
    later(&bot, 5).await;
    assert_eq!(state(&bot), Some((true, true)));

    let seen = bot.command(user::MEMBER, thread, "ticket reopen", json!({})).await;
    assert_eq!(seen.text(), "This ticket is open again.");
    assert_eq!(state(&bot), Some((false, false)));
    bot.world.discord.send_message(thread, user::MEMBER, "One more thing", None).unwrap();

    bot.command(user::OWNER, thread, "ticket remove", json!({"member": friend})).await;
    assert_eq!((rights(&bot, thread, friend), rights(&bot, thread, user::MEMBER)), ((false, false), (true, true)));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn who_does_not_see_the_channel_above_cannot_be_brought_into_its_thread() {
    let (bot, thread) = with_thread().await;
    let hidden = Overwrite { id: user::NEWCOMER, kind: OverwriteKind::Member, allow: 0, deny: may::VIEW_CHANNEL };
    bot.world.discord.set_overwrite(channel::GET_HELP, hidden).unwrap();
    let seen = adds(&bot, user::MEMBER, thread, user::NEWCOMER).await;
    assert_eq!(
        seen.text(),
        format!(
            "<@{}> cannot be added: this ticket is a thread, and they do not see <#{}> above it.",
            user::NEWCOMER,
            channel::GET_HELP
        )
    );
    assert_eq!(bot.rows("ticket_members", "guild_id", seed::HARBOUR).await.len(), 0);
    assert_eq!(
        story(&bot).await[2..],
        ["member_added: OPEN -> OPEN", "member_removed: OPEN -> OPEN"],
        "tried, and taken back"
    );
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn without_the_right_to_change_channels_it_is_said_and_made_up_for() {
    let (bot, place) = with_ticket().await;
    let friend = user::SECOND_MEMBER;
    bot.world.discord.set_role_permissions(seed::HARBOUR, role::BOT, seed::BOT & !may::MANAGE_CHANNELS).unwrap();
    let seen = bot.command(user::HELPER, place, "ticket add", json!({"member": friend})).await;
    assert_eq!(
        seen.text(),
        format!(
            "<@{friend}> is in this ticket now.\n\n⚠️ It is noted, but Discord does not let me change the channel. Please give my role **Manage Channels** and **Manage Roles** there; I try again by myself."
        )
    );
    assert_eq!(rights(&bot, place, friend), (false, false));
    later(&bot, 1).await;
    bot.world.discord.set_role_permissions(seed::HARBOUR, role::BOT, seed::BOT).unwrap();
    later(&bot, 10).await;
    assert_eq!(rights(&bot, place, friend), (true, true));
}

/// As the job of `/privacy delete` does it.
async fn is_erased(bot: &Bot, user: Id) {
    let who = Person { guild_id: Snowflake(seed::HARBOUR.0), user_id: Snowflake(user.0) };
    for erase in features::FEATURES.iter().filter_map(|feature| feature.erase) {
        erase(bot.cx(), who).await.unwrap();
    }
    while !community_os::person::erase(&bot.cx(), &features::holds(), who).await.unwrap() {}
}

#[tokio::test]
async fn an_erased_person_is_out_of_others_tickets_too() {
    let (bot, place) = with_ticket().await;
    let (friend, other) = (user::SECOND_MEMBER, user::NEWCOMER);
    for whom in [friend, other] {
        bot.command(user::MEMBER, place, "ticket add", json!({"member": whom})).await;
    }
    is_erased(&bot, friend).await;
    let all = |bot: &Bot| [friend, other, user::MEMBER].map(|who| rights(bot, place, who));
    assert_eq!(all(&bot), [(false, false), (true, true), (true, true)]);
    later(&bot, 5).await;
    bot.command(user::HELPER, place, "close", json!({})).await;
    assert_eq!(all(&bot), [(false, false), (true, false), (true, false)]);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn an_erased_person_is_not_in_the_events_either() {
    let (bot, place) = with_ticket().await;
    let friend = user::SECOND_MEMBER;
    bot.command(user::HELPER, place, "ticket add", json!({"member": friend})).await;
    bot.command(user::HELPER, place, "ticket remove", json!({"member": friend})).await;
    bot.world.discord.set_roles(seed::HARBOUR, friend, &[role::SUPPORT]).unwrap();
    bot.command(user::HELPER, place, "ticket transfer", json!({"to": friend})).await;
    bot.command(user::HELPER, place, "ticket release", json!({})).await;
    let details = async || {
        let mut rows = bot.rows("ticket_events", "guild_id", seed::HARBOUR).await;
        rows.sort_by_key(|row| row["event_id"].as_u64());
        rows.into_iter().map(|row| row["detail"].to_string()).filter(|detail| detail != "{}").collect::<Vec<_>>()
    };
    assert_eq!(
        details().await,
        [
            json!({"user_id": friend}),
            json!({"user_id": friend}),
            json!({"from": null, "to": friend}),
            json!({"from": friend})
        ]
        .map(|one| one.to_string())
    );
    is_erased(&bot, friend).await;
    assert_eq!(
        details().await,
        [json!({"user_id": "0"}), json!({"user_id": "0"}), json!({"from": null, "to": "0"}), json!({"from": "0"})]
            .map(|one| one.to_string())
    );
    // The ticket goes on.
    let seen = bot.command(user::HELPER, place, "ticket claim", json!({})).await;
    assert_eq!(seen.text(), format!("<@{}> takes care of this ticket.", user::HELPER));
    bot.assert_nothing_unexpected();
}
