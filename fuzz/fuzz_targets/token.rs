//! Access tokens of the dashboard: who does not hold the secret is nobody, and of the rest only whom the claims mean here and now.
//! The input is a token, or the header and the claims in two lines: those are signed.
#![no_main]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL};
use community_os::{jwt, seal};
use community_os_fuzz::{NOWHERE, Worker, now, take_log};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const SECRET: &str = "not-a-secret-only-for-fuzzing-0123456789";

thread_local! {
    static WORKER: Worker = Worker::new(&[
        ("SUPABASE_URL", NOWHERE), ("SUPABASE_SECRET_KEY", "sb_secret_none"), ("SUPABASE_JWT_SECRET", SECRET),
    ]);
}

fn verified(token: &str) -> Option<jwt::Person> {
    let person = WORKER.with(|worker| worker.run(async |cx| jwt::verify(&cx, token).await)).ok();
    take_log();
    person
}

fuzz_target!(|text: &str| {
    assert_eq!(verified(text), None, "nobody signed it");
    let Some((header, claims)) = text.split_once('\n') else { return };
    // Another algorithm asks for the project's keys, over the network.
    if header.contains("ES256") {
        return;
    }
    let signed = format!("{}.{}", BASE64_URL.encode(header), BASE64_URL.encode(claims));
    let code = seal::hmac(SECRET.as_bytes(), signed.as_bytes());
    let token = format!("{signed}.{}", BASE64_URL.encode(code));
    let Some(person) = verified(&token) else { return };
    let header: Value = serde_json::from_str(header).unwrap();
    let claims: Value = serde_json::from_str(claims).unwrap();
    assert_eq!(header["alg"], "HS256");
    assert_eq!(claims["iss"], format!("{NOWHERE}/auth/v1"));
    assert_eq!(claims["role"], "authenticated");
    let audience = &claims["aud"];
    assert!(audience == "authenticated" || audience.as_array().unwrap().contains(&"authenticated".into()));
    let now = now().timestamp() as f64;
    assert!(claims["exp"].as_f64().unwrap() > now);
    for early in ["nbf", "iat"] {
        assert!(claims[early].as_f64().is_none_or(|at| at <= now + 60.0));
    }
    assert_ne!(claims["is_anonymous"], true);
    assert_eq!(claims["sub"], person.account.as_str());
    assert_eq!(person.account.len(), 36);
    // One letter of it changed is worth nothing.
    let mut forged = code;
    forged[0] ^= 1;
    assert_eq!(verified(&format!("{signed}.{}", BASE64_URL.encode(forged))), None);
});
