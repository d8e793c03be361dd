//! Starts PostgreSQL, Redis and postrust (a PostgREST) as children on loopback and waits until each answers.

use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use local_tools::{Child, Stop, postgres_bin, redis_server, tool, unprivileged_user};
use sqlx::{Connection, PgConnection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{database, defaults};

/// How many Redis databases there are; each isolated stack takes one.
pub(crate) const REDIS_DATABASES: u32 = 1024;

/// Below those that the kernel hands out by itself (32,768 on Linux), above those of `cargo xtask dev` and its measurements.
const PORTS: std::ops::Range<u16> = 21_000..32_000;

/// A port that was free a moment ago, and that this process takes once: one that the kernel chose may be somebody else's before
/// the server that it is for has begun, and then two tests talk to one database.
pub(crate) fn free_port() -> io::Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let count = u32::from(PORTS.end - PORTS.start);
    // Another process begins elsewhere.
    let first = std::process::id().wrapping_mul(611);
    for _ in 0..count {
        let number = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % count;
        let port = PORTS.start + u16::try_from(number).unwrap_or_default();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other(format!("no port from {} to {} is free", PORTS.start, PORTS.end)))
}

/// # Errors
/// One line that names the port, if somebody listens on it.
pub(crate) fn must_be_free(port: u16, what: &str) -> io::Result<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map(drop)
        .map_err(|error| io::Error::new(error.kind(), taken(port, what, &error)))
}

pub(crate) fn taken(port: u16, what: &str, error: &io::Error) -> String {
    format!("port {port} ({what}) cannot be used: {error}; end what listens there or choose another --port-base")
}

/// Address of a database of the cluster on `port`. Loopback alone may connect, so no role has a password.
pub(crate) fn url(role: &str, port: u16, database: &str) -> String {
    format!("postgres://{role}@127.0.0.1:{port}/{database}")
}

/// The PostgreSQL programs and their version line.
pub(crate) fn postgres_tools() -> io::Result<(PathBuf, String)> {
    let bin = postgres_bin()
        .ok_or_else(|| missing("PostgreSQL (initdb, pg_ctl, postgres)", "or set PG_BIN to its folder"))?;
    let version = Command::new(bin.join("postgres")).arg("--version").output()?;
    Ok((bin, String::from_utf8_lossy(&version.stdout).trim().to_owned()))
}

/// An empty cluster in `data`, owned by whoever PostgreSQL runs as.
pub(crate) fn initdb(bin: &Path, data: &Path) -> io::Result<()> {
    fs::create_dir_all(data)?;
    give_away(data)?;
    let locale = if cfg!(target_os = "macos") { "C" } else { "C.UTF-8" };
    unprivileged(
        Command::new(bin.join("initdb"))
            .args(["--username=supabase_admin", "--auth=trust", "--encoding=UTF8", "--no-sync"])
            .arg(format!("--locale={locale}"))
            .arg(data),
    )
}

/// Writes a copied cluster through to the disk, which [`initdb`] and copying leave to the system.
pub(crate) fn sync(bin: &Path, data: &Path) -> io::Result<()> {
    unprivileged(Command::new(bin.join("initdb")).arg("--sync-only").arg(data))
}

fn unprivileged(command: &mut Command) -> io::Result<()> {
    if let Some((uid, gid)) = unprivileged_user() {
        std::os::unix::process::CommandExt::uid(command, uid);
        std::os::unix::process::CommandExt::gid(command, gid);
    }
    let output = command.current_dir("/").stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    Err(io::Error::other(format!("initdb failed: {why}")))
}

fn give_away(dir: &Path) -> io::Result<()> {
    match unprivileged_user() {
        Some((uid, gid)) => std::os::unix::fs::chown(dir, Some(uid), Some(gid)),
        None => Ok(()),
    }
}

/// Starts the cluster in `data` and returns a superuser's connection to its database `postgres`.
pub(crate) async fn postgres(
    bin: &Path,
    data: &Path,
    port: u16,
    fsync: bool,
    log: &Path,
) -> io::Result<(Child, PgConnection)> {
    wait_for_predecessor(data).await?;
    let mut settings = vec![
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        "max_connections=400".to_owned(),
        "shared_buffers=128MB".to_owned(),
        "timezone=UTC".to_owned(),
        "log_checkpoints=off".to_owned(),
    ];
    if !fsync {
        settings.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"].map(str::to_owned));
    }
    let mut args = vec!["-D".to_owned(), data.to_string_lossy().into_owned()];
    args.extend(settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]));
    let mut child = Child::start(&bin.join("postgres"), args, &[], log, Stop::Int, unprivileged_user())?;
    let admin = url("supabase_admin", port, "postgres");
    let connection = database::connect(&admin, || ended(&mut child, log)).await?;
    Ok((child, connection))
}

