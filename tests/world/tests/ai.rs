//! The stand-ins of Ash-NLP, Gemini and Claude: strict about what they are sent, scripted in what they say.

use std::sync::Arc;

use axum::Router;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use world::{
    claude::Claude,
    defaults,
    face::{self, Face, Shared},
    gemini,
    nlp::{self, Nlp},
    script::{Script, Scripts},
};

async fn serve(face: Face, router: Router, shared: &Arc<Shared>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", face::serve(listener, face, router, shared.clone()).unwrap())
}

/// Status and body of a POST of JSON.
async fn post(url: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
    let mut request = reqwest::Client::new().post(url).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.body(body.to_string()).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
}

async fn nlp() -> (Arc<Nlp>, Arc<Shared>, String) {
    let shared = Shared::new(None).unwrap();
    let nlp = Nlp::new(shared.clone());
    let url = serve(Face::Nlp, nlp.clone().router(), &shared).await + "/analyze";
    (nlp, shared, url)
}

#[tokio::test]
async fn nlp_finds_everything_safe_in_the_documented_shape() {
    let (_, _, url) = nlp().await;
    let history = json!([{ "message": "before", "timestamp": "2026-11-21T10:00:00Z", "crisis_score": 0.2 }]);
    let request = json!({ "message": "any words at all", "message_history": history });
    let (status, answer) = post(&url, &[], &request).await;
    assert_eq!(status, 200);
    assert_eq!(answer["severity"], "safe");
    assert_eq!(answer["crisis_detected"], false);
    // The real one contradicts itself exactly so.
    assert!(answer["crisis_score"].as_f64().unwrap() > 0.9);
    assert!(answer["consensus"]["crisis_score"].as_f64().unwrap() < 0.3);
    assert_eq!(answer["context_analysis"]["history_analyzed"]["message_count"], 1);
    assert!(!answer["timestamp"].as_str().unwrap().ends_with('Z'));
    for key in ["signals", "models_used", "is_degraded", "request_id", "explanation", "conflict_analysis"] {
        assert!(!answer[key].is_null(), "{key}");
    }
    let (_, quiet) = post(&url, &[], &json!({ "message": "x", "include_explanation": false })).await;
    assert!(quiet["explanation"].is_null() && quiet["context_analysis"].is_null());
}

#[tokio::test]
async fn nlp_refuses_what_the_real_one_refuses() {
    let (_, _, url) = nlp().await;
    let item = json!({ "message": "m", "timestamp": "2026-11-21T10:00:00" });
    let refused = [
        (json!({}), "message"),
        (json!({ "message": "" }), "message"),
        (json!({ "message": " \n" }), "message"),
        (json!({ "message": 7 }), "message"),
        (json!({ "message": "x".repeat(10_001) }), "message"),
        (json!({ "message": "x", "user_id": "x".repeat(101) }), "user_id"),
        (json!({ "message": "x", "verbosity": "loud" }), "verbosity"),
        (json!({ "message": "x", "message_history": vec![item.clone(); 21] }), "message_history"),
        (json!({ "message": "x", "message_history": [{ "message": "m" }] }), "message_history"),
        (
            json!({ "message": "x", "message_history": [{ "message": "m", "timestamp": "yesterday" }] }),
            "message_history",
        ),
    ];
    for (request, field) in refused {
        let (status, answer) = post(&url, &[], &request).await;
        assert_eq!(status, 422, "{request}");
        assert_eq!(answer["detail"][0]["loc"][1], field, "{answer}");
    }
    assert_eq!(post(&url, &[], &json!({ "message": "x", "message_history": vec![item; 20] })).await.0, 200);
}

#[tokio::test]
async fn nlp_is_scripted_by_the_message() {
    let (nlp, _, url) = nlp().await;
    nlp::control(&nlp, &json!({ "contains": "Marker", "severity": "critical", "score": 0.9, "times": 1 })).unwrap();
    nlp::control(&nlp, &json!({ "contains": "odd", "severity": "low", "body": { "is_degraded": true } })).unwrap();
    nlp::control(&nlp, &json!({ "contains": "broken", "status": 503 })).unwrap();
    assert!(nlp::control(&nlp, &json!({ "severity": "grave" })).is_err());
    assert!(nlp::control(&nlp, &json!({ "contians": "typo" })).is_err());

    let ask = async |text: &str| post(&url, &[], &json!({ "message": text })).await;
    let (_, alarmed) = ask("with a marker in it").await;
    assert_eq!((&alarmed["severity"], &alarmed["crisis_score"]), (&json!("critical"), &json!(0.9)));
    assert_eq!(alarmed["recommended_action"], "immediate_outreach");
    assert_eq!(ask("with a marker in it").await.1["severity"], "safe", "it was for one time");
    let (_, odd) = ask("odd").await;
    assert_eq!((&odd["severity"], &odd["is_degraded"]), (&json!("low"), &json!(true)));
    assert_eq!(ask("broken").await, (503, json!({ "detail": "Service Unavailable" })));
}

