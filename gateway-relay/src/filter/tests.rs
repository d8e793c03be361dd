//! What leaves the relay and what does not, told event by event.

use relay_wire::{GuildFilter, RelayConfig};
use serde_json::{Value, json};

use super::*;

mod properties;

const ME: u64 = 900;
const GUILD: u64 = 1;
const MONITORED: u64 = 10;
const QUIET: u64 = 11;
const TICKET: u64 = 12;
const THREAD: u64 = 20;
const ROBIN: u64 = 100;
const OPTED_OUT: u64 = 101;

fn config() -> RelayConfig {
    RelayConfig {
        v: 1,
        filter_version: "f1".into(),
        command_prefix: "!".into(),
        guilds: vec![GuildFilter {
            guild_id: Snowflake(GUILD),
            monitored_channels: vec![Snowflake(MONITORED)],
            opted_out: vec![Snowflake(OPTED_OUT)],
            opted_in: None,
        }],
        own_channels: vec![Snowflake(TICKET)],
        ..RelayConfig::default()
    }
}

struct World {
    filter: Filter,
    rules: Rules,
    seq: u64,
}

impl World {
    fn new() -> Self {
        Self { filter: Filter::new(Some(Snowflake(ME))), rules: Rules::new(&config()), seq: 0 }
    }

    fn send(&mut self, name: &str, data: &Value) -> Result<Vec<(Lane, Event)>, Unreadable> {
        self.seq += 1;
        let (data, seq) = (data.to_string(), self.seq);
        let dispatch = Dispatch { shard: 0, shard_count: 1, session: "s", seq, name, data: &data, at: 5_000 };
        self.filter.apply(&dispatch, &self.rules)
    }

    /// What became of an event, in words: lane, kind, and the text if any.
    fn becomes(&mut self, name: &str, data: &Value) -> Vec<String> {
        let events = self.send(name, data).unwrap();
        let words = events.into_iter().map(|(lane, event)| {
            let text = text_of(&event).map_or(String::new(), |text| format!(" \"{text}\""));
            format!("{lane:?} {:?}{text}", event.body.kind())
        });
        words.collect()
    }

    fn with_thread(mut self, id: u64, parent: u64, owner: u64) -> Self {
        let thread = json!({"id": s(id), "guild_id": s(GUILD), "parent_id": s(parent), "owner_id": s(owner)});
        self.send("THREAD_CREATE", &thread).unwrap();
        self
    }
}

fn text_of(event: &Event) -> Option<&str> {
    match &event.body {
        EventBody::MessageCreated { text, .. } | EventBody::MessageUpdated { text, .. } => text.as_deref(),
        _ => None,
    }
}

fn s(id: u64) -> String {
    id.to_string()
}

fn message(channel: u64, author: u64, content: &str) -> Value {
    json!({
        "id": "5", "channel_id": s(channel), "guild_id": s(GUILD), "type": 0, "content": content,
        "author": {"id": s(author), "username": "robin", "global_name": "Robin", "bot": false},
        "member": {"nick": "Rob", "roles": []},
        "edited_timestamp": null, "attachments": [], "something_new": {"of": ["Discord's"]},
    })
}

fn edit(channel: u64, author: u64, content: &str) -> Value {
    let mut edited = message(channel, author, content);
    edited["edited_timestamp"] = json!("2026-11-21T10:00:00+00:00");
    edited
}

fn direct(content: &str) -> Value {
    let mut message = message(99, ROBIN, content);
    message.as_object_mut().unwrap().remove("guild_id");
    message.as_object_mut().unwrap().remove("member");
    message
}

