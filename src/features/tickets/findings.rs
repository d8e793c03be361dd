//! What is wrong with a guild's set-up for tickets, from what Discord and the database say of it. Pure.

use relay_wire::Snowflake;
use twilight_model::guild::Permissions;

use super::{rules, store::Category};
use crate::discord::{
    channel::{Channel, Guild, Member, Overwrite, kind},
    read::Author,
};

/// What is known at that moment.
pub struct Facts<'a> {
    pub guild: &'a Guild,
    pub channels: &'a [Channel],
    /// The bot itself.
    pub bot: &'a Member,
    pub categories: &'a [Category],
    pub staff_role: Option<Snowflake>,
    pub pings_staff: bool,
    pub parent: Option<Snowflake>,
    pub overflow_parent: Option<Snowflake>,
    pub archive_parent: Option<Snowflake>,
    pub log_channel: Option<Snowflake>,
    /// Panels with the channel, and whether they show what there was.
    pub panels: &'a [(Snowflake, bool)],
    /// Channels that look like a ticket's and are none's.
    pub strays: &'a [Snowflake],
}

/// A place or role of the set-up, as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    StaffRole,
    Parent,
    OverflowParent,
    ArchiveParent,
    LogChannel,
    Panel,
    /// Of a kind of ticket, by its name.
    StaffRoleOf(String),
    ParentOf(String),
    RequiredRoleOf(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    Role(Snowflake),
    Member(Snowflake),
    Everyone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// In the whole guild.
    Lacks(Permissions),
    LacksIn {
        part: Part,
        channel: Snowflake,
        lacks: Permissions,
    },
    RoleGone(Part),
    ChannelGone(Part),
    /// @everyone was chosen: nobody is staff by it.
    StaffIsEveryone(Part),
    /// The kinds that nobody but administrators answers.
    NoStaff(Vec<String>),
    /// The role can be pinged neither by the bot nor by anybody.
    CannotPing(Snowflake),
    NoLog,
    LogOpenTo {
        channel: Snowflake,
        readers: Vec<Reader>,
    },
    NearlyFull {
        channel: Snowflake,
        channels: usize,
    },
    GuildNearlyFull(usize),
    NoPanel,
    PanelOld(Snowflake),
    Strays(Vec<Snowflake>),
}

/// A category takes 50, a guild 500. Source: Discord's limits, in the project's notes.
const FULL: usize = 50;
const NEARLY_FULL: usize = 45;
const GUILD_NEARLY_FULL: usize = 480;

/// Bits can only be given to others by who holds them.
const IN_GUILD: Permissions = rules::TAKES_PART.union(Permissions::MANAGE_CHANNELS).union(Permissions::MANAGE_ROLES);
const FOR_THREADS: Permissions =
    Permissions::CREATE_PRIVATE_THREADS.union(Permissions::SEND_MESSAGES_IN_THREADS).union(Permissions::MANAGE_THREADS);
const IN_LOG: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::ATTACH_FILES)
    .union(Permissions::READ_MESSAGE_HISTORY);
const IN_PANEL: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::CREATE_PRIVATE_THREADS)
    .union(Permissions::SEND_MESSAGES_IN_THREADS);

/// Everything that is wrong, the most important first.
pub fn of(facts: &Facts) -> Vec<Finding> {
    let mut found = vec![];
    let held = facts.guild.permissions_of(facts.bot);
    let lacking = (IN_GUILD | FOR_THREADS) - held;
    if !lacking.is_empty() {
        found.push(Finding::Lacks(lacking));
    }
    staff(facts, held, &mut found);
    for (part, channel) in parents(facts) {
        place(facts, part, channel, kind::CATEGORY, IN_GUILD - lacking, &mut found);
    }
    full(facts, &mut found);
    match facts.log_channel {
        None => found.push(Finding::NoLog),
        Some(log) => {
            place(facts, Part::LogChannel, log, kind::TEXT, IN_LOG - lacking, &mut found);
            log_readers(facts, log, &mut found);
        }
    }
    panels(facts, lacking, &mut found);
    if !facts.strays.is_empty() {
        found.push(Finding::Strays(facts.strays.to_vec()));
    }
    found
}

