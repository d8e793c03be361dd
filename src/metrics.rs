//! What is counted: the one list of metrics, the isolate's tally on its way to Upstash, and Prometheus' text format.
//!
//! Labels are words of ours from a small fixed set, never an id and never text.

use std::{
    cell::{Cell, RefCell},
    fmt::Write,
};

use chrono::TimeDelta;

use crate::edge::Time;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    /// As Prometheus writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What ends in `_seconds` is kept in milliseconds and shown in seconds.
#[derive(Debug)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

macro_rules! metrics {
    ($($id:ident: $kind:ident $name:literal $labels:expr, $help:literal;)*) => {
        $(pub static $id: Metric = Metric { name: $name, kind: Kind::$kind, labels: &$labels, help: $help };)*

        /// Everything that `GET /metrics` shows; docs/observability.md lists the same.
        pub static METRICS: &[&Metric] = &[$(&$id),*];
    };
}

metrics! {
    INTERACTIONS: Counter "community_os_interactions_total" ["kind", "name", "outcome"],
        "Interactions answered; the name is a command's, or the feature of a button or form";
    INTERACTION_SECONDS: Histogram "community_os_interaction_seconds" ["kind", "answer"],
        "From an interaction's arrival to its first answer, or to the one that replaced \"thinking\"";
    EVENTS: Counter "community_os_events_total" ["kind", "outcome"],
        "Relay events answered; one that is tried again is counted again";
    DEAD_LETTERS: Counter "community_os_dead_letters_total" [],
        "Relay events given up for good";
    MESSAGES: Counter "community_os_messages_analyzed_total" ["severity", "detector"],
        "Messages that crisis detection has judged";
    ALERTS: Counter "community_os_alerts_total" ["severity"],
        "Alerts posted for the crisis team";
    ALERT_SECONDS: Histogram "community_os_alert_seconds" ["severity", "since"],
        "To an alert's post, since its message was written or since the relay's delivery arrived; without late finds";
    SESSIONS_OPENED: Counter "community_os_sessions_opened_total" ["by"],
        "Talks with Ash opened, by who or what began them";
    SESSIONS_CLOSED: Counter "community_os_sessions_closed_total" ["reason"],
        "Talks with Ash closed";
    ANSWERS: Counter "community_os_ash_answers_total" ["outcome"],
        "Answers of Ash that were generated";
    AI_CALLS: Counter "community_os_ai_calls_total" ["provider", "purpose", "outcome"],
        "Calls of an AI model";
    AI_SECONDS: Histogram "community_os_ai_call_seconds" ["provider"],
        "How long calls of an AI model took, all tries together";
    FAILURES: Counter "community_os_service_failures_total" ["service", "reason"],
        "Failures of a service that were not mended in place";
    BUGS: Counter "community_os_bugs_total" [],
        "Failures that are our own fault";
    JOBS: Counter "community_os_jobs_total" ["kind", "outcome"],
        "Jobs run";
    COMPONENT_UP: Gauge "community_os_component_up" ["component"],
        "1 while the component is well, as /health/detailed tells it; absent while nobody knows";
    RELAY_SILENT: Gauge "community_os_relay_silent_seconds" [],
        "Since the last word of the relay that has been silent the longest";
    RELAY_OLDEST: Gauge "community_os_relay_oldest_event_seconds" [],
        "Age of the oldest event that waited in a relay at its last word";
    RELAY_WAITING: Gauge "community_os_relay_events_waiting" [],
        "Events that waited in all relays at their last word";
    SECOND_LOOK: Gauge "community_os_second_look_waiting" [],
        "Messages that wait until Ash-NLP can judge them";
    SECOND_LOOK_OLDEST: Gauge "community_os_second_look_oldest_seconds" [],
        "How long the oldest of them has waited";
    PROBLEMS: Gauge "community_os_guild_problems" ["problem"],
        "Guilds in which this setting or part does not work";
    CONFIG_PROBLEMS: Gauge "community_os_config_problems" [],
        "Environment variables that are missing or wrong";
    BUILD: Gauge "community_os_build_info" ["version"],
        "Always 1; the version that answers";
}

/// Upper bounds of the histograms. 750 ms is what is promised for an alert, 2.5 s what Discord waits for an interaction.
const BOUNDS_MS: [i64; 10] = [50, 100, 250, 500, 750, 1_000, 2_500, 5_000, 15_000, 60_000];
/// The bucket of what took longer, and the sum of all.
const LONGER: &str = "inf";
const SUM: &str = "sum";
/// Between the name, the values of the labels and a histogram's bucket.
const BETWEEN: char = '|';

