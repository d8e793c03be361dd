// Forms that break or slow down the stand-ins: faults, and rate limits of Discord.
import * as api from './api';
import { action } from './controls-parts';
import { h, type Child } from './dom';
import type { Json } from './types';

export const FACES = ['discord', 'supabase', 'upstash', 'nlp', 'gemini', 'claude'];

export function faultForm(): Child {
  const face = h(
    'select',
    { 'aria-label': 'Stand-in', testid: 'fault-face' },
    FACES.map((one) => h('option', { value: one }, one)),
  );
  const matching = h('input', {
    type: 'text',
    placeholder: 'POST /api/v10/channels (empty: all)',
    'aria-label': 'Requests',
    testid: 'fault-matching',
  });
  const number = (label: string, testid: string, value: string, max: number) => {
    const input = h('input', { type: 'number', min: 0, max, value, testid });
    return { input, element: h('label', { class: 'small' }, label, input) };
  };
  const status = number('Status', 'fault-status', '503', 599);
  const delay = number('Delay ms', 'fault-delay', '0', 60_000);
  const times = number('Times', 'fault-times', '1', 1000);
  const after = h('input', { type: 'checkbox', testid: 'fault-after' });
  const retryAfter = h('input', { type: 'number', min: 0, max: 3600, placeholder: 's', testid: 'fault-retry-after', step: 'any' });
  const add = () => {
    const fault: { [key: string]: Json } = {
      face: face.value,
      matching: matching.value.trim(),
      delay_ms: Number(delay.input.value),
      after: after.checked,
    };
    if (status.input.value) fault['status'] = Number(status.input.value);
    if (times.input.value) fault['times'] = Number(times.input.value);
    if (retryAfter.value) {
      fault['headers'] = [['retry-after', retryAfter.value]];
      if (face.value === 'discord')
        fault['body'] = { message: 'You are being rate limited.', retry_after: Number(retryAfter.value), global: false };
    }
    return api.addFault(fault);
  };
  return h(
    'div',
    { class: 'stack' },
    h('div', { class: 'row' }, face, matching),
    h('div', { class: 'row' }, status.element, delay.element, times.element, h('label', { class: 'small' }, 'Retry-After', retryAfter)),
    h('label', { class: 'small row' }, after, 'let it act first, then break the answer'),
    h('p', { class: 'muted small' }, 'Empty status: only the delay. Empty times: for ever.'),
    h('div', { class: 'row' }, action('fault-add', 'Add fault', add), action('fault-clear', 'Clear all faults', api.clearFaults)),
  );
}

export function limitForm(): Child {
  const prefix = h('input', {
    type: 'text',
    placeholder: 'POST /channels (empty: the global limit)',
    'aria-label': 'Requests',
    testid: 'limit-prefix',
  });
  const most = h('input', { type: 'number', min: 0, value: 5, testid: 'limit-most' });
  const per = h('input', { type: 'number', min: 1, value: 5000, testid: 'limit-per' });
  return h(
    'div',
    { class: 'stack' },
    prefix,
    h('div', { class: 'row' }, h('label', { class: 'small' }, 'Requests', most), h('label', { class: 'small' }, 'per ms', per)),
    h(
      'div',
      { class: 'row' },
      action('limit-add', 'Limit Discord', () => api.limit(prefix.value.trim(), Number(most.value), Number(per.value))),
      action('limit-clear', 'Lift all limits', api.clearLimits),
    ),
  );
}
