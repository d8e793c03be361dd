//! What a guild can choose about tickets; what differs by category is in `ticket_categories`.

use super::hours;
use crate::{
    lang::Lang,
    settings::{Kind, Setting},
};

pub const ALL: &[Setting] = &[
    STAFF_ROLE,
    PARENT,
    OVERFLOW_PARENT,
    ARCHIVE_PARENT,
    LOG_CHANNEL,
    PING_STAFF,
    OPENING_TEXT,
    CRISIS,
    INTELLIGENCE,
    SEND_TRANSCRIPT,
    KEEP_FILES,
    CLOSE_AFTER_HOURS,
    WARN_HOURS,
    CLOSE_WHEN_LEFT,
    DELETE_AFTER_DAYS,
    WORKING_HOURS,
    OUTSIDE_TEXT,
    CLOSED_OUTSIDE,
    FIRST_RESPONSE_TARGETS,
    RESOLUTION_TARGETS,
];

pub const STAFF_ROLE: Setting = Setting {
    key: "tickets.staff_role",
    kind: Kind::Role,
    label: |lang| match lang {
        Lang::En | Lang::De => "Staff role",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Sees and answers every ticket whose category has no role of its own.",
    },
};

pub const PARENT: Setting = Setting {
    key: "tickets.parent",
    kind: Kind::Category,
    label: |lang| match lang {
        Lang::En | Lang::De => "Category for open tickets",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Where the channels of tickets are made. Discord allows 50 in one category.",
    },
};

pub const OVERFLOW_PARENT: Setting = Setting {
    key: "tickets.overflow_parent",
    kind: Kind::Category,
    label: |lang| match lang {
        Lang::En | Lang::De => "Second category",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Used when the first one is full. When both are, a ticket becomes a private thread.",
    },
};

pub const ARCHIVE_PARENT: Setting = Setting {
    key: "tickets.archive_parent",
    kind: Kind::Category,
    label: |lang| match lang {
        Lang::En | Lang::De => "Archive category",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Closed tickets are moved there. Without one they stay where they are.",
    },
};

pub const LOG_CHANNEL: Setting = Setting {
    key: "tickets.log_channel",
    kind: Kind::Channel,
    label: |lang| match lang {
        Lang::En | Lang::De => "Log channel",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Transcripts of closed tickets are posted there. Only staff should be able to read it.",
    },
};

pub const PING_STAFF: Setting = Setting {
    key: "tickets.ping_staff",
    kind: Kind::Switch { default: true },
    label: |lang| match lang {
        Lang::En | Lang::De => "Ping staff",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "The staff role is pinged in each new ticket.",
    },
};

pub const OPENING_TEXT: Setting = Setting {
    key: "tickets.opening_text",
    kind: Kind::Text {
        default: |lang| match lang {
            Lang::En => {
                "Thank you for writing. Somebody of the team will answer you here. You can add anything in the meantime."
            }
            Lang::De => {
                "Danke, dass du schreibst. Jemand aus dem Team antwortet dir hier. Bis dahin kannst du alles ergänzen."
            }
        },
        max_length: 1_000,
    },
    label: |lang| match lang {
        Lang::En | Lang::De => "First words in a ticket",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "For every category without an opening text of its own.",
    },
};

/// Needs a billed key of Gemini as well.
pub const INTELLIGENCE: Setting = Setting {
    key: "tickets.intelligence",
    kind: Kind::Switch { default: false },
    label: |lang| match lang {
        Lang::En | Lang::De => "Help by an AI",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "Google's Gemini proposes priority and first reply, and sums up. Panel and form say so; members can untick it."
        }
    },
};

/// Read by what watches for people in crisis, where a ticket's text passes as any other text does.
pub const CRISIS: Setting = Setting {
    key: "tickets.crisis",
    kind: Kind::Switch { default: true },
    label: |lang| match lang {
        Lang::En | Lang::De => "Notice people in crisis",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "Once crisis detection is here, what a member writes in a ticket passes it too, and the panel says so."
        }
    },
};

pub const SEND_TRANSCRIPT: Setting = Setting {
    key: "tickets.send_transcript",
    kind: Kind::Switch { default: true },
    label: |lang| match lang {
        Lang::En | Lang::De => "Send the transcript",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "When a ticket is closed, its opener gets the transcript by direct message and is asked how the help was."
        }
    },
};

