//! The states of an alert in the database: findings, redeliveries and presses in any order, held against a model.

use std::cell::{Cell, RefCell};

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use world::stack;

const GUILD: i64 = 5_000;
const SEVERITIES: [&str; 4] = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];
const KINDS: [&str; 5] = ["acknowledged", "taken", "resolved", "false_alarm", "more_severe"];

#[derive(Clone, Debug)]
enum Step {
    /// One of four messages is found to be of this rank, or found again.
    Find { message: usize, rank: usize },
    /// Somebody presses a button of it.
    Press { message: usize, action: &'static str, actor: i64, to: usize, of: Option<&'static str> },
}

/// An alert as this test understands it.
#[derive(Clone, Debug, Default)]
struct Alert {
    message: usize,
    rank: usize,
    found: Option<usize>,
    /// What the team did that counts: kind, who, and the alert it was resolved with.
    done: Vec<(&'static str, i64, Option<usize>)>,
    /// The ranks before each time it was called more severe.
    raised_from: Vec<usize>,
    merged_into: Option<usize>,
    merged: usize,
    last: usize,
    /// None: what it was counted on was no episode.
    episode: Option<usize>,
    wrong: usize,
    graver: usize,
}

impl Alert {
    fn status(&self) -> &'static str {
        match self.done.last() {
            _ if self.merged_into.is_some() => "MERGED",
            Some(("acknowledged", ..)) => "ACKNOWLEDGED",
            Some(("taken", ..)) => "TAKEN",
            Some(("resolved", ..)) => "RESOLVED",
            Some(_) => "FALSE_ALARM",
            None => "OPEN",
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.status(), "OPEN" | "ACKNOWLEDGED" | "TAKEN")
    }

    fn by(&self, kinds: &[&str]) -> Option<i64> {
        self.done.iter().rev().find(|(kind, ..)| kinds.contains(kind)).map(|(_, by, _)| *by)
    }
}

#[derive(Default)]
struct Model {
    alerts: Vec<Alert>,
    steps: usize,
}

