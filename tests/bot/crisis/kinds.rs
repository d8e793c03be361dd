//! Every kind of message: what is read, what is left alone, and what an edit changes.

use chrono::TimeDelta;
use relay_wire::Outcome;
use serde_json::{Value, json};
use world::{
    discord::{Id, Message},
    face::{Face, Fault},
    seed::{self, channel, user},
};

use super::{alerts, all_alerts, count, finds, kept, live};
use crate::{
    harness::{Bot, now, read},
    tickets,
};

/// The relay hears of a thread, as Discord tells it before its first message.
async fn hears_of_thread(bot: &Bot, thread: Id, parent: Id) {
    let data = json!({"id": thread, "parent_id": parent, "owner_id": user::MEMBER, "type": 11});
    bot.hears("THREAD_CREATE", data).await;
}

/// Discord tells of `message` with other fields than the world knows.
async fn says_with(bot: &Bot, message: &Message, more: Value) {
    let mut data = serde_json::to_value(message).unwrap();
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    bot.hears("MESSAGE_CREATE", data).await;
}

/// How often Ash-NLP was asked.
fn asked(bot: &Bot) -> usize {
    bot.world.shared.recorded(Face::Nlp).len()
}

#[tokio::test]
async fn threads_and_posts_of_a_monitored_channel_belong_to_it() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    // A public thread, a private one, and one that hangs on a message, as a post of a forum does.
    let (post, _) = bot.says(user::SECOND_MEMBER, channel::VENT, "how was your day?").await;
    for (from, private) in [(None, false), (None, true), (Some(post.id), false)] {
        let thread = bot.world.discord.create_thread(channel::VENT, user::MEMBER, "Talk", from, private).unwrap();
        hears_of_thread(&bot, thread, channel::VENT).await;
        let writer = bot.new_member("Robin");
        bot.world.discord.set_roles(seed::HARBOUR, writer, &[seed::role::ADMIN]).unwrap();
        bot.says(writer, thread, "a lantern").await;
        let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
        assert!(alert.contains(&format!("Channel = <#{thread}>")), "{alert}");
    }
    assert_eq!(all_alerts(&bot).len(), 3);
}

#[tokio::test]
async fn a_thread_of_another_channel_is_not_read() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let thread = bot.world.discord.create_thread(channel::GET_HELP, user::MEMBER, "Talk", None, false).unwrap();
    hears_of_thread(&bot, thread, channel::GET_HELP).await;
    bot.says(user::MEMBER, thread, "a lantern").await;
    bot.says(user::MEMBER, channel::GET_HELP, "a lantern").await;
    assert_eq!((all_alerts(&bot).len(), kept(&bot, user::MEMBER).await), (0, 0));
}

#[tokio::test]
async fn an_edit_is_read_again_and_one_message_is_one_alert_however_often_it_is_edited() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let (message, _) = bot.says(user::MEMBER, channel::VENT, "nothing to see").await;
    assert_eq!(all_alerts(&bot).len(), 0);
    for text in ["a lantern", "a lantern!", "a lantern...", "the lantern again"] {
        let edited = bot.world.discord.edit_message(channel::VENT, message.id, text).unwrap();
        bot.edits(&edited).await;
    }
    assert_eq!((all_alerts(&bot).len(), count(&bot, "crisis_alerts").await), (1, 1));
    assert_eq!(kept(&bot, user::MEMBER).await, 1);
}

#[tokio::test]
async fn an_edit_that_makes_it_graver_is_a_new_alert_and_the_old_one_says_so() {
    let bot = live().await;
    finds(&bot, "lantern", "medium");
    finds(&bot, "beacon", "critical");
    let (message, _) = bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    assert_eq!(alerts(&bot, channel::CRT_MONITOR).len(), 1);
    for _ in 0..2 {
        let edited = bot.world.discord.edit_message(channel::VENT, message.id, "a beacon").unwrap();
        bot.edits(&edited).await;
    }
    assert_eq!(alerts(&bot, channel::CRT_CRITICAL).len(), 1);
    let said = alerts(&bot, channel::CRT_MONITOR);
    assert_eq!(said[1..], ["The message was edited and is graver now: there is a new alert for it."]);
    assert_eq!(count(&bot, "crisis_alerts").await, 1);
}

