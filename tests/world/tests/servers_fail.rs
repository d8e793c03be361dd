//! What the stand-ins of Supabase and Upstash answer when the real servers below them are gone, and the control routes.

use serde_json::{Value, json};
use world::{
    defaults,
    face::Face,
    stack::Urls,
    world::{World, WorldOptions},
};

/// A world over servers that do not exist: nothing listens on port 1.
async fn over_nothing() -> World {
    let nothing = Urls {
        database_url: "postgres://postgres@127.0.0.1:1/world".to_owned(),
        redis_url: "redis://127.0.0.1:1/0".to_owned(),
        postgrest_url: "http://127.0.0.1:1".to_owned(),
    };
    World::start(WorldOptions::over(nothing)).await.unwrap()
}

async fn json_of(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
}

#[tokio::test]
async fn without_servers_both_say_so_with_the_right_status() {
    let world = over_nothing().await;
    let http = reqwest::Client::new();
    let rest = http.get(format!("{}/rest/v1/jobs", world.urls().supabase));
    let (status, error) = json_of(rest.header("apikey", defaults::SUPABASE_SECRET_KEY)).await;
    assert_eq!((status, &error["code"]), (503, &json!("PGRST000")));
    let redis = http.post(&world.urls().upstash).bearer_auth(defaults::UPSTASH_TOKEN).body("[\"GET\",\"a\"]");
    let (status, error) = json_of(redis).await;
    assert_eq!(status, 503);
    assert!(error["error"].as_str().unwrap().starts_with("ERR"));
}

#[tokio::test]
async fn faults_records_and_the_clock_are_driven_over_http() {
    let world = over_nothing().await;
    let http = reqwest::Client::new();
    let control = |path: &str| format!("{}/world/{path}", world.urls().world);
    let json_body = |request: reqwest::RequestBuilder, body: Value| {
        request.header("content-type", "application/json").body(body.to_string())
    };
    assert_eq!(json_of(http.get(control("health"))).await, (200, json!({ "ready": true })));

    let fault =
        json!({ "face": "nlp", "matching": "POST /analyze", "status": 503, "body": { "detail": "x" }, "times": 1 });
    assert_eq!(json_of(json_body(http.post(control("faults")), fault)).await.0, 204);
    let ask = || json_body(http.post(format!("{}/analyze", world.urls().nlp)), json!({ "message": "hello" }));
    assert_eq!(json_of(ask()).await, (503, json!({ "detail": "x" })));
    assert_eq!(json_of(ask()).await.0, 200);

    let script = json!({ "contains": "hello", "severity": "high" });
    assert_eq!(json_of(json_body(http.post(control("nlp")), script)).await.0, 204);
    assert_eq!(json_of(ask()).await.1["severity"], "high");
    assert_eq!(json_of(http.delete(control("nlp"))).await.0, 204);
    assert_eq!(json_of(ask()).await.1["severity"], "safe");
    let wrong = json_of(json_body(http.post(control("claude")), json!({ "txet": "x" }))).await;
    assert_eq!(wrong.0, 400);

    let statuses: Vec<u16> = world.shared.recorded(Face::Nlp).iter().map(|one| one.status).collect();
    assert_eq!(statuses, [503, 200, 200, 200]);
    let (_, recorded) = json_of(http.get(control("record?face=nlp"))).await;
    assert_eq!(recorded[0]["body"]["message"], "hello");

    let before = world.shared.now_ms();
    json_of(json_body(http.post(control("clock")), json!({ "advance_ms": 3_600_000 }))).await;
    assert!(world.shared.now_ms() - before >= 3_600_000);
}

#[tokio::test]
async fn the_environment_has_every_name_once() {
    let world = over_nothing().await;
    let mut names: Vec<String> = world.env().into_iter().map(|(name, _)| name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    for name in ["DISCORD_PUBLIC_KEY", "RELAY_PUBLIC_KEY", "SUPABASE_SECRET_KEY", "WORLD_URL", "DATABASE_URL"] {
        assert!(names.iter().any(|found| found == name), "{name}");
    }
}
