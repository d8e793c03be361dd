//! What a test told the stand-ins of Ash-NLP, Gemini and Claude to answer.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::Value;

/// One scripted answer. The first that matches is used; without any, the stand-in answers by itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// Only for a message (the last one the user wrote) with this in it, whatever the case.
    pub contains: Option<String>,
    /// 200 if missing.
    pub status: Option<u16>,
    pub delay_ms: u64,
    pub headers: Vec<(String, String)>,
    /// The whole answer; with a status and no body, the service's own shape of an error. Together with `severity` or
    /// `text`, an object that replaces parts of the answer built from them.
    pub body: Option<Value>,
    /// Ash-NLP: safe, low, medium, high or critical; the rest of the answer is built around it.
    pub severity: Option<String>,
    /// Ash-NLP: the score that goes with `severity`, 0 to 1.
    pub score: Option<f64>,
    /// Gemini and Claude: what the model says.
    pub text: Option<String>,
    /// How often; for ever if missing.
    pub times: Option<u32>,
}

#[derive(Debug, Default)]
pub struct Scripts {
    scripts: Mutex<Vec<Script>>,
    usages: Mutex<Vec<Value>>,
}

impl Scripts {
    /// The tokens of every answer that was given, as the service counts them, to compare with somebody's books.
    pub fn usages(&self) -> Vec<Value> {
        self.usages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn count(&self, usage: &Value) {
        self.usages.lock().unwrap_or_else(PoisonError::into_inner).push(usage.clone());
    }

    pub fn add(&self, script: Script) {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner).push(script);
    }

    pub fn clear(&self) {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The answer for `message`, used up once; waits as long as it says.
    pub(crate) async fn take(&self, message: &str) -> Option<Script> {
        let taken = self.find(&message.to_lowercase())?;
        tokio::time::sleep(Duration::from_millis(taken.delay_ms)).await;
        Some(taken)
    }

    fn find(&self, message: &str) -> Option<Script> {
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        let at = scripts.iter().position(|script| {
            let wanted = script.contains.as_deref().unwrap_or_default();
            script.times != Some(0) && message.contains(&wanted.to_lowercase())
        })?;
        let script = scripts.get_mut(at)?;
        if let Some(times) = &mut script.times {
            *times -= 1;
        }
        Some(script.clone())
    }
}

impl Script {
    fn is_built(&self) -> bool {
        self.severity.is_some() || self.text.is_some()
    }

    /// The answer to send: the scripted one, or `built` with the scripted parts in it. `error` gives the service's
    /// shape for a status without a body.
    pub(crate) fn answer(
        self,
        built: impl FnOnce(&Self) -> Value,
        error: impl FnOnce(StatusCode) -> Value,
    ) -> Response {
        let status = self.status.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::OK);
        let body = match &self.body {
            Some(body) if !self.is_built() => body.clone(),
            None if !status.is_success() => error(status),
            parts => {
                let mut whole = built(&self);
                if let (Some(whole), Some(Value::Object(parts))) = (whole.as_object_mut(), parts) {
                    whole.extend(parts.clone());
                }
                whole
            }
        };
        let mut response = match body {
            Value::String(text) => (status, text).into_response(),
            json => (status, Json(json)).into_response(),
        };
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// A rough number of tokens: a quarter of the characters, at least one.
pub(crate) fn tokens(text: &str) -> u64 {
    (text.chars().count() as u64).div_ceil(4).max(1)
}

/// Twelve hex digits that are new each time.
pub(crate) fn fresh_id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:012x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Some JSON that fits a JSON schema (or Gemini's dialect of one), with `label` wherever text is asked.
pub(crate) fn sample(schema: &Value, label: &str) -> Value {
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    if let Some(branch) = schema["anyOf"].as_array().and_then(|branches| branches.first()) {
        return sample(branch, label);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind.unwrap_or("object").to_ascii_lowercase().as_str() {
        "string" => Value::from(label),
        "integer" => Value::from(schema["minimum"].as_i64().unwrap_or(0)),
        "number" => Value::from(schema["minimum"].as_f64().unwrap_or(0.0)),
        "boolean" => Value::from(false),
        "null" => Value::Null,
        "array" => {
            let wanted = schema["minItems"].as_u64().unwrap_or(0).min(100);
            (0..wanted).map(|_| sample(&schema["items"], label)).collect()
        }
        _ => {
            let properties = schema["properties"].as_object();
            let fields = properties.into_iter().flatten();
            fields.map(|(name, schema)| (name.clone(), sample(schema, label))).collect()
        }
    }
}
