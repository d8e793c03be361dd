//! Checks a deployment and says how to mend what it finds; it changes nothing. `cargo xtask doctor` hands it, on standard input,
//! the variables of the deployment and what its database says of itself.
#![allow(clippy::disallowed_methods, reason = "a native program reads the clock itself")]

mod deployed;
mod discord;
mod limits;
mod net;
mod nlp;
mod permissions;
mod report;
mod supabase;
mod upstash;
mod variables;

use std::{collections::BTreeMap, io::Read, process::ExitCode};

use community_os::config::Config;
use from_json::{FromJson, Value};

use crate::{net::Net, report::Report};

/// What standard input says.
#[derive(FromJson)]
struct Given {
    variables: BTreeMap<String, String>,
    /// What `cargo xtask migrate --check` found, where the database's address is known.
    #[serde(default)]
    database: Option<Value>,
}

/// What every check is given.
pub struct Case {
    pub variables: BTreeMap<String, String>,
    pub database: Option<Value>,
    pub config: Config,
    pub net: Net,
}

impl Case {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// Where the Worker answers, without a slash at the end.
    pub fn worker(&self) -> Option<&str> {
        self.get("WORKER_URL").map(|url| url.trim_end_matches('/'))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let json = std::env::args().any(|arg| arg == "--json");
    let mut text = Vec::new();
    let read = std::io::stdin().read_to_end(&mut text).ok().and_then(|_| from_json::read::<Given>(&text));
    let Some(Given { variables, database }) = read else {
        eprintln!("standard input is no JSON of variables: start this with `cargo xtask doctor`");
        return ExitCode::FAILURE;
    };
    let config = Config::load(|name| variables.get(name).cloned());
    let case = Case { variables, database, config, net: Net::new() };
    let mut report = Report::new(json);
    variables::check(&case, &mut report);
    discord::check(&case, &mut report).await;
    supabase::check(&case, &mut report).await;
    upstash::check(&case, &mut report).await;
    deployed::check(&case, &mut report).await;
    nlp::check(&case, &mut report).await;
    limits::check(&case, &mut report);
    case.net.clocks(&mut report);
    report.end()
}
