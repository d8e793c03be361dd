//! Who holds an access token of Supabase Auth: its signature and claims are checked here, whatever the sender says.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL};
use chrono::TimeDelta;
use from_json::Value;
use secrecy::ExposeSecret;

use crate::{
    clients,
    context::Cx,
    edge::{Es256, Time},
    error::{Failure, Service, ServiceError},
    seal::{hmac, same},
};

/// Of this are the tokens that a signed-in person has.
const AUDIENCE: &str = "authenticated";
/// A clock may be off by so much.
const SKEW_SECONDS: f64 = 60.0;
/// How old the copy of the published keys may be; a key that is not in it is looked for again, but not more often than that.
const KEYS_LIVE: TimeDelta = TimeDelta::minutes(10);
const KEYS_REST: TimeDelta = TimeDelta::seconds(30);
const KEYS_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(3);

/// A signed-in person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account's id (a UUID).
    pub account: String,
    pub session: String,
}

#[derive(Debug)]
pub enum Refusal {
    /// It is not a token that Supabase Auth gave to anybody, or its time is over.
    Invalid,
    /// The keys cannot be had right now, or something is not configured.
    Unknown(ServiceError),
}

/// Checks signature (ES256 by the project's published keys; HS256 only where `SUPABASE_JWT_SECRET` is set), issuer, audience,
/// role and times.
///
/// # Errors
/// If it is not to be trusted, or that cannot be known.
pub async fn verify(cx: &Cx, token: &str) -> Result<Person, Refusal> {
    let supabase = cx.config.supabase.as_ref().ok_or_else(|| {
        Refusal::Unknown(ServiceError::new(Service::Supabase, "token", Failure::NotConfigured(&["SUPABASE_URL"])))
    })?;
    let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Invalid)?;
    let (header, claims) = signed.split_once('.').ok_or(Refusal::Invalid)?;
    let header = part(header).ok_or(Refusal::Invalid)?;
    let signature = BASE64_URL.decode(signature).map_err(|_| Refusal::Invalid)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let is_signed = match (text("alg"), &cx.config.jwt_secret) {
        (Some("ES256"), _) => by_published_key(cx, text("kid").unwrap_or_default(), signed, signature).await?,
        (Some("HS256"), Some(secret)) => same(&hmac(secret.expose_secret().as_bytes(), signed.as_bytes()), &signature),
        _ => false,
    };
    let claims = part(claims).filter(|_| is_signed).ok_or(Refusal::Invalid)?;
    read(&claims, &format!("{}/auth/v1", supabase.url), cx.now).ok_or(Refusal::Invalid)
}

fn part(text: &str) -> Option<Value> {
    serde_json::from_slice(&BASE64_URL.decode(text).ok()?).ok()
}

/// What the claims say of the person, if they are meant for us, here and now.
fn read(claims: &Value, issuer: &str, now: Time) -> Option<Person> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let number = |name: &str| claims.get(name).and_then(Value::as_f64);
    let now = now.timestamp() as f64;
    let audience = match claims.get("aud")? {
        Value::Array(all) => all.iter().any(|one| one.as_str() == Some(AUDIENCE)),
        one => one.as_str() == Some(AUDIENCE),
    };
    let is_now = number("exp")? > now
        && number("nbf").is_none_or(|from| from <= now + SKEW_SECONDS)
        && number("iat").is_none_or(|at| at <= now + SKEW_SECONDS);
    let is_ours = audience && text("iss") == Some(issuer) && text("role") == Some(AUDIENCE);
    let is_account = claims.get("is_anonymous").and_then(Value::as_bool) != Some(true);
    let account = text("sub").filter(|id| id.len() == 36)?;
    let session = text("session_id").unwrap_or_default();
    (is_now && is_ours && is_account).then(|| Person { account: account.to_owned(), session: session.to_owned() })
}

async fn by_published_key(cx: &Cx, id: &str, signed: &str, signature: Vec<u8>) -> Result<bool, Refusal> {
    let find = |keys: &Value| {
        let keys = keys.get("keys").and_then(Value::as_array)?;
        keys.iter().find(|key| key.get("kid").and_then(Value::as_str) == Some(id)).cloned()
    };
    let known = cx.auth_keys.get(cx.now, KEYS_LIVE);
    let key = match known.as_ref().and_then(find) {
        Some(key) => Some(key),
        None if cx.auth_keys.get(cx.now, KEYS_REST).is_some() => None,
        None => find(&cx.auth_keys.keep(cx.now, published(cx).await.map_err(Refusal::Unknown)?)),
    };
    let Some(key) = key else { return Ok(false) };
    let text = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if text("kty") != "EC" || text("crv") != "P-256" {
        return Ok(false);
    }
    let signed = Es256 { x: text("x"), y: text("y"), message: signed.as_bytes().to_vec(), signature };
    Ok((cx.edge.es256)(signed).await)
}

async fn published(cx: &Cx) -> Result<Value, ServiceError> {
    let url = cx.config.supabase.as_ref().map(|supabase| &*supabase.url).unwrap_or_default();
    let request = cx.http.get(format!("{url}/auth/v1/.well-known/jwks.json"));
    let answer = clients::send(request, KEYS_TIMEOUT, Service::Supabase, "GET jwks.json").await?;
    if !answer.status.is_success() {
        let failure = Failure::Malformed(format!("HTTP {}", answer.status.as_u16()));
        return Err(ServiceError::new(Service::Supabase, "GET jwks.json", failure));
    }
    clients::parse(&answer.body, Service::Supabase, "GET jwks.json")
}

#[cfg(test)]
mod tests {
    use from_json::json;

    use super::*;

    const ISSUER: &str = "https://x.supabase.co/auth/v1";
    const ACCOUNT: &str = "00000000-0000-4000-8000-000000000001";

    fn now() -> Time {
        Time::from_timestamp(1_000, 0).unwrap()
    }

    fn good() -> Value {
        json!({
            "iss": ISSUER, "aud": "authenticated", "role": "authenticated", "sub": ACCOUNT, "exp": 1_001, "iat": 900,
            "session_id": "s", "is_anonymous": false,
        })
    }

    #[test]
    fn a_token_for_us_names_its_account() {
        assert_eq!(read(&good(), ISSUER, now()).unwrap(), Person { account: ACCOUNT.into(), session: "s".into() });
    }

    #[test]
    fn what_is_old_early_for_others_or_of_nobody_is_refused() {
        let changes = [
            ("exp", json!(1_000)),
            ("exp", Value::Null),
            ("exp", json!("1001")),
            ("nbf", json!(1_061)),
            ("iat", json!(1_061)),
            ("iss", json!("https://y.supabase.co/auth/v1")),
            ("aud", json!("anon")),
            ("aud", json!([])),
            ("role", json!("service_role")),
            ("sub", json!("")),
            ("is_anonymous", json!(true)),
        ];
        for (name, value) in changes {
            let mut claims = good();
            claims[name] = value.clone();
            assert_eq!(read(&claims, ISSUER, now()), None, "{name}: {value}");
        }
    }
}
