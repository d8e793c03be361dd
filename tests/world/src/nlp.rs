//! Stand-in of Ash-NLP. It imitates the wire, not the judgement: everything is safe unless a script says otherwise.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    defaults::{NLP_ACCESS, NLP_INTERNAL_KEY},
    face::Shared,
    script::{Script, Scripts, fresh_id},
};

const REQUESTS_A_MINUTE: usize = 60;
const MAX_HISTORY: usize = 20;
const MAX_MESSAGE: usize = 10_000;
const SEVERITIES: [&str; 5] = ["safe", "low", "medium", "high", "critical"];
const ACTIONS: [&str; 5] =
    ["none", "passive_monitoring", "standard_monitoring", "priority_response", "immediate_outreach"];
/// A score in the middle of each severity's range.
const SCORES: [f64; 5] = [0.08, 0.4, 0.6, 0.77, 0.91];

pub struct Nlp {
    pub scripts: Scripts,
    /// The real one takes 60 requests a minute from a client without the internal key; off until a test wants it.
    pub limited: AtomicBool,
    /// Whether Cloudflare Access stands before it; then only who brings its service token comes in.
    pub behind_access: AtomicBool,
    recent: Mutex<VecDeque<i64>>,
    shared: Arc<Shared>,
}

impl Nlp {
    pub fn new(shared: Arc<Shared>) -> Arc<Self> {
        Arc::new(Self {
            scripts: Scripts::default(),
            limited: AtomicBool::new(false),
            behind_access: AtomicBool::new(false),
            recent: Mutex::default(),
            shared,
        })
    }

    pub fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/analyze", post(analyze))
            .route("/health", get(health))
            .route("/healthz", get(health))
            .route("/ready", get(async || Json(json!({ "ready": true, "message": "local stand-in" }))))
            .fallback(|| async { (StatusCode::NOT_FOUND, Json(json!({ "detail": "Not Found" }))) })
            .layer(middleware::from_fn_with_state(self.clone(), access))
            .with_state(self)
    }

    fn timestamp(&self) -> String {
        let now = chrono::DateTime::from_timestamp_millis(self.shared.now_ms()).unwrap_or_default();
        // Naive, as the real one writes it: UTC without saying so.
        now.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
    }

    /// Whether this request is one too many in the last minute.
    fn over_limit(&self, headers: &HeaderMap) -> bool {
        let exempt = headers.get("x-ash-internal-key").is_some_and(|key| key == NLP_INTERNAL_KEY);
        if exempt || !self.limited.load(Ordering::Relaxed) {
            return false;
        }
        let now = self.shared.now_ms();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        while recent.front().is_some_and(|at| now - at >= 60_000) {
            recent.pop_front();
        }
        if recent.len() >= REQUESTS_A_MINUTE {
            return true;
        }
        recent.push_back(now);
        false
    }
}

async fn access(State(nlp): State<Arc<Nlp>>, request: Request, next: Next) -> Response {
    let brings = |(name, value): &(&str, &str)| request.headers().get(*name).is_some_and(|sent| sent == value);
    if nlp.behind_access.load(Ordering::Relaxed) && !NLP_ACCESS.iter().all(brings) {
        return (StatusCode::FORBIDDEN, "Forbidden. You don't have permission to view this.").into_response();
    }
    next.run(request).await
}

async fn health(State(nlp): State<Arc<Nlp>>) -> Json<Value> {
    Json(json!({
        "status": "healthy", "ready": true, "degraded": false, "models_loaded": 4, "total_models": 4,
        "uptime_seconds": 1.0, "version": "local stand-in", "vigil_enabled": false, "vigil_healthy": false,
        "phase4_enabled": true, "phase5_enabled": true, "timestamp": nlp.timestamp(),
    }))
}

async fn analyze(State(nlp): State<Arc<Nlp>>, headers: HeaderMap, body: Bytes) -> Response {
    let id = request_id(&headers);
    let mut response = nlp.analyze(&headers, &body, &id).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

/// The caller's, if it is a plain short word.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get("x-request-id").and_then(|value| value.to_str().ok()).filter(|id| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (1..=64).contains(&id.len()) && id.chars().all(plain)
    });
    given.map_or_else(|| format!("req_{}", fresh_id()), str::to_owned)
}

