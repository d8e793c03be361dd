//! Upstash's REST interface to Redis: pipelines and transactions with typed, byte-exact results. Why no crate: docs/decisions/0002.

use std::{borrow::Cow, rc::Rc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use from_json::{FromJson, Value};
use futures_util::FutureExt;
use secrecy::ExposeSecret;

use super::{parse, read, send};
use crate::{
    config::Access,
    edge::Edge,
    error::{Failure, Service, ServiceError},
    metrics::Tally,
};

const TIMEOUT: Duration = Duration::from_millis(1_500);
/// Hash of everything that was ever counted: series -> count.
const COUNTED: &str = "metrics";
/// As one command, because each one is paid for.
const COUNT: &str = "for i = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end return 0";
const VARIABLES: &[&str] = &["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"];

#[derive(Clone)]
pub struct Redis {
    http: reqwest::Client,
    access: Option<Access>,
    edge: Edge,
    /// What was counted rides along with pipelines.
    tally: Rc<Tally>,
}

/// One Redis command: its name and its arguments.
pub type Command = Vec<String>;

/// `command!["SET", key, 5]`: anything that prints becomes an argument.
#[macro_export]
macro_rules! command {
    ($($part:expr),+ $(,)?) => { vec![$($part.to_string()),+] };
}

/// What Redis answered to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Nil,
    Int(i64),
    /// A string, byte for byte.
    Bytes(Vec<u8>),
    Array(Vec<Reply>),
}

impl Reply {
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => self.text()?.parse().ok(),
        }
    }

    pub fn array(&self) -> &[Reply] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }
}

impl Redis {
    pub fn new(http: reqwest::Client, access: Option<Access>, edge: Edge, tally: Rc<Tally>) -> Self {
        Self { http, access, edge, tally }
    }

    /// Runs the commands in order in one round trip, not atomically: one reply for each.
    ///
    /// # Errors
    /// Also when one command was refused (wrong type, out of memory, over the quota): then it is not known what the
    /// others' replies mean together.
    pub async fn pipeline(&self, commands: &[Command]) -> Result<Vec<Reply>, ServiceError> {
        self.run("pipeline", commands).boxed_local().await
    }

    /// Runs the commands as one transaction (MULTI/EXEC) in one round trip: one reply for each.
    pub async fn multi_exec(&self, commands: &[Command]) -> Result<Vec<Reply>, ServiceError> {
        self.run("multi-exec", commands).boxed_local().await
    }

    /// Counts `by` more below `key` within a window that begins with the first: the count, and the seconds until it is forgotten.
    pub async fn count_within(&self, key: &str, seconds: u32, by: i64) -> Result<(i64, i64), ServiceError> {
        let commands = [
            crate::command!["INCRBY", key, by],
            crate::command!["EXPIRE", key, seconds, "NX"],
            crate::command!["TTL", key],
        ];
        match self.pipeline(&commands).await?.as_slice() {
            [Reply::Int(count), _, Reply::Int(left)] => Ok((*count, *left)),
            _ => {
                let kind = Failure::Malformed("a counter without a number".to_owned());
                Err(ServiceError::new(Service::Upstash, operation("pipeline", &commands), kind))
            }
        }
    }

    /// What all isolates have counted: series and count. Of the others what they still hold is missing.
    pub async fn counted(&self) -> Result<Vec<(String, i64)>, ServiceError> {
        self.tally.make_due();
        let replies = self.pipeline(&[crate::command!["HGETALL", COUNTED]]).await?;
        let fields = replies.first().map(Reply::array).unwrap_or_default();
        let pair = |pair: &[Reply]| Some((pair.first()?.text()?.to_owned(), pair.get(1)?.int()?));
        Ok(fields.chunks(2).filter_map(pair).collect())
    }

    async fn run(&self, path: &'static str, commands: &[Command]) -> Result<Vec<Reply>, ServiceError> {
        let now = (self.edge.now)();
        let counted = if path == "pipeline" && self.tally.is_due(now) { self.tally.take() } else { vec![] };
        let mut result = self.items(path, commands, &counted).await;
        if !counted.is_empty() {
            let is_noted = result.as_mut().is_ok_and(|items| items.remove(0).error.is_none());
            if !is_noted {
                // An answer that was lost on its way makes it count twice.
                self.tally.put_back(counted, now);
            }
        }
        let failed = |kind| ServiceError::new(Service::Upstash, operation(path, commands), kind);
        result?
            .into_iter()
            .map(|item| match item.error {
                Some(message) => Err(failed(refused(200, message))),
                None => decode(item.result).map_err(|why| failed(Failure::Malformed(why))),
            })
            .collect()
    }