#[tokio::test]
async fn an_edit_that_takes_it_back_leaves_the_alert_and_nothing_else() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let (message, _) = bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let edited = bot.world.discord.edit_message(channel::VENT, message.id, "never mind").unwrap();
    bot.edits(&edited).await;
    assert_eq!((all_alerts(&bot).len(), kept(&bot, user::MEMBER).await), (1, 0));
}

#[tokio::test]
async fn weakness_1_pictures_alone_and_empty_messages_do_no_harm() {
    let bot = live().await;
    finds(&bot, "", "critical");
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "x", None).unwrap();
    let picture = json!([{"id": "1", "filename": "cat.png", "size": 9, "url": "https://cdn.test/cat.png"}]);
    for content in ["", "   ", "\n\t"] {
        says_with(&bot, &message, json!({"content": content, "attachments": picture})).await;
    }
    assert_eq!(all_alerts(&bot).len(), 0);
    assert_eq!(asked(&bot), 0, "nothing without words reaches Ash-NLP");
}

#[tokio::test]
async fn a_reply_is_a_message_and_what_it_answers_is_not_read_as_the_answerers_own() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let (first, _) = bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    let reply = bot.world.discord.send_message(channel::VENT, user::SECOND_MEMBER, "here for you", Some(first.id));
    bot.deliver(bot.events_of_message(&reply.unwrap())).await;
    assert_eq!(all_alerts(&bot).len(), 1);
    let reply = bot.world.discord.send_message(channel::VENT, user::SECOND_MEMBER, "my lantern too", Some(first.id));
    bot.deliver(bot.events_of_message(&reply.unwrap())).await;
    assert_eq!(all_alerts(&bot).len(), 2);
}

#[tokio::test]
async fn what_somebody_forwards_is_read_with_what_they_write() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "x", None).unwrap();
    let snapshots = json!([{"message": {"content": "a lantern", "type": 0, "embeds": []}}, {"odd": true}]);
    says_with(&bot, &message, json!({"content": "", "message_snapshots": snapshots})).await;
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(alert.contains("a lantern"), "{alert}");
}

#[tokio::test]
async fn a_forwarded_command_is_no_command() {
    let bot = live().await;
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "x", None).unwrap();
    let snapshots = json!([{"message": {"content": "!ping"}}]);
    says_with(&bot, &message, json!({"content": "", "message_snapshots": snapshots})).await;
    assert_eq!(bot.bot_messages(channel::VENT).len(), 0);
}

#[tokio::test]
async fn a_command_in_a_channel_that_is_not_monitored_is_carried_out_and_not_read() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    bot.says(user::MEMBER, channel::GET_HELP, "!ping lantern").await;
    assert_eq!(bot.bot_messages(channel::GET_HELP).len(), 1);
    assert_eq!((all_alerts(&bot).len(), kept(&bot, user::MEMBER).await), (0, 0));
    bot.says(user::MEMBER, channel::VENT, "!ping lantern").await;
    assert_eq!(all_alerts(&bot).len(), 1, "in a monitored one it is a message like any other");
}

/// [`user::MEMBER`] wants nothing of theirs to be looked at.
async fn opts_out(bot: &mut Bot) {
    let row = json!({
        "guild_id": seed::HARBOUR, "user_id": user::MEMBER, "monitoring_opt_out": true, "updated_at": now(),
    });
    bot.cx().supabase.insert("user_preferences", &[row], None).await.unwrap();
    community_os::relay_filter::changed(&bot.cx()).await;
    bot.relay_follows().await;
}

#[tokio::test]
async fn who_opted_out_of_monitoring_is_not_read_whatever_the_relay_lets_out() {
    let mut bot = live().await;
    finds(&bot, "lantern", "critical");
    let before = bot.world.discord.send_message(channel::VENT, user::MEMBER, "a lantern", None).unwrap();
    // A relay that has not heard of it yet.
    let early = bot.events_of_message(&before);
    opts_out(&mut bot).await;
    bot.deliver(early).await;
    bot.says(user::MEMBER, channel::VENT, "a lantern").await;
    bot.says(user::MEMBER, channel::VENT, "!ping lantern").await;
    assert_eq!((all_alerts(&bot).len(), kept(&bot, user::MEMBER).await), (0, 0));
}

#[tokio::test]
async fn bots_webhooks_and_other_guilds_are_left_alone() {
    let bot = live().await;
    finds(&bot, "lantern", "critical");
    bot.says(user::NOISE_BOT, channel::VENT, "a lantern").await;
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "a lantern", None).unwrap();
    says_with(&bot, &message, json!({"webhook_id": "77"})).await;
    bot.says(user::MEMBER, channel::FRESH_GENERAL, "a lantern").await;
    assert_eq!((all_alerts(&bot).len(), asked(&bot)), (0, 0));
}

