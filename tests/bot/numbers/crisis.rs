//! The figures of crisis care against a model that counts by hand, over random histories; and who may read them.

use std::collections::BTreeMap;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::Numbers;

/// Every figure the dashboard asks for.
const ALL: [&str; 7] = [
    "crisis_alerts_daily($guild)",
    "crisis_response_times($guild)",
    "crisis_delivery($guild)",
    "crisis_precision($guild)",
    "crisis_outage_totals($guild)",
    "ash_sessions_daily($guild)",
    "referrals_monthly($guild)",
];

#[tokio::test]
async fn managers_admins_and_the_team_read_figures_and_nobody_signed_in_reads_a_row() {
    let mut numbers = Numbers::of(9301).await;
    let users = ["a", "b", "c", "d"].map(|letter| format!("00000000-0000-4000-8000-9301{}", letter.repeat(8)));
    let [manager, admin, crt, elsewhere] = &users;
    for (member, guild, role, user) in
        [(1, 9301, "manager", manager), (2, 9301, "admin", admin), (3, 9301, "crt", crt), (4, 9302, "crt", elsewhere)]
    {
        numbers.run(&format!("insert into public.staff values ({guild}, {member}, '{role}', '{user}')")).await;
    }
    for call in ALL {
        assert_eq!(numbers.rows(call).await, [] as [Value; 0], "{call}: a guild where nothing happened");
    }
    numbers
        .run(
            "insert into public.crisis_alerts (guild_id, channel_id, message_id, member_id, severity, detector, written_at, found_at, last_at)
            values ($guild, 3, 93010, 9, 'HIGH', 'screen', now(), now() - interval '1 hour', now());
            insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
            select $guild, alert_id, 'posted', '{\"severity\": \"HIGH\", \"pinged\": true}', now() - interval '1 hour'
            from public.crisis_alerts where guild_id = $guild;
            insert into public.ash_sessions (guild_id, member_id, opened_by, opened_at) values ($guild, 9, 'member', now() - interval '1 hour');
            insert into public.referrals values ($guild, current_date, 'talk', 1);
            insert into public.crisis_outages (guild_id, service, started_at) values ($guild, 'nlp', now() - interval '1 hour')",
        )
        .await;
    for call in ALL {
        for staff in [manager, admin, crt] {
            let rows = numbers.ask_as("authenticated", staff, call).await.unwrap();
            assert!(!rows.is_empty(), "{call}");
            // Nothing in a figure says who.
            assert!(rows.iter().all(|row| !row.to_string().contains("_id\"")), "{call}: {rows:?}");
        }
        for other in [elsewhere, "00000000-0000-4000-8000-930199999999"] {
            assert_eq!(numbers.ask_as("authenticated", other, call).await.unwrap(), [] as [Value; 0], "{call}");
        }
        let refused = numbers.ask_as("anon", "", call).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied for function"), "{call}: {refused}");
    }
    for table in
        ["crisis_alerts", "crisis_alert_events", "crisis_feedback", "crisis_notes", "crisis_outages", "crisis_reports"]
    {
        for staff in [manager, admin, crt] {
            let refused = numbers.ask_as("authenticated", staff, table).await.unwrap_err();
            assert!(refused.to_string().contains("permission denied for table"), "{table}: {refused}");
        }
    }
    for closed in ["crisis_member_history($guild, 9, 50, now())", "crisis_judged($guild, now() - interval '90 days')"] {
        let refused = numbers.ask_as("authenticated", admin, closed).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied for function"), "{closed}: {refused}");
    }
}

#[tokio::test]
async fn every_figure_says_what_it_is() {
    let mut numbers = Numbers::of(9303).await;
    let query = "select p.proname::text from pg_proc p where p.pronamespace = 'public'::regnamespace
        and p.prosrc like '%reads_crisis_numbers(guild)%' and obj_description(p.oid) is null";
    let wrong: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut numbers.connection).await.unwrap();
    assert_eq!(wrong, [""; 0]);
}

const GUILD: i64 = 9304;
const SEVERITIES: [&str; 3] = ["MEDIUM", "HIGH", "CRITICAL"];
const STATUSES: [&str; 6] = ["OPEN", "ACKNOWLEDGED", "TAKEN", "RESOLVED", "FALSE_ALARM", "ENDED"];
/// `until`, and the spans that are asked about, in minutes before it.
const UNTIL: &str = "2026-03-31 12:00+00";
const DAY: i64 = 1_440;

