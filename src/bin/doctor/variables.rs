//! The variables alone, before anybody is asked: set, well formed, of the right kind.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use ed25519_dalek::SigningKey;

use crate::{Case, report::Report};

const PART: &str = "variables";

pub fn check(case: &Case, report: &mut Report) {
    for problem in &case.config.problems {
        report.fail(PART, problem.variable, problem.mend.clone());
    }
    if case.config.problems.is_empty() {
        report.ok(PART, "everything the Worker requires is set and can be read");
    }
    key(case, report, "SUPABASE_SECRET_KEY", "sb_secret_");
    key(case, report, "SUPABASE_PUBLISHABLE_KEY", "sb_publishable_");
    token(case, report);
    relay(case, report);
    if case.get("STATE_KEYS").is_none() {
        let what = "STATE_KEYS is not set: no history for crisis detection, no talks with Ash, no Admin tab";
        report.warn(PART, what, "`openssl rand -hex 32` makes a key; set it with `npx wrangler secret put STATE_KEYS`");
    }
    if case.get("ADMIN_PASSWORD").is_none() {
        let what = "ADMIN_PASSWORD is not set: the Admin tab stays closed, nobody can stop or start the bot there";
        let mend = "`openssl rand -base64 24` makes one; set it with `npx wrangler secret put ADMIN_PASSWORD`";
        report.warn(PART, what, mend);
    }
    if case.config.gemini_unbilled {
        let mend = "add billing to the key's project, then set GEMINI_BILLED=true";
        report.warn(PART, "GEMINI_API_KEY is set, GEMINI_BILLED is not: the audit is off", mend);
    }
    if !case.config.discord_api_url.starts_with("https://discord.com/") {
        report.ok(PART, "DISCORD_API_URL is a stand-in: nothing here says anything about Discord itself");
    }
}

/// The old keys are JSON web tokens, of which each holds its rights for ten years.
fn key(case: &Case, report: &mut Report, name: &'static str, prefix: &str) {
    let Some(key) = case.get(name) else {
        if name == "SUPABASE_PUBLISHABLE_KEY" {
            let mend = "Supabase -> Settings -> API Keys; put it where the dashboard is built";
            report.warn(PART, format!("{name} is not set: nobody can sign in to the dashboard"), mend);
        }
        return;
    };
    let mend = format!(
        "make a new one in Supabase -> Settings -> API Keys (it starts with {prefix}), then disable the legacy keys there"
    );
    match key {
        key if key.starts_with(prefix) => report.ok(PART, format!("{name} is a key of the right kind")),
        key if key.starts_with("eyJ") => {
            report.fail(PART, format!("{name} is a legacy anon or service_role key"), mend)
        }
        key if key.starts_with("sb_secret_") => {
            report.fail(PART, format!("{name} is a secret key, and every browser would get it"), mend);
        }
        _ => report.fail(PART, format!("{name} does not start with {prefix}"), mend),
    }
}

/// A bot token begins with the bot's id.
fn token(case: &Case, report: &mut Report) {
    let (Some(token), Some(id)) = (case.get("DISCORD_BOT_TOKEN"), case.get("DISCORD_APPLICATION_ID")) else { return };
    let first = token.split('.').next().unwrap_or_default().trim_end_matches('=');
    let said = STANDARD_NO_PAD.decode(first).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    if said.is_some_and(|said| said != id) {
        let mend = "copy both from the same application of Discord's developer portal";
        report.fail(PART, "DISCORD_BOT_TOKEN belongs to another application than DISCORD_APPLICATION_ID", mend);
    }
}

fn relay(case: &Case, report: &mut Report) {
    let (Some(seed), Some(public)) = (case.get("RELAY_SIGNING_SEED"), case.get("RELAY_PUBLIC_KEY")) else { return };
    let seed: Option<[u8; 32]> = hex::decode(seed).ok().and_then(|bytes| bytes.try_into().ok());
    let ours = seed.map(|seed| hex::encode(SigningKey::from_bytes(&seed).verifying_key().as_bytes()));
    let mend = "`cargo xtask keys` prints a fresh pair: the seed is the relay's, the public key the Worker's";
    let otherwise = "RELAY_PUBLIC_KEY is not the public key of RELAY_SIGNING_SEED";
    let is_pair = ours.is_some_and(|ours| ours.eq_ignore_ascii_case(public));
    report.expect(is_pair, PART, "the relay's two keys are a pair", otherwise, mend);
}
