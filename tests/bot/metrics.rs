//! What Prometheus is told: counted wherever it happens, shown once, without a word or an id of anybody.

use community_os::{app::App, config::Config};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use world::{
    face::{Face, Fault},
    script::Script,
    seed::{channel, user},
};

use crate::{
    crisis::{finds, live_with},
    harness::{Bot, EDGE, logged, lonely, now},
    prometheus::{Family, read},
};

const TOKEN: &str = "a-token-that-nobody-guesses";

async fn live() -> Bot {
    live_with(&[("METRICS_TOKEN", TOKEN)]).await
}

async fn scrape(app: &App, token: &str) -> (StatusCode, String) {
    let request = Request::get("/metrics").header("authorization", format!("Bearer {token}")).body(vec![]).unwrap();
    // Each look at the stores is six seconds after the last one, so that none is a copy.
    let later = now() + chrono::TimeDelta::seconds(6);
    let response = app.handle(request, later).await.response;
    (response.status(), String::from_utf8(response.into_body()).unwrap())
}

async fn families(app: &App) -> Vec<Family> {
    let (status, text) = scrape(app, TOKEN).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    read(&text)
}

/// The value of the sample with these labels, as `name{label="value"}` without those that do not matter.
fn value(families: &[Family], name: &str, labels: &[(&str, &str)]) -> f64 {
    let samples = families.iter().flat_map(|family| &family.samples).filter(|sample| sample.name == name);
    let has = |sample: &crate::prometheus::Sample, (label, wanted): &(&str, &str)| {
        sample.labels.iter().any(|(name, value)| name == label && value == wanted)
    };
    samples.filter(|sample| labels.iter().all(|label| has(sample, label))).map(|sample| sample.value).sum()
}

#[tokio::test]
async fn only_who_has_the_token_reads_metrics() {
    let bot = live().await;
    assert_eq!(scrape(&bot.app, TOKEN).await.0, StatusCode::OK);
    for wrong in ["", "a-token-that-nobody-guesseS", "a-token-that-nobody-guesses ", "a-token"] {
        assert_eq!(scrape(&bot.app, wrong).await.0, StatusCode::UNAUTHORIZED, "{wrong:?}");
    }
    let bare = Request::get("/metrics").body(vec![]).unwrap();
    assert_eq!(bot.app.handle(bare, now()).await.response.status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn without_a_token_metrics_are_closed() {
    let response = lonely().handle(Request::get("/metrics").body(vec![]).unwrap());
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.body(), br#"{"error":"METRICS_TOKEN is not configured"}"#);
}

#[test]
fn a_token_that_could_be_guessed_is_none() {
    let config = Config::load(|name| (name == "METRICS_TOKEN").then(|| "short".to_owned()));
    assert!(config.metrics_token.is_none());
    let said: Vec<String> = config.problems.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|one| one.starts_with("METRICS_TOKEN: must have at least 16 characters")), "{said:?}");
}

#[tokio::test]
async fn a_day_in_numbers() {
    let bot = live().await;
    finds(&bot, "lantern", "high");
    bot.command(user::MEMBER, channel::GENERAL, "score", json!({})).await;
    bot.command(user::MEMBER, channel::GENERAL, "ping", json!({})).await;
    bot.forged_component(user::MEMBER, channel::GENERAL, "1:tickets.nonsense").await;
    bot.says(user::SECOND_MEMBER, channel::VENT, "good morning").await;
    bot.says(user::MEMBER, channel::VENT, "the lantern of my sentinel").await;
    bot.world.nlp.scripts.add(Script { contains: Some("kettle".into()), status: Some(422), ..Script::default() });
    bot.says(user::SECOND_MEMBER, channel::VENT, "a kettle").await;
    bot.ticks(now()).await;

    let told = families(&bot.app).await;
    let is = |name: &str, labels: &[(&str, &str)], wanted: f64| {
        assert_eq!(value(&told, &format!("community_os_{name}"), labels), wanted, "{name} {labels:?}");
    };
    is("interactions_total", &[("kind", "command"), ("name", "score"), ("outcome", "ok")], 1.0);
    is("interactions_total", &[("kind", "component"), ("name", "tickets"), ("outcome", "user_error")], 1.0);
    is("interaction_seconds_count", &[("kind", "command"), ("answer", "first")], 2.0);
    is("events_total", &[("kind", "message_created"), ("outcome", "done")], 6.0);
    is("messages_analyzed_total", &[("severity", "SAFE")], 2.0);
    is("messages_analyzed_total", &[("severity", "HIGH"), ("detector", "nlp")], 1.0);
    is("alerts_total", &[("severity", "HIGH")], 1.0);
    is("alert_seconds_count", &[("severity", "HIGH"), ("since", "written")], 1.0);
    is("alert_seconds_count", &[("severity", "HIGH"), ("since", "received")], 1.0);
    is("service_failures_total", &[("service", "nlp"), ("reason", "refused")], 1.0);
    is("bugs_total", &[], 0.0);
    is("jobs_total", &[("kind", "crisis.health"), ("outcome", "done")], 1.0);
    is("component_up", &[("component", "supabase")], 1.0);
    is("component_up", &[("component", "upstash")], 1.0);
    is("build_info", &[], 1.0);

    let (_, text) = scrape(&bot.app, TOKEN).await;
    for family in &told {
        for (label, value) in family.samples.iter().flat_map(|sample| &sample.labels) {
            let is_word = |c: char| c.is_ascii_alphanumeric() || "._+".contains(c);
            assert!(value.len() <= 40 && value.chars().all(is_word), "{label}={value} in {}", family.name);
            assert!(value.chars().filter(char::is_ascii_digit).count() < 6, "{label}={value} looks like an id");
        }
    }
    assert!(!text.contains("sentinel") && !text.contains("lantern"), "no word of anybody");
}

