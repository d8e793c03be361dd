//! Which port each part has (tests/world/README.md), whether it is free, and the file that tells it to other tools.

use std::{collections::BTreeSet, fmt::Write, net::TcpListener};

use crate::{Res, settings::Variables};

use super::Part;

pub const DEFAULT_BASE: u16 = 8700;

/// What listens on base + its place in this list.
const NAMES: [&str; 11] = [
    "the Worker",
    "the Discord stand-in",
    "the Supabase stand-in",
    "the Upstash stand-in",
    "the Ash-NLP stand-in",
    "the Gemini stand-in",
    "the Claude stand-in",
    "the relay",
    "PostgreSQL",
    "Redis",
    "postrust",
];

#[derive(Clone, Copy, Debug)]
pub struct Ports {
    pub base: u16,
}

impl Ports {
    /// All ports from `base` on must exist.
    pub fn new(base: u16) -> Res<Self> {
        if (1024..=65_500).contains(&base) {
            Ok(Self { base })
        } else {
            Err(format!("--port-base {base}: give a number from 1024 to 65500"))
        }
    }

    pub fn worker(self) -> u16 {
        self.base
    }

    pub fn discord(self) -> u16 {
        self.base + 1
    }

    pub fn supabase(self) -> u16 {
        self.base + 2
    }

    pub fn relay(self) -> u16 {
        self.base + 7
    }

    /// Says which port is taken, and by what it is needed.
    pub fn are_free(self, parts: &BTreeSet<Part>) -> Res<()> {
        for (port, name) in (self.base..).zip(NAMES) {
            let wanted = match port - self.base {
                0 => parts.contains(&Part::Worker),
                7 => parts.contains(&Part::Relay),
                _ => parts.contains(&Part::World),
            };
            if wanted && TcpListener::bind(("127.0.0.1", port)).is_err() {
                return Err(format!(
                    "port {port} ({name}) is in use: stop what uses it, or move all ports with --port-base {}",
                    self.base + 100
                ));
            }
        }
        Ok(())
    }

    /// The addresses and local keys that any other tool needs to drive the running stack.
    pub fn env_text(self, variables: &Variables) -> String {
        let (base, mut text) = (self.base, String::new());
        let given = |name: &str| variables.get(name).cloned().unwrap_or_default();
        let lines = [
            ("WORKER_URL", given("WORKER_URL")),
            ("WORLD_URL", format!("http://127.0.0.1:{}", base + 1)),
            ("DISCORD_API_URL", given("DISCORD_API_URL")),
            ("DISCORD_GATEWAY_URL", given("DISCORD_GATEWAY_URL")),
            ("DISCORD_PUBLIC_KEY", given("DISCORD_PUBLIC_KEY")),
            ("DISCORD_SIGNING_SEED", given("DISCORD_SIGNING_SEED")),
            ("SUPABASE_URL", given("SUPABASE_URL")),
            ("SUPABASE_SECRET_KEY", given("SUPABASE_SECRET_KEY")),
            ("SUPABASE_PUBLISHABLE_KEY", given("SUPABASE_PUBLISHABLE_KEY")),
            ("DATABASE_URL", given("DATABASE_URL")),
            ("UPSTASH_REDIS_REST_URL", given("UPSTASH_REDIS_REST_URL")),
            ("UPSTASH_REDIS_REST_TOKEN", given("UPSTASH_REDIS_REST_TOKEN")),
            ("DASHBOARD_URL", format!("http://127.0.0.1:{base}/")),
            ("RELAY_URL", format!("http://127.0.0.1:{}", base + 7)),
        ];
        for (name, value) in lines {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{name}={value}");
        }
        text
    }
}
