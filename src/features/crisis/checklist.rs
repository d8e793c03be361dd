//! What a guild still lacks before detection may run, and who outside the team can read its channels. Pure.

use relay_wire::Snowflake;
use twilight_model::guild::Permissions;

use super::settings::{
    ACCEPTED_READERS, ADMIN_ROLE, CONTACT, CRISIS_CHANNEL, CRITICAL_CHANNEL, CRT_ROLE, LEAD_CHANNEL, MONITOR_CHANNEL,
    MONITORED_CHANNELS, NOTES_CHANNEL, NOTICES, PRIVACY_URL, REPORT_CHANNEL, SECOND_ROLE, USE_NLP,
};
use crate::{
    discord::{
        channel::{Channel, Guild, Member, Overwrite},
        read::Author,
    },
    settings::{Setting, Settings},
};

/// Where only the team may read; alerts go to the first [`ALERT_CHANNELS`] of them.
pub const TEAM_CHANNELS: [Setting; 6] =
    [MONITOR_CHANNEL, CRISIS_CHANNEL, CRITICAL_CHANNEL, LEAD_CHANNEL, NOTES_CHANNEL, REPORT_CHANNEL];
pub const ALERT_CHANNELS: usize = 4;
pub const TEAM_ROLES: [Setting; 3] = [CRT_ROLE, SECOND_ROLE, ADMIN_ROLE];

const POSTS: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::READ_MESSAGE_HISTORY);
const READS: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::READ_MESSAGE_HISTORY);

/// What is known at that moment.
pub struct Facts<'a> {
    pub guild: &'a Guild,
    pub channels: &'a [Channel],
    /// The bot itself.
    pub bot: &'a Member,
    pub settings: &'a Settings,
    pub has_state_keys: bool,
    pub has_nlp: bool,
}

