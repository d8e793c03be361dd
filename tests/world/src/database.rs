//! What a database of the local world holds before anyone uses it: roles, Supabase's own schema, the migrations.

use std::{io, path::Path, time::Duration};

use local_tools::checkout;
use sqlx::{AssertSqlSafe, Connection, PgConnection, migrate::MigrateError, migrate::Migrator};

const ROLES: &str = include_str!("../sql/roles.sql");
const BOOTSTRAP: &str = include_str!("../sql/bootstrap.sql");
/// Changes when this file makes databases another way than before from the same SQL.
const FORMAT: &str = "2";

/// The database the world uses, and the untouched one that isolated databases are copied from.
pub(crate) const MAIN: &str = "world";
pub(crate) const PRISTINE: &str = "pristine";

/// The text of all SQL that shapes a new database, so that a template can tell whether it is outdated.
pub(crate) fn everything_that_shapes_it() -> io::Result<String> {
    let mut text = format!("{FORMAT}{ROLES}{BOOTSTRAP}");
    for path in sql_files(&checkout().join("migrations"))? {
        text += &path.to_string_lossy();
        text += &std::fs::read_to_string(&path)?;
    }
    Ok(text)
}

fn sql_files(dir: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut files: Vec<_> = match std::fs::read_dir(dir) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    Ok(files)
}

/// Waits until the server answers the superuser, or `give_up` says why it never will.
pub(crate) async fn connect(
    url: &str,
    mut give_up: impl FnMut() -> Option<io::Error> + Send,
) -> io::Result<PgConnection> {
    let mut last = String::new();
    for _ in 0..600 {
        match PgConnection::connect(url).await {
            Ok(connection) => return Ok(connection),
            Err(error) => last = error.to_string(),
        }
        if let Some(error) = give_up() {
            return Err(error);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Err(io::Error::other(format!("PostgreSQL did not answer: {last}")))
}

/// Makes the cluster's roles and both databases and brings them up to date. `superuser` is a connection to the
/// database `postgres`; `url_of` names the other databases, first for the superuser, then for the role `postgres`.
pub(crate) async fn prepare(
    superuser: &mut PgConnection,
    names: &[&str],
    superuser_url: impl Fn(&str) -> String,
    migrator_url: impl Fn(&str) -> String,
) -> io::Result<()> {
    run(superuser, ROLES).await?;
    for name in names {
        let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(name)
            .fetch_one(&mut *superuser)
            .await
            .map_err(io::Error::other)?;
        if !exists {
            run(superuser, &format!("create database {name} owner postgres")).await?;
        }
        let mut own = PgConnection::connect(&superuser_url(name)).await.map_err(io::Error::other)?;
        bootstrap(&mut own).await?;
        migrate(&migrator_url(name), &checkout().join("migrations")).await?;
        run(&mut own, "notify pgrst, 'reload schema'").await?;
        own.close().await.map_err(io::Error::other)?;
    }
    Ok(())
}

/// What Supabase has in every database before anyone's migrations.
pub(crate) async fn bootstrap(connection: &mut PgConnection) -> io::Result<()> {
    run(connection, BOOTSTRAP).await
}

/// Applies the migrations of `dir` that `database_url` does not have yet. A folder that is missing or empty is fine.
///
/// What was applied is listed in `_sqlx_migrations`, as `cargo xtask migrate` does, so that either can follow the other.
///
/// # Errors
/// The migration that failed and why; or that an applied one was changed since, which only a fresh database mends.
pub async fn migrate(database_url: &str, dir: &Path) -> io::Result<()> {
    if !dir.is_dir() {
        return Ok(());
    }
    let migrator = Migrator::new(dir).await.map_err(io::Error::other)?;
    let mut connection = PgConnection::connect(database_url).await.map_err(io::Error::other)?;
    let done = migrator.run(&mut connection).await.map_err(|error| match error {
        MigrateError::VersionMismatch(version) => {
            io::Error::other(format!("migration {version} was changed after it was applied: start with --fresh"))
        }
        other => io::Error::other(format!("a migration failed: {}", with_causes(&other))),
    });
    connection.close().await.map_err(io::Error::other)?;
    done
}

/// Runs several statements.
pub(crate) async fn run(connection: &mut PgConnection, sql: &str) -> io::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.map(drop).map_err(io::Error::other)
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let deeper_text = deeper.to_string();
        if !text.contains(&deeper_text) {
            text = format!("{text}: {deeper_text}");
        }
        cause = deeper.source();
    }
    text
}
