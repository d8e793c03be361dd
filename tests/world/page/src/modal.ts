// Shows the modal that the bot opened for the acting member, checks its fields as Discord does, and submits it.
import * as api from './api';
import { h, slug, type Child } from './dom';
import { selectChoices } from './fields';
import { modalSubmit } from './interact';
import { markdown } from './markdown-dom';
import { attempt } from './popover';
import { changed, dismissed, openModal } from './state';
import type { Component, Json, Modal } from './types';

interface Field {
  id: string;
  value: () => Json;
  problem: () => string;
}

let shown: { id: string; dialog: HTMLDialogElement } | null = null;

export function drawModal(): void {
  const modal = openModal();
  if (shown && shown.id !== modal?.id) {
    shown.dialog.close();
    shown.dialog.remove();
    shown = null;
  }
  if (!modal || shown) return;
  const dialog = build(modal);
  shown = { id: modal.id, dialog };
  document.body.appendChild(dialog);
  dialog.showModal();
  dialog.querySelector<HTMLElement>('input, textarea, select')?.focus();
}

function build(modal: Modal): HTMLDialogElement {
  const fields: Field[] = [];
  const inside = modal.components.map((one) => draw(one, fields));
  const error = h('p', { class: 'failure', testid: 'modal-error', role: 'alert', hidden: true });
  const close = () => {
    dismissed.add(modal.id);
    changed();
  };
  const cancel = () => {
    close();
    void attempt(api.dismissModal(modal.id));
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const problem = fields.map((one) => one.problem()).find(Boolean);
    error.hidden = !problem;
    error.textContent = problem ?? '';
    if (problem) return;
    const values: Record<string, Json> = {};
    for (const one of fields) values[one.id] = one.value();
    close();
    void modalSubmit(modal.channelId, modal.id, modal.title, values);
  };
  const dialog = h(
    'dialog',
    { class: 'modal', testid: 'modal', 'aria-label': modal.title },
    h(
      'form',
      { onsubmit: submit, novalidate: true },
      h(
        'header',
        null,
        h('h2', { testid: 'modal-title' }, modal.title),
        h('button', { type: 'button', class: 'bare', 'aria-label': 'Close', testid: 'modal-close', onclick: cancel }, '✕'),
      ),
      h('div', { class: 'modal-warning' }, 'This form is shown by the bot. Do not share passwords.'),
      h('div', { class: 'modal-fields' }, inside),
      error,
      h(
        'footer',
        null,
        h('button', { type: 'button', class: 'button plain', testid: 'modal-cancel', onclick: cancel }, 'Cancel'),
        h('button', { type: 'submit', class: 'button primary', testid: 'modal-submit' }, 'Submit'),
      ),
    ),
  );
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    cancel();
  });
  return dialog;
}

/** One top-level component: an action row, a label with its input, or a text. */
function draw(one: Component, fields: Field[]): Child {
  if (one.type === 1) return (one.components ?? []).map((each) => labelled(each.label ?? '', '', each, fields));
  if (one.type === 18 && one.component) return labelled(one.label ?? '', one.description ?? '', one.component, fields);
  if (one.type === 10) return markdown(one.content ?? '');
  return null;
}

function labelled(label: string, hint: string, one: Component, fields: Field[]): HTMLElement {
  const needed = one.type === 23 ? false : one.required !== false;
  const { field, element } = input(one, label, needed);
  fields.push(field);
  const several = one.type === 21 || one.type === 22 || element instanceof HTMLFieldSetElement;
  const head = h('span', { class: 'field-label' }, label, needed && h('em', { title: 'required' }, ' *'));
  return h(
    several ? 'div' : 'label',
    { class: 'field', testid: `field-${slug(label) || slug(one.custom_id ?? '')}` },
    head,
    hint && h('small', { class: 'muted' }, hint),
    element,
  );
}

function input(one: Component, label: string, needed: boolean): { field: Field; element: HTMLElement } {
  const id = one.custom_id ?? '';
  const testid = `input-${slug(id)}`;
  const make = (element: HTMLElement, value: () => Json, problem: () => string = () => '') => ({ element, field: { id, value, problem } });
  if (one.type === 4) {
    const shared = { testid, name: id, placeholder: one.placeholder, maxlength: one.max_length ?? 4000, value: one.value ?? '' };
    const box = one.style === 2 ? h('textarea', { ...shared, rows: 4 }) : h('input', { ...shared, type: 'text', autocomplete: 'off' });
    const counter = h('small', { class: 'muted counter' });
    const count = () => {
      counter.textContent = one.max_length ? `${box.value.length} / ${one.max_length}` : '';
    };
    box.addEventListener('input', count);
    count();
    return make(
      h('span', { class: 'counted' }, box, counter),
      () => box.value,
      () => {
        if (needed && !box.value.trim()) return `${label || 'A field'} is required.`;
        return box.value && one.min_length && box.value.length < one.min_length
          ? `${label || 'A field'} must have at least ${one.min_length} characters.`
          : '';
      },
    );
  }
  if (one.type === 23) {
    const box = h('input', { type: 'checkbox', testid, name: id, checked: one.default === true });
    return make(box, () => box.checked);
  }
  if (one.type === 21) {
    const boxes = boxesOf(one, 'radio');
    return make(
      boxes.element,
      () => boxes.chosen()[0] ?? null,
      () => (needed && boxes.chosen().length === 0 ? `Choose one for ${label}.` : ''),
    );
  }
  const many = one.type === 22 || (one.max_values ?? 1) > 1;
  const min = one.min_values ?? (needed ? 1 : 0);
  const max = one.max_values ?? (one.type === 22 ? (one.options?.length ?? 10) : 1);
  if (many) {
    const boxes = boxesOf(one, 'checkbox');
    return make(
      boxes.element,
      () => boxes.chosen(),
      () => {
        const chosen = boxes.chosen().length;
        return (chosen > 0 || needed) && (chosen < min || chosen > max)
          ? `Choose ${min === max ? min : `${min} to ${max}`} for ${label}.`
          : '';
      },
    );
  }
  if ([3, 5, 6, 7, 8].includes(one.type)) {
    const choices = selectChoices(one);
    const menu = h(
      'select',
      { testid, name: id, class: 'select' },
      h('option', { value: '' }, one.placeholder ?? 'Make a selection'),
      choices.map((each) => h('option', { value: each.value, selected: each.default === true, title: each.description }, each.label)),
    );
    return make(
      menu,
      () => (menu.value ? [menu.value] : []),
      () => (needed && !menu.value ? `Choose one for ${label}.` : ''),
    );
  }
  return make(
    h(
      'span',
      { class: 'muted', testid },
      one.type === 19 ? 'Files cannot be sent from this page.' : `Component ${one.type} is not drawn here.`,
    ),
    () => [],
  );
}

function boxesOf(one: Component, type: 'radio' | 'checkbox'): { element: HTMLElement; chosen: () => string[] } {
  const boxes = selectChoices({ ...one, type: one.type >= 21 ? 3 : one.type }).map((each) => ({
    each,
    box: h('input', { type, name: one.custom_id, value: each.value, checked: each.default === true, testid: `option-${slug(each.label)}` }),
  }));
  const element = h(
    'fieldset',
    { class: 'boxes', testid: `input-${slug(one.custom_id ?? '')}` },
    boxes.map(({ each, box }) =>
      h('label', null, box, h('span', null, each.label, each.description && h('small', { class: 'muted' }, each.description))),
    ),
  );
  return { element, chosen: () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value) };
}
