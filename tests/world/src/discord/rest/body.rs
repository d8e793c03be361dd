//! Reads a request's body: JSON, or multipart with `payload_json` and files.

use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use futures_util::stream;
use serde_json::{Value, json};

use super::reply::Refusal;

/// A file's name, type and content; only the size of it is kept later.
#[derive(Clone, Debug)]
pub struct Upload {
    pub index: usize,
    pub name: String,
    pub content_type: Option<String>,
    pub bytes: Bytes,
}

/// 10 MiB, what a bot may upload to a guild without boosts.
const LARGEST_FILE: usize = 10 << 20;

/// `null` if there is no body.
pub async fn read(headers: &HeaderMap, bytes: Bytes) -> Result<(Value, Vec<Upload>), Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        return multipart(kind, bytes).await;
    }
    if bytes.is_empty() {
        return Ok((Value::Null, Vec::new()));
    }
    if !kind.starts_with("application/json") {
        let message = "Expected \"Content-Type\" header to be one of {'application/json', 'multipart/form-data'}.";
        return Err(Refusal::field("", "CONTENT_TYPE_INVALID", message));
    }
    Ok((json_body(&bytes)?, Vec::new()))
}

fn json_body(bytes: &[u8]) -> Result<Value, Refusal> {
    let wrong = || Refusal::new(400, 50109, "The request body contains invalid JSON.");
    serde_json::from_slice(bytes).map_err(|_| wrong())
}

async fn multipart(kind: &str, bytes: Bytes) -> Result<(Value, Vec<Upload>), Refusal> {
    let wrong = |error: multer::Error| Refusal::field("", "MULTIPART_INVALID", &error.to_string());
    let boundary = multer::parse_boundary(kind).map_err(wrong)?;
    let mut form = multer::Multipart::new(stream::iter([Ok::<_, std::io::Error>(bytes)]), boundary);
    let (mut body, mut files) = (json!({}), Vec::new());
    while let Some(field) = form.next_field().await.map_err(wrong)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(ToString::to_string);
        let bytes = field.bytes().await.map_err(wrong)?;
        let index = name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']'));
        match (name.as_str(), index.and_then(|index| index.parse().ok())) {
            ("payload_json", _) => body = json_body(&bytes)?,
            (_, Some(index)) => {
                files.push(Upload { index, name: file_name.unwrap_or_else(|| "file".to_owned()), content_type, bytes })
            }
            _ => return Err(Refusal::field(&name, "UNKNOWN_FIELD", "Unknown form field.")),
        }
    }
    if files.len() > 10 {
        return Err(Refusal::field("files", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length."));
    }
    if files.iter().any(|file| file.bytes.len() > LARGEST_FILE) {
        return Err(Refusal::new(413, 40005, "Request entity too large"));
    }
    Ok((body, files))
}
