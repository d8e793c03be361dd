//! Who is a Rising Star: the rule alone.

use chrono::{DateTime, TimeDelta, Utc};

/// What a guild chose.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// A newcomer is who joined less than so many days ago.
    pub days: f64,
    /// Among the first so many percent by the points of the last 7 days.
    pub percent: f64,
}

impl Rule {
    pub fn newcomer_since(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - TimeDelta::seconds((self.days * 86_400.0) as i64)
    }

    /// `place` (shared by equal points) is None without points in the last 7 days; `members` is how many have some. At
    /// least the first place counts, however few they are. Who joined at a time that is not known is no newcomer.
    pub fn holds(&self, now: DateTime<Utc>, joined: Option<DateTime<Utc>>, place: Option<u64>, members: u64) -> bool {
        let is_new = joined.is_some_and(|joined| joined > self.newcomer_since(now));
        let last = (members as f64 * self.percent / 100.0).ceil();
        is_new && place.is_some_and(|place| place as f64 <= last)
    }
}

/// What is to be done about a member's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<Role> {
    Nothing,
    Give(Role),
    Take(Role),
}

/// `chosen` is the guild's role (None: switched off), `worn` the one that the bot gave. Of another role than the chosen one
/// the old is taken first.
pub fn step<Role: PartialEq>(holds: bool, chosen: Option<Role>, worn: Option<Role>) -> Step<Role> {
    match (chosen, worn) {
        (Some(chosen), Some(worn)) if holds && chosen == worn => Step::Nothing,
        (_, Some(worn)) => Step::Take(worn),
        (Some(chosen), None) if holds => Step::Give(chosen),
        _ => Step::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { days: 30.0, percent: 10.0 };

    fn holds(days_ago: Option<i64>, place: Option<u64>, members: u64) -> bool {
        let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(1_000);
        RULE.holds(now, days_ago.map(|days| now - TimeDelta::days(days)), place, members)
    }

    #[test]
    fn a_newcomer_among_the_first_tenth_is_a_rising_star() {
        assert!(holds(Some(29), Some(10), 100));
        assert!(!holds(Some(29), Some(11), 100));
        assert!(!holds(Some(30), Some(1), 100), "less than 30 days");
        assert!(!holds(Some(1), None, 100), "without points");
        assert!(!holds(None, Some(1), 100), "joined nobody knows when");
    }

    #[test]
    fn in_a_small_guild_the_first_counts() {
        assert!(holds(Some(1), Some(1), 1));
        assert!(holds(Some(1), Some(1), 10));
        assert!(!holds(Some(1), Some(2), 10));
        assert!(holds(Some(1), Some(2), 11), "a part of a member is a member");
    }

    #[test]
    fn the_role_follows_the_rule_and_the_setting() {
        assert_eq!(step(true, Some(1), None), Step::Give(1));
        assert_eq!(step(true, Some(1), Some(1)), Step::Nothing);
        assert_eq!(step(false, Some(1), Some(1)), Step::Take(1));
        assert_eq!(step(true, Some(2), Some(1)), Step::Take(1));
        assert_eq!(step(true, None, Some(1)), Step::Take(1));
        assert_eq!(step(true, None, None), Step::<u8>::Nothing);
        assert_eq!(step(false, Some(1), None), Step::Nothing);
    }
}