impl Model {
    fn finds(&mut self, message: usize, rank: usize) -> &'static str {
        self.steps += 1;
        let last = self.steps;
        let this = self.alerts.iter().position(|one| one.message == message);
        let gravest = (0..self.alerts.len())
            .filter(|at| self.alerts[*at].is_open() && Some(*at) != this)
            .max_by_key(|at| (self.alerts[*at].rank, self.alerts[*at].last, *at));
        if let Some(this) = this {
            let alert = &mut self.alerts[this];
            if rank <= alert.rank {
                return if alert.merged_into.is_some() { "merged" } else { "posted" };
            }
            alert.rank = rank;
            let open = gravest.filter(|_| alert.merged_into.is_some());
            let is_own = alert.merged_into.is_none();
            if let Some(open) = open.filter(|open| rank <= self.alerts[*open].rank) {
                self.alerts[open].merged += 1;
                self.alerts[open].last = last;
                return "again";
            }
            let alert = &mut self.alerts[this];
            (alert.last, alert.merged_into) = (last, None);
            if is_own || open.is_some() {
                alert.done.clear();
                alert.raised_from.clear();
                return "raise";
            }
            // What it was counted on is over: it is posted as an alert of its own.
            alert.episode = alert.episode.or(Some(this));
            return "new";
        }
        let mut alert = Alert { message, rank, last, episode: Some(self.alerts.len()), ..Alert::default() };
        let step = match gravest {
            Some(open) => {
                alert.episode = self.alerts[open].episode;
                if rank > self.alerts[open].rank {
                    "new"
                } else {
                    alert.merged_into = Some(open);
                    self.alerts[open].merged += 1;
                    self.alerts[open].last = last;
                    "again"
                }
            }
            None => "new",
        };
        self.alerts.push(alert);
        step
    }

    fn counted_on(&mut self, at: usize) -> impl Iterator<Item = &mut Alert> {
        self.alerts.iter_mut().filter(move |one| one.merged_into == Some(at))
    }

    /// The alert a press is about, and whether the press counts.
    fn presses(&mut self, message: usize, action: &str, actor: i64, to: usize, of: Option<&str>) -> Option<bool> {
        let pressed = self.alerts.iter().position(|one| one.message == message)?;
        let at = self.alerts[pressed].merged_into.unwrap_or(pressed);
        let alert = self.alerts[at].clone();
        let status = alert.status();
        let is_over = matches!(status, "RESOLVED" | "FALSE_ALARM");
        let counts = match action {
            "acknowledge" => status == "OPEN",
            "take_over" => !is_over && status != "TAKEN",
            "resolve" | "false_alarm" => !is_over,
            "more_severe" => !is_over && to > alert.rank,
            _ => match of.or(alert.done.last().map(|(kind, ..)| *kind)) {
                Some("more_severe") => !alert.raised_from.is_empty(),
                wanted => wanted.is_some() && alert.done.last().map(|(kind, ..)| *kind) == wanted,
            },
        };
        if !counts {
            return Some(false);
        }
        let (episode, this) = (alert.episode, &mut self.alerts[at]);
        match action {
            "acknowledge" => this.done.push(("acknowledged", actor, None)),
            "take_over" => this.done.push(("taken", actor, None)),
            "false_alarm" => {
                this.done.push(("false_alarm", actor, None));
                this.wrong += 1;
                self.counted_on(at).for_each(|one| one.episode = None);
            }
            "more_severe" => {
                this.raised_from.push(this.rank);
                this.found = this.found.or(Some(this.rank));
                this.rank = to;
                this.graver += 1;
            }
            "resolve" => {
                for (other, one) in self.alerts.iter_mut().enumerate() {
                    if one.is_open() && (other == at || episode.is_some() && one.episode == episode) {
                        one.done.push(("resolved", actor, Some(at).filter(|at| *at != other)));
                    }
                }
            }
            _ if of == Some("more_severe") => {
                let from = this.raised_from.pop()?;
                this.rank = from;
                this.found = this.found.filter(|found| *found != from);
                this.graver -= 1;
            }
            _ => match this.done.pop()?.0 {
                "false_alarm" => {
                    this.wrong -= 1;
                    self.counted_on(at).for_each(|one| one.episode = episode);
                }
                "resolved" => {
                    for one in &mut self.alerts {
                        if one.done.last().is_some_and(|(_, _, with)| *with == Some(at)) {
                            one.done.pop();
                        }
                    }
                }
                _ => {}
            },
        }
        Some(true)
    }
}

struct Database(PgConnection);

impl Database {
    async fn call(&mut self, query: &'static str, arguments: &[Value]) -> Value {
        let mut asked = sqlx::query_scalar::<_, Option<String>>(query);
        for argument in arguments {
            asked = match argument {
                Value::Number(number) => asked.bind(number.as_i64()),
                Value::String(text) => asked.bind(text.clone()),
                other => asked.bind(other.to_string()),
            };
        }
        let answer = asked.fetch_one(&mut self.0).await.unwrap();
        answer.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default()
    }

