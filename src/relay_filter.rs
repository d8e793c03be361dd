//! Which text may leave the relay: made of the database's tables, named by a version, announced in Upstash.
//!
//! A feature that changed what the filter is made of (a ticket was opened, a setting chosen, a member opted out) calls [`changed`].

use std::{ops::Deref, rc::Rc};

use chrono::TimeDelta;
use from_json::{FromJson, json};
use relay_wire::{Erasure, GuildFilter, RelayConfig, Replay, Snowflake, VERSION};
use serde::Serialize;

use crate::{
    clients::redis::{Command, Reply},
    command,
    context::{Cx, logged},
    error::{Error, Failure, Result, Service, ServiceError},
};

/// Settings that `relay_filter` reads in SQL; a test holds the two together.
pub const SETTINGS: &[&str] = &["crisis.monitored_channels", "crisis.opt_in"];

/// Sorted set in Upstash: relays by when they were last heard of (ms).
pub const RELAYS_HEARD: &str = "relay:heard";

/// How old the copy in memory may get. DESIGN section 1 allows 10 s.
const MAX_AGE: TimeDelta = TimeDelta::seconds(10);
/// While Supabase does not answer, it is asked this often.
const AFTER_FAILURE: TimeDelta = TimeDelta::seconds(2);
/// A channel may be missing in a copy for this long after its creation: whoever made it has noted what it is by then.
const YOUNG: TimeDelta = TimeDelta::minutes(10);

/// Sorted set in Upstash: versions by the moment of the database at which they were true. The highest is the one that
/// counts, so that an answer that was overtaken on its way cannot bring an old version back.
const VERSIONS_KEY: &str = "relay:filter_versions";
const VERSIONS_KEPT: i64 = 4;

/// What the function `relay_filter` answers.
#[derive(FromJson)]
struct Content {
    as_of: i64,
    #[serde(flatten)]
    rules: Rules,
}

#[derive(Serialize, FromJson)]
struct Rules {
    guilds: Vec<GuildFilter>,
    own_channels: Vec<Snowflake>,
    erase: Vec<Erasure>,
    replay: Vec<Replay>,
    talks: Vec<Talk>,
}

/// Where somebody talks with Ash, or did in the last days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct Talk {
    pub channel_id: Snowflake,
    pub member_id: Snowflake,
    /// In a channel that others read and write, too.
    pub is_open: bool,
}

/// What the relay is told, and what only the Worker needs to know.
pub struct Filter {
    pub config: RelayConfig,
    talks: Vec<Talk>,
}

impl Deref for Filter {
    type Target = RelayConfig;

    fn deref(&self) -> &RelayConfig {
        &self.config
    }
}

/// Whether the filter reads this setting, so that a change of it must be told.
pub fn reads(setting: &str) -> bool {
    SETTINGS.contains(&setting)
}

/// Makes the filter anew and announces its version, so that every relay fetches it.
///
/// A failure is only logged: what the caller changed is stored, and the next look of any isolate announces it.
pub async fn changed(cx: &Cx) {
    cx.filter.expire();
    cx.orders.expire();
    logged(cx, "relay_filter", fresh(cx).await);
}

/// The filter as it is at this moment.
///
/// # Errors
/// If Supabase does not answer. An older copy is not offered: the relay has one itself.
pub async fn fresh(cx: &Cx) -> Result<Rc<Filter>> {
    let asked = cx.supabase.rpc::<Content>("relay_filter", &json!({"at": cx.now})).await;
    let content = match asked {
        Ok(content) => content,
        Err(error) => {
            cx.filter_failed.keep(cx.now, ());
            return Err(error.into());
        }
    };
    let name = name_of(&content.rules);
    let Rules { guilds, own_channels, erase, replay, talks } = content.rules;
    let config = RelayConfig {
        v: VERSION,
        filter_version: version(cx, &name),
        command_prefix: cx.config.command_prefix.clone(),
        guilds,
        own_channels,
        erase,
        replay,
    };
    let filter = Rc::new(Filter { config, talks });
    cx.filter.keep(cx.now, filter.clone());
    // What Upstash said last is what the relays were told last.
    if cx.orders.get(cx.now, MAX_AGE).is_none_or(|told| told.filter_version != filter.filter_version) {
        let announce = [
            command!["ZADD", VERSIONS_KEY, "GT", content.as_of, name],
            command!["ZREMRANGEBYRANK", VERSIONS_KEY, 0, -1 - VERSIONS_KEPT],
        ];
        logged(cx, "relay_filter", cx.redis.pipeline(&announce).await.map_err(Into::into));
        cx.orders.expire();
    }
    Ok(filter)
}