#[tokio::test]
async fn nlp_counts_requests_only_when_told_to() {
    let (nlp, shared, url) = nlp().await;
    nlp::control(&nlp, &json!({ "rate_limit": true })).unwrap();
    let request = json!({ "message": "x" });
    for _ in 0..60 {
        assert_eq!(post(&url, &[], &request).await.0, 200);
    }
    let (status, answer) = post(&url, &[], &request).await;
    assert_eq!((status, &answer["error"]), (429, &json!("rate_limit_exceeded")));
    let key = [("x-ash-internal-key", defaults::NLP_INTERNAL_KEY)];
    assert_eq!(post(&url, &key, &request).await.0, 200);
    shared.advance(std::time::Duration::from_secs(60));
    assert_eq!(post(&url, &[], &request).await.0, 200);
}

const GEMINI_KEY: (&str, &str) = ("x-goog-api-key", defaults::GEMINI_API_KEY);

async fn gemini() -> (Arc<Scripts>, String) {
    let shared = Shared::new(None).unwrap();
    let scripts = Arc::<Scripts>::default();
    let url = serve(Face::Gemini, gemini::router(scripts.clone()), &shared).await;
    (scripts, url + "/v1beta/models/gemini-3.5-flash:generateContent")
}

#[tokio::test]
async fn gemini_answers_with_labelled_text_and_counts() {
    let (_, url) = gemini().await;
    let schema = json!({ "type": "OBJECT", "properties": {
        "verdict": { "type": "STRING", "enum": ["green", "red"] },
        "reasons": { "type": "ARRAY", "items": { "type": "STRING" }, "minItems": 2 },
        "score": { "type": "INTEGER", "minimum": 3 },
    } });
    let request = json!({
        "contents": [{ "role": "user", "parts": [{ "text": "x".repeat(400) }] }],
        "generationConfig": { "responseMimeType": "application/json", "responseSchema": schema },
    });
    let (status, answer) = post(&url, &[GEMINI_KEY], &request).await;
    assert_eq!(status, 200);
    let candidate = &answer["candidates"][0];
    assert_eq!(candidate["finishReason"], "STOP");
    let said: Value = serde_json::from_str(candidate["content"]["parts"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!((&said["verdict"], &said["score"]), (&json!("green"), &json!(3)));
    assert!(said["reasons"][1].as_str().unwrap().contains("local stand-in"));
    let usage = &answer["usageMetadata"];
    let count = |name: &str| usage[name].as_u64().unwrap();
    assert_eq!(count("promptTokenCount"), 101);
    let sum = count("promptTokenCount") + count("candidatesTokenCount") + count("thoughtsTokenCount");
    assert_eq!(count("totalTokenCount"), sum);
}

#[tokio::test]
async fn gemini_refuses_wrong_keys_and_fields() {
    let (_, url) = gemini().await;
    let contents = json!([{ "role": "user", "parts": [{ "text": "x" }] }]);
    let good = json!({ "contents": contents });
    assert_eq!(post(&url, &[], &good).await.0, 403);
    assert_eq!(post(&url, &[("x-goog-api-key", "other")], &good).await.0, 400);
    let in_query = format!("{url}?key={}", defaults::GEMINI_API_KEY);
    assert_eq!(post(&in_query, &[], &good).await.0, 400);
    for bad in [
        json!({}),
        json!({ "contents": [] }),
        json!({ "contents": contents, "system_prompt": "x" }),
        json!({ "contents": [{ "role": "assistant", "parts": [{ "text": "x" }] }] }),
        json!({ "contents": contents, "generationConfig": { "max_tokens": 5 } }),
        json!({ "contents": contents, "generationConfig": { "responseSchema": {}, "responseJsonSchema": {} } }),
        json!({ "contents": contents, "safetySettings": [{ "category": "HARM", "threshold": "OFF" }] }),
    ] {
        let (status, answer) = post(&url, &[GEMINI_KEY], &bad).await;
        assert_eq!((status, &answer["error"]["status"]), (400, &json!("INVALID_ARGUMENT")), "{bad}");
    }
}

#[tokio::test]
async fn gemini_can_be_told_to_block_or_to_be_busy() {
    let (scripts, url) = gemini().await;
    let blocked = json!({ "promptFeedback": { "blockReason": "PROHIBITED_CONTENT" } });
    scripts.add(Script { contains: Some("vile".into()), body: Some(blocked.clone()), ..Script::default() });
    let headers = vec![("retry-after".to_owned(), "7".to_owned())];
    scripts.add(Script { status: Some(429), headers, times: Some(1), ..Script::default() });
    let ask = async |text: &str| {
        let request = json!({ "contents": [{ "role": "user", "parts": [{ "text": text }] }] });
        post(&url, &[GEMINI_KEY], &request).await
    };
    assert_eq!(ask("something vile").await, (200, blocked));
    let (status, busy) = ask("hello").await;
    assert_eq!((status, &busy["error"]["status"]), (429, &json!("RESOURCE_EXHAUSTED")));
    assert_eq!(ask("hello").await.0, 200);
}

async fn claude() -> (Arc<Claude>, String) {
    let shared = Shared::new(None).unwrap();
    let claude = Arc::<Claude>::default();
    let url = serve(Face::Claude, claude.clone().router(), &shared).await;
    (claude, url + "/v1/messages")
}

const CLAUDE_HEADERS: [(&str, &str); 2] =
    [("x-api-key", defaults::ANTHROPIC_API_KEY), ("anthropic-version", "2023-06-01")];

fn conversation(more: &Value) -> Value {
    let mut request = json!({
        "model": "claude-haiku-4-5", "max_tokens": 500, "messages": [{ "role": "user", "content": "hello" }],
    });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

#[tokio::test]
async fn claude_answers_with_labelled_text_and_counts_the_cache() {
    let (claude, url) = claude().await;
    let system = json!([{ "type": "text", "text": "y".repeat(80), "cache_control": { "type": "ephemeral" } }]);
    let request = conversation(&json!({ "system": system }));
    let (status, first) = post(&url, &CLAUDE_HEADERS, &request).await;
    assert_eq!((status, &first["stop_reason"], &first["model"]), (200, &json!("end_turn"), &request["model"]));
    assert!(first["content"][0]["text"].as_str().unwrap().contains("local stand-in"));
    assert_eq!(first["usage"]["cache_creation_input_tokens"], 20);
    let (_, second) = post(&url, &CLAUDE_HEADERS, &request).await;
    assert_eq!(second["usage"]["cache_read_input_tokens"], 20);
    assert_eq!(second["usage"]["input_tokens"], 2);

    claude.scripts.add(Script { text: Some("a very long answer".into()), ..Script::default() });
    let (_, cut) = post(&url, &CLAUDE_HEADERS, &conversation(&json!({ "max_tokens": 2 }))).await;
    assert_eq!((&cut["content"][0]["text"], &cut["stop_reason"]), (&json!("a very l"), &json!("max_tokens")));
    claude.scripts.clear();
    let body = json!({ "stop_reason": "refusal" });
    claude.scripts.add(Script { text: Some(String::new()), body: Some(body), ..Script::default() });
    assert_eq!(post(&url, &CLAUDE_HEADERS, &request).await.1["stop_reason"], "refusal");
    claude.scripts.clear();
    claude.scripts.add(Script { status: Some(529), ..Script::default() });
    let (status, busy) = post(&url, &CLAUDE_HEADERS, &request).await;
    assert_eq!((status, &busy["error"]["type"]), (529, &json!("overloaded_error")));
}

#[tokio::test]
async fn claude_refuses_what_the_real_one_refuses() {
    let (_, url) = claude().await;
    let good = conversation(&json!({}));
    assert_eq!(post(&url, &CLAUDE_HEADERS, &good).await.0, 200);
    assert_eq!(post(&url, &CLAUDE_HEADERS[1..], &good).await.0, 401);
    assert_eq!(post(&url, &CLAUDE_HEADERS[..1], &good).await.0, 400);
    let prefill = json!([{ "role": "user", "content": "a" }, { "role": "assistant", "content": "b" }]);
    for bad in [
        json!({ "temperature": 0.5 }),
        json!({ "top_p": 0.5 }),
        json!({ "messages": prefill }),
        json!({ "messages": [] }),
        json!({ "messages": [{ "role": "assistant", "content": "b" }, { "role": "user", "content": "a" }] }),
        json!({ "messages": [{ "role": "user", "content": " " }] }),
        json!({ "messages": [{ "role": "system", "content": "a" }] }),
        json!({ "max_tokens": 0 }),
        json!({ "max_output_tokens": 5 }),
        json!({ "system": "" }),
        json!({ "thinking": { "type": "enabled", "budget_tokens": 1024 } }),
        json!({ "output_config": { "effort": "little" } }),
        json!({ "stream": true }),
    ] {
        let (status, answer) = post(&url, &CLAUDE_HEADERS, &conversation(&bad)).await;
        assert_eq!((status, &answer["error"]["type"]), (400, &json!("invalid_request_error")), "{bad}");
    }
}
