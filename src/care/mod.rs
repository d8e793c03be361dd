//! What the two halves of crisis care agree on: how grave a finding is, how letters are read, what happens to an alert.

pub mod fold;
pub mod history;
pub mod referrals;
pub mod resources;

use from_json::FromJson;
use relay_wire::Snowflake;
use serde::Serialize;

/// How grave something is, whoever found it; the names are those of Ash-NLP, in capitals as in the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, FromJson)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    #[default]
    Safe,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 5] = [Self::Safe, Self::Low, Self::Medium, Self::High, Self::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "SAFE",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }

    /// As it is written, whatever the case.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(name))
    }

    /// 0 for SAFE to 4 for CRITICAL.
    pub fn rank(self) -> u8 {
        self as u8
    }

    pub fn of_rank(rank: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.rank() == rank)
    }
}

/// An alert as both halves know it.
#[derive(Clone, Debug)]
pub struct Alerted {
    pub alert_id: i64,
    pub guild_id: Snowflake,
    pub member_id: Snowflake,
    /// Where the member wrote.
    pub channel_id: Snowflake,
    pub message_id: Snowflake,
    pub severity: Severity,
    /// Where its post stands.
    pub alert_channel_id: Option<Snowflake>,
    pub alert_message_id: Option<Snowflake>,
}

/// What Ash may have to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertStep {
    /// It is CRITICAL, or nobody reacted.
    Due,
    Acknowledged,
    Taken {
        by: Snowflake,
    },
    FalseAlarm,
}
