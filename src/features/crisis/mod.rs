//! People in crisis: what Ash notices, and what happens then.

pub mod screen;