#[derive(Clone, Debug)]
struct Alert {
    /// Minutes before [`UNTIL`]; less than 0 is after it.
    ago: i64,
    severity: usize,
    status: usize,
    is_merged: bool,
    mode: &'static str,
    detector: &'static str,
    /// Minutes after it was found.
    acknowledged: Option<i64>,
    first_human: Option<i64>,
    resolved: Option<i64>,
    /// (a false alarm rather than graver, taken back)
    feedback: Vec<(bool, bool)>,
    /// (kind, pinged, minutes after it was found)
    events: Vec<(&'static str, bool, i64)>,
}

fn alert() -> impl Strategy<Value = Alert> {
    let minutes = || prop::option::of(0..600_i64);
    let mode = prop_oneof![6 => Just("live"), 1 => Just("shadow"), 1 => Just("drill")];
    let event = (prop::sample::select(vec!["posted", "merged", "again", "ended"]), any::<bool>(), 0..DAY);
    (
        (-DAY..40 * DAY, 0..3_usize, 0..6_usize, prop::bool::weighted(0.2), mode),
        prop::sample::select(vec!["nlp", "screen", "both", "member"]),
        (minutes(), minutes(), minutes()),
        prop::collection::vec((any::<bool>(), any::<bool>()), 0..3),
        prop::collection::vec(event, 0..4),
    )
        .prop_map(|((ago, severity, status, is_merged, mode), detector, times, feedback, events)| Alert {
            ago,
            severity,
            status,
            is_merged,
            mode,
            detector,
            acknowledged: times.0,
            first_human: times.1,
            resolved: times.2,
            feedback,
            events,
        })
}

impl Alert {
    fn is_in(&self, days: i64) -> bool {
        self.mode == "live" && self.ago > 0 && self.ago <= days * DAY
    }

    fn verdict(&self) -> Option<&'static str> {
        let valid: Vec<bool> = self.feedback.iter().filter(|(_, undone)| !undone).map(|(wrong, _)| *wrong).collect();
        match STATUSES[self.status] {
            _ if valid.contains(&true) => Some("false_alarm"),
            _ if valid.contains(&false) => Some("more_severe"),
            _ if self.is_merged => None,
            "TAKEN" | "RESOLVED" => Some("confirmed"),
            "ENDED" if self.acknowledged.is_some() => Some("confirmed"),
            _ => None,
        }
    }

    /// What it was found as: one that a person called graver was one less.
    fn found(&self) -> &'static str {
        let is_graver = self.feedback.iter().any(|(wrong, undone)| !wrong && !undone);
        SEVERITIES[self.severity - usize::from(is_graver && self.severity > 0)]
    }

    fn sql(&self, id: usize) -> String {
        let moment = |minutes: i64| format!("timestamptz '{UNTIL}' - interval '1 minute' * {minutes}");
        let after = |minutes: Option<i64>| minutes.map_or("null".to_owned(), |after| moment(self.ago - after));
        let status = if self.is_merged { "MERGED" } else { STATUSES[self.status] };
        let mut sql = format!(
            "insert into public.crisis_alerts (guild_id, channel_id, message_id, member_id, severity, detector, mode, status,
                written_at, found_at, last_at, acknowledged_at, first_human_at, resolved_at)
            values ({GUILD}, 1, {id}, 1, '{}', '{}', '{}', '{status}', {at}, {at}, {at}, {}, {}, {});",
            SEVERITIES[self.severity],
            self.detector,
            self.mode,
            after(self.acknowledged),
            after(self.first_human),
            after(self.resolved),
            at = moment(self.ago)
        );
        let this =
            format!("(select alert_id from public.crisis_alerts where guild_id = {GUILD} and message_id = {id})");
        for (wrong, undone) in &self.feedback {
            let (verdict, severity) = if *wrong {
                ("false_alarm", SEVERITIES[self.severity])
            } else {
                ("more_severe", self.found_by_feedback())
            };
            let undone = if *undone { "now()" } else { "null" };
            sql += &format!(
                "insert into public.crisis_feedback (guild_id, alert_id, verdict, detector, severity, reason, created_at, undone_at)
                values ({GUILD}, {this}, '{verdict}', '{}', '{severity}', 'other', now(), {undone});",
                self.detector
            );
        }
        for (kind, pinged, after) in &self.events {
            sql += &format!(
                "insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
                values ({GUILD}, {this}, '{kind}', '{{\"severity\": \"{}\", \"pinged\": {pinged}}}', {});",
                SEVERITIES[self.severity],
                moment(self.ago - after)
            );
        }
        sql
    }

    fn found_by_feedback(&self) -> &'static str {
        SEVERITIES[self.severity.saturating_sub(1)]
    }
}