#[test]
fn a_monitored_message_is_an_urgent_event_with_text_and_a_bulk_one_without() {
    let mut world = World::new();
    let events = world.send("MESSAGE_CREATE", &message(MONITORED, ROBIN, "hello")).unwrap();
    let ids: Vec<_> = events.iter().map(|(_, event)| event.id.as_str()).collect();
    assert_eq!(ids, ["0/1:af63ee4c86020b22:1:urgent".to_owned(), "0/1:af63ee4c86020b22:1:bulk".to_owned()]);
    assert_eq!(
        events[0].1.body,
        EventBody::MessageCreated {
            guild_id: Some(Snowflake(GUILD)),
            channel_id: Snowflake(MONITORED),
            parent_id: None,
            message_id: Snowflake(5),
            author_id: Snowflake(ROBIN),
            author_name: "Rob".into(),
            text: Some("hello".into()),
            text_sent: false,
            attachments: vec![],
        }
    );
    assert_eq!(text_of(&events[1].1), None);
}

#[test]
fn files_leave_beside_the_text_and_an_odd_one_takes_nothing_with_it() {
    let mut world = World::new();
    let with = |channel: u64, attachments: Value| {
        let mut message = message(channel, ROBIN, "");
        message["attachments"] = attachments;
        message
    };
    let files =
        json!([{"id": "1", "filename": "a.png", "url": "https://cdn/a.png", "size": 9}, {"id": "2", "url": 7}, "x"]);
    let mut events = world.send("MESSAGE_CREATE", &with(TICKET, files.clone())).unwrap();
    let file = relay_wire::Attachment { name: "a.png".into(), url: "https://cdn/a.png".into(), size: 9 };
    assert_eq!(events[0].1.body.take_attachments(), [file]);
    assert_eq!(text_of(&events[0].1), Some(""), "a message of files alone is one, too");
    assert_eq!(events[1].1.body.take_attachments(), [], "never in bulk");
    for mut events in [
        world.send("MESSAGE_CREATE", &with(QUIET, files)).unwrap(),
        world.send("MESSAGE_CREATE", &with(TICKET, json!(null))).unwrap(),
        world.send("MESSAGE_CREATE", &with(TICKET, json!({"odd": 1}))).unwrap(),
    ] {
        assert!(!events.is_empty());
        assert!(events.iter_mut().all(|(_, event)| event.body.take_attachments().is_empty()));
    }
}

#[test]
fn where_members_are_asked_first_only_text_of_those_who_said_yes_leaves() {
    let mut world = World::new();
    let mut config = config();
    config.guilds[0].opted_in = Some(vec![Snowflake(ROBIN), Snowflake(OPTED_OUT)]);
    world.rules = Rules::new(&config);
    let told = |text: &str| [format!("Urgent MessageCreated \"{text}\""), "Bulk MessageCreated".to_owned()];
    assert_eq!(world.becomes("MESSAGE_CREATE", &message(MONITORED, ROBIN, "hi")), told("hi"));
    for (what, author) in [("opted out since", OPTED_OUT), ("never asked", 102)] {
        assert_eq!(
            world.becomes("MESSAGE_CREATE", &message(MONITORED, author, "hi")),
            ["Bulk MessageCreated"],
            "{what}"
        );
        assert_eq!(world.becomes("MESSAGE_CREATE", &message(TICKET, author, "hi")), told("hi"), "{what}, a ticket");
    }
    // Who takes the yes back while a text waits is not quoted any more.
    let waiting = world.send("MESSAGE_CREATE", &message(MONITORED, ROBIN, "hi")).unwrap();
    let urgent = &waiting.iter().find(|(lane, _)| *lane == Lane::Urgent).unwrap().1;
    assert!(!world.rules.withholds(&urgent.body));
    config.guilds[0].opted_in = Some(vec![]);
    assert!(Rules::new(&config).withholds(&urgent.body));
}

