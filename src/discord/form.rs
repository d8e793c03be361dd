//! A message with a file, as `multipart/form-data` wants it (RFC 7578).

use super::message::File;

/// Between the parts. JSON escapes line breaks inside texts, so no line of a part begins with it.
const BOUNDARY: &str = "community-os-form-boundary-7f3a";

pub fn content_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// `message` is JSON; `file` is, too.
pub fn body(message: &[u8], file: &File) -> Vec<u8> {
    let mut body = Vec::with_capacity(message.len() + file.bytes.len() + 512);
    let name = &file.name;
    for (field, content) in [
        ("name=\"payload_json\"".to_owned(), message),
        (format!("name=\"files[0]\"; filename=\"{name}\""), &file.bytes),
    ] {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; {field}\r\nContent-Type: application/json\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}
