//! Stand-in of Anthropic's Messages API. It imitates the wire; what it says is scripted or labelled as made up.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

use crate::{
    defaults::ANTHROPIC_API_KEY,
    script::{Scripts, fresh_id, sample, tokens},
};

const LABEL: &str = "[local stand-in of Claude] This text is made up; no model read the conversation.";

const FIELDS: &[&str] = &[
    "model",
    "max_tokens",
    "messages",
    "system",
    "metadata",
    "stop_sequences",
    "output_config",
    "thinking",
    "cache_control",
    "service_tier",
    "stream",
    "temperature",
    "top_p",
    "top_k",
];

#[derive(Default)]
pub struct Claude {
    pub scripts: Scripts,
    /// System prompts that were sent with `cache_control` before.
    cached: Mutex<HashSet<String>>,
}

impl Claude {
    pub fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/v1/messages", post(messages))
            .fallback(|| async { failure(StatusCode::NOT_FOUND, "the local stand-in of Claude has no such route") })
            .with_state(self)
    }
}

async fn messages(State(claude): State<Arc<Claude>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut response = claude.answer(&headers, &body).await;
    if let Ok(id) = HeaderValue::from_str(&format!("req_local_{}", fresh_id())) {
        response.headers_mut().insert(HeaderName::from_static("request-id"), id);
    }
    response
}

fn failure(status: StatusCode, message: &str) -> Response {
    (status, Json(error_body(status, message))).into_response()
}