#[tokio::test]
async fn a_delivery_that_is_nonsense_is_a_dead_letter_in_the_numbers() {
    let bot = live().await;
    let batch = json!({"v": 1, "relay": "r", "epoch": "e", "lane": "bulk", "events": [{"id": "x", "order": 1, "attempt": 1, "body": {"message_created": {}}}]});
    bot.post("/relay/events", &batch).await;
    let told = families(&bot.app).await;
    assert_eq!(value(&told, "community_os_dead_letters_total", &[]), 1.0);
    assert_eq!(value(&told, "community_os_events_total", &[("kind", "unknown"), ("outcome", "dead")]), 1.0);
}

#[tokio::test]
async fn isolates_are_added_up_and_counting_costs_no_round_trip() {
    let bot = live().await;
    let env: Vec<(String, String)> = bot.world.env();
    let other =
        App::new(Config::load(|name| env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())), EDGE);
    for app in [&bot.app, &other] {
        let cx = app.context(now(), "test");
        for _ in 0..3 {
            cx.count(&community_os::metrics::BUGS, &[]);
        }
        bot.world.shared.forget_recorded();
        cx.tally.make_due();
        let commands = [community_os::command!["SET", "a", 1], community_os::command!["GET", "a"]];
        assert_eq!(cx.redis.pipeline(&commands).await.unwrap().last().unwrap().int(), Some(1));
        assert_eq!(bot.world.shared.recorded(Face::Upstash).len(), 1);
    }
    assert_eq!(value(&families(&bot.app).await, "community_os_bugs_total", &[]), 6.0);
}

#[tokio::test]
async fn while_upstash_is_down_nothing_counted_is_lost_and_metrics_say_so() {
    let bot = live().await;
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 500));
    bot.cx().count(&community_os::metrics::BUGS, &[]);
    bot.cx().tally.make_due();
    bot.command(user::MEMBER, channel::GENERAL, "score", json!({})).await;
    let told = families(&bot.app).await;
    assert_eq!(value(&told, "community_os_component_up", &[("component", "upstash")]), 0.0);
    assert_eq!(value(&told, "community_os_component_up", &[("component", "supabase")]), 1.0);
    assert!(
        told.iter().all(|family| family.kind == "gauge" || family.samples.is_empty()),
        "counters are absent, not 0"
    );
    bot.world.shared.mend();
    let told = families(&bot.app).await;
    assert_eq!(value(&told, "community_os_bugs_total", &[]), 1.0);
    assert_eq!(value(&told, "community_os_interactions_total", &[("name", "score")]), 1.0);
    assert!(value(&told, "community_os_service_failures_total", &[("service", "upstash")]) >= 1.0);
}

/// A command does not wait for it; what it was to take along is not lost.
#[tokio::test]
async fn a_command_that_does_not_wait_for_a_slow_upstash_loses_no_count() {
    let bot = live().await;
    let slow = Fault { delay_ms: 600, status: None, times: Some(1), ..Fault::status(Face::Upstash, "", 200) };
    bot.world.shared.break_with(slow);
    bot.cx().count(&community_os::metrics::BUGS, &[]);
    bot.cx().tally.make_due();
    bot.cx().orders.expire();
    let began = std::time::Instant::now();
    assert!(bot.command(user::MEMBER, channel::GENERAL, "ping", json!({})).await.text().starts_with("Pong!"));
    assert!(began.elapsed().as_millis() >= 300, "it waited for as long as it may");
    let asked = bot
        .world
        .shared
        .recorded(Face::Upstash)
        .iter()
        .filter(|one| one.body.to_string().contains("\"pause\""))
        .count();
    let told = families(&bot.app).await;
    assert_eq!((value(&told, "community_os_bugs_total", &[]), asked), (1.0, 1), "counted once");
    assert!(
        bot.cx().orders.get(now(), chrono::TimeDelta::seconds(10)).is_some(),
        "what came too late is known to the next"
    );
}

