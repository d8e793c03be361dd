//! Supabase: both keys, the migrations, and that strangers read nothing.

use std::{collections::BTreeSet, fs, path::Path};

use from_json::Value;
use futures_util::{StreamExt, stream};

use crate::{Case, net::Said, report::Report};

const PART: &str = "supabase";
const MIGRATE: &str = "`cargo xtask migrate`";
const AT_ONCE: usize = 6;

pub async fn check(case: &Case, report: &mut Report) {
    let Some(access) = &case.config.supabase else {
        return report.skip(PART, "address or secret key is missing", "set SUPABASE_URL and SUPABASE_SECRET_KEY");
    };
    let secret = case.get("SUPABASE_SECRET_KEY").unwrap_or_default();
    let applied = match ask(case, &access.url, secret, "rest/v1/_sqlx_migrations?select=version,success").await {
        Ok(said) if said.status == 200 => Some(said.json()),
        Ok(said) if matches!(said.status, 401 | 403) => {
            let mend = "Supabase -> Settings -> API Keys: SUPABASE_SECRET_KEY must be of the project of SUPABASE_URL";
            return report.fail(PART, format!("the secret key is refused ({})", said.status), mend);
        }
        Ok(said) if said.status == 404 => None,
        Ok(said) => {
            let mend = "if the project is paused, restore it in Supabase's dashboard";
            return report.fail(PART, format!("it answers {}", said.status), mend);
        }
        Err(error) => {
            return report.fail(PART, error, "check SUPABASE_URL; a paused project has no address at all: restore it");
        }
    };
    report.ok(PART, "reachable with the secret key");
    match (&case.database, applied) {
        // The database itself says it more fully.
        (Some(_), _) => {}
        (None, Some(rows)) => migrations(report, &rows),
        (None, None) => report.fail(PART, "no migration was ever applied, or they cannot be seen", MIGRATE),
    }
    if let Some(database) = &case.database {
        of_database(report, database);
    }
    strangers(case, report, &access.url).await;
    sign_up(case, report, &access.url).await;
}

async fn ask(case: &Case, url: &str, key: &str, path: &str) -> Result<Said, &'static str> {
    case.net.ask(PART, case.net.http.get(format!("{url}/{path}")).header("apikey", key)).await
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))
}

/// Version and text of each file of migrations/.
fn files() -> Vec<(i64, String)> {
    let all = fs::read_dir(folder()).into_iter().flatten().flatten().map(|entry| entry.path());
    let read = |path: &Path| {
        let version = path.file_name()?.to_str()?.split('_').next()?.parse().ok()?;
        Some((version, fs::read_to_string(path).ok()?))
    };
    all.filter_map(|path| read(&path)).collect()
}

fn migrations(report: &mut Report, rows: &Value) {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    let applied: BTreeSet<i64> = rows
        .iter()
        .filter(|row| row.get("success").and_then(Value::as_bool) == Some(true))
        .filter_map(|row| row.get("version")?.as_i64())
        .collect();
    let known: BTreeSet<i64> = files().into_iter().map(|(version, _)| version).collect();
    let missing = known.difference(&applied).count();
    let newer = applied.difference(&known).count();
    report.expect(
        missing == 0,
        PART,
        "all migrations are applied",
        format!("{missing} migrations are not applied"),
        MIGRATE,
    );
    if newer > 0 {
        let mend = "run the doctor, and deploy, from the newest checkout";
        report.warn(PART, format!("{newer} migrations are applied that this checkout does not have"), mend);
    }
}

/// What `cargo xtask migrate --check` found.
fn of_database(report: &mut Report, database: &Value) {
    let names = |field: &str| {
        let all = database.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
    };
    if let Some(problem) = database.get("problem").and_then(Value::as_str) {
        return report.fail(PART, "the database cannot be looked at", problem);
    }
    let pending = names("pending");
    report.expect(pending.is_empty(), PART, "all migrations are applied", format!("not applied: {pending}"), MIGRATE);
    let changed = names("changed");
    if !changed.is_empty() {
        let mend = "migrations are never edited once they are applied: restore the files from git";
        report.fail(PART, format!("changed after they were applied: {changed}"), mend);
    }
    let open = names("without_rls");
    let mend = "alter table ... enable row level security; no table of ours is without, so something else made them";
    report.expect(
        open.is_empty(),
        PART,
        "row level security is on for every table",
        format!("without row level security: {open}"),
        mend,
    );
    let readable = names("open_to_strangers");
    let mend = "revoke all on these from anon, authenticated";
    report.expect(
        readable.is_empty(),
        PART,
        "no table is granted to browsers",
        format!("granted to anon or authenticated: {readable}"),
        mend,
    );
}

