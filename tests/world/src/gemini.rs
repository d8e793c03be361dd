//! Stand-in of Gemini's generateContent. It imitates the wire; what it says is scripted or labelled as made up.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

use crate::{
    defaults::GEMINI_API_KEY,
    script::{Scripts, fresh_id, sample, tokens},
};

const LABEL: &str = "[local stand-in of Gemini] This text is made up; no model read the request.";

const FIELDS: &[&str] = &[
    "contents",
    "systemInstruction",
    "safetySettings",
    "generationConfig",
    "tools",
    "toolConfig",
    "cachedContent",
    "labels",
];
const CONFIG: &[&str] = &[
    "temperature",
    "topP",
    "topK",
    "candidateCount",
    "maxOutputTokens",
    "stopSequences",
    "responseMimeType",
    "responseSchema",
    "responseJsonSchema",
    "presencePenalty",
    "frequencyPenalty",
    "seed",
    "thinkingConfig",
    "mediaResolution",
];
const HARMS: &[&str] = &[
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
    "HARM_CATEGORY_CIVIC_INTEGRITY",
];
const THRESHOLDS: &[&str] = &["BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF"];

pub fn router(scripts: Arc<Scripts>) -> Router {
    Router::new()
        .route("/v1beta/models/{call}", post(generate))
        .fallback(|| async { failure(StatusCode::NOT_FOUND, "the local stand-in of Gemini has no such method") })
        .with_state(scripts)
}

async fn generate(
    State(scripts): State<Arc<Scripts>>,
    Path(call): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(model) = call.strip_suffix(":generateContent").filter(|model| model.starts_with("gemini-")) else {
        return failure(StatusCode::NOT_FOUND, &format!("models/{call} is not found for API version v1beta"));
    };
    if uri.query().unwrap_or_default().contains("key=") {
        let message = "the local stand-in takes the key in x-goog-api-key only: a query ends up in logs";
        return failure(StatusCode::BAD_REQUEST, message);
    }
    match headers.get("x-goog-api-key") {
        None => {
            let message = "Method doesn't allow unregistered callers. Please use API Key to call this API.";
            return failure(StatusCode::FORBIDDEN, message);
        }
        Some(key) if key != GEMINI_API_KEY => {
            return failure(StatusCode::BAD_REQUEST, "API key not valid. Please pass a valid API key.");
        }
        Some(_) => {}
    }
    let request: Value = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            return failure(StatusCode::BAD_REQUEST, &format!("Invalid JSON payload received. {error}"));
        }
    };
    if let Err(problem) = check(&request) {
        return failure(StatusCode::BAD_REQUEST, &problem);
    }
    let asked = request["contents"].as_array().and_then(|contents| contents.last()).map(text_of).unwrap_or_default();
    let built = |text: Option<&str>| {
        let answer = answer(&request, model, text);
        scripts.count(&answer["usageMetadata"]);
        answer
    };
    match scripts.take(&asked).await {
        None => Json(built(None)).into_response(),
        Some(script) => {
            script.answer(|script| built(script.text.as_deref()), |status| error_body(status, "scripted by a test"))
        }
    }
}

fn failure(status: StatusCode, message: &str) -> Response {
    (status, Json(error_body(status, message))).into_response()
}

fn error_body(status: StatusCode, message: &str) -> Value {
    let name = match status.as_u16() {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    };
    json!({ "error": { "code": status.as_u16(), "message": message, "status": name } })
}

