//! The small always-on process that carries gateway events to the Worker; it keeps no meaning, only delivery.
//!
//! ```text
//!  Discord ─▶ shard ─▶ intake (filter) ─▶ spool ─▶ deliver (line) ─▶ worker ─▶ the Worker
//!                        ▲ rules      (disk)            ▲ orders: filter, ticks, pause, erasures
//! ```

pub mod check;
pub mod config;
mod connect;
pub mod deliver;
pub mod discord;
pub mod dispatch;
pub mod filter;
pub mod identify;
pub mod intake;
pub mod intents;
pub mod line;
pub mod orders;
pub mod pace;
pub mod retry;
pub mod rules;
pub mod run;
pub mod shard;
pub mod silence;
pub mod spool;
pub mod state;
pub mod status;
mod threads;
pub mod worker;
