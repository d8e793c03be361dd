// What the acting member can do with a message: react, reply, edit, delete, run the bot's message commands, dismiss.
import * as api from './api';
import { commandsFor, startCommand } from './commands';
import { startReply } from './composer';
import { h, icon, slug } from './dom';
import { emojiPicker } from './emoji';
import { MANAGE_MESSAGES, channelPermissions } from './permissions';
import { attempt, menu, type Item } from './popover';
import { changed, channel, dismissed, guild, refresh, view } from './state';
import type { Message } from './types';

export function toolbar(one: Message, secret: boolean): HTMLElement {
  const tool = (testid: string, label: string, name: string, onclick: (event: MouseEvent) => void) =>
    h('button', { type: 'button', testid, title: label, 'aria-label': label, onclick }, icon(name));
  return h(
    'div',
    { class: 'toolbar', role: 'toolbar', 'aria-label': 'Message actions' },
    !secret && tool('message-react', 'Add reaction', 'smile', (event) => pick(one, event.currentTarget as HTMLElement)),
    !secret && tool('message-reply', 'Reply', 'reply', () => startReply(one.id)),
    one.author.id === view.actor && tool('message-edit', 'Edit', 'pencil', () => edit(one.id)),
    mayDelete(one, secret) && tool('message-delete', 'Delete', 'trash', () => remove(one)),
    tool('message-more', 'Apps and more', 'apps', (event) => moreMenu(one, event.currentTarget as HTMLElement)),
  );
}

function mayDelete(one: Message, secret: boolean): boolean {
  if (secret) return false;
  const here = guild();
  const where = channel(one.channel_id);
  return (
    one.author.id === view.actor ||
    (here !== undefined && where !== undefined && (channelPermissions(here, where, view.actor) & MANAGE_MESSAGES) !== 0n)
  );
}

const remove = (one: Message): void => void attempt(api.deleteMessage(one.channel_id, one.id, view.actor)).then(refresh);
export function edit(messageId: string): void {
  view.editing = messageId;
  changed();
}

export function moreMenu(one: Message, anchor: HTMLElement): void {
  const secret = one.visibleTo !== null;
  const items: Item[] = secret
    ? []
    : commandsFor(3).map((each) => ({
        label: `${each.name} (app)`,
        testid: `message-command-${slug(each.name)}`,
        run: () => startCommand(each, one.id),
      }));
  const copy = (text: string) => void navigator.clipboard?.writeText(text).catch(() => undefined);
  items.push(
    { label: 'Copy message id', testid: 'copy-id', run: () => copy(one.id) },
    { label: 'Copy text', testid: 'copy-text', run: () => copy(one.content) },
  );
  if (one.author.id === view.actor) items.push({ label: 'Edit message', testid: 'menu-edit', run: () => edit(one.id) });
  if (mayDelete(one, secret)) items.push({ label: 'Delete message', testid: 'menu-delete', danger: true, run: () => remove(one) });
  menu(anchor.querySelector<HTMLElement>('[data-testid="message-more"]') ?? anchor, 'Message actions', items);
}

export function dismiss(id: string): void {
  dismissed.add(id);
  changed();
}

export function editBox(one: Message): HTMLElement {
  const box = h('textarea', {
    class: 'edit-box',
    testid: 'edit-box',
    rows: 2,
    maxlength: 2000,
    'aria-label': 'Edit message',
    value: one.content,
  });
  const stop = () => {
    view.editing = '';
    changed();
    document.querySelector<HTMLElement>('[data-testid="composer"]')?.focus();
  };
  const save = () => {
    const text = box.value.trim();
    if (text && text !== one.content) void attempt(api.editMessage(one.channel_id, one.id, text)).then(refresh);
    stop();
  };
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') stop();
    else if (event.key === 'Enter' && !event.shiftKey) save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  queueMicrotask(() => box.focus());
  return h(
    'div',
    null,
    box,
    h(
      'div',
      { class: 'muted small' },
      'escape to ',
      h('button', { type: 'button', class: 'linklike', onclick: stop }, 'cancel'),
      ' • enter to ',
      h('button', { type: 'button', class: 'linklike', testid: 'edit-save', onclick: save }, 'save'),
    ),
  );
}

export const pick = (one: Message, anchor: HTMLElement): void =>
  emojiPicker(
    anchor,
    (emoji) => void attempt(api.react(true, { channel_id: one.channel_id, message_id: one.id, user_id: view.actor, emoji })).then(refresh),
  );
