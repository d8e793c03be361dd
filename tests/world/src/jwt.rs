//! Signs and checks the HS256 tokens of local accounts.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::defaults::JWT_SECRET;

fn mac(text: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(JWT_SECRET.as_bytes()).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

/// A token with these claims.
pub fn sign(claims: &Value) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.encode(json!({ "alg": "HS256", "typ": "JWT" }).to_string());
    let signed = format!("{header}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = mac(&signed).map(|mac| mac.finalize().into_bytes());
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.unwrap_or_default()))
}

/// The claims, if the signature is ours. Whether it has expired is the caller's to say, who knows the time.
pub fn claims(token: &str) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let header: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header["alg"] != "HS256" {
        return None;
    }
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
    mac(signed)?.verify_slice(&signature).ok()?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

/// Whether its time has passed; `now_ms` as milliseconds since 1970. A token without `exp` never expires.
pub fn expired(claims: &Value, now_ms: i64) -> bool {
    claims["exp"].as_i64().is_some_and(|exp| exp * 1000 <= now_ms)
}

#[cfg(test)]
mod tests {
    use super::{claims, expired, sign};
    use serde_json::json;

    #[test]
    fn what_was_signed_is_read_and_nothing_else() {
        let token = sign(&json!({ "sub": "someone", "exp": 100 }));
        let read = claims(&token).unwrap();
        assert_eq!(read["sub"], "someone");
        assert!(!expired(&read, 99_999));
        assert!(expired(&read, 100_000));
        assert!(claims(&format!("{token}x")).is_none());
        assert!(claims("a.b.c").is_none());
        let none = token.replacen("HS256", "none", 1);
        assert!(claims(&none).is_none() || none == token);
    }
}
