//! Health, and what a Worker without its services says.

use http::{Request, StatusCode};
use serde_json::{Value, json};
use world::face::{Face, Fault};

use crate::harness::{Bot, lonely, now};

async fn get(bot: &Bot, path: &str) -> (StatusCode, Value) {
    let response = bot.app.handle(Request::get(path).body(vec![]).unwrap(), now()).await.response;
    (response.status(), serde_json::from_slice(response.body()).unwrap())
}

#[tokio::test]
async fn all_is_well() {
    let bot = Bot::start().await;
    assert_eq!(get(&bot, "/health").await.1["status"], "healthy");
    let (status, detailed) = get(&bot, "/health/detailed").await;
    assert_eq!((status, &detailed["status"]), (StatusCode::OK, &json!("healthy")));
    assert_eq!(detailed["components"]["supabase"]["status"], "up");
}

#[tokio::test]
async fn a_store_is_down_and_health_says_which() {
    let bot = Bot::start().await;
    bot.world.shared.break_with(Fault::status(Face::Upstash, "", 500));
    let (_, detailed) = get(&bot, "/health/detailed").await;
    assert_eq!(detailed["status"], "degraded");
    assert_eq!(detailed["components"]["upstash"]["status"], "down");
    assert_eq!(detailed["components"]["supabase"]["status"], "up");
}

#[test]
fn nothing_is_configured_and_still_everything_answers() {
    let alone = lonely();
    let detailed = alone.handle(Request::get("/health/detailed").body(vec![]).unwrap());
    let detailed: Value = serde_json::from_slice(detailed.body()).unwrap();
    assert_eq!(
        detailed["components"]["supabase"]["message"],
        "Supabase rpc next_job_due: not configured, set SUPABASE_URL, SUPABASE_SECRET_KEY"
    );
    let problems = detailed["config_problems"].as_array().unwrap();
    assert!(problems.iter().any(|problem| problem.as_str().unwrap().starts_with("SUPABASE_URL: is not set")));

    let score = json!({
        "type": 2, "id": "1", "token": "t", "guild_id": "2", "user": {"id": "3", "username": "robin"}, "data": {"name": "score"},
    });
    let answer = alone.interaction_bytes(score.to_string().as_bytes());
    let answer: Value = serde_json::from_slice(answer.body()).unwrap();
    let said = answer["data"]["embeds"][0]["description"].as_str().unwrap();
    assert!(said.starts_with("This is not set up here yet."), "{said}");
}

#[test]
fn a_path_that_is_not_there_and_a_method_that_is_not_wanted() {
    let alone = lonely();
    let status = |request: http::request::Builder| alone.handle(request.body(vec![]).unwrap()).status();
    assert_eq!(status(Request::get("/nothing")), StatusCode::NOT_FOUND);
    assert_eq!(status(Request::get("/interactions")), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(status(Request::post("/interactions")), StatusCode::UNAUTHORIZED);
    assert_eq!(status(Request::post("/relay/events")), StatusCode::UNAUTHORIZED);
    assert_eq!(status(Request::get("/relay/config")), StatusCode::UNAUTHORIZED);
}

#[test]
fn discord_asks_whether_we_are_there() {
    let answer = lonely().interaction_bytes(br#"{"type":1}"#);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.body(), br#"{"type":1}"#);
}

#[test]
fn what_nobody_registered_is_answered() {
    let answer = |kind: u8, data: Value| -> Value {
        let interaction = json!({
            "type": kind, "id": "1", "token": "t", "guild_id": "2", "member": {"user": {"id": "3", "username": "robin"}}, "data": data,
        });
        let response = lonely().interaction_bytes(interaction.to_string().as_bytes());
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_slice(response.body()).unwrap()
    };
    let said = |answer: &Value| answer["data"]["embeds"][0]["description"].as_str().unwrap().to_owned();
    let command = answer(2, json!({"name": "gone"}));
    assert!(said(&command).starts_with("This command is not known here (any more)."), "{command}");
    assert_eq!(command["data"]["flags"], 64);
    let kind = answer(99, json!({}));
    assert!(said(&kind).starts_with("This is something Discord can do"), "{kind}");
    // Autocomplete has no place for a message: no choices.
    assert_eq!(answer(4, json!({"name": "gone"})), json!({"type": 8, "data": {"choices": []}}));
    assert_eq!(answer(4, json!({"name": "score"})), json!({"type": 8, "data": {"choices": []}}));
}