#[test]
fn what_is_forwarded_leaves_below_the_text_and_only_where_text_may() {
    let mut world = World::new();
    let mut said = |channel: u64, content: &str, snapshots: Value| {
        let mut message = message(channel, ROBIN, content);
        message["message_snapshots"] = snapshots;
        world.becomes("MESSAGE_CREATE", &message)
    };
    let snapshots = json!([{"message": {"content": "!one"}}, {"odd": 1}, 7, {"message": {"content": " "}}, {"message": {"content": "two"}}]);
    assert_eq!(said(MONITORED, "", snapshots.clone())[0], "Urgent MessageCreated \"\n!one\ntwo\"");
    assert_eq!(said(MONITORED, "see", snapshots.clone())[0], "Urgent MessageCreated \"see\n!one\ntwo\"");
    assert_eq!(said(QUIET, "", snapshots), ["Bulk MessageCreated"], "a forwarded command opens nothing");
    assert_eq!(said(MONITORED, "see", json!({"odd": true}))[0], "Urgent MessageCreated \"see\"");
}

#[test]
fn text_leaves_only_where_it_may() {
    let mut world = World::new().with_thread(THREAD, MONITORED, ROBIN).with_thread(21, QUIET, ROBIN);
    let mut world2 = World::new().with_thread(22, QUIET, ME);
    for (what, message, becomes) in [
        ("a quiet channel", message(QUIET, ROBIN, "hi"), vec!["Bulk MessageCreated"]),
        ("a ticket", message(TICKET, ROBIN, "hi"), vec!["Urgent MessageCreated \"hi\"", "Bulk MessageCreated"]),
        (
            "a thread of a monitored channel",
            message(THREAD, ROBIN, "hi"),
            vec!["Urgent MessageCreated \"hi\"", "Bulk MessageCreated"],
        ),
        ("a thread of a quiet channel", message(21, ROBIN, "hi"), vec!["Bulk MessageCreated"]),
        ("a member who opted out", message(MONITORED, OPTED_OUT, "hi"), vec!["Bulk MessageCreated"]),
        ("the same in a thread", message(THREAD, OPTED_OUT, "hi"), vec!["Bulk MessageCreated"]),
        (
            "the same in their own ticket",
            message(TICKET, OPTED_OUT, "hi"),
            vec!["Urgent MessageCreated \"hi\"", "Bulk MessageCreated"],
        ),
        (
            "a command anywhere",
            message(QUIET, ROBIN, "!ping"),
            vec!["Urgent MessageCreated \"!ping\"", "Bulk MessageCreated"],
        ),
        ("a direct message", direct("hi"), vec!["Urgent MessageCreated \"hi\""]),
    ] {
        assert_eq!(world.becomes("MESSAGE_CREATE", &message), becomes, "{what}");
    }
    assert_eq!(
        world2.becomes("MESSAGE_CREATE", &message(22, ROBIN, "hi")),
        ["Urgent MessageCreated \"hi\"", "Bulk MessageCreated"],
        "a thread that the bot started is its own, even before the Worker says so"
    );
}

#[test]
fn before_the_worker_was_asked_text_leaves_in_direct_messages_only() {
    let mut world = World::new();
    world.rules = Rules::default();
    assert_eq!(world.becomes("MESSAGE_CREATE", &message(MONITORED, ROBIN, "!x")), ["Bulk MessageCreated"]);
    assert_eq!(world.becomes("MESSAGE_CREATE", &direct("hi")), ["Urgent MessageCreated \"hi\""]);
}

#[test]
fn bots_webhooks_and_system_messages_are_dropped() {
    let mut world = World::new();
    let mut bot = message(MONITORED, 55, "beep");
    bot["author"]["bot"] = json!(true);
    let mut webhook = message(MONITORED, 56, "beep");
    webhook["webhook_id"] = json!("56");
    let mut welcome = message(MONITORED, ROBIN, "");
    welcome["type"] = json!(7);
    for dropped in [bot, webhook, welcome, message(MONITORED, ME, "mine")] {
        assert_eq!(world.becomes("MESSAGE_CREATE", &dropped), [""; 0]);
    }
    let mut reply = message(QUIET, ROBIN, "yes");
    reply["type"] = json!(19);
    assert_eq!(world.becomes("MESSAGE_CREATE", &reply), ["Bulk MessageCreated"]);
}