pub const KEEP_FILES: Setting = Setting {
    key: "tickets.keep_files",
    kind: Kind::Switch { default: false },
    label: |lang| match lang {
        Lang::En | Lang::De => "Keep files",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "When a ticket is closed, up to 8 files of it are copied to the log channel. Discord's own links expire."
        }
    },
};

pub const WORKING_HOURS: Setting = Setting {
    key: "tickets.working_hours",
    kind: Kind::Formed {
        max_length: 200,
        fits: |text| hours::read(text).is_some(),
        example: "mon-fri 09:00-17:00, sat 10:00-14:00",
    },
    label: |lang| match lang {
        Lang::En | Lang::De => "Working hours",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "As `mon-fri 09:00-17:00, sat 10:00-14:00`, in the time zone of **community**. Empty: always."
        }
    },
};

pub const OUTSIDE_TEXT: Setting = Setting {
    key: "tickets.outside_text",
    kind: Kind::Text {
        default: |lang| match lang {
            Lang::En => "It is outside our working hours: an answer can take until we are back.",
            Lang::De => "Gerade ist niemand im Dienst: eine Antwort kann dauern, bis wir wieder da sind.",
        },
        max_length: 500,
    },
    label: |lang| match lang {
        Lang::En | Lang::De => "Words outside working hours",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Stands in a ticket that was opened outside working hours, until staff takes it.",
    },
};

pub const CLOSED_OUTSIDE: Setting = Setting {
    key: "tickets.closed_outside",
    kind: Kind::Switch { default: false },
    label: |lang| match lang {
        Lang::En | Lang::De => "No new tickets outside working hours",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "When on, the panel says when to come back.",
    },
};

pub const FIRST_RESPONSE_TARGETS: Setting = Setting {
    key: "tickets.first_response_targets",
    kind: TARGETS,
    label: |lang| match lang {
        Lang::En | Lang::De => "Targets for the first answer",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "As `low 24h, medium 8h, high 2h, critical 30m`. Staff is told in the ticket, once. Working hours do not stop the clock."
        }
    },
};

pub const RESOLUTION_TARGETS: Setting = Setting {
    key: "tickets.resolution_targets",
    kind: TARGETS,
    label: |lang| match lang {
        Lang::En | Lang::De => "Targets for closing",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "As `low 7d, high 1d`; a priority that is not named has none. Told as above.",
    },
};

const TARGETS: Kind = Kind::Formed {
    max_length: 100,
    fits: |text| hours::read_targets(text).is_some(),
    example: "low 24h, medium 8h, high 2h, critical 30m",
};

// The next four are read in SQL, with the same defaults.

pub const CLOSE_AFTER_HOURS: Setting = Setting {
    key: "tickets.close_after_hours",
    kind: Kind::Number { default: 0.0, min: 0.0, max: 8_760.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Close after (hours)",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "Counted from the opener's last message, and only once staff have answered it. 0: never."
        }
    },
};

pub const WARN_HOURS: Setting = Setting {
    key: "tickets.warn_hours",
    kind: Kind::Number { default: 12.0, min: 0.0, max: 336.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Warn before (hours)",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "So long before, the opener is pinged and can keep the ticket open. 0: no warning.",
    },
};

pub const CLOSE_WHEN_LEFT: Setting = Setting {
    key: "tickets.close_when_left",
    kind: Kind::Switch { default: true },
    label: |lang| match lang {
        Lang::En | Lang::De => "Close when the opener leaves",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "A ticket is closed when the member who opened it leaves the server.",
    },
};

pub const DELETE_AFTER_DAYS: Setting = Setting {
    key: "tickets.delete_after_days",
    kind: Kind::Number { default: 0.0, min: 0.0, max: 3_650.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Delete the channel after (days)",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "The channel of a closed ticket is deleted then; the transcript stays. 0: never.",
    },
};

/// How far crisis detection is in the guild; chosen on its own page.
pub const CRISIS_STAGE: Setting =
    Setting { key: "crisis.stage", kind: Kind::Text { default: |_| "", max_length: 0 }, label: |_| "", help: |_| "" };
