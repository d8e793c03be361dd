//! The Worker, as strangers and Discord meet it, and what it says of itself and the relay.

use from_json::Value;
use reqwest::Method;

use crate::{
    Case,
    net::{Said, seconds},
    report::Report,
};

const PART: &str = "worker";
const DEPLOY: &str = "`npx wrangler deploy`";
/// The Worker's own way to its stores.
const SLOW_MS: u64 = 100;

pub async fn check(case: &Case, report: &mut Report) {
    let Some(url) = case.worker() else {
        return report.skip(PART, "WORKER_URL is not set", "set it to https://<name>.<account>.workers.dev");
    };
    match ask(case, Method::GET, "/health", &[]).await {
        Ok(said) if said.status == 200 => version(report, &said.json()),
        Ok(said) => return report.fail(PART, format!("GET /health answers {}", said.status), DEPLOY),
        Err(error) => return report.fail(PART, error, format!("check WORKER_URL; {DEPLOY}")),
    }
    probes(case, report).await;
    dashboard(case, report, url).await;
    match ask(case, Method::GET, "/health/detailed", &[]).await {
        Ok(said) if said.status == 200 => detailed(report, &said.json()),
        Ok(said) => report.fail(PART, format!("GET /health/detailed answers {}", said.status), DEPLOY),
        Err(error) => report.fail(PART, format!("GET /health/detailed: {error}"), DEPLOY),
    }
}