#[test]
fn edits_go_the_way_of_messages_but_a_link_that_unfolds_is_no_edit() {
    let mut world = World::new();
    assert_eq!(
        world.becomes("MESSAGE_UPDATE", &edit(MONITORED, ROBIN, "new")),
        ["Urgent MessageUpdated \"new\"", "Bulk MessageUpdated"]
    );
    assert_eq!(world.becomes("MESSAGE_UPDATE", &edit(QUIET, ROBIN, "new")), ["Bulk MessageUpdated"]);
    assert_eq!(world.becomes("MESSAGE_UPDATE", &message(MONITORED, ROBIN, "http://x")), [""; 0]);
    let partial = json!({"id": "5", "channel_id": s(MONITORED), "guild_id": s(GUILD), "embeds": []});
    assert_eq!(world.becomes("MESSAGE_UPDATE", &partial), [""; 0]);
}

#[test]
fn a_deleted_message_is_told_to_both_lanes_where_someone_may_have_read_it() {
    let mut world = World::new().with_thread(THREAD, MONITORED, ROBIN);
    let both = ["Urgent MessageDeleted", "Bulk MessageDeleted"];
    for (channel, becomes) in
        [(MONITORED, &both[..]), (THREAD, &both), (TICKET, &both), (QUIET, &["Bulk MessageDeleted"])]
    {
        let deleted = json!({"id": "5", "channel_id": s(channel), "guild_id": s(GUILD)});
        assert_eq!(world.becomes("MESSAGE_DELETE", &deleted), becomes);
    }
    assert_eq!(world.becomes("MESSAGE_DELETE", &json!({"id": "5", "channel_id": "99"})), ["Urgent MessageDeleted"]);
    let many = json!({"ids": ["5", "6"], "channel_id": s(MONITORED), "guild_id": s(GUILD)});
    assert_eq!(world.becomes("MESSAGE_DELETE_BULK", &many), ["Urgent MessagesBulkDeleted", "Bulk MessagesBulkDeleted"]);
}

#[test]
fn reactions_name_the_emoji_by_its_id_or_its_character_and_the_thread_by_its_parent() {
    let mut world = World::new().with_thread(THREAD, QUIET, ROBIN);
    let reaction = |user: u64, emoji: Value, bot: bool| {
        json!({
            "user_id": s(user), "channel_id": s(THREAD), "message_id": "5", "guild_id": s(GUILD), "emoji": emoji,
            "member": {"user": {"id": s(user), "bot": bot}}, "message_author_id": "77", "burst": false, "type": 0,
        })
    };
    let events =
        world.send("MESSAGE_REACTION_ADD", &reaction(ROBIN, json!({"id": null, "name": "🌱"}), false)).unwrap();
    assert_eq!(
        events[0].1.body,
        EventBody::ReactionAdded {
            guild_id: Snowflake(GUILD),
            channel_id: Snowflake(THREAD),
            parent_id: Some(Snowflake(QUIET)),
            message_id: Snowflake(5),
            user_id: Snowflake(ROBIN),
            emoji: "🌱".into(),
            message_author_id: Some(Snowflake(77)),
            message_author_bot: false,
            at: 5_000,
        }
    );
    let custom = json!({"id": "4321", "name": "leaf"});
    assert_eq!(world.becomes("MESSAGE_REACTION_ADD", &reaction(55, custom.clone(), true)), [""; 0]);
    assert_eq!(world.becomes("MESSAGE_REACTION_ADD", &reaction(ME, custom.clone(), false)), [""; 0]);
    let removed = world.send("MESSAGE_REACTION_REMOVE", &reaction(ROBIN, custom, false)).unwrap();
    assert!(matches!(&removed[0].1.body, EventBody::ReactionRemoved { emoji, .. } if emoji == "4321"));
    let all = json!({"channel_id": s(QUIET), "message_id": "5", "guild_id": s(GUILD)});
    assert_eq!(world.becomes("MESSAGE_REACTION_REMOVE_ALL", &all), ["Bulk ReactionsCleared"]);
}

