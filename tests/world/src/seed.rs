//! What the world holds at its start: the guild "Harbour", where everything can be tried at once, and an untouched one.

use crate::discord::{
    ids::{Id, timestamp},
    model::{Channel, Guild, Member, Overwrite, OverwriteKind, Role, Thread, User, kind},
    permissions as may,
    state::State,
};

/// The guild whose members all agreed to everything.
pub const HARBOUR: Id = Id(1_200_000_000_000_000_000);
/// A guild that the bot just joined; on another shard than [`HARBOUR`] when there are two.
pub const FRESH_START: Id = Id(1_200_000_000_004_194_304);

/// A guild of the database alone, with a past for the dashboard to show: sql/lighthouse.sql.
pub const LIGHTHOUSE: Id = Id(1_200_000_000_008_388_608);

pub mod role {
    use super::Id;

    pub const ADMIN: Id = Id(1_200_000_000_100_000_001);
    pub const MANAGER: Id = Id(1_200_000_000_100_000_002);
    pub const CRT: Id = Id(1_200_000_000_100_000_003);
    pub const SUPPORT: Id = Id(1_200_000_000_100_000_004);
    /// The bot's own.
    pub const BOT: Id = Id(1_200_000_000_100_000_005);
    /// The bot's own in [`super::FRESH_START`].
    pub const BOT_FRESH: Id = Id(1_200_000_000_100_000_006);
}

pub mod channel {
    use super::Id;

    pub const COMMUNITY: Id = Id(1_200_000_000_200_000_001);
    pub const TEAM: Id = Id(1_200_000_000_200_000_002);
    pub const SUPPORT: Id = Id(1_200_000_000_200_000_003);
    pub const WELCOME: Id = Id(1_200_000_000_200_000_011);
    pub const GENERAL: Id = Id(1_200_000_000_200_000_012);
    pub const GAMING: Id = Id(1_200_000_000_200_000_013);
    pub const VENT: Id = Id(1_200_000_000_200_000_014);
    pub const CRT_MONITOR: Id = Id(1_200_000_000_200_000_021);
    pub const CRT_CRISIS: Id = Id(1_200_000_000_200_000_022);
    pub const CRT_CRITICAL: Id = Id(1_200_000_000_200_000_023);
    pub const STAFF: Id = Id(1_200_000_000_200_000_024);
    pub const TICKET_LOG: Id = Id(1_200_000_000_200_000_025);
    pub const GET_HELP: Id = Id(1_200_000_000_200_000_031);
    /// A thread in [`GENERAL`].
    pub const BOOK_CLUB: Id = Id(1_200_000_000_200_000_041);
    /// In [`super::FRESH_START`].
    pub const FRESH_GENERAL: Id = Id(1_200_000_000_200_000_051);
}

pub mod user {
    use super::Id;

    pub const OWNER: Id = Id(1_200_000_000_300_000_001);
    pub const ADMIN: Id = Id(1_200_000_000_300_000_002);
    pub const MANAGER: Id = Id(1_200_000_000_300_000_003);
    /// Of the crisis response team.
    pub const RESPONDER: Id = Id(1_200_000_000_300_000_004);
    /// Of the support team.
    pub const HELPER: Id = Id(1_200_000_000_300_000_005);
    pub const MEMBER: Id = Id(1_200_000_000_300_000_006);
    pub const SECOND_MEMBER: Id = Id(1_200_000_000_300_000_007);
    pub const NEWCOMER: Id = Id(1_200_000_000_300_000_008);
    /// Another application's bot.
    pub const NOISE_BOT: Id = Id(1_200_000_000_300_000_009);
}

/// What @everyone may do in both guilds: Discord's own default, without the pings of @everyone.
const EVERYONE: u64 = may::VIEW_CHANNEL
    | may::SEND_MESSAGES
    | may::EMBED_LINKS
    | may::ATTACH_FILES
    | may::READ_MESSAGE_HISTORY
    | may::ADD_REACTIONS
    | may::USE_EXTERNAL_EMOJIS
    | may::CONNECT
    | may::SPEAK
    | may::CHANGE_NICKNAME
    | may::USE_APPLICATION_COMMANDS
    | may::CREATE_PUBLIC_THREADS
    | may::CREATE_PRIVATE_THREADS
    | may::SEND_MESSAGES_IN_THREADS;

