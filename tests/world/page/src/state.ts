// Holds the world as last fetched and what this tab looks at, and tells the panes when either changed.
import * as api from './api';
import { adapt } from './adapt';
import { canSee } from './permissions';
import type { Channel, Guild, Id, Message, Modal, World } from './types';

/** Instead of a guild id: the direct messages of the acting member. */
export const DMS = '@me';

export let world: World = adapt({});
export const view = {
  guildId: '' as Id,
  channelId: '' as Id,
  /** The member this tab acts as; two tabs can be two members. */
  actor: '' as Id,
  replyTo: '' as Id,
  editing: '' as Id,
  highlight: '' as Id,
  /** Set after sending something: the newest message is shown, wherever one had scrolled. */
  toEnd: false,
  loaded: false,
};

/** Notes only this tab knows, such as a command that got no answer; drawn like ephemeral messages. */
export interface Note {
  id: string;
  channelId: Id;
  userId: Id;
  text: string;
  detail: string;
  command: string;
  at: number;
  pending: boolean;
}
export const notes: Note[] = [];
/** Ephemeral messages this tab's member dismissed. */
export const dismissed = new Set<Id>();
/** Components in flight (`message/custom_id`) and the last failure by message. */
export const pressed = new Set<string>();
export const failures = new Map<Id, string>();

const listeners: (() => void)[] = [];
let queued = false;
let clockOffset = 0;
let fetching = false;
let again = false;

export function onChange(listener: () => void): void {
  listeners.push(listener);
}

export function changed(): void {
  if (queued) return;
  queued = true;
  queueMicrotask(() => {
    queued = false;
    for (const listener of listeners) listener();
  });
}

/** Fetches the state; calls while one is under way lead to exactly one more. */
export async function refresh(): Promise<void> {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    do {
      again = false;
      const next = adapt(await api.state());
      world = next;
      clockOffset = next.nowMs - Date.now();
      view.loaded = true;
      settle();
      changed();
    } while (again);
  } catch {
    // The stream's own state shows that the world is away; the next event fetches again.
  } finally {
    fetching = false;
  }
}

export const now = (): number => Date.now() + clockOffset;
export const guild = (): Guild | undefined => world.guilds.find((one) => one.id === view.guildId);

export function channel(id: Id = view.channelId): Channel | undefined {
  for (const one of world.guilds) {
    const found = one.channels.find((each) => each.id === id) ?? one.threads.find((each) => each.id === id);
    if (found) return found;
  }
  return undefined;
}

export function guildOf(channelId: Id): Guild | undefined {
  return world.guilds.find(
    (one) => one.channels.some((each) => each.id === channelId) || one.threads.some((each) => each.id === channelId),
  );
}

export const isBot = (id: Id): boolean => world.users.get(id)?.bot === true;

export function nameOf(userId: Id, inGuild: Guild | undefined = guild()): string {
  const nick = inGuild?.members.find((one) => one.userId === userId)?.nick;
  const user = world.users.get(userId);
  return nick || user?.global_name || user?.username || `unknown (${userId})`;
}

export function visibleMessages(channelId: Id): Message[] {
  return (world.messages.get(channelId) ?? []).filter(
    (one) => (!one.visibleTo || one.visibleTo.includes(view.actor)) && !dismissed.has(one.id),
  );
}

export const openModal = (): Modal | undefined => world.modals.find((one) => one.userId === view.actor && !dismissed.has(one.id));

export function act(userId: Id): void {
  view.actor = userId;
  view.replyTo = view.editing = '';
  sessionStorage.setItem('act-as', userId);
  settle();
  changed();
}

export function go(guildId: Id, channelId: Id, messageId: Id = ''): void {
  if (view.guildId !== guildId || view.channelId !== channelId) view.replyTo = view.editing = '';
  view.guildId = guildId;
  view.channelId = channelId;
  view.highlight = messageId;
  settle();
  changed();
}

const people = (of: Guild | undefined): Id[] => of?.members.map((one) => one.userId).filter((id) => !isBot(id)) ?? [];

/** Moves the view to something that exists: the acting member, a guild, a channel that this member sees. */
function settle(): void {
  if (!view.loaded) return;
  if (view.guildId !== DMS && !guild()) view.guildId = world.guilds[0]?.id ?? DMS;
  const here = guild();
  if (!world.users.has(view.actor)) {
    const stored = sessionStorage.getItem('act-as') ?? '';
    const all = people(here ?? world.guilds[0]);
    view.actor = world.users.has(stored)
      ? stored
      : (all.find((id) => nameOf(id, here) === 'Member') ?? all.find((id) => id !== here?.ownerId) ?? all[0] ?? '');
  }
  if (here) {
    const seen = [...here.channels, ...here.threads].filter((one) => canSee(here, one, view.actor));
    if (!seen.some((one) => one.id === view.channelId)) {
      const texts = seen.filter((one) => one.type === 0 || one.type === 5);
      view.channelId = (texts.find((one) => one.name === 'general') ?? texts.sort((a, b) => a.position - b.position)[0])?.id ?? '';
    }
  } else {
    const mine = world.dms.filter((one) => one.userId === view.actor);
    if (!mine.some((one) => one.channelId === view.channelId)) view.channelId = mine[0]?.channelId ?? '';
  }
  const hash = `#/channels/${view.guildId}/${view.channelId}${view.highlight ? `/${view.highlight}` : ''}`;
  if (location.hash !== hash) history.replaceState(null, '', hash);
}

/** Reads `#/channels/<guild|@me>/<channel>[/<message>]`, the same path as in Discord's own links. */
export function readHash(): void {
  const [, guildId = '', channelId = '', messageId = ''] = /^#\/channels\/([^/]*)\/?([^/]*)\/?(\d*)/.exec(location.hash) ?? [];
  if (guildId) go(guildId, channelId, messageId);
}
