//! What managers do about the community as a whole: campaigns, whose effect on engagement they want to see.

mod campaign;
mod messages;
mod rules;

use twilight_model::application::command::CommandType;

use super::{Command, Feature, registered};
use crate::{
    lang::Lang,
    settings::{Kind, LANGUAGE, Setting},
};

pub const FEATURE: Feature = Feature {
    commands: &[Command {
        name: "campaign",
        kind: CommandType::ChatInput,
        definition: registered(campaign::definition),
        run: |cx, call| Box::pin(campaign::campaign(cx, call)),
        autocomplete: Some(|cx, call| Box::pin(campaign::running(cx, call))),
    }],
    settings: &[TIME_ZONE, LANGUAGE],
    ..Feature::named("community")
};

/// PostgreSQL knows the zones: the Worker carries no table of them.
const TIME_ZONE: Setting = Setting {
    key: "community.time_zone",
    kind: Kind::Text { default: |_| "UTC", max_length: 40 },
    label: |lang| match lang {
        Lang::En | Lang::De => "Time zone of this server",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "In which zone dates in commands are meant, for example Europe/Berlin or America/New_York."
        }
    },
};
