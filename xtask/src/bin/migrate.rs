//! Applies migrations/ to the database of SUPABASE_DB_URL, each in its own transaction, under a lock, once. With `--check` it only
//! says what is missing and which tables are open, as JSON with `--json`.

use std::{collections::BTreeMap, path::Path, process::ExitCode};

use local_tools::checkout;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, migrate::Migrator};

fn main() -> ExitCode {
    match run() {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let url = std::env::var("SUPABASE_DB_URL").map_err(|_| "SUPABASE_DB_URL is not set")?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let dir = checkout().join("migrations");
    let asked = |name: &str| std::env::args().any(|arg| arg == name);
    if !asked("--check") {
        return runtime.block_on(apply(&url, &dir));
    }
    let found = runtime.block_on(look(&url, &dir))?;
    if asked("--json") {
        return Ok(found.to_string());
    }
    let lines = found.as_object().into_iter().flatten().map(|(name, value)| format!("{name}: {value}"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let is_well = ["pending", "changed", "without_rls", "open_to_strangers"]
        .iter()
        .all(|name| found.get(*name).and_then(Value::as_array).is_none_or(Vec::is_empty));
    if is_well { Ok(text) } else { Err(format!("this database needs a look\n{text}")) }
}

const WITHOUT_RLS: &str = "select c.relname::text from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity order by 1";
const OPEN_TO_STRANGERS: &str = "select distinct c.relname::text
    from pg_class c, unnest(array['anon', 'authenticated']) role, unnest(array['select', 'insert', 'update', 'delete']) privilege
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and has_table_privilege(role, c.oid, privilege)
    order by 1";
const APPLIED: &str = "select version, checksum from _sqlx_migrations where success";
const IS_THERE: &str = "select to_regclass('_sqlx_migrations') is not null";

async fn look(url: &str, dir: &Path) -> Result<Value, String> {
    let migrator = Migrator::new(dir).await.map_err(|error| format!("migrations/ cannot be read: {error}"))?;
    let mut connection = connect(url).await?;
    let failed = |error: sqlx::Error| format!("the database cannot be looked at: {error}");
    let is_there: bool = sqlx::query_scalar(IS_THERE).fetch_one(&mut connection).await.map_err(failed)?;
    let mut applied = BTreeMap::new();
    if is_there {
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(APPLIED).fetch_all(&mut connection).await.map_err(failed)?;
        applied.extend(rows);
    }
    let name = |version: i64, description: &str| format!("{version} {description}");
    let (mut pending, mut changed) = (vec![], vec![]);
    for one in migrator.iter() {
        match applied.get(&one.version) {
            None => pending.push(name(one.version, &one.description)),
            Some(checksum) if *checksum != *one.checksum => changed.push(name(one.version, &one.description)),
            Some(_) => {}
        }
    }
    let without_rls: Vec<String> = sqlx::query_scalar(WITHOUT_RLS).fetch_all(&mut connection).await.map_err(failed)?;
    let open: Vec<String> = sqlx::query_scalar(OPEN_TO_STRANGERS).fetch_all(&mut connection).await.map_err(failed)?;
    let bytes: i64 = sqlx::query_scalar("select pg_database_size(current_database())")
        .fetch_one(&mut connection)
        .await
        .map_err(failed)?;
    Ok(json!({
        "applied": applied.len(), "pending": pending, "changed": changed, "without_rls": without_rls,
        "open_to_strangers": open, "bytes": bytes,
    }))
}

async fn connect(url: &str) -> Result<PgConnection, String> {
    PgConnection::connect(url).await.map_err(|error| {
        format!("the database cannot be reached: {error}; check SUPABASE_DB_URL (session pooler, port 5432)")
    })
}

async fn apply(url: &str, dir: &Path) -> Result<String, String> {
    let migrator = Migrator::new(dir).await.map_err(|error| format!("migrations/ cannot be read: {error}"))?;
    let mut connection = connect(url).await?;
    // Better to fail and be run again than to hold up the bot behind a lock or for ever.
    sqlx::raw_sql("set lock_timeout = '10s'; set statement_timeout = '15min'")
        .execute(&mut connection)
        .await
        .map_err(|error| format!("the time limits cannot be set: {error}"))?;
    let before = applied(&mut connection).await;
    migrator.run(&mut connection).await.map_err(|error| format!("a migration failed and was rolled back: {error}"))?;
    let after = applied(&mut connection).await;
    Ok(format!("{} migrations applied, {} in all", after - before, after))
}

/// How many migrations the database has; none if it never had one.
async fn applied(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select count(*) from _sqlx_migrations where success").fetch_one(connection).await.unwrap_or(0)
}