fn staff(facts: &Facts, held: Permissions, found: &mut Vec<Finding>) {
    let exists = |role: Snowflake| facts.guild.roles.iter().find(|one| one.id == role);
    let of_category = |category: &Category| (category.staff_role_id, category.name.clone());
    let mut all = vec![(facts.staff_role, Part::StaffRole)];
    all.extend(facts.categories.iter().map(of_category).map(|(role, name)| (role, Part::StaffRoleOf(name))));
    let required = facts.categories.iter().map(|one| (one.required_role_id, Part::RequiredRoleOf(one.name.clone())));
    for (role, part) in all.iter().cloned().chain(required) {
        if role.is_some_and(|role| exists(role).is_none()) {
            found.push(Finding::RoleGone(part));
        } else if role == Some(facts.guild.id) {
            found.push(Finding::StaffIsEveryone(part));
        }
    }
    let without: Vec<String> = facts
        .categories
        .iter()
        .filter(|category| category.staff_role_id.or(facts.staff_role).is_none())
        .map(|category| category.name.clone())
        .collect();
    if !without.is_empty() {
        found.push(Finding::NoStaff(without));
    }
    if facts.pings_staff && !held.contains(Permissions::MENTION_EVERYONE) {
        let mut roles: Vec<Snowflake> = all.iter().filter_map(|(role, _)| *role).collect();
        roles.dedup();
        let mute = roles.into_iter().filter(|role| exists(*role).is_some_and(|role| !role.mentionable));
        found.extend(mute.map(Finding::CannotPing));
    }
}

/// Every Discord category that a ticket may come to, once.
fn parents(facts: &Facts) -> Vec<(Part, Snowflake)> {
    let mut all: Vec<(Part, Snowflake)> = [
        (Part::Parent, facts.parent),
        (Part::OverflowParent, facts.overflow_parent),
        (Part::ArchiveParent, facts.archive_parent),
    ]
    .into_iter()
    .filter_map(|(part, channel)| Some((part, channel?)))
    .collect();
    for category in facts.categories {
        if let Some(parent) = category.parent_id.filter(|parent| all.iter().all(|(_, known)| known != parent)) {
            all.push((Part::ParentOf(category.name.clone()), parent));
        }
    }
    all
}

fn place(facts: &Facts, part: Part, id: Snowflake, wanted_kind: u8, needed: Permissions, found: &mut Vec<Finding>) {
    let channel = facts.channels.iter().find(|one| one.id == id);
    let Some(channel) = channel.filter(|one| (one.kind == kind::CATEGORY) == (wanted_kind == kind::CATEGORY)) else {
        found.push(Finding::ChannelGone(part));
        return;
    };
    let lacks = needed - facts.guild.permissions_in(facts.bot, channel);
    if !lacks.is_empty() {
        found.push(Finding::LacksIn { part, channel: id, lacks });
    }
}

fn full(facts: &Facts, found: &mut Vec<Finding>) {
    for (_, parent) in parents(facts) {
        let channels = facts.channels.iter().filter(|one| one.parent_id == Some(parent)).count();
        if channels >= NEARLY_FULL {
            found.push(Finding::NearlyFull { channel: parent, channels: channels.min(FULL) });
        }
    }
    if facts.channels.len() >= GUILD_NEARLY_FULL {
        found.push(Finding::GuildNearlyFull(facts.channels.len()));
    }
}