#[test]
fn a_reaction_says_if_its_message_is_of_a_bot_that_was_met() {
    let mut world = World::new();
    let reaction = json!({
        "user_id": s(ROBIN), "channel_id": s(QUIET), "message_id": "5", "guild_id": s(GUILD),
        "emoji": {"id": null, "name": "x"}, "message_author_id": "77",
    });
    let said = |world: &mut World| match &world.send("MESSAGE_REACTION_ADD", &reaction).unwrap()[0].1.body {
        EventBody::ReactionAdded { message_author_bot, .. } => *message_author_bot,
        other => panic!("{other:?}"),
    };
    assert!(!said(&mut world));
    let post = json!({
        "id": "5", "channel_id": s(QUIET), "guild_id": s(GUILD), "content": "news", "author": {"id": "77", "bot": true},
    });
    assert_eq!(world.becomes("MESSAGE_CREATE", &post), [""; 0]);
    assert!(said(&mut world));
    // After a restart.
    let met = world.filter.take_new_bots();
    assert_eq!(met, [Snowflake(77)]);
    world.filter = Filter::remembering(Some(Snowflake(ME)), [], met);
    assert!(said(&mut world));
    assert_eq!(world.filter.take_new_bots(), []);
}

#[test]
fn members_come_change_and_go_and_bots_do_not_count() {
    let mut world = World::new();
    let member = |bot: bool| {
        json!({
            "guild_id": s(GUILD), "nick": null, "roles": ["3"], "joined_at": "2026-01-01T00:00:00.500000+00:00",
            "user": {"id": s(ROBIN), "username": "robin", "global_name": null, "bot": bot},
        })
    };
    let joined = world.send("GUILD_MEMBER_ADD", &member(false)).unwrap();
    assert_eq!(
        joined[0].1.body,
        EventBody::MemberJoined {
            guild_id: Snowflake(GUILD),
            user_id: Snowflake(ROBIN),
            name: "robin".into(),
            joined_at: 1_767_225_600_500,
        }
    );
    assert_eq!(world.becomes("GUILD_MEMBER_UPDATE", &member(false)), ["Bulk MemberUpdated"]);
    assert_eq!(world.becomes("GUILD_MEMBER_REMOVE", &member(false)), ["Bulk MemberLeft"]);
    assert_eq!(world.becomes("GUILD_MEMBER_ADD", &member(true)), [""; 0]);
    let online = json!({"guild_id": s(GUILD), "user": {"id": s(ROBIN)}, "status": "idle", "activities": [], "client_status": {}});
    assert_eq!(world.becomes("PRESENCE_UPDATE", &online), ["Bulk PresenceChanged"]);
}

#[test]
fn threads_are_known_from_the_guild_and_forgotten_with_their_channel() {
    let mut world = World::new();
    let guild = json!({
        "id": s(GUILD), "name": "Home", "member_count": 3, "channels": [{"id": s(MONITORED), "type": 0}],
        "threads": [{"id": s(THREAD), "parent_id": s(MONITORED), "owner_id": s(ROBIN)}], "members": [{"new": 1}],
    });
    assert_eq!(world.becomes("GUILD_CREATE", &guild), ["Bulk GuildAvailable"]);
    let hello = message(THREAD, ROBIN, "hi");
    assert_eq!(world.becomes("MESSAGE_CREATE", &hello).len(), 2);
    let channel = json!({"id": s(MONITORED), "guild_id": s(GUILD)});
    assert_eq!(world.becomes("CHANNEL_DELETE", &channel), ["Bulk ChannelDeleted"]);
    assert_eq!(world.becomes("MESSAGE_CREATE", &hello), ["Bulk MessageCreated"]);

    let list = json!({"guild_id": s(GUILD), "threads": [{"id": s(THREAD), "parent_id": s(MONITORED)}], "members": []});
    assert_eq!(world.becomes("THREAD_LIST_SYNC", &list), [""; 0]);
    assert_eq!(world.becomes("MESSAGE_CREATE", &hello).len(), 2);
    let thread = json!({"id": s(THREAD), "guild_id": s(GUILD), "parent_id": s(MONITORED), "type": 11});
    assert_eq!(world.becomes("THREAD_DELETE", &thread), ["Bulk ThreadDeleted"]);
    assert_eq!(world.becomes("MESSAGE_CREATE", &hello), ["Bulk MessageCreated"]);
}

