//! The real program as a child process, with its log, its health page, and the signals it may get.

use std::{
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};
use world::{defaults, discord::Discord};

use super::{FakeWorker, SEED, stage::PATIENCE};

pub struct Program {
    child: Child,
    /// Everything that it wrote.
    log: Arc<Mutex<String>>,
    health: String,
}

impl Program {
    /// Starts the relay between the two, with its spool in `spool`. It is killed when it is dropped.
    pub fn start(worker: &FakeWorker, discord: &Discord, spool: &Path) -> Self {
        // Free a moment ago; whoever takes it meanwhile makes the start fail, and the test says so.
        let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let spool = spool.display().to_string();
        let (api, listens) = (discord.api_url(), listen.to_string());
        let variables = [
            ("DISCORD_BOT_TOKEN", defaults::BOT_TOKEN),
            ("DISCORD_API_URL", api.as_str()),
            ("WORKER_URL", worker.url.as_str()),
            ("RELAY_SIGNING_SEED", SEED),
            ("RELAY_SPOOL", spool.as_str()),
            ("RELAY_LISTEN", listens.as_str()),
            ("BULK_LINGER_SECONDS", "0.05"),
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_gateway-relay"));
        command.env_clear().envs(variables).current_dir(std::env::temp_dir()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        tokio::spawn(copy(child.stdout.take().unwrap(), log.clone()));
        tokio::spawn(copy(child.stderr.take().unwrap(), log.clone()));
        Self { child, log, health: format!("http://{listen}/health") }
    }

    pub async fn until_ready(&self) {
        self.until_says("\"Bot ready\"").await;
    }

    pub async fn until_says(&self, what: &str) {
        let waited = timeout(PATIENCE, async {
            while !self.log().contains(what) {
                sleep(Duration::from_millis(5)).await;
            }
        });
        assert!(waited.await.is_ok(), "it never says {what}: {}", self.log());
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// What `/health` says, if it says anything.
    pub async fn health(&self) -> Option<serde_json::Value> {
        let answer = reqwest::get(&self.health).await.ok()?;
        serde_json::from_slice(&answer.bytes().await.ok()?).ok()
    }

    /// Waits until `is` holds of what `/health` says.
    pub async fn until_health(&self, what: &str, is: impl Fn(&serde_json::Value) -> bool) {
        let waited = timeout(PATIENCE, async {
            while !self.health().await.is_some_and(|health| is(&health)) {
                sleep(Duration::from_millis(20)).await;
            }
        });
        assert!(waited.await.is_ok(), "/health never says {what}: {:?}; {}", self.health().await, self.log());
    }

    /// Waits until something of the session is on the disk: a relay that is killed before knows nothing of it.
    pub async fn until_written(&self) {
        let metrics = self.health.replace("/health", "/metrics");
        let waited = timeout(PATIENCE, async {
            loop {
                if let Ok(answer) = reqwest::get(&metrics).await {
                    let text = answer.text().await.unwrap_or_default();
                    let commits = text.lines().find_map(|line| line.strip_prefix("relay_spool_commits_total "));
                    if commits.is_some_and(|commits| commits != "0") {
                        return;
                    }
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
        assert!(waited.await.is_ok(), "nothing is written: {}", self.log());
    }

    /// SIGKILL.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM, and what it ends with.
    pub async fn terminate(self) -> (Option<i32>, String) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
        self.ended().await
    }

    /// Waits until it ends by itself.
    pub async fn ended(mut self) -> (Option<i32>, String) {
        let waited = timeout(PATIENCE, self.child.wait()).await;
        let code = waited.unwrap_or_else(|_| panic!("it does not end: {}", self.log())).unwrap().code();
        // What it wrote last may still be in the pipe.
        sleep(Duration::from_millis(50)).await;
        (code, self.log())
    }
}

async fn copy(from: impl AsyncRead + Unpin, into: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut log = into.lock().unwrap();
        log.push_str(&line);
        log.push('\n');
    }
}
