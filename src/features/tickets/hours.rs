//! Working hours and targets as a guild writes them: `mon-fri 09:00-17:00`, `high 2h`. Pure.

use chrono::TimeDelta;

use super::store::Priority;

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Spans in minutes of the week, Monday 00:00 is 0; one that goes beyond Sunday ends in the next week.
pub type Hours = Vec<(u32, u32)>;

/// None if it cannot be read. `22:00-02:00` ends on the next day, `fri-mon` goes over the weekend.
pub fn read(text: &str) -> Option<Hours> {
    let mut spans = vec![];
    for part in text.split(',') {
        let mut words = part.split_whitespace();
        let (days, times, None) = (words.next()?, words.next()?, words.next()) else { return None };
        let (first, last) = match days.split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(days)?, day(days)?),
        };
        let (from, to) = times.split_once('-')?;
        let (from, to) = (time(from)?, time(to)?);
        if from == DAY || from == to {
            return None;
        }
        let length = if to > from { to - from } else { DAY - from + to };
        let count = (last + 7 - first) % 7;
        spans.extend((0..=count).map(|step| {
            let start = (first + step) % 7 * DAY + from;
            (start, start + length)
        }));
    }
    Some(spans)
}

/// Whether a minute of the week is inside.
pub fn includes(hours: &Hours, minute: u32) -> bool {
    hours.iter().any(|(start, end)| [minute, minute + WEEK].iter().any(|minute| (start..end).contains(&minute)))
}

/// Minutes until they begin next; 0 while they are on. None without any.
pub fn minutes_until(hours: &Hours, minute: u32) -> Option<u32> {
    if includes(hours, minute) {
        return Some(0);
    }
    hours.iter().map(|(start, _)| (start + WEEK - minute) % WEEK).min()
}

fn day(name: &str) -> Option<u32> {
    let at = DAYS.iter().position(|day| day.eq_ignore_ascii_case(name))?;
    u32::try_from(at).ok()
}

fn time(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |text: &str| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) || minute.len() != 2 {
        return None;
    }
    let minutes = hour.parse::<u32>().ok()? * 60 + minute.parse::<u32>().ok().filter(|minute| *minute < 60)?;
    (minutes <= DAY).then_some(minutes)
}

/// `low 24h, critical 30m`, each priority at most once. None if it cannot be read. SQL reads the same: `ticket_target`.
pub fn read_targets(text: &str) -> Option<Vec<(Priority, TimeDelta)>> {
    let mut targets: Vec<(Priority, TimeDelta)> = vec![];
    for part in text.split(',') {
        let mut words = part.split_whitespace();
        let (name, length, None) = (words.next()?, words.next()?, words.next()) else { return None };
        let priority = Priority::of(&name.to_ascii_uppercase())?;
        let unit = length.chars().last()?.to_ascii_lowercase();
        let number = length.get(..length.len() - unit.len_utf8())?;
        if number.is_empty() || number.len() > 4 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: i64 = number.parse().ok().filter(|number| *number > 0)?;
        let time = match unit {
            'm' => TimeDelta::minutes(number),
            'h' => TimeDelta::hours(number),
            'd' => TimeDelta::days(number),
            _ => return None,
        };
        if targets.iter().any(|(known, _)| *known == priority) {
            return None;
        }
        targets.push((priority, time));
    }
    Some(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hour and minute of a weekday, Monday is 0.
    fn at(day: u32, hour: u32, minute: u32) -> u32 {
        day * DAY + hour * 60 + minute
    }

    #[test]
    fn a_week_is_read_as_people_write_it() {
        let hours = read("mon-fri 09:00-17:00, Sat 10:00-14:00").unwrap();
        for (minute, open) in [
            (at(0, 8, 59), false),
            (at(0, 9, 0), true),
            (at(4, 16, 59), true),
            (at(4, 17, 0), false),
            (at(5, 9, 0), false),
            (at(5, 13, 0), true),
            (at(6, 12, 0), false),
        ] {
            assert_eq!(includes(&hours, minute), open, "{minute}");
        }
        assert_eq!(minutes_until(&hours, at(4, 17, 0)), Some(17 * 60));
        assert_eq!(minutes_until(&hours, at(6, 9, 0)), Some(24 * 60));
        assert_eq!(minutes_until(&hours, at(0, 9, 0)), Some(0));
    }

    #[test]
    fn hours_may_go_over_midnight_and_over_the_end_of_the_week() {
        let hours = read("fri-mon 22:00-02:00").unwrap();
        assert!(includes(&hours, at(4, 23, 0)) && includes(&hours, at(0, 1, 59)) && includes(&hours, at(1, 1, 0)));
        assert!(!includes(&hours, at(0, 2, 0)) && !includes(&hours, at(4, 1, 0)));
        assert!(includes(&read("mon-sun 00:00-24:00").unwrap(), at(6, 23, 59)));
    }

    #[test]
    fn what_cannot_be_read_is_not_guessed() {
        for text in [
            "",
            "always",
            "mon",
            "mon 9-17",
            "mon 09:00-25:00",
            "mon 09:60-17:00",
            "mun 09:00-17:00",
            "mon 09:00-09:00",
            "mon 09:00-17:00,",
            "mon 09:00 17:00",
            "mon 24:00-02:00",
            "mon +9:00-17:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        for text in [
            "",
            "high",
            "high 2",
            "high h",
            "high 2w",
            "high 0h",
            "urgent 2h",
            "high 2h high 3h",
            "high 2h, high 3h",
            "high 99999m",
            "high 2é",
        ] {
            assert_eq!(read_targets(text), None, "{text}");
        }
    }

    #[test]
    fn targets_are_read_for_each_priority() {
        let read = read_targets("low 24h, CRITICAL 30m,high 1D").unwrap();
        assert_eq!(
            read,
            [
                (Priority::Low, TimeDelta::hours(24)),
                (Priority::Critical, TimeDelta::minutes(30)),
                (Priority::High, TimeDelta::days(1))
            ]
        );
    }
}