async fn ask(case: &Case, method: Method, path: &str, headers: &[(&str, &str)]) -> Result<Said, &'static str> {
    let url = case.worker().unwrap_or_default();
    let is_post = method == Method::POST;
    let request = case.net.http.request(method, format!("{url}{path}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let ping =
        |request: reqwest::RequestBuilder| request.header("content-type", "application/json").body("{\"type\":1}");
    case.net.ask(PART, if is_post { ping(request) } else { request }).await
}

fn version(report: &mut Report, health: &Value) {
    let deployed = health.get("version").and_then(Value::as_str).unwrap_or("?");
    match deployed == env!("CARGO_PKG_VERSION") {
        true => report.ok(PART, format!("version {deployed} answers")),
        false => {
            report.warn(PART, format!("version {deployed} is deployed, this is {}", env!("CARGO_PKG_VERSION")), DEPLOY)
        }
    }
}

/// Discord probes like this, and takes the URL away from who answers otherwise.
async fn probes(case: &Case, report: &mut Report) {
    let now = seconds().to_string();
    let forged = "0".repeat(128);
    let discord = [("x-signature-timestamp", now.as_str()), ("x-signature-ed25519", forged.as_str())];
    let relay = ["/relay/config", "/relay/events", "/relay/tick", "/relay/identify"];
    let mut asked = vec![(Method::POST, "/interactions", &discord[..]), (Method::POST, "/interactions", &[])];
    asked.extend(relay.map(|path| (if path == "/relay/config" { Method::GET } else { Method::POST }, path, &[][..])));
    let mut wrong = vec![];
    for (method, path, headers) in asked {
        match ask(case, method, path, headers).await {
            Ok(said) if said.status == 401 => {}
            Ok(said) => wrong.push(format!("{path} answers {}", said.status)),
            Err(error) => wrong.push(format!("{path}: {error}")),
        }
    }
    let mend = "404: run_worker_first in wrangler.toml lacks the path; 503: a public key is not set; 200: deploy a clean checkout at once";
    report.expect(wrong.is_empty(), PART, "wrong and missing signatures are refused", wrong.join(", "), mend);
}

async fn dashboard(case: &Case, report: &mut Report, url: &str) {
    const PART: &str = "dashboard";
    let page = ask(case, Method::GET, "/", &[]).await;
    let Some(page) = page.ok().filter(|said| said.status == 200 && said.header("content-type").contains("html")) else {
        return report.fail(PART, format!("{url}/ is no page"), DEPLOY);
    };
    let config = match ask(case, Method::GET, "/config.json", &[]).await {
        Ok(said) if said.status == 200 => said.json(),
        _ => return report.fail(PART, "/config.json is missing", DEPLOY),
    };
    let text = |name: &str| config.get(name).and_then(Value::as_str).unwrap_or_default();
    let (address, key) = (text("supabaseUrl").trim_end_matches('/'), text("publishableKey"));
    let ours = case.config.supabase.as_ref().map(|access| access.url.as_str()).unwrap_or_default();
    if !key.starts_with("sb_publishable_") && !key.is_empty() {
        let mend = "revoke this key in Supabase now, then build with SUPABASE_PUBLISHABLE_KEY=sb_publishable_...";
        return report.fail(PART, "it shows browsers a key that is not publishable", mend);
    }
    let mend = "set SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY where it is built, then `npx wrangler deploy`";
    let is_ours =
        !key.is_empty() && address == ours && case.get("SUPABASE_PUBLISHABLE_KEY").is_none_or(|ours| ours == key);
    report.expect(is_ours, PART, "it asks this Supabase", "it asks another Supabase, or none", mend);
    let policy = page.header("content-security-policy");
    let is_local = address.starts_with("http://127.0.0.1") || address.starts_with("http://localhost");
    match policy.contains("connect-src") && (policy.contains(address) || is_local) {
        true => report.ok(PART, "its content security policy lets it ask this Supabase and nobody else"),
        false => report.fail(
            PART,
            "its headers do not let it ask this Supabase",
            "build it anew: `cargo xtask bundle`, then deploy",
        ),
    }
}

fn detailed(report: &mut Report, health: &Value) {
    let problems = health.get("config_problems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for problem in problems.iter().filter_map(Value::as_str) {
        report.fail(PART, format!("it misses {problem}"), "`cargo xtask secrets` prints how to set it");
    }
    let component = |name: &str| health.pointer(&format!("/components/{name}")).cloned().unwrap_or_default();
    for name in ["supabase", "upstash"] {
        let said = component(name);
        let ms = said.get("latency_ms").and_then(Value::as_u64);
        match (status(&said), ms) {
            ("up", Some(ms @ SLOW_MS..)) => {
                let mend =
                    "put Supabase and Upstash into one region, and the Worker near it (placement in wrangler.toml)";
                report.warn(PART, format!("{name} takes {ms} ms from the Worker"), mend);
            }
            ("up", _) => report.ok(PART, format!("{name} answers the Worker in {} ms", ms.unwrap_or_default())),
            _ => report.fail(
                PART,
                format!("{name} is down for the Worker"),
                "the Worker's own secret for it may be another one: `cargo xtask secrets`",
            ),
        }
    }
    relay(report, &component("relay"));
    detection(report, &component("detection"));
    resources(report, &component("resources"));
    let trouble = component("features");
    if let Some(troubles) = trouble.get("guilds_with_trouble").and_then(Value::as_object) {
        let names: Vec<String> = troubles.iter().map(|(key, guilds)| format!("{key} ({guilds})")).collect();
        report.warn(
            "features",
            format!("do not work in some servers: {}", names.join(", ")),
            "`/setup` in those servers says why",
        );
    }
    for (name, why) in health.get("off").and_then(Value::as_object).into_iter().flatten() {
        report.warn("features", format!("{name} is off"), why.as_str().unwrap_or_default());
    }
}

fn status(component: &Value) -> &str {
    component.get("status").and_then(Value::as_str).unwrap_or("unknown")
}

fn relay(report: &mut Report, said: &Value) {
    match status(said) {
        "up" => report.ok("relay", "its heartbeat arrives"),
        "never_heard_of" => report.fail(
            "relay",
            "no relay was ever heard of: nothing that members write is noticed",
            "start it, see docs/relay.md",
        ),
        "degraded" => report.warn("relay", "it is not well", "its own /health says why"),
        other => report.fail("relay", format!("it is {other}"), "look at its log and its /health, see docs/relay.md"),
    }
}

fn detection(report: &mut Report, said: &Value) {
    let mend = "/health/detailed says what is wrong; docs/crisis.md says what still works meanwhile";
    match status(said) {
        "degraded" | "down" => report.fail("detection", "crisis detection is degraded", mend),
        "unknown" => report.skip("detection", "the Worker cannot tell", mend),
        _ => report.ok("detection", "crisis detection works"),
    }
}

fn resources(report: &mut Report, said: &Value) {
    let names = said.get("unverified").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if names.is_empty() {
        return report.ok("resources", "every helpline was verified in the last 180 days");
    }
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    let mend = "call or read each, then write last_verified and verified_by into src/care/resources.txt";
    report.warn(
        "resources",
        format!("not verified in the last 180 days, so not shown in production: {}", names.join(", ")),
        mend,
    );
}
