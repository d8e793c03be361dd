// Draws parsed markdown: mentions by name, timestamps in the reader's time, Discord links as jumps inside the page.
import { h, type Child } from './dom';
import { parse, type Mark } from './markdown';
import { channel, guild, go, nameOf, now, view, world } from './state';
import { profile } from './profile';
import { prefill } from './composer';

export function markdown(text: string): HTMLElement {
  return h('div', { class: 'markdown' }, parse(text).map(draw));
}

function draw(mark: Mark): Child {
  switch (mark.t) {
    case 'text':
      return mark.v;
    case 'strong':
    case 'em':
    case 'u':
    case 's':
      return h(mark.t, null, mark.c.map(draw));
    case 'small':
      return h('small', null, mark.c.map(draw));
    case 'quote':
      return h('blockquote', null, mark.c.map(draw));
    case 'heading':
      return h('div', { class: `h${mark.level}`, role: 'heading', 'aria-level': mark.level + 2 }, mark.c.map(draw));
    case 'list':
      return h(
        mark.ordered ? 'ol' : 'ul',
        null,
        mark.items.map((item) => h('li', null, item.map(draw))),
      );
    case 'code':
      return h('code', null, mark.v);
    case 'pre':
      return h('pre', null, h('code', null, mark.v));
    case 'spoiler':
      return spoiler(mark.c);
    case 'link':
      return link(mark.href, mark.c.map(draw));
    case 'user':
      return mention(
        `@${nameOf(mark.id)}`,
        world.users.has(mark.id) ? (event) => profile(mark.id, event.currentTarget as HTMLElement) : null,
        mark.id === view.actor,
      );
    case 'role':
      return roleMention(mark.id);
    case 'channel': {
      const target = channel(mark.id);
      return mention(`#${target?.name ?? 'unknown'}`, target ? () => go(view.guildId, mark.id) : null);
    }
    case 'everyone':
      return h('span', { class: 'mention' }, mark.v);
    case 'command':
      return mention(`/${mark.name}`, () => prefill(`/${mark.name}`));
    case 'emoji':
      return h('span', { class: 'custom-emoji', title: `:${mark.name}:` }, `:${mark.name}:`);
    case 'time':
      return h(
        'time',
        { class: 'stamp', title: new Date(mark.unix * 1000).toString(), 'data-unix': mark.unix, 'data-style': mark.style },
        stamp(mark.unix, mark.style),
      );
  }
}

function spoiler(inside: Mark[]): HTMLElement {
  const show = (event: Event) => (event.currentTarget as HTMLElement).classList.add('shown');
  return h(
    'span',
    {
      class: 'spoiler',
      role: 'button',
      tabindex: 0,
      title: 'Spoiler',
      onclick: show,
      onkeydown: (event) => event.key === 'Enter' && show(event),
    },
    h('span', null, inside.map(draw)),
  );
}

function mention(text: string, onclick: ((event: MouseEvent) => void) | null, me = false): HTMLElement {
  return onclick
    ? h('button', { class: me ? 'mention me' : 'mention', type: 'button', onclick }, text)
    : h('span', { class: 'mention' }, text);
}

function roleMention(id: string): HTMLElement {
  const role = guild()?.roles.find((one) => one.id === id);
  const mine = guild()?.members.some((one) => one.userId === view.actor && one.roles.includes(id)) === true;
  const color = role?.color ? hex(role.color) : undefined;
  return h('span', { class: mine ? 'mention role me' : 'mention role', color }, `@${role?.name ?? 'unknown-role'}`);
}

/** Any link; one to a channel or message of the imitation jumps there. `https://discord.com` itself is never opened from here. */
export function link(href: string, label: Child, className = ''): HTMLElement {
  const path = /^https:\/\/(?:ptb\.|canary\.)?discord\.com\/channels\/(\d+|@me)\/(\d+)(?:\/(\d+))?/.exec(href);
  if (path) {
    const [, guildId = '', channelId = '', messageId = ''] = path;
    return h('a', { class: className, href: `#/channels/${guildId}/${channelId}${messageId && `/${messageId}`}`, title: href }, label);
  }
  return h('a', { class: className, href, target: '_blank', rel: 'noopener noreferrer nofollow', title: href }, label);
}

export const hex = (color: number): string => `#${color.toString(16).padStart(6, '0')}`;

export function stamp(unix: number, style: string): string {
  const date = new Date(unix * 1000);
  if (Number.isNaN(date.getTime())) return 'Invalid date';
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', options).format(date);
  switch (style) {
    case 't':
      return format({ timeStyle: 'short' });
    case 'T':
      return format({ timeStyle: 'medium' });
    case 'd':
      return format({ dateStyle: 'short' });
    case 'D':
      return format({ dateStyle: 'long' });
    case 'F':
      return format({ dateStyle: 'full', timeStyle: 'short' });
    case 'R':
      return relative(unix * 1000 - now());
    default:
      return format({ dateStyle: 'long', timeStyle: 'short' });
  }
}

function relative(ms: number): string {
  const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ['year', 31_536_000_000],
    ['month', 2_592_000_000],
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1000],
  ];
  const [unit, size] = units.find(([, each]) => Math.abs(ms) >= each) ?? ['second', 1000];
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(Math.round(ms / size), unit);
}

/** Relative times move on by themselves. */
export function tickStamps(root: ParentNode): void {
  for (const one of root.querySelectorAll<HTMLElement>('time.stamp[data-style="R"]'))
    one.textContent = stamp(Number(one.dataset['unix']), 'R');
}

/** One line of plain text for previews and titles. */
export function plain(text: string): string {
  const flat = (marks: Mark[]): string =>
    marks
      .map((mark) => {
        if ('c' in mark) return flat(mark.c);
        if (mark.t === 'list') return mark.items.map(flat).join(' ');
        if (mark.t === 'user') return `@${nameOf(mark.id)}`;
        if (mark.t === 'role') return `@${guild()?.roles.find((one) => one.id === mark.id)?.name ?? 'role'}`;
        if (mark.t === 'channel') return `#${channel(mark.id)?.name ?? 'unknown'}`;
        if (mark.t === 'time') return stamp(mark.unix, mark.style);
        return 'v' in mark ? mark.v : 'name' in mark ? mark.name : '';
      })
      .join('');
  return flat(parse(text)).replace(/\s+/g, ' ').trim();
}