/// A line of the checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    Monitored,
    Channels,
    Roles,
    Posting,
    Readers,
    Notices,
    Contact,
    PrivacyUrl,
    Retention,
    Keys,
    Detector,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Everyone,
    Role(Snowflake),
    Member(Snowflake),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Wrong {
    /// By the key of the setting.
    NotChosen(&'static str),
    /// What was chosen there does not exist any more.
    Gone(&'static str),
    /// @everyone was chosen as a role of the team.
    RoleIsEveryone(&'static str),
    Lacks {
        channel: Snowflake,
        lacks: Permissions,
    },
    CannotPing(Snowflake),
    ReadBy {
        channel: Snowflake,
        readers: Vec<Reader>,
    },
    NoNotice(Vec<Snowflake>),
    NoKeys,
    NoNlp,
}

pub type Checked = (Check, Vec<Wrong>);

/// Every line in the order of the page, with what is wrong.
pub fn of(facts: &Facts) -> Vec<Checked> {
    let monitored = monitored(facts.settings);
    let mut watching = vec![];
    if monitored.is_empty() {
        watching.push(Wrong::NotChosen(MONITORED_CHANNELS.key));
    }
    watching.extend(monitored.iter().filter_map(|id| lacking(facts, *id, READS)));
    let channels =
        TEAM_CHANNELS.iter().enumerate().filter_map(|(at, setting)| missing(facts, setting, at < 2)).collect();
    let roles = TEAM_ROLES.iter().enumerate().filter_map(|(at, setting)| role_wrong(facts, setting, at == 0)).collect();
    let mut posting: Vec<Wrong> = vec![];
    let mut readers: Vec<Wrong> = vec![];
    for channel in team_channels(facts) {
        posting.extend(lacking(facts, channel.id, POSTS));
        posting.extend(cannot_ping(facts, channel).filter(|wrong| !posting.contains(wrong)));
        let outside = outsiders(facts, channel);
        if !outside.is_empty() {
            readers.push(Wrong::ReadBy { channel: channel.id, readers: outside });
        }
    }
    let without: Vec<Snowflake> = monitored.into_iter().filter(|id| !has_notice(facts.settings, *id)).collect();
    let notices = if without.is_empty() { vec![] } else { vec![Wrong::NoNotice(without)] };
    let written = |setting: &Setting| match facts.settings.text(setting).trim() {
        "" => vec![Wrong::NotChosen(setting.key)],
        _ => vec![],
    };
    let when = |is_wrong: bool, wrong: Wrong| if is_wrong { vec![wrong] } else { vec![] };
    vec![
        (Check::Monitored, watching),
        (Check::Channels, channels),
        (Check::Roles, roles),
        (Check::Posting, posting),
        (Check::Readers, readers),
        (Check::Notices, notices),
        (Check::Contact, written(&CONTACT)),
        (Check::PrivacyUrl, written(&PRIVACY_URL)),
        // There is always a number of days.
        (Check::Retention, vec![]),
        (Check::Keys, when(!facts.has_state_keys, Wrong::NoKeys)),
        (Check::Detector, when(!facts.has_nlp && facts.settings.switch(&USE_NLP), Wrong::NoNlp)),
    ]
}

/// What is wrong with the team's channels and roles, by the key of the setting that is to blame.
pub fn of_team(facts: &Facts) -> Vec<(&'static str, Wrong)> {
    let mut found = vec![];
    for (at, setting) in TEAM_CHANNELS.iter().enumerate() {
        let Some(id) = facts.settings.id(setting) else { continue };
        let wrong = missing(facts, setting, false).or_else(|| lacking(facts, id, POSTS)).or_else(|| {
            let outside = outsiders(facts, channel(facts, id)?);
            (!outside.is_empty()).then_some(Wrong::ReadBy { channel: id, readers: outside })
        });
        let wrong = wrong.or_else(|| cannot_ping(facts, channel(facts, id)?).filter(|_| (1..=2).contains(&at)));
        found.extend(wrong.map(|wrong| (setting.key, wrong)));
    }
    let roles = TEAM_ROLES.iter().filter_map(|setting| Some((setting.key, role_wrong(facts, setting, false)?)));
    found.extend(roles);
    found
}

/// Whether somebody outside the team can read where alerts go.
pub fn alerts_are_public(facts: &Facts) -> bool {
    let alerts = TEAM_CHANNELS.iter().take(ALERT_CHANNELS).filter_map(|setting| facts.settings.id(setting));
    alerts.filter_map(|id| channel(facts, id)).any(|channel| !outsiders(facts, channel).is_empty())
}

/// Where the team can be told something that nobody else reads.
pub fn private_channel(facts: &Facts) -> Option<Snowflake> {
    let fits = |channel: &&Channel| outsiders(facts, channel).is_empty() && lacking(facts, channel.id, POSTS).is_none();
    team_channels(facts).into_iter().find(fits).map(|channel| channel.id)
}

/// The team's channels that exist, each once.
pub fn team_channels<'a>(facts: &Facts<'a>) -> Vec<&'a Channel> {
    let mut found: Vec<&Channel> = vec![];
    for id in TEAM_CHANNELS.iter().filter_map(|setting| facts.settings.id(setting)) {
        let is_known = found.iter().any(|one| one.id == id);
        found.extend(channel(facts, id).filter(|_| !is_known));
    }
    found
}

pub fn monitored(settings: &Settings) -> Vec<Snowflake> {
    let chosen = settings.value(&MONITORED_CHANNELS);
    chosen.as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok()).collect()
}

pub fn has_notice(settings: &Settings, channel: Snowflake) -> bool {
    settings.value(&NOTICES).get(channel.to_string()).is_some()
}