/// A predecessor that was killed leaves `postmaster.pid`: wait while its server still shuts down, then take the file
/// away, because another program may have that id by now and PostgreSQL would believe it.
async fn wait_for_predecessor(data: &Path) -> io::Result<()> {
    let file = data.join("postmaster.pid");
    for _ in 0..200 {
        let Ok(text) = fs::read_to_string(&file) else {
            return Ok(());
        };
        let pid = text.lines().next().unwrap_or_default().to_owned();
        let ps = Command::new("ps").args(["-o", "comm=", "-p", &pid]).output()?;
        if !String::from_utf8_lossy(&ps.stdout).contains("postgres") {
            return fs::remove_file(&file);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(io::Error::other(format!("another PostgreSQL still runs on {}", data.display())))
}

/// Starts Redis without persistence.
pub(crate) async fn redis(port: u16, log: &Path) -> io::Result<Child> {
    let program = redis_server().ok_or_else(|| missing("Redis", "or set REDIS_SERVER to redis-server"))?;
    let args = format!(
        "--port {port} --bind 127.0.0.1 --appendonly no --databases {REDIS_DATABASES} --maxmemory-policy noeviction --save"
    );
    let args = args.split(' ').map(str::to_owned).chain([String::new()]);
    let mut child = Child::start(&program, args, &[], log, Stop::Term, None)?;
    until("Redis", &mut child, log, || answers(port, "PING\r\n", "+PONG")).await?;
    Ok(child)
}

/// Starts postrust on `database`.
pub(crate) async fn postrust(postgres_port: u16, database: &str, port: u16, pool: u8, log: &Path) -> io::Result<Child> {
    let program = tool("postrust");
    if !program.is_file() {
        return Err(missing("postrust", "it takes some minutes"));
    }
    let env = [
        ("PGRST_DB_URI", url("authenticator", postgres_port, database)),
        ("PGRST_DB_SCHEMAS", "public".to_owned()),
        ("PGRST_DB_ANON_ROLE", "anon".to_owned()),
        ("PGRST_JWT_SECRET", defaults::JWT_SECRET.to_owned()),
        ("PGRST_SERVER_HOST", "127.0.0.1".to_owned()),
        ("PGRST_SERVER_PORT", port.to_string()),
        // It wins over PGRST_SERVER_PORT, and may be set for somebody else.
        ("PORT", port.to_string()),
        // Without it the API is below /api, rpc bodies are wrapped and database errors hidden.
        ("PGRST_COMPAT_MODE", "true".to_owned()),
        ("PGRST_DB_CHANNEL_ENABLED", "true".to_owned()),
        // Supabase's own limit.
        ("PGRST_DB_MAX_ROWS", "1000".to_owned()),
        // postrust does not read the roles' own settings (sql/roles.sql); milliseconds.
        (
            "PGRST_ROLE_SETTINGS",
            r#"{"anon":{"statement_timeout":3000},"authenticated":{"statement_timeout":8000}}"#.to_owned(),
        ),
        ("PGRST_LOG_LEVEL", "warn".to_owned()),
        ("PGRST_DB_POOL", pool.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let none: [&str; 0] = [];
    let mut child = Child::start(&program, none, &env, log, Stop::Term, None)?;
    let request = "GET /_/ready HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
    until("postrust", &mut child, log, || answers(port, request, "HTTP/1.1 200")).await?;
    Ok(child)
}

async fn until<F: Future<Output = bool>>(
    what: &str,
    child: &mut Child,
    log: &Path,
    mut ready: impl FnMut() -> F,
) -> io::Result<()> {
    for _ in 0..1000 {
        if ready().await {
            return Ok(());
        }
        if let Some(error) = ended(child, log) {
            return Err(error);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(io::Error::other(format!("{what} did not answer; see {}", log.display())))
}

async fn answers(port: u16, request: &str, start: &str) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = vec![0; start.len()];
        stream.read_exact(&mut answer).await?;
        io::Result::Ok(answer == start.as_bytes())
    };
    matches!(tokio::time::timeout(Duration::from_secs(1), asked).await, Ok(Ok(true)))
}

fn ended(child: &mut Child, log: &Path) -> Option<io::Error> {
    let status = child.ended()?;
    let text = fs::read_to_string(log).unwrap_or_default();
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    Some(io::Error::other(format!("{} ended with {status}: {last}", child.name())))
}

fn missing(what: &str, hint: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{what} is not installed: run `cargo xtask setup` ({hint})"))
}

/// Ends a cluster's connections politely; an error does not matter any more.
pub(crate) async fn hang_up(connection: PgConnection) {
    let _ = connection.close().await;
}
