//! What follows a closing: the channel is put away, the transcript goes to the log and to the opener, whatever fails between.

use relay_wire::Snowflake;
use serde_json::{Value, json};
use world::{
    discord::{Id, Message, permissions as may},
    face::{Face, Fault},
    seed::{self, channel, user},
};

use super::{
    change, closes, file_of, later, newest_ticket, open::bot_may, opens, settled, tickets, with_panel, with_talk,
    words_of,
};
use crate::harness::{Bot, Seen, now, read};

/// The bot's direct messages with somebody.
pub fn dms(bot: &Bot, member: Id) -> Vec<Message> {
    bot.world.discord.dm_of(member).map(|dm| bot.bot_messages(dm)).unwrap_or_default()
}

fn log(bot: &Bot) -> Vec<Message> {
    bot.bot_messages(channel::TICKET_LOG)
}

/// Everything is there exactly once.
async fn assert_put_away(bot: &Bot, place: Id) {
    assert_eq!(bot.bot_messages(place).len(), 2, "the first message, and who closed it");
    assert_eq!((log(bot).len(), dms(bot, user::MEMBER).len()), (1, 1));
    assert!(!bot.world.discord.can(user::MEMBER, place, may::SEND_MESSAGES));
    assert!(bot.world.discord.can(user::MEMBER, place, may::VIEW_CHANNEL | may::READ_MESSAGE_HISTORY));
    let row = &tickets(bot).await[0];
    for noted in ["archived_at", "opener_told_at", "log_message_id"] {
        assert!(!row[noted].is_null(), "{noted}");
    }
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_closed_ticket_is_put_away_and_its_transcript_goes_to_the_log_and_to_the_opener() {
    let (mut bot, place) = with_talk().await;
    let (gone, _) = bot.says(user::MEMBER, place, "my password is ...").await;
    let data = json!({"id": gone.id, "channel_id": place, "guild_id": seed::HARBOUR});
    bot.deliver(bot.events_of("MESSAGE_DELETE", &data)).await;
    closes(&bot, user::HELPER, place, "Mended *for good*").await;
    settled(&bot, 1).await;
    assert_put_away(&bot, place).await;

    insta::assert_snapshot!(read(&bot.bot_messages(place)[1]), @"
    <@1200000000300000005> closed this ticket.
    **Reason:** Mended \\*for good\\*
    ");
    insta::assert_snapshot!(read(&log(&bot)[0]), @"
    Ticket #1: I cannot log in
    Opened by = <@1200000000300000006>
    Closed = by <@1200000000300000005>
    Messages = 4
    Category = Support
    Reason = Mended \\*for good\\*
    ");
    let dm = &dms(&bot, user::MEMBER)[0];
    insta::assert_snapshot!(read(dm), @"
    Your ticket #1 in **Harbour** is closed.
    **Reason:** Mended \\*for good\\*

    The file is your copy of what was written. How was the help? 1 is bad, 5 is great.
    ");
    let (name, html) = file_of(&bot, &log(&bot)[0]);
    assert_eq!(name, "ticket-0001.html");
    assert_eq!(html, file_of(&bot, dm).1, "the same for the opener");
    let words = words_of(&html);
    assert_eq!(words.len(), 4, "{words:?}");
    assert!(words[1].ends_with("I tried &lt;b&gt;twice&lt;/b&gt;") && words[1].starts_with("Member "), "{words:?}");
    assert!(
        words[2].ends_with("I have reset it for you.") && words[3].contains("This message was deleted"),
        "{words:?}"
    );
    assert!(!html.contains("password is"));
    assert!(html.contains("<dt>Answered by</dt><dd><bdi>Helper</bdi></dd>"), "{html}");
    assert_eq!(log(&bot)[0].attachments[0].content_type.as_deref(), Some("text/html; charset=utf-8"));

    // Nothing that is written there now leaves the relay.
    bot.relay_follows().await;
    let late = bot.world.discord.send_message(place, user::HELPER, "off the record", None).unwrap();
    let events = bot.events_of_message(&late);
    assert!(events.into_iter().all(|(_, mut event)| event.body.take_text().is_none()));
    // Long after, nothing happens twice.
    settled(&bot, 60).await;
    assert_eq!((log(&bot).len(), dms(&bot, user::MEMBER).len()), (1, 1));
}

#[tokio::test]
async fn in_an_archive_category_with_two_ticks_at_once() {
    let (bot, place) = with_talk().await;
    bot.chooses("tickets.archive_parent", json!(channel::TEAM)).await;
    closes(&bot, user::MEMBER, place, "").await;
    let soon = now() + chrono::TimeDelta::minutes(1);
    for _ in 0..3 {
        let (one, other) = tokio::join!(bot.app.scheduled(soon), bot.app.scheduled(soon));
        one.unwrap();
        other.unwrap();
    }
    assert_put_away(&bot, place).await;
    assert_eq!(bot.world.discord.channel(place).unwrap().parent_id, Some(channel::TEAM));
}

/// Whatever step fails, the others are done, and the job mends it without doing anything twice.
#[tokio::test]
async fn discord_fails_at_one_step_and_the_job_makes_up_for_it() {
    for (what, face, path) in [
        ("the closing message", Face::Discord, "POST /api/v10/channels/{place}/messages"),
        ("the channel", Face::Discord, "PATCH /api/v10/channels/{place}"),
        ("the log", Face::Discord, "POST /api/v10/channels/{log}/messages"),
        ("the direct message", Face::Discord, "POST /api/v10/users/@me/channels"),
        ("what was posted", Face::Supabase, "POST /rest/v1/rpc/note_ticket_post"),
        ("the end", Face::Supabase, "POST /rest/v1/rpc/note_ticket_archived"),
    ] {
        let (bot, place) = with_talk().await;
        closes(&bot, user::HELPER, place, "done").await;
        let path = path.replace("{place}", &place.to_string()).replace("{log}", &channel::TICKET_LOG.to_string());
        bot.world.shared.break_with(Fault::status(face, &path, 503));
        settled(&bot, 1).await;
        assert!(tickets(&bot).await[0]["archived_at"].is_null(), "{what}: it is not done");
        let of_log = usize::from(what != "the log");
        assert_eq!(log(&bot).len(), of_log, "{what}: the rest was done");
        bot.world.shared.mend();
        settled(&bot, 3).await;
        assert_put_away(&bot, place).await;
    }
}

#[tokio::test]
async fn without_a_log_channel_the_rest_goes_on_and_setup_says_so() {
    let (bot, place) = with_talk().await;
    let setting = community_os::features::settings().find(|setting| setting.key == "tickets.log_channel").unwrap();
    community_os::settings::reset(&bot.cx(), Snowflake(seed::HARBOUR.0), setting).await.unwrap();
    bot.world.discord.close_dms(user::MEMBER, true);
    closes(&bot, user::HELPER, place, "").await;
    settled(&bot, 1).await;
    let row = &tickets(&bot).await[0];
    assert!(row["archived_at"].is_string() && row["log_message_id"].is_null());
    assert_eq!((log(&bot).len(), dms(&bot, user::MEMBER).len()), (0, 0), "closed direct messages are no failure");
    let setup = bot.command(user::OWNER, channel::GENERAL, "setup", json!({})).await;
    let page = bot.press(&setup, "1:admin.feature", &["tickets"]).await;
    assert!(page.text().contains("⚠️ No log channel is chosen"), "{}", page.text());
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_log_channel_that_refuses_is_named_and_the_opener_still_gets_the_transcript() {
    let (bot, place) = with_talk().await;
    let hidden = world::discord::model::Overwrite {
        id: bot.world.discord.state().bot(),
        kind: world::discord::model::OverwriteKind::Member,
        allow: 0,
        deny: may::VIEW_CHANNEL,
    };
    bot.world.discord.set_overwrite(channel::TICKET_LOG, hidden).unwrap();
    closes(&bot, user::HELPER, place, "").await;
    settled(&bot, 1).await;
    assert!(tickets(&bot).await[0]["archived_at"].is_string());
    assert_eq!(dms(&bot, user::MEMBER).len(), 1);
    let setup = bot.command(user::OWNER, channel::GENERAL, "setup", json!({})).await;
    let page = bot.press(&setup, "1:admin.feature", &["tickets"]).await;
    let wanted = format!("I may not post transcripts in <#{}>.", channel::TICKET_LOG);
    assert!(page.text().contains(&wanted), "{}", page.text());
}

#[tokio::test]
async fn a_guild_may_choose_that_nobody_gets_a_copy() {
    let (bot, place) = with_talk().await;
    bot.chooses("tickets.send_transcript", json!(false)).await;
    closes(&bot, user::HELPER, place, "").await;
    settled(&bot, 1).await;
    assert_eq!((log(&bot).len(), dms(&bot, user::MEMBER).len()), (1, 0));
    assert!(tickets(&bot).await[0]["archived_at"].is_string());
}

#[tokio::test]
async fn opened_again_and_closed_again_it_is_told_again() {
    let (mut bot, place) = with_talk().await;
    closes(&bot, user::HELPER, place, "first").await;
    settled(&bot, 1).await;
    change(&bot, place, "reopen", user::MEMBER, json!({})).await;
    settled(&bot, 2).await;
    assert!(bot.world.discord.can(user::MEMBER, place, may::SEND_MESSAGES));
    bot.relay_follows().await;
    bot.says(user::MEMBER, place, "it came back").await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    closes(&bot, user::HELPER, place, "second").await;
    settled(&bot, 4).await;
    assert_eq!((log(&bot).len(), dms(&bot, user::MEMBER).len()), (2, 2));
    assert!(file_of(&bot, &log(&bot)[1]).1.contains("it came back"));
    assert!(!bot.world.discord.can(user::MEMBER, place, may::SEND_MESSAGES));
}

#[tokio::test]
async fn opened_again_before_anything_followed_nothing_follows() {
    let (bot, place) = with_talk().await;
    closes(&bot, user::HELPER, place, "by mistake").await;
    change(&bot, place, "reopen", user::HELPER, json!({})).await;
    settled(&bot, 1).await;
    assert_eq!((bot.bot_messages(place).len(), log(&bot).len(), dms(&bot, user::MEMBER).len()), (1, 0, 0));
    assert!(bot.world.discord.can(user::MEMBER, place, may::SEND_MESSAGES));
}

/// Opened again just between the post and its note: the post is one too many.
#[tokio::test]
async fn what_was_posted_about_a_closing_that_is_none_any_more_is_taken_back() {
    let (bot, place) = with_talk().await;
    closes(&bot, user::HELPER, place, "by mistake").await;
    let row = tickets(&bot).await.remove(0);
    change(&bot, place, "reopen", user::HELPER, json!({})).await;
    let noted = |closed_at: &Value| {
        json!({
            "ticket_id": row["ticket_id"].to_string(), "closed_at": closed_at, "kind": "log", "part": 1, "at": now(),
            "channel_id": channel::TICKET_LOG, "message_id": "5",
        })
    };
    let note = async |closed_at: &Value| -> bool {
        bot.cx().supabase.rpc("note_ticket_post", &noted(closed_at)).await.unwrap()
    };
    assert!(!note(&row["resolved_at"]).await, "it is open");
    closes(&bot, user::HELPER, place, "done").await;
    assert!(!note(&row["resolved_at"]).await, "it is another closing");
    let again = tickets(&bot).await.remove(0)["resolved_at"].clone();
    assert!(note(&again).await && note(&again).await, "noted twice is noted once");
    assert_eq!(bot.rows("ticket_posts", "guild_id", seed::HARBOUR).await.len(), 1);
}

/// A thread: said, then archived and locked.
#[tokio::test]
async fn a_thread_is_archived_and_locked() {
    let (bot, panel) = with_panel().await;
    bot_may(&bot, seed::BOT & !may::MANAGE_CHANNELS);
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let place = newest_ticket(&bot).await;
    closes(&bot, user::HELPER, place, "").await;
    settled(&bot, 1).await;
    let thread = bot.world.discord.channel(place).unwrap().thread.unwrap();
    assert!(thread.archived && thread.locked);
    assert_eq!((bot.bot_messages(place).len(), log(&bot).len()), (2, 1));
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn files_are_links_in_the_transcript_and_go_with_their_message() {
    let (bot, place) = with_talk().await;
    let sends = async |id: u64, name: &str, url: &str| {
        let message = json!({
            "id": id.to_string(), "channel_id": place, "guild_id": seed::HARBOUR, "type": 0, "content": "",
            "author": {"id": user::MEMBER, "username": "member", "global_name": "Member"},
            "attachments": [{"id": "1", "filename": name, "url": url, "size": 2_500_000}],
        });
        bot.deliver(bot.events_of("MESSAGE_CREATE", &message)).await;
    };
    let first = Snowflake::at_ms(now().timestamp_millis()).0;
    sends(first, "shot.png", "https://cdn.discordapp.com/attachments/1/2/shot.png?ex=1&is=2").await;
    sends(first + 1, "bad.png", "javascript:alert(1)").await;
    sends(first + 2, "secret.png", "https://cdn.discordapp.com/attachments/secret").await;
    let data = json!({"id": (first + 2).to_string(), "channel_id": place, "guild_id": seed::HARBOUR});
    bot.deliver(bot.events_of("MESSAGE_DELETE", &data)).await;
    closes(&bot, user::HELPER, place, "").await;
    settled(&bot, 1).await;
    let html = file_of(&bot, &log(&bot)[0]).1;
    let link = "File: <a href=\"https://cdn.discordapp.com/attachments/1/2/shot.png?ex=1&amp;is=2\" \
                rel=\"noopener noreferrer nofollow\"><bdi>shot.png</bdi></a> (2 MB)";
    assert!(html.contains(link), "{html}");
    assert!(html.contains("File: <bdi>bad.png</bdi> (2 MB)") && !html.contains("javascript"), "{html}");
    assert!(!html.contains("secret"), "a deleted message has no files");
    assert!(html.contains("lets them expire"));
}

#[tokio::test]
async fn a_ticket_of_thousands_of_messages_is_read_in_pages_and_cut_into_files_that_discord_takes() {
    let (bot, place) = with_talk().await;
    let base = Snowflake::at_ms(now().timestamp_millis()).0;
    // Each of these brackets takes four bytes in the file.
    let brackets = "<".repeat(1_200);
    let events: Vec<Value> = (0..4_500_u64)
        .map(|n| {
            json!({
                "kind": "created", "guild_id": seed::HARBOUR, "channel_id": place, "message_id": (base + n).to_string(),
                "sent_at": now().timestamp_millis(), "author_id": user::MEMBER, "author_name": "Member",
                "content": format!("line {n}. {}", if n < 2_000 { brackets.as_str() } else { "" }), "attachments": [],
            })
        })
        .collect();
    for some in events.chunks(1_500) {
        bot.cx().supabase.rpc::<()>("record_ticket_writing", &json!({"events": some, "at": now()})).await.unwrap();
    }
    closes(&bot, user::HELPER, place, "").await;
    settled(&bot, 1).await;
    for posts in [log(&bot), dms(&bot, user::MEMBER)] {
        let files: Vec<(String, String)> = posts.iter().map(|post| file_of(&bot, post)).collect();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ticket-0001.html", "ticket-0001-2.html"]);
        assert_eq!(files.iter().map(|(_, html)| html.matches("<article>").count()).sum::<usize>(), 4_503);
        assert!(files[0].1.contains("line 0.") && files[0].1.contains("Part 1 of 2."));
        assert!(files[1].1.contains("line 4499.") && !files[1].1.contains("left out"));
    }
    let seen = asks(&bot, user::MEMBER, place, json!({})).await;
    assert!(seen.text().contains("this is part 1 of 2"), "{}", seen.text());
    bot.assert_nothing_unexpected();
}

/// A thread says that it goes, and says nothing when its channel goes.
#[tokio::test]
async fn a_thread_that_is_deleted_and_one_whose_channel_is_deleted_close_their_tickets() {
    for of_channel in [false, true] {
        let (bot, panel) = with_panel().await;
        bot_may(&bot, seed::BOT & !may::MANAGE_CHANNELS);
        opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
        let thread = newest_ticket(&bot).await;
        let gone = if of_channel { channel::GET_HELP } else { thread };
        bot.world.discord.delete_channel(gone).unwrap();
        let (name, data) = match of_channel {
            true => ("CHANNEL_DELETE", json!({"id": gone, "type": 0})),
            false => ("THREAD_DELETE", json!({"id": gone, "parent_id": channel::GET_HELP, "type": 12})),
        };
        bot.hears(name, data).await;
        settled(&bot, 1).await;
        assert_eq!(super::story(&bot).await.last().unwrap(), "channel_gone: OPEN -> RESOLVED");
        assert_eq!(log(&bot).len(), 1);
        assert!(file_of(&bot, &log(&bot)[0]).1.contains("Please"));
    }
}

#[tokio::test]
async fn in_a_thread_too_a_closing_message_that_failed_is_made_up_for() {
    let (bot, panel) = with_panel().await;
    bot_may(&bot, seed::BOT & !may::MANAGE_CHANNELS);
    opens(&bot, &panel, user::MEMBER, "Help", "Please").await;
    let place = newest_ticket(&bot).await;
    closes(&bot, user::HELPER, place, "").await;
    let path = format!("POST /api/v10/channels/{place}/messages");
    bot.world.shared.break_with(Fault::status(Face::Discord, &path, 503));
    settled(&bot, 1).await;
    bot.world.shared.mend();
    settled(&bot, 3).await;
    assert_eq!(bot.bot_messages(place).len(), 2);
    let thread = bot.world.discord.channel(place).unwrap().thread.unwrap();
    assert!(thread.archived && thread.locked);
}

async fn asks(bot: &Bot, member: Id, place: Id, options: Value) -> Seen {
    bot.command(member, place, "ticket transcript", options).await
}

#[tokio::test]
async fn staff_and_the_opener_get_the_transcript_and_a_look_of_staff_is_noted() {
    let (bot, place) = with_talk().await;
    let seen = asks(&bot, user::MEMBER, place, json!({})).await;
    assert!(seen.is_private());
    assert_eq!(seen.text(), "The transcript of ticket #1. Open the file in a browser.");
    let (name, html) = file_of(&bot, seen.message.as_ref().unwrap());
    assert_eq!((name.as_str(), words_of(&html).len()), ("ticket-0001.html", 3));
    assert_eq!(bot.rows("access_log", "subject_id", user::MEMBER).await.len(), 0, "their own");

    let seen = asks(&bot, user::HELPER, channel::GENERAL, json!({"number": 1})).await;
    assert!(seen.is_private() && seen.message.as_ref().unwrap().attachments.len() == 1);
    let looks = bot.rows("access_log", "subject_id", user::MEMBER).await;
    assert_eq!(looks[0]["what"], "transcript of ticket #1");
    assert_eq!(looks[0]["actor_id"].as_u64(), Some(user::HELPER.0));

    for (member, options, answer) in [
        (user::SECOND_MEMBER, json!({"number": 1}), "Only the staff of this ticket can do that."),
        (user::HELPER, json!({"number": 99}), "There is no such ticket in this server."),
        (user::HELPER, json!({}), "This works in the channel of a ticket. `/ticket list` shows them."),
    ] {
        assert_eq!(asks(&bot, member, channel::GENERAL, options).await.text(), answer);
    }
    bot.world.discord.set_roles(seed::HARBOUR, user::HELPER, &[]).unwrap();
    let seen = asks(&bot, user::HELPER, channel::GENERAL, json!({"number": 1})).await;
    assert_eq!(seen.text(), "Only the staff of this ticket can do that.", "a role that was taken away");
    assert_eq!(bot.rows("access_log", "subject_id", user::MEMBER).await.len(), 1);
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn a_channel_deleted_by_hand_closes_the_ticket_and_the_transcript_is_still_posted() {
    let (bot, place) = with_talk().await;
    bot.world.discord.delete_channel(place).unwrap();
    let heard = json!({"id": place, "type": 0});
    bot.hears("CHANNEL_DELETE", heard.clone()).await;
    bot.hears("CHANNEL_DELETE", heard).await;
    settled(&bot, 1).await;
    assert_eq!(super::story(&bot).await.last().unwrap(), "channel_gone: OPEN -> RESOLVED");
    assert_eq!((log(&bot).len(), dms(&bot, user::MEMBER).len()), (1, 1));
    assert!(tickets(&bot).await[0]["archived_at"].is_string());
    assert!(bot.relay_config().await.own_channels.is_empty());
    later(&bot, 5).await;
    bot.assert_nothing_unexpected();
}

/// The member sends files, which nobody in the stand-in can: they are put below a message of theirs.
fn with_files(bot: &Bot, place: Id, files: &[(&str, &[u8])]) -> Message {
    let message = bot.world.discord.send_message(place, user::MEMBER, "look", None).unwrap();
    let base = bot.world.discord.api_url().replace("/api/v10", "");
    {
        let mut state = bot.world.discord.state();
        let mut changed = state.messages[&place][&message.id].clone();
        for (at, (name, bytes)) in files.iter().enumerate() {
            let id = Id(message.id.0 + 1 + at as u64);
            state.files.insert(id, (Some("image/png".to_owned()), bytes.to_vec().into()));
            let url = format!("{base}/attachments/{place}/{id}/{name}?ex=1");
            changed.attachments.push(world::discord::model::Attachment {
                id,
                filename: (*name).to_owned(),
                size: bytes.len(),
                proxy_url: url.clone(),
                url,
                content_type: None,
                description: None,
            });
        }
        state.messages.get_mut(&place).unwrap().insert(message.id, changed.clone());
        changed
    }
}

#[tokio::test]
async fn files_of_a_message_that_the_relay_could_not_send_are_read_from_discord() {
    let (bot, place) = with_talk().await;
    let message = with_files(&bot, place, &[("a.png", b"x")]);
    let mut events = bot.events_of_message(&message);
    for (_, event) in &mut events {
        event.body.take_text();
        event.body.take_attachments();
    }
    bot.deliver(events).await;
    let row = bot.rows("ticket_messages", "message_id", message.id).await.remove(0);
    assert_eq!((&row["content"], &row["attachments"][0]["name"]), (&json!("look"), &json!("a.png")));
}

#[tokio::test]
async fn a_guild_that_keeps_files_finds_them_beside_the_transcript_once() {
    let (bot, place) = with_talk().await;
    bot.chooses("tickets.keep_files", json!(true)).await;
    let large = vec![0; 9 * 1024 * 1024 + 1];
    let message = with_files(&bot, place, &[("my shot.png", b"bytes"), ("gone.png", b"x"), ("large.bin", &large)]);
    bot.deliver(bot.events_of_message(&message)).await;
    bot.world.discord.state().files.remove(&Id(message.id.0 + 2));
    closes(&bot, user::HELPER, place, "").await;
    bot.world.shared.break_with(Fault::status(Face::Supabase, "POST /rest/v1/rpc/ticket_files", 503));
    settled(&bot, 1).await;
    assert_eq!(log(&bot).len(), 1, "the transcript does not wait for them");
    bot.world.shared.mend();
    settled(&bot, 2).await;
    settled(&bot, 3).await;
    let posts = log(&bot);
    assert_eq!(posts.len(), 3);
    assert_eq!(read(&posts[1]), "Ticket #1: file **my shot.png** of Member");
    assert_eq!(file_of(&bot, &posts[1]), ("my_shot.png".to_owned(), "bytes".to_owned()));
    assert_eq!(
        read(&posts[2]),
        "Ticket #1: these files could not be kept.\n• gone.png: not at Discord any more\n• large.bin: larger than 9 MB"
    );
    bot.assert_nothing_unexpected();
}

#[tokio::test]
async fn no_address_but_discords_is_ever_called() {
    let bot = Bot::alone().await;
    let cx = bot.cx();
    for url in [
        "http://127.0.0.1:1/x",
        "https://cdn.discordapp.com.evil.example/x",
        "http://cdn.discordapp.com/x",
        "file:///etc/passwd",
        "https://evil.example/cdn.discordapp.com",
        "https://cdn.discordapp.com@evil.example/",
        "",
    ] {
        let error = cx.discord.download(url).await.unwrap_err();
        assert!(error.to_string().contains("not an address of Discord's"), "{url}: {error}");
    }
}
