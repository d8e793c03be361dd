//! The stack's plumbing, driven with the smallest Worker there is in the real workerd.

use std::{net::TcpListener, path::PathBuf, time::Duration};

use local_tools::checkout;

use super::{Part, Plan, Ports, Stack};
use crate::http;

fn free_base() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if (1024..65_000).contains(&port) {
            return port;
        }
    }
}

fn hello() -> Stack {
    let bundle =
        std::env::var_os("XTASK_TEST_BUNDLE").map_or_else(|| checkout().join("xtask/src/bench/hello"), PathBuf::from);
    Stack::start(&Plan {
        ports: Ports::new(free_base()).unwrap(),
        parts: [Part::Worker].into(),
        fresh: false,
        local: true,
        bundle: Some(bundle),
    })
    .unwrap()
}

#[test]
fn requests_reach_the_worker_or_a_file_as_they_would_on_cloudflare() {
    let mut stack = hello();
    let get = |path: &str| {
        let answer = http::get(stack.ports.worker(), path, Duration::from_secs(5)).unwrap();
        (answer.status, String::from_utf8(answer.body).unwrap())
    };
    let (status, body) = get("/health/detailed?x=1");
    assert_eq!(status, 200);
    let relay = format!("local-{}", stack.ports.base);
    assert!(body.contains("/health/detailed") && body.contains(&relay), "{body}");
    assert!(get("/relay/config").1.contains("/relay/config"));
    assert_eq!(get("/not-there").0, 404);
    assert!(get("/../config.capnp").1.contains("/config.capnp"), "outside of the dashboard there is only the Worker");
    assert!(!get("/_headers").1.contains("Content-Security-Policy"));
    if checkout().join("dashboard/dist/index.html").is_file() {
        assert!(get("/").1.contains("<!doctype html>"));
        assert!(get("/index").1.contains("<!doctype html>"));
    }
    assert!(
        get("/config.json").1.starts_with("{\"supabaseUrl\":\""),
        "the dashboard learns where this stack's Supabase is"
    );
    stack.fire_scheduled().unwrap();
    stack.check().unwrap();
}

#[test]
fn a_port_in_use_is_named_in_one_line() {
    let ports = Ports::new(free_base()).unwrap();
    let _taken = TcpListener::bind(("127.0.0.1", ports.base)).unwrap();
    let problem = ports.are_free(&[Part::Worker].into()).unwrap_err();
    assert!(problem.starts_with(&format!("port {} (the Worker) is in use", ports.base)), "{problem}");
    assert!(!problem.contains('\n'));
}

#[test]
fn what_ends_by_itself_is_reported_with_its_log() {
    let mut stack = hello();
    stack.children.first_mut().unwrap().child.stop();
    assert!(stack.check().unwrap_err().starts_with("worker ended"));
}
