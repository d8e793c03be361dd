//! What docs/observability.md lists is what there is; what alert rules and dashboards ask for exists.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

#[path = "bot/prometheus.rs"]
mod prometheus;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use community_os::metrics::{self, Kind, METRICS};
use gateway_relay::{config::Config, state::State, status};
use prometheus::Family;
use relay_wire::{ShardState, ShardStatus};
use serde_json::Value;

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The relay's metrics as a fresh relay with one shard tells them.
fn of_relay() -> Vec<Family> {
    let dir = tempfile::TempDir::new().unwrap();
    let lookup = |name: &str| {
        Some(match name {
            "DISCORD_BOT_TOKEN" => "t".to_owned(),
            "WORKER_URL" => "http://127.0.0.1:1".to_owned(),
            "RELAY_SIGNING_SEED" => "02".repeat(32),
            "RELAY_SPOOL" => dir.path().display().to_string(),
            _ => return None,
        })
    };
    let config = Config::load(lookup).unwrap();
    let state = State::open(&config.spool).unwrap();
    state.shards.send_replace(vec![ShardStatus {
        shard: 0,
        shard_count: 1,
        state: ShardState::Ready,
        latency_ms: Some(41),
        resumes: 0,
        gaps: 0,
        degraded: None,
    }]);
    state.delivered(relay_wire::Lane::Urgent, 0);
    prometheus::read(&status::prometheus(&state))
}

/// Name -> its labels, of everything that a query may name.
fn known() -> BTreeMap<String, BTreeSet<String>> {
    let mut known = BTreeMap::new();
    for metric in METRICS {
        let labels: BTreeSet<String> = metric.labels.iter().map(|label| (*label).to_owned()).collect();
        match metric.kind {
            Kind::Histogram => {
                for suffix in ["_bucket", "_sum", "_count"] {
                    let mut labels = labels.clone();
                    labels.extend((suffix == "_bucket").then(|| "le".to_owned()));
                    known.insert(format!("{}{suffix}", metric.name), labels);
                }
            }
            Kind::Counter | Kind::Gauge => {
                known.insert(metric.name.to_owned(), labels);
            }
        }
    }
    for family in of_relay() {
        for sample in &family.samples {
            let labels = sample.labels.iter().map(|(name, _)| name.clone());
            known.entry(sample.name.clone()).or_insert_with(BTreeSet::new).extend(labels);
        }
    }
    known
}

fn row(name: &str, kind: &str, labels: &str, help: &str) -> String {
    let labels = if labels.is_empty() { "-".to_owned() } else { format!("`{}`", labels.replace(", ", "`, `")) };
    format!("| `{name}` | {kind} | {labels} | {help} |")
}

#[test]
fn the_page_lists_every_metric_of_the_worker_and_no_other() {
    let page = file("docs/observability.md");
    let rows: Vec<String> = METRICS
        .iter()
        .map(|metric| row(metric.name, metric.kind.name(), &metric.labels.join(", "), metric.help))
        .collect();
    let told: Vec<&str> = page.lines().filter(|line| line.starts_with("| `community_os_")).collect();
    assert_eq!(told, rows, "the table under `The Worker's metrics` is to be:\n{}\n", rows.join("\n"));
}

#[test]
fn the_page_lists_every_metric_of_the_relay_and_no_other() {
    let page = file("docs/observability.md");
    let rows: Vec<String> = of_relay()
        .iter()
        .map(|family| {
            let labels: BTreeSet<&str> =
                family.samples.iter().flat_map(|one| &one.labels).map(|(name, _)| name.as_str()).collect();
            let labels: Vec<&str> = labels.into_iter().filter(|label| *label != "le").collect();
            row(&family.name, &family.kind, &labels.join(", "), &family.help)
        })
        .collect();
    let told: Vec<&str> =
        page.lines().filter(|line| line.starts_with("| `relay_") && line.matches('|').count() == 5).collect();
    assert_eq!(told, rows, "the table under `The relay's metrics` is to be:\n{}\n", rows.join("\n"));
}

