// The drawer that moves the world itself: time, the gateway, faults, what the AI stand-ins answer, the recorded requests.
import * as api from './api';
import { append, h, slug, type Child } from './dom';
import { attempt } from './popover';
import { SERVICES, scriptForm } from './controls-scripts';
import { action, section } from './controls-parts';
import { FACES, faultForm, limitForm } from './controls-faults';
import { now, onChange, view, world } from './state';
import type { Json } from './types';

const SHOWN_REQUESTS = 50;
const MINUTE = 60_000;

export function drawer(close: () => void): HTMLElement {
  return h(
    'aside',
    {
      class: 'drawer',
      testid: 'controls',
      'aria-label': 'Controls of the local world',
      hidden: true,
      onkeydown: (event) => {
        if (event.key === 'Escape') close();
      },
    },
    h(
      'header',
      null,
      h('h2', null, 'The local world'),
      h('button', { type: 'button', class: 'bare', 'aria-label': 'Close', testid: 'controls-close', onclick: close }, '✕'),
    ),
    section('Time', true, time()),
    section('Gateway', false, gatewayControls()),
    section('Server', false, server()),
    section('Faults', false, faultForm()),
    section('Rate limits', false, limitForm()),
    ...SERVICES.map((one) => section(`${one.label} answers`, false, scriptForm(one))),
    section('Requests that arrived', false, requests()),
    section('What Discord would not take', false, unexpected()),
  );
}

function time(): Child {
  const clock = h('time', { class: 'clock', testid: 'world-clock' });
  setInterval(() => {
    clock.textContent = new Date(now()).toISOString().replace('T', ' ').slice(0, 19);
  }, 500);
  const minutes = h('input', { type: 'number', min: 1, max: 525_600, value: 5, 'aria-label': 'Minutes', testid: 'clock-minutes' });
  const steps: [string, number][] = [
    ['1 min', MINUTE],
    ['15 min', 15 * MINUTE],
    ['1 hour', 60 * MINUTE],
    ['1 day', 1440 * MINUTE],
  ];
  return h(
    'div',
    { class: 'stack' },
    h(
      'div',
      { class: 'row' },
      action('fire-scheduled', 'Fire the scheduled handler', api.fireScheduled),
      h('span', { class: 'muted small' }, clock, ' UTC'),
    ),
    h(
      'div',
      { class: 'row wrap' },
      h('span', { class: 'muted' }, 'Advance the clock:'),
      steps.map(([label, ms]) => action(`advance-${slug(label)}`, label, () => api.advanceClock(ms))),
    ),
    h(
      'div',
      { class: 'row' },
      minutes,
      action('advance-minutes', 'Advance minutes', () => api.advanceClock(Number(minutes.value) * MINUTE)),
    ),
  );
}

function gatewayControls(): Child {
  const status = h('pre', { class: 'status', testid: 'gateway-status' });
  const show = async () => {
    status.textContent = JSON.stringify(await api.gatewayStatus(), null, 1);
  };
  const send = (testid: string, label: string, body: Json) =>
    action(testid, label, async () => {
      await api.gateway(body);
      await show();
      return true;
    });
  const code = h('input', { type: 'number', value: 4000, min: 1000, max: 4999, 'aria-label': 'Close code', testid: 'gateway-code' });
  return h(
    'div',
    { class: 'stack' },
    h(
      'div',
      { class: 'row' },
      code,
      action('gateway-close', 'Disconnect with this code', () => api.gateway({ action: 'close', code: Number(code.value) })),
    ),
    h(
      'div',
      { class: 'row wrap' },
      send('gateway-reconnect', 'Ask to reconnect', { action: 'reconnect' }),
      send('gateway-invalid-resumable', 'Invalid session (resumable)', { action: 'invalid_session', resumable: true }),
      send('gateway-invalid', 'Invalid session', { action: 'invalid_session', resumable: false }),
      send('gateway-forget', 'Forget sessions', { action: 'forget_sessions' }),
      send('gateway-mute', 'Stop answering heartbeats', { action: 'mute_heartbeats' }),
      send('gateway-refuse', 'Refuse privileged intents', { action: 'refuse_privileged', on: true }),
      send('gateway-allow', 'Allow privileged intents', { action: 'refuse_privileged', on: false }),
    ),
    action('gateway-show', 'Show sessions', async () => {
      await show();
      return true;
    }),
    status,
  );
}

interface Recorded {
  at?: number;
  method?: string;
  path?: string;
  status?: number;
  body?: Json;
  headers?: Json;
}

function requests(): Child {
  const face = h(
    'select',
    { 'aria-label': 'Stand-in', testid: 'record-face' },
    FACES.map((one) => h('option', { value: one }, one)),
  );
  const list = h('div', { class: 'requests', testid: 'record-list' });
  const load = async () => {
    const answer = await api.record(face.value);
    const all = (Array.isArray(answer) ? answer : ((answer as { requests?: Recorded[] } | null)?.requests ?? [])) as Recorded[];
    const last = all.slice(-SHOWN_REQUESTS).reverse();
    list.replaceChildren();
    append(
      list,
      last.length === 0
        ? [h('p', { class: 'muted small' }, 'None yet.')]
        : last.map((one) =>
            h(
              'details',
              { class: 'request', testid: 'record-row' },
              h(
                'summary',
                null,
                h('b', { class: (one.status ?? 0) >= 400 ? 'bad' : 'good' }, one.status ?? '–'),
                ' ',
                h('small', { class: 'muted' }, one.at ? new Date(one.at).toISOString().slice(11, 23) : ''),
                ` ${one.method ?? ''} ${one.path ?? ''}`,
              ),
              h('pre', null, `${one.method ?? ''} ${one.path ?? ''}\n${JSON.stringify(one.body, null, 1)}`),
            ),
          ),
    );
    return true;
  };
  face.addEventListener('change', () => void attempt(load()));
  return h(
    'div',
    { class: 'stack' },
    h('div', { class: 'row' }, face, action('record-load', `Show the last ${SHOWN_REQUESTS}`, load)),
    list,
  );
}

/** Requests to unknown routes and answers over a limit: the strict stand-in keeps them for the tests to look at. */
function unexpected(): Child {
  const list = h('ol', { class: 'unexpected', testid: 'unexpected' });
  onChange(() => {
    if (list.childElementCount === world.unexpected.length && world.unexpected.length > 0) return;
    list.replaceChildren();
    append(
      list,
      world.unexpected.length === 0 ? [h('p', { class: 'muted small' }, 'Nothing.')] : world.unexpected.map((one) => h('li', null, one)),
    );
  });
  return h('div', { class: 'stack' }, list, action('unexpected-clear', 'Forget these', api.forgetUnexpected));
}

function server(): Child {
  return h(
    'div',
    { class: 'row wrap' },
    action('server-unavailable', 'Outage of this server', () => api.setAvailable(view.guildId, false)),
    action('server-available', 'End of the outage', () => api.setAvailable(view.guildId, true)),
    action('channel-delete', 'Delete the open channel', () => api.deleteChannel(view.channelId)),
  );
}