/// A live guild with tickets; what the member writes into the form is in `details`.
async fn with_ticket(crisis: bool, opted_out: bool, details: &str) -> (Bot, Id) {
    with_ticket_while(crisis, opted_out, details, None).await
}

/// The same while Discord takes no post in a channel.
async fn with_ticket_while(crisis: bool, opted_out: bool, details: &str, broken: Option<Id>) -> (Bot, Id) {
    let mut bot = live().await;
    bot.chooses("tickets.staff_role", json!(seed::role::SUPPORT)).await;
    bot.chooses("tickets.parent", json!(channel::SUPPORT)).await;
    bot.chooses("tickets.crisis", json!(crisis)).await;
    let panel = tickets::post_panel(&bot).await;
    if opted_out {
        opts_out(&mut bot).await;
    }
    finds(&bot, "lantern", "high");
    finds(&bot, "beacon", "critical");
    if let Some(channel) = broken {
        let path = format!("POST /api/v10/channels/{channel}/messages");
        bot.world.shared.break_with(Fault::status(Face::Discord, &path, 500));
    }
    tickets::opens(&bot, &panel, user::MEMBER, "Hello", details).await;
    bot.world.shared.mend();
    community_os::relay_filter::changed(&bot.cx()).await;
    bot.relay_follows().await;
    let place = tickets::newest_ticket(&bot).await;
    (bot, place)
}

#[tokio::test]
async fn a_tickets_form_and_its_channel_are_read() {
    let (bot, place) = with_ticket(true, false, "there is a lantern").await;
    let alert = read(&all_alerts(&bot)[0]);
    assert!(alert.contains(&format!("Channel = <#{place}>")), "{alert}");
    bot.says(user::MEMBER, place, "a beacon").await;
    assert_eq!(alerts(&bot, channel::CRT_CRITICAL).len(), 1);
}

/// No word of it, whom it is about, and the way there.
fn leads_to_the_ticket(alert: &str, place: Id, words: &[&str]) {
    for word in words {
        assert!(!alert.contains(word), "{alert}");
    }
    assert!(alert.contains("Written in a ticket: the words stay there"), "{alert}");
    assert!(alert.contains(&format!("Member = <@{}>", user::MEMBER)), "{alert}");
    let link = format!("Original message = [Open the ticket](https://discord.com/channels/{}/{place}/", seed::HARBOUR);
    assert!(alert.contains(&link), "{alert}");
}

#[tokio::test]
async fn an_alert_about_a_ticket_shows_no_word_of_it() {
    let (bot, place) = with_ticket(true, false, "there is a lantern").await;
    leads_to_the_ticket(&alerts(&bot, channel::CRT_CRISIS)[0], place, &["there is a", "no longer shown"]);
    let (message, _) = bot.says(user::MEMBER, place, "a beacon on the hill").await;
    leads_to_the_ticket(&alerts(&bot, channel::CRT_CRITICAL)[0], place, &["on the hill"]);
    // What staff write there stays there as well.
    finds(&bot, "kettle", "medium");
    bot.says(user::HELPER, place, "a kettle of mine").await;
    let monitor = alerts(&bot, channel::CRT_MONITOR);
    assert!(monitor.len() == 1 && !monitor[0].contains("kettle of mine"), "{monitor:?}");
    // Elsewhere the words are shown as ever.
    bot.says(user::SECOND_MEMBER, channel::VENT, "a lantern by the sea").await;
    assert!(alerts(&bot, channel::CRT_CRISIS).iter().any(|alert| alert.contains("a lantern by the sea")));
    assert!(bot.rows("crisis_alerts", "message_id", message.id).await.len() == 1);
}