/// The filter, at most ten seconds old. While Supabase is down the last copy serves, whatever its age.
pub async fn copy(cx: &Cx) -> Result<Rc<Filter>> {
    if let Some(copy) = cx.filter.get(cx.now, MAX_AGE) {
        return Ok(copy);
    }
    let last = cx.filter.last();
    let result = match (cx.filter_failed.get(cx.now, AFTER_FAILURE), &last) {
        (Some(()), Some(old)) => return Ok(old.clone()),
        // A delivery of 200 events must not ask 200 times.
        (Some(()), None) => return Err(not_again()),
        (None, _) => fresh(cx).await,
    };
    match (result, last) {
        (Err(error), Some(old)) => {
            cx.log_failure("relay_filter", &error);
            Ok(old)
        }
        (result, _) => result,
    }
}

/// It failed a moment ago.
fn not_again() -> Error {
    let kind = Failure::Unreachable("it did not answer a moment ago".to_owned());
    Error::Service(ServiceError::new(Service::Supabase, "rpc relay_filter", kind))
}

/// Asks Upstash for the version that counts.
pub fn version_command() -> Command {
    command!["ZRANGE", VERSIONS_KEY, 0, 0, "REV"]
}

/// The version in the reply to [`version_command`]. Without one it is made here; empty if that is not possible either,
/// and then the relays keep what they have.
pub async fn version_of(cx: &Cx, reply: Option<&Reply>) -> String {
    if let Some(name) = reply.and_then(|reply| reply.array().first()?.text()) {
        let version = version(cx, name);
        if cx.filter.last().is_some_and(|copy| copy.filter_version != version) {
            cx.filter.expire();
        }
        return version;
    }
    logged(cx, "relay_filter", copy(cx).await).map(|copy| copy.filter_version.clone()).unwrap_or_default()
}

/// Where somebody wrote.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub guild_id: Snowflake,
    pub channel_id: Snowflake,
    /// The channel a thread belongs to.
    pub parent_id: Option<Snowflake>,
}

/// Whether somebody may have to keep what was written at `place`: everywhere but in channels that are monitored and not
/// the bot's own. Told by the copy alone.
///
/// # Errors
/// If that cannot be known right now.
pub async fn may_be_own(cx: &Cx, place: Place) -> Result<bool> {
    let filter = copy(cx).await?;
    Ok(filter.own_channels.contains(&place.channel_id) || !is_monitored(&filter, place))
}

/// Whether an open ticket is there: an own channel in which nobody talks with Ash alone. None if the last copy knows of no
/// channel of ours there.
pub fn is_open_ticket(cx: &Cx, channel: Snowflake) -> Option<bool> {
    let filter = cx.filter.last()?;
    let is_talk = filter.talks.iter().any(|talk| talk.channel_id == channel && !talk.is_open);
    filter.own_channels.contains(&channel).then_some(!is_talk)
}

/// Who talks with Ash there, if anybody does: a channel has one at a time, or several if others read it.
///
/// # Errors
/// If that cannot be known right now.
pub async fn talks(cx: &Cx, channel: Snowflake, message: Snowflake) -> Result<Vec<Talk>> {
    let of = |filter: &Filter| -> Vec<Talk> {
        filter.talks.iter().filter(|talk| talk.channel_id == channel).cloned().collect()
    };
    let found = of(&*copy(cx).await?);
    if !found.is_empty() || !knows(cx, channel, message, |filter| !of(filter).is_empty()).await? {
        return Ok(found);
    }
    Ok(of(&*copy(cx).await?))
}

/// Whether somebody has opted out of being watched, or not said yes where that is asked for.
///
/// # Errors
/// If that cannot be known right now.
pub async fn is_unwatched(cx: &Cx, place: Place, author: Snowflake) -> Result<bool> {
    Ok(opted_out(&*copy(cx).await?, place, author))
}

/// Whether the text of a message that `author` wrote at `place` may be read.
///
/// # Errors
/// If that cannot be known right now.
pub async fn allows_text(cx: &Cx, place: Place, author: Snowflake, message: Snowflake) -> Result<bool> {
    knows(cx, place.channel_id, message, |filter| allows(filter, place, author)).await
}

/// Whether `author` wants nothing of theirs to be looked at in this guild, wherever it was written. Told by the copy alone.
///
/// # Errors
/// If that cannot be known right now.
pub async fn has_opted_out(cx: &Cx, guild: Snowflake, author: Snowflake) -> Result<bool> {
    let filter = copy(cx).await?;
    Ok(filter.guilds.iter().any(|one| one.guild_id == guild && one.opted_out.contains(&author)))
}

/// The relay's own rule, but for prefix and direct messages.
pub fn allows(filter: &RelayConfig, place: Place, author: Snowflake) -> bool {
    let is_own = filter.own_channels.contains(&place.channel_id);
    (is_monitored(filter, place) && !opted_out(filter, place, author)) || is_own
}

