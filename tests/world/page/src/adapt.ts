// Turns what GET /world/state answers into the page's shapes; the only file that knows the wire's spelling.
import type {
  Attachment,
  Channel,
  Command,
  Component,
  Dm,
  Embed,
  Emoji,
  Guild,
  Id,
  Member,
  Message,
  Modal,
  Overwrite,
  Reaction,
  Role,
  User,
  World,
} from './types';

type Raw = Record<string, unknown>;

const raw = (value: unknown): Raw => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {});
const list = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : typeof value === 'object' && value !== null ? Object.values(value) : [];
const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const textOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : text(value));
const number = (value: unknown): number => (typeof value === 'number' ? value : Number(value) || 0);
const ids = (value: unknown): Id[] =>
  list(value).map((one) => (typeof one === 'object' ? text(raw(one)['id'] ?? raw(one)['user_id']) : text(one)));
const someIds = (value: unknown): Id[] | null =>
  value === null || value === undefined ? null : Array.isArray(value) ? ids(value) : [text(value)];

function user(value: unknown): User {
  const one = raw(value);
  return {
    id: text(one['id']),
    username: text(one['username']) || 'unknown',
    global_name: textOrNull(one['global_name']),
    bot: one['bot'] === true,
  };
}

function member(value: unknown): Member {
  const one = raw(value);
  return {
    userId: text(one['user_id'] ?? raw(one['user'])['id'] ?? one['id']),
    nick: textOrNull(one['nick']),
    roles: ids(one['roles']),
    status: textOrNull(one['status']),
  };
}

function role(value: unknown): Role {
  const one = raw(value);
  return {
    id: text(one['id']),
    name: text(one['name']),
    permissions: text(one['permissions']) || '0',
    color: number(one['color']),
    position: number(one['position']),
    hoist: one['hoist'] === true,
  };
}

function channel(value: unknown): Channel {
  const one = raw(value);
  const thread = raw(one['thread_metadata']);
  return {
    id: text(one['id']),
    type: number(one['type']),
    name: text(one['name']),
    parent_id: textOrNull(one['parent_id']),
    position: number(one['position']),
    topic: textOrNull(one['topic']),
    overwrites: list(one['permission_overwrites'] ?? one['overwrites']) as Overwrite[],
    ownerId: textOrNull(one['owner_id']),
    memberIds: ids(one['member_ids'] ?? one['members']),
    archived: thread['archived'] === true || one['archived'] === true,
    locked: thread['locked'] === true || one['locked'] === true,
    slowmode: number(one['rate_limit_per_user']),
    visibleTo: someIds(one['seen_by']),
    writableBy: someIds(one['written_by']),
  };
}

function guild(value: unknown): Guild {
  const one = raw(value);
  const all = list(one['channels']).map(channel);
  return {
    id: text(one['id']),
    name: text(one['name']),
    ownerId: text(one['owner_id']),
    hasBot: one['has_bot'] !== false,
    roles: list(one['roles']).map(role),
    channels: all.filter((each) => !isThread(each)),
    threads: [...list(one['threads']).map(channel), ...all.filter(isThread)],
    members: list(one['members']).map(member),
  };
}

export function isThread(one: { type: number }): boolean {
  return one.type >= 10 && one.type <= 12;
}

function reaction(value: unknown): Reaction {
  const one = raw(value);
  const users = ids(one['users'] ?? one['user_ids']);
  const emoji: Emoji = typeof one['emoji'] === 'string' ? { name: one['emoji'] } : raw(one['emoji']);
  return { emoji, users, count: number(one['count'] ?? users.length) };
}

function message(value: unknown): Message {
  const one = raw(value);
  const used = raw(one['interaction_metadata'] ?? one['interaction']);
  const name = text(raw(one['interaction'])['name'] ?? used['name'] ?? used['command_name']);
  const reference = raw(one['message_reference']);
  return {
    id: text(one['id']),
    channel_id: text(one['channel_id']),
    type: number(one['type']),
    content: text(one['content']),
    timestamp: text(one['timestamp']),
    edited_timestamp: textOrNull(one['edited_timestamp']),
    flags: number(one['flags']),
    author: user(one['author']),
    embeds: list(one['embeds']) as Embed[],
    components: list(one['components']) as Component[],
    reactions: list(one['reacted'] ?? one['reactions']).map(reaction),
    attachments: list(one['attachments']) as Attachment[],
    replyTo: textOrNull(reference['message_id'] ?? one['reply_to']),
    threadId: textOrNull(raw(one['thread'])['id']),
    interaction: name ? { name, userId: text(raw(used['user'])['id'] ?? used['user_id']) } : null,
    pinned: one['pinned'] === true,
    visibleTo: someIds(one['visible_to']),
  };
}

function modal(value: unknown): Modal {
  const one = raw(value);
  const inner = raw(one['modal'] ?? one['data'] ?? one);
  return {
    id: text(one['id'] ?? one['modal_id']),
    userId: text(one['user_id']),
    channelId: text(one['channel_id']),
    title: text(inner['title']),
    components: list(inner['components']) as Component[],
  };
}

function commands(value: unknown): Command[] {
  if (Array.isArray(value)) return value as Command[];
  return Object.values(raw(value)).flatMap((one) => (Array.isArray(one) ? one : list(one))) as Command[];
}

/** `data` is the parsed answer; anything missing becomes empty, so that a half-started world still draws. */
export function adapt(data: unknown): World {
  const one = raw(data);
  const guilds = list(one['guilds']).map(guild);
  const users = new Map<Id, User>();
  for (const each of list(one['users'])) users.set(user(each).id, user(each));
  for (const each of list(one['guilds'])) {
    for (const inside of list(raw(each)['members'])) {
      const known = raw(inside)['user'];
      if (known) users.set(user(known).id, user(known));
    }
  }
  const messages = new Map<Id, Message[]>();
  for (const [id, some] of Object.entries(raw(one['messages'])))
    messages.set(
      id,
      list(some)
        .map(message)
        .sort((a, b) => order(a.id, b.id)),
    );
  const dms: Dm[] = [];
  const closedDms = new Set<Id>(ids(one['closed_dms']));
  // A list of channels, or a map from the member to the channel.
  const pairs = Object.entries(raw(one['dms'])).map(([user_id, value]) =>
    typeof value === 'string' ? { user_id, channel_id: value } : value,
  );
  for (const each of Array.isArray(one['dms']) ? one['dms'] : pairs) {
    const dm = raw(each);
    const people = [text(dm['user_id']), ...ids(dm['recipients'])].filter((id) => id && users.get(id)?.bot !== true);
    const userId = people[0] ?? '';
    const channelId = text(dm['channel_id'] ?? dm['id']);
    if (dm['closed'] === true) closedDms.add(userId);
    if (channelId && userId) dms.push({ channelId, userId });
  }
  for (const each of list(one['users'])) if (raw(each)['dms_closed'] === true) closedDms.add(text(raw(each)['id']));
  const application = raw(one['application']);
  return {
    version: number(one['version']),
    nowMs: number(one['now_ms']) || Date.now(),
    application: { id: text(application['id']), name: text(application['name']) || 'Bot' },
    guilds,
    users,
    dms,
    closedDms,
    messages,
    commands: commands(one['commands']),
    unexpected: list(one['unexpected']).map(text),
    modals: list(one['modals']).map(modal),
  };
}

/** Snowflakes in the order of time. */
export function order(a: Id, b: Id): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