/// Who reads transcripts besides staff: whoever manages the guild is staff.
fn log_readers(facts: &Facts, log: Snowflake, found: &mut Vec<Finding>) {
    let Some(channel) = facts.channels.iter().find(|one| one.id == log) else { return };
    let may_read = |user: Snowflake, roles: Vec<Snowflake>| {
        let member = Member { user: Author::of(user), roles };
        facts.guild.permissions_in(&member, channel).contains(Permissions::VIEW_CHANNEL)
    };
    // 0 is nobody: what a role alone gives.
    if may_read(Snowflake(0), vec![]) {
        found.push(Finding::LogOpenTo { channel: log, readers: vec![Reader::Everyone] });
        return;
    }
    let staff: Vec<Snowflake> =
        facts.categories.iter().filter_map(|one| one.staff_role_id).chain(facts.staff_role).collect();
    let managing = Permissions::ADMINISTRATOR | Permissions::MANAGE_GUILD;
    let others = facts.guild.roles.iter().filter(|role| {
        let is_staff = staff.contains(&role.id) || role.permissions.0.intersects(managing);
        !is_staff && role.id != facts.guild.id && !facts.bot.roles.contains(&role.id)
    });
    let mut readers: Vec<Reader> =
        others.filter(|role| may_read(Snowflake(0), vec![role.id])).map(|role| Reader::Role(role.id)).collect();
    let members = channel.permission_overwrites.iter().filter(|one| {
        one.kind == Overwrite::MEMBER && one.id != facts.bot.user.id && one.allow.0.contains(Permissions::VIEW_CHANNEL)
    });
    readers.extend(members.map(|one| Reader::Member(one.id)));
    if !readers.is_empty() {
        found.push(Finding::LogOpenTo { channel: log, readers });
    }
}

fn panels(facts: &Facts, lacking: Permissions, found: &mut Vec<Finding>) {
    if facts.panels.is_empty() {
        found.push(Finding::NoPanel);
    }
    let mut seen: Vec<Snowflake> = vec![];
    for (channel, is_old) in facts.panels {
        // One that was deleted with its channel is no trouble.
        if !facts.channels.iter().any(|one| one.id == *channel) || seen.contains(channel) {
            continue;
        }
        seen.push(*channel);
        place(facts, Part::Panel, *channel, kind::TEXT, IN_PANEL - lacking, found);
        if *is_old {
            found.push(Finding::PanelOld(*channel));
        }
    }
}

#[cfg(test)]
mod tests {
    use from_json::FromJson;
    use from_json::{Value, json};

    use super::*;

    const GUILD: u64 = 1;
    const BOT_ROLE: u64 = 2;
    const STAFF: u64 = 3;
    const BOT: u64 = 9;

    /// A guild whose @everyone may see channels; bits of the bot's role as given.
    fn guild(bot_may: Permissions, more: &[Value]) -> Guild {
        let mut roles = vec![
            json!({"id": GUILD.to_string(), "permissions": Permissions::VIEW_CHANNEL.bits().to_string()}),
            json!({"id": BOT_ROLE.to_string(), "permissions": bot_may.bits().to_string()}),
            json!({"id": STAFF.to_string(), "permissions": "0"}),
        ];
        roles.extend(more.iter().cloned());
        Guild::from_json(&json!({"id": GUILD.to_string(), "owner_id": "8", "roles": roles})).unwrap()
    }

    fn channel(id: u64, kind: u8, parent: Option<u64>, overwrites: &[Overwrite]) -> Channel {
        let parent = parent.map(|parent| parent.to_string());
        let channel =
            json!({"id": id.to_string(), "type": kind, "parent_id": parent, "permission_overwrites": overwrites});
        Channel::from_json(&channel).unwrap()
    }

    /// Hidden from everybody but staff and the bot.
    fn log(more: &[Overwrite]) -> Channel {
        let nothing = Permissions::empty();
        let mut overwrites = vec![
            Overwrite::role(Snowflake(GUILD), nothing, Permissions::VIEW_CHANNEL),
            Overwrite::role(Snowflake(STAFF), Permissions::VIEW_CHANNEL, nothing),
            Overwrite::member(Snowflake(BOT), Permissions::VIEW_CHANNEL, nothing),
        ];
        overwrites.extend_from_slice(more);
        channel(20, kind::TEXT, None, &overwrites)
    }

    fn look(guild: &Guild, channels: &[Channel]) -> Vec<Finding> {
        let bot = json!({"user": {"id": BOT.to_string()}, "roles": [BOT_ROLE.to_string()]});
        let bot = Member::from_json(&bot).unwrap();
        of(&Facts {
            guild,
            channels,
            bot: &bot,
            categories: &[],
            staff_role: Some(Snowflake(STAFF)),
            pings_staff: true,
            parent: Some(Snowflake(10)),
            overflow_parent: None,
            archive_parent: None,
            log_channel: Some(Snowflake(20)),
            panels: &[(Snowflake(30), false)],
            strays: &[],
        })
    }

