// The left side: servers, the channels and threads that the acting member sees (and which they do not), direct messages.
import * as api from './api';
import { h, icon, keyed, slug, type Entry } from './dom';
import { avatar } from './avatar';
import { canSee, isPrivate, whoSees } from './permissions';
import { attempt, toast } from './popover';
import { DMS, go, guild, nameOf, refresh, view, visibleMessages, world } from './state';
import type { Channel, Guild, Id } from './types';

const collapsed = new Set<string>(['hidden']);

export function drawGuilds(rail: HTMLElement): void {
  const entry = (id: Id, label: string, text: Node | string, testid: string): Entry => ({
    key: id,
    sig: [label, view.guildId === id],
    make: () =>
      h(
        'button',
        {
          type: 'button',
          class: view.guildId === id ? 'guild here' : 'guild',
          testid,
          title: label,
          'aria-label': label,
          'aria-pressed': view.guildId === id,
          onclick: () => go(id, ''),
        },
        text,
      ),
  });
  keyed(rail, [
    entry(DMS, 'Direct messages', icon('chat'), 'guild-dms'),
    { key: 'line', sig: 0, make: () => h('hr') },
    ...world.guilds.map((one) =>
      entry(
        one.id,
        one.name,
        one.name
          .split(/[\s-]+/)
          .map((word) => [...word][0] ?? '')
          .slice(0, 3)
          .join(''),
        `guild-${slug(one.name)}`,
      ),
    ),
  ]);
}

export function drawChannels(head: HTMLElement, list: HTMLElement, close: () => void): void {
  const here = guild();
  head.textContent = here ? here.name : 'Direct messages';
  keyed(list, here ? guildEntries(here, close) : dmEntries(close));
}

const byPosition = (a: Channel, b: Channel): number =>
  Number(isVoice(a)) - Number(isVoice(b)) || a.position - b.position || (a.id < b.id ? -1 : 1);
const isVoice = (one: Channel): boolean => one.type === 2 || one.type === 13;

function guildEntries(here: Guild, close: () => void): Entry[] {
  const out: Entry[] = [];
  const rows = here.channels.filter((one) => one.type !== 4).sort(byPosition);
  const seen = rows.filter((one) => canSee(here, one, view.actor));
  const threads = here.threads.filter((one) => canSee(here, one, view.actor));
  const add = (one: Channel) => {
    out.push(row(here, one, close));
    for (const thread of threads.filter((each) => each.parent_id === one.id)) {
      if (!thread.archived || thread.id === view.channelId) out.push(row(here, thread, close));
    }
  };
  seen.filter((one) => !here.channels.some((each) => each.id === one.parent_id)).forEach(add);
  for (const category of here.channels.filter((one) => one.type === 4).sort(byPosition)) {
    const inside = seen.filter((one) => one.parent_id === category.id);
    if (inside.length === 0) continue;
    out.push(heading(category.id, category.name, `category-${slug(category.name)}`));
    if (!collapsed.has(category.id)) inside.forEach(add);
  }
  const hidden = [...rows, ...here.threads].filter((one) => !canSee(here, one, view.actor));
  if (hidden.length > 0) {
    out.push(heading('hidden', `Hidden from ${nameOf(view.actor)} (${hidden.length})`, 'hidden-channels'));
    if (!collapsed.has('hidden')) for (const one of hidden) out.push(hiddenRow(here, one));
  }
  return out;
}

function heading(id: string, text: string, testid: string): Entry {
  const shut = collapsed.has(id);
  return {
    key: `heading-${id}`,
    sig: [text, shut],
    make: () =>
      h(
        'button',
        {
          type: 'button',
          class: shut ? 'category shut' : 'category',
          testid,
          'aria-expanded': !shut,
          onclick: () => {
            if (!collapsed.delete(id)) collapsed.add(id);
            go(view.guildId, view.channelId, view.highlight);
          },
        },
        icon('chevron'),
        h('span', null, text),
      ),
  };
}