fn text_of(content: &Value) -> String {
    let parts = content["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
    parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
}

fn known(object: &Value, names: &[&str], at: &str) -> Result<(), String> {
    let fields = object.as_object().ok_or_else(|| format!("Invalid value at '{at}': an object is expected"))?;
    match fields.keys().find(|key| !names.contains(&key.as_str())) {
        Some(key) => {
            Err(format!("Invalid JSON payload received. Unknown name \"{key}\" at '{at}': Cannot find field."))
        }
        None => Ok(()),
    }
}

fn check_content(content: &Value, at: &str) -> Result<(), String> {
    known(content, &["role", "parts"], at)?;
    let parts = content["parts"].as_array().filter(|parts| !parts.is_empty());
    let parts = parts.ok_or_else(|| format!("* {at}.parts: contents.parts must not be empty."))?;
    for part in parts {
        known(part, &["text"], &format!("{at}.parts"))?;
        if part["text"].as_str().is_none_or(str::is_empty) {
            return Err(format!("{at}.parts: must have one initialized field 'data'"));
        }
    }
    Ok(())
}

fn check(request: &Value) -> Result<(), String> {
    known(request, FIELDS, "")?;
    let contents = request["contents"].as_array().filter(|contents| !contents.is_empty());
    for content in contents.ok_or("* GenerateContentRequest.contents: contents is not specified")? {
        check_content(content, "contents")?;
        if !content["role"].is_null() && content["role"] != "user" && content["role"] != "model" {
            return Err("Please use a valid role: user, model.".to_owned());
        }
    }
    if !request["systemInstruction"].is_null() {
        check_content(&request["systemInstruction"], "system_instruction")?;
    }
    for setting in request["safetySettings"].as_array().into_iter().flatten() {
        known(setting, &["category", "threshold"], "safety_settings")?;
        if !setting["category"].as_str().is_some_and(|category| HARMS.contains(&category)) {
            return Err(format!("Invalid value at 'safety_settings.category': {}", setting["category"]));
        }
        if !setting["threshold"].as_str().is_some_and(|threshold| THRESHOLDS.contains(&threshold)) {
            return Err(format!("Invalid value at 'safety_settings.threshold': {}", setting["threshold"]));
        }
    }
    let config = &request["generationConfig"];
    if config.is_null() {
        return Ok(());
    }
    known(config, CONFIG, "generation_config")?;
    let has_schema = !config["responseSchema"].is_null() || !config["responseJsonSchema"].is_null();
    if !config["responseSchema"].is_null() && !config["responseJsonSchema"].is_null() {
        return Err("Only one of response_schema and response_json_schema can be set.".to_owned());
    }
    if has_schema && config["responseMimeType"] != "application/json" {
        return Err("A response schema needs response_mime_type application/json.".to_owned());
    }
    if !config["temperature"].is_null() && !config["temperature"].as_f64().is_some_and(|t| (0.0..=2.0).contains(&t)) {
        return Err("temperature must be in the range [0.0, 2.0].".to_owned());
    }
    if !config["maxOutputTokens"].is_null() && config["maxOutputTokens"].as_u64().is_none_or(|most| most == 0) {
        return Err("max_output_tokens must be positive.".to_owned());
    }
    let level = &config["thinkingConfig"]["thinkingLevel"];
    let levels = ["MINIMAL", "LOW", "MEDIUM", "HIGH"];
    if !level.is_null() && !level.as_str().is_some_and(|level| levels.contains(&level)) {
        return Err(format!("Invalid value at 'generation_config.thinking_config.thinking_level': {level}"));
    }
    Ok(())
}

fn answer(request: &Value, model: &str, text: Option<&str>) -> Value {
    let config = &request["generationConfig"];
    let schema =
        [&config["responseSchema"], &config["responseJsonSchema"]].into_iter().find(|schema| !schema.is_null());
    let mut said = match (text, schema) {
        (Some(text), _) => text.to_owned(),
        (None, Some(schema)) => sample(schema, LABEL).to_string(),
        (None, None) if config["responseMimeType"] == "application/json" => json!({ "note": LABEL }).to_string(),
        (None, None) => LABEL.to_owned(),
    };
    let mut finish = "STOP";
    if let Some(most) = config["maxOutputTokens"].as_u64().filter(|&most| tokens(&said) > most) {
        said = said.chars().take(most as usize * 4).collect();
        finish = "MAX_TOKENS";
    }
    let contents = request["contents"].as_array().map(Vec::as_slice).unwrap_or_default();
    let prompt: u64 =
        contents.iter().chain([&request["systemInstruction"]]).map(|content| tokens(&text_of(content))).sum();
    let candidates = tokens(&said);
    // The real one thinks unless told otherwise, and bills it as output apart from the candidates.
    let thoughts = if config["thinkingConfig"]["thinkingLevel"] == "MINIMAL" { 0 } else { 16 };
    json!({
        "candidates": [{ "content": { "role": "model", "parts": [{ "text": said }] }, "finishReason": finish, "index": 0 }],
        "usageMetadata": {
            "promptTokenCount": prompt, "candidatesTokenCount": candidates, "thoughtsTokenCount": thoughts,
            "totalTokenCount": prompt + candidates + thoughts,
            "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": prompt }],
        },
        "modelVersion": model, "responseId": format!("local-{}", fresh_id()),
    })
}
