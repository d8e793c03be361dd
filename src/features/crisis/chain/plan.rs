//! When which step of an alert's chain is due. Pure.

use chrono::TimeDelta;

use super::super::store::{Alert, Status};
use crate::{care::Severity, edge::Time, sort};

/// Acknowledged, and nobody has written to the member: who acknowledged is asked, then the role.
const ASK_AFTER: TimeDelta = TimeDelta::minutes(10);
const ROLE_AFTER: TimeDelta = TimeDelta::minutes(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nobody reacted: the team again.
    Ping,
    /// Ash offers the member a talk: at once for CRITICAL.
    Opener,
    /// The second role.
    Second,
    /// The admins; it is an incident now.
    Admins,
    /// Acknowledged and silent: who acknowledged.
    Acknowledger,
    /// Still silent: the team.
    Role,
}

impl Step {
    /// As `crisis_alert_events` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Opener => "opener",
            Self::Second => "second",
            Self::Admins => "admins",
            Self::Acknowledger => "acknowledger",
            Self::Role => "role",
        }
    }

    /// In nonces.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Ping => "cc1",
            Self::Opener => "cc0",
            Self::Second => "cc2",
            Self::Admins => "cc3",
            Self::Acknowledger => "cc4",
            Self::Role => "cc5",
        }
    }
}

/// How long after an alert.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    pub ping: TimeDelta,
    pub second: TimeDelta,
    pub admins: TimeDelta,
}

impl Waits {
    /// With nobody on duty there is nobody to wait for.
    pub fn halved(self) -> Self {
        Self { ping: self.ping / 2, second: self.second / 2, admins: self.admins / 2 }
    }
}

#[derive(Debug, Default, PartialEq)]
pub struct Plan {
    /// With the time since which each is due, earliest first.
    pub due: Vec<(Step, Time)>,
    /// When there is something to look at again; None: the chain is over.
    pub next: Option<Time>,
}

/// `since`: when the alert was posted, acknowledged or opened again; `done`: the steps made since.
pub fn plan(alert: &Alert, since: Time, done: &[String], waits: &Waits, now: Time) -> Plan {
    let opener = if alert.severity == Severity::Critical { TimeDelta::zero() } else { waits.second };
    let steps: &[(Step, TimeDelta)] = match alert.status {
        Status::Open => &[
            (Step::Opener, opener),
            (Step::Ping, waits.ping),
            (Step::Second, waits.second),
            (Step::Admins, waits.admins),
        ],
        Status::Acknowledged if alert.first_human_at.is_none() => {
            &[(Step::Acknowledger, ASK_AFTER), (Step::Role, ROLE_AFTER)]
        }
        _ => &[],
    };
    let mut plan = Plan::default();
    for (step, wait) in steps.iter().filter(|(step, _)| !done.iter().any(|name| name == step.name())) {
        let due = since + *wait;
        if due <= now {
            plan.due.push((*step, due));
        } else {
            plan.next = Some(plan.next.map_or(due, |next| next.min(due)));
        }
    }
    sort::by_key(&mut plan.due, |(_, due)| *due);
    plan
}

#[cfg(test)]
mod tests {
    use from_json::{FromJson, json};

    use super::*;

    const WAITS: Waits =
        Waits { ping: TimeDelta::minutes(3), second: TimeDelta::minutes(5), admins: TimeDelta::minutes(10) };

    fn alert(status: &str, answered: bool) -> Alert {
        Alert::from_json(&json!({
            "alert_id": 1, "guild_id": "1", "channel_id": "2", "message_id": "3", "member_id": "4", "episode_id": 1,
            "severity": "HIGH", "detector": "nlp", "written_at": Time::UNIX_EPOCH, "found_at": Time::UNIX_EPOCH,
            "status": status, "mode": "live", "merged_count": 0, "last_at": Time::UNIX_EPOCH, "repeats": 0,
            "first_human_at": answered.then_some(Time::UNIX_EPOCH),
        }))
        .unwrap()
    }

    fn at(minutes: i64) -> Time {
        Time::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    /// What is due at a minute, and the minute of the next look.
    fn due(alert: &Alert, done: &[&str], waits: &Waits, minute: i64) -> (Vec<&'static str>, Option<i64>) {
        let done: Vec<String> = done.iter().map(|&name| name.to_owned()).collect();
        let plan = plan(alert, at(0), &done, waits, at(minute));
        let names = plan.due.iter().map(|(step, _)| step.name()).collect();
        (names, plan.next.map(|next| (next - at(0)).num_minutes()))
    }

    #[test]
    fn the_steps_come_one_after_the_other() {
        let open = alert("OPEN", false);
        assert_eq!(due(&open, &[], &WAITS, 0), (vec![], Some(3)));
        assert_eq!(due(&open, &[], &WAITS, 3), (vec!["ping"], Some(5)));
        assert_eq!(due(&open, &["ping"], &WAITS, 4), (vec![], Some(5)));
        assert_eq!(due(&open, &["ping"], &WAITS, 5), (vec!["opener", "second"], Some(10)));
        assert_eq!(due(&open, &["ping", "opener", "second"], &WAITS, 10), (vec!["admins"], None));
        assert_eq!(due(&open, &["ping", "opener", "second", "admins"], &WAITS, 60), (vec![], None));
    }

    #[test]
    fn whoever_is_in_acute_danger_is_offered_a_talk_at_once() {
        let critical = Alert { severity: Severity::Critical, ..alert("OPEN", false) };
        assert_eq!(due(&critical, &[], &WAITS, 0), (vec!["opener"], Some(3)));
        assert_eq!(due(&critical, &["opener"], &WAITS, 0), (vec![], Some(3)));
    }

    #[test]
    fn after_an_outage_all_that_is_due_is_made_at_once_in_order() {
        assert_eq!(due(&alert("OPEN", false), &[], &WAITS, 20), (vec!["ping", "opener", "second", "admins"], None));
    }

    #[test]
    fn with_nobody_on_duty_everything_comes_twice_as_fast() {
        assert_eq!(due(&alert("OPEN", false), &["ping"], &WAITS.halved(), 4), (vec!["opener", "second"], Some(5)));
    }

    #[test]
    fn acknowledged_is_a_pause_until_somebody_wrote() {
        let silent = alert("ACKNOWLEDGED", false);
        assert_eq!(due(&silent, &[], &WAITS, 9), (vec![], Some(10)));
        assert_eq!(due(&silent, &[], &WAITS, 10), (vec!["acknowledger"], Some(15)));
        assert_eq!(due(&silent, &["acknowledger"], &WAITS, 15), (vec!["role"], None));
        assert_eq!(due(&alert("ACKNOWLEDGED", true), &[], &WAITS, 60), (vec![], None));
    }

    #[test]
    fn whoever_has_it_in_hand_is_left_alone() {
        for status in ["TAKEN", "RESOLVED", "FALSE_ALARM", "ENDED", "MERGED"] {
            assert_eq!(due(&alert(status, false), &[], &WAITS, 60), (vec![], None), "{status}");
        }
    }
}
