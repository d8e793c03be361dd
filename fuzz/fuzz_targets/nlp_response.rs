//! An answer of Ash-NLP. The input is an HTTP answer in short: a line `STATUS RETRY-AFTER`, then the body.
//! No answer that is broken, cut off or says anything but "safe" is ever SAFE, and no error repeats what was in it.
#![no_main]

use community_os::{care::Severity, clients::Answer, error::Failure, features::crisis::nlp};
use http::{HeaderMap, HeaderValue, StatusCode};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (line, body) = input.split_at(end);
    let body = body.get(1..).unwrap_or_default();
    let mut words = line.splitn(2, |byte| *byte == b' ');
    let status = words.next().and_then(|word| StatusCode::from_bytes(word).ok()).unwrap_or(StatusCode::OK);
    let mut headers = HeaderMap::new();
    if let Some(value) = words.next().and_then(|word| HeaderValue::from_bytes(word).ok()) {
        headers.insert("retry-after", value);
    }
    let answered = |body: &[u8]| nlp::answered(&Answer { status, headers: headers.clone(), body: body.to_vec() });
    let verdict = match answered(body) {
        Ok(verdict) => verdict,
        Err(error) => return quiet(&error.kind, body),
    };
    assert!(status.is_success());
    // Read once more, by serde alone, half surrogate pairs aside.
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        let said = json["severity"].as_str().unwrap();
        assert!(verdict.severity.name().eq_ignore_ascii_case(said), "{said} became {:?}", verdict.severity);
        if json["consensus"]["crisis_score"].is_null() {
            assert_eq!(verdict.score, None);
        }
    }
    for number in [verdict.score, verdict.confidence].into_iter().flatten() {
        assert!((0.0..=1.0).contains(&number));
    }
    assert!(verdict.factors.len() <= 5);
    // Cut off anywhere it is no answer, or the same.
    let step = (body.len() / 16).max(1);
    for end in (0..body.len()).step_by(step) {
        if let Ok(part) = answered(&body[..end]) {
            assert_eq!(part.severity, verdict.severity, "cut off after {end} bytes");
        }
    }
    // Of another kind it is no answer: what stands deeper is not taken for the severity of the whole.
    if verdict.severity == Severity::Safe {
        let wrapped = [b"[".as_slice(), body, b"]"].concat();
        assert!(answered(&wrapped).is_err());
    }
});

/// An error is logged and counted: it holds words of ours and a code that is a plain word.
fn quiet(failure: &Failure, body: &[u8]) {
    match failure {
        Failure::Refused { code, message, .. } => {
            assert!(code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
            assert_eq!(message, "Ash-NLP refused");
        }
        Failure::RateLimited { retry_after_ms } => assert!(*retry_after_ms <= 3_600_000),
        Failure::Malformed(why) => {
            let words = why.trim_end_matches(|c: char| c.is_ascii_digit());
            let known = [
                "not JSON at column ",
                "JSON cut off at column ",
                "JSON of another shape at column ",
                "no severity that is known",
            ];
            assert!(known.contains(&words), "{why} of {} bytes", body.len());
        }
        other => panic!("{other:?}"),
    }
}
