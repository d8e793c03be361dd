// What the Admin tab asks of the Worker. The step-up token lives in this page's memory alone: a reload forgets it.
import { Failure, WAIT_MS, accessToken } from './api';
import type * as rows from './rows';

/** Flushing and pausing wait for other services. */
const ACT_WAIT_MS = 3 * WAIT_MS;

interface StepUp {
  guild: string;
  token: string;
  expiresAt: number;
}

let held: StepUp | undefined;

/** Forgets it, as when somebody else signs in. */
export function endStepUp(): void {
  held = undefined;
}

const deeds = new Set<Promise<unknown>>();

function deed<T>(asking: Promise<T>): Promise<T> {
  deeds.add(asking);
  const over = () => void deeds.delete(asking);
  asking.then(over, over);
  return asking;
}

/** Waits until no deed is under way. */
export async function deedsAreOver(): Promise<void> {
  while (deeds.size > 0) await Promise.allSettled(deeds);
}

/** How many milliseconds the administrator's password still counts for; 0 if it has to be given. */
export function stepUpLeft(guild: string): number {
  return held?.guild === guild ? Math.max(0, held.expiresAt - Date.now()) : 0;
}

async function ask<T>(path: string, guild: string, body: object = {}, wait = ACT_WAIT_MS): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${await accessToken()}`, 'content-type': 'application/json' };
  const given = held?.guild === guild ? held : undefined;
  if (given) headers['x-admin-step-up'] = given.token;
  let answer: Response;
  let said: { error?: string; code?: string } & T;
  try {
    answer = await fetch(`/admin/${path}`, { method: 'POST', headers, body: JSON.stringify({ guild, ...body }), signal: AbortSignal.timeout(wait) });
    said = await answer.json();
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') throw new Failure('slow', `The bot did not answer in time.${wait > WAIT_MS ? ' It may have been done all the same: look at the log.' : ''}`);
    throw new Failure('offline', 'The bot cannot be reached. Are you online?');
  }
  if (answer.ok) return said;
  const words = said.error || `The bot refused (${answer.status}).`;
  switch (said.code) {
    case 'step_up':
      // Not one that was given since.
      if (held === given) held = undefined;
      throw new Failure('step-up', words);
    case 'unconfigured':
      throw new Failure('unconfigured', words);
    case 'signed_out':
      throw new Failure('signed-out', words);
    case 'unavailable':
      throw new Failure('broken', words);
    default:
      throw new Failure(answer.status < 500 ? 'refused' : 'broken', words);
  }
}

export async function stepUp(guild: string, password: string): Promise<void> {
  held = undefined;
  const { token, seconds } = await ask<{ token: string; seconds: number }>('step-up', guild, { password });
  held = { guild, token, expiresAt: Date.now() + seconds * 1000 };
}

export const adminState = (guild: string) => ask<rows.AdminState>('state', guild, {}, WAIT_MS);
export const flushCache = (guild: string) => deed(ask<{ flushed: number }>('flush', guild));
/** `was` is the level that the page showed, if it knew: the Worker refuses where somebody else changed it since. */
export const setPause = (guild: string, level: rows.PauseLevel, reason: string, was?: rows.PauseLevel) =>
  deed(ask<rows.Pause>('pause', guild, { level, reason, was }));
export const replay = (guild: string, event_ids: string[]) => deed(ask<{ asked: number }>('replay', guild, { event_ids }));
