//! Reads the times that people type: `now`, `2026-12-01`, `2026-12-01 18:00`, `3d`, `2h ago`.

use chrono::{DateTime, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};

/// A typed moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    At(DateTime<Utc>),
    /// By the clock of the guild's time zone.
    There(NaiveDateTime),
}

/// Longer is a mistake in typing.
const MOST_DAYS: i64 = 3_660;

impl When {
    /// ISO 8601; without an offset it is local.
    pub fn to_iso(self) -> String {
        match self {
            Self::At(at) => at.to_rfc3339_opts(SecondsFormat::Secs, true),
            Self::There(at) => format!("{at:?}"),
        }
    }

    pub fn plus(self, length: TimeDelta) -> Option<Self> {
        match self {
            Self::At(at) => at.checked_add_signed(length).map(Self::At),
            Self::There(at) => at.checked_add_signed(length).map(Self::There),
        }
    }
}

/// When something begins: `now`, a date, a date with a time, `in 2h` or `2h` from now, `2h ago`.
pub fn start(text: &str, now: DateTime<Utc>) -> Option<When> {
    let text = text.trim().to_lowercase();
    if text == "now" {
        return Some(When::At(now));
    }
    if let Some(ago) = text.strip_suffix("ago") {
        return When::At(now).plus(-length(ago)?);
    }
    if let Some(length) = length(text.strip_prefix("in ").unwrap_or(&text)) {
        return When::At(now).plus(length);
    }
    date(&text, false)
}

/// When something that begins at `start` ends: a length counts from there; a date without a time is meant as a whole.
pub fn end(text: &str, start: When, now: DateTime<Utc>) -> Option<When> {
    let text = text.trim().to_lowercase();
    if text == "now" {
        return Some(When::At(now));
    }
    match length(text.strip_prefix("after ").unwrap_or(&text)) {
        Some(length) => start.plus(length),
        None => date(&text, true),
    }
}

fn date(text: &str, whole: bool) -> Option<When> {
    let at = match text.split_once(['t', ' ']) {
        Some((day, time)) => {
            let (hour, minute) = time.trim().split_once(':')?;
            from_json::date(day)?.and_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)?
        }
        None => {
            let day = from_json::date(text)?;
            if whole { day.succ_opt()? } else { day }.and_time(NaiveTime::MIN)
        }
    };
    Some(When::There(at))
}

/// `90m`, `2h`, `3 days`, `1w`, `1d 12h`.
fn length(text: &str) -> Option<TimeDelta> {
    let mut rest = text.trim();
    let mut sum = TimeDelta::zero();
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let after = after.trim_start();
        let (unit, after) = after.split_at(after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len()));
        let number: i64 = number.parse().ok().filter(|number| *number <= MOST_DAYS * 24 * 60)?;
        sum += match unit {
            "m" | "min" | "minute" | "minutes" => TimeDelta::minutes(number),
            "h" | "hour" | "hours" => TimeDelta::hours(number),
            "d" | "day" | "days" => TimeDelta::days(number),
            "w" | "week" | "weeks" => TimeDelta::try_weeks(number)?,
            _ => return None,
        };
        rest = after.trim_start();
    }
    (sum > TimeDelta::zero() && sum <= TimeDelta::days(MOST_DAYS)).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-22T12:30:00Z".parse().unwrap()
    }

    fn starts(text: &str) -> String {
        start(text, now()).map(When::to_iso).unwrap_or_default()
    }

    #[test]
    fn a_start_is_a_date_or_a_length_from_now() {
        assert_eq!(starts("now"), "2026-11-22T12:30:00Z");
        assert_eq!(starts("2026-12-01"), "2026-12-01T00:00:00");
        assert_eq!(starts(" 2026-12-01 18:05 "), "2026-12-01T18:05:00");
        assert_eq!(starts("2026-12-01T18:05"), "2026-12-01T18:05:00");
        assert_eq!(starts("in 2 days"), "2026-11-24T12:30:00Z");
        assert_eq!(starts("90m"), "2026-11-22T14:00:00Z");
        assert_eq!(starts("1d 12h ago"), "2026-11-21T00:30:00Z");
        for wrong in
            ["", "soon", "2026-13-01", "12", "3 moons", "0h", "99999999w", "9999999999999999999d", "-3d", "3d later"]
        {
            assert_eq!(starts(wrong), "", "{wrong}");
        }
    }

    #[test]
    fn an_end_counts_from_the_start_and_a_day_is_whole() {
        let there = start("2026-12-01", now()).unwrap();
        let ends = |text: &str| end(text, there, now()).map(When::to_iso).unwrap_or_default();
        assert_eq!(ends("3d"), "2026-12-04T00:00:00");
        assert_eq!(ends("2026-12-05"), "2026-12-06T00:00:00");
        assert_eq!(ends("2026-12-05 18:00"), "2026-12-05T18:00:00");
        assert_eq!(ends("now"), "2026-11-22T12:30:00Z");
        assert_eq!(ends("later"), "");
    }
}
