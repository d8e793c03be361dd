// Forms that tell the Ash-NLP, Gemini and Claude stand-ins what to answer; the first script that matches is used.
import * as api from './api';
import { h, type Child } from './dom';
import { attempt, toast } from './popover';
import type { Json } from './types';

export interface Preset {
  label: string;
  status: number;
  /** The whole answer; without one the stand-in uses the service's own shape of an error. */
  body?: Json;
}
export interface Service {
  name: 'nlp' | 'gemini' | 'claude';
  label: string;
  presets: Preset[];
}

const SEVERITIES = ['safe', 'low', 'medium', 'high', 'critical'];
const BLOCKED: Json = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 120, totalTokenCount: 120 } };
const REFUSED: Json = {
  id: 'msg_local',
  type: 'message',
  role: 'assistant',
  model: 'claude-local',
  content: [],
  stop_reason: 'refusal',
  stop_sequence: null,
  usage: { input_tokens: 120, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
};

export const SERVICES: Service[] = [
  {
    name: 'nlp',
    label: 'Ash-NLP',
    presets: [
      { label: 'Down', status: 503 },
      { label: 'Rate limited', status: 429 },
      { label: 'Nonsense', status: 200, body: 'no JSON' },
    ],
  },
  {
    name: 'gemini',
    label: 'Gemini',
    presets: [
      { label: 'Down', status: 503 },
      { label: 'Rate limited', status: 429 },
      { label: 'Blocked', status: 200, body: BLOCKED },
    ],
  },
  {
    name: 'claude',
    label: 'Claude',
    presets: [
      { label: 'Overloaded', status: 529 },
      { label: 'Rate limited', status: 429 },
      { label: 'Refusal', status: 200, body: REFUSED },
    ],
  },
];

export function scriptForm(service: Service): Child {
  const id = (name: string) => `${service.name}-${name}`;
  const nlp = service.name === 'nlp';
  const contains = h('input', {
    type: 'text',
    placeholder: 'when a message contains (empty: always)',
    'aria-label': 'When a message contains',
    testid: id('contains'),
  });
  const severity = h(
    'select',
    { testid: id('severity'), 'aria-label': 'Severity' },
    SEVERITIES.map((one) => h('option', { value: one }, one.toUpperCase())),
  );
  const score = h('input', { type: 'number', min: 0, max: 1, step: 0.01, placeholder: 'auto', testid: id('score') });
  const text = h('textarea', { rows: 3, placeholder: 'What the model says', 'aria-label': 'What the model says', testid: id('text') });
  const status = h('input', { type: 'number', min: 100, max: 599, value: 200, testid: id('status') });
  const delay = h('input', { type: 'number', min: 0, max: 60_000, value: 0, testid: id('delay') });
  const times = h('input', { type: 'number', min: 1, max: 1000, placeholder: 'ever', testid: id('times') });
  const body = h('textarea', {
    rows: 5,
    spellcheck: 'false',
    class: 'code',
    placeholder: 'JSON; replaces the whole answer',
    'aria-label': 'Raw answer',
    testid: id('body'),
  });
  const rawBody = h('details', null, h('summary', { class: 'muted small' }, 'Raw answer'), body);
  const note = h('span', { class: 'muted small', role: 'status', testid: id('note') });

  const fill = (preset: Preset) => {
    status.value = String(preset.status);
    body.value = preset.body === undefined ? '' : JSON.stringify(preset.body, null, 1);
    rawBody.open = preset.body !== undefined;
  };
  const send = () => {
    const script: { [key: string]: Json } = { status: Number(status.value), delay_ms: Number(delay.value) };
    if (contains.value) script['contains'] = contains.value;
    if (times.value) script['times'] = Number(times.value);
    try {
      if (body.value.trim()) script['body'] = JSON.parse(body.value) as Json;
    } catch {
      toast('The raw answer is no JSON.');
      return;
    }
    if (script['body'] === undefined && Number(status.value) < 300) {
      if (nlp) script['severity'] = severity.value;
      else script['text'] = text.value;
      if (nlp && score.value) script['score'] = Number(score.value);
    }
    void attempt(api.script(service.name, script)).then(
      (answer) => answer !== undefined && said('Done. Earlier scripts that match come first.'),
    );
  };
  const clear = () =>
    void attempt(api.clearScript(service.name)).then((answer) => answer !== undefined && said('It answers by itself again.'));
  const said = (words: string) => {
    note.textContent = words;
  };

  return h(
    'div',
    { class: 'stack' },
    contains,
    nlp
      ? h('div', { class: 'row' }, h('label', { class: 'small' }, 'Severity', severity), h('label', { class: 'small' }, 'Score', score))
      : text,
    h(
      'div',
      { class: 'row' },
      h('label', { class: 'small' }, 'Status', status),
      h('label', { class: 'small' }, 'Delay ms', delay),
      h('label', { class: 'small' }, 'Times', times),
    ),
    rawBody,
    h(
      'div',
      { class: 'row wrap' },
      service.presets.map((preset) =>
        h(
          'button',
          {
            type: 'button',
            class: 'button plain',
            testid: id(preset.label.toLowerCase().replace(/\s+/g, '-')),
            onclick: () => fill(preset),
          },
          preset.label,
        ),
      ),
    ),
    h(
      'div',
      { class: 'row' },
      h('button', { type: 'button', class: 'button primary', testid: id('script'), onclick: send }, 'Answer so'),
      h('button', { type: 'button', class: 'button secondary', testid: id('clear'), onclick: clear }, 'Clear'),
      note,
    ),
  );
}
