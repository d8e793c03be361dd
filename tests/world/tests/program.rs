//! The program `world`: says when it is ready, names a port that is taken, and leaves nothing behind when it is ended.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use world::{defaults::offset, world::WorldUrls};

fn start(base: u16, data: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_world"))
        .args(["--port-base", &base.to_string(), "--data", data, "--no-fsync"])
        .env_remove("WORLD_RECORD")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Eleven ports in a row that were free a moment ago.
fn free_base() -> u16 {
    // Below the ports that systems hand out by themselves.
    let start = 10_000 + (std::process::id() % 400) as u16 * 20;
    let all_free =
        |base: &u16| (0..=offset::POSTRUST).all(|port| TcpListener::bind(("127.0.0.1", base + port)).is_ok());
    (start..19_000).step_by(20).find(all_free).unwrap()
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

#[tokio::test]
async fn it_starts_refuses_a_second_and_ends() {
    let base = free_base();
    let data = format!("test-program-{}", std::process::id());
    let mut first = start(base, &data);
    let mut said = String::new();
    BufReader::new(first.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.starts_with("world ready"), "{said}");
    let urls = WorldUrls::from_base(base);
    let health = reqwest::get(format!("{}/world/health", urls.world)).await.unwrap();
    assert_eq!(health.text().await.unwrap(), r#"{"ready":true}"#);

    for (data, reason) in [
        (format!("{data}-b"), format!("port {} (PostgreSQL)", base + offset::POSTGRES)),
        (data, "another world uses the data".to_owned()),
    ] {
        let second = start(base, &data).wait_with_output().unwrap();
        let error = String::from_utf8(second.stderr).unwrap();
        assert_eq!(second.status.code(), Some(1));
        assert!(error.contains(&reason) && error.lines().count() == 1, "{error}");
    }

    let terminated = Command::new("kill").args(["-TERM", &first.id().to_string()]).status().unwrap();
    assert!(terminated.success());
    assert!(first.wait().unwrap().success());
    for port in 0..=offset::POSTRUST {
        assert!(is_free(base + port), "port {} is still used", base + port);
    }
}

#[tokio::test]
async fn killed_outright_it_leaves_no_servers() {
    let base = free_base() + 10_000;
    let mut world = start(base, &format!("test-killed-{}", std::process::id()));
    let mut said = String::new();
    BufReader::new(world.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.starts_with("world ready"), "{said}");
    world.kill().unwrap();
    world.wait().unwrap();
    for port in [offset::POSTGRES, offset::REDIS, offset::POSTRUST] {
        let mut tries = 0;
        while !is_free(base + port) {
            tries += 1;
            assert!(tries < 200, "the server on port {} outlived the world", base + port);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}

#[test]
fn the_environment_is_printed_without_starting_anything() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_world")).args(["--print-env", "--port-base", "9000"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("SUPABASE_URL=http://127.0.0.1:9002\n"), "{text}");
    assert!(text.contains("DISCORD_GATEWAY_URL=ws://127.0.0.1:9001/gateway\n"), "{text}");
}
