//! What a guild can choose about crisis detection; `/setup crisis` shows it, and what is hidden there is chosen on pages of its own.

use std::rc::Rc;

use relay_wire::Snowflake;
use serde_json::Value;

use super::rules::{Sensitivity, THRESHOLDS};
use crate::{
    care::{Severity, history::MAX_ENTRIES},
    context::Cx,
    lang::Lang,
    settings::{self, Kind, Setting, Settings},
};

pub const ALL: &[Setting] = &[
    MONITORED_CHANNELS,
    MONITOR_CHANNEL,
    CRISIS_CHANNEL,
    CRITICAL_CHANNEL,
    LEAD_CHANNEL,
    NOTES_CHANNEL,
    REPORT_CHANNEL,
    CRT_ROLE,
    SECOND_ROLE,
    ADMIN_ROLE,
    COOLDOWN,
    STORM_PINGS,
    USE_NLP,
    HISTORY_DAYS,
    HISTORY_ENTRIES,
    CHAIN_PING_MINUTES,
    CHAIN_SECOND_MINUTES,
    CHAIN_ADMIN_MINUTES,
    OPT_IN,
    CONTACT,
    PRIVACY_URL,
    DM_ALERTS,
];

pub const MONITORED_CHANNELS: Setting = Setting {
    key: "crisis.monitored_channels",
    kind: Kind::Channels,
    label: |lang| match lang {
        Lang::En | Lang::De => "Monitored channels",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Their threads and posts belong to them. Nothing else is read.",
    },
};

pub const MONITOR_CHANNEL: Setting = Setting {
    key: "crisis.monitor_channel",
    kind: Kind::Channel,
    label: |lang| match lang {
        Lang::En | Lang::De => "Monitor channel",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Gets MEDIUM alerts without a ping, and every notice about detection itself.",
    },
};

pub const CRISIS_CHANNEL: Setting = Setting {
    key: "crisis.crisis_channel",
    kind: Kind::Channel,
    label: |lang| match lang {
        Lang::En | Lang::De => "Crisis channel",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Gets HIGH alerts, with a ping of the crisis response team.",
    },
};

pub const CRITICAL_CHANNEL: Setting = Setting {
    key: "crisis.critical_channel",
    kind: Kind::Channel,
    label: |lang| match lang {
        Lang::En | Lang::De => "Critical channel",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "Gets CRITICAL alerts. Without one the crisis channel gets them, then the monitor channel."
        }
    },
};

pub const LEAD_CHANNEL: Setting = Setting {
    key: "crisis.lead_channel",
    kind: Kind::Channel,
    label: |lang| match lang {
        Lang::En | Lang::De => "Lead channel",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Gets the alerts about members of the team themselves.",
    },
};

pub const NOTES_CHANNEL: Setting = Setting {
    key: "crisis.notes_channel",
    kind: Kind::Channel,
    label: |lang| match lang {
        Lang::En | Lang::De => "Notes channel",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Gets the summaries of conversations, without quotes.",
    },
};

pub const REPORT_CHANNEL: Setting = Setting {
    key: "crisis.report_channel",
    kind: Kind::Channel,
    label: |lang| match lang {
        Lang::En | Lang::De => "Report channel",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Gets the weekly report of the team.",
    },
};

pub const CRT_ROLE: Setting = Setting {
    key: "crisis.crt_role",
    kind: Kind::Role,
    label: |lang| match lang {
        Lang::En | Lang::De => "Crisis response team",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "This role is pinged for HIGH and CRITICAL, and may use the buttons.",
    },
};

pub const SECOND_ROLE: Setting = Setting {
    key: "crisis.second_role",
    kind: Kind::Role,
    label: |lang| match lang {
        Lang::En | Lang::De => "Second role",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Pinged when nobody of the first reacted.",
    },
};

pub const ADMIN_ROLE: Setting = Setting {
    key: "crisis.admin_role",
    kind: Kind::Role,
    label: |lang| match lang {
        Lang::En | Lang::De => "Admin role",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Pinged last, when still nobody reacted. Without one the owner is.",
    },
};

pub const COOLDOWN: Setting = Setting {
    key: "crisis.cooldown_seconds",
    kind: Kind::Number { default: 300.0, min: 0.0, max: 3_600.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Cooldown",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "Seconds in which further alerts about the same member, not graver than the last, are only counted."
        }
    },
};

