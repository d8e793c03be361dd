//! How an event lies on the disk: its envelope as JSON, its text encrypted beside it.

use relay_wire::{Event, EventBody, Lane};
use serde::{Deserialize, Serialize};

use super::{Spooled, keys::Keys};

/// Of the record's layout; a record of a newer one is left alone.
const VERSION: u8 = 1;
/// With files beside the text: what is sealed is the JSON of both.
const WITH_FILES: u8 = 2;
/// version, time, length of the sealed text.
const HEADER: usize = 1 + 8 + 4;
/// A dead event: `lane || when it died (ms since 1970) || its record`.
const LANES: [Lane; 2] = [Lane::Urgent, Lane::Bulk];

/// Where the relay goes on after a restart: everything up to `seq` is in the spool or delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Empty: nothing can be resumed.
    pub session: String,
    pub seq: u64,
    #[serde(default)]
    pub resume_url: Option<String>,
    /// The bot's user id: a resumed session does not tell it again.
    #[serde(default)]
    pub me: Option<relay_wire::Snowflake>,
    /// When something last came in this session, milliseconds since 1970.
    pub at: i64,
    /// What was known before was in a spool that broke.
    #[serde(default)]
    pub lost: bool,
}

impl Checkpoint {
    /// Of a shard that has had no session yet, but whose guilds another one has left at this time.
    pub fn without_session(at: i64) -> Self {
        Self { session: String::new(), seq: 0, resume_url: None, me: None, at, lost: false }
    }
}

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

pub fn encode(spooled: &Spooled, keys: &Keys) -> Vec<u8> {
    let mut event = spooled.event.clone();
    let text = event.body.take_text();
    let files = event.body.take_attachments();
    let (version, text) = match (text, files.is_empty()) {
        (Some(text), false) => (WITH_FILES, serde_json::to_string(&(text, files)).ok()),
        (text, _) => (VERSION, text),
    };
    // Without a key the text is not written at all; the configuration always gives one.
    let sealed = text.and_then(|text| keys.seal(event.id.as_bytes(), &text)).unwrap_or_default();
    let json = serde_json::to_vec(&event).unwrap_or_default();
    let mut record = Vec::with_capacity(HEADER + sealed.len() + json.len());
    record.push(version);
    record.extend(spooled.at.to_le_bytes());
    record.extend((sealed.len() as u32).to_le_bytes());
    record.extend(sealed);
    record.extend(json);
    record
}

struct Parts<'a> {
    version: u8,
    at: i64,
    sealed: &'a [u8],
    json: &'a [u8],
}

fn parts(record: &[u8]) -> Result<Parts<'_>, Unreadable> {
    let (version, rest) = record.split_first().ok_or(Unreadable)?;
    if !matches!(*version, VERSION | WITH_FILES) {
        return Err(Unreadable);
    }
    let (at, rest) = rest.split_first_chunk().ok_or(Unreadable)?;
    let (length, rest) = rest.split_first_chunk().ok_or(Unreadable)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Unreadable)?;
    let (sealed, json) = rest.split_at_checked(length).ok_or(Unreadable)?;
    Ok(Parts { version: *version, at: i64::from_le_bytes(*at), sealed, json })
}

/// An event as it was written. A text that no key opens is left out: the Worker then reads the message itself.
///
/// # Errors
/// If it is no record, or one of a newer relay.
pub fn decode(record: &[u8], keys: &Keys) -> Result<Spooled, Unreadable> {
    let Parts { version, at, sealed, json } = parts(record)?;
    let mut event: Event = serde_json::from_slice(json).map_err(|_| Unreadable)?;
    if !sealed.is_empty() {
        match keys.open(event.id.as_bytes(), sealed) {
            Some(both) if version == WITH_FILES => {
                let (text, files) = serde_json::from_str(&both).map_err(|_| Unreadable)?;
                event.body.put_text(text);
                event.body.put_attachments(files);
            }
            Some(text) => event.body.put_text(text),
            None => tracing::error!(
                event_id = %event.id,
                "a text in the spool cannot be decrypted: give the key it was written with, too (RELAY_SPOOL_KEYS)"
            ),
        }
    }
    Ok(Spooled { event, at })
}

/// Only what is needed to say whose it is.
pub fn envelope(record: &[u8]) -> Result<Event, Unreadable> {
    serde_json::from_slice(parts(record)?.json).map_err(|_| Unreadable)
}

/// When the event came, milliseconds since 1970.
pub fn came_at(record: &[u8]) -> Result<i64, Unreadable> {
    Ok(parts(record)?.at)
}

/// The same record without its text; None if it has none.
pub fn without_text(record: &[u8]) -> Option<Vec<u8>> {
    let Parts { at, sealed, json, .. } = parts(record).ok()?;
    if sealed.is_empty() {
        return None;
    }
    let header = [&[VERSION], at.to_le_bytes().as_slice(), &0_u32.to_le_bytes()].concat();
    Some([&header, json].concat())
}

pub fn encode_dead(lane: Lane, died_at: i64, record: &[u8]) -> Vec<u8> {
    [&[u8::from(lane == Lane::Bulk)], died_at.to_le_bytes().as_slice(), record].concat()
}

