//! Who sent a request: Ed25519 over `timestamp || raw body`, checked before a byte of the body is parsed.
//!
//! Discord signs interactions this way and regularly probes with bad signatures; the relay signs alike with a key of its own.

use ed25519_dalek::{Signature, Verifier, VerifyingKey};

use crate::edge::Time;

/// A captured request is worth nothing after this long. Discord states no window; ours is the relay's skew, too.
const MAX_AGE_SECONDS: i64 = 300;

#[derive(Debug, PartialEq, Eq)]
pub enum Forged {
    MissingHeader,
    MalformedHeader,
    WrongSignature,
    /// Signed by the right key, but more than five minutes away from now.
    Stale,
}

/// Checks one request. `timestamp` is seconds since 1970 as Discord sent it, `signature` 128 hex digits.
pub fn verify(
    key: &VerifyingKey,
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now: Time,
) -> Result<(), Forged> {
    let (Some(timestamp), Some(signature)) = (timestamp, signature) else {
        return Err(Forged::MissingHeader);
    };
    let mut bytes = [0; 64];
    hex::decode_to_slice(signature, &mut bytes).map_err(|_| Forged::MalformedHeader)?;
    let seconds: i64 = timestamp.parse().map_err(|_| Forged::MalformedHeader)?;
    // The cheap check first: a stale request is refused whoever signed it.
    if now.timestamp().abs_diff(seconds) > MAX_AGE_SECONDS.unsigned_abs() {
        return Err(Forged::Stale);
    }
    let mut message = Vec::with_capacity(timestamp.len() + body.len());
    message.extend_from_slice(timestamp.as_bytes());
    message.extend_from_slice(body);
    // Not `verify_strict`: it also refuses keys and points of small order, which matters where a signer chooses the key.
    // Ours are Discord's and the relay's own, and each check costs a tenth more.
    key.verify(&message, &Signature::from_bytes(&bytes)).map_err(|_| Forged::WrongSignature)
}
