//! Upstash's REST interface in front of a real Redis. It imitates the interface; the commands are Redis's own.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::{json, value::RawValue};
use sha1::{Digest, Sha1};

use crate::resp::{Pool, Reply, encode};

/// Upstash's limit for one request on the free and the pay-as-you-go plan.
const MAX_REQUEST: usize = 10 << 20;

/// They block, change the connection, or govern the server: Upstash offers none of them over REST.
const REFUSED: &[&str] = &[
    "AUTH",
    "BGREWRITEAOF",
    "BGSAVE",
    "BLMOVE",
    "BLMPOP",
    "BLPOP",
    "BRPOP",
    "BRPOPLPUSH",
    "BZMPOP",
    "BZPOPMAX",
    "BZPOPMIN",
    "CLIENT",
    "CLUSTER",
    "CONFIG",
    "DEBUG",
    "DISCARD",
    "EXEC",
    "FAILOVER",
    "HELLO",
    "MIGRATE",
    "MODULE",
    "MONITOR",
    "MOVE",
    "MULTI",
    "PSUBSCRIBE",
    "PSYNC",
    "PUNSUBSCRIBE",
    "QUIT",
    "REPLICAOF",
    "RESET",
    "SAVE",
    "SELECT",
    "SHUTDOWN",
    "SLAVEOF",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "SUNSUBSCRIBE",
    "SWAPDB",
    "SYNC",
    "UNSUBSCRIBE",
    "UNWATCH",
    "WAIT",
    "WATCH",
];

type Command = Vec<Vec<u8>>;

struct Upstash {
    redis: Pool,
    token: String,
    /// Digest of a script as the client has it -> digest of the one Redis was given.
    scripts: Mutex<HashMap<String, String>>,
}

/// Answers as Upstash does for the bearer of `token`, with the Redis database at `redis_url`.
pub fn router(redis_url: &str, token: &str) -> io::Result<Router> {
    let state = Arc::new(Upstash { redis: Pool::new(redis_url)?, token: token.to_owned(), scripts: Mutex::default() });
    Ok(Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(state))
}

async fn answer(
    State(upstash): State<Arc<Upstash>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if ![Method::GET, Method::HEAD, Method::POST, Method::PUT].contains(&method) {
        return failure(StatusCode::METHOD_NOT_ALLOWED, "ERR method not allowed");
    }
    let query = Query::of(&uri);
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if bearer.or(query.token.as_deref()) != Some(&upstash.token) {
        return failure(StatusCode::UNAUTHORIZED, "WRONGPASS invalid or missing auth token");
    }
    if body.len() > MAX_REQUEST {
        let text = format!("ERR max request size exceeded. Limit: {MAX_REQUEST} bytes, Actual: {} bytes", body.len());
        return failure(StatusCode::BAD_REQUEST, &text);
    }
    if headers.get("upstash-response-format").is_some_and(|format| format != "json") {
        return failure(StatusCode::BAD_REQUEST, "ERR the local stand-in answers in JSON only");
    }
    let base64 = headers.get("upstash-encoding").is_some_and(|encoding| encoding == "base64");
    let done = match uri.path() {
        "/" => upstash.single(one_command(&body), base64).await,
        "/pipeline" => upstash.pipeline(&body, base64).await,
        "/multi-exec" => upstash.transaction(&body, base64).await,
        path => upstash.single(command_of_path(path, &body, query), base64).await,
    };
    match done {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(Refusal::Request(text)) => failure(StatusCode::BAD_REQUEST, &text),
        Err(Refusal::Redis(error)) => {
            failure(StatusCode::SERVICE_UNAVAILABLE, &format!("ERR the local Redis does not answer: {error}"))
        }
    }
}

fn failure(status: StatusCode, text: &str) -> Response {
    (status, axum::Json(json!({ "error": text }))).into_response()
}

enum Refusal {
    /// 400 with this text.
    Request(String),
    Redis(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Redis(error)
    }
}

impl Upstash {
    async fn single(&self, command: Result<Command, String>, base64: bool) -> Result<Vec<u8>, Refusal> {
        let mut command = command.map_err(Refusal::Request)?;
        let known = self.adapt(&mut command).map_err(Refusal::Request)?;
        let mut bytes = Vec::new();
        encode(&mut bytes, &command);
        let reply = self.redis.send(&bytes, 1).await?.pop();
        let reply = restored(reply.unwrap_or(Reply::Bulk(None)), known);
        if let Reply::Error(text) = reply {
            return Err(Refusal::Request(text));
        }
        let mut out = Vec::new();
        write_item(&mut out, &reply, base64);
        Ok(out)
    }