/// What the bot asks for when it is invited; no ADMINISTRATOR.
pub const BOT: u64 = may::VIEW_CHANNEL
    | may::SEND_MESSAGES
    | may::EMBED_LINKS
    | may::ATTACH_FILES
    | may::READ_MESSAGE_HISTORY
    | may::ADD_REACTIONS
    | may::USE_EXTERNAL_EMOJIS
    | may::MANAGE_MESSAGES
    | may::MANAGE_CHANNELS
    | may::MANAGE_ROLES
    | may::MANAGE_THREADS
    | may::CREATE_PUBLIC_THREADS
    | may::CREATE_PRIVATE_THREADS
    | may::SEND_MESSAGES_IN_THREADS
    | may::PIN_MESSAGES
    | may::MENTION_EVERYONE
    | may::CHANGE_NICKNAME;

/// Everybody joined so long before the world began.
const JOINED_BEFORE_MS: i64 = 90 * 86_400_000;

pub fn plant(state: &mut State, now_ms: i64) {
    let bot = state.bot();
    let people = [
        (user::OWNER, "Owner", false),
        (user::ADMIN, "Admin", false),
        (user::MANAGER, "Manager", false),
        (user::RESPONDER, "Responder", false),
        (user::HELPER, "Helper", false),
        (user::MEMBER, "Member", false),
        (user::SECOND_MEMBER, "Second Member", false),
        (user::NEWCOMER, "Newcomer", false),
        (user::NOISE_BOT, "Noise Bot", true),
        (bot, "Ash", true),
    ];
    for (id, name, is_bot) in people {
        state.users.insert(id, User::new(id, name, is_bot));
    }
    harbour(state, now_ms);
    fresh_start(state, now_ms);
}

fn harbour(state: &mut State, now_ms: i64) {
    let bot = state.bot();
    let manager = may::MANAGE_GUILD | may::MANAGE_MESSAGES | may::MANAGE_THREADS | may::VIEW_AUDIT_LOG;
    let roles = vec![
        role_of(HARBOUR, "@everyone", EVERYONE, 0),
        shown(role_of(role::SUPPORT, "Support", 0, 1), 0x1a_bc_9c),
        shown(role_of(role::CRT, "CRT", 0, 2), 0xe9_1e_63),
        shown(role_of(role::MANAGER, "Manager", manager, 3), 0xe6_7e_22),
        Role { managed: true, bot_id: Some(bot), color: 0x3b_a5_5c, ..role_of(role::BOT, "Ash", BOT, 4) },
        shown(role_of(role::ADMIN, "Admin", may::ADMINISTRATOR, 5), 0xf1_c4_0f),
    ];
    let members = [
        (user::OWNER, vec![]),
        (user::ADMIN, vec![role::ADMIN]),
        (user::MANAGER, vec![role::MANAGER]),
        (user::RESPONDER, vec![role::CRT]),
        (user::HELPER, vec![role::SUPPORT]),
        (user::MEMBER, vec![]),
        (user::SECOND_MEMBER, vec![]),
        (user::NEWCOMER, vec![]),
        (user::NOISE_BOT, vec![]),
        (bot, vec![role::BOT]),
    ];
    guild(state, HARBOUR, "Harbour", roles, &members, now_ms);
    let team = |others: &[Id]| team_only(HARBOUR, bot, others);
    let all = [role::MANAGER, role::CRT, role::SUPPORT];
    let crisis = [role::CRT];
    let places: [(Id, &str, Option<Id>, Vec<Overwrite>); 13] = [
        (channel::COMMUNITY, "Community", None, vec![]),
        (channel::WELCOME, "welcome", Some(channel::COMMUNITY), read_only(HARBOUR, bot)),
        (channel::GENERAL, "general", Some(channel::COMMUNITY), vec![]),
        (channel::GAMING, "gaming", Some(channel::COMMUNITY), vec![]),
        (channel::VENT, "vent", Some(channel::COMMUNITY), vec![]),
        (channel::TEAM, "Team", None, team(&all)),
        (channel::CRT_MONITOR, "crt-monitor", Some(channel::TEAM), team(&crisis)),
        (channel::CRT_CRISIS, "crt-crisis", Some(channel::TEAM), team(&crisis)),
        (channel::CRT_CRITICAL, "crt-critical", Some(channel::TEAM), team(&crisis)),
        (channel::STAFF, "staff", Some(channel::TEAM), team(&all)),
        (channel::TICKET_LOG, "ticket-log", Some(channel::TEAM), team(&[role::MANAGER, role::SUPPORT])),
        (channel::SUPPORT, "Support", None, vec![]),
        (channel::GET_HELP, "get-help", Some(channel::SUPPORT), vec![]),
    ];
    for (position, (id, name, parent, overwrites)) in places.into_iter().enumerate() {
        let of_kind = if parent.is_none() { kind::CATEGORY } else { kind::TEXT };
        let mut place = Channel::new(id, of_kind, Some(HARBOUR), name);
        place.parent_id = parent;
        place.position = position as i64;
        place.overwrites = overwrites;
        state.channels.insert(id, place);
    }
    let mut thread = Channel::new(channel::BOOK_CLUB, kind::PUBLIC_THREAD, Some(HARBOUR), "Book club");
    thread.parent_id = Some(channel::GENERAL);
    thread.owner_id = Some(user::MEMBER);
    thread.thread = Some(Thread {
        archived: false,
        locked: false,
        invitable: true,
        auto_archive: 10_080,
        changed_ms: now_ms,
        members: vec![(user::MEMBER, now_ms), (user::SECOND_MEMBER, now_ms)],
        messages: 0,
    });
    state.channels.insert(thread.id, thread);
}