/// (service, minutes before [`UNTIL`] it began, minutes it took; none if it goes on)
type Outage = (usize, i64, Option<i64>);

fn outage() -> impl Strategy<Value = Outage> {
    (0..2_usize, -DAY..40 * DAY, prop::option::weighted(0.8, 1..3 * DAY))
}

#[test]
fn the_figures_are_what_counting_by_hand_gives() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner =
        TestRunner::new(Config { cases: 24, failure_persistence: None, max_shrink_iters: 50, ..Config::default() });
    let history = (prop::collection::vec(alert(), 0..25), prop::collection::vec(outage(), 0..6), 1..35_i64);
    runner
        .run(&history, |(alerts, mut outages, days)| {
            // Only one of a service goes on.
            let mut seen = [false; 2];
            outages.retain(|(service, _, took)| took.is_some() || !std::mem::replace(&mut seen[*service], true));
            runtime.block_on(compare(&alerts, &outages, days)).map_err(TestCaseError::fail)
        })
        .unwrap();
}

async fn compare(alerts: &[Alert], outages: &[Outage], days: i64) -> Result<(), String> {
    let mut numbers = Numbers::of(GUILD).await;
    let mut sql = "delete from public.crisis_alerts where guild_id = $guild; delete from public.crisis_outages where guild_id = $guild;"
        .to_owned();
    sql.extend(alerts.iter().enumerate().map(|(id, alert)| alert.sql(id + 1)));
    for (service, ago, took) in outages {
        let end = took
            .map_or("null".to_owned(), |took| format!("timestamptz '{UNTIL}' - interval '1 minute' * {}", ago - took));
        sql += &format!(
            "insert into public.crisis_outages (guild_id, service, started_at, ended_at)
            values ($guild, 's{service}', timestamptz '{UNTIL}' - interval '1 minute' * {ago}, {end});"
        );
    }
    numbers.run(&sql).await;
    let call = |name: &str| format!("{name}($guild, 'Asia/Tokyo', '{UNTIL}', {days})");
    for (name, expected) in [
        ("crisis_alerts_daily", daily(alerts, days)),
        ("crisis_response_times", times(alerts, days)),
        ("crisis_delivery", delivery(alerts, days)),
        ("crisis_precision", precision(alerts, days)),
        ("crisis_outage_totals", downtime(outages, days)),
    ] {
        let mut rows = numbers.rows(&call(name)).await;
        let (mut said, mut wanted): (Vec<String>, Vec<String>) =
            (rows.drain(..).map(|row| row.to_string()).collect(), expected.iter().map(Value::to_string).collect());
        said.sort();
        wanted.sort();
        if said != wanted {
            return Err(format!("{name}\nsaid   {said:#?}\nwanted {wanted:#?}"));
        }
    }
    Ok(())
}

/// One decimal, as the functions round, with the digits PostgreSQL shows.
fn rounded(number: f64) -> Value {
    serde_json::from_str(&format!("{:.1}", (number * 10.0).round() / 10.0)).unwrap()
}

fn daily(alerts: &[Alert], days: i64) -> Vec<Value> {
    let mut counts: BTreeMap<(i64, usize), [u64; 3]> = BTreeMap::new();
    for alert in alerts.iter().filter(|alert| alert.is_in(days)) {
        // 12:00 in UTC is 21:00 in Tokyo: minutes back to midnight there.
        let day = (21 * 60 - alert.ago).div_euclid(DAY);
        let count = counts.entry((day, alert.severity)).or_default();
        count[0] += u64::from(!alert.is_merged);
        count[1] += u64::from(alert.verdict() == Some("false_alarm"));
        count[2] += u64::from(alert.is_merged);
    }
    let date =
        |day: i64| (chrono::NaiveDate::from_ymd_opt(2026, 3, 31).unwrap() + chrono::Duration::days(day)).to_string();
    let row = |((day, severity), [alerts, wrong, merged]): ((i64, usize), [u64; 3])| json!({"day": date(day), "severity": SEVERITIES[severity], "alerts": alerts, "false_alarms": wrong, "merged": merged});
    counts.into_iter().map(row).collect()
}