/// Who can read a channel by the guild's roles, but for administrators and the bot.
pub fn readers(facts: &Facts, channel: &Channel) -> Vec<Reader> {
    // 0 is nobody: what a role alone gives.
    let reads = |roles: Vec<Snowflake>| {
        let member = Member { user: Author::of(Snowflake(0)), roles };
        facts.guild.permissions_in(&member, channel).contains(Permissions::VIEW_CHANNEL)
    };
    if reads(vec![]) {
        return vec![Reader::Everyone];
    }
    let roles = facts.guild.roles.iter().filter(|role| {
        let is_bots = facts.bot.roles.contains(&role.id);
        !is_bots && role.id != facts.guild.id && !role.permissions.0.contains(Permissions::ADMINISTRATOR)
    });
    let mut found: Vec<Reader> = roles.filter(|role| reads(vec![role.id])).map(|role| Reader::Role(role.id)).collect();
    let members = channel.permission_overwrites.iter().filter(|one| {
        let reads = one.kind == Overwrite::MEMBER && one.allow.0.contains(Permissions::VIEW_CHANNEL);
        reads && one.id != facts.bot.user.id && one.id != facts.guild.owner_id
    });
    found.extend(members.map(|one| Reader::Member(one.id)));
    found
}

/// Those of them that are not of the team and that nobody accepted.
pub fn outsiders(facts: &Facts, channel: &Channel) -> Vec<Reader> {
    let team: Vec<Snowflake> = TEAM_ROLES.iter().filter_map(|setting| facts.settings.id(setting)).collect();
    let accepted = facts.settings.value(&ACCEPTED_READERS);
    let accepted = accepted.get(channel.id.to_string());
    let is_accepted = |id: Snowflake| {
        accepted.and_then(|ids| ids.as_array()).is_some_and(|ids| ids.iter().any(|one| one == id.to_string().as_str()))
    };
    let is_outside = |reader: &Reader| match reader {
        Reader::Everyone => !is_accepted(facts.guild.id),
        // A role of the team that everybody has makes nobody one of the team.
        Reader::Role(role) => !team.contains(role) && !is_accepted(*role),
        Reader::Member(member) => !is_accepted(*member),
    };
    readers(facts, channel).into_iter().filter(is_outside).collect()
}

fn channel<'a>(facts: &Facts<'a>, id: Snowflake) -> Option<&'a Channel> {
    facts.channels.iter().find(|one| one.id == id)
}

fn missing(facts: &Facts, setting: &Setting, is_needed: bool) -> Option<Wrong> {
    match facts.settings.id(setting) {
        None => is_needed.then_some(Wrong::NotChosen(setting.key)),
        Some(id) => channel(facts, id).is_none().then_some(Wrong::Gone(setting.key)),
    }
}

fn role_wrong(facts: &Facts, setting: &Setting, is_needed: bool) -> Option<Wrong> {
    match facts.settings.id(setting) {
        None => is_needed.then_some(Wrong::NotChosen(setting.key)),
        Some(id) if id == facts.guild.id => Some(Wrong::RoleIsEveryone(setting.key)),
        Some(id) if facts.guild.roles.iter().all(|role| role.id != id) => Some(Wrong::Gone(setting.key)),
        Some(_) => None,
    }
}

/// What the bot may not do in a channel; of one that is gone, everything.
fn lacking(facts: &Facts, id: Snowflake, needed: Permissions) -> Option<Wrong> {
    let held = channel(facts, id).map(|channel| facts.guild.permissions_in(facts.bot, channel));
    let lacks = needed - held.unwrap_or(Permissions::empty());
    (!lacks.is_empty()).then_some(Wrong::Lacks { channel: id, lacks })
}

fn cannot_ping(facts: &Facts, channel: &Channel) -> Option<Wrong> {
    let id = facts.settings.id(&CRT_ROLE)?;
    let role = facts.guild.roles.iter().find(|role| role.id == id)?;
    let may = facts.guild.permissions_in(facts.bot, channel).contains(Permissions::MENTION_EVERYONE);
    (!role.mentionable && !may).then_some(Wrong::CannotPing(id))
}
