// The message box: sends with Enter, suggests commands after `/` and names after `@` and `#`, and shows what is replied to.
import * as api from './api';
import { closeForm, formIsOpen, formSlot } from './command-form';
import { matching, pickerRow, startCommand } from './commands';
import { h, icon } from './dom';
import { edit } from './message-actions';
import { canSee, canSend } from './permissions';
import { attempt } from './popover';
import { DMS, changed, channel, guild, isBot, nameOf, refresh, view, visibleMessages, world } from './state';

const MAX = 2000;
const ROWS = 12;

interface Suggestion {
  row: (here: boolean, choose: () => void) => HTMLElement;
  choose: () => void;
}

const box = h('textarea', { testid: 'composer', rows: 1, 'aria-label': 'Message', autocomplete: 'off', spellcheck: 'false' });
const list = h('div', { class: 'suggestions', role: 'listbox', testid: 'command-picker', hidden: true });
const replyBar = h('div', { class: 'reply-bar', testid: 'reply-bar', hidden: true });
const count = h('span', { class: 'count' });
const slot = h('div');
let shown: Suggestion[] = [];
let at = 0;
const drafts = new Map<string, string>();
let drawnFor = '';

export function composer(): HTMLElement {
  formSlot(slot);
  box.addEventListener('input', () => {
    grow();
    suggest();
  });
  box.addEventListener('keydown', keydown);
  box.addEventListener('blur', () => hide());
  const send_ = h('button', { type: 'button', class: 'send', testid: 'send', 'aria-label': 'Send message', onclick: () => enter() }, '➤');
  send_.addEventListener('pointerdown', (event) => event.preventDefault());
  const slash = h(
    'button',
    { type: 'button', class: 'slash', testid: 'open-commands', title: 'Commands', 'aria-label': 'Commands', onclick: () => prefill('/') },
    '/',
  );
  return h('div', { class: 'composer' }, slot, list, replyBar, h('div', { class: 'box' }, slash, box, count, send_));
}

/** Follows the view: another channel has another draft; a channel may be closed to the acting member. */
export function drawComposer(): void {
  const here = guild();
  const where = channel();
  const key = `${view.actor}/${view.channelId}`;
  if (drawnFor !== key) {
    drafts.set(drawnFor, box.value);
    box.value = drafts.get(key) ?? '';
    drawnFor = key;
    closeForm();
    hide();
    grow();
  }
  const open = view.channelId !== '' && (!here || (where !== undefined && canSend(here, where, view.actor)));
  box.disabled = view.channelId === '';
  box.placeholder =
    view.guildId === DMS
      ? `Message @${nameOf(world.application.id)}`
      : open
        ? `Message #${where?.name ?? ''}`
        : `${nameOf(view.actor)} may not write here`;
  box.classList.toggle('closed', !open);
  const replied = view.replyTo ? visibleMessages(view.channelId).find((one) => one.id === view.replyTo) : undefined;
  replyBar.hidden = !replied;
  if (replied) {
    replyBar.replaceChildren(
      h('span', null, 'Replying to ', h('b', null, nameOf(replied.author.id))),
      h(
        'button',
        { type: 'button', class: 'bare', 'aria-label': 'Cancel reply', testid: 'cancel-reply', onclick: () => startReply('') },
        icon('close'),
      ),
    );
  }
}

export function startReply(messageId: string): void {
  view.replyTo = messageId;
  changed();
  box.focus();
}

export function focusComposer(): void {
  box.focus();
}

/** Puts a text into the box as if it had been typed. */
export function prefill(text: string): void {
  box.value = text;
  box.focus();
  grow();
  suggest();
}

function grow(): void {
  box.rows = Math.min(ROWS, box.value.split('\n').length);
  const left = MAX - [...box.value].length;
  count.textContent = left < 200 ? String(left) : '';
  count.classList.toggle('over', left < 0);
}

function keydown(event: KeyboardEvent): void {
  if (event.isComposing) return;
  if (shown.length > 0 && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    at = (at + (event.key === 'ArrowDown' ? 1 : shown.length - 1)) % shown.length;
    drawList();
  } else if (shown.length > 0 && (event.key === 'Tab' || (event.key === 'Enter' && !event.shiftKey))) {
    shown[at]?.choose();
  } else if (event.key === 'Enter' && !event.shiftKey) {
    enter();
  } else if (event.key === 'Escape') {
    if (shown.length > 0) hide();
    else if (formIsOpen()) closeForm();
    else if (view.replyTo) startReply('');
    else return;
  } else if (event.key === 'ArrowUp' && box.value === '') {
    const mine = visibleMessages(view.channelId)
      .filter((one) => one.author.id === view.actor)
      .at(-1);
    if (!mine) return;
    edit(mine.id);
  } else return;
  event.preventDefault();
}

