// The form of one slash command: an input per option, choices and autocomplete, Enter runs it and Esc puts it away.
import * as api from './api';
import type { Leaf } from './commands';
import { focusComposer } from './composer';
import { append, h, slug } from './dom';
import { channelChoices, roleChoices, userChoices, type Pick } from './fields';
import { command } from './interact';
import { guildOf, view } from './state';
import type { CommandOption, Json } from './types';

const AUTOCOMPLETE_AFTER_MS = 150;
interface Field {
  option: CommandOption;
  element: HTMLElement;
  value: () => Json | undefined;
  set: (text: string) => void;
}

let slot: HTMLElement = h('div');
export function formSlot(element: HTMLElement): void {
  slot = element;
}
export const formIsOpen = (): boolean => slot.childElementCount > 0;

export function closeForm(): void {
  slot.replaceChildren();
}

/** `typed` may hold `name:value` pairs as one writes them in Discord; they fill the inputs. */
export function openForm(leaf: Leaf, typed: string): void {
  const fields: Field[] = [];
  const values = (): Record<string, Json> => {
    const out: Record<string, Json> = {};
    for (const one of fields) {
      const value = one.value();
      if (value !== undefined) out[one.option.name] = value;
    }
    return out;
  };
  const sorted = [...leaf.options].sort((a, b) => Number(b.required ?? false) - Number(a.required ?? false));
  fields.push(...sorted.map((option) => field(option, leaf, values)));
  for (const [, name, quoted, bare] of typed.matchAll(/([\p{L}\p{N}_-]+):(?:"([^"]*)"|(\S+))/gu))
    fields.find((one) => one.option.name === name)?.set(quoted ?? bare ?? '');
  const form = h(
    'form',
    {
      class: 'command-form',
      testid: 'command-form',
      'aria-label': `/${leaf.name}`,
      novalidate: false,
      onsubmit: (event) => {
        event.preventDefault();
        const options = values();
        closeForm();
        focusComposer();
        void command(leaf.name, 1, options, '');
      },
      onkeydown: (event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        closeForm();
        focusComposer();
      },
    },
    h('div', { class: 'command-title' }, h('b', null, `/${leaf.name}`), h('span', { class: 'muted' }, leaf.description)),
    fields.length > 0 &&
      h(
        'div',
        { class: 'command-options' },
        fields.map((one) =>
          h(
            'label',
            { class: 'command-option' },
            h(
              'span',
              { class: 'option-label' },
              one.option.name,
              one.option.required ? h('em', { title: 'required' }, ' *') : h('small', { class: 'muted' }, ' optional'),
            ),
            one.element,
            h('small', { class: 'muted' }, one.option.description),
          ),
        ),
      ),
    h(
      'div',
      { class: 'row end' },
      h(
        'button',
        {
          type: 'button',
          class: 'button plain',
          testid: 'command-cancel',
          onclick: () => {
            closeForm();
            focusComposer();
          },
        },
        'Cancel',
      ),
      h('button', { type: 'submit', class: 'button primary', testid: 'command-run' }, 'Send'),
    ),
  );
  slot.replaceChildren(form);
  (form.querySelector<HTMLElement>('input, select') ?? form.querySelector<HTMLElement>('[data-testid="command-run"]'))?.focus();
}

function field(option: CommandOption, leaf: Leaf, values: () => Record<string, Json>): Field {
  const shared = { testid: `option-${slug(option.name)}`, required: option.required === true, name: option.name };
  const numeric = option.type === 4 || option.type === 10;
  const toValue = (text: string): Json | undefined =>
    text === '' ? undefined : numeric ? Number(text) : option.type === 5 ? text === 'true' : text;
  const picks = picksOf(option);
  if (picks) {
    const select = h(
      'select',
      shared,
      h('option', { value: '' }, option.required ? 'Choose…' : '—'),
      picks.map((one) => h('option', { value: one.value }, one.label)),
    );
    const set = (text: string) => {
      const wanted = text
        .replace(/^<[@#][!&]?(\d+)>$/, '$1')
        .replace(/^[@#]/, '')
        .toLowerCase();
      select.value =
        picks.find((one) => one.value.toLowerCase() === wanted || one.label.replace(/^[@#]/, '').toLowerCase() === wanted)?.value ?? '';
    };
    return { option, element: select, value: () => toValue(select.value), set };
  }
  if (option.type === 11) {
    const note = h('span', { class: 'muted', testid: shared.testid }, 'files cannot be sent from this page');
    return { option, element: note, value: () => undefined, set: () => undefined };
  }
  const input = h('input', {
    ...shared,
    type: numeric ? 'number' : 'text',
    step: option.type === 10 ? 'any' : undefined,
    autocomplete: 'off',
    min: numeric ? option.min_value : undefined,
    max: numeric ? option.max_value : undefined,
    minlength: numeric ? undefined : option.min_length,
    maxlength: numeric ? undefined : (option.max_length ?? 6000),
  });
  const set = (text: string) => {
    input.value = text;
  };
  if (!option.autocomplete) return { option, element: input, value: () => toValue(input.value), set };
  const found = new Map<string, Json>();
  const value = () => found.get(input.value) ?? toValue(input.value);
  return { option, element: h('span', { class: 'autocomplete' }, input, suggestions(option, leaf, input, found, values)), value, set };
}

function picksOf(option: CommandOption): Pick[] | null {
  if (option.choices && option.choices.length > 0) return option.choices.map((one) => ({ value: String(one.value), label: one.name }));
  switch (option.type) {
    case 5:
      return [
        { value: 'true', label: 'True' },
        { value: 'false', label: 'False' },
      ];
    case 6:
      return userChoices();
    case 7:
      return channelChoices(option.channel_types);
    case 8:
      return roleChoices();
    case 9:
      return [...userChoices(), ...roleChoices()];
    default:
      return null;
  }
}

/** The bot's suggestions below an input; `found` maps a shown name to the value that is sent for it. */
function suggestions(
  option: CommandOption,
  leaf: Leaf,
  input: HTMLInputElement,
  found: Map<string, Json>,
  values: () => Record<string, Json>,
): HTMLElement {
  const list = h('div', { class: 'choices', role: 'listbox', testid: `choices-${slug(option.name)}` });
  let timer = 0;
  let asked = 0;
  const ask = async () => {
    asked += 1;
    const mine = asked;
    const inside = guildOf(view.channelId);
    const options = { ...values(), [option.name]: input.value };
    const where: api.Where = { channel_id: view.channelId, user_id: view.actor };
    if (inside) where.guild_id = inside.id;
    let rows: { name: string; value: Json }[] = [];
    let note = 'No options match your search.';
    try {
      rows = choicesIn(await api.autocomplete({ ...where, name: leaf.name, options, focused: option.name }));
    } catch {
      note = 'Loading options failed.';
    }
    if (mine !== asked || !input.isConnected) return;
    list.replaceChildren();
    append(
      list,
      rows.length === 0
        ? [h('div', { class: 'muted choice' }, note)]
        : rows.map((one, at) => {
            found.set(one.name, one.value);
            return h(
              'div',
              {
                class: 'choice',
                role: 'option',
                testid: `choice-${at}`,
                onpointerdown: (event) => {
                  event.preventDefault();
                  pick(one.name);
                },
              },
              one.name,
            );
          }),
    );
  };
  const pick = (name: string) => {
    input.value = name;
    list.replaceChildren();
  };
  const later = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), AUTOCOMPLETE_AFTER_MS);
  };
  input.addEventListener('input', later);
  input.addEventListener('focus', later);
  input.addEventListener('blur', () => {
    clearTimeout(timer);
    asked += 1;
    list.replaceChildren();
  });
  input.addEventListener('keydown', (event) => {
    const rows = [...list.querySelectorAll<HTMLElement>('[role="option"]')];
    if (rows.length === 0) return;
    const at = rows.findIndex((one) => one.classList.contains('here'));
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      rows[at]?.classList.remove('here');
      rows.at((at + (event.key === 'ArrowDown' ? 1 : at < 0 ? 0 : -1)) % rows.length)?.classList.add('here');
    } else if ((event.key === 'Enter' || event.key === 'Tab') && at >= 0) {
      event.preventDefault();
      pick(rows[at]?.textContent ?? '');
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      list.replaceChildren();
    }
  });
  return list;
}

/** The answer is the list of choices, or Discord's response around it. */
function choicesIn(answer: unknown): { name: string; value: Json }[] {
  if (Array.isArray(answer)) return answer as { name: string; value: Json }[];
  if (typeof answer !== 'object' || answer === null) return [];
  const one = answer as Record<string, unknown>;
  return choicesIn(one['choices'] ?? one['response'] ?? one['data'] ?? null);
}
