//! The real relay is killed fifty times under load, in front of the real Worker, Redis and PostgreSQL: nothing lost, nothing doubled.

use std::process::Command;

use serde_json::Value;

use crate::running::checkout;

#[test]
fn fifty_kills_lose_nothing_and_double_nothing() {
    let bench = Command::new(env!("CARGO"))
        .args(["xtask", "bench", "kills", "--json"])
        .current_dir(checkout())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&bench.stdout);
    let row = said.lines().find_map(|line| serde_json::from_str::<Value>(line).ok()).unwrap_or_else(|| {
        panic!("no figures:\n{said}\n{}", String::from_utf8_lossy(&bench.stderr));
    });
    assert_eq!(
        (row["kills"].as_f64(), row["lost"].as_f64(), row["doubled"].as_f64()),
        (Some(50.0), Some(0.0), Some(0.0))
    );
    assert!(row["messages"].as_f64() > Some(500.0), "{row}");
}
