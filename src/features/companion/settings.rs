//! What a guild chooses about Ash's conversations.

use relay_wire::Snowflake;

use super::store::Place;
use crate::{
    context::Cx,
    error::Result,
    lang::Lang,
    settings::{self, Kind, Setting, Settings},
};

pub const ALL: &[Setting] =
    &[OPENER, PLACE, THREAD_CHANNEL, SUPPORT_CHANNELS, IDLE_MINUTES, MAX_MINUTES, QUIET_FROM, QUIET_TO, KEPT_DAYS];

pub const OPENER: Setting = Setting {
    key: "companion.opener",
    kind: Kind::Switch { default: true },
    label: |lang| match lang {
        Lang::En | Lang::De => "Ash offers a talk",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "At once for CRITICAL, and for HIGH when nobody reacts. Off: only when the team or the member asks."
        }
    },
};

pub const PLACE: Setting = Setting {
    key: "companion.place",
    kind: Kind::Formed {
        max_length: 10,
        fits: |text| matches!(text, "thread" | "direct" | "channel"),
        example: "thread",
    },
    label: |lang| match lang {
        Lang::En | Lang::De => "Where Ash talks",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "`thread`: a private thread with the member and the team. `direct`: direct messages, if the member allows them. \
             `channel`: in the support channels, elsewhere in a thread."
        }
    },
};

pub const THREAD_CHANNEL: Setting = Setting {
    key: "companion.thread_channel",
    kind: Kind::Channel,
    label: |lang| match lang {
        Lang::En | Lang::De => "Channel of Ash's threads",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Members must be able to see it. Without one a thread hangs where the member wrote.",
    },
};

pub const SUPPORT_CHANNELS: Setting = Setting {
    key: "companion.support_channels",
    kind: Kind::Channels,
    label: |lang| match lang {
        Lang::En | Lang::De => "Support channels",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Monitored channels in which Ash may talk openly, if that is where Ash talks.",
    },
};

pub const IDLE_MINUTES: Setting = Setting {
    key: "companion.idle_minutes",
    kind: Kind::Number { default: 5.0, min: 1.0, max: 15.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "A talk ends after silence, minutes",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "Of the member. With somebody in danger and no human there it does not just end.",
    },
};

pub const MAX_MINUTES: Setting = Setting {
    key: "companion.max_minutes",
    kind: Kind::Number { default: 10.0, min: 5.0, max: 30.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "A talk lasts at most, minutes",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "Then people are better than an AI. Half of it for members who say that they are under 18."
        }
    },
};

pub const QUIET_FROM: Setting = Setting {
    key: "companion.quiet_from",
    kind: Kind::Number { default: 22.0, min: 0.0, max: 23.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Quiet hours begin",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "Then Ash asks nobody how they are; what falls into them waits for their end. An hour in the server's time zone."
        }
    },
};

pub const QUIET_TO: Setting = Setting {
    key: "companion.quiet_to",
    kind: Kind::Number { default: 8.0, min: 0.0, max: 23.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Quiet hours end",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "An hour in the server's time zone. The same as their begin: there are none.",
    },
};

pub const KEPT_DAYS: Setting = Setting {
    key: "companion.kept_days",
    kind: Kind::Number { default: 30.0, min: 1.0, max: 90.0 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Talks are kept, days",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => "When and how they were, and the team's notes; what was said goes a day after the talk.",
    },
};

pub struct Chosen(std::rc::Rc<Settings>);

impl Chosen {
    pub async fn load(cx: &Cx, guild: Snowflake) -> Result<Self> {
        Ok(Self(settings::load(cx, guild).await?))
    }

    pub fn opens_by_itself(&self) -> bool {
        self.0.switch(&OPENER)
    }

    /// Where a talk with a member who wrote in `channel` belongs.
    pub fn place(&self, channel: Snowflake) -> Place {
        match self.0.text(&PLACE).as_str() {
            "direct" => Place::Direct,
            "channel" if self.0.ids(&SUPPORT_CHANNELS).contains(&channel) => Place::Channel,
            _ => Place::Thread,
        }
    }

    pub fn thread_channel(&self) -> Option<Snowflake> {
        self.0.id(&THREAD_CHANNEL)
    }

    pub fn minutes(&self, setting: &Setting) -> i64 {
        self.0.number(setting) as i64
    }
}
