//! The command `gateway-relay`: reads the configuration, starts the relay, stops it on SIGTERM or Ctrl-C.

use std::{path::Path, process::ExitCode, sync::Arc};

use gateway_relay::{
    check::check,
    config::{Config, Problem, VARIABLES, environment},
    pace::Pace,
    run,
    shard::{FAILED, Fatal},
    state::State,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tracing_subscriber::EnvFilter;

/// Exit codes: the configuration is wrong, something does not answer, Discord refuses for good.
const CONFIGURATION: u8 = 2;
const UNREACHABLE: u8 = 3;
const REFUSED: u8 = 4;

// One thread: the relay waits for sockets, and nothing has to be handed from core to core.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--help" | "-h"] => help(),
        ["--version" | "-V"] => println!("gateway-relay {}", env!("CARGO_PKG_VERSION")),
        ["--check"] => return with_config(async |config| checked(&config).await).await,
        [] => return with_config(relay).await,
        other => {
            eprintln!("gateway-relay does not know `{}`; try --help", other.join(" "));
            return ExitCode::from(CONFIGURATION);
        }
    }
    ExitCode::SUCCESS
}

fn help() {
    println!(
        "gateway-relay {}: carries gateway events of Discord to the Worker\n\n\
         gateway-relay            run\n\
         gateway-relay --check    look at the configuration, ask Worker and Discord, exit\n\
         gateway-relay --version\n\n\
         It is told by the environment, or by a file `.env` in the working directory (the environment wins):",
        env!("CARGO_PKG_VERSION")
    );
    for (name, word) in VARIABLES {
        println!("  {name:<22} {word}");
    }
    println!("\nExit codes: 0 stopped or all well, 2 configuration, 3 not reachable, 4 refused by Discord");
}

async fn with_config(then: impl AsyncFnOnce(Config) -> ExitCode) -> ExitCode {
    let lookup = match environment(Path::new(".env")) {
        Ok(lookup) => lookup,
        Err(problem) => return misconfigured(&[problem]),
    };
    let log = lookup("RUST_LOG").filter(|log| !log.is_empty()).unwrap_or_else(|| "info".into());
    tracing_subscriber::fmt().json().with_env_filter(EnvFilter::new(log)).with_writer(std::io::stdout).init();
    match Config::load(lookup) {
        Ok(config) => then(config).await,
        Err(problems) => misconfigured(&problems),
    }
}

fn misconfigured(problems: &[Problem]) -> ExitCode {
    eprintln!("The relay cannot start:");
    for problem in problems {
        eprintln!("  {problem}");
    }
    ExitCode::from(CONFIGURATION)
}

async fn checked(config: &Config) -> ExitCode {
    let findings = check(config).await;
    for (well, finding) in &findings {
        println!("{} {finding}", if *well { "ok    " } else { "FAILED" });
    }
    if findings.iter().all(|(well, _)| *well) { ExitCode::SUCCESS } else { ExitCode::from(UNREACHABLE) }
}

async fn relay(config: Config) -> ExitCode {
    let (stop, stops) = watch::channel(false);
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        eprintln!("The relay cannot listen for signals");
        return ExitCode::from(UNREACHABLE);
    };
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("the relay stops");
        // Nobody listens any more if the relay has ended by itself.
        let _ = stop.send(true);
        std::future::pending::<()>().await;
    });
    let state = match State::open(&config.spool) {
        Ok(state) => Arc::new(state),
        Err(error) => {
            tracing::error!(%error, "the relay cannot start");
            eprintln!("{error}");
            return ExitCode::from(CONFIGURATION);
        }
    };
    match run::run(config, Pace::default(), state, stops).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(stopped) => {
            tracing::error!(%stopped, "the relay ends");
            eprintln!("{stopped}");
            match stopped {
                run::Stopped::Gateway(Fatal(FAILED)) | run::Stopped::Listen(_) | run::Stopped::Http(_) => {
                    ExitCode::from(UNREACHABLE)
                }
                run::Stopped::Gateway(_) => ExitCode::from(REFUSED),
            }
        }
    }
}
