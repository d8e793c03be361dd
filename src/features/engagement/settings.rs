//! What a guild can choose about engagement. Some keys are read in SQL; a test holds the two together.

use crate::{
    lang::Lang,
    settings::{Kind, Setting},
};

pub const ALL: &[Setting] = &[
    MESSAGE_POINTS,
    REACTION_POINTS,
    EXCLUDED_CHANNELS,
    SUPPORT_CHANNELS,
    CAP_PER_MINUTE,
    KEEP_RAW_DAYS,
    WEEKLY_CHANNEL,
    TIME_ZONE,
    RISING_STAR_ROLE,
    RISING_STAR_DAYS,
    RISING_STAR_PERCENT,
];

pub const MESSAGE_POINTS: Setting = Setting {
    key: "engagement.message_points",
    kind: Kind::Number { default: 1.0, min: 0.0, max: 100.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Points for a message",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "What one message adds to its author's score. Past messages keep what they were worth.",
    },
};

pub const REACTION_POINTS: Setting = Setting {
    key: "engagement.reaction_points",
    kind: Kind::Number { default: 0.5, min: 0.0, max: 100.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Points for a reaction",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "What one reaction adds to the score of the member who reacts.",
    },
};

const EXCLUDED_CHANNELS: Setting = Setting {
    key: "engagement.excluded_channels",
    kind: Kind::Channels,
    label: |lang| match lang {
        Lang::En | Lang::De => "Channels without points",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Nothing is counted there, nor in their threads, from now on.",
    },
};

const SUPPORT_CHANNELS: Setting = Setting {
    key: "engagement.support_channels",
    kind: Kind::Channels,
    label: |lang| match lang {
        Lang::En | Lang::De => "Support channels",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Where people ask for help. Never counted, nor are their threads; tickets never are.",
    },
};

pub const CAP_PER_MINUTE: Setting = Setting {
    key: "engagement.cap_per_minute",
    kind: Kind::Number { default: 10.0, min: 0.0, max: 1_000.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Most that counts in a minute",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "Messages and reactions of one member that bring points in one minute. 0 means no limit."
        }
    },
};

pub const KEEP_RAW_DAYS: Setting = Setting {
    key: "engagement.keep_raw_days",
    kind: Kind::Number { default: 400.0, min: 30.0, max: 3_650.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Days to keep single entries",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Then only the sums of each hour stay. Scores do not change.",
    },
};

pub const WEEKLY_CHANNEL: Setting = Setting {
    key: "engagement.weekly_channel",
    kind: Kind::Channel,
    label: |lang| match lang {
        Lang::En | Lang::De => "Channel for the weekly leaderboard",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Posted there on Mondays at 9:00, for the week before. Off until a channel is chosen.",
    },
};

const TIME_ZONE: Setting = Setting {
    key: "engagement.time_zone",
    kind: Kind::Text { default: |_| "UTC", max_length: 50 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Time zone",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "For the weekly leaderboard, for example Europe/Berlin. A name that is not known means UTC."
        }
    },
};

pub const RISING_STAR_ROLE: Setting = Setting {
    key: "engagement.rising_star_role",
    kind: Kind::Role,
    label: |lang| match lang {
        Lang::En | Lang::De => "Rising Star role",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "For active newcomers; given and taken once a day. My own role must stand above it. Off until chosen."
        }
    },
};

pub const RISING_STAR_DAYS: Setting = Setting {
    key: "engagement.rising_star_days",
    kind: Kind::Number { default: 30.0, min: 1.0, max: 365.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Rising Star: newcomer for so many days",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Only who joined less than so many days ago can be a Rising Star.",
    },
};

pub const RISING_STAR_PERCENT: Setting = Setting {
    key: "engagement.rising_star_percent",
    kind: Kind::Number { default: 10.0, min: 1.0, max: 100.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Rising Star: among the top percent",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Of all members with points in the last 7 days, the first so many percent.",
    },
};
