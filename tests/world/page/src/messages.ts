// The middle: the messages of the open channel that the acting member may see, in groups, with date lines and local notes.
import { h, keyed, type Entry } from './dom';
import { channelIcon } from './channels';
import { messageRow, noteRow } from './message';
import { DMS, channel, dismissed, failures, guild, nameOf, notes, pressed, view, visibleMessages, world } from './state';
import type { Message } from './types';

const SHOWN = 300;
const GROUP_MS = 7 * 60_000;
let drawnChannel = '';

export function drawHead(head: HTMLElement): void {
  const here = channel();
  const bot = nameOf(world.application.id);
  const parent = here && here.parent_id && here.type >= 10 ? channel(here.parent_id) : undefined;
  keyed(head, [
    {
      key: 'head',
      sig: [here?.name, here?.topic, here?.type, here?.slowmode, parent?.name, view.guildId, bot, here?.locked, here?.archived],
      make: () =>
        h(
          'div',
          { class: 'head-title' },
          here ? channelIcon(guild(), here) : '@',
          h('h1', { testid: 'channel-title' }, here?.name ?? (view.guildId === DMS ? bot : 'No channel')),
          parent && h('span', { class: 'muted topic' }, `thread in #${parent.name}`),
          here?.locked && h('span', { class: 'tag grey' }, 'locked'),
          here?.archived && h('span', { class: 'tag grey' }, 'archived'),
          here?.topic && h('span', { class: 'muted topic', title: here.topic }, here.topic),
          here && here.slowmode > 0 && h('span', { class: 'muted small' }, `slow mode ${here.slowmode}s`),
        ),
    },
  ]);
}

export function drawMessages(pane: HTMLElement): void {
  const all = visibleMessages(view.channelId);
  const shown = view.highlight ? all : all.slice(-SHOWN);
  const mine = notes.filter((one) => one.channelId === view.channelId && one.userId === view.actor && !dismissed.has(one.id));
  const names = namesSignature();
  const byId = new Map(all.map((one) => [one.id, one]));
  const out: Entry[] = [
    { key: 'top', sig: [view.channelId, channel()?.name, all.length > shown.length], make: () => beginning(all.length - shown.length) },
  ];
  let last: Message | undefined;
  let lastDay = '';
  const notesUntil = (ms: number) => {
    while (mine[0] && mine[0].at < ms) {
      const note = mine.shift() as (typeof notes)[number];
      out.push({ key: note.id, sig: note, make: () => noteRow(note) });
      last = undefined;
    }
  };
  for (const one of shown) {
    notesUntil(Date.parse(one.timestamp));
    const day = dayOf(one.timestamp);
    if (day !== lastDay)
      out.push({ key: `day-${day}`, sig: day, make: () => h('div', { class: 'day', role: 'separator' }, h('span', null, day)) });
    const follows = last !== undefined && grouped(last, one);
    const replied = one.replyTo ? byId.get(one.replyTo) : undefined;
    out.push({
      key: one.id,
      sig: [
        one,
        follows,
        replied?.content,
        replied?.author.id,
        view.actor,
        names,
        view.editing === one.id,
        view.replyTo === one.id,
        view.highlight === one.id,
        failures.get(one.id),
        [...pressed].filter((each) => each.startsWith(one.id)),
      ],
      make: () => messageRow(one, follows, replied),
    });
    last = one;
    lastDay = day;
  }
  notesUntil(Infinity);
  if (out.length === 1)
    out.push({
      key: 'empty',
      sig: view.channelId,
      make: () =>
        h(
          'p',
          { class: 'muted empty', testid: 'no-messages' },
          view.channelId
            ? 'Nothing here yet.'
            : view.guildId === DMS
              ? `${nameOf(view.actor)} has no conversation with the bot yet.`
              : 'No channel is open to this member.',
        ),
    });
  const atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 80;
  const moved = drawnChannel !== `${view.actor}/${view.channelId}`;
  drawnChannel = `${view.actor}/${view.channelId}`;
  const list = pane.firstElementChild as HTMLElement;
  keyed(list, out);
  if (view.highlight && moved) list.querySelector('.highlight')?.scrollIntoView({ block: 'center' });
  else if (atEnd || moved || view.toEnd) pane.scrollTop = pane.scrollHeight;
  view.toEnd = false;
}

/** Jumps to the message of a link once it is drawn. */
export function showHighlight(pane: HTMLElement): void {
  pane.querySelector('.highlight')?.scrollIntoView({ block: 'center' });
}

function beginning(left: number): HTMLElement {
  const here = channel();
  if (left > 0) return h('p', { class: 'muted empty' }, `${left} older messages are not shown.`);
  if (!here) return h('div', null);
  const kind = here.type >= 10 && here.type <= 12 ? 'thread' : 'channel';
  return h(
    'div',
    { class: 'beginning' },
    h('h2', null, kind === 'channel' ? `Welcome to #${here.name}!` : here.name),
    h('p', { class: 'muted' }, `This is the start of the ${kind === 'channel' ? `#${here.name} channel` : 'thread'}.`),
  );
}

const dayOf = (iso: string): string => (iso ? new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' }).format(new Date(iso)) : '');

function grouped(before: Message, one: Message): boolean {
  return (
    before.author.id === one.author.id &&
    !one.replyTo &&
    !one.interaction &&
    one.type === 0 &&
    before.type !== 7 &&
    (before.visibleTo === null) === (one.visibleTo === null) &&
    Date.parse(one.timestamp) - Date.parse(before.timestamp) < GROUP_MS
  );
}

/** Changes when a name, colour or channel changes that a message may mention. */
function namesSignature(): string {
  const here = guild();
  const people = [...world.users.values()].map((one) => `${one.id}${one.global_name ?? one.username}`).join();
  return `${people}|${here?.roles.map((one) => `${one.id}${one.name}${one.color}`).join()}|${here?.members.map((one) => `${one.nick ?? ''}${one.roles.join('.')}`).join()}|${[...(here?.channels ?? []), ...(here?.threads ?? [])].map((one) => one.id + one.name).join()}`;
}
