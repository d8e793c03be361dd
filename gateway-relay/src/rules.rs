//! Which text may leave the relay: the Worker's `RelayConfig`, laid out for quick questions.

use std::collections::{HashMap, HashSet};

use relay_wire::{EventBody, RelayConfig, Snowflake};

/// The default, before the Worker was asked, allows text in direct messages only.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    version: String,
    prefix: String,
    guilds: HashMap<Snowflake, GuildRules>,
    own_channels: HashSet<Snowflake>,
}

#[derive(Clone, Debug, Default)]
struct GuildRules {
    monitored: HashSet<Snowflake>,
    opted_out: HashSet<Snowflake>,
    /// Of nobody else, if there is such a list.
    opted_in: Option<HashSet<Snowflake>>,
}

/// Where a message was written, as far as the relay knows.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// None in a direct message.
    pub guild_id: Option<Snowflake>,
    pub channel_id: Snowflake,
    /// Set when `channel_id` is a thread.
    pub parent_id: Option<Snowflake>,
    /// A thread that the bot itself started.
    pub own_thread: bool,
}

impl Rules {
    pub fn new(config: &RelayConfig) -> Self {
        let guilds = config.guilds.iter().map(|guild| {
            let rules = GuildRules {
                monitored: guild.monitored_channels.iter().copied().collect(),
                opted_out: guild.opted_out.iter().copied().collect(),
                opted_in: guild.opted_in.as_ref().map(|members| members.iter().copied().collect()),
            };
            (guild.guild_id, rules)
        });
        Self {
            version: config.filter_version.clone(),
            prefix: config.command_prefix.clone(),
            guilds: guilds.collect(),
            own_channels: config.own_channels.iter().copied().collect(),
        }
    }

    /// The `filter_version` they were made from; empty by default.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether somebody waits for what happens here, whoever wrote it: direct messages, the bot's own channels, monitored ones.
    pub fn concerns(&self, place: Place) -> bool {
        self.is_ours(place) || self.is_monitored(place)
    }

    /// Whether `author`'s `text`, written at `place`, may leave the relay.
    pub fn allows_text(&self, place: Place, author: Snowflake, text: &str) -> bool {
        let is_command = !self.prefix.is_empty() && text.starts_with(&self.prefix);
        is_command || self.is_ours(place) || (self.is_monitored(place) && !self.is_unwatched(place, author))
    }

    /// Whether a text that was allowed when it came must not leave any more: its author has opted out meanwhile, or not opted in.
    pub fn withholds(&self, body: &EventBody) -> bool {
        let (EventBody::MessageCreated { guild_id, channel_id, parent_id, author_id, text: Some(text), .. }
        | EventBody::MessageUpdated { guild_id, channel_id, parent_id, author_id, text: Some(text), .. }) = body
        else {
            return false;
        };
        let place = Place { guild_id: *guild_id, channel_id: *channel_id, parent_id: *parent_id, own_thread: false };
        self.is_unwatched(place, *author_id) && self.is_monitored(place) && !self.allows_text(place, *author_id, text)
    }

    fn is_ours(&self, place: Place) -> bool {
        place.guild_id.is_none() || place.own_thread || self.own_channels.contains(&place.channel_id)
    }

    fn guild(&self, place: Place) -> Option<&GuildRules> {
        self.guilds.get(&place.guild_id?)
    }

    fn is_monitored(&self, place: Place) -> bool {
        self.guild(place).is_some_and(|guild| {
            let parent = place.parent_id.is_some_and(|parent| guild.monitored.contains(&parent));
            parent || guild.monitored.contains(&place.channel_id)
        })
    }

    /// Has opted out, or has not opted in where that is asked for.
    fn is_unwatched(&self, place: Place, author: Snowflake) -> bool {
        self.guild(place).is_some_and(|guild| {
            guild.opted_out.contains(&author)
                || guild.opted_in.as_ref().is_some_and(|members| !members.contains(&author))
        })
    }
}
