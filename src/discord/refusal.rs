//! What Discord says when it refuses: its code, and which fields were wrong, never what they held.

use from_json::FromJson;

use crate::{clients::Answer, error::Failure};

/// Reads an answer that is an error.
pub fn refusal(answer: &Answer) -> Failure {
    #[derive(FromJson)]
    struct Body {
        #[serde(default)]
        code: u64,
        #[serde(default)]
        message: String,
        #[serde(default)]
        errors: from_json::Value,
    }
    let body: Option<Body> = from_json::read(&answer.body);
    let (code, message) = body
        .map(|body| {
            let mut message = body.message;
            name_fields(&body.errors, "", &mut message);
            (body.code.to_string(), message)
        })
        .unwrap_or_default();
    Failure::Refused { status: answer.status.as_u16(), code, message }
}

/// Which fields of a form were refused, as ` parent_id=CHANNEL_PARENT_MAX_CHANNELS`. Discord's own words are left out: they
/// quote what was sent.
fn name_fields(errors: &from_json::Value, path: &str, into: &mut String) {
    for (name, inner) in errors.as_object().into_iter().flatten() {
        if name == "_errors" {
            let codes = inner.as_array().into_iter().flatten().filter_map(|one| one.get("code")?.as_str());
            into.extend(codes.map(|code| format!(" {path}={code}")));
        } else {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            name_fields(inner, &path, into);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    #[test]
    fn a_refused_form_names_its_fields_and_never_what_they_held() {
        let body = br#"{"code": 50035, "message": "Invalid Form Body", "errors": {"parent_id": {"_errors": [
            {"code": "CHANNEL_PARENT_MAX_CHANNELS", "message": "secret"}]}, "embeds": {"0": {"title": {"_errors": [
            {"code": "BASE_TYPE_MAX_LENGTH", "message": "secret"}]}}}}}"#;
        let answer = Answer { status: http::StatusCode::BAD_REQUEST, headers: HeaderMap::new(), body: body.to_vec() };
        let Failure::Refused { message, .. } = refusal(&answer) else { panic!("it was refused") };
        assert_eq!(
            message,
            "Invalid Form Body embeds.0.title=BASE_TYPE_MAX_LENGTH parent_id=CHANNEL_PARENT_MAX_CHANNELS"
        );
    }
}
