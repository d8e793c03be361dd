//! The one path that every AI call takes: budget, circuit breaker, retries within a time budget, and one row in the ledger.
//!
//! A provider is a file that turns a [`Request`] into HTTP and an answer into [`Said`]; all else is here.

pub mod breaker;
pub mod claude;
pub mod gemini;
pub mod ledger;
mod retry;

use std::time::Duration;

use from_json::Value;
use relay_wire::Snowflake;

use crate::{
    clients,
    config::{Config, Model},
    context::Cx,
    error::{Error, Failure, Service, ServiceError},
    metrics::{AI_CALLS, AI_SECONDS},
};

/// What a call is for; the ledger and the budget tell them apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Audit,
    TicketTriage,
    TicketSummary,
    /// A conversation of Ash with a member: no budget stops it.
    Companion,
}

impl Purpose {
    pub const ALL: [Self; 4] = [Self::Audit, Self::TicketTriage, Self::TicketSummary, Self::Companion];

    pub fn name(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::TicketTriage => "ticket_triage",
            Self::TicketSummary => "ticket_summary",
            Self::Companion => "companion",
        }
    }

    /// Whether a used-up budget stops it. Nobody in need is left alone because of money.
    pub fn is_budgeted(self) -> bool {
        !matches!(self, Self::Companion)
    }
}

/// What is asked of a model, whoever answers.
#[derive(Clone, Debug)]
pub struct Request {
    pub guild_id: Snowflake,
    /// Who asked; None for what the bot does by itself.
    pub actor_id: Option<Snowflake>,
    pub purpose: Purpose,
    /// Of the prompt below; the ledger keeps it.
    pub prompt_version: &'static str,
    /// The instructions, never a member's text: first what is the same for everybody, which the provider may cache.
    pub system: Vec<String>,
    /// From the oldest to the newest; the last one is the user's.
    pub turns: Vec<Turn>,
    /// JSON Schema that the answer must follow.
    pub schema: Option<Value>,
    pub max_output_tokens: u32,
    /// All attempts together may take so long.
    pub time: Duration,
    /// The same for every try of the same call: one ledger row.
    pub request_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub role: Role,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    User,
    Model,
}

/// An answer as its provider's file reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub text: String,
    pub finish: Finish,
    /// None: the service did not say.
    pub usage: Option<Usage>,
}

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    Complete,
    /// At the limit of tokens: the text is not whole.
    Truncated,
    /// The service or the model would not; its own word for why.
    Blocked(String),
    /// A reason that is not known here: the text may not be whole.
    Other(String),
}

/// Tokens, in what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// At the full rate.
    pub input: u32,
    /// Read from the provider's cache.
    pub cached: u32,
    /// Written to it.
    pub cache_write: u32,
    /// Without thinking.
    pub output: u32,
    pub thinking: u32,
}

/// How one service is spoken to.
pub struct Provider {
    /// As in the ledger and in `ai_prices`.
    pub name: &'static str,
    pub service: Service,
    /// What must be set for it.
    pub variables: &'static [&'static str],
    /// None if something is missing.
    pub access: fn(&Config) -> Option<Model>,
    pub encode: fn(&Model, &Request) -> Encoded,
    /// Reads a successful answer.
    pub decode: fn(&[u8]) -> std::result::Result<Said, String>,
    /// The most characters that all turns together may have.
    pub max_characters: usize,
}

/// One HTTP request; `path` follows the address. Headers beside `content-type`.
pub struct Encoded {
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The guild's budget of this month has no room for it.
    OverBudget { budget_usd: f64 },
    /// More than the model takes: the limit in characters.
    TooLong { max_characters: usize },
    /// The service did not answer in the time there was, or not at all.
    Service(ServiceError),
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::OverBudget { budget_usd } => {
                Self::user(format!("The AI budget of this month (${budget_usd:.2}) is used up."))
            }
            Trouble::TooLong { max_characters } => {
                Self::user(format!("That is too long: at most {max_characters} characters."))
            }
            Trouble::Service(error) => Self::Service(error),
        }
    }
}

