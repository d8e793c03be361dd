// Whether the parts that the bot is made of work, each with a word and a sign, and what is set wrongly.
import { number, since } from '../../format';
import type { Loaded } from '../../load';
import type { AdminState, ServiceState } from '../../rows';
import { Card, Empty, Loading, Problem, Stale } from '../../states';

const NAMES: Record<string, string> = {
  gateway: 'Discord gateway',
  relay: 'Relay',
  supabase: 'Supabase',
  upstash: 'Upstash',
  nlp: 'Ash-NLP',
  gemini: 'Gemini',
  claude: 'Claude',
};
/** From Discord to what answers. */
const ORDER = Object.keys(NAMES);
const STATES: Record<ServiceState['status'], { sign: string; word: string }> = {
  up: { sign: '✓', word: 'works' },
  degraded: { sign: '!', word: 'works badly' },
  down: { sign: '✕', word: 'does not work' },
  off: { sign: '–', word: 'off, by choice' },
  unknown: { sign: '?', word: 'not known' },
};

export function Health({ state }: { state: Loaded<AdminState> }) {
  return (
    <Card title="What works" note="Looked at anew every 30 seconds." wide>
      {state.state === 'loading' && <Loading what="what works" />}
      {state.state === 'failed' && <Problem failure={state.failure} retry={state.retry} />}
      <Stale of={state} />
      {state.state === 'ready' && (
        <>
          <p class="lead" role="status">{headline(state.data.services)}</p>
          <ul class="services">{[...state.data.services].sort(inOrder).map((one) => <Service key={`${one.service} ${one.instance}`} one={one} />)}</ul>
        </>
      )}
    </Card>
  );
}

function inOrder(a: ServiceState, b: ServiceState): number {
  return ORDER.indexOf(a.service) - ORDER.indexOf(b.service) || a.instance.localeCompare(b.instance, undefined, { numeric: true });
}

function headline(services: ServiceState[]): string {
  const bad = services.filter((one) => one.status === 'down' || one.status === 'degraded');
  if (bad.length === 0) return 'Nothing is known to be broken.';
  return `${bad.map(named).join(', ')}: ${bad.length === 1 ? 'does' : 'do'} not work as ${bad.length === 1 ? 'it' : 'they'} should.`;
}

function named(one: ServiceState): string {
  const name = NAMES[one.service] ?? one.service;
  return one.instance ? `${name}, ${one.instance}` : name;
}

function Service({ one }: { one: ServiceState }) {
  const { sign, word } = STATES[one.status] ?? STATES.unknown;
  return (
    <li class={`service ${one.status}`}>
      <span class="mark" aria-hidden="true">{sign}</span>
      <div>
        <strong>{named(one)}</strong> <span class="word">{word}</span>
        <p class="note">
          {one.seen_at ? `seen ${since(one.seen_at)} ago` : one.status === 'off' ? 'not asked' : 'not seen yet'}
          {one.latency_ms !== undefined && `, answers in ${number(one.latency_ms)} ms`}
        </p>
        {one.reason && <p>{one.reason}</p>}
      </div>
    </li>
  );
}

export function Problems({ state }: { state: Loaded<AdminState> }) {
  if (state.state !== 'ready') return null;
  return (
    <Card title="What is set wrongly" note="Variables of the Worker; whoever runs the bot can mend them." wide>
      {state.data.problems.length === 0 ? (
        <Empty>Every variable is as it should be.</Empty>
      ) : (
        <ul class="problems">
          {state.data.problems.map((one) => (
            <li key={one.variable}><code>{one.variable}</code>: {one.mend}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}
