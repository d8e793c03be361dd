//! Google's Gemini, by `generateContent`. Source of the wire's facts: ai.google.dev/api and google-genai `types.py`.

use from_json::{Value, json};
use secrecy::ExposeSecret;

use super::{Encoded, Finish, Provider, Request, Role, Said, Usage, tokens};
use crate::{config::Model, error::Service};

pub const GEMINI: Provider = Provider {
    name: "gemini",
    service: Service::Gemini,
    variables: &["GEMINI_API_KEY", "GEMINI_BILLED"],
    access: |config| config.gemini.clone(),
    encode,
    decode,
    // Far below the window of a million tokens: nothing longer is audited or summed up in one go.
    max_characters: 100_000,
};

/// What is looked at is often what Google would block; it must be judged, not refused.
const HARMS: [&str; 4] = [
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
];

fn encode(access: &Model, request: &Request) -> Encoded {
    let contents: Vec<Value> = request
        .turns
        .iter()
        .map(|turn| {
            let role = match turn.role {
                Role::User => "user",
                Role::Model => "model",
            };
            json!({"role": role, "parts": [{"text": turn.text}]})
        })
        .collect();
    let mut config = json!({
        "maxOutputTokens": request.max_output_tokens,
        "thinkingConfig": {"thinkingLevel": "LOW"},
    });
    if let (Some(schema), Some(fields)) = (&request.schema, config.as_object_mut()) {
        fields.insert("responseMimeType".to_owned(), json!("application/json"));
        fields.insert("responseJsonSchema".to_owned(), schema.clone());
    }
    let safety: Vec<Value> = HARMS.iter().map(|harm| json!({"category": harm, "threshold": "BLOCK_NONE"})).collect();
    Encoded {
        path: format!("/v1beta/models/{}:generateContent", access.model),
        // Never in the address: that ends up in logs.
        headers: vec![("x-goog-api-key", access.key.expose_secret().to_owned())],
        body: json!({
            "systemInstruction": {"parts": request.system.iter().map(|text| json!({"text": text})).collect::<Vec<_>>()},
            "contents": contents,
            "generationConfig": config,
            "safetySettings": safety,
        }),
    }
}

/// A blocked prompt has no candidates but `promptFeedback.blockReason`.
fn decode(body: &[u8]) -> Result<Said, String> {
    let answer: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let usage = answer.get("usageMetadata").map(usage);
    let blocked = answer.pointer("/promptFeedback/blockReason").and_then(Value::as_str);
    if let Some(reason) = blocked {
        return Ok(Said { text: String::new(), finish: Finish::Blocked(reason.to_owned()), usage });
    }
    let candidate = answer.pointer("/candidates/0").ok_or("neither a candidate nor a reason")?;
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    // Parts that show its thoughts are no answer.
    let spoken = parts.iter().filter(|part| part.get("thought").and_then(Value::as_bool) != Some(true));
    let text: String = spoken.filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
    let reason = candidate.get("finishReason").and_then(Value::as_str).unwrap_or("none given");
    let finish = match reason {
        "STOP" => Finish::Complete,
        "MAX_TOKENS" => Finish::Truncated,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE" | "IMAGE_SAFETY" => {
            Finish::Blocked(reason.to_owned())
        }
        other => Finish::Other(other.to_owned()),
    };
    Ok(Said { text, finish, usage })
}

