//! The administrator's desk of the dashboard: who asks is checked first, then what they ask for is done.

use from_json::{FromJson, Value, json};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use relay_wire::Snowflake;

use super::{header_of, json_response, services};
use crate::{
    context::Cx,
    error::{Error, Failure},
    features::admin::{
        flush, pause,
        step_up::{self, Tried},
    },
    jwt::{self, Person, Refusal},
    person::note_action,
    relay_filter,
};

pub const STEP_UP: &str = "x-admin-step-up";
/// A password, a reason, or fifty ids.
pub const MAX_BYTES: usize = 16 << 10;
const MAX_REPLAYED: usize = 50;
/// Of a reason for switching crisis detection off, in characters.
const REASON: std::ops::RangeInclusive<usize> = 3..=200;

/// What the desk is asked; each request uses what it needs.
#[derive(Debug, FromJson)]
struct Asked {
    guild: Snowflake,
    #[serde(default)]
    password: String,
    #[serde(default)]
    level: String,
    /// The level that the page showed; empty: it showed none.
    #[serde(default)]
    was: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    event_ids: Vec<String>,
}

/// Who asks.
struct Admin {
    person: Person,
    guild: Snowflake,
    user_id: Snowflake,
}

/// What the page shows instead.
struct No {
    status: StatusCode,
    code: &'static str,
    error: String,
    retry_after: Option<i64>,
}

impl No {
    fn new(status: StatusCode, code: &'static str, error: impl Into<String>) -> Self {
        Self { status, code, error: error.into(), retry_after: None }
    }

    fn unconfigured(what: &str) -> Self {
        let error = format!("{what} is not set on the Worker: `wrangler secret put` sets it.");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unconfigured", error)
    }

    fn response(self) -> Response<Vec<u8>> {
        let mut body = json!({"error": self.error, "code": self.code});
        if let (Some(seconds), Some(fields)) = (self.retry_after, body.as_object_mut()) {
            fields.insert("retry_after".to_owned(), json!(seconds));
        }
        json_response(self.status, &body)
    }
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        match error {
            Error::Service(service) => match service.kind {
                Failure::NotConfigured(what) => Self::unconfigured(&what.join(", ")),
                _ => Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "Something behind the bot does not answer right now. Please try again in a moment.",
                ),
            },
            _ => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", "Something went wrong on our side. It is noted.")
            }
        }
    }
}

