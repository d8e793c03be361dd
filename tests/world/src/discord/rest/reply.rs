//! How the API answers and how it refuses, in Discord's own shapes and codes.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A good answer.
pub enum Answer {
    Json(u16, String),
    Empty,
}

pub type Reply = Result<Answer, Refusal>;

/// 200 with a JSON body.
pub fn ok(value: &impl Serialize) -> Reply {
    with_status(200, value)
}

pub fn with_status(status: u16, value: &impl Serialize) -> Reply {
    match serde_json::to_string(value) {
        Ok(text) => Ok(Answer::Json(status, text)),
        Err(error) => Err(Refusal::new(500, 0, &error.to_string())),
    }
}

/// 204.
pub fn empty() -> Reply {
    Ok(Answer::Empty)
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Json(status, text) => json_response(status, text),
            Self::Empty => StatusCode::NO_CONTENT.into_response(),
        }
    }
}

fn json_response(status: u16, text: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, kind)], text).into_response()
}

/// A refusal: `{code, message}`, with `errors` if a form is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub status: u16,
    pub code: u64,
    pub message: String,
    pub errors: Option<Value>,
}

impl Refusal {
    pub fn new(status: u16, code: u64, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), errors: None }
    }

    /// 404 for a thing that is not there.
    pub fn unknown(what: &str) -> Self {
        let code = match what {
            "Application" => 10002,
            "Channel" => 10003,
            "Guild" => 10004,
            "Member" => 10007,
            "Message" => 10008,
            "Overwrite" => 10009,
            "Role" => 10011,
            "User" => 10013,
            "Emoji" => 10014,
            "Webhook" => 10015,
            "Interaction" => 10062,
            "application command" => 10063,
            _ => 0,
        };
        Self::new(404, code, &format!("Unknown {what}"))
    }

    pub fn missing_permission() -> Self {
        Self::new(403, 50013, "Missing Permissions")
    }

    pub fn missing_access() -> Self {
        Self::new(403, 50001, "Missing Access")
    }

    /// 50035 about one field.
    pub fn field(path: &str, code: &str, message: &str) -> Self {
        let mut errors = Errors::default();
        errors.add(path, code, message);
        errors.refusal()
    }

    pub fn response(&self) -> Response {
        let mut body = json!({"message": self.message, "code": self.code});
        if let (Some(errors), Some(fields)) = (&self.errors, body.as_object_mut()) {
            fields.insert("errors".to_owned(), errors.clone());
        }
        json_response(self.status, body.to_string())
    }

    /// One line for a person: the first wrong field, if a form was wrong.
    pub fn line(&self) -> String {
        match &self.errors {
            Some(errors) => format!("{} ({}): {errors}", self.message, self.code),
            None => format!("{} ({})", self.message, self.code),
        }
    }
}

/// The wrong fields of a form, collected so that all of them are told at once.
#[derive(Default)]
pub struct Errors {
    all: Vec<(String, String, String)>,
}

impl Errors {
    /// `path` is dotted: `embeds.0.title`.
    pub fn add(&mut self, path: &str, code: &str, message: &str) {
        self.all.push((path.to_owned(), code.to_owned(), message.to_owned()));
    }

    pub fn too_long(&mut self, path: &str, most: usize) {
        self.add(path, "BASE_TYPE_MAX_LENGTH", &format!("Must be {most} or fewer in length."));
    }

    pub fn bad_length(&mut self, path: &str, least: usize, most: usize) {
        let message = format!("Must be between {least} and {most} in length.");
        self.add(path, "BASE_TYPE_BAD_LENGTH", &message);
    }

    pub fn required(&mut self, path: &str) {
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required");
    }

    pub fn bad_choice(&mut self, path: &str, message: &str) {
        self.add(path, "BASE_TYPE_CHOICES", message);
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn check(self) -> Result<(), Refusal> {
        if self.all.is_empty() { Ok(()) } else { Err(self.refusal()) }
    }

    fn refusal(self) -> Refusal {
        let mut root = Map::new();
        for (path, code, message) in &self.all {
            let parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
            place(&mut root, &parts, json!({"code": code, "message": message}));
        }
        Refusal { status: 400, code: 50035, message: "Invalid Form Body".to_owned(), errors: Some(Value::Object(root)) }
    }
}

/// Puts an error at its place in the tree.
fn place(at: &mut Map<String, Value>, path: &[&str], error: Value) {
    let (name, rest) = match path {
        [] => ("_errors", None),
        [first, rest @ ..] => (*first, Some(rest)),
    };
    let empty = if rest.is_some() { json!({}) } else { json!([]) };
    match (at.entry(name.to_owned()).or_insert(empty), rest) {
        (Value::Object(next), Some(rest)) => place(next, rest, error),
        (Value::Array(list), None) => list.push(error),
        _ => {}
    }
}