/// A pipeline that goes anyway takes the tally along once something in it is this old.
const FLUSH_AFTER: TimeDelta = TimeDelta::seconds(5);

/// What this isolate has counted and Upstash does not know yet.
#[derive(Default)]
pub struct Tally {
    counted: RefCell<Vec<(String, i64)>>,
    /// When the first of that was counted.
    since: Cell<Option<Time>>,
}

impl Tally {
    pub fn add(&self, metric: &Metric, labels: &[&str], amount: i64, now: Time) {
        debug_assert_eq!(metric.labels.len(), labels.len(), "{}", metric.name);
        self.put(series(metric, labels), amount);
        self.since.set(self.since.get().or(Some(now)));
    }

    /// Puts a duration into its histogram.
    pub fn observe(&self, metric: &Metric, labels: &[&str], ms: i64, now: Time) {
        let ms = ms.max(0);
        let mut bucket = series(metric, labels);
        let mut sum = bucket.clone();
        bucket.push(BETWEEN);
        match BOUNDS_MS.iter().find(|bound| ms <= **bound) {
            Some(bound) => bucket.push_str(&bound.to_string()),
            None => bucket.push_str(LONGER),
        }
        sum.push(BETWEEN);
        sum.push_str(SUM);
        self.put(bucket, 1);
        self.put(sum, ms);
        self.since.set(self.since.get().or(Some(now)));
    }

    fn put(&self, series: String, amount: i64) {
        let mut counted = self.counted.borrow_mut();
        match counted.iter_mut().find(|(known, _)| *known == series) {
            Some((_, count)) => *count += amount,
            None => counted.push((series, amount)),
        }
    }

    pub fn is_due(&self, now: Time) -> bool {
        self.since.get().is_some_and(|since| (now - since).abs() >= FLUSH_AFTER)
    }

    /// For whoever wants to know everything now.
    pub fn make_due(&self) {
        if self.since.get().is_some() {
            self.since.set(Some(Time::UNIX_EPOCH));
        }
    }

    pub fn take(&self) -> Vec<(String, i64)> {
        self.since.set(None);
        self.counted.take()
    }

    /// What did not reach Upstash stays for the next time, which is a while later.
    pub fn put_back(&self, counted: Vec<(String, i64)>, now: Time) {
        for (series, amount) in counted {
            self.put(series, amount);
            self.since.set(Some(now));
        }
    }
}

/// What names one count: the metric and the values of its labels.
pub fn series(metric: &Metric, labels: &[&str]) -> String {
    let mut series = metric.name.to_owned();
    for label in labels {
        series.push(BETWEEN);
        series.push_str(label);
    }
    series
}

/// Prometheus' text format 0.0.4. Series that are not known (any more) are left out.
pub fn text(counted: &[(String, i64)]) -> String {
    let mut out = String::new();
    for metric in METRICS {
        let name = metric.name;
        // Writing into a String cannot fail.
        let _ = writeln!(out, "# HELP {name} {}\n# TYPE {name} {}", metric.help, metric.kind.name());
        if metric.kind == Kind::Histogram {
            histogram(&mut out, counted, metric);
            continue;
        }
        for (labels, value) in of(counted, metric, metric.labels.len()) {
            sample(&mut out, metric, "", &labels, None, value);
        }
    }
    out
}

fn histogram(out: &mut String, counted: &[(String, i64)], metric: &Metric) {
    let parts = of(counted, metric, metric.labels.len() + 1);
    for (of_sum, sum) in &parts {
        let Some((&SUM, labels)) = of_sum.split_last() else { continue };
        let bucket = |wanted: &str| {
            let is_it = |one: &[&str]| one.split_last().is_some_and(|(last, rest)| *last == wanted && rest == labels);
            parts.iter().find(|(one, _)| is_it(one)).map_or(0, |(_, count)| *count)
        };
        let mut count = 0;
        for bound in BOUNDS_MS {
            count += bucket(&bound.to_string());
            sample(out, metric, "_bucket", labels, Some(&seconds(bound)), count);
        }
        count += bucket(LONGER);
        sample(out, metric, "_bucket", labels, Some("+Inf"), count);
        sample(out, metric, "_sum", labels, None, *sum);
        sample(out, metric, "_count", labels, None, count);
    }
}

/// The parts and the count of each series of a metric.
fn of<'a>(counted: &'a [(String, i64)], metric: &Metric, parts: usize) -> Vec<(Vec<&'a str>, i64)> {
    let read = |(series, count): &'a (String, i64)| {
        let mut labels: Vec<&str> = series.split(BETWEEN).collect();
        (labels.len() == parts + 1 && labels.remove(0) == metric.name).then_some((labels, *count))
    };
    counted.iter().filter_map(read).collect()
}

