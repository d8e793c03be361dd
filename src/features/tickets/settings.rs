//! What a guild can choose about tickets; what differs by category is in `ticket_categories`.

use crate::{
    lang::Lang,
    settings::{Kind, Setting},
};

pub const ALL: &[Setting] =
    &[STAFF_ROLE, PARENT, OVERFLOW_PARENT, ARCHIVE_PARENT, LOG_CHANNEL, PING_STAFF, OPENING_TEXT, CRISIS, INTELLIGENCE];

pub const STAFF_ROLE: Setting = Setting {
    key: "tickets.staff_role",
    kind: Kind::Role,
    label: |lang| match lang {
        Lang::En => "Staff role",
    },
    help: |lang| match lang {
        Lang::En => "Sees and answers every ticket whose category has no role of its own.",
    },
};

pub const PARENT: Setting = Setting {
    key: "tickets.parent",
    kind: Kind::Category,
    label: |lang| match lang {
        Lang::En => "Category for open tickets",
    },
    help: |lang| match lang {
        Lang::En => "Where the channels of tickets are made. Discord allows 50 in one category.",
    },
};

pub const OVERFLOW_PARENT: Setting = Setting {
    key: "tickets.overflow_parent",
    kind: Kind::Category,
    label: |lang| match lang {
        Lang::En => "Second category",
    },
    help: |lang| match lang {
        Lang::En => "Used when the first one is full. When both are, a ticket becomes a private thread.",
    },
};

pub const ARCHIVE_PARENT: Setting = Setting {
    key: "tickets.archive_parent",
    kind: Kind::Category,
    label: |lang| match lang {
        Lang::En => "Archive category",
    },
    help: |lang| match lang {
        Lang::En => "Closed tickets are moved there. Without one they stay where they are.",
    },
};

pub const LOG_CHANNEL: Setting = Setting {
    key: "tickets.log_channel",
    kind: Kind::Channel,
    label: |lang| match lang {
        Lang::En => "Log channel",
    },
    help: |lang| match lang {
        Lang::En => "Transcripts of closed tickets are posted there. Only staff should be able to read it.",
    },
};

pub const PING_STAFF: Setting = Setting {
    key: "tickets.ping_staff",
    kind: Kind::Switch { default: true },
    label: |lang| match lang {
        Lang::En => "Ping staff",
    },
    help: |lang| match lang {
        Lang::En => "The staff role is pinged in each new ticket.",
    },
};

pub const OPENING_TEXT: Setting = Setting {
    key: "tickets.opening_text",
    kind: Kind::Text {
        default: "Thank you for writing. Somebody of the team will answer you here. You can add anything in the meantime.",
        max_length: 1_000,
    },
    label: |lang| match lang {
        Lang::En => "First words in a ticket",
    },
    help: |lang| match lang {
        Lang::En => "For every category without an opening text of its own.",
    },
};

/// Needs a billed key of Gemini as well.
pub const INTELLIGENCE: Setting = Setting {
    key: "tickets.intelligence",
    kind: Kind::Switch { default: false },
    label: |lang| match lang {
        Lang::En => "Help by an AI",
    },
    help: |lang| match lang {
        Lang::En => {
            "Google's Gemini proposes priority and first reply, and sums up. Panel and form say so; members can untick it."
        }
    },
};

/// Read by what watches for people in crisis, where a ticket's text passes as any other text does.
pub const CRISIS: Setting = Setting {
    key: "tickets.crisis",
    kind: Kind::Switch { default: true },
    label: |lang| match lang {
        Lang::En => "Notice people in crisis",
    },
    help: |lang| match lang {
        Lang::En => "What a member writes in a ticket is also looked at for signs of a crisis. The panel says so.",
    },
};
