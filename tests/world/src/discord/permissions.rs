//! What a member may do in a channel, computed in the order that Discord documents.

use super::{
    ids::Id,
    model::{Channel, Guild, OverwriteKind, kind},
};

pub const KICK_MEMBERS: u64 = 1 << 1;
pub const BAN_MEMBERS: u64 = 1 << 2;
pub const ADMINISTRATOR: u64 = 1 << 3;
pub const MANAGE_CHANNELS: u64 = 1 << 4;
pub const MANAGE_GUILD: u64 = 1 << 5;
pub const ADD_REACTIONS: u64 = 1 << 6;
pub const VIEW_AUDIT_LOG: u64 = 1 << 7;
pub const VIEW_CHANNEL: u64 = 1 << 10;
pub const SEND_MESSAGES: u64 = 1 << 11;
pub const MANAGE_MESSAGES: u64 = 1 << 13;
pub const EMBED_LINKS: u64 = 1 << 14;
pub const ATTACH_FILES: u64 = 1 << 15;
pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
pub const MENTION_EVERYONE: u64 = 1 << 17;
pub const USE_EXTERNAL_EMOJIS: u64 = 1 << 18;
pub const CONNECT: u64 = 1 << 20;
pub const SPEAK: u64 = 1 << 21;
pub const CHANGE_NICKNAME: u64 = 1 << 26;
pub const MANAGE_NICKNAMES: u64 = 1 << 27;
pub const MANAGE_ROLES: u64 = 1 << 28;
pub const MANAGE_WEBHOOKS: u64 = 1 << 29;
pub const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
pub const MANAGE_THREADS: u64 = 1 << 34;
pub const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
pub const CREATE_PRIVATE_THREADS: u64 = 1 << 36;
pub const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;
pub const MODERATE_MEMBERS: u64 = 1 << 40;
pub const PIN_MESSAGES: u64 = 1 << 51;
pub const BYPASS_SLOWMODE: u64 = 1 << 52;

/// Every permission that Discord defines.
pub const ALL: u64 = (1 << 53) - 1;

/// What both sides may do in a DM.
pub const IN_A_DM: u64 = VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | ADD_REACTIONS
    | USE_EXTERNAL_EMOJIS
    | USE_APPLICATION_COMMANDS
    | PIN_MESSAGES;

/// What the roles of a member give in the whole guild; nothing for who is not in it.
pub fn in_guild(guild: &Guild, user: Id) -> u64 {
    if user == guild.owner_id {
        return ALL;
    }
    let Some(member) = guild.members.get(&user) else {
        return 0;
    };
    let everyone = guild.role(guild.id).map_or(0, |role| role.permissions);
    let roles = member.roles.iter().filter_map(|id| guild.role(*id));
    let permissions = roles.fold(everyone, |sum, role| sum | role.permissions);
    if permissions & ADMINISTRATOR != 0 {
        return ALL;
    }
    permissions
}

/// What a member may do in a channel. For a thread, `channel` is the thread and `parent` the channel that it hangs below.
pub fn in_channel(guild: &Guild, channel: &Channel, parent: Option<&Channel>, user: Id) -> u64 {
    let base = in_guild(guild, user);
    if base == ALL {
        return ALL;
    }
    let Some(member) = guild.members.get(&user) else {
        return 0;
    };
    let overwrites = &parent.unwrap_or(channel).overwrites;
    let mut permissions = base;
    for one in overwrites.iter().filter(|one| one.id == guild.id) {
        permissions = (permissions & !one.deny) | one.allow;
    }
    let of_roles = overwrites
        .iter()
        .filter(|one| one.kind == OverwriteKind::Role && one.id != guild.id && member.roles.contains(&one.id));
    let (allow, deny) = of_roles.fold((0, 0), |(allow, deny), one| (allow | one.allow, deny | one.deny));
    permissions = (permissions & !deny) | allow;
    for one in overwrites.iter().filter(|one| one.kind == OverwriteKind::Member && one.id == user) {
        permissions = (permissions & !one.deny) | one.allow;
    }
    implied(permissions, channel, user)
}

/// Without VIEW_CHANNEL there is nothing; without sending there are no embeds, files or pings; a thread has its own send right.
fn implied(mut permissions: u64, channel: &Channel, user: Id) -> u64 {
    if permissions & VIEW_CHANNEL == 0 {
        return 0;
    }
    if let Some(thread) = &channel.thread {
        let inside = thread.members.iter().any(|(id, _)| *id == user);
        if channel.kind == kind::PRIVATE_THREAD && !inside && permissions & MANAGE_THREADS == 0 {
            return 0;
        }
        permissions &= !SEND_MESSAGES;
        if permissions & SEND_MESSAGES_IN_THREADS != 0 {
            permissions |= SEND_MESSAGES;
        }
    }
    if permissions & SEND_MESSAGES == 0 {
        permissions &= !(EMBED_LINKS | ATTACH_FILES | MENTION_EVERYONE);
    }
    permissions
}