/// Asks for every table with the key that every browser has.
async fn strangers(case: &Case, report: &mut Report, url: &str) {
    let Some(key) = case.get("SUPABASE_PUBLISHABLE_KEY") else {
        return report.skip(PART, "what strangers can read", "set SUPABASE_PUBLISHABLE_KEY");
    };
    let mut tables: Vec<String> = files()
        .iter()
        .flat_map(|(_, sql)| sql.match_indices("create table public.").map(|(at, found)| sql.get(at + found.len()..)))
        .filter_map(|rest| Some(rest?.split(|one: char| !(one.is_alphanumeric() || one == '_')).next()?.to_owned()))
        .collect();
    tables.sort_unstable();
    let asked = stream::iter(&tables).map(|table| async move {
        let said = ask(case, url, key, &format!("rest/v1/{table}?limit=1")).await;
        (table, said.map(|said| (said.status, said.json().as_array().is_some_and(|rows| !rows.is_empty()))))
    });
    let said: Vec<_> = asked.buffer_unordered(AT_ONCE).collect().await;
    let of = |wanted: fn(&(u16, bool)) -> bool| {
        let found = said.iter().filter(|(_, said)| said.as_ref().is_ok_and(wanted)).map(|(table, _)| table.as_str());
        found.collect::<Vec<_>>().join(", ")
    };
    let unasked = said.iter().filter(|(_, said)| said.is_err()).count();
    let read = of(|(status, has_rows)| (200..300).contains(status) && *has_rows);
    let granted = of(|(status, has_rows)| (200..300).contains(status) && !has_rows);
    if !read.is_empty() {
        let mend =
            "at once: alter table ... enable row level security, and revoke all from anon; then look who read it";
        return report.fail(PART, format!("anybody on the internet can read {read}"), mend);
    }
    if !granted.is_empty() {
        report.warn(
            PART,
            format!("open to strangers, though empty to them: {granted}"),
            "revoke all on these from anon",
        );
    }
    match unasked {
        0 if granted.is_empty() => report.ok(PART, format!("strangers are refused by all {} tables", tables.len())),
        0 => {}
        _ => report.skip(PART, format!("{unasked} tables did not answer when asked as a stranger"), "run it again"),
    }
}

async fn sign_up(case: &Case, report: &mut Report, url: &str) {
    let Some(key) = case.get("SUPABASE_PUBLISHABLE_KEY") else { return };
    let said = match ask(case, url, key, "auth/v1/settings").await {
        Ok(said) if said.status == 200 => said.json(),
        Ok(said) if matches!(said.status, 401 | 403) => {
            let mend =
                "Supabase -> Settings -> API Keys: SUPABASE_PUBLISHABLE_KEY must be of the project of SUPABASE_URL";
            return report.fail(PART, format!("the publishable key is refused ({})", said.status), mend);
        }
        Ok(said) => {
            return report.skip(
                PART,
                format!("Auth's settings answer {}", said.status),
                "look at Authentication -> Sign In",
            );
        }
        Err(error) => return report.fail(PART, format!("Auth: {error}"), "try again later"),
    };
    let is_closed = said.get("disable_signup").and_then(Value::as_bool) == Some(true);
    // The first sign-in with Discord is a sign-up.
    let with_discord = case.get("SUPABASE_DISCORD_SIGN_IN") == Some("true");
    match (is_closed, with_discord) {
        (true, false) => report.ok(PART, "only you make accounts"),
        (false, true) => report.ok(PART, "new staff can sign in with Discord; an account without a right sees nothing"),
        (true, true) => {
            let mend = "Supabase -> Authentication -> Sign In: switch on that new users can sign up (an account without a right sees nothing)";
            report.warn(PART, "new staff cannot sign in with Discord: nobody new may sign up", mend);
        }
        (false, false) => {
            let mend = "Supabase -> Authentication -> Sign In: switch off that new users can sign up (they would see nothing, but why let them); leave the email provider on";
            report.warn(PART, "anybody can make an account", mend);
        }
    }
}
