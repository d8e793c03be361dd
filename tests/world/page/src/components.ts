// Draws a message's components: buttons, the five select menus and the layout blocks of components version 2.
import { h, icon, slug, type Child } from './dom';
import { picture } from './embeds';
import { emojiText } from './emoji';
import { selectChoices } from './fields';
import { press } from './interact';
import { hex, link, markdown } from './markdown-dom';
import { pressed } from './state';
import type { Component, Message } from './types';

/** Menus of several values that stand open, by message and custom id, with what is ticked: they outlive a redraw. */
const drafts = new Map<string, string[]>();
const STYLES = ['', 'primary', 'secondary', 'success', 'danger', 'link', 'premium'];

export function drawComponents(message: Message): Child {
  return message.components.length === 0
    ? null
    : h(
        'div',
        { class: 'components' },
        message.components.map((one) => draw(one, message)),
      );
}

function draw(one: Component, message: Message): Child {
  const inside = () => (one.components ?? []).map((each) => draw(each, message));
  switch (one.type) {
    case 1:
      return h('div', { class: 'action-row', testid: 'action-row' }, inside());
    case 2:
      return button(one, message);
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return select(one, message);
    case 9:
      return h('div', { class: 'section' }, h('div', null, inside()), one.accessory && draw(one.accessory, message));
    case 10:
      return h('div', { class: 'content', testid: 'message-content' }, markdown(one.content ?? ''));
    case 14:
      return h('hr', { class: one.divider === false ? 'gap' : '' });
    case 17:
      return h('div', { class: 'container', testid: 'container', color: one.accent_color ? hex(one.accent_color) : undefined }, inside());
    default:
      return picture((one as { media?: { url?: string } }).media?.url ?? 'not drawn here', `Component ${one.type}`);
  }
}

function button(one: Component, message: Message): HTMLElement {
  const label = one.label ?? '';
  const inside: Child[] = [one.emoji && h('span', { class: 'button-emoji' }, emojiText(one.emoji)), label];
  const testid = `button-${slug(label) || slug(one.custom_id ?? 'emoji')}`;
  if (one.style === 5 && one.url && URL.canParse(one.url) && !one.disabled) {
    const anchor = link(one.url, [...inside, icon('link')], 'button secondary');
    anchor.dataset['testid'] = testid;
    return anchor;
  }
  const busy = pressed.has(`${message.id}/${one.custom_id}`);
  return h(
    'button',
    {
      type: 'button',
      class: `button ${STYLES[one.style ?? 2] ?? 'secondary'}${busy ? ' busy' : ''}`,
      testid,
      'data-custom-id': one.custom_id,
      disabled: one.disabled === true || busy,
      'aria-busy': busy,
      onclick: () => void press(message, one.custom_id ?? ''),
    },
    busy ? h('span', { class: 'dots' }, h('i'), h('i'), h('i')) : inside,
  );
}

function select(one: Component, message: Message): HTMLElement {
  const many = (one.max_values ?? 1) > 1;
  const choices = selectChoices(one);
  const busy = pressed.has(`${message.id}/${one.custom_id}`);
  const testid = `select-${slug(one.placeholder ?? '') || slug(one.custom_id ?? 'menu')}`;
  const shared = { 'data-custom-id': one.custom_id, disabled: one.disabled === true || busy, 'aria-label': one.placeholder ?? 'Select' };
  if (!many) {
    const chosen = (event: Event) => {
      const value = (event.target as HTMLSelectElement).value;
      void press(message, one.custom_id ?? '', value ? [value] : []);
    };
    return h(
      'select',
      { class: 'select', testid, ...shared, onchange: chosen },
      h(
        'option',
        {
          value: '',
          selected: !choices.some((each) => each.default),
          disabled: (one.min_values ?? 1) > 0,
          hidden: (one.min_values ?? 1) > 0,
        },
        one.placeholder ?? 'Make a selection',
      ),
      choices.map((each) => h('option', { value: each.value, selected: each.default === true, title: each.description }, each.label)),
    );
  }
  const key = `${message.id}/${one.custom_id}`;
  const draft = drafts.get(key);
  const boxes = choices.map((each) =>
    h('input', {
      type: 'checkbox',
      value: each.value,
      checked: draft ? draft.includes(each.value) : each.default === true,
      testid: `option-${slug(each.label)}`,
    }),
  );
  const values = () => boxes.filter((each) => each.checked).map((each) => each.value);
  const min = one.min_values ?? 1;
  const max = one.max_values ?? 1;
  const limit = `Choose ${min === max ? min : `${min} to ${max}`}`;
  return h(
    'details',
    {
      class: 'select-many',
      testid,
      ...shared,
      open: draft !== undefined,
      ontoggle: (event) => {
        // A redrawn message leaves its old menu behind, which says so by closing.
        if ((event.target as HTMLDetailsElement).open) drafts.set(key, values());
        else if ((event.target as HTMLElement).isConnected) drafts.delete(key);
      },
      onchange: () => drafts.set(key, values()),
    },
    h('summary', null, one.placeholder ?? 'Make selections', ' ', h('small', { class: 'muted' }, limit)),
    choices.map((each, at) =>
      h('label', null, boxes[at], h('span', null, each.label, each.description && h('small', { class: 'muted' }, each.description))),
    ),
    h(
      'button',
      {
        type: 'button',
        class: 'button primary',
        testid: `${testid}-done`,
        disabled: shared.disabled,
        onclick: () => {
          const chosen = values();
          if (chosen.length < min || chosen.length > max) return;
          drafts.delete(key);
          void press(message, one.custom_id ?? '', chosen);
        },
      },
      'Confirm',
    ),
  );
}
