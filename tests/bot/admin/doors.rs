//! Who comes to the desk, and who does not.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::TimeDelta;
use serde_json::{Value, json};
use world::{
    defaults,
    face::{Face, Fault},
    seed::{FRESH_START, user},
};

use super::{Desk, at_the_desk, signed_in, signed_in_as};
use crate::harness::{Bot, logged};

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn an_administrator_with_the_password_comes_in_for_a_quarter_of_an_hour() {
    let bot = Bot::alone().await;
    let desk = at_the_desk(&bot).await;
    let (status, state) = desk.asks(&bot, "state", json!({})).await;
    assert_eq!(status, 200, "{state}");
    let later = bot.world_now() + TimeDelta::minutes(15);
    assert_eq!(code(&desk.asks_at(&bot, "state", json!({}), later).await), (401, "step_up"));
    assert!(logged().iter().all(|line| !line.contains(defaults::ADMIN_PASSWORD)));
}

#[tokio::test]
async fn staff_of_another_role_or_guild_and_strangers_stay_outside() {
    let bot = Bot::alone().await;
    let manager = signed_in(&bot, user::MANAGER, "manager").await;
    let volunteer = signed_in(&bot, user::RESPONDER, "crt").await;
    for desk in [&manager, &volunteer] {
        let tried = desk.asks(&bot, "step-up", json!({"password": defaults::ADMIN_PASSWORD})).await;
        assert_eq!(code(&tried), (403, "not_admin"));
    }
    let admin = at_the_desk(&bot).await;
    assert_eq!(
        code(&admin.asks(&bot, "pause", json!({"guild": FRESH_START, "level": "bulk"})).await),
        (403, "not_admin")
    );
    for token in ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", defaults::SUPABASE_SECRET_KEY] {
        let stranger = Desk { token: token.into(), step_up: admin.step_up.clone() };
        assert_eq!(code(&stranger.asks(&bot, "state", json!({})).await), (401, "signed_out"), "{token}");
    }
    // Somebody else's step-up opens nothing.
    let other = Desk { step_up: admin.step_up.clone(), ..signed_in(&bot, user::OWNER, "admin").await };
    let other = Desk { token: other.token, ..other };
    let said = other.asks(&bot, "state", json!({})).await;
    assert_eq!(code(&said), (401, "step_up"), "{}", said.1);
}

#[tokio::test]
async fn a_right_that_is_taken_away_ends_with_the_next_request() {
    let bot = Bot::alone().await;
    let desk = at_the_desk(&bot).await;
    let filter = community_os::clients::supabase::Filter::eq("user_id", user::ADMIN);
    bot.cx().supabase.delete("staff", filter, &[]).await.unwrap();
    assert_eq!(code(&desk.asks(&bot, "state", json!({})).await), (403, "not_admin"));
}

#[tokio::test]
async fn after_five_wrong_passwords_the_right_one_has_to_wait() {
    let bot = Bot::alone().await;
    let desk = signed_in(&bot, user::ADMIN, "admin").await;
    for _ in 0..5 {
        assert_eq!(
            code(&desk.asks(&bot, "step-up", json!({"password": "lighthouse keeper"})).await),
            (403, "wrong_password")
        );
    }
    let answer = desk.asks(&bot, "step-up", json!({"password": defaults::ADMIN_PASSWORD})).await;
    assert_eq!(code(&answer), (429, "too_many"));
    assert!((1..=900).contains(&answer.1["retry_after"].as_i64().unwrap()), "{}", answer.1);
}

#[tokio::test]
async fn one_account_that_guesses_locks_nobody_else_out() {
    let bot = Bot::alone().await;
    let thief = signed_in(&bot, user::ADMIN, "admin").await;
    for _ in 0..40 {
        thief.asks(&bot, "step-up", json!({"password": "guess"})).await;
    }
    let owner = signed_in_as(&bot, "owner@harbour.example", user::OWNER, "admin").await;
    assert_eq!(owner.asks(&bot, "step-up", json!({"password": defaults::ADMIN_PASSWORD})).await.0, 200);
}

#[tokio::test]
async fn without_a_password_the_desk_says_what_to_set_and_without_upstash_nobody_may_guess() {
    let bot = Bot::without_env("ADMIN_PASSWORD").await;
    let desk = signed_in(&bot, user::ADMIN, "admin").await;
    let answer = desk.asks(&bot, "step-up", json!({"password": ""})).await;
    assert_eq!(code(&answer), (503, "unconfigured"));
    assert!(answer.1["error"].as_str().unwrap().starts_with("ADMIN_PASSWORD is not set"), "{}", answer.1);

    let bot = Bot::alone().await;
    let desk = signed_in(&bot, user::ADMIN, "admin").await;
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 503));
    let answer = desk.asks(&bot, "step-up", json!({"password": defaults::ADMIN_PASSWORD})).await;
    assert_eq!(code(&answer), (503, "unavailable"));
}

/// A project with signing keys: what it publishes, and a token of the claims.
fn published(pair: &EcdsaKeyPair, id: &str) -> Value {
    let point = pair.public_key().as_ref();
    let coordinate = |at: usize| BASE64.encode(&point[at..at + 32]);
    json!({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": id, "x": coordinate(1), "y": coordinate(33)}]})
}

fn signed(pair: &EcdsaKeyPair, id: &str, claims: &[u8]) -> String {
    let header = BASE64.encode(json!({"alg": "ES256", "typ": "JWT", "kid": id}).to_string());
    let text = format!("{header}.{}", BASE64.encode(claims));
    let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    format!("{text}.{}", BASE64.encode(signature))
}

#[tokio::test]
async fn tokens_of_a_project_with_signing_keys_are_checked_against_what_it_publishes() {
    let bot = Bot::alone().await;
    let hs256 = signed_in(&bot, user::ADMIN, "admin").await;
    let claims = BASE64.decode(hs256.token.split('.').nth(1).unwrap()).unwrap();
    let [ours, theirs] = [(); 2].map(|()| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());
    let jwks =
        Fault { body: Some(published(&ours, "k1")), ..Fault::status(Face::Supabase, "GET /auth/v1/.well-known/", 200) };
    bot.world.shared.break_with(jwks);
    let tries = async |token: String| {
        let desk = Desk { token, step_up: None };
        desk.asks(&bot, "step-up", json!({"password": defaults::ADMIN_PASSWORD})).await.0
    };
    assert_eq!(tries(signed(&ours, "k1", &claims)).await, 200);
    assert_eq!(tries(signed(&theirs, "k1", &claims)).await, 401, "another key");
    assert_eq!(tries(signed(&ours, "k2", &claims)).await, 401, "a key that is not published");
    let text = String::from_utf8(claims.clone()).unwrap().replace("\"authenticated\"", "\"service_role\"");
    let forged = format!("{}.{}", signed(&ours, "k1", &claims).split('.').next().unwrap(), BASE64.encode(text));
    let signature = signed(&ours, "k1", &claims).rsplit('.').next().unwrap().to_owned();
    assert_eq!(tries(format!("{forged}.{signature}")).await, 401, "other claims below the same signature");
    let asked = bot.world.shared.recorded(Face::Supabase);
    let asked = asked.iter().filter(|one| one.path.ends_with("jwks.json")).count();
    assert_eq!(asked, 1, "the keys are asked for once, however many unknown ones are named");
}
