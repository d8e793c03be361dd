// Draws one message with all its parts, and the notes that only this tab knows.
import * as api from './api';
import { avatar } from './avatar';
import { drawComponents } from './components';
import { h, icon, type Child } from './dom';
import { drawEmbed } from './embeds';
import { emojiText } from './emoji';
import { markdown, plain, stamp } from './markdown-dom';
import { colourOf } from './members';
import { dismiss, editBox, moreMenu, pick, toolbar } from './message-actions';
import { attempt } from './popover';
import { profile } from './profile';
import { channel, failures, go, nameOf, refresh, view, world, type Note } from './state';
import type { Message, Reaction } from './types';

const LOADING = 1 << 7;
const EPHEMERAL = 1 << 6;

export function messageRow(one: Message, follows: boolean, replied: Message | undefined): HTMLElement {
  const secret = (one.flags & EPHEMERAL) !== 0 || one.visibleTo !== null;
  const thinking = (one.flags & LOADING) !== 0;
  const mentioned = one.content.includes(`<@${view.actor}>`);
  const marks = [
    'message',
    follows && 'follows',
    secret && 'ephemeral',
    mentioned && 'mentioned',
    view.highlight === one.id && 'highlight',
    view.replyTo === one.id && 'replying',
  ];
  const body = h(
    'div',
    { class: 'message-body' },
    !follows && header(one.author.id, one.timestamp, one.author.bot === true),
    view.editing === one.id ? editBox(one) : content(one, thinking),
    one.attachments.map((file) =>
      h(
        'div',
        { class: 'file', testid: 'attachment' },
        '📄 ',
        localUrl(file.url) ? h('a', { href: file.url, download: file.filename }, file.filename) : h('span', null, file.filename),
        h('small', null, file.size ? ` ${file.size} bytes` : ''),
      ),
    ),
    one.embeds.map(drawEmbed),
    drawComponents(one),
    failures.has(one.id) &&
      h(
        'div',
        { class: 'failure', testid: 'component-failure', role: 'alert', title: failures.get(one.id) },
        'The application did not respond',
        h('span', { class: 'muted small' }, failures.get(one.id)),
      ),
    reactions(one),
    one.threadId && threadLink(one.threadId),
    secret &&
      h(
        'div',
        { class: 'only-you', testid: 'only-you' },
        icon('eye'),
        'Only you can see this • ',
        h('button', { type: 'button', class: 'linklike', testid: 'dismiss', onclick: () => dismiss(one.id) }, 'Dismiss message'),
      ),
  );
  return h(
    'article',
    {
      class: marks.filter(Boolean).join(' '),
      testid: 'message',
      // A tap gives focus, which shows the toolbar where there is no hovering.
      tabindex: -1,
      'data-message-id': one.id,
      'data-author-id': one.author.id,
      'data-ephemeral': secret,
      'aria-label': `Message of ${nameOf(one.author.id)}`,
      oncontextmenu: (event) => {
        event.preventDefault();
        moreMenu(one, event.currentTarget as HTMLElement);
      },
    },
    one.replyTo && replyLine(one, replied),
    one.interaction &&
      h(
        'div',
        { class: 'reply-line', testid: 'used-command' },
        one.interaction.userId && [
          avatar(one.interaction.userId, 'tiny'),
          h('b', { color: colourOf(one.interaction.userId) }, nameOf(one.interaction.userId)),
        ],
        ' used ',
        h('span', { class: 'mention' }, commandName(one.interaction.name)),
      ),
    h(
      'div',
      { class: 'message-main' },
      follows
        ? h('time', { class: 'side-time', datetime: one.timestamp }, clock(one.timestamp))
        : h(
            'button',
            {
              type: 'button',
              class: 'bare',
              tabindex: -1,
              'aria-hidden': 'true',
              onclick: (event) => profile(one.author.id, event.currentTarget as HTMLElement),
            },
            avatar(one.author.id),
          ),
      body,
    ),
    view.editing !== one.id && toolbar(one, secret),
  );
}

function header(userId: string, timestamp: string, bot: boolean): HTMLElement {
  return h(
    'div',
    { class: 'message-head' },
    h(
      'button',
      {
        type: 'button',
        class: 'author',
        testid: 'message-author',
        color: colourOf(userId),
        onclick: (event) => profile(userId, event.currentTarget as HTMLElement),
      },
      nameOf(userId),
    ),
    bot && h('span', { class: 'tag', testid: 'bot-tag' }, 'APP'),
    timestamp && h('time', { datetime: timestamp, title: stamp(Date.parse(timestamp) / 1000, 'F') }, clock(timestamp)),
  );
}

const clock = (iso: string): string => (iso ? stamp(Date.parse(iso) / 1000, 't') : '');

