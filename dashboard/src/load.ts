// Asks for something and says how that stands: loading, failed (with a way to try again), ready.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Failure } from './api';

type State<T> =
  | { state: 'loading' }
  | { state: 'failed'; failure: Failure }
  /** `since` is when it was true; `failure` why it could not be refreshed after. */
  | { state: 'ready'; data: T; since: string; failure?: Failure };

export type Loaded<T> = State<T> & {
  /** From the beginning. */
  retry: () => void;
  /** Anew, with what is there staying in sight; if it fails, that stays, with its failure. Nothing while a question is under way. */
  refresh: () => void;
  /** As `refresh`, but an answer that is under way does not count: something was done since it was asked for. */
  renew: () => void;
};

/** Loads again whenever one of `keys` changes. */
export function useLoad<T>(load: () => Promise<T>, keys: unknown[]): Loaded<T> {
  const [state, setState] = useState<State<T>>({ state: 'loading' });
  // Only the answer to the newest question counts.
  const asked = useRef(0);
  const isUnderWay = useRef(false);
  const newest = useRef(load);
  newest.current = load;

  const ask = useCallback((quietly: boolean) => {
    const question = ++asked.current;
    isUnderWay.current = true;
    if (!quietly) setState({ state: 'loading' });
    newest.current().then(
      (data) => {
        if (question !== asked.current) return;
        isUnderWay.current = false;
        setState({ state: 'ready', data, since: new Date().toISOString() });
      },
      (error: unknown) => {
        if (question !== asked.current) return;
        isUnderWay.current = false;
        const failure = error instanceof Failure ? error : new Failure('broken', 'Something went wrong in this page.');
        setState((was) => (quietly && was.state === 'ready' ? { ...was, failure } : { state: 'failed', failure }));
      },
    );
  }, []);
  useEffect(() => {
    ask(false);
    return () => void asked.current++;
  }, keys);
  const retry = useCallback(() => ask(false), [ask]);
  const renew = useCallback(() => ask(true), [ask]);
  const refresh = useCallback(() => {
    if (!isUnderWay.current) ask(true);
  }, [ask]);
  return { ...state, retry, refresh, renew };
}

/** One question for several parts of a page: who asks while it is under way gets the same answer; a failed one is asked again. */
export function useShared<T>(load: () => Promise<T>, keys: unknown[]): () => Promise<T> {
  return useMemo(() => {
    let asked: Promise<T> | undefined;
    return () => {
      asked ??= load().catch((error: unknown) => {
        asked = undefined;
        throw error;
      });
      return asked;
    };
  }, keys);
}

/** Runs it again and again while the page is looked at, and at once when it is looked at again. */
export function useEvery(ms: number, run: () => void, on = true): void {
  useEffect(() => {
    if (!on) return;
    const look = () => {
      if (!document.hidden) run();
    };
    const timer = setInterval(look, ms);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [ms, run, on]);
}