#[test]
fn an_outage_of_discord_is_not_leaving_the_guild() {
    let mut world = World::new();
    assert_eq!(world.becomes("GUILD_DELETE", &json!({"id": s(GUILD), "unavailable": true})), [""; 0]);
    assert_eq!(world.becomes("GUILD_CREATE", &json!({"id": s(GUILD), "unavailable": true})), [""; 0]);
    assert_eq!(world.becomes("GUILD_DELETE", &json!({"id": s(GUILD)})), ["Bulk GuildLeft"]);
    assert_eq!(
        world.becomes("GUILD_ROLE_UPDATE", &json!({"guild_id": s(GUILD), "role": {"id": "3", "permissions": "8"}})),
        ["Bulk RoleUpdated"]
    );
    assert_eq!(
        world.becomes("GUILD_ROLE_DELETE", &json!({"guild_id": s(GUILD), "role_id": "3"})),
        ["Bulk RoleDeleted"]
    );
    assert_eq!(world.becomes("CHANNEL_UPDATE", &json!({"guild_id": s(GUILD), "id": "3"})), ["Bulk ChannelUpdated"]);
    assert_eq!(world.becomes("CHANNEL_CREATE", &json!({"guild_id": s(GUILD), "id": "3"})), ["Bulk ChannelUpdated"]);
}

#[test]
fn what_nobody_knows_is_nothing_and_what_cannot_be_read_is_said_without_quoting_it() {
    let mut world = World::new();
    assert_eq!(world.becomes("SOMETHING_NEW", &json!({"anything": 1})), [""; 0]);
    let mut broken = message(MONITORED, ROBIN, "secret words");
    broken["id"] = json!("secret words");
    let unreadable = world.send("MESSAGE_CREATE", &broken).unwrap_err();
    assert_eq!(unreadable.name, "MESSAGE_CREATE");
    assert!(!unreadable.reason.contains("secret"), "{}", unreadable.reason);
    let mut nobodys = message(MONITORED, ROBIN, "hi");
    nobodys.as_object_mut().unwrap().remove("author");
    assert!(world.send("MESSAGE_CREATE", &nobodys).is_err(), "not lost silently");
}

#[test]
fn half_a_surrogate_pair_does_not_lose_the_message() {
    let mut world = World::new();
    let data = message(MONITORED, ROBIN, "PLACE").to_string().replace("PLACE", r"help \ud83d me");
    let dispatch =
        Dispatch { shard: 0, shard_count: 1, session: "s", seq: 1, name: "MESSAGE_CREATE", data: &data, at: 0 };
    let events = world.filter.apply(&dispatch, &world.rules).unwrap();
    assert!(text_of(&events[0].1).unwrap().starts_with("help "));
}

#[test]
fn the_same_event_has_the_same_id_after_a_resume_and_another_in_another_session() {
    let mut ids = Vec::new();
    for session in ["a", "a", "b"] {
        let mut world = World::new();
        let data = message(QUIET, ROBIN, "hi").to_string();
        let dispatch =
            Dispatch { shard: 2, shard_count: 4, session, seq: 42, name: "MESSAGE_CREATE", data: &data, at: 0 };
        ids.push(world.filter.apply(&dispatch, &world.rules).unwrap()[0].1.id.clone());
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    assert!(ids[0].starts_with("2/4:") && ids[0].ends_with(":42:bulk"), "{}", ids[0]);
}

#[test]
fn the_hash_of_a_session_is_fnv_1a() {
    // Vectors of its authors' own test suite.
    assert_eq!(session_hash(""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(session_hash("a"), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(session_hash("foobar"), 0x8594_4171_f739_67e8);
}
