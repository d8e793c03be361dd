// Lays the page out, follows the world, and redraws each pane when the world or the view changed.
import { follow } from './api';
import { drawChannels, drawGuilds } from './channels';
import { composer, drawComposer, focusComposer } from './composer';
import { drawer } from './controls';
import { h, icon } from './dom';
import { tickStamps } from './markdown-dom';
import { drawActor, drawMembers } from './members';
import { drawHead, drawMessages, showHighlight } from './messages';
import { drawModal } from './modal';
import { closePopover } from './popover';
import { onChange, readHash, refresh, view, world } from './state';

const REFETCH_AFTER_MS = 40;
const TICK_MS = 15_000;

const rail = h('nav', { class: 'rail', 'aria-label': 'Servers', testid: 'guilds' });
const guildName = h('header', { class: 'guild-name', testid: 'guild-name' });
const channels = h('nav', { class: 'channels', 'aria-label': 'Channels', testid: 'channels' });
const actor = h('div', { class: 'actor-panel', testid: 'actor-panel' });
const head = h('div', { class: 'head-slot' });
const messages = h(
  'div',
  { class: 'messages', testid: 'messages', role: 'log', 'aria-label': 'Messages', 'aria-live': 'polite', tabindex: 0 },
  h('div', { class: 'list' }),
);
const members = h('aside', { class: 'members', 'aria-label': 'Members', testid: 'members' });

/** Shows that the bot did something that Discord would not take; the drawer says what. */
const trouble = h('span', { class: 'trouble', testid: 'unexpected-count', title: 'The bot did what Discord would not take', hidden: true });
const root = document.getElementById('app') ?? document.body;
const toggle = (name: string, on?: boolean) => root.classList.toggle(name, on);
const closeSides = () => {
  toggle('show-channels', false);
  if (innerWidth < 760) toggle('show-members', false);
};
const controls = drawer(() => showControls(false));
function showControls(on: boolean): void {
  controls.hidden = !on;
  if (on) controls.querySelector<HTMLElement>('button')?.focus();
  else document.querySelector<HTMLElement>('[data-testid="open-controls"]')?.focus();
}

root.append(
  h('div', { class: 'sidebar' }, rail, h('div', { class: 'column' }, guildName, channels, actor)),
  h(
    'main',
    null,
    h(
      'div',
      { class: 'head' },
      h(
        'button',
        {
          type: 'button',
          class: 'bare only-narrow',
          testid: 'toggle-channels',
          'aria-label': 'Channels',
          onclick: () => toggle('show-channels'),
        },
        icon('menu'),
      ),
      head,
      h(
        'button',
        {
          type: 'button',
          class: 'bare',
          testid: 'toggle-members',
          title: 'Members',
          'aria-label': 'Members',
          onclick: () => toggle(innerWidth < 760 ? 'show-members' : 'hide-members'),
        },
        icon('people'),
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'bare',
          testid: 'open-controls',
          title: 'Controls of the local world',
          'aria-label': 'Controls of the local world',
          onclick: () => showControls(controls.hidden !== false),
        },
        icon('tools'),
        trouble,
      ),
    ),
    h('div', { class: 'middle' }, h('div', { class: 'chat' }, messages, composer()), members),
  ),
  controls,
);

let shownHighlight = '';
onChange(() => {
  drawGuilds(rail);
  drawChannels(guildName, channels, closeSides);
  drawActor(actor);
  drawHead(head);
  drawMessages(messages);
  drawMembers(members);
  drawComposer();
  drawModal();
  trouble.hidden = world.unexpected.length === 0;
  trouble.textContent = String(world.unexpected.length);
  if (view.highlight !== shownHighlight) {
    shownHighlight = view.highlight;
    showHighlight(messages);
  }
  document.documentElement.dataset['ready'] = String(view.loaded);
});

// A smaller window, or a form above the message box, must not hide the newest message.
let tall = 0;
new ResizeObserver(() => {
  if (messages.scrollHeight - messages.scrollTop - tall < 80) messages.scrollTop = messages.scrollHeight;
  tall = messages.clientHeight;
}).observe(messages);
window.addEventListener('hashchange', readHash);
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented) return;
  if (closePopover()) return;
  if (!controls.hidden) showControls(false);
  closeSides();
});
// Typing anywhere goes into the message box, as in Discord.
document.addEventListener('keypress', (event) => {
  const on = document.activeElement;
  if (
    (on === document.body || on === messages || on?.classList.contains('message') === true) &&
    event.key.length === 1 &&
    event.key !== ' ' &&
    !event.ctrlKey &&
    !event.metaKey
  )
    focusComposer();
});
document.addEventListener('pointerdown', (event) => {
  if (root.classList.contains('show-channels') && (event.target as HTMLElement).closest('main')) closeSides();
});

const connection = document.querySelector<HTMLElement>('[data-testid="connection"]');
// One fetch for many events; not a fetch that every further event puts off.
let timer = 0;
follow(
  () => {
    timer ||= window.setTimeout(() => {
      timer = 0;
      void refresh();
    }, REFETCH_AFTER_MS);
  },
  (up) => {
    if (connection) connection.textContent = up ? '' : 'The local world is away; reconnecting…';
  },
);
setInterval(() => tickStamps(document), TICK_MS);
readHash();
void refresh();