fn opted_out(filter: &RelayConfig, place: Place, author: Snowflake) -> bool {
    guild_of(filter, place).is_some_and(|guild| {
        guild.opted_out.contains(&author) || guild.opted_in.as_ref().is_some_and(|members| !members.contains(&author))
    })
}

fn is_monitored(filter: &RelayConfig, place: Place) -> bool {
    guild_of(filter, place).is_some_and(|guild| {
        let is = |channel| guild.monitored_channels.contains(&channel);
        is(place.channel_id) || place.parent_id.is_some_and(is)
    })
}

fn guild_of(filter: &RelayConfig, place: Place) -> Option<&GuildFilter> {
    filter.guilds.iter().find(|guild| guild.guild_id == place.guild_id)
}

/// What was true before `message` was written says nothing of a channel that was made just then: the store is asked again,
/// once for all messages of a delivery, while the channel is young.
async fn knows(cx: &Cx, channel: Snowflake, message: Snowflake, ask: impl Fn(&Filter) -> bool) -> Result<bool> {
    if ask(&*copy(cx).await?) {
        return Ok(true);
    }
    let age = |id: Snowflake| TimeDelta::milliseconds(cx.now.timestamp_millis() - id.created_at_ms());
    if age(channel) > YOUNG {
        return Ok(false);
    }
    // At least a millisecond, so that a clock that is behind Discord's asks once as well.
    match cx.filter.get(cx.now, age(message).max(TimeDelta::milliseconds(1))) {
        Some(copy) => Ok(ask(&copy)),
        None if cx.filter_failed.get(cx.now, AFTER_FAILURE).is_some() => Err(not_again()),
        None => Ok(ask(&*fresh(cx).await?)),
    }
}

/// A name for the content: the same for the same content, another one for another.
///
/// FNV-1a with 64 bits is enough: only versions that follow each other are compared, and nobody who wants a collision
/// chooses the ids that are hashed.
fn name_of(rules: &Rules) -> String {
    let bytes = serde_json::to_vec(rules).unwrap_or_default();
    format!("{:016x}", relay_wire::fnv1a(bytes))
}

/// The whole version. The prefix comes with the deployment, so that a new one shows at once; in hex, because the version
/// travels as an ETag and the prefix may be any character.
fn version(cx: &Cx, name: &str) -> String {
    format!("{VERSION}-{}-{name}", hex::encode(&cx.config.command_prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter() -> RelayConfig {
        RelayConfig {
            guilds: vec![GuildFilter {
                guild_id: Snowflake(1),
                monitored_channels: vec![Snowflake(10)],
                opted_out: vec![Snowflake(101)],
                opted_in: None,
            }],
            own_channels: vec![Snowflake(12)],
            ..RelayConfig::default()
        }
    }

    #[test]
    fn text_is_read_where_it_is_monitored_and_of_nobody_who_opted_out() {
        let at = |guild: u64, channel: u64, parent: Option<u64>, author: u64| {
            let parent_id = parent.map(Snowflake);
            let place = Place { guild_id: Snowflake(guild), channel_id: Snowflake(channel), parent_id };
            allows(&filter(), place, Snowflake(author))
        };
        assert!(at(1, 10, None, 100));
        assert!(at(1, 20, Some(10), 100), "a thread of it");
        assert!(!at(1, 10, None, 101), "opted out");
        assert!(!at(1, 11, None, 100), "another channel");
        assert!(!at(2, 10, None, 100), "the same number in another guild");
        assert!(at(1, 12, None, 101), "their own ticket");
    }

    #[test]
    fn where_members_are_asked_first_only_those_who_said_yes_are_read() {
        let mut filter = filter();
        filter.guilds[0].opted_in = Some(vec![Snowflake(100), Snowflake(101)]);
        let at = |channel: u64, author: u64| {
            let place = Place { guild_id: Snowflake(1), channel_id: Snowflake(channel), parent_id: None };
            allows(&filter, place, Snowflake(author))
        };
        assert!(at(10, 100));
        assert!(!at(10, 101), "opted out later");
        assert!(!at(10, 102), "was not asked");
        assert!(at(12, 102), "their own ticket");
    }

    #[test]
    fn another_content_has_another_name() {
        let name = |own: &[u64]| {
            let own_channels = own.iter().copied().map(Snowflake).collect();
            name_of(&Rules { guilds: vec![], own_channels, erase: vec![], replay: vec![], talks: vec![] })
        };
        assert_eq!(name(&[1, 2]), name(&[1, 2]));
        assert_ne!(name(&[1, 2]), name(&[1, 3]));
        assert_ne!(name(&[12]), name(&[1, 2]));
    }
}
