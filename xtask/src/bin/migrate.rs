//! Applies migrations/ to the database of SUPABASE_DB_URL, each in its own transaction, under a lock, once.

use std::{path::Path, process::ExitCode};

use local_tools::checkout;
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
    runtime.block_on(apply(&url, &checkout().join("migrations")))
}

async fn apply(url: &str, dir: &Path) -> Result<String, String> {
    let migrator = Migrator::new(dir).await.map_err(|error| format!("migrations/ cannot be read: {error}"))?;
    let mut connection = PgConnection::connect(url).await.map_err(|error| {
        format!("the database cannot be reached: {error}; check SUPABASE_DB_URL (session pooler, port 5432)")
    })?;
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