fn fresh_start(state: &mut State, now_ms: i64) {
    let bot = state.bot();
    let roles = vec![
        role_of(FRESH_START, "@everyone", EVERYONE, 0),
        Role { managed: true, bot_id: Some(bot), ..role_of(role::BOT_FRESH, "Ash", BOT, 1) },
    ];
    let members = [(user::OWNER, vec![]), (user::MEMBER, vec![]), (bot, vec![role::BOT_FRESH])];
    guild(state, FRESH_START, "Fresh Start", roles, &members, now_ms);
    let general = Channel::new(channel::FRESH_GENERAL, kind::TEXT, Some(FRESH_START), "general");
    state.channels.insert(general.id, general);
}

fn guild(state: &mut State, id: Id, name: &str, roles: Vec<Role>, members: &[(Id, Vec<Id>)], now_ms: i64) {
    let members = members.iter().map(|(user, roles)| {
        let member = Member {
            user_id: *user,
            nick: None,
            roles: roles.clone(),
            joined_at: timestamp(now_ms - JOINED_BEFORE_MS),
            status: "online".to_owned(),
        };
        (*user, member)
    });
    let guild =
        Guild { id, name: name.to_owned(), owner_id: user::OWNER, roles, members: members.collect(), has_bot: true };
    state.guilds.insert(id, guild);
}

fn role_of(id: Id, name: &str, permissions: u64, position: i64) -> Role {
    Role {
        id,
        name: name.to_owned(),
        permissions,
        position,
        managed: false,
        mentionable: false,
        hoist: false,
        color: 0,
        bot_id: None,
    }
}

/// The same role with a colour and its own group in the member list.
fn shown(role: Role, color: u64) -> Role {
    Role { hoist: true, color, ..role }
}

/// Hidden from @everyone; for the roles and the bot.
fn team_only(guild: Id, bot: Id, roles: &[Id]) -> Vec<Overwrite> {
    let mut overwrites = vec![overwrite(guild, OverwriteKind::Role, 0, may::VIEW_CHANNEL)];
    overwrites.extend(roles.iter().map(|role| overwrite(*role, OverwriteKind::Role, may::VIEW_CHANNEL, 0)));
    overwrites.push(overwrite(bot, OverwriteKind::Member, may::VIEW_CHANNEL | may::SEND_MESSAGES, 0));
    overwrites
}

/// Members read, only the bot writes.
fn read_only(guild: Id, bot: Id) -> Vec<Overwrite> {
    vec![
        overwrite(guild, OverwriteKind::Role, 0, may::SEND_MESSAGES),
        overwrite(bot, OverwriteKind::Member, may::SEND_MESSAGES, 0),
    ]
}

fn overwrite(id: Id, kind: OverwriteKind, allow: u64, deny: u64) -> Overwrite {
    Overwrite { id, kind, allow, deny }
}
