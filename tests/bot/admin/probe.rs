//! What the doctor asks the Worker: how Ash-NLP is from there, and whether it answers strangers.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use http::{Method, Request};
use serde_json::{Value, json};
use world::{
    defaults,
    face::{Face, Fault},
};

use crate::harness::{Bot, logged, now, relay_signed};

const PATH: &str = "/admin/probe";

async fn sent(bot: &Bot, request: Request<Vec<u8>>) -> (u16, Value) {
    let outcome = bot.app.handle(request, now()).await;
    (outcome.response.status().as_u16(), serde_json::from_slice(outcome.response.body()).unwrap())
}

async fn probes(bot: &Bot) -> (u16, Value) {
    sent(bot, relay_signed(Request::post(PATH), b"{\"v\":1}".to_vec(), now())).await
}

/// What is said of Ash-NLP.
async fn nlp(bot: &Bot) -> Value {
    let (status, said) = probes(bot).await;
    assert_eq!((status, &said["v"]), (200, &json!(1)), "{said}");
    said["nlp"].clone()
}

/// With the service token of Cloudflare Access that the stand-in wants.
async fn with_token() -> Bot {
    let [(_, id), (_, secret)] = defaults::NLP_ACCESS;
    let more = [("NLP_ACCESS_CLIENT_ID", id), ("NLP_ACCESS_CLIENT_SECRET", secret)];
    Bot::with_env(&[&more[..], &[("NLP_INTERNAL_KEY", defaults::NLP_INTERNAL_KEY)]].concat()).await
}

#[tokio::test]
async fn only_who_has_the_relays_key_may_ask() {
    let bot = Bot::alone().await;
    let body = b"{\"v\":1}".to_vec();
    let bare = Request::post(PATH).body(body.clone()).unwrap();
    let desk = Request::post(PATH).header("authorization", "Bearer a.b.c").body(body.clone()).unwrap();
    let old = relay_signed(Request::post(PATH), body.clone(), now() - TimeDelta::minutes(6));
    let mut other = relay_signed(Request::post(PATH), body.clone(), now());
    *other.body_mut() = b"{\"v\":2}".to_vec();
    for request in [bare, desk, old, other] {
        assert_eq!(sent(&bot, request).await.0, 401);
    }
    let get = relay_signed(Request::builder().method(Method::GET).uri(PATH), vec![], now());
    assert_eq!(sent(&bot, get).await.0, 405);
    assert_eq!(bot.world.shared.recorded(Face::Nlp).len(), 0, "nobody who stays outside makes it ask");
}

#[tokio::test]
async fn behind_access_ash_nlp_answers_the_worker_and_refuses_strangers() {
    let bot = with_token().await;
    bot.world.nlp.behind_access.store(true, Ordering::Relaxed);
    let said = nlp(&bot).await;
    assert!(said["latency_ms"].is_number(), "{said}");
    let without_time =
        json!({"status": said["status"], "reason": said["reason"], "refuses": said["refuses_strangers"]});
    assert_eq!(without_time, json!({"status": "up", "reason": null, "refuses": true}));
    let text = said.to_string() + &logged().join("\n");
    for (_, secret) in defaults::NLP_ACCESS {
        assert!(!text.contains(secret), "{text}");
    }
    let asked = bot.world.shared.recorded(Face::Nlp);
    let paths: Vec<&str> = asked.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["/health", "/health"], "no text of anybody");
    let brings = |at: usize| {
        asked[at].headers.iter().filter(|(name, _)| name.starts_with("cf-access") || name.starts_with("x-ash")).count()
    };
    assert_eq!((brings(0), brings(1)), (3, 0));
}

#[tokio::test]
async fn who_answers_anybody_is_found_out() {
    let bot = with_token().await;
    assert_eq!(nlp(&bot).await["refuses_strangers"], false);
    // Not even while it loads its models.
    let loads = Some(json!({"status": "unhealthy", "ready": false}));
    bot.world.shared.break_with(Fault { body: loads, ..Fault::status(Face::Nlp, "", 503) });
    let said = nlp(&bot).await;
    assert_eq!((&said["status"], &said["refuses_strangers"]), (&json!("degraded"), &json!(false)), "{said}");
}

#[tokio::test]
async fn a_page_to_sign_in_is_a_refusal() {
    let bot = with_token().await;
    let well = Fault { status: None, times: Some(1), ..Fault::status(Face::Nlp, "", 200) };
    let page = Fault { body: Some(json!("<html>Sign in</html>")), ..Fault::status(Face::Nlp, "", 200) };
    bot.world.shared.break_with(well);
    bot.world.shared.break_with(page);
    let said = nlp(&bot).await;
    assert_eq!((&said["status"], &said["refuses_strangers"]), (&json!("up"), &json!(true)), "{said}");
}

#[tokio::test]
async fn our_own_credentials_may_be_refused_too() {
    let bot = Bot::alone().await;
    bot.world.nlp.behind_access.store(true, Ordering::Relaxed);
    let said = nlp(&bot).await;
    assert_eq!((&said["status"], &said["reason"]), (&json!("down"), &json!("it refuses our credentials")), "{said}");
}

#[tokio::test]
async fn down_slow_and_off_are_three_things() {
    let bot = Bot::alone().await;
    bot.world.shared.break_with(Fault::status(Face::Nlp, "", 502));
    let said = nlp(&bot).await;
    assert_eq!(
        (&said["status"], &said["latency_ms"], &said["refuses_strangers"]),
        (&json!("down"), &json!(null), &json!(null)),
        "{said}"
    );
    assert!(said["reason"].as_str().unwrap().contains("502"), "{said}");

    bot.world.shared.mend();
    bot.world.shared.break_with(Fault { delay_ms: 700, status: None, ..Fault::status(Face::Nlp, "", 200) });
    let said = nlp(&bot).await;
    assert!(said["status"] == "up" && said["latency_ms"].as_i64().unwrap() >= 700, "{said}");

    bot.world.shared.mend();
    bot.world.shared.break_with(Fault { delay_ms: 3_000, status: None, ..Fault::status(Face::Nlp, "", 200) });
    let said = nlp(&bot).await;
    assert_eq!(said["reason"], "Ash-NLP GET /health: no answer in time", "{said}");

    let without = Bot::without_env("NLP_BASE_URL").await;
    let said = nlp(&without).await;
    assert_eq!((&said["status"], &said["refuses_strangers"]), (&json!("off"), &json!(null)), "{said}");
    assert_eq!(without.world.shared.recorded(Face::Nlp).len(), 0);
}

#[tokio::test]
async fn asked_too_often_it_waits_and_without_upstash_it_answers() {
    let bot = Bot::alone().await;
    for _ in 0..30 {
        assert_eq!(probes(&bot).await.0, 200);
    }
    let before = bot.world.shared.recorded(Face::Nlp).len();
    let (status, said) = probes(&bot).await;
    assert_eq!((status, &said["error"]), (429, &json!("asked too often; a minute later it is answered")));
    assert_eq!(bot.world.shared.recorded(Face::Nlp).len(), before);
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 500));
    assert_eq!(nlp(&bot).await["status"], "up");
}
