//! The shapes on the wire, written out, so that a change of format is seen in the diff.

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{json, to_value};

use super::*;

/// The relay reads with serde, the Worker with `FromJson`: what the one takes, the other does, and both see the same in it.
fn from_value<T>(wire: Value) -> serde_json::Result<T>
where
    T: DeserializeOwned + FromJson + PartialEq + std::fmt::Debug,
{
    let (worker, relay) = (T::from_json(&wire).ok(), serde_json::from_value(wire.clone()));
    assert_eq!(worker.as_ref(), relay.as_ref().ok(), "{wire}");
    relay
}

fn hello() -> Event {
    Event {
        id: "0/1:a1b2c3d4:42:urgent".into(),
        order: 7,
        attempt: 1,
        body: EventBody::MessageCreated {
            guild_id: Some(Snowflake(1)),
            channel_id: Snowflake(2),
            parent_id: None,
            message_id: Snowflake(1_234_567_890_123_456_789),
            author_id: Snowflake(3),
            author_name: "Robin".into(),
            text: Some("hello".into()),
            text_sent: false,
            attachments: vec![],
        },
    }
}

#[test]
fn an_event_names_its_kind_and_writes_ids_as_strings() {
    assert_eq!(
        to_value(hello()).unwrap(),
        json!({
            "id": "0/1:a1b2c3d4:42:urgent", "order": 7, "attempt": 1,
            "body": {"message_created": {
                "guild_id": "1", "channel_id": "2", "message_id": "1234567890123456789",
                "author_id": "3", "author_name": "Robin", "text": "hello",
            }},
        })
    );
}

#[test]
fn a_reaction_of_an_older_relay_says_nothing_of_bots() {
    let mut wire = json!({"reaction_added": {
        "guild_id": "1", "channel_id": "2", "message_id": "3", "user_id": "4", "emoji": "x", "message_author_id": "5", "at": 6,
    }});
    let old: EventBody = from_value(wire.clone()).unwrap();
    assert!(matches!(old, EventBody::ReactionAdded { message_author_bot: false, .. }));
    assert_eq!(to_value(&old).unwrap(), wire, "what says nothing is not sent");
    wire["reaction_added"]["message_author_bot"] = json!(true);
    let new: EventBody = from_value(wire).unwrap();
    assert!(matches!(new, EventBody::ReactionAdded { message_author_bot: true, .. }));
}

#[test]
fn files_are_told_beside_the_text_and_an_older_side_knows_none() {
    let mut event = hello();
    let file = Attachment { name: "a.png".into(), url: "https://cdn.example/a.png".into(), size: 9 };
    event.body.put_attachments(vec![file.clone()]);
    let wire = to_value(&event).unwrap();
    assert_eq!(
        wire["body"]["message_created"]["attachments"],
        json!([{"name": "a.png", "url": "https://cdn.example/a.png", "size": 9}])
    );
    assert_eq!(from_value::<Event>(wire.clone()).unwrap(), event);
    // A Worker from before reads what a relay of today sends: nothing in an event is refused for being unknown.
    let mut unknown = wire;
    unknown["body"]["message_created"]["of_tomorrow"] = json!(1);
    assert_eq!(from_value::<Event>(unknown).unwrap().body.take_attachments(), [file]);
    // And the other way round.
    assert!(from_value::<Event>(to_value(hello()).unwrap()).unwrap().body.take_attachments().is_empty());
}

#[test]
fn an_ack_says_per_event_what_became_of_it() {
    let ack = Ack {
        v: VERSION,
        results: vec![
            EventResult { id: "a".into(), outcome: Outcome::Done },
            EventResult { id: "b".into(), outcome: Outcome::Retry { reason: "supabase".into(), delay_ms: 500 } },
            EventResult { id: "c".into(), outcome: Outcome::Dead { reason: "malformed".into() } },
        ],
        orders: Orders { filter_version: "f1".into(), pause: Pause::Bulk, wake_at: Some(1000) },
    };
    let wire = json!({
        "v": 1,
        "results": [
            {"id": "a", "outcome": "done"},
            {"id": "b", "outcome": "retry", "reason": "supabase", "delay_ms": 500},
            {"id": "c", "outcome": "dead", "reason": "malformed"},
        ],
        "filter_version": "f1", "pause": "bulk", "wake_at": 1000,
    });
    assert_eq!(to_value(&ack).unwrap(), wire);
    assert_eq!(from_value::<Ack>(wire).unwrap(), ack);
}

#[test]
fn a_filter_names_what_to_erase_and_what_to_send_once_more() {
    let filter = RelayConfig {
        v: VERSION,
        filter_version: "f1".into(),
        command_prefix: "!".into(),
        erase: vec![Erasure { subject: Subject::UserId(Snowflake(7)), guild_id: Some(Snowflake(1)), until: 1000 }],
        replay: vec![Replay { id: 3, event_id: "0/1:a:2:bulk".into() }],
        ..RelayConfig::default()
    };
    let wire = json!({
        "v": 1, "filter_version": "f1", "command_prefix": "!", "guilds": [], "own_channels": [],
        "erase": [{"user_id": "7", "guild_id": "1", "until": 1000}],
        "replay": [{"id": 3, "event_id": "0/1:a:2:bulk"}],
    });
    assert_eq!(to_value(&filter).unwrap(), wire);
    assert_eq!(from_value::<RelayConfig>(wire).unwrap(), filter);
    let older = json!({"v": 1, "filter_version": "f", "command_prefix": "!", "guilds": [], "own_channels": []});
    assert!(from_value::<RelayConfig>(older).unwrap().erase.is_empty());
}