pub const STORM_PINGS: Setting = Setting {
    key: "crisis.storm_pings",
    kind: Kind::Number { default: 6.0, min: 1.0, max: 50.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Pings in 10 minutes",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Further alerts share one summary ping. CRITICAL about somebody new always pings.",
    },
};

pub const USE_NLP: Setting = Setting {
    key: "crisis.use_nlp",
    kind: Kind::Switch { default: true },
    label: |lang| match lang {
        Lang::En | Lang::De => "Ask Ash-NLP",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Off: the built-in screen decides alone, by choice.",
    },
};

pub const HISTORY_DAYS: Setting = Setting {
    key: "crisis.history_days",
    kind: Kind::Number { default: 14.0, min: 1.0, max: 30.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "History, days",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "How long messages of LOW or more are kept, encrypted.",
    },
};

pub const HISTORY_ENTRIES: Setting = Setting {
    key: "crisis.history_entries",
    kind: Kind::Number { default: 100.0, min: 10.0, max: MAX_ENTRIES as f64 },
    label: |lang| match lang {
        Lang::En | Lang::De => "History, messages",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "How many are kept of one member.",
    },
};

pub const CHAIN_PING_MINUTES: Setting = Setting {
    key: "crisis.chain_ping_minutes",
    kind: Kind::Number { default: 3.0, min: 1.0, max: 60.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Nobody reacts: ping again",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Minutes after an alert.",
    },
};

pub const CHAIN_SECOND_MINUTES: Setting = Setting {
    key: "crisis.chain_second_minutes",
    kind: Kind::Number { default: 5.0, min: 1.0, max: 120.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Nobody reacts: second role",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Minutes after an alert.",
    },
};

pub const CHAIN_ADMIN_MINUTES: Setting = Setting {
    key: "crisis.chain_admin_minutes",
    kind: Kind::Number { default: 10.0, min: 1.0, max: 240.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Nobody reacts: admins",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Minutes after an alert.",
    },
};

/// The SQL function `crisis_asks_first` reads it.
pub const OPT_IN: Setting = Setting {
    key: "crisis.opt_in",
    kind: Kind::Switch { default: false },
    label: |lang| match lang {
        Lang::En | Lang::De => "Ask members first",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "On: only members who said yes with `/ash optin` are watched. Off: a notice tells everybody."
        }
    },
};

pub const CONTACT: Setting = Setting {
    key: "crisis.contact",
    kind: Kind::Text { default: |_| "", max_length: 300 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Contact",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Whom members ask about crisis detection; shown in the notice.",
    },
};

pub const PRIVACY_URL: Setting = Setting {
    key: "crisis.privacy_url",
    kind: Kind::Formed {
        max_length: 300,
        fits: |text| text.starts_with("https://") && !text.contains(char::is_whitespace),
        example: "https://example.org/privacy",
    },
    label: |lang| match lang {
        Lang::En | Lang::De => "Privacy policy",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Its address; shown in the notice.",
    },
};

pub const DM_ALERTS: Setting = Setting {
    key: "crisis.dm_alerts",
    kind: Kind::Switch { default: false },
    label: |lang| match lang {
        Lang::En | Lang::De => "Told of direct messages",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "HIGH and CRITICAL of members who share several servers with the bot come here too, without their words."
        }
    },
};

/// Chosen by going live: `off`, `shadow` or `live`. The SQL function `relay_filter` reads it too.
pub const STAGE: Setting = hidden("crisis.stage");
/// How readily single channels raise an alert: `{channel: {"factor", "thresholds"}}`.
pub const SENSITIVITY: Setting = hidden("crisis.sensitivity");
/// Whether alerts go out without words and names, because somebody outside the team can read their channel.
pub const HIDE_WORDS: Setting = Setting { kind: Kind::Switch { default: false }, ..hidden("crisis.hide_words") };

/// Where a notice stands: `{channel: message}`, the message empty if somebody else wrote it. The SQL function `relay_filter`
/// lets no text out of a channel without one.
pub const NOTICES: Setting = hidden("crisis.notices");
/// Who may read an alert's channel though they are not of the team: `{channel: [roles and members]}`.
pub const ACCEPTED_READERS: Setting = hidden("crisis.accepted_readers");

