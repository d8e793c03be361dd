//! What Discord's gateway sends, a frame a line, through the relay's filter: no text leaves that the rules keep back, and the
//! Worker reads every event as it was meant.
#![no_main]

// The relay's own files, without the servers and clients around them: those take minutes to build.
#[path = "../../gateway-relay/src/dispatch.rs"]
#[allow(dead_code)]
#[rustfmt::skip]
mod dispatch;
#[path = "../../gateway-relay/src/filter.rs"]
#[allow(dead_code)]
#[rustfmt::skip]
mod filter;
#[path = "../../gateway-relay/src/rules.rs"]
#[allow(dead_code)]
#[rustfmt::skip]
mod rules;
#[path = "../../gateway-relay/src/threads.rs"]
#[allow(dead_code)]
#[rustfmt::skip]
mod threads;

use dispatch::{Dispatch, Frame};
use filter::Filter;
use from_json::FromJson;
use libfuzzer_sys::fuzz_target;
use relay_wire::{Event, EventBody, GuildFilter, Lane, RelayConfig, Snowflake, VERSION};
use rules::Rules;

const BOT: Snowflake = Snowflake(900);
const GUILD: Snowflake = Snowflake(100);
const MONITORED: Snowflake = Snowflake(200);
const OPTED_OUT: Snowflake = Snowflake(300);

fn config() -> RelayConfig {
    RelayConfig {
        v: VERSION,
        filter_version: "f".to_owned(),
        command_prefix: "!".to_owned(),
        guilds: vec![GuildFilter {
            guild_id: GUILD,
            monitored_channels: vec![MONITORED],
            opted_out: vec![OPTED_OUT],
            opted_in: None,
        }],
        ..RelayConfig::default()
    }
}

fuzz_target!(|text: &str| {
    let rules = Rules::new(&config());
    let mut filter = Filter::new(Some(BOT));
    for (seq, line) in text.lines().enumerate() {
        let Ok(frame) = serde_json::from_str::<Frame>(line) else { continue };
        let (0, Some(name)) = (frame.op, frame.t) else { continue };
        let (seq, data) = (seq as u64, frame.d.map_or("null", |data| data.get()));
        let dispatch = Dispatch { shard: 0, shard_count: 1, session: "s", seq, name, data, at: 1_790_000_000_000 };
        let Ok(events) = filter.apply(&dispatch, &rules) else { continue };
        assert!(events.len() <= 2);
        for (lane, event) in events {
            kept_back(lane, &event, filter.me());
            let written = serde_json::to_value(&event).unwrap();
            assert_eq!(Event::from_json(&written).as_ref(), Ok(&event), "{written}");
        }
    }
});

fn kept_back(lane: Lane, event: &Event, me: Option<Snowflake>) {
    let (EventBody::MessageCreated { guild_id, channel_id, parent_id, author_id, text, attachments, .. }
    | EventBody::MessageUpdated { guild_id, channel_id, parent_id, author_id, text, attachments, .. }) = &event.body
    else {
        return;
    };
    assert_ne!(Some(*author_id), me, "the bot hears itself");
    let Some(text) = text else {
        assert!(attachments.is_empty(), "files without the text: {event:?}");
        return;
    };
    assert_eq!(lane, Lane::Urgent, "text among what is counted: {event:?}");
    // A thread that the bot began is its own, whatever it stands below.
    let ours = guild_id.is_none() || parent_id.is_some();
    let watched = *guild_id == Some(GUILD) && *channel_id == MONITORED && *author_id != OPTED_OUT;
    assert!(ours || watched || text.starts_with('!'), "nobody asked for this text: {event:?}");
}
