//! The numbers managers ask for, over 1,000,000 and 10,000,000 rows of activity: fill, ingest by SQL and through the Worker,
//! check, then each number warm and cold.

use std::{
    env, fs,
    process::{Command, Stdio},
    time::Instant,
};

use local_tools::data_dir;
use serde_json::Value;

use crate::{
    Res, dev, out,
    stack::{Part, Plan, Ports, Stack},
};

use super::{
    ingest,
    report::{Budget, Limit, Row, percentile},
};

const BASE: u16 = 19_900;
/// PostgreSQL's place in the ports of a world.
const POSTGRES: u16 = 8;
const SIZES: [u64; 2] = [1_000_000, 10_000_000];
/// Of 15 days each: 180 days.
const PORTIONS: u64 = 12;
/// Of 200 events each.
const BATCHES: u64 = 500;
/// Through the Worker, of 200 events each.
const DELIVERIES: usize = 200;
const WARM: usize = 30;
const COLD: usize = 3;
const BUDGET_MS: f64 = 150.0;

/// Of the largest guild. What has a budget as a page shows it, and two wider spans for comparison.
const NUMBERS: [(&str, &str, bool); 19] = [
    ("impact_pulse, hours", "impact_pulse(1001, 'hour')", true),
    ("impact_pulse, days", "impact_pulse(1001, 'day', 'America/New_York')", true),
    ("impact_pulse, weeks", "impact_pulse(1001, 'week', 'America/New_York')", true),
    ("activity_heatmap", "activity_heatmap(1001, 'America/New_York')", true),
    ("channel_breakdown, 7 days", "channel_breakdown(1001, 'America/New_York')", true),
    ("channel_breakdown, 30 days", "channel_breakdown(1001, 'America/New_York', days => 30)", false),
    ("dau_wau_mau", "dau_wau_mau(1001, 'America/New_York')", true),
    ("daily_active_members", "daily_active_members(1001, 'America/New_York')", true),
    ("campaign_lift", "campaign_lift(1001, 'America/New_York')", true),
    ("top_members", "top_members(1001, 'America/New_York')", true),
    ("rising_stars", "rising_stars(1001, 'America/New_York')", true),
    ("churn_risks", "churn_risks(1001, 'America/New_York')", true),
    ("new_members_without_activity", "new_members_without_activity(1001)", true),
    ("member_growth", "member_growth(1001, 'America/New_York')", true),
    ("member_growth_totals", "member_growth_totals(1001)", true),
    ("retention_cohorts", "retention_cohorts(1001, 'America/New_York')", true),
    ("presence_stats", "presence_stats(1001)", true),
    ("peak_hours", "peak_hours(1001, 'America/New_York')", true),
    ("top_presence", "top_presence(1001)", true),
];

pub fn run() -> Res<Vec<Row>> {
    // For a quick look: one size of one's own.
    let own = env::var("BENCH_NUMBERS_ROWS").ok().and_then(|rows| rows.parse().ok());
    let mut rows = Vec::new();
    for size in own.map_or_else(|| SIZES.to_vec(), |size| vec![size]) {
        rows.extend(measure(size)?);
    }
    Ok(rows)
}

/// The guild that has most of the rows.
pub const LARGEST: u64 = 1001;

/// A stack with this many rows of activity, for others to measure.
pub fn filled(size: u64) -> Res<Stack> {
    let stack = start(true)?;
    fill(size)?;
    Ok(stack)
}

fn measure(size: u64) -> Res<Vec<Row>> {
    let stack = start(true)?;
    let filled = fill(size)?;
    let by_sql = by_sql(size)?;
    let by_worker = by_worker(&stack, size)?;
    check()?;
    psql(&["-c", "vacuum analyze"], &[])?;
    let mut rows = vec![filled, by_sql, by_worker];
    let mut warm = Vec::new();
    for (_, call, _) in NUMBERS {
        // The first of a connection plans: it counts as cold.
        let times = timed(call, WARM + 1)?;
        warm.push(times.into_iter().skip(1).collect::<Vec<f64>>());
    }
    drop(stack);
    let mut cold = vec![Vec::new(); NUMBERS.len()];
    for _ in 0..COLD {
        for ((_, call, _), times) in NUMBERS.iter().zip(&mut cold) {
            evict()?;
            let _stack = start(false)?;
            times.extend(timed(call, 1)?);
        }
    }
    for (((name, _, budgeted), warm), cold) in NUMBERS.iter().zip(warm).zip(cold) {
        rows.push(Row {
            bench: "numbers",
            what: format!("{name}, {size} rows"),
            values: vec![
                ("p50_ms", percentile(&warm, 0.5)),
                ("p95_ms", percentile(&warm, 0.95)),
                ("cold_p50_ms", percentile(&cold, 0.5)),
                ("cold_max_ms", percentile(&cold, 1.0)),
            ],
            budgets: if *budgeted { vec![Budget { of: "p95_ms", limit: Limit::Below(BUDGET_MS) }] } else { vec![] },
        });
    }
    Ok(rows)
}

/// A world of its own, with fsync; with a Worker at first. The second start keeps the data.
fn start(fresh: bool) -> Res<Stack> {
    let parts = if fresh { [Part::World, Part::Worker].into() } else { [Part::World].into() };
    let plan = Plan { ports: Ports::new(BASE)?, parts, fresh, local: true, bundle: None };
    if fresh {
        dev::prepare(&plan)?;
    }
    Stack::start(&plan)
}

