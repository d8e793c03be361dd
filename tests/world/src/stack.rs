//! The real servers below the stand-ins (PostgreSQL with the migrations, Redis, postrust), started and ended together.

use std::{
    fs::{self, File, TryLockError},
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use local_tools::{Child, data_dir};
use tokio::sync::OnceCell;

use crate::{
    database::{self, MAIN, PRISTINE},
    defaults::offset,
    servers::{self, free_port},
};

/// Where the real servers answer.
#[derive(Clone, Debug)]
pub struct Urls {
    /// The role `postgres`, which owns everything the migrations made and is no superuser, as at Supabase.
    pub database_url: String,
    /// With the number of the Redis database as its path.
    pub redis_url: String,
    /// postrust itself: without /rest/v1, without API keys.
    pub postgrest_url: String,
}

#[derive(Clone, Copy, Debug)]
pub struct Ports {
    pub postgres: u16,
    pub redis: u16,
    pub postrust: u16,
}

impl Ports {
    pub fn from_base(base: u16) -> Self {
        Self { postgres: base + offset::POSTGRES, redis: base + offset::REDIS, postrust: base + offset::POSTRUST }
    }

    /// Address of the database of a stack on these ports.
    pub fn database_url(self) -> String {
        servers::url("postgres", self.postgres, MAIN)
    }

    fn free() -> io::Result<Self> {
        Ok(Self { postgres: free_port()?, redis: free_port()?, postrust: free_port()? })
    }
}

#[derive(Clone, Debug)]
pub struct StackOptions {
    /// Names the folder the data is in; two stacks that run at once need two.
    pub name: String,
    /// Free ones if missing.
    pub ports: Option<Ports>,
    /// Off for tests: quicker, and a power cut costs the data.
    pub fsync: bool,
    /// Start without the data of an earlier run.
    pub fresh: bool,
    /// Remove the data at the end.
    pub temporary: bool,
}

/// Running servers; they end when this is dropped, or when this process ends in whatever way.
#[derive(Debug)]
pub struct Stack {
    pub urls: Urls,
    // Ended in this order.
    children: Vec<Child>,
    dir: PathBuf,
    ports: Ports,
    temporary: bool,
    isolated: AtomicU32,
    /// Held while this process uses the folder.
    _lock: File,
}

/// A database of its own in a stack's PostgreSQL, with its own postrust and its own Redis database.
#[derive(Debug)]
pub struct Isolated {
    pub urls: Urls,
    _postrust: Child,
}

impl Stack {
    /// Starts the servers and applies `migrations/`. The first start makes the data folder (some seconds), later ones
    /// reuse it (well below one second).
    ///
    /// # Errors
    /// One line naming what to do: a tool that `cargo xtask setup` installs is missing, a port is taken, another world
    /// uses the same folder, a migration failed.
    pub async fn start(options: StackOptions) -> io::Result<Self> {
        let dir = data_dir(&options.name);
        fs::create_dir_all(&dir)?;
        let lock = lock(&dir, &options.name)?;
        let ports = match options.ports {
            Some(ports) => {
                servers::must_be_free(ports.postgres, "PostgreSQL")?;
                servers::must_be_free(ports.redis, "Redis")?;
                servers::must_be_free(ports.postrust, "postrust")?;
                ports
            }
            None => Ports::free()?,
        };
        let (bin, version) = servers::postgres_tools()?;
        let data = dir.join("pg");
        if options.fresh && data.exists() {
            fs::remove_dir_all(&data)?;
        }
        let reused = data.join("PG_VERSION").is_file();
        if reused {
            must_fit(&data, &version)?;
        } else {
            copy_template(&bin, &version, &data).await?;
            if options.fsync {
                servers::sync(&bin, &data)?;
            }
        }
        let (redis_log, postgres_log) = (dir.join("redis.log"), dir.join("postgres.log"));
        let postgres = async {
            let (child, mut admin) =
                servers::postgres(&bin, &data, ports.postgres, options.fsync, &postgres_log).await?;
            if reused {
                bring_up_to_date(&mut admin, ports.postgres, &[MAIN]).await?;
            }
            servers::hang_up(admin).await;
            let postrust_log = dir.join("postrust.log");
            let postrust = servers::postrust(ports.postgres, MAIN, ports.postrust, 10, &postrust_log).await?;
            io::Result::Ok((child, postrust))
        };
        let ((postgres, postrust), redis) = tokio::try_join!(postgres, servers::redis(ports.redis, &redis_log))?;
        Ok(Self {
            urls: Urls {
                database_url: ports.database_url(),
                redis_url: format!("redis://127.0.0.1:{}/0", ports.redis),
                postgrest_url: format!("http://127.0.0.1:{}", ports.postrust),
            },
            children: vec![postrust, redis, postgres],
            dir,
            ports,
            temporary: options.temporary,
            isolated: AtomicU32::new(0),
            _lock: lock,
        })
    }

    /// A database with nothing but the migrations, for a test that counts rows or changes what others read.
    pub async fn isolated_database(&self) -> io::Result<Isolated> {
        let number = self.isolated.fetch_add(1, Ordering::Relaxed) + 1;
        if number >= servers::REDIS_DATABASES {
            return Err(io::Error::other("too many isolated databases in one test process"));
        }
        let name = format!("isolated_{number}");
        // Only one at a time can be copied from the same database.
        static COPYING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let copying = COPYING.lock().await;
        let admin_url = servers::url("supabase_admin", self.ports.postgres, "postgres");
        let mut admin = database::connect(&admin_url, || None).await?;
        bring_up_to_date(&mut admin, self.ports.postgres, &[PRISTINE]).await?;
        database::run(&mut admin, &format!("drop database if exists {name} with (force)")).await?;
        database::run(&mut admin, &format!("create database {name} template {PRISTINE} owner postgres")).await?;
        servers::hang_up(admin).await;
        drop(copying);
        let port = free_port()?;
        let log = self.dir.join(format!("postrust-{number}.log"));
        let postrust = servers::postrust(self.ports.postgres, &name, port, 5, &log).await?;
        Ok(Isolated {
            urls: Urls {
                database_url: servers::url("postgres", self.ports.postgres, &name),
                redis_url: format!("redis://127.0.0.1:{}/{number}", self.ports.redis),
                postgrest_url: format!("http://127.0.0.1:{port}"),
            },
            _postrust: postrust,
        })
    }

    /// The address of a new database as Supabase hands one out: roles and `auth`, no migration.
    pub async fn unmigrated_database(&self) -> io::Result<String> {
        let number = self.isolated.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("unmigrated_{number}");
        let mut admin =
            database::connect(&servers::url("supabase_admin", self.ports.postgres, "postgres"), || None).await?;
        database::run(&mut admin, &format!("create database {name} owner postgres")).await?;
        servers::hang_up(admin).await;
        let mut own = database::connect(&servers::url("supabase_admin", self.ports.postgres, &name), || None).await?;
        database::bootstrap(&mut own).await?;
        servers::hang_up(own).await;
        Ok(servers::url("postgres", self.ports.postgres, &name))
    }

    /// The servers' names, for whoever lists what runs.
    pub fn children(&self) -> impl Iterator<Item = &str> {
        self.children.iter().map(Child::name)
    }

    /// Some if a server ended by itself: which.
    pub fn failed(&mut self) -> Option<String> {
        self.children
            .iter_mut()
            .find_map(|child| child.ended().map(|status| format!("{} ended with {status}", child.name())))
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.children.iter_mut().for_each(Child::stop);
        if self.temporary {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

/// The stack that all tests of this process share: free ports, no fsync, removed at the end or by the next test run.
///
/// # Panics
/// If it cannot be started, with the line that says what to do.
pub async fn shared() -> &'static Stack {
    static SHARED: OnceCell<Stack> = OnceCell::const_new();
    let start = async {
        remove_abandoned();
        // Between choosing a free port and using it somebody else may take it.
        let mut tries = 3;
        loop {
            let options = StackOptions {
                name: format!("{TEST_PREFIX}{}", std::process::id()),
                ports: None,
                fsync: false,
                fresh: true,
                temporary: true,
            };
            tries -= 1;
            match Stack::start(options).await {
                Err(error) if tries > 0 && error.kind() != io::ErrorKind::NotFound => {}
                result => return result,
            }
        }
    };
    match SHARED.get_or_try_init(|| start).await {
        Ok(stack) => stack,
        Err(error) => panic!("the local servers did not start: {error}"),
    }
}

const TEST_PREFIX: &str = "test-";

/// Folders of test processes that have ended: nobody holds their lock any more.
fn remove_abandoned() {
    let Some(parent) = data_dir("any").parent().map(Path::to_path_buf) else {
        return;
    };
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_test = entry.file_name().to_string_lossy().starts_with(TEST_PREFIX);
        if is_test && lock(&entry.path(), "").is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn lock(dir: &Path, name: &str) -> io::Result<File> {
    let file = File::create(dir.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            format!("another world uses the data `{name}`: end it or choose another --data"),
        )),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

async fn bring_up_to_date(admin: &mut sqlx::PgConnection, port: u16, databases: &[&str]) -> io::Result<()> {
    database::prepare(
        admin,
        databases,
        |name| servers::url("supabase_admin", port, name),
        |name| servers::url("postgres", port, name),
    )
    .await
}

/// The data folder of another major version cannot be used.
fn must_fit(data: &Path, version: &str) -> io::Result<()> {
    let made_by = fs::read_to_string(data.join("PG_VERSION"))?;
    let has = version.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    if has.is_some_and(|has| has.split('.').next() == Some(made_by.trim())) {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "the data was made by PostgreSQL {}, this is {version}: start with --fresh",
        made_by.trim()
    )))
}

/// Fills `data` from a cluster that was made once for these migrations: copying takes a tenth of a second, making one
/// takes seconds.
async fn copy_template(bin: &Path, version: &str, data: &Path) -> io::Result<()> {
    let mut hash = DefaultHasher::new();
    (version, database::everything_that_shapes_it()?).hash(&mut hash);
    let templates = data_dir("templates");
    fs::create_dir_all(&templates)?;
    let template = templates.join(format!("{:016x}", hash.finish()));
    let lock = File::create(templates.join("lock"))?;
    lock.lock_shared()?;
    if !template.is_dir() {
        lock.unlock()?;
        lock.lock()?;
        if !template.is_dir() {
            make_template(bin, &templates, &template).await?;
        }
    }
    let copied = Command::new("cp").arg("-a").arg(&template).arg(data).status()?;
    if copied.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("could not copy {} to {}", template.display(), data.display())))
}

async fn make_template(bin: &Path, templates: &Path, template: &Path) -> io::Result<()> {
    for entry in fs::read_dir(templates)?.flatten() {
        if entry.path().is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    let making = templates.join("making");
    servers::initdb(bin, &making)?;
    let port = free_port()?;
    let log = templates.join("postgres.log");
    let (mut child, mut admin) = servers::postgres(bin, &making, port, false, &log).await?;
    let done = bring_up_to_date(&mut admin, port, &[PRISTINE]).await;
    if done.is_ok() {
        database::run(&mut admin, &format!("create database {MAIN} template {PRISTINE} owner postgres")).await?;
    }
    servers::hang_up(admin).await;
    child.stop();
    done?;
    fs::rename(&making, template)
}
