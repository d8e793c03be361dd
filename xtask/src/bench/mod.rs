//! `cargo xtask bench`: measures what has a budget.
use crate::Res;
pub fn run(_args: &[String]) -> Res<()> {
    Err("not yet".into())
}
