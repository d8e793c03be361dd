//! A message with a file, as `multipart/form-data` wants it (RFC 7578).

use super::message::File;

const BOUNDARY: &str = "community-os-form-boundary-7f3a";

/// The content type and the body. `message` is JSON. The line between the parts is one that the file does not hold, whatever
/// somebody wrote into it; in JSON there are no lines.
pub fn encoded(message: &[u8], file: &File) -> (String, Vec<u8>) {
    let mut boundary = BOUNDARY.to_owned();
    while holds(&file.bytes, &boundary) {
        boundary.push('x');
    }
    let mut body = Vec::with_capacity(message.len() + file.bytes.len() + 512);
    let name = &file.name;
    let kind = match name.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "json")) => "application/json",
        _ => "application/octet-stream",
    };
    for (field, kind, content) in [
        ("name=\"payload_json\"".to_owned(), "application/json", message),
        (format!("name=\"files[0]\"; filename=\"{name}\""), kind, &file.bytes),
    ] {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; {field}\r\nContent-Type: {kind}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

fn holds(bytes: &[u8], boundary: &str) -> bool {
    bytes.windows(boundary.len()).any(|window| window == boundary.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_cannot_end_its_own_part() {
        let bytes = format!("a\r\n--{BOUNDARY}\r\n--{BOUNDARY}x--\r\nb").into_bytes();
        let file = File { name: "a.html".to_owned(), bytes: bytes.clone() };
        let (kind, body) = encoded(b"{}", &file);
        let boundary = kind.rsplit_once('=').unwrap().1;
        let text = String::from_utf8(body).unwrap();
        let parts: Vec<&str> = text.split(&format!("--{boundary}")).collect();
        assert_eq!(parts.len(), 4, "{text}");
        assert!(parts[2].ends_with(&format!("\r\n\r\n{}\r\n", String::from_utf8(bytes).unwrap())));
    }
}