function enter(): void {
  const text = box.value.trim();
  if (!text || !view.channelId) return;
  const leaf = text.startsWith('/') ? matching(text.slice(1))[0] : undefined;
  if (leaf) {
    choose(() => startCommand(leaf, '', text));
    return;
  }
  const body = { channel_id: view.channelId, user_id: view.actor, content: withMentions(text) };
  const reply = view.replyTo;
  box.value = '';
  view.replyTo = '';
  grow();
  changed();
  void attempt(api.sendMessage(reply ? { ...body, reply_to: reply } : body)).then((sent) => {
    // A refused text comes back, so that nothing is typed twice.
    if (sent === undefined && box.value === '') box.value = text;
    view.toEnd = true;
    return refresh();
  });
}

function choose(then: () => void): void {
  box.value = '';
  hide();
  grow();
  then();
}

const people = (): string[] => guild()?.members.map((one) => one.userId) ?? [view.actor, world.application.id];

/** `@Name` and `#channel` become what Discord's client sends for them. */
function withMentions(text: string): string {
  const here = guild();
  const names: [string, string][] = [];
  for (const id of people()) {
    names.push([`@${nameOf(id)}`, `<@${id}>`]);
    const username = world.users.get(id)?.username;
    if (username) names.push([`@${username}`, `<@${id}>`]);
  }
  for (const one of here?.roles ?? []) if (!one.name.startsWith('@')) names.push([`@${one.name}`, `<@&${one.id}>`]);
  for (const one of [...(here?.channels ?? []), ...(here?.threads ?? [])]) names.push([`#${one.name}`, `<#${one.id}>`]);
  names.sort((a, b) => b[0].length - a[0].length);
  let out = '';
  for (let from = 0; from < text.length;) {
    const hit =
      /[@#]/.test(text[from] ?? '') && !/[\w<]/.test(text[from - 1] ?? ' ')
        ? names.find(([name]) => text.startsWith(name, from) && !/\w/.test(text[from + name.length] ?? ' '))
        : undefined;
    out += hit ? hit[1] : (text[from] ?? '');
    from += hit ? hit[0].length : 1;
  }
  return out;
}

function suggest(): void {
  const text = box.value.slice(0, box.selectionStart);
  const word = /(^|\s)([@#])([\p{L}\p{N}_-]*)$/u.exec(text);
  if (/^\/[^\n]*$/.test(text)) {
    shown = matching(text.slice(1)).map((leaf) => {
      const run = () => choose(() => startCommand(leaf, '', text));
      return { choose: run, row: (here, chosen) => pickerRow(leaf, here, chosen) };
    });
  } else if (word) {
    shown = names(word[2] ?? '', word[3] ?? '');
  } else {
    shown = [];
  }
  at = 0;
  drawList();
}

function names(sign: string, typed: string): Suggestion[] {
  const here = guild();
  const all =
    sign === '@'
      ? [
          ...people().map((id) => ({ text: nameOf(id), hint: isBot(id) ? 'app' : '' })),
          ...(here?.roles ?? []).filter((one) => !one.name.startsWith('@')).map((one) => ({ text: one.name, hint: 'role' })),
        ]
      : here
        ? [...here.channels, ...here.threads]
            .filter((one) => one.type !== 4 && canSee(here, one, view.actor))
            .map((one) => ({ text: one.name, hint: 'channel' }))
        : [];
  // A whole name needs no help, so that Enter sends.
  if (all.some((one) => one.text.toLowerCase() === typed.toLowerCase())) return [];
  return all
    .filter((one) => one.text.toLowerCase().includes(typed.toLowerCase()))
    .slice(0, 8)
    .map(({ text, hint }) => {
      const insert = () => {
        const until = box.selectionStart;
        box.setRangeText(`${sign}${text} `, until - typed.length - 1, until, 'end');
        hide();
      };
      return {
        choose: insert,
        row: (current, chosen) =>
          h(
            'div',
            {
              class: current ? 'suggestion here' : 'suggestion',
              role: 'option',
              testid: `mention-${text}`,
              'aria-selected': current,
              onpointerdown: (event) => {
                event.preventDefault();
                chosen();
              },
            },
            h('b', null, sign + text),
            h('small', { class: 'muted' }, hint),
          ),
      };
    });
}

function hide(): void {
  shown = [];
  drawList();
}

function drawList(): void {
  list.hidden = shown.length === 0;
  list.replaceChildren(...shown.map((one, index) => one.row(index === at, one.choose)));
  list.children[at]?.scrollIntoView({ block: 'nearest' });
}