#[test]
fn who_said_yes_is_told_only_where_members_are_asked_first() {
    let guild = GuildFilter { guild_id: Snowflake(1), ..GuildFilter::default() };
    let wire = json!({"guild_id": "1", "monitored_channels": [], "opted_out": []});
    assert_eq!(to_value(&guild).unwrap(), wire, "as an older relay knows it");
    assert_eq!(from_value::<GuildFilter>(wire).unwrap(), guild);
    let asks = GuildFilter { opted_in: Some(vec![Snowflake(7)]), ..guild };
    assert_eq!(to_value(&asks).unwrap()["opted_in"], json!(["7"]));
}

#[test]
fn leave_to_identify_is_granted_put_off_or_refused() {
    for (leave, wire) in [
        (Leave::Granted, json!({"v": 1, "leave": "granted"})),
        (Leave::Wait { delay_ms: 900 }, json!({"v": 1, "leave": "wait", "delay_ms": 900})),
        (Leave::Refused { reason: "taken".into() }, json!({"v": 1, "leave": "refused", "reason": "taken"})),
    ] {
        let answer = Identified { v: VERSION, leave };
        assert_eq!(to_value(&answer).unwrap(), wire);
        assert_eq!(from_value::<Identified>(wire).unwrap(), answer);
    }
}

#[test]
fn the_relay_reads_an_answer_of_a_newer_worker() {
    let newer = json!({"v": 1, "results": [], "filter_version": "f", "pause": "none", "wake_at": null, "new": true});
    assert!(from_value::<Ack>(newer).is_ok());
}

#[test]
fn an_id_knows_when_it_was_made() {
    // The example of Discord's own reference.
    assert_eq!(Snowflake(175_928_847_299_117_063).created_at_ms(), 1_462_015_105_796);
    assert_eq!(Snowflake::at_ms(1_462_015_105_796).created_at_ms(), 1_462_015_105_796);
}

#[test]
fn an_id_is_read_from_a_string_or_a_number_and_from_nothing_else() {
    assert_eq!(from_value::<Snowflake>(json!("18446744073709551615")).unwrap(), Snowflake(u64::MAX));
    assert_eq!(from_value::<Snowflake>(json!(5)).unwrap(), Snowflake(5));
    for wrong in [json!("x"), json!(""), json!("-1"), json!(1.5), json!(null), json!("1 ")] {
        assert!(from_value::<Snowflake>(wrong).is_err());
    }
}

/// Every kind of event, with each field missing or of another kind in turn.
#[test]
fn both_sides_read_the_same_in_whatever_is_odd() {
    let shard = json!({"shard": 0, "shard_count": 1, "state": "ready", "latency_ms": 5, "resumes": 0, "gaps": 0, "degraded": "x"});
    let fields = json!({
        "guild_id": "1", "channel_id": "2", "parent_id": "3", "message_id": "4", "author_id": "5", "author_name": "Robin",
        "text": "hello", "text_sent": true, "attachments": [{"name": "a", "url": "b", "size": 9}], "edited_at": 6,
        "message_ids": ["7", "8"], "user_id": "9", "emoji": "x", "message_author_id": "5", "message_author_bot": true,
        "at": 10, "name": "Robin", "joined_at": 11, "role_ids": ["12"], "status": "idle", "thread_id": "13",
        "role_id": "14", "member_count": 15, "shard": 0, "shard_count": 1, "from": 16, "to": 17, "reason": "x",
        "version": "0.1", "relay": "a", "epoch": "b", "spooled": 18, "oldest_ms": 19, "dead": 20, "thinned": 21,
        "filter_version": "f", "shards": [shard],
    });
    let odd =
        json!([null, true, -1, 1.5, u64::MAX, "x", "18", [], ["x"], [{}], {}, [{"name": 1}], [{"state": "ready"}]]);
    for kind in EventKind::ALL {
        let read = |fields: &Value| {
            let event = json!({"id": "a", "order": 1, "attempt": 1, "body": {to_value(kind).unwrap().as_str().unwrap(): fields}});
            from_value::<Event>(event)
        };
        assert_eq!(read(&fields).unwrap().body.kind(), *kind);
        for name in fields.as_object().unwrap().keys() {
            let mut changed = fields.clone();
            changed.as_object_mut().unwrap().remove(name);
            let _ = read(&changed);
            for odd in odd.as_array().unwrap() {
                changed[name] = odd.clone();
                let _ = read(&changed);
            }
        }
    }
    for odd in odd.as_array().unwrap() {
        let _ = from_value::<EventBody>(odd.clone());
        let _ = from_value::<EventKind>(odd.clone());
        let _ = from_value::<EventResult>(json!({"id": "a", "outcome": odd}));
        let _ = from_value::<Batch>(json!({"v": 1, "relay": "a", "epoch": "b", "lane": odd, "events": []}));
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_again(
        text in proptest::option::of(".*"), id: u64, order: u64, attempt: u32,
        files in proptest::collection::vec((".*", ".*", 0..u64::MAX), 0..3),
    ) {
        let mut event = hello();
        let files = files.into_iter().map(|(name, url, size)| Attachment { name, url, size });
        event.body.put_attachments(files.collect());
        event.order = order;
        event.attempt = attempt;
        if let EventBody::MessageCreated { text: t, message_id, .. } = &mut event.body {
            *t = text;
            *message_id = Snowflake(id);
        }
        let bytes = serde_json::to_vec(&event).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Event>(&bytes).unwrap(), event.clone());
        prop_assert_eq!(from_json::read::<Event>(&bytes), Some(event));
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes: Vec<u8>) {
        let _ = serde_json::from_slice::<Batch>(&bytes);
        let _ = serde_json::from_slice::<Ack>(&bytes);
        let _ = serde_json::from_slice::<RelayConfig>(&bytes);
        let _ = from_json::read::<Batch>(&bytes);
    }
}