/// Asks a model. One row in the ledger, whatever comes of it; a ledger that does not answer delays nothing.
pub async fn ask(cx: &Cx, provider: &Provider, request: &Request) -> std::result::Result<Said, Trouble> {
    let failed = |kind| {
        let operation = request.purpose.name().to_owned();
        Trouble::Service(ServiceError::new(provider.service, operation, kind))
    };
    let characters: usize = request.turns.iter().map(|turn| turn.text.chars().count()).sum();
    if characters > provider.max_characters {
        return Err(Trouble::TooLong { max_characters: provider.max_characters });
    }
    let access = (provider.access)(&cx.config).ok_or_else(|| failed(Failure::NotConfigured(provider.variables)))?;
    let call = ledger::Call::new(provider.name, &access.model, request);
    let count = |outcome: &str| cx.count(&AI_CALLS, &[provider.name, request.purpose.name(), outcome]);
    ledger::reserve(cx, &call, request).await.inspect_err(|_| count("over_budget"))?;
    let started = (cx.edge.now)();
    let (result, attempts) = match breaker::is_open(cx, provider.name).await {
        Some(retry_after_ms) => (Err(Failure::RateLimited { retry_after_ms }), 0),
        None => retry::answered(cx, provider, &access, request).await,
    };
    let duration_ms = ((cx.edge.now)() - started).num_milliseconds().max(0);
    if attempts > 0 {
        breaker::note(cx, provider.name, result.as_ref().err()).await;
    }
    count(outcome_of(&result));
    cx.observe(&AI_SECONDS, &[provider.name], duration_ms);
    ledger::record(cx, &call, &result, attempts, duration_ms).await;
    result.map_err(failed)
}

/// One try, within `timeout`.
async fn attempt(
    cx: &Cx,
    provider: &Provider,
    access: &Model,
    request: &Request,
    timeout: Duration,
) -> std::result::Result<(Said, http::HeaderMap), (Failure, http::HeaderMap)> {
    let none = http::HeaderMap::new;
    let encoded = (provider.encode)(access, request);
    let body = serde_json::to_vec(&encoded.body).map_err(|error| (Failure::Malformed(error.to_string()), none()))?;
    let mut http = cx.http.post(format!("{}{}", access.url, encoded.path)).header("content-type", "application/json");
    for (name, value) in encoded.headers {
        http = http.header(name, value);
    }
    let answer = clients::send(http.body(body), timeout, provider.service, request.purpose.name());
    let answer = answer.await.map_err(|error| (error.into_kind(), none()))?;
    if !answer.status.is_success() {
        return Err((refusal(answer.status.as_u16(), &answer.body), answer.headers));
    }
    match (provider.decode)(&answer.body) {
        Ok(said) => Ok((said, answer.headers)),
        Err(why) => Err((Failure::Malformed(why), answer.headers)),
    }
}

/// Both services put their own word under `error`: Google a `status`, Anthropic a `type`. Their messages are left out: they
/// may quote what was sent.
fn refusal(status: u16, body: &[u8]) -> Failure {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let word = |field: &str| body.get("error").and_then(|error| error.get(field)).and_then(Value::as_str);
    let code = word("status").or_else(|| word("type")).unwrap_or_default().to_owned();
    Failure::Refused { status, code, message: "an AI service refused".to_owned() }
}

/// A guess of tokens from above, for what is reserved: a token has hardly ever less than a byte's third.
pub fn most_tokens(text: &str) -> u32 {
    u32::try_from(text.len().div_ceil(3)).unwrap_or(u32::MAX)
}

/// Reads a field that is a number of tokens; a missing one is none.
fn tokens(of: &Value, field: &str) -> u32 {
    of.get(field).and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok()).unwrap_or_default()
}

/// What went wrong, in a word for the ledger.
fn outcome_of(result: &std::result::Result<Said, Failure>) -> &'static str {
    match result {
        Ok(Said { finish: Finish::Complete, .. }) => "answered",
        Ok(Said { finish: Finish::Truncated, .. }) => "truncated",
        Ok(Said { finish: Finish::Blocked(_), .. }) => "blocked",
        Ok(Said { finish: Finish::Other(_), .. }) => "unclear",
        Err(Failure::Timeout) => "timeout",
        Err(Failure::RateLimited { .. }) => "rate_limited",
        Err(Failure::Refused { .. }) => "refused",
        Err(Failure::Malformed(_)) => "malformed",
        Err(Failure::Unreachable(_) | Failure::NotConfigured(_)) => "unreachable",
    }
}

/// A text that is data between two marks that do not occur in it, whatever it says.
pub fn delimited(text: &str, seed: &str) -> String {
    let mut mark = format!("TEXT-{seed}");
    while text.contains(&mark) {
        mark.push('x');
    }
    format!("<<<{mark}\n{text}\n{mark}>>>")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_text_is_whole_between_marks_that_it_does_not_hold(text in ".*", seed in "[0-9]{1,3}") {
            let sent = delimited(&text, &seed);
            let (mark, _) = sent.trim_start_matches("<<<").split_once('\n').unwrap();
            prop_assert!(!text.contains(mark));
            prop_assert_eq!(&sent, &format!("<<<{mark}\n{text}\n{mark}>>>"));
        }
    }
}
