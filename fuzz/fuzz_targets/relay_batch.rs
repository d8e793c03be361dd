//! What the relay posts, as routes/mod.rs passes it on once its signature was right: every event has one result, in order,
//! and both sides of the wire read the same.
#![no_main]

use community_os::routes::events;
use community_os_fuzz::{take_log, with_cx};
use from_json::FromJson;
use http::StatusCode;
use libfuzzer_sys::fuzz_target;
use relay_wire::{Ack, Batch, Event, Identified, Identify, Outcome, RelayConfig};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    let read = from_json::parse(body);
    if let Ok(json) = &read {
        both::<Batch>(json);
        both::<Ack>(json);
        both::<RelayConfig>(json);
        both::<Identify>(json);
        both::<Identified>(json);
        json.get("events").and_then(Value::as_array).into_iter().flatten().for_each(both::<Event>);
    }
    let response = with_cx(async |cx| events::take(cx, body).await);
    take_log();
    if response.status() != StatusCode::OK {
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        return;
    }
    let ack: Ack = serde_json::from_slice(response.body()).unwrap();
    let sent = read.unwrap();
    let sent = sent["events"].as_array().unwrap();
    assert_eq!(ack.results.len(), sent.len());
    for (result, event) in ack.results.iter().zip(sent) {
        assert_eq!(result.id, event["id"].as_str().unwrap_or_default());
        // Only what can never be read may be forgotten without having been worked on: the stores are down here.
        if Event::from_json(event).is_ok() {
            assert!(!matches!(&result.outcome, Outcome::Dead { reason } if reason == "malformed"), "{event}");
        } else {
            assert_ne!(result.outcome, Outcome::Done, "{event}");
        }
    }
});

/// The relay reads with serde, the Worker with `FromJson`; what one of them writes, both read again.
fn both<T>(json: &Value)
where
    T: FromJson + DeserializeOwned + Serialize + PartialEq + std::fmt::Debug,
{
    let (worker, relay) = (T::from_json(json).ok(), T::deserialize(json).ok());
    assert_eq!(worker, relay, "{json}");
    if let Some(one) = worker {
        let written = serde_json::to_vec(&one).unwrap();
        assert_eq!(from_json::read::<T>(&written), Some(one));
    }
}