fn fill(size: u64) -> Res<Row> {
    let started = Instant::now();
    file("people", &[])?;
    file("open", &[])?;
    let count = size / PORTIONS;
    for portion in 0..PORTIONS {
        let first = (1 + portion * count).to_string();
        let first_day = (portion * 15).to_string();
        file("raw", &[("first_day", &first_day), ("days", "15"), ("first", &first), ("count", &count.to_string())])?;
    }
    file("close", &[])?;
    psql(&["-c", "vacuum analyze"], &[])?;
    out::done(&format!("{size} rows filled ({:.0} s)", started.elapsed().as_secs_f64()));
    Ok(Row {
        bench: "numbers",
        what: format!("fill, {size} rows"),
        values: vec![("seconds", started.elapsed().as_secs_f64())],
        budgets: vec![],
    })
}

fn by_sql(size: u64) -> Res<Row> {
    let said = file("ingest", &[("batches", &BATCHES.to_string()), ("first", &(size + 1).to_string())])?;
    let figures: Vec<f64> = said.trim().split('|').filter_map(|word| word.parse().ok()).collect();
    let [all, p50, p95] = figures.as_slice() else {
        return Err(format!("ingest.sql said {said:?}"));
    };
    Ok(Row {
        bench: "numbers",
        what: format!("SQL alone, batches of 200, after {size} rows"),
        values: vec![("events_per_second", (BATCHES * 200) as f64 / all * 1_000.0), ("p50_ms", *p50), ("p95_ms", *p95)],
        budgets: vec![Budget { of: "events_per_second", limit: Limit::Above(2_000.0) }],
    })
}

/// Signed deliveries of 200 events through workerd, as many at once as the relay has under way.
fn by_worker(stack: &Stack, size: u64) -> Res<Row> {
    let said = file("deliveries", &[("batches", &(DELIVERIES + 10).to_string())])?;
    let events: Result<Vec<Value>, _> = said.lines().map(serde_json::from_str).collect();
    let events = events.map_err(|error| format!("deliveries.sql said no JSON: {error}"))?;
    let (warm, events) = events.split_at_checked(10).ok_or("deliveries.sql said too little")?;
    let what = format!("through the Worker, deliveries of 200, after {size} rows");
    Ok(Row { bench: "numbers", what, ..ingest::deliver(stack, warm, events)? })
}

/// All rows, raw and summed, counted again.
fn check() -> Res<()> {
    let said = file("check", &[])?;
    let wrong: Vec<&str> = said.lines().filter(|line| !line.ends_with("|0")).collect();
    if wrong.is_empty() && said.lines().count() == 7 {
        out::done("rollup == raw sums");
        return Ok(());
    }
    Err(format!("the rollup is not what the raw rows sum to: {}", wrong.join(", ")))
}

/// Milliseconds of each of `times` calls on one new connection, as the client sees them.
fn timed(call: &str, times: usize) -> Res<Vec<f64>> {
    let mut arguments = vec![
        "-c".to_owned(),
        "set request.jwt.claims = '{\"role\": \"service_role\"}'".to_owned(),
        "-c".to_owned(),
        "\\timing on".to_owned(),
    ];
    for _ in 0..times {
        arguments.extend(["-c".to_owned(), format!("select count(*) from public.{call}")]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = psql(&arguments, &[])?;
    let milliseconds = |line: &str| line.strip_prefix("Time: ")?.split(' ').next()?.parse().ok();
    let found: Vec<f64> = said.lines().filter_map(milliseconds).collect();
    if found.len() == times { Ok(found) } else { Err(format!("psql told no time: {said}")) }
}

/// Cold: PostgreSQL is stopped, and what the system keeps of its files is given up, file by file (this needs no rights,
/// and leaves other programs their caches). The disk's own cache stays.
fn evict() -> Res<()> {
    let mut folders = vec![data_dir(&format!("dev-{BASE}")).join("pg/base")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let argument = format!("of={}", path.display());
                let told = Command::new("dd")
                    .args([argument.as_str(), "oflag=nocache", "conv=notrunc,fdatasync", "count=0"])
                    .stdin(Stdio::null())
                    .stderr(Stdio::null())
                    .status();
                told.map_err(|error| format!("dd: {error}"))?;
            }
        }
    }
    Ok(())
}

fn file(name: &str, variables: &[(&str, &str)]) -> Res<String> {
    let path = local_tools::checkout().join(format!("xtask/src/bench/numbers/{name}.sql"));
    psql(&["-f", &path.display().to_string()], variables)
}

pub fn psql(arguments: &[&str], variables: &[(&str, &str)]) -> Res<String> {
    let program =
        local_tools::psql().ok_or("psql is missing: this measurement needs a PostgreSQL installation that has it")?;
    let mut command = Command::new(program);
    command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres", "-d", "world"]);
    command.args(["-p", &(BASE + POSTGRES).to_string()]);
    for (name, value) in variables {
        command.args(["-v", &format!("{name}={value}")]);
    }
    let done = command
        .args(arguments)
        .env_remove("PGOPTIONS")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("psql cannot be started: {error}"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    Err(format!("psql {}: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr)))
}