pub async fn handle(cx: Cx, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let mut response = match answer(&cx, &request).await {
        Ok(body) => json_response(StatusCode::OK, &body),
        Err(no) => no.response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

async fn answer(cx: &Cx, request: &Request<Vec<u8>>) -> Result<Value, No> {
    if request.method() != Method::POST {
        return Err(No::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Only POST is answered here."));
    }
    if request.body().len() > MAX_BYTES {
        return Err(No::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "That is too much at once."));
    }
    let person = signed_in(cx, request.headers()).await?;
    let asked: Asked = from_json::read(request.body())
        .ok_or_else(|| No::new(StatusCode::BAD_REQUEST, "malformed", "This is not a request to the desk."))?;
    let admin = admin(cx, person, asked.guild).await?;
    let path = request.uri().path();
    if path == "/admin/step-up" {
        return stepped_up(cx, &admin, &asked.password).await;
    }
    let token = header_of(request.headers(), STEP_UP).unwrap_or_default();
    if !step_up::holds(cx, &admin.person, admin.guild, token) {
        return Err(No::new(StatusCode::UNAUTHORIZED, "step_up", "Please enter the administrator's password."));
    }
    let done = match path {
        "/admin/state" => services::state(cx).await,
        "/admin/flush" => flush::flush(cx, admin.guild, admin.user_id).await.map(|keys| json!({"flushed": keys})),
        "/admin/pause" => return paused(cx, &admin, &asked).await,
        "/admin/replay" => replay(cx, &admin, &asked.event_ids).await,
        _ => return Err(No::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here.")),
    };
    done.map_err(|error| failed(cx, error))
}

fn failed(cx: &Cx, error: Error) -> No {
    cx.log_failure("admin", &error);
    error.into()
}

async fn signed_in(cx: &Cx, headers: &HeaderMap) -> Result<Person, No> {
    let token = header_of(headers, header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    match jwt::verify(cx, token.unwrap_or_default()).await {
        Ok(person) => Ok(person),
        Err(Refusal::Invalid) => {
            Err(No::new(StatusCode::UNAUTHORIZED, "signed_out", "Your session has ended. Please sign in again."))
        }
        Err(Refusal::Unknown(error)) => Err(failed(cx, error.into())),
    }
}

/// Asked anew each time: a right that was taken away is gone with the next request.
async fn admin(cx: &Cx, person: Person, guild: Snowflake) -> Result<Admin, No> {
    let found = cx.supabase.rpc("admin_of", &json!({"guild": guild, "auth_user": person.account})).await;
    let found: Option<Snowflake> = found.map_err(|error| failed(cx, error.into()))?;
    found
        .map(|user_id| Admin { person, guild, user_id })
        .ok_or_else(|| No::new(StatusCode::FORBIDDEN, "not_admin", "Only administrators of this server may do that."))
}

async fn stepped_up(cx: &Cx, admin: &Admin, password: &str) -> Result<Value, No> {
    let tried = step_up::attempt(cx, &admin.person, admin.guild, password).await.map_err(|error| failed(cx, error))?;
    match tried {
        Tried::Right { token, until } => {
            let seconds = (until - cx.now).num_seconds();
            Ok(json!({"token": token, "expires_at": until, "seconds": seconds}))
        }
        Tried::Wrong => {
            cx.log("warn", "step_up_refused", json!({"guild_id": admin.guild, "user_id": admin.user_id}));
            Err(No::new(StatusCode::FORBIDDEN, "wrong_password", "That is not the administrator's password."))
        }
        Tried::TooMany { seconds } => {
            let minutes = (seconds + 59) / 60;
            let error = format!("Too many tries. Please wait {minutes} min.");
            Err(No { retry_after: Some(seconds), ..No::new(StatusCode::TOO_MANY_REQUESTS, "too_many", error) })
        }
        Tried::Unconfigured(variable) => Err(No::unconfigured(variable)),
    }
}

async fn paused(cx: &Cx, admin: &Admin, asked: &Asked) -> Result<Value, No> {
    let reason = asked.reason.trim();
    if !matches!(&*asked.level, "none" | "bulk" | "all") {
        return Err(No::new(StatusCode::UNPROCESSABLE_ENTITY, "level", "The level is none, bulk or all."));
    }
    let length = reason.chars().count();
    if (asked.level == "all" && !REASON.contains(&length)) || length > *REASON.end() {
        let error = "Please say why, in 3 to 200 characters: the team reads it.";
        return Err(No::new(StatusCode::UNPROCESSABLE_ENTITY, "reason", error));
    }
    let set = pause::set(cx, admin.guild, admin.user_id, [&asked.was, &asked.level, reason]).await;
    set.map_err(|error| failed(cx, error))?.ok_or_else(|| {
        let error =
            "Somebody else changed it meanwhile. Please look at how it is now, and press again if you still want to.";
        No::new(StatusCode::CONFLICT, "changed", error)
    })
}

async fn replay(cx: &Cx, admin: &Admin, event_ids: &[String]) -> crate::error::Result<Value> {
    let event_ids: Vec<&String> = event_ids.iter().take(MAX_REPLAYED).collect();
    note_action(cx, admin.guild, admin.user_id, "replay", &json!({"events": event_ids.len()})).await?;
    let arguments = json!({"guild": admin.guild, "event_ids": event_ids});
    let count: i64 = cx.supabase.rpc("replay_dead_letters", &arguments).await?;
    relay_filter::changed(cx).await;
    Ok(json!({"asked": count}))
}
