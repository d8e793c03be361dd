// Computes what a member may do where, by Discord's documented order: roles, then the channel's overwrites.
import type { Channel, Guild, Id, Role } from './types';
import { isThread } from './adapt';

export const ADMINISTRATOR = 1n << 3n;
export const ADD_REACTIONS = 1n << 6n;
export const VIEW_CHANNEL = 1n << 10n;
export const SEND_MESSAGES = 1n << 11n;
export const MANAGE_MESSAGES = 1n << 13n;
export const MANAGE_THREADS = 1n << 34n;
export const SEND_IN_THREADS = 1n << 38n;
const ALL = (1n << 60n) - 1n;

const bits = (value: string | number | undefined | null): bigint => {
  try {
    return BigInt(value ?? 0);
  } catch {
    return 0n;
  }
};

export function guildPermissions(guild: Guild, userId: Id): bigint {
  if (guild.ownerId === userId) return ALL;
  const member = guild.members.find((one) => one.userId === userId);
  if (!member) return 0n;
  let sum = 0n;
  for (const role of guild.roles) if (role.id === guild.id || member.roles.includes(role.id)) sum |= bits(role.permissions);
  return sum & ADMINISTRATOR ? ALL : sum;
}

export function channelPermissions(guild: Guild, channel: Channel, userId: Id): bigint {
  const base = guildPermissions(guild, userId);
  if (base === ALL) return ALL;
  const parent = isThread(channel) ? guild.channels.find((one) => one.id === channel.parent_id) : channel;
  if (!parent) return 0n;
  const member = guild.members.find((one) => one.userId === userId);
  let sum = base;
  let allow = 0n;
  let deny = 0n;
  for (const one of parent.overwrites) {
    if (one.id === guild.id) sum = (sum & ~bits(one.deny)) | bits(one.allow);
    else if (member?.roles.includes(one.id)) {
      allow |= bits(one.allow);
      deny |= bits(one.deny);
    }
  }
  sum = (sum & ~deny) | allow;
  for (const one of parent.overwrites) if (one.id === userId) sum = (sum & ~bits(one.deny)) | bits(one.allow);
  return sum & VIEW_CHANNEL ? sum : 0n;
}

export function canSee(guild: Guild, channel: Channel, userId: Id): boolean {
  if (channel.visibleTo) return channel.visibleTo.includes(userId);
  const sum = channelPermissions(guild, channel, userId);
  if (!(sum & VIEW_CHANNEL)) return false;
  return channel.type !== 12 || channel.memberIds.includes(userId) || channel.ownerId === userId || (sum & MANAGE_THREADS) !== 0n;
}

export function canSend(guild: Guild, channel: Channel, userId: Id): boolean {
  if (channel.writableBy && !channel.writableBy.includes(userId)) return false;
  if (channel.locked && !(channelPermissions(guild, channel, userId) & MANAGE_THREADS)) return false;
  return (channelPermissions(guild, channel, userId) & (isThread(channel) ? SEND_IN_THREADS : SEND_MESSAGES)) !== 0n;
}

export function isPrivate(guild: Guild, channel: Channel): boolean {
  const everyone = channel.overwrites.find((one) => one.id === guild.id);
  const base = bits(guild.roles.find((one) => one.id === guild.id)?.permissions);
  if (everyone && bits(everyone.allow) & VIEW_CHANNEL) return false;
  return !(base & VIEW_CHANNEL) || (bits(everyone?.deny) & VIEW_CHANNEL) !== 0n;
}

/** In words: who sees a channel that is not open to everyone. */
export function whoSees(guild: Guild, channel: Channel, name: (userId: Id) => string): string {
  const people = guild.members.filter((one) => canSee(guild, channel, one.userId)).map((one) => name(one.userId));
  return people.length > 12 ? `${people.slice(0, 12).join(', ')} and ${people.length - 12} more` : people.join(', ') || 'nobody';
}

/** Whether a command's `default_member_permissions` lets this member use it. */
export function mayUse(guild: Guild | undefined, userId: Id, needed: string | null | undefined): boolean {
  if (!guild || needed === null || needed === undefined) return true;
  const has = guildPermissions(guild, userId);
  if (has === ALL) return true;
  const wanted = bits(needed);
  return wanted !== 0n && (has & wanted) === wanted;
}

/** The member's roles, highest first, without @everyone. */
export function rolesOf(guild: Guild, userId: Id): Role[] {
  const has = guild.members.find((one) => one.userId === userId)?.roles ?? [];
  return guild.roles.filter((one) => has.includes(one.id)).sort((a, b) => b.position - a.position);
}
