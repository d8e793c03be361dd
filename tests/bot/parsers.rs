//! Hostile input: whatever a correctly signed request says, it is answered and nothing panics.

use http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::lonely;

/// JSON of any shape, with the words that interactions use strewn in.
fn any_json() -> impl Strategy<Value = Value> {
    let words = [
        "type",
        "id",
        "token",
        "data",
        "member",
        "user",
        "options",
        "name",
        "value",
        "custom_id",
        "values",
        "components",
        "component",
        "guild_id",
        "roles",
        "permissions",
        "target_id",
        "focused",
        "locale",
        "v",
        "events",
        "lane",
        "body",
        "relay",
        "epoch",
        "order",
        "attempt",
        "message_created",
        "urgent",
        "bulk",
        "ping",
        "score",
        "setup",
        "1:admin.write:x",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        prop::sample::select(words.to_vec()).prop_map(Value::from),
        (0u8..8).prop_map(Value::from),
        any::<u64>().prop_map(|id| json!(id.to_string())),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(words.to_vec()), inner), 0..8).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

/// An interaction that is right but for one part.
fn nearly_an_interaction() -> impl Strategy<Value = Value> {
    (0u8..7, any_json(), any_json(), prop::sample::select(vec!["data", "member", "user", "guild_id", "token", "id"]))
        .prop_map(|(kind, data, odd, part)| {
            let mut interaction = json!({
                "type": kind, "id": "1", "application_id": "2", "token": "t", "guild_id": "3", "channel_id": "4",
                "member": {"user": {"id": "5", "username": "robin"}, "permissions": "32", "roles": []}, "data": data,
            });
            interaction[part] = odd;
            interaction
        })
}

fn nearly_a_delivery() -> impl Strategy<Value = Value> {
    (any_json(), any_json(), any::<bool>()).prop_map(|(event, body, urgent)| {
        json!({
            "v": 1, "relay": "r", "epoch": "e", "lane": if urgent { "urgent" } else { "bulk" },
            "events": [event, {"id": "a", "order": 1, "attempt": 1, "body": body}, {
                "id": "b", "order": 2, "attempt": 1,
                "body": {"message_created": {
                    "guild_id": null, "channel_id": "1", "message_id": "2", "author_id": "3", "author_name": "x", "text": " ",
                }},
            }],
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_interaction_is_answered(body in prop_oneof![any_json(), nearly_an_interaction()]) {
        let response = lonely().interaction_bytes(&serde_json::to_vec(&body).unwrap());
        prop_assert!(matches!(response.status(), StatusCode::OK | StatusCode::BAD_REQUEST), "{}", response.status());
        prop_assert!(serde_json::from_slice::<Value>(response.body()).is_ok());
    }

    #[test]
    fn any_bytes_are_answered(body: Vec<u8>) {
        prop_assert_eq!(lonely().interaction_bytes(&body).status(), StatusCode::BAD_REQUEST);
        prop_assert_eq!(lonely().events_bytes(&body).status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn every_event_of_a_delivery_has_its_own_result(body in nearly_a_delivery()) {
        let response = lonely().events_bytes(&serde_json::to_vec(&body).unwrap());
        prop_assert_eq!(response.status(), StatusCode::OK);
        let ack: Value = serde_json::from_slice(response.body()).unwrap();
        prop_assert_eq!(ack["results"].as_array().unwrap().len(), 3);
        // The sound one is not spoiled by its neighbours.
        prop_assert_eq!(&ack["results"][2], &json!({"id": "b", "outcome": "done"}));
    }
}

#[test]
fn a_flood_of_brackets_is_answered() {
    let body = "[".repeat(200_000);
    assert_eq!(lonely().interaction_bytes(body.as_bytes()).status(), StatusCode::BAD_REQUEST);
}

#[test]
fn a_body_over_the_limit_is_refused_before_it_is_read() {
    assert_eq!(lonely().interaction_bytes(&vec![b' '; (256 << 10) + 1]).status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(lonely().events_bytes(&vec![b' '; (1 << 20) + 1]).status(), StatusCode::PAYLOAD_TOO_LARGE);
}
