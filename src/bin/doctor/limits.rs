//! The free plans' limits, against what is used where that can be known. Source: the vendors' pages in November 2026.

use crate::{Case, report::Report};

const PART: &str = "free plans";
/// Supabase's free plan; beyond it the project only reads.
const DATABASE_MB: u64 = 500;
/// Cloudflare's free plan, a day.
const REQUESTS: u64 = 100_000;
/// Upstash's free plan, a month.
const COMMANDS: u64 = 500_000;
/// The relay's word about itself and the scheduled tick, a day.
const IDLE_REQUESTS: u64 = 86_400 / 10 + 24 * 60;

pub fn check(case: &Case, report: &mut Report) {
    match case.database.as_ref().and_then(|database| database.get("bytes")?.as_u64()) {
        Some(bytes) => {
            let mb = bytes >> 20;
            let what = format!("the database has {mb} MB of {DATABASE_MB}");
            match mb * 10 >= DATABASE_MB * 8 {
                true => report.warn(PART, what, "shorten retention in `/setup`, or take Supabase's paid plan"),
                false => report.ok(PART, what),
            }
        }
        None => report.skip(
            PART,
            format!("the database's size, of {DATABASE_MB} MB"),
            "set SUPABASE_DB_URL, or look at Supabase's usage page",
        ),
    }
    let mend =
        "Cloudflare -> Workers & Pages -> the Worker -> Metrics; beyond it Discord gets no answer until midnight UTC";
    report.skip(PART, format!("requests a day, of {REQUESTS} (a relay alone makes about {IDLE_REQUESTS})"), mend);
    let mend = "Upstash -> your database -> Usage; beyond it take the plan that counts";
    report.skip(PART, format!("Upstash's commands a month, of {COMMANDS}"), mend);
}