    /// Every command by itself: what fails is an item of the answer.
    async fn pipeline(&self, body: &[u8], base64: bool) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        let mut prepared = Vec::new();
        for mut command in many_commands(body).map_err(Refusal::Request)? {
            let adapted = self.adapt(&mut command);
            if adapted.is_ok() {
                encode(&mut bytes, &command);
            }
            prepared.push(adapted);
        }
        let sent = prepared.iter().filter(|one| one.is_ok()).count();
        let mut replies = if sent == 0 { Vec::new() } else { self.redis.send(&bytes, sent).await? }.into_iter();
        let items = prepared.into_iter().map(|one| match one {
            Ok(known) => restored(replies.next().unwrap_or(Reply::Bulk(None)), known),
            Err(text) => Reply::Error(text),
        });
        Ok(write_items(items, base64))
    }

    /// All or nothing: a command that cannot be queued discards the whole.
    async fn transaction(&self, body: &[u8], base64: bool) -> Result<Vec<u8>, Refusal> {
        let mut commands = many_commands(body).map_err(Refusal::Request)?;
        let mut bytes = Vec::new();
        let mut knowns = Vec::new();
        encode(&mut bytes, &["MULTI"]);
        for command in &mut commands {
            knowns.push(self.adapt(command).map_err(Refusal::Request)?);
            encode(&mut bytes, command);
        }
        encode(&mut bytes, &["EXEC"]);
        let mut replies = self.redis.send(&bytes, commands.len() + 2).await?;
        let executed = replies.pop();
        if let Some(Reply::Error(text)) = replies.into_iter().find(|reply| matches!(reply, Reply::Error(_))) {
            return Err(Refusal::Request(text));
        }
        match executed {
            Some(Reply::Array(Some(items))) => {
                let items = items.into_iter().zip(knowns).map(|(item, known)| restored(item, known));
                Ok(write_items(items, base64))
            }
            Some(Reply::Error(text)) => Err(Refusal::Request(text)),
            _ => Err(Refusal::Request("EXECABORT Transaction discarded".to_owned())),
        }
    }

    /// Refuses what Upstash does not offer and rewrites what Redis does not know. Some is the digest by which the
    /// client will ask for the script it loads.
    fn adapt(&self, command: &mut Command) -> Result<Option<String>, String> {
        let name = command.first().map(|name| name.to_ascii_uppercase()).unwrap_or_default();
        let name = String::from_utf8_lossy(&name).into_owned();
        let blocks = name.starts_with("XREAD") && command.iter().any(|word| word.eq_ignore_ascii_case(b"BLOCK"));
        if blocks || REFUSED.contains(&name.as_str()) {
            return Err(format!("ERR Command is not available: '{name}'"));
        }
        let is = |at: usize, word: &[u8]| command.get(at).is_some_and(|found| found.eq_ignore_ascii_case(word));
        let mut known = None;
        match name.as_str() {
            // Upstash has one database; here the others belong to other tests.
            "FLUSHALL" => command.splice(..1, [b"FLUSHDB".to_vec()]).for_each(drop),
            "EVAL" | "EVAL_RO" => drop(self.without_shebang(command.get_mut(1))),
            "SCRIPT" if is(1, b"LOAD") => known = self.without_shebang(command.get_mut(2)),
            "SCRIPT" if is(1, b"EXISTS") => command.iter_mut().skip(2).for_each(|digest| self.translate(digest)),
            "EVALSHA" | "EVALSHA_RO" => command.iter_mut().skip(1).take(1).for_each(|digest| self.translate(digest)),
            _ => {}
        }
        Ok(known)
    }

    /// Scripts of @upstash/ratelimit begin with a flag that only Upstash knows. The line stays, empty, so that line
    /// numbers in errors are right. Returns the script's own digest if it was changed.
    fn without_shebang(&self, script: Option<&mut Vec<u8>>) -> Option<String> {
        let script = script?;
        let line_end = script.iter().position(|&byte| byte == b'\n').unwrap_or(script.len());
        let first_line = String::from_utf8_lossy(script.get(..line_end)?).into_owned();
        if !first_line.starts_with("#!") || !first_line.contains("allow-key-locking") {
            return None;
        }
        let original = digest(script);
        script.drain(..line_end);
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        scripts.insert(original.clone(), digest(script));
        Some(original)
    }

    fn translate(&self, asked: &mut Vec<u8>) {
        let key = String::from_utf8_lossy(asked).to_ascii_lowercase();
        let scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stored) = scripts.get(&key) {
            *asked = stored.clone().into_bytes();
        }
    }
}

