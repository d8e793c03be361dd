//! The ledger: one row for each AI call with what it cost, never what was said. What cannot be written now is written later.

use from_json::{FromJson, Value, json};

use super::{Finish, Request, Said, Trouble, Usage, most_tokens, outcome_of};
use crate::{
    command,
    context::{Cx, logged},
    error::{Failure, Result},
    lang::Lang,
    settings,
};

/// Rows that could not be written, until the job writes them. Ids, numbers and words of ours alone.
const UNWRITTEN: &str = "ai:unwritten";
const MAX_AT_ONCE: usize = 100;
/// Stands in `/setup` while a budget is nearly used up; `reserve_ai_call` looks for it.
const BUDGET_TROUBLE: &str = "audit.budget";

/// What is known of a call before it is made.
pub struct Call(Value);

impl Call {
    pub fn new(provider: &str, model: &str, request: &Request) -> Self {
        let mut call = json!({
            "guild_id": request.guild_id, "purpose": request.purpose.name(), "provider": provider, "model": model,
            "prompt_version": request.prompt_version, "request_id": request.request_id,
        });
        if let (Some(actor), Some(fields)) = (request.actor_id, call.as_object_mut()) {
            fields.insert("actor_id".to_owned(), json!(actor));
        }
        Self(call)
    }
}

/// What `reserve_ai_call` answers.
#[derive(FromJson)]
struct Reserved {
    allowed: bool,
    budget_usd: f64,
    spent_usd: f64,
    price_known: bool,
    #[serde(default)]
    was_warned: bool,
}

/// Notes that the call begins. Without the database there is no budget to ask: the call is made.
pub async fn reserve(cx: &Cx, call: &Call, request: &Request) -> Result<(), Trouble> {
    let input = request.turns.iter().map(|turn| most_tokens(&turn.text)).sum::<u32>()
        + request.system.iter().map(|text| most_tokens(text)).sum::<u32>();
    let arguments = json!({
        "call": call.0, "most_input": input, "most_output": request.max_output_tokens,
        "is_budgeted": request.purpose.is_budgeted(), "at": cx.now,
    });
    let reserved = cx.supabase.rpc::<Reserved>("reserve_ai_call", &arguments).await;
    let Some(reserved) = logged(cx, "ai", reserved.map_err(Into::into)) else { return Ok(()) };
    if !reserved.allowed {
        return Err(Trouble::OverBudget { budget_usd: reserved.budget_usd });
    }
    if !reserved.price_known {
        cx.log("warn", "ai_price_unknown", json!({"provider": call.0.get("provider"), "model": call.0.get("model")}));
    }
    let is_warned = request.purpose.is_budgeted() && reserved.spent_usd >= 0.8 * reserved.budget_usd;
    if is_warned != reserved.was_warned && request.purpose.is_budgeted() {
        let warning = is_warned.then(|| nearly_used(cx.lang, reserved.budget_usd));
        let noted = settings::note_trouble(cx, request.guild_id, BUDGET_TROUBLE, warning.as_deref()).await;
        logged(cx, "ai", noted);
    }
    Ok(())
}

fn nearly_used(lang: Lang, budget_usd: f64) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "80 % of this month's AI budget (${budget_usd:.2}) are used. At 100 % audits, triage and summaries stop; \
             crisis detection and Ash never do."
        ),
    }
}

/// Notes how it ended. Never fails: what Supabase does not take waits in Upstash for the job.
pub async fn record(cx: &Cx, call: &Call, result: &Result<Said, Failure>, attempts: u32, duration_ms: i64) {
    let mut row = call.0.clone();
    let usage = match result {
        Ok(said) => said.usage,
        // Not made at all, or refused: nothing was used.
        Err(Failure::Refused { .. } | Failure::RateLimited { .. } | Failure::Unreachable(_)) => Some(Usage::default()),
        Err(_) => None,
    };
    if let Some(fields) = row.as_object_mut() {
        fields.insert("outcome".to_owned(), json!(outcome_of(result)));
        fields.insert("attempts".to_owned(), json!(attempts));
        fields.insert("duration_ms".to_owned(), json!(duration_ms));
        fields.insert("at".to_owned(), json!(cx.now));
        if let Some(usage) = usage {
            fields.insert("input_tokens".to_owned(), json!(usage.input));
            fields.insert("cached_tokens".to_owned(), json!(usage.cached));
            fields.insert("cache_write_tokens".to_owned(), json!(usage.cache_write));
            fields.insert("output_tokens".to_owned(), json!(usage.output));
            fields.insert("thinking_tokens".to_owned(), json!(usage.thinking));
        }
    }
    if let Ok(Said { finish: Finish::Other(reason), .. }) = result {
        cx.log("warn", "ai_finish_unknown", json!({"reason": reason}));
    }
    if let Err(error) = cx.supabase.rpc::<()>("record_ai_calls", &json!({"calls": [row]})).await {
        cx.log_failure("ai", &error.into());
        let keep = cx.redis.pipeline(&[command!["RPUSH", UNWRITTEN, row]]).await;
        if logged(cx, "ai", keep.map_err(Into::into)).is_none() {
            // The last place where it can be kept: numbers and ids, no text.
            cx.log("error", "ai_call_unwritten", row);
        }
    }
}

/// The job that writes what waits. A row that was written twice is one row.
pub async fn write_waiting(cx: &Cx) -> Result<()> {
    let replies = cx.redis.pipeline(&[command!["LRANGE", UNWRITTEN, 0, MAX_AT_ONCE - 1]]).await?;
    let waiting = replies.first().map(|reply| reply.array()).unwrap_or_default();
    if waiting.is_empty() {
        return Ok(());
    }
    let rows: Vec<Value> = waiting.iter().filter_map(|one| serde_json::from_str(one.text()?).ok()).collect();
    cx.supabase.rpc::<()>("record_ai_calls", &json!({"calls": rows})).await?;
    cx.redis.pipeline(&[command!["LTRIM", UNWRITTEN, waiting.len(), -1]]).await?;
    Ok(())
}
