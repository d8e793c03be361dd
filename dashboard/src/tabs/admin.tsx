// Admin: whether all works, what it costs, what was done, and the buttons for bad days; behind the administrator's password.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Failure } from '../api';
import { Banner } from '../banner';
import { useEvery, useLoad } from '../load';
import type { Pause } from '../rows';
import type { TabOf } from '../shell';
import { adminState, deedsAreOver, endStepUp, stepUpLeft } from '../worker';
import { Costs } from './admin/costs';
import { DeadLetters } from './admin/dead-letters';
import { Health, Problems } from './admin/health';
import { Log } from './admin/log';
import { Panic } from './admin/panic';
import { StepUp } from './admin/step-up';

const LOOK_MS = 30_000;

/** Why the form is there again. */
const OVER = 'The 15 minutes are over. Please type the administrator’s password again to go on.';

export function Admin({ span, pause }: TabOf) {
  const { guild } = span;
  const [isOpen, setOpen] = useState(stepUpLeft(guild) > 0);
  const [why, setWhy] = useState('');
  const end = useCallback((word: string) => {
    endStepUp();
    setWhy(word);
    setOpen(false);
  }, []);
  // What is being done is still said; and it may be open again by then.
  const over = useCallback(() => void deedsAreOver().then(() => stepUpLeft(guild) === 0 && end(OVER)), [guild, end]);
  useEffect(() => {
    if (!isOpen) return;
    // A timer may come a little early.
    const timer = setTimeout(over, stepUpLeft(guild) + 500);
    return () => clearTimeout(timer);
  }, [isOpen, guild, over]);
  if (!isOpen) {
    return (
      <>
        <Banner pause={pause} />
        <StepUp guild={guild} why={why} opened={() => { setWhy(''); setOpen(true); }} />
      </>
    );
  }
  return <Desk span={span} over={over} close={() => end('You closed the desk.')} />;
}

/** What the parts of the tab share. */
export interface DeskOf {
  guild: string;
  /** Asks the Worker; if the password does not count any more, the form is there again. */
  ask: <T>(asking: Promise<T>) => Promise<T>;
  /** Something was done that the others may show. */
  acted: () => void;
}

function Desk({ span, over, close }: { span: TabOf['span']; over: () => void; close: () => void }) {
  const { guild } = span;
  const ask = useCallback(
    <T,>(asking: Promise<T>): Promise<T> =>
      asking.catch((error: unknown) => {
        if (error instanceof Failure && error.trouble === 'step-up') over();
        throw error;
      }),
    [over],
  );
  const state = useLoad(() => ask(adminState(guild)), [guild]);
  useEvery(LOOK_MS, state.refresh);
  const [deeds, setDeeds] = useState(0);
  const acted = useCallback(() => {
    setDeeds((count) => count + 1);
    state.renew();
  }, [state.renew]);
  // What the Worker answered to a button is newer than what was looked at before.
  const [pause, setPause] = useState<Pause>();
  const newest = state.state === 'ready' ? state.data.pause : undefined;
  useEffect(() => setPause(newest), [newest]);
  const heading = useRef<HTMLParagraphElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const desk = { guild, ask, acted };
  const minutes = Math.max(1, Math.round(stepUpLeft(guild) / 60_000));
  const isUnknown = state.state === 'failed' || (state.state === 'ready' && state.failure !== undefined);
  return (
    <>
      <p class="sr" ref={heading} tabIndex={-1}>The administrator’s desk is open; {minutes === 1 ? '1 minute is' : `${minutes} minutes are`} left.</p>
      <Banner pause={pause} by={pause && by(pause)} asOf={isUnknown && state.state === 'ready' && pause === newest ? state.since : undefined} />
      <div class="cards">
        <Health state={state} />
        <Problems state={state} />
        <Panic desk={desk} level={isUnknown ? 'unknown' : pause?.level} paused={setPause} />
        <Costs guild={guild} />
        <Log guild={guild} deeds={deeds} />
        <DeadLetters desk={desk} />
        <p class="wide note">
          <button type="button" onClick={close}>Close the desk</button>
        </p>
      </div>
    </>
  );
}

function by(pause: Pause): string {
  if (pause.actor_name) return `By ${pause.actor_name}`;
  return pause.actor_id ? `By somebody whose id ends in ${pause.actor_id.slice(-4)}` : 'By somebody';
}