impl Nlp {
    async fn analyze(&self, headers: &HeaderMap, body: &[u8], id: &str) -> Response {
        if self.over_limit(headers) {
            let message = "Rate limit exceeded. Maximum 60 requests per minute.";
            let error = json!({
                "error": "rate_limit_exceeded", "message": message, "request_id": id, "timestamp": self.timestamp(),
            });
            return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "60")], Json(error)).into_response();
        }
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
            let message = "Input should be a valid dictionary or object to extract fields from";
            let text = Value::from(String::from_utf8_lossy(body));
            return unprocessable(vec![problem(&["body"], "model_attributes_type", message, &text)]);
        }
        let request: Value = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => {
                let problem = problem(&["body"], "json_invalid", &format!("JSON decode error: {error}"), &Value::Null);
                return unprocessable(vec![problem]);
            }
        };
        let problems = problems(&request);
        if !problems.is_empty() {
            return unprocessable(problems);
        }
        let message = request["message"].as_str().unwrap_or_default().trim();
        match self.scripts.take(message).await {
            None => Json(self.full_answer(&request, "safe", None, id)).into_response(),
            Some(script) => script.answer(
                |script| self.full_answer(&request, script.severity.as_deref().unwrap_or("safe"), script.score, id),
                |status| json!({ "detail": status.canonical_reason().unwrap_or("error") }),
            ),
        }
    }

    /// The whole documented shape. Unscripted, `crisis_score` is what the real one gives for ordinary sincere text: a
    /// number near one that contradicts the severity. Whoever derives a severity from it notices here.
    fn full_answer(&self, request: &Value, severity: &str, score: Option<f64>, id: &str) -> Value {
        let rank = SEVERITIES.iter().position(|name| *name == severity).unwrap_or(0);
        let typical = SCORES.get(rank).copied().unwrap_or(0.0);
        let ensemble = score.unwrap_or(typical);
        let crisis_score = if rank == 0 && score.is_none() { 0.97 } else { ensemble };
        let label = if rank >= 3 { "emotional distress" } else { "general discussion" };
        let explained = request["include_explanation"].as_bool().unwrap_or(true).then(|| {
            json!({
                "verbosity": request["verbosity"].as_str().unwrap_or("standard"),
                "decision_summary": format!("Local stand-in: {severity}."), "key_factors": [],
                "recommended_action": null, "plain_text": "This is the local stand-in of Ash-NLP; it judges nothing.",
                "confidence_summary": null, "model_contributions": null, "conflict_summary": null,
            })
        });
        json!({
            "crisis_detected": rank >= 2, "severity": severity, "confidence": 0.85, "crisis_score": crisis_score,
            "requires_intervention": rank >= 3 || crisis_score > 0.9,
            "recommended_action": ACTIONS.get(rank),
            "signals": {
                "bart": { "label": label, "score": 0.8, "crisis_signal": ensemble },
                "sentiment": { "label": if rank >= 2 { "negative" } else { "neutral" }, "score": 0.7, "crisis_signal": ensemble },
                "irony": { "label": "non_irony", "score": 0.97, "crisis_signal": 0.97 },
                "emotions": { "label": if rank >= 2 { "sadness" } else { "neutral" }, "score": 0.6, "crisis_signal": ensemble },
            },
            "processing_time_ms": 1.0, "models_used": ["bart", "sentiment", "irony", "emotions"], "is_degraded": false,
            "request_id": id, "timestamp": self.timestamp(), "vigil": null, "requires_review": false,
            "explanation": explained,
            "conflict_analysis": {
                "has_conflicts": false, "conflict_count": 0, "conflicts": [], "highest_severity": null,
                "requires_review": false, "summary": "No conflicts", "resolution_strategy": "conservative",
                "original_score": ensemble, "resolved_score": crisis_score,
            },
            "consensus": {
                "algorithm": request["consensus_algorithm"].as_str().unwrap_or("weighted_voting"),
                "crisis_score": ensemble, "confidence": 0.85, "agreement_level": "moderate_agreement",
                "is_crisis": rank >= 2, "requires_review": false, "has_conflict": false,
                "individual_scores": { "bart": ensemble, "sentiment": ensemble, "irony": 0.97, "emotions": ensemble },
                "vote_breakdown": null,
            },
            "context_analysis": context(request, ensemble),
        })
    }
}

/// Quiet context over the scores that were sent; a script replaces it where a test needs an escalation.
fn context(request: &Value, score: f64) -> Value {
    let history = request["message_history"].as_array().map(Vec::as_slice).unwrap_or_default();
    if history.is_empty() || request["include_context_analysis"] == json!(false) {
        return Value::Null;
    }
    let mut scores: Vec<f64> = history.iter().filter_map(|item| item["crisis_score"].as_f64()).collect();
    scores.push(score);
    let peak = scores.iter().copied().fold(0.0, f64::max);
    json!({
        "escalation_detected": false, "escalation_rate": "none", "escalation_pattern": null, "pattern_confidence": 0.0,
        "trend": { "direction": "stable", "velocity": "none", "score_delta": 0.0, "time_span_hours": 0.0 },
        "temporal_factors": {
            "late_night_risk": false, "rapid_posting": false, "time_risk_modifier": 1.0, "hour_of_day": 12,
            "is_weekend": false, "user_timezone": null, "local_hour": null,
        },
        "trajectory": { "start_score": scores.first(), "end_score": score, "peak_score": peak, "scores": scores },
        "intervention": {
            "urgency": "none", "recommended_point": null, "intervention_delayed": false, "reason": "local stand-in",
        },
        "history_analyzed": {
            "message_count": history.len(), "time_span_hours": 0.0,
            "oldest_timestamp": history.first().map(|item| &item["timestamp"]),
            "newest_timestamp": history.last().map(|item| &item["timestamp"]),
        },
    })
}