export function channelIcon(here: Guild | undefined, one: Channel): SVGSVGElement {
  if (one.type === 12) return icon('lock');
  if (one.type === 10 || one.type === 11) return icon('thread');
  if (here && isPrivate(here, one)) return icon('lock');
  return icon(isVoice(one) ? 'voice' : one.type === 5 ? 'news' : 'hash');
}

function row(here: Guild, one: Channel, close: () => void): Entry {
  const current = one.id === view.channelId;
  const thread = one.type >= 10 && one.type <= 12;
  const closed = isPrivate(here, one) || one.type === 12;
  const who = closed ? `Only ${whoSees(here, one, nameOf)} can see this` : (one.topic ?? '');
  return {
    key: one.id,
    sig: [one.name, current, closed, one.type, who, one.archived],
    make: () =>
      h(
        'button',
        {
          type: 'button',
          class: `channel${current ? ' here' : ''}${thread ? ' thread' : ''}`,
          testid: `channel-${one.name}`,
          title: who,
          'data-channel-id': one.id,
          'aria-current': current ? 'page' : undefined,
          'data-private': closed,
          onclick: () => {
            if (isVoice(one)) toast(`#${one.name} is a voice channel; the imitation has no sound.`);
            else go(here.id, one.id);
            close();
          },
        },
        channelIcon(here, one),
        h('span', { class: 'channel-name' }, one.name),
        one.archived && h('span', { class: 'muted small' }, 'archived'),
      ),
  };
}

function hiddenRow(here: Guild, one: Channel): Entry {
  const who = whoSees(here, one, nameOf);
  return {
    key: `hidden-${one.id}`,
    sig: [one.name, who],
    make: () =>
      h(
        'div',
        { class: 'channel hidden', testid: `hidden-channel-${one.name}`, title: `Seen by: ${who}` },
        icon('lock'),
        h('span', { class: 'channel-name' }, one.name),
        h('span', { class: 'who' }, who),
      ),
  };
}

function dmEntries(close: () => void): Entry[] {
  const mine = world.dms.filter((one) => one.userId === view.actor);
  const bot = world.application.id;
  const shut = world.closedDms.has(view.actor);
  return [
    {
      key: 'open',
      sig: [view.actor, mine.length],
      make: () =>
        h(
          'button',
          { type: 'button', class: 'channel', testid: 'open-dm', onclick: () => void openDm().then(close) },
          icon('plus'),
          h('span', null, 'Open DM with the bot'),
        ),
    },
    {
      key: 'closed',
      sig: [view.actor, shut],
      make: () =>
        h(
          'label',
          { class: 'switch' },
          h('span', null, 'Close my DMs', h('small', null, 'the bot gets error 50007')),
          h('input', {
            type: 'checkbox',
            role: 'switch',
            testid: 'close-dms',
            checked: shut,
            onchange: (event) => void attempt(api.closeDms(view.actor, (event.target as HTMLInputElement).checked)).then(refresh),
          }),
        ),
    },
    ...mine.map((one): Entry => {
      const last = visibleMessages(one.channelId).at(-1)?.content.slice(0, 40) ?? '';
      return {
        key: one.channelId,
        sig: [one.channelId === view.channelId, last, nameOf(bot)],
        make: () =>
          h(
            'button',
            {
              type: 'button',
              class: `channel dm${one.channelId === view.channelId ? ' here' : ''}`,
              testid: 'dm-bot',
              'data-channel-id': one.channelId,
              onclick: () => {
                go(DMS, one.channelId);
                close();
              },
            },
            avatar(bot, 'small'),
            h('span', { class: 'channel-name' }, nameOf(bot), h('small', null, last)),
          ),
      };
    }),
  ];
}

async function openDm(): Promise<void> {
  const opened = (await attempt(api.openDm(view.actor))) as { id?: string; channel_id?: string } | null | undefined;
  await refresh();
  const id = opened?.id ?? opened?.channel_id;
  if (id) go(DMS, id);
}