/// The prompt's count includes what was cached; thoughts are billed as output and counted apart.
fn usage(of: &Value) -> Usage {
    let cached = tokens(of, "cachedContentTokenCount");
    Usage {
        input: (tokens(of, "promptTokenCount") + tokens(of, "toolUsePromptTokenCount")).saturating_sub(cached),
        cached,
        cache_write: 0,
        output: tokens(of, "candidatesTokenCount"),
        thinking: tokens(of, "thoughtsTokenCount"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai::{Purpose, Turn};

    fn said(answer: Value) -> Result<Said, String> {
        decode(answer.to_string().as_bytes())
    }

    fn finish(reason: &str) -> Finish {
        said(json!({"candidates": [{"finishReason": reason}]})).unwrap().finish
    }

    #[test]
    fn a_request_is_what_the_service_documents() {
        let access = Model { url: String::new(), key: "k".into(), model: "gemini-3.5-flash".into() };
        let request = Request {
            guild_id: relay_wire::Snowflake(1),
            actor_id: None,
            purpose: Purpose::Audit,
            prompt_version: "1",
            system: vec!["Judge.".into()],
            turns: vec![
                Turn { role: Role::User, text: "a".into() },
                Turn { role: Role::Model, text: "b".into() },
                Turn { role: Role::User, text: "c".into() },
            ],
            schema: Some(json!({"type": "object"})),
            max_output_tokens: 800,
            time: std::time::Duration::from_secs(5),
            request_id: "r".into(),
        };
        let encoded = encode(&access, &request);
        assert_eq!(encoded.path, "/v1beta/models/gemini-3.5-flash:generateContent");
        assert_eq!(encoded.headers, [("x-goog-api-key", "k".to_owned())]);
        assert_eq!(
            encoded.body,
            json!({
                "systemInstruction": {"parts": [{"text": "Judge."}]},
                "contents": [
                    {"role": "user", "parts": [{"text": "a"}]},
                    {"role": "model", "parts": [{"text": "b"}]},
                    {"role": "user", "parts": [{"text": "c"}]},
                ],
                "generationConfig": {
                    "maxOutputTokens": 800, "thinkingConfig": {"thinkingLevel": "LOW"},
                    "responseMimeType": "application/json", "responseJsonSchema": {"type": "object"},
                },
                "safetySettings": [
                    {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"},
                    {"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"},
                    {"category": "HARM_CATEGORY_SEXUALLY_EXPLICIT", "threshold": "BLOCK_NONE"},
                    {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "threshold": "BLOCK_NONE"},
                ],
            })
        );
    }

    #[test]
    fn an_answer_is_its_spoken_parts_and_its_tokens_in_what_they_cost() {
        let answer = json!({
            "candidates": [{
                "content": {"role": "model", "parts": [{"text": "hm", "thought": true}, {"text": "{\"a\""}, {"text": ":1}"}]},
                "finishReason": "STOP", "index": 0,
            }],
            "usageMetadata": {
                "promptTokenCount": 120, "cachedContentTokenCount": 100, "candidatesTokenCount": 9,
                "thoughtsTokenCount": 40, "totalTokenCount": 169,
            },
            "modelVersion": "gemini-3.5-flash", "responseId": "x", "somethingNew": {},
        });
        let usage = Usage { input: 20, cached: 100, cache_write: 0, output: 9, thinking: 40 };
        let expected = Said { text: "{\"a\":1}".into(), finish: Finish::Complete, usage: Some(usage) };
        assert_eq!(said(answer), Ok(expected));
    }

    #[test]
    fn every_reason_to_stop_is_told_apart() {
        assert_eq!(finish("STOP"), Finish::Complete);
        assert_eq!(finish("MAX_TOKENS"), Finish::Truncated);
        for reason in ["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"] {
            assert_eq!(finish(reason), Finish::Blocked(reason.into()));
        }
        assert_eq!(finish("MALFORMED_FUNCTION_CALL"), Finish::Other("MALFORMED_FUNCTION_CALL".into()));
        assert_eq!(said(json!({"candidates": [{}]})).unwrap().finish, Finish::Other("none given".into()));
    }

    #[test]
    fn a_blocked_prompt_has_a_reason_and_no_candidate() {
        let blocked = said(json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})).unwrap();
        assert_eq!(blocked.finish, Finish::Blocked("PROHIBITED_CONTENT".into()));
        assert!(said(json!({})).is_err());
        assert!(decode(b"<html>").is_err());
    }
}