    fn all() -> Permissions {
        IN_GUILD | FOR_THREADS | Permissions::MENTION_EVERYONE
    }

    fn places(log: Channel) -> Vec<Channel> {
        vec![channel(10, kind::CATEGORY, None, &[]), log, channel(30, kind::TEXT, None, &[])]
    }

    #[test]
    fn nothing_is_wrong_where_nothing_is_wrong() {
        assert_eq!(look(&guild(all(), &[]), &places(log(&[]))), []);
        // An administrator needs nothing else.
        assert_eq!(look(&guild(Permissions::ADMINISTRATOR, &[]), &places(log(&[]))), []);
    }

    #[test]
    fn what_lacks_everywhere_is_said_once() {
        let found = look(&guild(all() - Permissions::ATTACH_FILES, &[]), &places(log(&[])));
        assert_eq!(found, [Finding::Lacks(Permissions::ATTACH_FILES)]);
    }

    #[test]
    fn an_overwrite_in_one_place_is_named_there() {
        let nothing = Permissions::empty();
        let mut places = places(log(&[]));
        places[0] =
            channel(10, kind::CATEGORY, None, &[Overwrite::role(Snowflake(GUILD), nothing, Permissions::EMBED_LINKS)]);
        let lacks = Permissions::EMBED_LINKS;
        let found = look(&guild(all(), &[]), &places);
        assert_eq!(found, [Finding::LacksIn { part: Part::Parent, channel: Snowflake(10), lacks }]);
        // What the bot's own overwrite allows again is not missing.
        let own =
            [Overwrite::role(Snowflake(GUILD), nothing, lacks), Overwrite::member(Snowflake(BOT), lacks, nothing)];
        places[0] = channel(10, kind::CATEGORY, None, &own);
        assert_eq!(look(&guild(all(), &[]), &places), []);
        // A text channel is no category.
        places[0] = channel(10, kind::TEXT, None, &[]);
        assert_eq!(look(&guild(all(), &[]), &places), [Finding::ChannelGone(Part::Parent)]);
    }

    #[test]
    fn readers_of_the_log_are_found_however_they_got_in() {
        let view = Permissions::VIEW_CHANNEL;
        let role = |id: u64, bits: Permissions| json!({"id": id.to_string(), "permissions": bits.bits().to_string()});
        let by_overwrite = Overwrite::role(Snowflake(5), view, Permissions::empty());
        let by_name = Overwrite::member(Snowflake(77), view, Permissions::empty());
        // 6 has no overwrite and the guild's rights only; 7 manages the guild and is staff by that.
        let more = [role(5, Permissions::empty()), role(6, view), role(7, Permissions::MANAGE_GUILD)];
        let seven = Overwrite::role(Snowflake(7), view, Permissions::empty());
        let found = look(&guild(all(), &more), &places(log(&[by_overwrite, by_name, seven])));
        let readers = vec![Reader::Role(Snowflake(5)), Reader::Member(Snowflake(77))];
        assert_eq!(found, [Finding::LogOpenTo { channel: Snowflake(20), readers }]);
        let open = channel(20, kind::TEXT, None, &[]);
        let readers = vec![Reader::Everyone];
        assert_eq!(look(&guild(all(), &more), &places(open)), [Finding::LogOpenTo { channel: Snowflake(20), readers }]);
    }

    #[test]
    fn a_category_is_nearly_full_from_45_channels_on() {
        let with = |inside: u64| {
            let mut places = places(log(&[]));
            places.extend((0..inside).map(|at| channel(100 + at, kind::TEXT, Some(10), &[])));
            look(&guild(all(), &[]), &places)
        };
        assert_eq!(with(44), []);
        assert_eq!(with(45), [Finding::NearlyFull { channel: Snowflake(10), channels: 45 }]);
    }

    #[test]
    fn a_role_that_nobody_may_ping_is_said_unless_anybody_may() {
        let may_not = all() - Permissions::MENTION_EVERYONE;
        assert_eq!(look(&guild(may_not, &[]), &places(log(&[]))), [Finding::CannotPing(Snowflake(STAFF))]);
        let mut open = guild(may_not, &[]);
        open.roles[2].mentionable = true;
        assert_eq!(look(&open, &places(log(&[]))), []);
    }
}
