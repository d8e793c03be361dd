//! The rules of Prometheus' text format (0.0.4) and of its naming, for what `/metrics` of the Worker and of the relay says.

use std::collections::{HashMap, HashSet};

#[derive(Debug)]
pub struct Family {
    pub name: String,
    pub kind: String,
    pub help: String,
    pub samples: Vec<Sample>,
}

#[derive(Debug)]
pub struct Sample {
    /// With `_bucket`, `_sum` or `_count` of a histogram.
    pub name: String,
    pub labels: Vec<(String, String)>,
    pub value: f64,
}

impl Family {
    /// The names under which queries find it.
    pub fn series(&self) -> Vec<String> {
        match self.kind.as_str() {
            "histogram" => ["_bucket", "_sum", "_count"].map(|suffix| format!("{}{suffix}", self.name)).to_vec(),
            _ => vec![self.name.clone()],
        }
    }
}

/// Reads it and panics at what breaks a rule.
pub fn read(text: &str) -> Vec<Family> {
    assert!(text.ends_with('\n'), "the last line ends, too");
    let mut families: Vec<Family> = vec![];
    let mut helped: HashMap<String, String> = HashMap::new();
    let mut seen = HashSet::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap_or_else(|| panic!("a help without words: {line}"));
            assert!(!help.trim().is_empty() && !help.contains('\\'), "{line}");
            assert!(helped.insert(name.to_owned(), help.to_owned()).is_none(), "a second help: {line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            let help = helped.get(name).unwrap_or_else(|| panic!("help comes before the type: {line}")).clone();
            assert!(families.iter().all(|family| family.name != name), "a second type: {line}");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "only counters end in _total: {name}");
            assert!(is_name(name) && has_base_units(name), "{name}");
            families.push(Family { name: name.to_owned(), kind: kind.to_owned(), help, samples: vec![] });
        } else {
            assert!(!line.starts_with('#') && !line.is_empty(), "{line:?}");
            let sample = sample(line);
            let family = families.last_mut().unwrap_or_else(|| panic!("no family yet: {line}"));
            assert!(family.series().contains(&sample.name), "it stands in the family {}: {line}", family.name);
            let mut labels = sample.labels.clone();
            labels.sort();
            assert!(seen.insert((sample.name.clone(), labels)), "twice: {line}");
            assert!(sample.value >= 0.0, "{line}");
            family.samples.push(sample);
        }
    }
    for family in &families {
        assert!(!family.help.ends_with('.'), "a help is a phrase: {}", family.help);
        if family.kind == "histogram" {
            histogram(family);
        }
    }
    families
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_part) && !name.contains("__")
}

/// Source: Prometheus, "Metric and label naming".
fn has_base_units(name: &str) -> bool {
    !["_ms", "_milliseconds", "_minutes", "_hours", "_kilobytes", "_megabytes", "_percent"]
        .iter()
        .any(|unit| name.trim_end_matches("_total").ends_with(unit))
}

fn sample(line: &str) -> Sample {
    let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap_or_else(|| panic!("no value: {line}")));
    let (labels, value) = match rest.strip_prefix('{') {
        None => (vec![], rest),
        Some(rest) => labels(rest, line),
    };
    let value = value.trim_start().parse().unwrap_or_else(|_| panic!("the value is no number: {line}"));
    Sample { name: name.to_owned(), labels, value }
}

/// The labels up to the closing brace, and what follows it.
fn labels<'a>(mut rest: &'a str, line: &str) -> (Vec<(String, String)>, &'a str) {
    let mut labels: Vec<(String, String)> = vec![];
    loop {
        let (name, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label: {line}"));
        assert!(is_name(name) && labels.iter().all(|(other, _)| other != name), "the label {name}: {line}");
        let mut value = String::new();
        let mut chars = after.char_indices();
        let end = loop {
            match chars.next().unwrap_or_else(|| panic!("a label without an end: {line}")) {
                (at, '"') => break at,
                (_, '\\') => match chars.next().map(|(_, c)| c) {
                    Some('n') => value.push('\n'),
                    Some(c @ ('\\' | '"')) => value.push(c),
                    other => panic!("what is \\{other:?}? {line}"),
                },
                (_, c) => value.push(c),
            }
        };
        labels.push((name.to_owned(), value));
        rest = &after[end + 1..];
        match rest.chars().next() {
            Some(',') => rest = &rest[1..],
            Some('}') => return (labels, &rest[1..]),
            other => panic!("after a label comes {other:?}: {line}"),
        }
    }
}

fn histogram(family: &Family) {
    let without_bound = |sample: &Sample| {
        let mut labels = sample.labels.clone();
        labels.retain(|(name, _)| name != "le");
        labels
    };
    for sum in family.samples.iter().filter(|sample| sample.name.ends_with("_sum")) {
        let of = |suffix: &str| -> Vec<&Sample> {
            let of_it = family.samples.iter().filter(|one| one.name == format!("{}{suffix}", family.name));
            of_it.filter(|one| without_bound(one) == sum.labels).collect()
        };
        let (buckets, counts) = (of("_bucket"), of("_count"));
        let bound = |one: &Sample| one.labels.iter().find(|(name, _)| name == "le").unwrap().1.clone();
        assert_eq!(bound(buckets.last().unwrap()), "+Inf", "{sum:?}");
        assert!(buckets.windows(2).all(|two| two[0].value <= two[1].value), "buckets are cumulative: {sum:?}");
        let bounds: Vec<f64> = buckets.iter().map(|one| bound(one).parse().unwrap()).collect();
        assert!(bounds.windows(2).all(|two| two[0] < two[1]), "{bounds:?}");
        assert_eq!(counts.len(), 1, "{sum:?}");
        assert_eq!(counts[0].value, buckets.last().unwrap().value, "{sum:?}");
    }
}
