//! Stand-ins of the outside world: Discord, Upstash, Supabase, Ash-NLP, Gemini, Claude. They imitate; see README.md.
//!
//! This crate never imports the Worker or the relay, so that it cannot share their bugs.

pub mod database;
pub mod defaults;
pub mod face;
mod servers;
pub mod stack;