#[test]
fn an_empty_worker_keeps_the_rules_of_the_format() {
    let families = prometheus::read(&metrics::text(&[]));
    assert_eq!(families.len(), METRICS.len());
    for metric in METRICS {
        assert!(metric.name.starts_with("community_os_"), "{}", metric.name);
    }
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for path in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            false => {}
        }
    }
    found
}

#[test]
fn the_page_lists_every_log_event_with_its_level_and_no_other() {
    let mut logged: BTreeSet<(String, String)> = BTreeSet::new();
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = fs::read_to_string(path).unwrap();
        for level in ["info", "warn", "error"] {
            let parts: Vec<&str> = text.split(&format!("\"{level}\",")).collect();
            for two in parts.windows(2).filter(|two| two[0].trim_end().ends_with("log(")) {
                let event = two[1].trim_start().trim_start_matches('"').split('"').next().unwrap();
                logged.insert((event.to_owned(), level.to_owned()));
            }
        }
    }
    // Written in another way: by `log_failure`, and while there is no request yet.
    for (event, level) in [("bug", "error"), ("service_failed", "warn"), ("config_problem", "warn")] {
        logged.insert((event.to_owned(), level.to_owned()));
    }
    let page = file("docs/observability.md");
    let told: BTreeSet<(String, String)> = page
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, event, level @ ("info" | "warn" | "error"), _, _] = cells.as_slice() else { return None };
            Some((event.trim_matches('`').to_owned(), (*level).to_owned()))
        })
        .collect();
    assert_eq!(told, logged);
}

/// What a query names: metrics with the labels that it asks of each, and the labels that it groups by.
struct Query {
    metrics: Vec<(String, Vec<String>)>,
    groups: Vec<String>,
}

const FUNCTIONS: &[&str] =
    &["absent", "histogram_quantile", "increase", "rate", "sum", "max", "vector", "by", "or", "and", "unless"];

/// As much of PromQL as is used here; panics at what it does not know.
fn read_query(expr: &str) -> Query {
    let mut query = Query { metrics: vec![], groups: vec![] };
    let mut rest = expr;
    let mut open = vec![];
    let mut is_grouping = false;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            if is_grouping && open.last() == Some(&'(') {
                query.groups.push(word.to_owned());
            } else if word == "by" {
                is_grouping = true;
            } else if !FUNCTIONS.contains(&word) {
                let labels = match rest.strip_prefix('{') {
                    Some(inside) => {
                        let (inside, after) = inside.split_once('}').unwrap_or_else(|| panic!("no end: {expr}"));
                        rest = after;
                        inside.split("\",").map(|one| matcher(one, expr)).collect()
                    }
                    None => vec![],
                };
                query.metrics.push((word.to_owned(), labels));
            }
            continue;
        }
        match c {
            '(' => open.push(c),
            '[' => {
                let (span, after) = rest[1..].split_once(']').unwrap_or_else(|| panic!("no end: {expr}"));
                assert!(
                    span.ends_with(['s', 'm', 'h', 'd']) && span[..span.len() - 1].parse::<u32>().is_ok(),
                    "{expr}"
                );
                rest = after;
                continue;
            }
            ')' => {
                assert!(open.pop().is_some(), "unbalanced: {expr}");
                is_grouping = false;
            }
            _ => assert!("0123456789. ,+-*/<>=!".contains(c), "{c:?} in {expr}"),
        }
        rest = &rest[1..];
    }
    assert!(open.is_empty(), "unbalanced: {expr}");
    query
}

fn matcher(text: &str, expr: &str) -> String {
    let end = text.find(['=', '!']).unwrap_or_else(|| panic!("{text} in {expr}"));
    let (label, rest) = text.split_at(end);
    assert!(["=\"", "!=\"", "=~\"", "!~\""].iter().any(|how| rest.starts_with(how)), "{text} in {expr}");
    label.to_owned()
}

