//! Anthropic's Claude, by the Messages API. Source of the wire's facts: platform.claude.com/docs and anthropic-sdk-python.

use from_json::{Value, json};
use secrecy::ExposeSecret;

use super::{Encoded, Finish, Provider, Request, Role, Said, Usage, tokens};
use crate::{config::Model, error::Service};

pub const CLAUDE: Provider = Provider {
    name: "claude",
    service: Service::Claude,
    variables: &["ANTHROPIC_API_KEY"],
    access: |config| config.claude.clone(),
    encode,
    decode,
    max_characters: 100_000,
};

/// No `temperature`, no prefill, no `budget_tokens`: current models refuse them. The instructions are cached: they are the
/// same for everybody.
fn encode(access: &Model, request: &Request) -> Encoded {
    let messages: Vec<Value> = request
        .turns
        .iter()
        .map(|turn| {
            let role = match turn.role {
                Role::User => "user",
                Role::Model => "assistant",
            };
            json!({"role": role, "content": turn.text})
        })
        .collect();
    let system = request.system.iter().enumerate().map(|(at, text)| match at {
        0 => json!({"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}),
        _ => json!({"type": "text", "text": text}),
    });
    let system: Vec<Value> = system.collect();
    let mut output = json!({"effort": "low"});
    if let (Some(schema), Some(fields)) = (&request.schema, output.as_object_mut()) {
        fields.insert("format".to_owned(), json!({"type": "json_schema", "schema": schema}));
    }
    Encoded {
        path: "/v1/messages".to_owned(),
        headers: vec![
            ("x-api-key", access.key.expose_secret().to_owned()),
            ("anthropic-version", "2023-06-01".to_owned()),
        ],
        body: json!({
            "model": access.model,
            "max_tokens": request.max_output_tokens,
            "system": system,
            "messages": messages,
            "output_config": output,
        }),
    }
}

/// The first block need not be text: a model that thinks says so first.
fn decode(body: &[u8]) -> Result<Said, String> {
    let answer: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let blocks = answer.get("content").and_then(Value::as_array).ok_or("no content")?;
    let spoken = blocks.iter().filter(|block| block.get("type").and_then(Value::as_str) == Some("text"));
    let text: String = spoken.filter_map(|block| block.get("text").and_then(Value::as_str)).collect();
    let reason = answer.get("stop_reason").and_then(Value::as_str).unwrap_or("none given");
    let finish = match reason {
        "end_turn" | "stop_sequence" => Finish::Complete,
        "max_tokens" | "model_context_window_exceeded" => Finish::Truncated,
        "refusal" => {
            let category = answer.pointer("/stop_details/category").and_then(Value::as_str);
            Finish::Blocked(category.unwrap_or(reason).to_owned())
        }
        other => Finish::Other(other.to_owned()),
    };
    Ok(Said { text, finish, usage: answer.get("usage").map(usage) })
}

/// `output_tokens` is what is billed, thinking included.
fn usage(of: &Value) -> Usage {
    let thinking =
        of.get("output_tokens_details").map(|details| tokens(details, "thinking_tokens")).unwrap_or_default();
    Usage {
        input: tokens(of, "input_tokens"),
        cached: tokens(of, "cache_read_input_tokens"),
        cache_write: tokens(of, "cache_creation_input_tokens"),
        output: tokens(of, "output_tokens").saturating_sub(thinking),
        thinking,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai::{Purpose, Turn};

    fn stopped(reason: &str) -> Finish {
        let answer = json!({"content": [], "stop_reason": reason, "stop_details": null});
        decode(answer.to_string().as_bytes()).unwrap().finish
    }

    #[test]
    fn a_request_has_nothing_that_current_models_refuse() {
        let access = Model { url: String::new(), key: "k".into(), model: "claude-haiku-5-5".into() };
        let request = Request {
            guild_id: relay_wire::Snowflake(1),
            actor_id: None,
            purpose: Purpose::Companion,
            prompt_version: "1",
            system: vec!["Be kind.".into(), "It is late.".into()],
            turns: vec![Turn { role: Role::User, text: "hello".into() }],
            schema: None,
            max_output_tokens: 300,
            time: std::time::Duration::from_secs(5),
            request_id: "r".into(),
        };
        let encoded = encode(&access, &request);
        assert_eq!(encoded.path, "/v1/messages");
        assert_eq!(encoded.headers, [("x-api-key", "k".to_owned()), ("anthropic-version", "2023-06-01".to_owned())]);
        assert_eq!(
            encoded.body,
            json!({
                "model": "claude-haiku-5-5", "max_tokens": 300,
                "system": [
                    {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": "It is late."},
                ],
                "messages": [{"role": "user", "content": "hello"}],
                "output_config": {"effort": "low"},
            })
        );
    }

    #[test]
    fn an_answer_is_its_text_blocks_and_its_tokens_in_what_they_cost() {
        let answer = json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-5-5",
            "content": [{"type": "thinking", "thinking": "", "signature": "x"}, {"type": "text", "text": "Hello."}],
            "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {
                "input_tokens": 20, "output_tokens": 60, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 900,
                "cache_creation": {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 0},
                "output_tokens_details": {"thinking_tokens": 40}, "service_tier": "standard",
            },
        });
        let usage = Usage { input: 20, cached: 900, cache_write: 5, output: 20, thinking: 40 };
        let expected = Said { text: "Hello.".into(), finish: Finish::Complete, usage: Some(usage) };
        assert_eq!(decode(answer.to_string().as_bytes()), Ok(expected));
    }

    #[test]
    fn every_reason_to_stop_is_told_apart() {
        assert_eq!(stopped("end_turn"), Finish::Complete);
        assert_eq!(stopped("stop_sequence"), Finish::Complete);
        assert_eq!(stopped("max_tokens"), Finish::Truncated);
        assert_eq!(stopped("model_context_window_exceeded"), Finish::Truncated);
        assert_eq!(stopped("refusal"), Finish::Blocked("refusal".into()));
        assert_eq!(stopped("tool_use"), Finish::Other("tool_use".into()));
        assert_eq!(stopped("pause_turn"), Finish::Other("pause_turn".into()));
        let refused = json!({"content": [], "stop_reason": "refusal", "stop_details": {"category": "cyber"}});
        assert_eq!(decode(refused.to_string().as_bytes()).unwrap().finish, Finish::Blocked("cyber".into()));
        assert!(decode(b"{}").is_err());
    }
}
