//! Who is let in: vectors signed by another library, and everything that Discord's probes try.

use community_os::{
    discord::signature::{Forged, verify},
    edge::Time,
};
use ed25519_dalek::VerifyingKey;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    public_key: String,
    timestamp: String,
    body: String,
    signature: String,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../data/signature.json")).unwrap()
}

fn key(hex: &str) -> VerifyingKey {
    VerifyingKey::from_bytes(&hex::decode(hex).unwrap().try_into().unwrap()).unwrap()
}

fn at(seconds: i64) -> Time {
    Time::from_timestamp(seconds, 0).unwrap()
}

fn check(vector: &Vector, timestamp: &str, signature: &str, body: &[u8], now: i64) -> Result<(), Forged> {
    verify(&key(&vector.public_key), Some(timestamp), Some(signature), body, at(now))
}

#[test]
fn what_another_library_signed_is_accepted() {
    for v in vectors() {
        assert_eq!(check(&v, &v.timestamp, &v.signature, v.body.as_bytes(), 1_700_000_000), Ok(()));
    }
}

#[test]
fn one_changed_bit_anywhere_is_refused() {
    let v = &vectors()[0];
    let good = hex::decode(&v.signature).unwrap();
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let answer = check(v, &v.timestamp, &hex::encode(bad), v.body.as_bytes(), 1_700_000_000);
        assert_eq!(answer, Err(Forged::WrongSignature), "bit {bit}");
    }
    assert_eq!(check(v, &v.timestamp, &v.signature, b"{\"type\":2}", 1_700_000_000), Err(Forged::WrongSignature));
    assert_eq!(check(v, "1700000001", &v.signature, v.body.as_bytes(), 1_700_000_000), Err(Forged::WrongSignature));
}

#[test]
fn another_key_is_refused() {
    let all = vectors();
    let (v, other) = (&all[0], &all[3]);
    let answer =
        verify(&key(&other.public_key), Some(&v.timestamp), Some(&v.signature), v.body.as_bytes(), at(1_700_000_000));
    assert_eq!(answer, Err(Forged::WrongSignature));
}

#[test]
fn what_is_missing_or_malformed_is_refused_without_a_panic() {
    let v = &vectors()[0];
    let now = at(1_700_000_000);
    assert_eq!(verify(&key(&v.public_key), None, Some(&v.signature), b"", now), Err(Forged::MissingHeader));
    assert_eq!(verify(&key(&v.public_key), Some(&v.timestamp), None, b"", now), Err(Forged::MissingHeader));
    for signature in ["", "zz", "ab", &"0".repeat(127), &"0".repeat(129), &"g".repeat(128), &"é".repeat(64)] {
        assert_eq!(check(v, &v.timestamp, signature, b"", 1_700_000_000), Err(Forged::MalformedHeader), "{signature}");
    }
    for timestamp in ["", "now", "1.5", "99999999999999999999"] {
        assert_eq!(check(v, timestamp, &v.signature, b"", 1_700_000_000), Err(Forged::MalformedHeader), "{timestamp}");
    }
}

#[test]
fn a_captured_request_is_worth_nothing_after_five_minutes() {
    let v = &vectors()[0];
    let body = v.body.as_bytes();
    assert_eq!(check(v, &v.timestamp, &v.signature, body, 1_700_000_300), Ok(()));
    assert_eq!(check(v, &v.timestamp, &v.signature, body, 1_700_000_301), Err(Forged::Stale));
    assert_eq!(check(v, &v.timestamp, &v.signature, body, 1_699_999_699), Err(Forged::Stale));
}