#[tokio::test]
async fn words_of_a_ticket_stand_in_no_history_and_go_to_no_ai() {
    let (mut bot, place) = with_ticket(true, false, "there is a lantern").await;
    finds(&bot, "kettle", "medium");
    bot.says(user::MEMBER, channel::VENT, "a kettle in the rain").await;
    let seen = bot.command(user::RESPONDER, channel::CRT_MONITOR, "userhistory", json!({"user": user::MEMBER})).await;
    assert!(seen.text().contains("**HIGH**"), "that there was something is told: {}", seen.text());
    let words = bot.press(&seen, &format!("1:crisis.userhistory_words:{}:10:0", user::MEMBER), &[]).await.text();
    assert!(words.contains("a kettle in the rain") && !words.contains("there is a"), "{words}");

    bot.command(user::MEMBER, channel::GENERAL, "ash talk", json!({})).await;
    bot.relay_follows().await;
    let mut talks =
        bot.world.discord.channels(seed::HARBOUR).into_iter().filter(|one| one.kind == 12 && one.id != place);
    let talk = talks.next_back().unwrap().id;
    bot.says(user::MEMBER, talk, "good evening").await;
    let asked = bot.world.shared.recorded(Face::Claude).pop().unwrap().body.to_string();
    assert!(asked.contains("a kettle in the rain") && !asked.contains("there is a lantern"), "{asked}");
}

#[tokio::test]
async fn a_text_audited_in_a_ticket_is_told_of_without_its_words() {
    let (bot, place) = with_ticket(true, false, "hello").await;
    bot.command(user::ADMIN, place, "audit", json!({"text": "i want to die, says the storyteller"})).await;
    let alert = alerts(&bot, channel::CRT_CRISIS).pop().unwrap();
    assert!(alert.contains("a text from an audit") && !alert.contains("storyteller"), "{alert}");
}

#[tokio::test]
async fn who_is_worried_about_something_in_a_ticket_repeats_no_word_of_it_either() {
    let (bot, place) = with_ticket(true, false, "hello").await;
    let (message, _) = bot.says(user::MEMBER, place, "a quiet evening by the sea").await;
    let form = bot.menu(user::HELPER, &message, "Tell the crisis team").await;
    bot.fill_in(&form, &[]).await;
    leads_to_the_ticket(&alerts(&bot, channel::CRT_MONITOR)[0], place, &["by the sea"]);
}

#[tokio::test]
async fn what_is_judged_after_the_ticket_was_closed_shows_no_word_either() {
    let (bot, place) = with_ticket(true, false, "hello").await;
    bot.world.shared.break_with(Fault::status(Face::Nlp, "", 500));
    bot.says(user::MEMBER, place, "a beacon on the hill").await;
    assert_eq!(all_alerts(&bot).len(), 0, "the screen finds nothing in it");
    bot.command(user::HELPER, place, "close", json!({"reason": "done"})).await;
    community_os::relay_filter::changed(&bot.cx()).await;
    bot.world.shared.mend();
    for minutes in 1..=3 {
        bot.ticks(now() + TimeDelta::minutes(minutes)).await;
    }
    leads_to_the_ticket(&alerts(&bot, channel::CRT_CRITICAL)[0], place, &["on the hill"]);
}

#[tokio::test]
async fn a_tickets_form_is_not_lost_while_discord_takes_no_alert() {
    let (bot, place) = with_ticket_while(true, false, "there is a lantern", Some(channel::CRT_CRISIS)).await;
    assert_eq!((all_alerts(&bot).len(), bot.bot_messages(place).len()), (0, 1));
    bot.ticks(now() + TimeDelta::seconds(30)).await;
    assert_eq!(all_alerts(&bot).len(), 1);
}

#[tokio::test]
async fn tickets_are_not_read_where_the_guild_does_not_want_it_nor_of_who_opted_out() {
    for (crisis, opted_out) in [(false, false), (true, true)] {
        let (bot, place) = with_ticket(crisis, opted_out, "there is a lantern").await;
        bot.says(user::MEMBER, place, "a beacon").await;
        assert_eq!(all_alerts(&bot).len(), 0, "{crisis} {opted_out}");
    }
}

#[tokio::test]
async fn a_command_that_discord_refuses_keeps_no_words_from_the_team() {
    let bot = live().await;
    finds(&bot, "tonight", "critical");
    let path = format!("POST /api/v10/channels/{}/messages", channel::VENT);
    let body = json!({"message": "Missing Permissions", "code": 50013});
    let refused = Fault { body: Some(body), ..Fault::status(Face::Discord, &path, 403) };
    bot.world.shared.break_with(refused);
    let (_, outcomes) = bot.says(user::MEMBER, channel::VENT, "!ping it ends tonight").await;
    assert!(outcomes.iter().all(|one| *one == Outcome::Done), "{outcomes:?}");
    assert!(alerts(&bot, channel::CRT_CRITICAL)[0].contains("Critical alert"));
}