function content(one: Message, thinking: boolean): Child {
  if (thinking)
    return h(
      'div',
      { class: 'thinking', testid: 'thinking' },
      h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
      `${nameOf(one.author.id)} is thinking…`,
    );
  if (one.type === 7) return h('div', { class: 'muted', testid: 'message-content' }, `${nameOf(one.author.id)} joined the server.`);
  if (one.type === 18)
    return h('div', { class: 'muted', testid: 'message-content' }, `${nameOf(one.author.id)} started a thread: ${one.content}`);
  if (!one.content) return null;
  return h(
    'div',
    { class: 'content', testid: 'message-content' },
    markdown(one.content),
    one.edited_timestamp &&
      h('span', { class: 'edited', testid: 'edited', title: stamp(Date.parse(one.edited_timestamp) / 1000, 'F') }, '(edited)'),
  );
}

function replyLine(one: Message, replied: Message | undefined): HTMLElement {
  if (!replied)
    return h('div', { class: 'reply-line', testid: 'reply-line' }, icon('reply'), h('em', null, 'Original message was deleted'));
  return h(
    'div',
    { class: 'reply-line', testid: 'reply-line' },
    avatar(replied.author.id, 'tiny'),
    h('b', { color: colourOf(replied.author.id) }, nameOf(replied.author.id)),
    h(
      'button',
      { type: 'button', class: 'bare preview', onclick: () => go(view.guildId, one.channel_id, replied.id) },
      plain(replied.content).slice(0, 120) || 'Click to see the message',
    ),
  );
}

function threadLink(threadId: string): HTMLElement | null {
  const thread = channel(threadId);
  return thread
    ? h(
        'button',
        { type: 'button', class: 'thread-link', testid: 'thread-link', onclick: () => go(view.guildId, threadId) },
        icon('thread'),
        h('b', null, thread.name),
        ' See thread ›',
      )
    : null;
}

function reactions(one: Message): Child {
  if (one.reactions.length === 0) return null;
  return h(
    'div',
    { class: 'reactions' },
    one.reactions.map((each) => {
      const mine = each.users.includes(view.actor);
      const name = emojiText(each.emoji);
      return h(
        'button',
        {
          type: 'button',
          class: mine ? 'reaction mine' : 'reaction',
          testid: `reaction-${name}`,
          'aria-pressed': mine,
          title: each.users.map((id) => nameOf(id)).join(', '),
          onclick: () => toggle(one, each, !mine),
        },
        h('span', null, name),
        h('b', null, each.count),
      );
    }),
    h(
      'button',
      {
        type: 'button',
        class: 'reaction add',
        'aria-label': 'Add reaction',
        testid: 'reaction-add',
        onclick: (event) => pick(one, event.currentTarget as HTMLElement),
      },
      icon('smile'),
    ),
  );
}

const emojiKey = (one: Reaction): string => (one.emoji.id ? `${one.emoji.name}:${one.emoji.id}` : (one.emoji.name ?? ''));
const toggle = (one: Message, each: Reaction, add: boolean): void =>
  void attempt(api.react(add, { channel_id: one.channel_id, message_id: one.id, user_id: view.actor, emoji: emojiKey(each) })).then(
    refresh,
  );
/** A command under way or one that got no answer. Only this tab knows it. */
export function noteRow(note: Note): HTMLElement {
  return h(
    'article',
    { class: 'message ephemeral', testid: note.pending ? 'command-pending' : 'command-failure', role: note.pending ? 'status' : 'alert' },
    h(
      'div',
      { class: 'message-main' },
      avatar(view.actor),
      h(
        'div',
        { class: 'message-body' },
        header(view.actor, '', false),
        note.pending
          ? h(
              'div',
              { class: 'thinking' },
              h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
              `Sending ${note.command}…`,
            )
          : h(
              'div',
              { class: 'failure', title: note.detail },
              `❗ ${note.text}`,
              h('span', { class: 'muted small' }, ` ${note.command}`),
              note.detail && h('div', { class: 'muted small', testid: 'failure-detail' }, note.detail),
            ),
        !note.pending &&
          h(
            'div',
            { class: 'only-you' },
            icon('eye'),
            'Only you can see this • ',
            h('button', { type: 'button', class: 'linklike', testid: 'dismiss', onclick: () => dismiss(note.id) }, 'Dismiss message'),
          ),
      ),
    ),
  );
}

function localUrl(url: string | undefined): boolean {
  return url !== undefined && URL.canParse(url, location.href) && new URL(url, location.href).origin === location.origin;
}

/** Only slash commands have a slash; user and message commands are called by their name. */
function commandName(name: string): string {
  const known = world.commands.filter((one) => one.name === name.split(' ')[0] || one.name === name);
  return known.length > 0 && known.every((one) => (one.type ?? 1) !== 1) ? name : `/${name}`;
}