fn error_body(status: StatusCode, message: &str) -> Value {
    let kind = match status.as_u16() {
        400 => "invalid_request_error",
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
    json!({
        "type": "error", "error": { "type": kind, "message": message }, "request_id": format!("req_local_{}", fresh_id()),
    })
}

impl Claude {
    async fn answer(&self, headers: &HeaderMap, body: &[u8]) -> Response {
        match headers.get("x-api-key") {
            None => return failure(StatusCode::UNAUTHORIZED, "x-api-key header is required"),
            Some(key) if key != ANTHROPIC_API_KEY => return failure(StatusCode::UNAUTHORIZED, "invalid x-api-key"),
            Some(_) => {}
        }
        match headers.get("anthropic-version") {
            None => return failure(StatusCode::BAD_REQUEST, "anthropic-version: header is required"),
            Some(version) if version != "2023-06-01" => {
                let message = "anthropic-version: the local stand-in knows 2023-06-01 only";
                return failure(StatusCode::BAD_REQUEST, message);
            }
            Some(_) => {}
        }
        let is_json = |value: &HeaderValue| value.to_str().is_ok_and(|kind| kind.starts_with("application/json"));
        if !headers.get("content-type").is_some_and(is_json) {
            return failure(StatusCode::BAD_REQUEST, "content-type: application/json is required");
        }
        let request: Value = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => {
                return failure(StatusCode::BAD_REQUEST, &format!("The request body is not valid JSON: {error}"));
            }
        };
        if let Err(problem) = check(&request) {
            return failure(StatusCode::BAD_REQUEST, &problem);
        }
        let asked = request["messages"].as_array().and_then(|all| all.last()).map(|last| text_of(&last["content"]));
        let built = |text: Option<&str>| {
            let message = self.message(&request, text);
            self.scripts.count(&message["usage"]);
            message
        };
        match self.scripts.take(&asked.unwrap_or_default()).await {
            None => Json(built(None)).into_response(),
            Some(script) => {
                script.answer(|script| built(script.text.as_deref()), |status| error_body(status, "scripted by a test"))
            }
        }
    }

    fn message(&self, request: &Value, text: Option<&str>) -> Value {
        let schema = &request["output_config"]["format"]["schema"];
        let mut said = match text {
            Some(text) => text.to_owned(),
            None if schema.is_object() => sample(schema, LABEL).to_string(),
            None => LABEL.to_owned(),
        };
        let mut stop_reason = "end_turn";
        let most = request["max_tokens"].as_u64().unwrap_or(1);
        if tokens(&said) > most {
            said = said.chars().take(most as usize * 4).collect();
            stop_reason = "max_tokens";
        }
        let system = text_of(&request["system"]);
        let messages = request["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut input: u64 = messages.iter().map(|message| tokens(&text_of(&message["content"]))).sum();
        let (mut written, mut read) = (0, 0);
        if !system.is_empty() {
            let size = tokens(&system);
            match wants_cache(request) {
                false => input += size,
                true if self.cached.lock().unwrap_or_else(PoisonError::into_inner).insert(system) => written = size,
                true => read = size,
            }
        }
        json!({
            "id": format!("msg_local_{}", fresh_id()), "type": "message", "role": "assistant", "model": request["model"],
            "content": [{ "type": "text", "text": said }], "stop_reason": stop_reason, "stop_sequence": null,
            "usage": {
                "input_tokens": input, "output_tokens": tokens(&said),
                "cache_creation_input_tokens": written, "cache_read_input_tokens": read,
                "cache_creation": { "ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0 },
                "service_tier": "standard",
            },
        })
    }
}

fn wants_cache(request: &Value) -> bool {
    let blocks = request["system"].as_array().map(Vec::as_slice).unwrap_or_default();
    !request["cache_control"].is_null() || blocks.iter().any(|block| !block["cache_control"].is_null())
}

/// The text of a string or of text blocks.
fn text_of(content: &Value) -> String {
    if let Some(text) = content.as_str() {
        return text.to_owned();
    }
    let blocks = content.as_array().map(Vec::as_slice).unwrap_or_default();
    blocks.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n")
}

fn check_text(content: &Value, at: &str) -> Result<(), String> {
    if let Some(text) = content.as_str() {
        let blank = text.trim().is_empty();
        return if blank { Err(format!("{at}: text content must be non-empty")) } else { Ok(()) };
    }
    let blocks = content.as_array().filter(|blocks| !blocks.is_empty());
    for block in blocks.ok_or_else(|| format!("{at}: Input should be a valid string or list"))? {
        if block["type"] != "text" || block["text"].as_str().is_none_or(|text| text.trim().is_empty()) {
            return Err(format!("{at}: the local stand-in knows non-empty text blocks only"));
        }
    }
    Ok(())
}

fn check(request: &Value) -> Result<(), String> {
    let fields = request.as_object().ok_or("The request body is not an object")?;
    if let Some(extra) = fields.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(format!("{extra}: Extra inputs are not permitted"));
    }
    for name in ["temperature", "top_p", "top_k"] {
        if fields.contains_key(name) {
            return Err(format!("`{name}` is not supported by this model"));
        }
    }
    if request["stream"] == json!(true) {
        return Err("stream: the local stand-in does not stream".to_owned());
    }
    if request["model"].as_str().is_none_or(|model| !model.starts_with("claude-")) {
        return Err("model: Field required".to_owned());
    }
    if request["max_tokens"].as_u64().is_none_or(|most| most == 0) {
        return Err("max_tokens: Input should be greater than or equal to 1".to_owned());
    }
    let messages = request["messages"].as_array().filter(|messages| !messages.is_empty());
    let messages = messages.ok_or("messages: at least one message is required")?;
    for (at, message) in messages.iter().enumerate() {
        if message["role"] != "user" && message["role"] != "assistant" {
            return Err(format!("messages.{at}.role: Input should be 'user' or 'assistant'"));
        }
        check_text(&message["content"], &format!("messages.{at}.content"))?;
    }
    if messages.first().is_some_and(|first| first["role"] != "user") {
        return Err("messages: first message must use the \"user\" role".to_owned());
    }
    if messages.last().is_some_and(|last| last["role"] != "user") {
        let rule =
            "This model does not support assistant message prefill. The conversation must end with a user message.";
        return Err(rule.to_owned());
    }
    if !request["system"].is_null() {
        check_text(&request["system"], "system")?;
    }
    let thinking = &request["thinking"];
    if !thinking.is_null() && thinking["type"] != "adaptive" && thinking["type"] != "disabled" {
        return Err("thinking.type: Input should be 'adaptive' or 'disabled'".to_owned());
    }
    let effort = &request["output_config"]["effort"];
    let efforts = ["low", "medium", "high", "xhigh", "max"];
    if !effort.is_null() && !effort.as_str().is_some_and(|effort| efforts.contains(&effort)) {
        return Err(format!("output_config.effort: Input should be one of {efforts:?}"));
    }
    let format = &request["output_config"]["format"];
    if !format.is_null() && (format["type"] != "json_schema" || !format["schema"].is_object()) {
        return Err("output_config.format: Input should be a json_schema with a schema".to_owned());
    }
    Ok(())
}
