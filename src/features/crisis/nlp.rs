//! Asks Ash-NLP what it makes of a message: within five seconds, tried again while it may pass, never trusted further than its severity.

use std::time::Duration;

use from_json::json;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::rules::Verdict;
use crate::{
    care::Severity,
    clients::{self, Answer},
    context::Cx,
    edge::Time,
    error::{Failure, Result, Service, ServiceError},
};

/// Of all tries of one message together. Source: DESIGN, section 6.
const TIME: Duration = Duration::from_secs(5);
const MAX_TRIES: u32 = 3;
const FIRST_PAUSE_MS: u64 = 200;
/// A try with less time than this is not worth beginning.
const SHORTEST_TRY: Duration = Duration::from_millis(250);
/// What it takes; the rest of a longer text is left out. Source: reference/ash.md, section 1.
const MAX_CHARACTERS: usize = 10_000;
pub const MAX_HISTORY: usize = 20;
const VARIABLES: &[&str] = &["NLP_BASE_URL"];

/// An earlier message of the same member.
pub struct Earlier {
    pub text: String,
    pub at: Time,
    pub score: Option<f32>,
    pub message_id: String,
}

/// `history`: oldest first; the last [`MAX_HISTORY`] are sent.
pub async fn analyze(cx: &Cx, request_id: &str, text: &str, history: &[Earlier]) -> Result<Verdict, ServiceError> {
    let started = (cx.edge.now)();
    let left = || TIME.saturating_sub(((cx.edge.now)() - started).to_std().unwrap_or_default());
    let body =
        serde_json::to_vec(&request(text, history)).map_err(|error| failed(Failure::Malformed(error.to_string())))?;
    let mut tries = 0;
    loop {
        tries += 1;
        let failure = match attempt(cx, request_id, body.clone(), left()).await {
            Ok(verdict) => return Ok(verdict),
            Err(failure) => failure,
        };
        let doubled = FIRST_PAUSE_MS << (tries - 1).min(8);
        // Three quarters to the whole of it, by the message: two that failed together do not come again together.
        let spread = doubled - relay_wire::fnv1a(request_id.bytes()) % (doubled / 4);
        let pause = Duration::from_millis(failure.retry_after_ms().unwrap_or(spread));
        if tries >= MAX_TRIES || !failure.is_passing() || pause + SHORTEST_TRY > left() {
            return Err(failure);
        }
        (cx.edge.sleep)(pause).await;
    }
}

async fn attempt(cx: &Cx, request_id: &str, body: Vec<u8>, timeout: Duration) -> Result<Verdict, ServiceError> {
    let nlp = cx.config.nlp.as_ref().ok_or_else(|| failed(Failure::NotConfigured(VARIABLES)))?;
    let mut request = cx
        .http
        .post(format!("{}/analyze", nlp.url))
        .header("content-type", "application/json")
        .header("x-request-id", request_id)
        .body(body);
    if !cx.origin.trace.is_empty() {
        request = request.header("traceparent", &cx.origin.trace);
    }
    for (name, value) in &nlp.headers {
        request = request.header(*name, value.expose_secret());
    }
    answered(&clients::send(request, timeout, Service::Nlp, "POST /analyze").await?)
}

/// What its answer says. Only a severity that it names is one: whatever else cannot be read is an error, never SAFE.
///
/// # Errors
/// If it refused, or says no severity; without a word of what the answer held.
pub fn answered(answer: &Answer) -> Result<Verdict, ServiceError> {
    if !answer.status.is_success() {
        return Err(failed(refusal(answer)));
    }
    let said: Value = clients::parse(&answer.body, Service::Nlp, "POST /analyze")?;
    read(&said).ok_or_else(|| failed(Failure::Malformed("no severity that is known".to_owned())))
}

/// How it is, by its own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Ready,
    NotReady,
    /// It, or what stands before it, does not let in who comes like this.
    Closed,
}

/// Whether it is there and ready.
pub async fn is_ready(cx: &Cx) -> Result<bool, ServiceError> {
    Ok(health(cx, true).await? == Health::Ready)
}

/// Asks for its health, with our credentials or as a stranger would.
pub async fn health(cx: &Cx, with_credentials: bool) -> Result<Health, ServiceError> {
    let nlp = cx.config.nlp.as_ref().ok_or_else(|| failed(Failure::NotConfigured(VARIABLES)))?;
    let mut request = cx.http.get(format!("{}/health", nlp.url));
    for (name, value) in nlp.headers.iter().filter(|_| with_credentials) {
        request = request.header(*name, value.expose_secret());
    }
    let answer = clients::send(request, Duration::from_secs(2), Service::Nlp, "GET /health").await?;
    let said = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    match (answer.status.as_u16(), said.get("ready").and_then(Value::as_bool)) {
        (200, Some(true)) => Ok(Health::Ready),
        // Cloudflare Access leads strangers to a page to sign in, and a Worker follows it there.
        (300..=399 | 401 | 403, _) | (200, None) => Ok(Health::Closed),
        (_, Some(_)) => Ok(Health::NotReady),
        (_, None) => Err(ServiceError::new(Service::Nlp, "GET /health", refusal(&answer))),
    }
}

