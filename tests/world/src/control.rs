//! The control routes that are not Discord's: faults, the clock, what was recorded, what the AI stand-ins shall say.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    claude::Claude,
    discord::Discord,
    face::{Face, Fault, Shared},
    load::{self, Load},
    nlp::{self, Nlp},
    script::{Script, Scripts},
    world::World,
};

#[derive(Clone)]
struct Control {
    shared: Arc<Shared>,
    discord: Arc<Discord>,
    nlp: Arc<Nlp>,
    gemini: Arc<Scripts>,
    claude: Arc<Claude>,
}

/// `/world/*` without Discord's part.
pub(crate) fn router(world: &World) -> Router {
    let control = Control {
        shared: world.shared.clone(),
        discord: world.discord.clone(),
        nlp: world.nlp.clone(),
        gemini: world.gemini.clone(),
        claude: world.claude.clone(),
    };
    Router::new()
        .route("/world/health", get(async || Json(json!({ "ready": true }))))
        .route("/world/faults", post(add_fault).delete(clear_faults))
        .route("/world/clock", post(advance).get(time))
        .route("/world/load", post(write_much))
        .route("/world/record", get(recorded).delete(forget))
        .route("/world/nlp", post(script_nlp).delete(clear_nlp))
        .route("/world/gemini", post(script_gemini).delete(clear_gemini))
        .route("/world/claude", post(script_claude).delete(clear_claude))
        .with_state(control)
}

/// 204, or 400 with what is wrong.
fn done(result: Result<(), String>) -> Response {
    match result {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => (StatusCode::BAD_REQUEST, Json(json!({ "error": problem }))).into_response(),
    }
}

fn read<T: serde::de::DeserializeOwned>(asked: Value) -> Result<T, String> {
    serde_json::from_value(asked).map_err(|error| error.to_string())
}

async fn add_fault(State(control): State<Control>, Json(asked): Json<Value>) -> Response {
    done(read::<Fault>(asked).map(|fault| control.shared.break_with(fault)))
}

async fn clear_faults(State(control): State<Control>) -> StatusCode {
    control.shared.mend();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Advance {
    advance_ms: u64,
}

async fn advance(State(control): State<Control>, Json(asked): Json<Value>) -> Response {
    match read::<Advance>(asked) {
        Ok(by) => {
            control.shared.advance(Duration::from_millis(by.advance_ms));
            time(State(control)).await.into_response()
        }
        Err(problem) => done(Err(problem)),
    }
}

async fn time(State(control): State<Control>) -> Json<Value> {
    Json(json!({ "now_ms": control.shared.now_ms() }))
}

/// Answers once everything was written and every alert came, or its patience ended.
async fn write_much(State(control): State<Control>, Json(asked): Json<Value>) -> Response {
    let asked = match read::<Load>(asked) {
        Ok(asked) => asked,
        Err(problem) => return done(Err(problem)),
    };
    match load::run(control.discord, control.shared, asked).await {
        Ok(told) => Json(told).into_response(),
        Err(problem) => done(Err(problem)),
    }
}

#[derive(Deserialize)]
struct Which {
    face: Face,
}

async fn recorded(State(control): State<Control>, Query(which): Query<Which>) -> Response {
    Json(control.shared.recorded(which.face)).into_response()
}

async fn forget(State(control): State<Control>) -> StatusCode {
    control.shared.forget_recorded();
    StatusCode::NO_CONTENT
}

async fn script_nlp(State(control): State<Control>, Json(asked): Json<Value>) -> Response {
    done(nlp::control(&control.nlp, &asked))
}

async fn clear_nlp(State(control): State<Control>) -> StatusCode {
    control.nlp.scripts.clear();
    control.nlp.limited.store(false, std::sync::atomic::Ordering::Relaxed);
    StatusCode::NO_CONTENT
}

async fn script_gemini(State(control): State<Control>, Json(asked): Json<Value>) -> Response {
    done(read::<Script>(asked).map(|script| control.gemini.add(script)))
}

async fn clear_gemini(State(control): State<Control>) -> StatusCode {
    control.gemini.clear();
    StatusCode::NO_CONTENT
}

async fn script_claude(State(control): State<Control>, Json(asked): Json<Value>) -> Response {
    done(read::<Script>(asked).map(|script| control.claude.scripts.add(script)))
}

async fn clear_claude(State(control): State<Control>) -> StatusCode {
    control.claude.scripts.clear();
    StatusCode::NO_CONTENT
}