/// A dead event's lane, when it died (ms since 1970), and its record.
///
/// # Errors
/// If it is none.
pub fn decode_dead(dead: &[u8]) -> Result<(Lane, i64, &[u8]), Unreadable> {
    let (lane, rest) = dead.split_first().ok_or(Unreadable)?;
    let lane = *LANES.get(usize::from(*lane)).ok_or(Unreadable)?;
    let (at, record) = rest.split_first_chunk().ok_or(Unreadable)?;
    Ok((lane, i64::from_le_bytes(*at), record))
}

/// Whether `event` is what `erasure` means. `at`: when it came. A message counts from when it was written, which may be
/// long before the relay heard of it.
pub fn concerns(erasure: &relay_wire::Erasure, event: &Event, at: i64) -> bool {
    let at = match &event.body {
        EventBody::MessageCreated { message_id, .. } => at.min(message_id.created_at_ms()),
        _ => at,
    };
    let in_guild = erasure.guild_id.is_none() || event.body.guild_id() == erasure.guild_id;
    in_guild
        && at <= erasure.until
        && match erasure.subject {
            relay_wire::Subject::UserId(user) => event.body.member() == Some(user),
            relay_wire::Subject::MessageId(message) => message_of(&event.body) == Some(message),
        }
}

fn message_of(body: &EventBody) -> Option<relay_wire::Snowflake> {
    match body {
        EventBody::MessageCreated { message_id, .. }
        | EventBody::MessageUpdated { message_id, .. }
        | EventBody::ReactionAdded { message_id, .. }
        | EventBody::ReactionRemoved { message_id, .. } => Some(*message_id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use relay_wire::{Attachment, Snowflake};

    use super::*;

    fn keys() -> Keys {
        Keys::new(&[[1; 32]])
    }

    fn spooled(text: Option<&str>) -> Spooled {
        let body = EventBody::MessageCreated {
            guild_id: Some(Snowflake(1)),
            channel_id: Snowflake(2),
            parent_id: None,
            message_id: Snowflake(3),
            author_id: Snowflake(4),
            author_name: "Robin".into(),
            text: text.map(Into::into),
            text_sent: false,
            attachments: vec![],
        };
        Spooled { event: Event { id: "0/1:a:1:urgent".into(), order: 9, attempt: 1, body }, at: 1234 }
    }

    #[test]
    fn the_files_of_a_message_are_as_secret_as_its_text() {
        let file = Attachment { name: "secret.png".into(), url: "https://cdn/secret.png".into(), size: 5 };
        let mut event = spooled(Some(""));
        event.event.body.put_attachments(vec![file]);
        let record = encode(&event, &keys());
        assert!(!String::from_utf8_lossy(&record).contains("secret"));
        assert_eq!(decode(&record, &keys()).unwrap().event, event.event);
        let bare = decode(&without_text(&record).unwrap(), &keys()).unwrap();
        assert_eq!(bare.event, spooled(None).event);
        assert_eq!(decode(&record, &Keys::new(&[[9; 32]])).unwrap().event, spooled(None).event);
    }

    #[test]
    fn an_event_comes_back_as_it_was() {
        let record = encode(&spooled(Some("a secret")), &keys());
        assert!(!String::from_utf8_lossy(&record).contains("secret"));
        let back = decode(&record, &keys()).unwrap();
        assert_eq!((back.at, back.event.order, back.event.attempt), (1234, 9, 1));
        assert_eq!(back.event.body, spooled(Some("a secret")).event.body);
        assert_eq!(came_at(&record), Ok(1234));
        assert_eq!(envelope(&record).unwrap().body, spooled(None).event.body);
    }

    #[test]
    fn without_its_text_or_its_key_the_envelope_stays() {
        let record = encode(&spooled(Some("a secret")), &keys());
        let bare = without_text(&record).unwrap();
        assert_eq!(decode(&bare, &keys()).unwrap().event.body, spooled(None).event.body);
        assert_eq!(without_text(&bare), None);
        let other = Keys::new(&[[2; 32]]);
        assert_eq!(decode(&record, &other).unwrap().event.body, spooled(None).event.body);
        let dead = encode_dead(Lane::Bulk, 77, &record);
        assert_eq!(decode_dead(&dead), Ok((Lane::Bulk, 77, record.as_slice())));
    }

    #[test]
    fn an_erasure_means_the_member_or_the_message_up_to_its_moment() {
        let event = spooled(None).event;
        let erasure =
            |subject, guild: Option<u64>, until| relay_wire::Erasure { subject, guild_id: guild.map(Snowflake), until };
        let (robin, message) =
            (relay_wire::Subject::UserId(Snowflake(4)), relay_wire::Subject::MessageId(Snowflake(3)));
        assert!(concerns(&erasure(robin, None, 1234), &event, 1234));
        assert!(concerns(&erasure(message, Some(1), 1234), &event, 1234));
        assert!(!concerns(&erasure(robin, None, 1233), &event, 1234));
        assert!(!concerns(&erasure(robin, Some(2), 1234), &event, 1234));
        assert!(!concerns(&erasure(relay_wire::Subject::UserId(Snowflake(3)), None, 1234), &event, 1234));
    }

    proptest! {
        #[test]
        fn any_text_survives(text in ".*") {
            let record = encode(&spooled(Some(&text)), &keys());
            prop_assert_eq!(decode(&record, &keys()).unwrap().event.body, spooled(Some(&text)).event.body);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = decode(&bytes, &keys());
            let _ = without_text(&bytes);
            let _ = decode_dead(&bytes);
        }
    }
}
