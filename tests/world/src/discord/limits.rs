//! Rate limits: headers on every answer, and a real refusal where a test or a person asked for one.

use std::collections::VecDeque;

use serde::Deserialize;

/// At most `limit` requests per `per_ms` to everything below a prefix.
#[derive(Clone, Debug, Deserialize)]
pub struct Limit {
    /// `METHOD /path-prefix` or `/path-prefix`, without `/api/v10`; empty for the global limit.
    pub prefix: String,
    pub limit: usize,
    pub per_ms: i64,
    /// `user`, `global` or `shared`.
    #[serde(default)]
    pub scope: Option<String>,
    #[serde(skip)]
    hits: VecDeque<i64>,
}

#[derive(Default)]
pub struct Limits {
    all: Vec<Limit>,
}

/// What the headers say, and whether the request is refused.
pub struct Verdict {
    pub limit: usize,
    pub remaining: usize,
    pub reset_after_ms: i64,
    pub refused: Option<String>,
}

impl Limits {
    pub fn add(&mut self, prefix: &str, limit: usize, per_ms: i64, scope: Option<String>) {
        self.all.retain(|one| one.prefix != prefix);
        self.all.push(Limit { prefix: prefix.to_owned(), limit, per_ms, scope, hits: VecDeque::new() });
    }

    pub fn clear(&mut self) {
        self.all.clear();
    }

    /// Counts one request. Without a configured limit the bucket is never near its end, so that no client waits.
    pub fn count(&mut self, method: &str, path: &str, now_ms: i64) -> Verdict {
        let mut verdict = Verdict { limit: 50, remaining: 49, reset_after_ms: 1_000, refused: None };
        for one in self.all.iter_mut().filter(|one| one.covers(method, path)) {
            while one.hits.front().is_some_and(|at| now_ms - at >= one.per_ms) {
                one.hits.pop_front();
            }
            let reset_after_ms = one.hits.front().map_or(one.per_ms, |at| at + one.per_ms - now_ms);
            let full = one.hits.len() >= one.limit;
            if !full {
                one.hits.push_back(now_ms);
            }
            let default = if one.prefix.is_empty() { "global" } else { "user" };
            verdict = Verdict {
                limit: one.limit,
                remaining: one.limit - one.hits.len().min(one.limit),
                reset_after_ms,
                refused: full.then(|| one.scope.clone().unwrap_or_else(|| default.to_owned())),
            };
            if full {
                break;
            }
        }
        verdict
    }
}

impl Limit {
    fn covers(&self, method: &str, path: &str) -> bool {
        match self.prefix.split_once(' ') {
            Some((wanted, prefix)) => wanted == method && path.starts_with(prefix),
            None => path.starts_with(&self.prefix),
        }
    }
}