fn sample(out: &mut String, metric: &Metric, suffix: &str, labels: &[&str], bound: Option<&str>, value: i64) {
    out.push_str(metric.name);
    out.push_str(suffix);
    let bound = bound.map(|bound| ("le", bound));
    let mut before = '{';
    for (label, value) in metric.labels.iter().copied().zip(labels.iter().copied()).chain(bound) {
        out.push(before);
        out.push_str(label);
        out.push_str("=\"");
        for c in value.chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\\' | '"' => out.extend(['\\', c]),
                c => out.push(c),
            }
        }
        out.push('"');
        before = ',';
    }
    if before == ',' {
        out.push('}');
    }
    out.push(' ');
    let is_seconds = metric.name.ends_with("_seconds") && (metric.kind == Kind::Gauge || suffix == "_sum");
    out.push_str(&if is_seconds { seconds(value) } else { value.to_string() });
    out.push('\n');
}

/// Milliseconds as seconds, without floating point: that is kilobytes of wasm.
fn seconds(ms: i64) -> String {
    let text = format!("{}.{:03}", ms / 1_000, ms.rem_euclid(1_000));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_shown_as_seconds() {
        for (ms, shown) in [(0, "0"), (5, "0.005"), (50, "0.05"), (1_000, "1"), (2_500, "2.5"), (60_001, "60.001")] {
            assert_eq!(seconds(ms), shown);
        }
    }

    #[test]
    fn what_was_counted_is_shown_and_what_is_not_known_is_not() {
        let tally = Tally::default();
        let now = Time::UNIX_EPOCH;
        tally.add(&ALERTS, &["HIGH"], 1, now);
        tally.add(&ALERTS, &["HIGH"], 2, now);
        tally.add(&BUGS, &[], 1, now);
        tally.observe(&AI_SECONDS, &["claude"], 700, now);
        tally.observe(&AI_SECONDS, &["claude"], 90_000, now);
        let mut counted = tally.take();
        assert!(tally.take().is_empty());
        counted.push(("community_os_alerts_total|HIGH|of an older version".to_owned(), 9));
        counted.push(("community_os_alerts_total_of_somebody_else".to_owned(), 9));
        counted.push((series(&PROBLEMS, &["a\"b\\c\nd"]), 1));
        let shown = text(&counted);
        let samples: Vec<&str> = shown.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            samples,
            [
                "community_os_alerts_total{severity=\"HIGH\"} 3",
                "community_os_ai_call_seconds_bucket{provider=\"claude\",le=\"0.05\"} 0",
                "community_os_ai_call_seconds_bucket{provider=\"claude\",le=\"0.1\"} 0",
                "community_os_ai_call_seconds_bucket{provider=\"claude\",le=\"0.25\"} 0",
                "community_os_ai_call_seconds_bucket{provider=\"claude\",le=\"0.5\"} 0",
                "community_os_ai_call_seconds_bucket{provider=\"claude\",le=\"0.75\"} 1",
                "community_os_ai_call_seconds_bucket{provider=\"claude\",le=\"1\"} 1",
                "community_os_ai_call_seconds_bucket{provider=\"claude\",le=\"2.5\"} 1",
                "community_os_ai_call_seconds_bucket{provider=\"claude\",le=\"5\"} 1",
                "community_os_ai_call_seconds_bucket{provider=\"claude\",le=\"15\"} 1",
                "community_os_ai_call_seconds_bucket{provider=\"claude\",le=\"60\"} 1",
                "community_os_ai_call_seconds_bucket{provider=\"claude\",le=\"+Inf\"} 2",
                "community_os_ai_call_seconds_sum{provider=\"claude\"} 90.7",
                "community_os_ai_call_seconds_count{provider=\"claude\"} 2",
                "community_os_bugs_total 1",
                "community_os_guild_problems{problem=\"a\\\"b\\\\c\\nd\"} 1",
            ]
        );
    }

    #[test]
    fn it_waits_for_company_and_what_came_back_waits_again() {
        let (tally, start) = (Tally::default(), Time::UNIX_EPOCH);
        assert!(!tally.is_due(start));
        tally.add(&BUGS, &[], 1, start);
        assert!(!tally.is_due(start + TimeDelta::seconds(4)));
        assert!(tally.is_due(start + TimeDelta::seconds(5)));
        let taken = tally.take();
        tally.put_back(taken, start + TimeDelta::seconds(5));
        assert!(!tally.is_due(start + TimeDelta::seconds(9)));
        assert_eq!(tally.take(), [("community_os_bugs_total".to_owned(), 1)]);
    }
}
