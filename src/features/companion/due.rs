//! What a session needs next, from its row, its limits and the moment. Pure.

use chrono::TimeDelta;

use super::store::{Session, Status};
use crate::edge::Time;

/// An opener that could not be posted for so long is given up.
const OPENING_AT_MOST: TimeDelta = TimeDelta::minutes(10);
/// Whoever opens a session is given so long before somebody else tries.
const OPENING_REST: TimeDelta = TimeDelta::seconds(40);
/// An offer that nobody answered.
const OFFER_STANDS: TimeDelta = TimeDelta::hours(24);
/// A person who is there and does not answer is reminded. Source: issue "Ash, the companion", hand-off.
const SILENCE: TimeDelta = TimeDelta::minutes(10);
/// Nobody writes any more after a hand-off.
const HANDED_OFF_FOR: TimeDelta = TimeDelta::hours(1);

/// How long a session may last.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub idle: TimeDelta,
    pub maximum: TimeDelta,
}

impl Limits {
    /// Of this session: people first for who is under 18.
    pub fn of(self, session: &Session) -> Self {
        match session.is_minor {
            true => Self { maximum: self.maximum / 2, ..self },
            false => self,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing, ever.
    Nothing,
    /// Nothing before this moment.
    At(Time),
    /// It has no opener yet.
    Offer,
    /// What the member wrote is not answered, and nobody is at it.
    Reply,
    /// The member waits for the person who took over.
    Silence,
    /// The time is over, the member is in danger or wants a person, and nobody is there.
    Limit,
    End(&'static str),
    /// It is over, and the closing words are not said.
    Closing,
}

pub fn due(session: &Session, limits: Limits, now: Time) -> Due {
    match session.status {
        Status::Opening => {
            let again = session.opened_at + OPENING_REST;
            match now {
                _ if now >= session.opened_at + OPENING_AT_MOST => Due::End("unreachable"),
                _ if now >= again => Due::Offer,
                _ => Due::At(again),
            }
        }
        Status::Offered => {
            until(session.offered_at.unwrap_or(session.opened_at) + OFFER_STANDS, now, Due::End("unanswered"))
        }
        Status::Active => active(session, limits.of(session), now),
        Status::HandedOff => handed_off(session, now),
        Status::Closed if session.closing_said_at.is_none() => Due::Closing,
        Status::Closed => Due::Nothing,
    }
}

fn until(moment: Time, now: Time, then: Due) -> Due {
    if moment > now { Due::At(moment) } else { then }
}

fn active(session: &Session, limits: Limits, now: Time) -> Due {
    if session.last_message_id > session.answered_message_id {
        return match session.writing_until {
            Some(writing) if writing > now => Due::At(writing + TimeDelta::seconds(1)),
            _ => Due::Reply,
        };
    }
    let begun = session.started_at.unwrap_or(session.opened_at);
    let last = [session.last_member_at, session.last_ash_at].into_iter().flatten().fold(begun, Time::max);
    let (idle, maximum) = (last + limits.idle, begun + limits.maximum);
    let over = match (session.is_grave(), idle < maximum) {
        (true, _) => Due::Limit,
        (false, true) => Due::End("idle"),
        (false, false) => Due::End("maximum"),
    };
    until(idle.min(maximum), now, over)
}

fn handed_off(session: &Session, now: Time) -> Due {
    let begun = session.handed_off_at.unwrap_or(session.opened_at);
    let human = session.human_wrote_at.unwrap_or(begun);
    let member = session.last_member_at.unwrap_or(begun);
    let quiet_since = human.max(member);
    let is_told = session.silence_told_at.is_some_and(|told| told >= member);
    if member > human && !is_told {
        return until(member + SILENCE, now, Due::Silence);
    }
    until(quiet_since + HANDED_OFF_FOR, now, Due::End("handed_off"))
}

#[cfg(test)]
mod tests {
    use from_json::{FromJson, Value, json};

    use super::*;

    const LIMITS: Limits = Limits { idle: TimeDelta::minutes(5), maximum: TimeDelta::minutes(10) };

    fn at(minutes: i64) -> Time {
        Time::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn session(status: &str, more: Value) -> Session {
        let mut row = json!({
            "session_id": 1, "guild_id": "1", "member_id": "2", "severity": "SAFE", "opened_by": "member", "place": "thread",
            "channel_id": "3", "status": status, "is_minor": false, "origin_is_direct": false, "opened_at": at(0), "last_message_id": "0",
            "answered_message_id": "0", "message_count": 0, "failures": 0,
        });
        let (Value::Object(fields), Value::Object(more)) = (&mut row, more) else { unreachable!() };
        fields.extend(more);
        Session::from_json(&row).unwrap()
    }

    fn after(session: &Session, minutes: i64) -> Due {
        due(session, LIMITS, at(minutes))
    }

    #[test]
    fn a_quiet_talk_ends_after_five_minutes_and_any_after_ten() {
        let quiet = session("ACTIVE", json!({"started_at": at(0), "last_member_at": at(1), "last_ash_at": at(1)}));
        assert_eq!(after(&quiet, 5), Due::At(at(6)));
        assert_eq!(after(&quiet, 6), Due::End("idle"));
        let long = session("ACTIVE", json!({"started_at": at(0), "last_member_at": at(9), "last_ash_at": at(9)}));
        assert_eq!(after(&long, 9), Due::At(at(10)));
        assert_eq!(after(&long, 10), Due::End("maximum"));
        let young = session("ACTIVE", json!({"started_at": at(0), "last_member_at": at(4), "is_minor": true}));
        assert_eq!(after(&young, 5), Due::End("maximum"), "shorter for who is under 18");
    }

    #[test]
    fn nobody_in_danger_is_left_alone_at_the_limit() {
        let danger = session("ACTIVE", json!({"started_at": at(0), "last_member_at": at(1), "severity": "HIGH"}));
        assert_eq!(after(&danger, 6), Due::Limit);
        let asked = session("ACTIVE", json!({"started_at": at(0), "last_member_at": at(9), "wants_human_at": at(2)}));
        assert_eq!(after(&asked, 10), Due::Limit, "a request for a person wins over every limit");
    }

    #[test]
    fn what_was_written_is_answered_before_anything_ends() {
        let waiting = json!({"started_at": at(0), "last_member_at": at(1), "last_message_id": "9"});
        assert_eq!(after(&session("ACTIVE", waiting.clone()), 30), Due::Reply);
        let mut writing = session("ACTIVE", waiting);
        writing.writing_until = Some(at(31));
        assert_eq!(after(&writing, 30), Due::At(at(31) + TimeDelta::seconds(1)));
        assert_eq!(after(&writing, 31), Due::Reply, "whoever wrote it died");
    }

    #[test]
    fn a_person_who_does_not_answer_is_reminded_once_for_each_message() {
        let mut one =
            session("HANDED_OFF", json!({"handed_off_at": at(0), "human_wrote_at": at(1), "last_member_at": at(2)}));
        assert_eq!(after(&one, 11), Due::At(at(12)));
        assert_eq!(after(&one, 12), Due::Silence);
        one.silence_told_at = Some(at(12));
        assert_eq!(after(&one, 13), Due::At(at(62)));
        one.last_member_at = Some(at(20));
        assert_eq!(after(&one, 30), Due::Silence, "they wrote again");
        one.human_wrote_at = Some(at(31));
        assert_eq!(after(&one, 40), Due::At(at(91)));
        assert_eq!(after(&one, 91), Due::End("handed_off"));
    }

    #[test]
    fn an_opener_is_tried_again_and_given_up_and_an_offer_stands_for_a_day() {
        let opening = session("OPENING", json!({}));
        assert_eq!(after(&opening, 1), Due::Offer);
        assert_eq!(after(&opening, 10), Due::End("unreachable"));
        let offered = session("OFFERED", json!({"offered_at": at(0)}));
        assert_eq!(after(&offered, 60), Due::At(at(1_440)));
        assert_eq!(after(&offered, 1_440), Due::End("unanswered"));
    }

    #[test]
    fn closing_words_are_said_once() {
        let mut closed = session("CLOSED", json!({"closed_at": at(1), "end_reason": "idle"}));
        assert_eq!(after(&closed, 1), Due::Closing);
        closed.closing_said_at = Some(at(1));
        assert_eq!(after(&closed, 99), Due::Nothing);
    }
}
