//! What a guild can choose about AI.

use crate::{
    lang::Lang,
    settings::{Kind, Setting},
};

pub const ALL: &[Setting] = &[STAFF_ROLE, MONTHLY_BUDGET];

pub const STAFF_ROLE: Setting = Setting {
    key: "audit.staff_role",
    kind: Kind::Role,
    label: |lang| match lang {
        Lang::En | Lang::De => "Who may audit",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Beside everybody with the permission Manage Messages.",
    },
};

/// `reserve_ai_call` and `ai_usage` read it in SQL; a test holds them together.
pub const MONTHLY_BUDGET: Setting = Setting {
    key: "audit.monthly_budget",
    kind: Kind::Number { default: 10.0, min: 0.0, max: 100_000.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "AI budget of a month, in US dollars",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "Audits, triage and summaries stop when it is used up. Crisis detection and Ash never do."
        }
    },
};
