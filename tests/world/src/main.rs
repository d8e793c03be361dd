//! Runs the local world until it is interrupted.

use std::{env, io, path::PathBuf, process::ExitCode};

use tokio::signal::unix::{SignalKind, signal};
use world::{
    defaults,
    stack::{Ports, Stack, StackOptions},
    world::{World, WorldOptions, WorldUrls, environment},
};

const USAGE: &str = "usage: world [--port-base N] [--data NAME] [--fresh] [--no-fsync] [--print-env]
  --port-base N  first port (default 8700)
  --data NAME    folder of the data, so that two worlds can live side by side (default dev)
  --fresh        start without the data of earlier runs
  --no-fsync     quicker, and a power cut costs the data
  --lighthouse   start nothing; give the running world on these ports what the dashboard shows, and print the accounts
  --print-env    start nothing; print the variables for Worker and relay as NAME=value
Environment: WORLD_RECORD, INTERACTIONS_URL, SCHEDULED_URL, WORLD_PAGE_DIR";

struct Arguments {
    port_base: u16,
    data: String,
    fresh: bool,
    fsync: bool,
    lighthouse: bool,
    print_env: bool,
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments {
        port_base: defaults::DEFAULT_PORT_BASE,
        data: "dev".to_owned(),
        fresh: false,
        fsync: true,
        lighthouse: false,
        print_env: false,
    };
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--port-base" => {
                let number = words.next().and_then(|number| number.parse().ok());
                found.port_base = number
                    .filter(|base| (1024..=65_000).contains(base))
                    .ok_or("--port-base needs a number from 1024 to 65000")?;
            }
            "--data" => {
                let plain = |name: &String| {
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
                };
                found.data = words.next().filter(plain).ok_or("--data needs a plain name")?;
            }
            "--fresh" => found.fresh = true,
            "--no-fsync" => found.fsync = false,
            "--lighthouse" => found.lighthouse = true,
            "--print-env" => found.print_env = true,
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(found)
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    if arguments.print_env {
        let base = arguments.port_base;
        for (name, value) in environment(&WorldUrls::from_base(base), &Ports::from_base(base).database_url()) {
            println!("{name}={value}");
        }
        return ExitCode::SUCCESS;
    }
    let done = match arguments.lighthouse {
        true => lighthouse(arguments.port_base).await,
        false => run(arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("world: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn lighthouse(port_base: u16) -> io::Result<()> {
    for account in world::lighthouse::settle(&Ports::from_base(port_base).database_url()).await? {
        println!("{}  {}  {}", account.email, account.password, account.sees);
    }
    Ok(())
}

async fn run(arguments: Arguments) -> io::Result<()> {
    // Before the servers start: a signal in between must not leave them.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let base = arguments.port_base;
    let mut stack = Stack::start(StackOptions {
        name: arguments.data,
        ports: Some(Ports::from_base(base)),
        fsync: arguments.fsync,
        fresh: arguments.fresh,
        temporary: false,
    })
    .await?;
    let worker = format!("http://127.0.0.1:{}", base + defaults::offset::WORKER);
    let or = |name: &str, path: &str| env::var(name).unwrap_or_else(|_| format!("{worker}{path}"));
    let world = World::start(WorldOptions {
        port_base: Some(base),
        stack: stack.urls.clone(),
        record: env::var("WORLD_RECORD").ok().filter(|path| !path.is_empty()),
        interactions_url: Some(or("INTERACTIONS_URL", "/interactions")),
        scheduled_url: Some(or("SCHEDULED_URL", "/__scheduled")),
        page_dir: env::var_os("WORLD_PAGE_DIR").map(PathBuf::from),
    })
    .await?;
    world.settle_harbour().await?;
    let urls = world.urls();
    println!(
        "world ready: {} (Discord), {} (Supabase), {} (Upstash), {} (Ash-NLP), {} (Gemini), {} (Claude), {}",
        urls.world, urls.supabase, urls.upstash, urls.nlp, urls.gemini, urls.claude, stack.urls.database_url,
    );
    let mut watch = tokio::time::interval(std::time::Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            _ = watch.tick() => if let Some(failed) = stack.failed() {
                return Err(io::Error::other(failed));
            },
        }
    }
}
