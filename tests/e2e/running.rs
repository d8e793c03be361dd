//! Programs under test: started in a process group of their own, waited for, asked to end by their id.

use std::{
    fs::File,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    pub fn start(command: &mut Command, name: &str) -> Self {
        let log = checkout().join(".local").join(format!("e2e-{name}.log"));
        std::fs::create_dir_all(log.parent().unwrap()).unwrap();
        let out = File::create(&log).unwrap();
        command
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .current_dir(checkout())
            .process_group(0);
        Self { child: command.spawn().unwrap(), log }
    }

    /// Asks until there is an answer; fails with the program's last words if it ends or takes longer than `limit`.
    pub async fn until<T>(&mut self, what: &str, limit: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("{what}: it ended with {status}\n{}", self.last_words());
            }
            assert!(Instant::now() < deadline, "{what}: not within {limit:?}\n{}", self.last_words());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// SIGTERM, as a service manager sends it; true if it ended by itself within `limit`.
    pub async fn end(&mut self, limit: Duration) -> bool {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if self.child.try_wait().unwrap().is_some() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    }

    pub fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub async fn get(url: &str) -> Option<(u16, String)> {
    let response = reqwest::Client::new().get(url).timeout(Duration::from_secs(5)).send().await.ok()?;
    Some((response.status().as_u16(), response.text().await.ok()?))
}

pub async fn get_json(url: &str) -> Value {
    serde_json::from_str(&get(url).await.unwrap_or_else(|| panic!("{url} does not answer")).1).unwrap()
}

pub async fn post(url: &str, body: Value) -> Value {
    post_with(url, &[], body).await
}

pub async fn post_with(url: &str, headers: &[(&str, &str)], body: Value) -> Value {
    let mut request =
        reqwest::Client::new().post(url).header("content-type", "application/json").body(body.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.timeout(Duration::from_secs(10)).send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{url}: {status} {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}