    async fn stored(&mut self, member: i64) -> Value {
        let all = "select jsonb_agg(to_jsonb(a) || jsonb_build_object(
            'wrong', (select count(*) from public.crisis_feedback as f where f.alert_id = a.alert_id and f.verdict = 'false_alarm' and f.undone_at is null),
            'graver', (select count(*) from public.crisis_feedback as f where f.alert_id = a.alert_id and f.verdict = 'more_severe' and f.undone_at is null),
            'events', (select count(*) from public.crisis_alert_events as e where e.alert_id = a.alert_id)
        ) order by a.alert_id)::text from public.crisis_alerts as a where a.guild_id = $1 and a.member_id = $2";
        self.call(all, &[json!(GUILD), json!(member)]).await
    }

    async fn run(&mut self, steps: &[Step], member: i64) {
        let mut model = Model::default();
        let id = |message: usize| member * 10 + message as i64;
        for (number, step) in steps.iter().enumerate() {
            let at = format!("2026-11-22T10:{:02}:00Z", number);
            let before = self.stored(member).await;
            match step {
                Step::Find { message, rank } => {
                    let expected = model.finds(*message, *rank);
                    let finding = json!({
                        "guild_id": GUILD, "channel_id": 3, "message_id": id(*message), "member_id": member,
                        "severity": SEVERITIES[*rank], "detector": "screen", "factors": [], "written_at": at, "mode": "live",
                    });
                    let record = "select public.record_crisis_alert($1::jsonb, 0, $2::timestamptz)::text";
                    let said = self.call(record, &[finding, json!(at)]).await;
                    assert_eq!(said["step"], expected, "{step:?}");
                    if matches!(expected, "new" | "raise") {
                        self.posted(id(*message), &at).await;
                    }
                }
                Step::Press { message, action, actor, to, of } => {
                    let mut detail = json!({"to": SEVERITIES[*to], "reason": "plan"});
                    if let Some(of) = of {
                        detail["of"] = json!(of);
                    }
                    let change = "select public.change_crisis_alert($1, $2, $3, $4, $5::jsonb, $6::timestamptz)::text";
                    let arguments = [json!(GUILD), json!(id(*message)), json!(action), json!(actor), detail, json!(at)];
                    let said = self.call(change, &arguments).await;
                    let expected = model.presses(*message, action, *actor, *to, *of);
                    match expected {
                        None => assert_eq!(said, Value::Null, "{step:?}"),
                        Some(true) => assert_eq!(said["outcome"], "changed", "{step:?}: {said}"),
                        Some(false) => {
                            assert_eq!(said["outcome"], "lost", "{step:?}: {said}");
                            assert_eq!(self.stored(member).await, before, "{step:?} was lost and changed something");
                        }
                    }
                    if *action == "more_severe" && expected == Some(true) {
                        let about = said["alert"]["message_id"].as_str().unwrap().parse().unwrap();
                        self.posted(about, &at).await;
                    }
                }
            }
            model.is(&self.stored(member).await, step);
        }
    }

    async fn posted(&mut self, message: i64, at: &str) {
        let note = "select public.note_crisis_post($1, $2, 8, 9, true, $3::timestamptz)::text";
        self.call(note, &[json!(GUILD), json!(message), json!(at)]).await;
    }
}

impl Model {
    fn is(&self, stored: &Value, step: &Step) {
        let rows = stored.as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(rows.len(), self.alerts.len(), "{step:?}");
        for (row, alert) in rows.iter().zip(&self.alerts) {
            assert_eq!(row["status"], alert.status(), "{step:?} {row}");
            assert_eq!(row["severity"], SEVERITIES[alert.rank], "{step:?}");
            assert_eq!(row["merged_count"], alert.merged, "{step:?}");
            assert_eq!((&row["wrong"], &row["graver"]), (&json!(alert.wrong), &json!(alert.graver)), "{step:?}");
            if alert.done.is_empty() {
                continue;
            }
            let first = alert.done.iter().find(|(kind, ..)| matches!(*kind, "acknowledged" | "taken"));
            assert_eq!(row["acknowledged_by"].as_i64(), first.map(|(_, by, _)| *by), "{step:?}");
            assert_eq!(row["taken_by"].as_i64(), alert.by(&["taken"]), "{step:?}");
            assert_eq!(row["resolved_by"].as_i64(), alert.by(&["resolved", "false_alarm"]), "{step:?}");
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let actions = ["acknowledge", "take_over", "resolve", "false_alarm", "more_severe", "undo", "undo", "undo"];
    let find = (0..4_usize, 1..4_usize).prop_map(|(message, rank)| Step::Find { message, rank });
    let of = prop::option::of(prop::sample::select(&KINDS[..]));
    let press = (0..4_usize, prop::sample::select(actions.to_vec()), 1..4_i64, 2..4_usize, of)
        .prop_map(|(message, action, actor, to, of)| Step::Press { message, action, actor, to, of });
    prop::collection::vec(prop_oneof![1 => find, 3 => press], 1..50)
}

#[test]
fn no_sequence_of_findings_and_presses_leaves_a_state_that_its_events_do_not_say() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = runtime.block_on(async {
        let isolated = stack::shared().await.isolated_database().await.unwrap();
        let database = Database(PgConnection::connect(&isolated.urls.database_url).await.unwrap());
        // The database lives as long as this test.
        std::mem::forget(isolated);
        database
    });
    let (database, member) = (RefCell::new(database), Cell::new(100));
    let config = ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() };
    let ran = TestRunner::new(config).run(&steps(), |steps| {
        member.set(member.get() + 1);
        runtime.block_on(database.borrow_mut().run(&steps, member.get()));
        Ok(())
    });
    ran.unwrap();
}