fn unprocessable(problems: Vec<Value>) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "detail": problems }))).into_response()
}

/// One entry of FastAPI's `detail`.
fn problem(location: &[&str], kind: &str, message: &str, input: &Value) -> Value {
    json!({ "type": kind, "loc": location, "msg": message, "input": input })
}

fn problems(request: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let mut say = |location: &[&str], kind: &str, message: &str, input: &Value| {
        let mut path = vec!["body"];
        path.extend_from_slice(location);
        found.push(problem(&path, kind, message, input));
    };
    let message = &request["message"];
    match message.as_str() {
        None if message.is_null() => say(&["message"], "missing", "Field required", request),
        None => say(&["message"], "string_type", "Input should be a valid string", message),
        Some("") => {
            say(&["message"], "string_too_short", "String should have at least 1 character", message);
        }
        Some(text) if text.trim().is_empty() => {
            say(&["message"], "value_error", "Value error, Message cannot be empty or whitespace only", message);
        }
        Some(text) if text.chars().count() > MAX_MESSAGE => {
            say(&["message"], "string_too_long", "String should have at most 10000 characters", message);
        }
        Some(_) => {}
    }
    for (name, most) in [("user_id", 100), ("channel_id", 100), ("user_timezone", 50)] {
        match &request[name] {
            Value::Null => {}
            Value::String(text) if text.chars().count() <= most => {}
            Value::String(_) => say(
                &[name],
                "string_too_long",
                &format!("String should have at most {most} characters"),
                &request[name],
            ),
            other => say(&[name], "string_type", "Input should be a valid string", other),
        }
    }
    for (name, allowed) in [
        ("verbosity", &["minimal", "standard", "detailed"][..]),
        ("consensus_algorithm", &["weighted_voting", "majority_voting", "unanimous", "conflict_aware"][..]),
    ] {
        let value = &request[name];
        if !value.is_null() && !value.as_str().is_some_and(|text| allowed.contains(&text)) {
            say(&[name], "enum", &format!("Input should be one of {allowed:?}"), value);
        }
    }
    for name in ["include_explanation", "include_context_analysis"] {
        if !request[name].is_null() && !request[name].is_boolean() {
            say(&[name], "bool_type", "Input should be a valid boolean", &request[name]);
        }
    }
    let history = &request["message_history"];
    match history.as_array() {
        None if history.is_null() => {}
        None => say(&["message_history"], "list_type", "Input should be a valid list", history),
        Some(items) if items.len() > MAX_HISTORY => {
            say(&["message_history"], "too_long", "List should have at most 20 items after validation", history);
        }
        Some(items) => {
            for (at, item) in items.iter().enumerate() {
                if let Some((field, message)) = wrong_in_history(item) {
                    let at = at.to_string();
                    say(&["message_history", &at, field], "value_error", message, item);
                }
            }
        }
    }
    found
}

fn wrong_in_history(item: &Value) -> Option<(&'static str, &'static str)> {
    let text = |name: &str| item[name].as_str();
    if text("message").is_none_or(|message| message.is_empty() || message.chars().count() > MAX_MESSAGE) {
        return Some(("message", "String should have between 1 and 10000 characters"));
    }
    if !text("timestamp").is_some_and(is_iso_8601) {
        return Some(("timestamp", "Input should be a valid datetime"));
    }
    let score = &item["crisis_score"];
    if !score.is_null() && !score.as_f64().is_some_and(|score| (0.0..=1.0).contains(&score)) {
        return Some(("crisis_score", "Input should be between 0 and 1"));
    }
    let id = &item["message_id"];
    if !id.is_null() && text("message_id").is_none_or(|id| id.chars().count() > 100) {
        return Some(("message_id", "String should have at most 100 characters"));
    }
    None
}

fn is_iso_8601(text: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(text).is_ok()
        || chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").is_ok()
}

/// What `POST /world/nlp` takes: a script, or `{"rate_limit": true}`.
pub fn control(nlp: &Nlp, asked: &Value) -> Result<(), String> {
    if let Some(on) = asked["rate_limit"].as_bool() {
        nlp.limited.store(on, Ordering::Relaxed);
        return Ok(());
    }
    let script: Script = serde_json::from_value(asked.clone()).map_err(|error| error.to_string())?;
    if let Some(severity) = &script.severity
        && !SEVERITIES.contains(&severity.as_str())
    {
        return Err(format!("severity is one of {SEVERITIES:?}"));
    }
    nlp.scripts.add(script);
    Ok(())
}
