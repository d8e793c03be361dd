//! Ash-NLP: there, ready, and closed to who brings no credentials; as the Worker sees it, or else as this machine does.

use ed25519_dalek::{Signer, SigningKey};
use from_json::{Value, json};
use secrecy::ExposeSecret;

use crate::{Case, net::seconds, report::Report};

const PART: &str = "ash-nlp";
const REACH: &str = "check NLP_BASE_URL and its tunnel";
const TOKEN: &str =
    "set NLP_ACCESS_CLIENT_ID and NLP_ACCESS_CLIENT_SECRET to a service token that the Access policy lets in";
const LOADS: &str = "look at its log: it may still load its models";
/// From the Worker; an alert is promised within 750 ms, and Ash-NLP's work comes on top.
const SLOW_MS: u64 = 400;

pub async fn check(case: &Case, report: &mut Report) {
    match from_worker(case).await {
        Ok(said) => seen_by_worker(case, report, &said),
        Err((why, mend)) => {
            if case.worker().is_some() && case.config.nlp.is_some() {
                report.skip(PART, format!("not asked from the Worker: {why}"), mend);
            }
            from_here(case, report).await;
        }
    }
    if case.config.nlp.is_some() && case.get("NLP_INTERNAL_KEY").is_none() {
        report.warn(
            PART,
            "without NLP_INTERNAL_KEY it takes 60 messages a minute",
            "set it to Ash-NLP's ash_internal_bypass_key",
        );
    }
}

/// What the Worker says of it, asked as a relay would ask; else why not, and how to mend that.
async fn from_worker(case: &Case) -> Result<Value, (String, &'static str)> {
    let url = case.worker().ok_or_else(|| ("WORKER_URL is not set".to_owned(), "set it"))?;
    let seed: Option<[u8; 32]> =
        case.get("RELAY_SIGNING_SEED").and_then(|seed| hex::decode(seed).ok()?.try_into().ok());
    let seed = seed.ok_or_else(|| ("RELAY_SIGNING_SEED is not known here".to_owned(), "put the relay's into .env"))?;
    let (timestamp, body) = (seconds().to_string(), json!({"v": 1}).to_string());
    let signature = SigningKey::from_bytes(&seed).sign(format!("{timestamp}{body}").as_bytes());
    let request = case
        .net
        .http
        .post(format!("{url}/admin/probe"))
        .header(relay_wire::headers::TIMESTAMP, timestamp)
        .header(relay_wire::headers::SIGNATURE, hex::encode(signature.to_bytes()))
        .header("content-type", "application/json")
        .body(body);
    match case.net.ask("worker", request).await {
        Ok(said) if said.status == 200 => Ok(said.json()),
        Ok(said) => {
            let mend = match said.status {
                // An older Worker has a desk there, which asks who is signed in.
                401 if said.json().get("code").is_some() => "`npx wrangler deploy`: the Worker is older than this",
                401 => "give the Worker the RELAY_PUBLIC_KEY of this RELAY_SIGNING_SEED",
                429 => "run it again in a minute",
                _ => "`npx wrangler deploy`",
            };
            Err((format!("POST /admin/probe answers {}", said.status), mend))
        }
        Err(error) => Err((error.to_owned(), "the findings about the worker say why")),
    }
}

fn seen_by_worker(case: &Case, report: &mut Report, said: &Value) {
    let of = |name: &str| said.pointer(&format!("/nlp/{name}"));
    let text = |name: &str| of(name).and_then(Value::as_str).unwrap_or_default();
    let reason = text("reason");
    match (text("status"), of("latency_ms").and_then(Value::as_u64).unwrap_or_default()) {
        ("off", _) if case.config.nlp.is_some() => {
            let mend = "`cargo xtask secrets` prints how to set it";
            return report.fail(PART, "the Worker has no NLP_BASE_URL: the built-in screen decides alone", mend);
        }
        ("off", _) => return none(report),
        ("up", ms @ SLOW_MS..) => {
            let mend =
                "let it run nearer to the Worker (placement in wrangler.toml), or look at its load: alerts wait for it";
            report.warn(PART, format!("ready, but its health alone takes {ms} ms from the Worker"), mend);
        }
        ("up", ms) => report.ok(PART, format!("ready for the Worker, in {ms} ms")),
        ("degraded", _) => report.fail(PART, format!("from the Worker: {reason}"), LOADS),
        (_, _) => {
            let mend = if reason.contains("credentials") { TOKEN } else { REACH };
            report.fail(PART, format!("from the Worker: {reason}"), mend);
        }
    }
    match of("refuses_strangers").and_then(Value::as_bool) {
        Some(false) if is_local(case) => local(report),
        Some(false) => open(report, ""),
        Some(true) => closed(report),
        None => report.skip(PART, "whether it refuses strangers: it did not answer the Worker", "run it again"),
    }
}

async fn from_here(case: &Case, report: &mut Report) {
    let Some(nlp) = &case.config.nlp else { return none(report) };
    let with = |request: reqwest::RequestBuilder| {
        nlp.headers.iter().fold(request, |request, (name, value)| request.header(*name, value.expose_secret()))
    };
    match case.net.ask(PART, with(case.net.http.get(format!("{}/health", nlp.url)))).await {
        Ok(said) if said.status == 200 => {
            let is_ready = said.json().get("ready").and_then(Value::as_bool) == Some(true);
            report.expect(is_ready, PART, "ready", "there, but not ready", LOADS);
        }
        Ok(said) if matches!(said.status, 302 | 401 | 403) => {
            return report.fail(PART, format!("our credentials are refused ({})", said.status), TOKEN);
        }
        Ok(said) => return report.fail(PART, format!("it answers {}", said.status), REACH),
        Err(error) => return report.fail(PART, error, REACH),
    }
    if is_local(case) {
        return local(report);
    }
    match case.net.ask(PART, case.net.http.get(format!("{}/health", nlp.url))).await {
        Ok(said) if matches!(said.status, 302 | 401 | 403) => closed(report),
        Ok(said) => open(report, &format!(" ({})", said.status)),
        Err(error) => report.skip(PART, format!("asked without credentials: {error}"), "run it again"),
    }
}

fn is_local(case: &Case) -> bool {
    case.config.nlp.as_ref().is_some_and(|nlp| nlp.url.starts_with("http://"))
}

fn none(report: &mut Report) {
    report.ok(PART, "none: the built-in screen decides alone, and the alerts say so");
}

fn local(report: &mut Report) {
    report.ok(PART, "on this machine alone, so nobody else can ask it");
}

fn closed(report: &mut Report) {
    report.ok(PART, "who brings no credentials is refused");
}

/// Ash-NLP itself asks nobody who they are: what stands before it has to.
fn open(report: &mut Report, how: &str) {
    let mend = "put it behind Cloudflare Access with a service token: docs/deployment.md, Ash-NLP";
    report.fail(PART, format!("Ash-NLP answers anybody{how}"), mend);
}
