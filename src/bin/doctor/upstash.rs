//! Upstash: the token, whether it may write, what it does when it is full, how long an answer takes.

use std::time::Duration;

use from_json::{Value, json};

use crate::{Case, net::Said, report::Report};

const PART: &str = "upstash";
const ROUNDS: usize = 5;
/// The bot asks it once or twice for each message.
const SLOW: Duration = Duration::from_millis(150);

pub async fn check(case: &Case, report: &mut Report) {
    if case.config.upstash.is_none() {
        return report.skip(
            PART,
            "address or token is missing",
            "set UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN",
        );
    }
    // Deleting nothing is a write all the same, and a token that may only read is refused it.
    let said = match ask(case, json!([["DEL", "doctor:nothing"], ["INFO", "memory"]])).await {
        Ok(said) if said.status == 200 => said.json(),
        Ok(said) if said.status == 401 => {
            return report.fail(
                PART,
                "the token is refused",
                "Upstash -> your database -> REST API: copy URL and token together",
            );
        }
        Ok(said) => {
            return report.fail(
                PART,
                format!("it answers {}", said.status),
                "look at the database in Upstash's console",
            );
        }
        Err(error) => {
            let mend = "check UPSTASH_REDIS_REST_URL; a free database that nobody used for 30 days is archived: restore it in the console";
            return report.fail(PART, error, mend);
        }
    };
    let is_written = said.pointer("/0/result").is_some();
    let mend = "use the token that may write, not the read-only one";
    report.expect(is_written, PART, "reachable, and the token may write", "the token may not write", mend);
    eviction(report, said.pointer("/1/result").and_then(Value::as_str));
    latency(case, report).await;
}

async fn ask(case: &Case, commands: Value) -> Result<Said, &'static str> {
    let url = case.config.upstash.as_ref().map(|access| access.url.as_str()).unwrap_or_default();
    let token = case.get("UPSTASH_REDIS_REST_TOKEN").unwrap_or_default();
    let request = case.net.http.post(format!("{url}/pipeline")).header("authorization", format!("Bearer {token}"));
    case.net.ask(PART, request.header("content-type", "application/json").body(commands.to_string())).await
}

/// With eviction, a full database would silently forget cooldowns, leases and talks.
fn eviction(report: &mut Report, info: Option<&str>) {
    let policy = info.and_then(|info| info.lines().find_map(|line| line.strip_prefix("maxmemory_policy:")));
    let mend = "Upstash -> your database -> Configuration: Eviction must be off";
    match policy.map(str::trim) {
        Some("noeviction") => report.ok(PART, "nothing is evicted"),
        Some(policy) => report.fail(PART, format!("keys are evicted when it is full ({policy})"), mend),
        None => report.skip(PART, "it does not say whether keys are evicted", mend),
    }
}

async fn latency(case: &Case, report: &mut Report) {
    let mut times = vec![];
    for _ in 0..ROUNDS {
        if let Ok(said) = ask(case, json!([["PING"]])).await {
            times.push(said.took);
        }
    }
    times.sort_unstable();
    let Some(middle) = times.get(times.len() / 2) else { return };
    let what = format!("answers in {} ms, seen from here", middle.as_millis());
    match *middle > SLOW {
        true => report.warn(
            PART,
            what,
            "if the Worker's own figure below is high too, move the database near to Supabase and the Worker",
        ),
        false => report.ok(PART, what),
    }
}