#[tokio::test]
async fn a_count_that_redis_refuses_does_not_spoil_the_pipeline() {
    let bot = live().await;
    let cx = bot.cx();
    cx.redis.pipeline(&[community_os::command!["SET", "metrics", "no hash"]]).await.unwrap();
    cx.count(&community_os::metrics::BUGS, &[]);
    cx.tally.make_due();
    let replies = cx.redis.pipeline(&[community_os::command!["INCR", "n"]]).await.unwrap();
    assert_eq!((replies.len(), replies[0].int()), (1, Some(1)));
    cx.redis.pipeline(&[community_os::command!["DEL", "metrics"]]).await.unwrap();
    assert_eq!(value(&families(&bot.app).await, "community_os_bugs_total", &[]), 1.0);
}

async fn ready(bot: &Bot, seconds: i64) -> (StatusCode, Value) {
    let request = Request::get("/health/ready").body(vec![]).unwrap();
    let response = bot.app.handle(request, now() + chrono::TimeDelta::seconds(seconds)).await.response;
    (response.status(), serde_json::from_slice(response.body()).unwrap())
}

#[tokio::test]
async fn ready_is_who_has_its_stores() {
    let bot = live().await;
    assert_eq!(ready(&bot, 0).await, (StatusCode::OK, json!({"ready": true, "missing": []})));
    for (at, (face, name)) in [(Face::Upstash, "upstash"), (Face::Supabase, "supabase")].into_iter().enumerate() {
        bot.world.shared.break_with(Fault::status(face, "", 500));
        let said = ready(&bot, 10 * (at as i64 + 1)).await;
        assert_eq!(said, (StatusCode::SERVICE_UNAVAILABLE, json!({"ready": false, "missing": [name]})));
        bot.world.shared.mend();
    }
    // What is missing of an AI is no reason not to take requests.
    bot.world.shared.break_with(Fault::status(Face::Nlp, "", 500));
    assert_eq!(ready(&bot, 40).await.0, StatusCode::OK);
}

#[test]
fn without_configuration_nothing_is_ready_and_each_variable_is_named() {
    let response = lonely().handle(Request::get("/health/ready").body(vec![]).unwrap());
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let said: Value = serde_json::from_slice(response.body()).unwrap();
    let missing: Vec<&str> = said["missing"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    for name in ["SUPABASE_URL", "UPSTASH_REDIS_REST_TOKEN", "DISCORD_BOT_TOKEN", "supabase", "upstash"] {
        assert!(missing.contains(&name), "{missing:?}");
    }
}

#[tokio::test]
async fn a_trace_that_came_with_a_request_is_in_every_line_about_it_and_goes_on_to_ash_nlp() {
    let bot = live().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let message = bot.world.discord.send_message(channel::VENT, user::MEMBER, "good morning", None).unwrap();
    for (sent, kept) in [
        (format!("00-{trace}-b7ad6b7169203331-01"), true),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01".to_owned(), false),
        (format!("ff-{trace}-b7ad6b7169203331-01"), false),
        (format!("00-{trace}-b7ad6b7169203331"), false),
        ("\"}, forged".to_owned(), false),
    ] {
        bot.world.shared.forget_recorded();
        let before = logged().len();
        let events: Vec<_> = bot
            .events_of_message(&message)
            .into_iter()
            .filter(|(lane, _)| *lane == relay_wire::Lane::Urgent)
            .map(|(_, event)| event)
            .collect();
        let id = events[0].id.clone();
        let batch =
            relay_wire::Batch { v: 1, relay: "r".into(), epoch: "e".into(), lane: relay_wire::Lane::Urgent, events };
        let body = serde_json::to_vec(&batch).unwrap();
        let mut request = crate::harness::relay_signed(Request::post("/relay/events"), body, now());
        request.headers_mut().insert("traceparent", sent.parse().unwrap());
        bot.app.handle(request, now()).await;
        let lines: Vec<Value> = logged()[before..].iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let line = lines.iter().find(|line| line["event"] == "message_analyzed").unwrap();
        assert_eq!((&line["request_id"], line["trace_id"] == trace), (&json!(id), kept), "{sent}");
        let asked = bot.world.shared.recorded(Face::Nlp);
        let header = asked[0].headers.iter().find(|(name, _)| name == "traceparent");
        assert_eq!(header.map(|(_, value)| value.as_str()), kept.then_some(sent.as_str()));
    }
}