/// Who of tickets is staff.
pub const TICKET_STAFF: Setting = Setting { kind: Kind::Role, ..hidden("tickets.staff_role") };
/// What `/crisis webhook` keeps: an address, and a secret that is sealed.
pub const WEBHOOK_URL: Setting = hidden("crisis.webhook_url");
pub const WEBHOOK_SECRET: Setting = hidden("crisis.webhook_secret");
/// Tickets' own choice, whether what is written in them is read here.
pub const TICKETS: Setting = Setting { kind: Kind::Switch { default: true }, ..hidden("tickets.crisis") };

const fn hidden(key: &'static str) -> Setting {
    Setting { key, kind: Kind::Text { default: |_| "", max_length: 0 }, label: |_| "", help: |_| "" }
}

/// How far a guild is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is read.
    Off,
    /// Alerts go to the monitor channel, nobody is pinged, Ash says nothing.
    Shadow,
    Live,
}

impl Stage {
    /// As it is stored; whatever else stands there is off.
    pub fn read(name: &str) -> Self {
        match name {
            "live" => Self::Live,
            "shadow" => Self::Shadow,
            _ => Self::Off,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::Live => "live",
        }
    }
}

/// What the path asks of a guild's choices, whether they could be read or not.
#[derive(Clone)]
pub struct Chosen {
    settings: Rc<Settings>,
    /// Neither the store nor an older copy told what the guild chose: the environment's channel gets its alerts.
    pub is_unknown: bool,
}

impl Chosen {
    /// Never fails: without the store an older copy serves, and without that the environment.
    pub async fn load(cx: &Cx, guild: Snowflake) -> Self {
        match settings::load(cx, guild).await {
            Ok(settings) => Self { settings, is_unknown: false },
            Err(error) => {
                cx.log_failure("crisis", &error);
                match cx.settings.last(guild) {
                    Some(settings) => Self { settings, is_unknown: false },
                    None => Self { settings: Rc::default(), is_unknown: true },
                }
            }
        }
    }

    pub fn stage(&self) -> Stage {
        if self.is_unknown { Stage::Live } else { Stage::read(&self.settings.text(&STAGE)) }
    }

    pub fn sensitivity(&self, channel: Snowflake) -> Sensitivity {
        let all = self.settings.value(&SENSITIVITY);
        let Some(of) = all.get(channel.to_string()) else { return Sensitivity::default() };
        let number = |value: &Value| value.as_f64().map(|number| number as f32);
        let mut thresholds = THRESHOLDS;
        let chosen = of.get("thresholds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (threshold, chosen) in thresholds.iter_mut().zip(chosen.iter().filter_map(number)) {
            *threshold = chosen;
        }
        let factor = of.get("factor").and_then(number).filter(|factor| (0.3..=1.5).contains(factor)).unwrap_or(1.0);
        Sensitivity { factor, thresholds }
    }

    /// Where an alert goes, best first; empty if there is no place at all.
    pub fn alert_channels(&self, cx: &Cx, severity: Severity, stage: Stage) -> Vec<Snowflake> {
        let order: &[&Setting] = match severity {
            _ if stage == Stage::Shadow => &[&MONITOR_CHANNEL],
            Severity::Critical => &[&CRITICAL_CHANNEL, &CRISIS_CHANNEL, &MONITOR_CHANNEL],
            Severity::High => &[&CRISIS_CHANNEL, &CRITICAL_CHANNEL, &MONITOR_CHANNEL],
            _ => &[&MONITOR_CHANNEL, &CRISIS_CHANNEL],
        };
        let chosen = order.iter().filter_map(|setting| self.settings.id(setting));
        let fallback = cx.config.fallback_alert_channel.filter(|_| stage == Stage::Live);
        let mut channels: Vec<Snowflake> = vec![];
        for channel in chosen.chain(fallback) {
            if !channels.contains(&channel) {
                channels.push(channel);
            }
        }
        channels
    }

    pub fn crt_role(&self, cx: &Cx) -> Option<Snowflake> {
        self.settings.id(&CRT_ROLE).or(cx.config.fallback_crt_role.filter(|_| self.is_unknown))
    }

    pub fn id(&self, setting: &Setting) -> Option<Snowflake> {
        self.settings.id(setting)
    }

    pub fn number(&self, setting: &Setting) -> f64 {
        self.settings.number(setting)
    }

    pub fn switch(&self, setting: &Setting) -> bool {
        self.settings.switch(setting)
    }

    pub fn text(&self, setting: &Setting) -> String {
        self.settings.text(setting)
    }

    pub fn value(&self, setting: &Setting) -> Value {
        self.settings.value(setting)
    }
}