fn times(alerts: &[Alert], days: i64) -> Vec<Value> {
    let mut rows = vec![];
    for severity in [None, Some(0), Some(1), Some(2)] {
        let these: Vec<&Alert> = alerts
            .iter()
            .filter(|alert| alert.is_in(days) && !alert.is_merged && severity.is_none_or(|one| one == alert.severity))
            .collect();
        if these.is_empty() {
            continue;
        }
        for measure in ["acknowledge", "first_human", "resolve"] {
            let mut minutes: Vec<i64> = these
                .iter()
                .filter_map(|alert| match measure {
                    "acknowledge" => alert.acknowledged.into_iter().chain(alert.resolved).min(),
                    "first_human" => alert.first_human,
                    _ => alert.resolved,
                })
                .collect();
            minutes.sort_unstable();
            let percentile = |share: f64| {
                let at = share * (minutes.len().checked_sub(1)? as f64);
                let (low, high) = (minutes[at.floor() as usize] as f64, minutes[at.ceil() as usize] as f64);
                Some(rounded(low + (high - low) * at.fract()))
            };
            rows.push(json!({
                "severity": severity.map_or("ALL", |one| SEVERITIES[one]), "measure": measure, "alerts": these.len(),
                "reached": minutes.len(), "p50_minutes": percentile(0.5), "p90_minutes": percentile(0.9),
            }));
        }
    }
    rows
}

fn delivery(alerts: &[Alert], days: i64) -> Vec<Value> {
    let mut count: BTreeMap<&str, u64> =
        ["sent", "pinged", "quiet", "merged", "repeated", "skipped_severity"].map(|name| (name, 0)).into();
    let mut add = |name: &'static str| *count.get_mut(name).unwrap() += 1;
    let mut any = false;
    for alert in alerts.iter().filter(|alert| alert.mode == "live") {
        for (kind, pinged, after) in &alert.events {
            let ago = alert.ago - after;
            if ago <= 0 || ago > days * DAY || *kind == "ended" {
                continue;
            }
            any = true;
            match *kind {
                "posted" => {
                    add("sent");
                    if *pinged {
                        add("pinged");
                    } else if alert.severity > 0 {
                        add("quiet");
                    }
                }
                "merged" => add("merged"),
                _ => add("repeated"),
            }
        }
    }
    if any { vec![json!(count)] } else { vec![] }
}

fn precision(alerts: &[Alert], days: i64) -> Vec<Value> {
    let mut counts: BTreeMap<(&str, &str), [u64; 4]> = BTreeMap::new();
    for alert in alerts.iter().filter(|alert| alert.is_in(days) && !alert.is_merged) {
        let count = counts.entry((alert.detector, alert.found())).or_default();
        count[0] += 1;
        count[1] += u64::from(alert.verdict().is_some());
        count[2] += u64::from(alert.verdict() == Some("false_alarm"));
        count[3] += u64::from(alert.verdict() == Some("more_severe"));
    }
    counts
        .into_iter()
        .map(|((detector, severity), [alerts, judged, wrong, graver])| {
            let share = (judged > 0).then(|| rounded(100.0 * wrong as f64 / judged as f64));
            json!({
                "detector": detector, "severity": severity, "alerts": alerts, "judged": judged, "false_alarms": wrong,
                "more_severe": graver, "false_alarm_share": share,
            })
        })
        .collect()
}

fn downtime(outages: &[Outage], days: i64) -> Vec<Value> {
    let mut rows = vec![];
    for service in 0..2 {
        // Minute by minute, back from `until`.
        let mut down = vec![false; (days * DAY) as usize];
        let (mut count, mut is_down) = (0, false);
        for (_, ago, took) in outages.iter().filter(|(one, ..)| *one == service) {
            let (from, to) = (took.map_or(0, |took| ago - took), *ago);
            let inside = from.max(0)..to.min(days * DAY);
            if inside.is_empty() {
                continue;
            }
            count += 1;
            is_down |= from <= 0;
            inside.for_each(|minute| down[minute as usize] = true);
        }
        if count > 0 {
            let minutes = down.iter().filter(|down| **down).count();
            let minutes = rounded(minutes as f64);
            rows.push(
                json!({"service": format!("s{service}"), "outages": count, "minutes": minutes, "is_down": is_down}),
            );
        }
    }
    rows
}
