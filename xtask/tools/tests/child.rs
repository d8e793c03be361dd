//! A started program ends with its keeper, and tells when it ended by itself.
#![allow(clippy::unwrap_used)]

use std::{path::Path, thread::sleep, time::Duration};

use local_tools::{Child, Stop};

fn start(script: &str, log: &Path) -> Child {
    Child::start(Path::new("/bin/sh"), ["-c", script], &[], log, Stop::Term, None).unwrap()
}

#[test]
fn it_is_asked_to_end_and_may_tidy_up() {
    let log = std::env::temp_dir().join(format!("child-tidy-{}", std::process::id()));
    let mut child = start("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done", &log);
    while !std::fs::read_to_string(&log).unwrap().contains("up") {
        sleep(Duration::from_millis(5));
    }
    assert!(child.ended().is_none());
    child.stop();
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "up\nbye\n");
    std::fs::remove_file(log).unwrap();
}

#[test]
fn its_own_end_is_seen_with_the_code() {
    let log = std::env::temp_dir().join(format!("child-own-{}", std::process::id()));
    let mut child = start("exit 7", &log);
    let code = loop {
        if let Some(status) = child.ended() {
            break status.code();
        }
        sleep(Duration::from_millis(5));
    };
    assert_eq!(code, Some(7));
    std::fs::remove_file(log).unwrap();
}