fn restored(reply: Reply, known: Option<String>) -> Reply {
    match (reply, known) {
        (Reply::Bulk(Some(_)), Some(digest)) => Reply::Bulk(Some(digest.into_bytes())),
        (reply, _) => reply,
    }
}

fn digest(script: &[u8]) -> String {
    hex::encode(Sha1::digest(script))
}

fn one_command(body: &[u8]) -> Result<Command, String> {
    let items: Vec<&RawValue> = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    command_of(&items)
}

fn many_commands(body: &[u8]) -> Result<Vec<Command>, String> {
    let rows: Vec<Vec<&RawValue>> = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    if rows.is_empty() {
        return Err("ERR empty pipeline request".to_owned());
    }
    rows.iter().map(|row| command_of(row)).collect()
}

fn unreadable(error: &serde_json::Error) -> String {
    format!("ERR failed to parse command: {error}")
}

/// Strings as they are; numbers and objects as they were written, so that a large number loses nothing.
fn command_of(items: &[&RawValue]) -> Result<Command, String> {
    if items.is_empty() {
        return Err("ERR empty command".to_owned());
    }
    items
        .iter()
        .map(|item| match item.get() {
            text if text.starts_with('"') => {
                serde_json::from_str::<String>(text).map(String::into_bytes).map_err(|error| unreadable(&error))
            }
            "null" => Err("ERR null is not an argument".to_owned()),
            other => Ok(other.as_bytes().to_vec()),
        })
        .collect()
}

#[derive(Default)]
struct Query {
    token: Option<String>,
    /// Keys and values as further arguments.
    arguments: Vec<Vec<u8>>,
}

impl Query {
    fn of(uri: &Uri) -> Self {
        let mut query = Self::default();
        for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).collect::<Vec<u8>>();
            if key == "_token" {
                query.token = Some(String::from_utf8_lossy(&decode(value)).into_owned());
                continue;
            }
            query.arguments.push(decode(key));
            if !value.is_empty() {
                query.arguments.push(decode(value));
            }
        }
        query
    }
}

/// `/set/foo` with a body and `?EX=100` is `SET foo <body> EX 100`.
fn command_of_path(path: &str, body: &[u8], query: Query) -> Result<Command, String> {
    let mut command: Command = path.split('/').skip(1).map(|segment| percent_decode_str(segment).collect()).collect();
    if !body.is_empty() {
        command.push(body.to_vec());
    }
    command.extend(query.arguments);
    Ok(command)
}

fn write_items(items: impl Iterator<Item = Reply>, base64: bool) -> Vec<u8> {
    let mut out = vec![b'['];
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_item(&mut out, &item, base64);
    }
    out.push(b']');
    out
}

fn write_item(out: &mut Vec<u8>, reply: &Reply, base64: bool) {
    if let Reply::Error(text) = reply {
        out.extend_from_slice(b"{\"error\":");
        write_text(out, text);
    } else {
        out.extend_from_slice(b"{\"result\":");
        // The status alone is never encoded; a value that happens to be `OK` is, and so is everything in a list.
        let is_status = matches!(reply, Reply::Simple(text) if text == b"OK");
        write_reply(out, reply, base64 && !is_status);
    }
    out.push(b'}');
}

fn write_reply(out: &mut Vec<u8>, reply: &Reply, base64: bool) {
    match reply {
        Reply::Simple(bytes) | Reply::Bulk(Some(bytes)) if base64 => {
            out.push(b'"');
            out.extend_from_slice(BASE64_STANDARD.encode(bytes).as_bytes());
            out.push(b'"');
        }
        Reply::Simple(bytes) | Reply::Bulk(Some(bytes)) => write_text(out, &String::from_utf8_lossy(bytes)),
        Reply::Error(text) => write_text(out, text),
        Reply::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Reply::Bulk(None) | Reply::Array(None) => out.extend_from_slice(b"null"),
        Reply::Array(Some(items)) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_reply(out, item, base64);
            }
            out.push(b']');
        }
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    // A string can always be written as JSON.
    out.extend_from_slice(&serde_json::to_vec(text).unwrap_or_else(|_| b"null".to_vec()));
}
