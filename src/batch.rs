//! Records a delivery of events in one call; if something in it is refused for good, halves find out what it is.

use relay_wire::Outcome;

use crate::{context::Cx, error::Result, retry::outcome_of};

/// Calls `record` with all rows at once. `rows` are paired with the place of their event in `outcomes`.
pub async fn record<T>(
    cx: &Cx,
    feature: &str,
    outcomes: &mut [Outcome],
    rows: &[(usize, T)],
    record: impl AsyncFn(Vec<&T>) -> Result<()>,
) {
    let mut parts = vec![rows];
    while let Some(part) = parts.pop() {
        if part.is_empty() {
            continue;
        }
        let Err(error) = record(part.iter().map(|(_, row)| row).collect()).await else { continue };
        let outcome = outcome_of(&error);
        if matches!(outcome, Outcome::Dead { .. }) && part.len() > 1 {
            let (left, right) = part.split_at(part.len() / 2);
            // The left half first: the order of the events is the order of what happened.
            parts.extend([right, left]);
            continue;
        }
        cx.log_failure(feature, &error);
        for (at, _) in part {
            if let Some(slot) = outcomes.get_mut(*at) {
                *slot = outcome.clone();
            }
        }
    }
}
