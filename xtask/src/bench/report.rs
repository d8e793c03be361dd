//! A measured row, as a line for a person and as a line of JSON.

use serde_json::{Map, Value, json};

pub struct Row {
    pub bench: &'static str,
    pub what: String,
    pub values: Vec<(&'static str, f64)>,
    /// Only the last row of a measurement has these.
    pub budgets: Vec<Budget>,
}

pub struct Budget {
    /// The name of the value it limits.
    pub of: &'static str,
    pub limit: Limit,
}

#[derive(Clone, Copy)]
pub enum Limit {
    Below(f64),
    Above(f64),
}

impl Row {
    fn value(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }

    /// True for a row without a budget.
    pub fn keeps_budget(&self) -> bool {
        self.budgets.iter().all(|budget| match (self.value(budget.of), budget.limit) {
            (Some(value), Limit::Below(limit)) => value < limit,
            (Some(value), Limit::Above(limit)) => value > limit,
            (None, _) => false,
        })
    }

    pub fn human(&self) -> String {
        let values: Vec<String> = self.values.iter().map(|(name, value)| format!("{name} {}", short(*value))).collect();
        let budgets: Vec<String> = self
            .budgets
            .iter()
            .map(|budget| match budget.limit {
                Limit::Below(limit) => format!("{} < {}", budget.of, short(limit)),
                Limit::Above(limit) => format!("{} > {}", budget.of, short(limit)),
            })
            .collect();
        let verdict = match (budgets.is_empty(), self.keeps_budget()) {
            (true, _) => String::new(),
            (false, kept) => format!("   [{}: {}]", budgets.join(", "), if kept { "kept" } else { "MISSED" }),
        };
        format!("{:6} {:40} {}{verdict}", self.bench, self.what, values.join("  "))
    }

    pub fn json(&self) -> String {
        let mut object = Map::new();
        object.insert("bench".to_owned(), json!(self.bench));
        object.insert("what".to_owned(), json!(self.what));
        for (name, value) in &self.values {
            object.insert((*name).to_owned(), json!((value * 1000.0).round() / 1000.0));
        }
        if !self.budgets.is_empty() {
            let limits: Map<String, Value> = self
                .budgets
                .iter()
                .map(|budget| match budget.limit {
                    Limit::Below(limit) => (budget.of.to_owned(), json!({ "below": limit })),
                    Limit::Above(limit) => (budget.of.to_owned(), json!({ "above": limit })),
                })
                .collect();
            object.insert("budget".to_owned(), Value::Object(limits));
            object.insert("kept".to_owned(), json!(self.keeps_budget()));
        }
        Value::Object(object).to_string()
    }
}

fn short(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// The middle one; of an even number the lower middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// The least that so large a part of them does not exceed.
pub fn percentile(times: &[f64], part: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_kept_on_the_right_side_of_its_limit_only() {
        let row = |p50, rate| Row {
            bench: "ping",
            what: "x".to_owned(),
            values: vec![("p50_ms", p50), ("per_second", rate)],
            budgets: vec![
                Budget { of: "p50_ms", limit: Limit::Below(0.4) },
                Budget { of: "per_second", limit: Limit::Above(4000.0) },
            ],
        };
        assert!(row(0.3, 5000.0).keeps_budget());
        assert!(!row(0.5, 5000.0).keeps_budget());
        assert!(!row(0.3, 3000.0).keeps_budget());
        assert!(row(0.5, 5000.0).human().contains("MISSED"));
        let json: Value = serde_json::from_str(&row(0.30004, 5000.0).json()).unwrap();
        assert_eq!(json["p50_ms"], 0.3);
        assert_eq!(json["kept"], true);
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.0);
    }
}