    /// One for each command; before them one for `counted`, if there is any.
    async fn items(
        &self,
        path: &'static str,
        commands: &[Command],
        counted: &[(String, i64)],
    ) -> Result<Vec<Item>, ServiceError> {
        let operation = operation(path, commands);
        let failed = |kind| ServiceError::new(Service::Upstash, operation.as_str(), kind);
        let access = self.access.as_ref().ok_or_else(|| failed(Failure::NotConfigured(VARIABLES)))?;
        let mut count = crate::command!["EVAL", COUNT, 1, COUNTED];
        count.extend(counted.iter().flat_map(|(series, amount)| [series.clone(), amount.to_string()]));
        // Mostly there is nothing to count, and nothing to copy.
        let all = if counted.is_empty() { Cow::Borrowed(commands) } else { Cow::Owned([&[count], commands].concat()) };
        let body = serde_json::to_vec(&*all).map_err(|error| failed(Failure::Malformed(error.to_string())))?;
        let request = self
            .http
            .post(format!("{}/{path}", access.url))
            .header("authorization", format!("Bearer {}", access.key.expose_secret()))
            .header("content-type", "application/json")
            // Without it bytes that are not UTF-8 come back replaced.
            .header("upstash-encoding", "base64")
            .body(body);
        let answer = send(request, TIMEOUT, Service::Upstash, &operation).await?;
        if !answer.status.is_success() {
            return Err(failed(refusal(answer.status.as_u16(), &answer.body)));
        }
        let answered = parse(&answer.body, Service::Upstash, &operation)?;
        let items: Vec<Item> = read(&answered, Service::Upstash, &operation)?;
        if items.len() != all.len() {
            return Err(failed(Failure::Malformed(format!("{} replies to {} commands", items.len(), all.len()))));
        }
        Ok(items)
    }
}

/// For errors: the names of the commands, never their arguments.
fn operation(path: &str, commands: &[Command]) -> String {
    let names: Vec<&str> = commands.iter().filter_map(|command| command.first().map(String::as_str)).collect();
    format!("{path} {}", names.join(" "))
}

#[derive(FromJson)]
struct Item {
    #[serde(default)]
    result: Value,
    error: Option<String>,
}

fn decode(value: Value) -> Result<Reply, String> {
    match value {
        Value::Null => Ok(Reply::Nil),
        Value::Number(number) => {
            number.as_i64().map(Reply::Int).ok_or_else(|| "a number that is no integer".to_owned())
        }
        // The only string that is never encoded.
        Value::String(text) if text == "OK" => Ok(Reply::Bytes(b"OK".to_vec())),
        Value::String(text) => {
            BASE64.decode(text).map(Reply::Bytes).map_err(|_| "a string that is not base64".to_owned())
        }
        Value::Array(items) => items.into_iter().map(decode).collect::<Result<_, _>>().map(Reply::Array),
        Value::Bool(_) | Value::Object(_) => Err("a reply of an unknown kind".to_owned()),
    }
}

fn refusal(status: u16, body: &[u8]) -> Failure {
    let item: Option<Item> = from_json::read(body);
    let message = item.and_then(|item| item.error).unwrap_or_else(|| "no reason given".to_owned());
    if status == 429 {
        return Failure::RateLimited { retry_after_ms: 1_000 };
    }
    refused(status, message)
}

/// Redis' errors begin with their code, e.g. `NOSCRIPT No matching script`.
fn refused(status: u16, message: String) -> Failure {
    let code = message.split(' ').next().unwrap_or_default().to_owned();
    Failure::Refused { status, code, message }
}

#[cfg(test)]
mod tests {
    use from_json::json;

    use super::*;

    fn read_reply(value: Value) -> Reply {
        decode(Item::from_json(&value).unwrap().result).unwrap()
    }

    #[test]
    fn replies_are_typed_and_byte_exact() {
        assert_eq!(read_reply(json!({"result": null})), Reply::Nil);
        assert_eq!(read_reply(json!({"result": 3})), Reply::Int(3));
        assert_eq!(read_reply(json!({"result": "OK"})).text(), Some("OK"));
        assert_eq!(read_reply(json!({"result": "/wA="})), Reply::Bytes(vec![255, 0]));
        assert_eq!(read_reply(json!({"result": ["MQ==", 2, null]})).array().len(), 3);
        assert_eq!(read_reply(json!({"result": "MTI="})).int(), Some(12));
    }

    #[test]
    fn a_reply_that_is_not_what_upstash_sends_is_an_error_not_a_guess() {
        for wrong in
            [json!({"result": "not base64!"}), json!({"result": true}), json!({"result": {}}), json!({"result": 1.5})]
        {
            assert!(decode(Item::from_json(&wrong).unwrap().result).is_err());
        }
    }

    #[test]
    fn anything_that_prints_is_an_argument() {
        assert_eq!(command!["SET", "key", 5, 'x'], ["SET", "key", "5", "x"]);
    }
}
