//! Stand-ins of the outside world: Discord, Upstash, Supabase, Ash-NLP, Gemini, Claude. They imitate; see README.md.
//!
//! This crate never imports the Worker or the relay, so that it cannot share their bugs.

pub mod auth;
pub mod claude;
mod control;
pub mod database;
pub mod defaults;
pub mod discord;
pub mod face;
pub mod gemini;
pub mod jwt;
pub mod lighthouse;
pub mod load;
pub mod nlp;
mod resp;
pub mod script;
pub mod seed;
mod servers;
pub mod stack;
pub mod supabase;
pub mod upstash;
pub mod world;