fn failed(kind: Failure) -> ServiceError {
    ServiceError::new(Service::Nlp, "POST /analyze", kind)
}

fn request(text: &str, history: &[Earlier]) -> Value {
    let text: String = text.trim().chars().take(MAX_CHARACTERS).collect();
    let newest = history.len().saturating_sub(MAX_HISTORY);
    let history: Vec<Value> = history
        .iter()
        .skip(newest)
        .filter(|one| !one.text.trim().is_empty())
        .map(|one| {
            let mut item = json!({"message": one.text, "timestamp": one.at.to_rfc3339(), "message_id": one.message_id});
            if let (Some(score), Some(fields)) = (one.score, item.as_object_mut()) {
                fields.insert("crisis_score".to_owned(), json!(score));
            }
            item
        })
        .collect();
    json!({
        "message": text, "message_history": history, "include_explanation": true, "verbosity": "minimal",
        "include_context_analysis": true,
    })
}

/// It has two shapes of errors: `{"error", "message", "request_id"}` of its own and `{"detail"}` of its framework, whose
/// `detail` may quote the text and is never repeated; nor is a code that is no plain word.
fn refusal(answer: &Answer) -> Failure {
    let status = answer.status.as_u16();
    if status == 429 {
        let asked = answer.headers.get("retry-after").and_then(|value| from_json::number(value.to_str().ok()?));
        let seconds = asked.filter(|seconds| (0.0..=3_600.0).contains(seconds)).unwrap_or(1.0);
        return Failure::RateLimited { retry_after_ms: (seconds * 1_000.0) as u64 };
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let is_code =
        |code: &&str| code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let code = body.get("error").and_then(Value::as_str).filter(is_code).unwrap_or("detail").to_owned();
    Failure::Refused { status, code, message: "Ash-NLP refused".to_owned() }
}

/// Unknown and missing parts are passed over: only a severity has to be there.
fn read(said: &Value) -> Option<Verdict> {
    let number = |value: &Value| value.as_f64().map(|number| number as f32).filter(|n| (0.0..=1.0).contains(n));
    let at = |path: &str| said.pointer(path).filter(|value| !value.is_null());
    let factors = at("/explanation/key_factors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Some(Verdict {
        severity: Severity::read(said.get("severity")?.as_str()?)?,
        score: at("/consensus/crisis_score").and_then(number),
        confidence: at("/confidence").and_then(number),
        factors: factors.iter().filter_map(|one| one.as_str().map(str::to_owned)).take(5).collect(),
        is_degraded: at("/is_degraded").and_then(Value::as_bool).unwrap_or_default(),
        trend: at("/context_analysis/trend/direction")
            .and_then(Value::as_str)
            .and_then(|word| ["improving", "stable", "worsening", "volatile"].into_iter().find(|known| *known == word)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_severity_has_to_be_there_and_the_number_is_that_of_the_consensus() {
        let said = json!({
            "severity": "medium", "crisis_score": 0.97, "consensus": {"crisis_score": 0.61}, "explanation": null, "confidence": 7,
            "context_analysis": {"trend": {"direction": "worsening"}}, "something": "new",
        });
        let verdict = read(&said).unwrap();
        assert_eq!((verdict.severity, verdict.score, verdict.confidence), (Severity::Medium, Some(0.61), None));
        assert_eq!(verdict.trend, Some("worsening"));
        assert_eq!(read(&json!({"severity": "unheard of"})), None);
        assert_eq!(read(&json!({"crisis_score": 0.9})), None);
        assert_eq!(read(&json!(["nonsense"])), None);
    }

    #[test]
    fn weakness_3_the_history_goes_oldest_first_and_never_more_than_twenty() {
        let at = |n: i64| Earlier {
            text: format!("m{n}"),
            at: Time::from_timestamp_millis(n * 1_000).unwrap(),
            score: None,
            message_id: n.to_string(),
        };
        let history: Vec<Earlier> = (0..25).map(at).collect();
        let sent = request("now", &history);
        let ids: Vec<&str> =
            sent["message_history"].as_array().unwrap().iter().map(|m| m["message_id"].as_str().unwrap()).collect();
        assert_eq!((ids.len(), ids[0], ids[19]), (20, "5", "24"));
    }
}
