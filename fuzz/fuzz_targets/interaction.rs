//! The body of an interaction, as routes/mod.rs passes it on once its signature was right: it is answered with something
//! that Discord takes, what follows runs to its end, and the token that opens the reply is neither shown nor logged.
#![no_main]

use community_os::{app, routes::interactions};
use community_os_fuzz::{REPLY_TOKEN, take_log, with_cx};
use http::StatusCode;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    let response = with_cx(async |cx| {
        let outcome = interactions::answer(cx, body).await;
        app::run(outcome.after).await;
        outcome.response
    });
    let said = String::from_utf8(response.body().clone()).unwrap();
    let json: Value = serde_json::from_str(&said).unwrap();
    match response.status() {
        StatusCode::OK => answer(&json),
        status => assert_eq!(status, StatusCode::BAD_REQUEST),
    }
    let log = take_log().concat();
    let token_of = |body: &[u8]| Some(serde_json::from_slice::<Value>(body).ok()?.get("token")?.as_str()?.to_owned());
    // Elsewhere in the body the same text may be a name, which is shown.
    let once = body.windows(REPLY_TOKEN.len()).filter(|part| *part == REPLY_TOKEN.as_bytes()).count() == 1;
    if once && token_of(body).as_deref() == Some(REPLY_TOKEN) {
        assert!(!said.contains(REPLY_TOKEN) && !log.contains(REPLY_TOKEN), "{said}\n{log}");
    }
});

/// Source: Discord's API reference, "Interaction Callback Type" and the limits of messages, embeds, components and modals.
fn answer(json: &Value) {
    let kind = json["type"].as_u64().unwrap();
    let data = &json["data"];
    match kind {
        1 => {}
        4 | 7 => message(data),
        5 | 6 => assert!(data["content"].is_null()),
        8 => {
            let choices = data["choices"].as_array().unwrap();
            assert!(choices.len() <= 25);
            choices.iter().for_each(|choice| {
                length(&choice["name"], 1, 100);
            });
        }
        9 => {
            length(&data["title"], 1, 45);
            length(&data["custom_id"], 1, 100);
            assert!((1..=5).contains(&data["components"].as_array().unwrap().len()));
            data["components"].as_array().unwrap().iter().for_each(component);
        }
        other => panic!("Discord knows no answer of type {other}"),
    }
}

fn message(data: &Value) {
    let list = |name: &str| data[name].as_array().cloned().unwrap_or_default();
    let content = data["content"].as_str().unwrap_or_default();
    let (embeds, components) = (list("embeds"), list("components"));
    assert!(!(content.is_empty() && embeds.is_empty() && components.is_empty()), "an empty message: {data}");
    assert!(content.chars().count() <= 2_000 && embeds.len() <= 10, "{data}");
    let mut letters = 0;
    for embed in &embeds {
        for (name, most) in [("title", 256), ("description", 4_096)] {
            let text = embed[name].as_str().unwrap_or_default();
            letters += text.chars().count();
            assert!(text.chars().count() <= most, "{name}: {text}");
        }
        let fields = embed["fields"].as_array().cloned().unwrap_or_default();
        assert!(fields.len() <= 25);
        for field in &fields {
            letters += length(&field["name"], 1, 256) + length(&field["value"], 1, 1_024);
        }
    }
    assert!(letters <= 6_000, "{letters} characters in embeds");
    components.iter().for_each(component);
    let pings = data["allowed_mentions"]["parse"].as_array().cloned().unwrap_or_default();
    assert!(!pings.iter().any(|kind| kind == "everyone"), "pings everyone: {data}");
}

fn component(json: &Value) {
    if !json["custom_id"].is_null() {
        length(&json["custom_id"], 1, 100);
    }
    let kind = json["type"].as_u64().unwrap();
    let inner = json["components"].as_array().cloned().unwrap_or_default();
    if kind == 1 {
        assert!((1..=5).contains(&inner.len()), "{json}");
    }
    inner.iter().chain(json.get("component")).for_each(component);
}

fn length(json: &Value, least: usize, most: usize) -> usize {
    let text = json.as_str().unwrap_or_else(|| panic!("no text: {json}"));
    let length = text.chars().count();
    assert!((least..=most).contains(&length), "{length} characters: {text}");
    length
}