fn check_query(expr: &str, known: &BTreeMap<String, BTreeSet<String>>) {
    let query = read_query(expr);
    let mut all: BTreeSet<&String> = BTreeSet::new();
    for (name, labels) in &query.metrics {
        let has = known.get(name).unwrap_or_else(|| panic!("{name} is no metric: {expr}"));
        all.extend(has);
        for label in labels {
            assert!(has.contains(label), "{name} has no label {label}: {expr}");
        }
        // A counter says nothing by its height.
        let is_counter = ["_total", "_bucket", "_count", "_sum"].iter().any(|suffix| name.ends_with(suffix));
        let is_rated = [format!("rate({name}"), format!("increase({name}")].iter().any(|rated| expr.contains(rated));
        assert_eq!(is_counter, is_rated, "{name}: {expr}");
    }
    for group in &query.groups {
        assert!(all.contains(group), "nothing has the label {group}: {expr}");
    }
}

#[test]
#[should_panic(expected = "community_os_nonsense_total is no metric")]
fn a_query_for_what_is_not_there_is_noticed() {
    check_query("sum by (le) (rate(community_os_nonsense_total[5m]))", &known());
}

#[test]
#[should_panic(expected = "has no label guild")]
fn a_query_by_a_label_that_is_not_there_is_noticed() {
    check_query("sum(rate(community_os_alerts_total{severity=\"HIGH\",guild=\"1\"}[5m]))", &known());
}

#[test]
fn alert_rules_ask_for_what_there_is_and_say_what_to_do() {
    let (rules, page, known) = (file("ops/prometheus/alerts.yml"), file("docs/observability.md"), known());
    let anchors: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(|title| title.to_lowercase().replace(' ', "-").replace(',', ""))
        .collect();
    let mut names = BTreeSet::new();
    let mut used = BTreeSet::new();
    for rule in rules.split("\n      - alert: ").skip(1) {
        let name = rule.lines().next().unwrap();
        assert!(names.insert(name.to_owned()), "{name} twice");
        let field = |start: &str| {
            let mut found = rule.lines().filter_map(|line| line.trim().strip_prefix(start)).map(str::trim);
            let first = found.next().unwrap_or_else(|| panic!("{name} has no {start}"));
            assert_eq!(found.next(), None, "{name}");
            first.to_owned()
        };
        check_query(&field("expr:"), &known);
        let severity = field("labels:");
        assert!(
            ["{severity: critical}", "{severity: warning}", "{severity: none}"].contains(&severity.as_str()),
            "{name}"
        );
        let summary = field("summary:");
        assert!(summary.ends_with('.') && !summary.contains(": "), "{name}: {summary}");
        let runbook = field("runbook:");
        let anchor = runbook.strip_prefix("docs/observability.md#").unwrap_or_else(|| panic!("{name}: {runbook}"));
        assert!(anchors.contains(anchor), "{name}: there is no heading {anchor} among {anchors:?}");
        used.insert(anchor.to_owned());
        assert!(rule.lines().all(|line| !line.contains('\t')), "{name}");
    }
    assert!(names.len() >= 15, "{names:?}");
    assert_eq!(used, anchors, "each heading under `in this order` is what an alert leads to");
}

#[test]
fn the_dashboard_asks_for_what_there_is() {
    let (board, known) = (file("ops/grafana/community-os.json"), known());
    let board: Value = serde_json::from_str(&board).unwrap();
    let panels = board["panels"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    let mut shown = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        let place = &panel["gridPos"];
        let at = |name: &str| place[name].as_u64().unwrap();
        for (x, y) in (at("x")..at("x") + at("w")).flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y))) {
            assert!(x < 24 && taken.insert((x, y)), "two panels in one place: {}", panel["title"]);
        }
        for target in panel["targets"].as_array().into_iter().flatten() {
            let expr = target["expr"].as_str().unwrap();
            check_query(expr, &known);
            shown.extend(read_query(expr).metrics.into_iter().map(|(name, _)| name));
        }
    }
    let is_shown = |name: &str| shown.iter().any(|shown| shown.starts_with(name));
    let unseen: Vec<&str> = METRICS.iter().map(|metric| metric.name).filter(|name| !is_shown(name)).collect();
    assert_eq!(unseen, ["community_os_build_info"], "the rest is on the dashboard");
}
