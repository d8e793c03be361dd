// What is shown instead of data: loading, a failure with a way to try again, nothing there; and the card around each part.
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import type { Failure } from './api';
import { time } from './format';
import { type Loaded, useEvery, useLoad } from './load';
import { change } from './view';

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      <span class="bars" aria-hidden="true" /> Loading {what} …
    </p>
  );
}

export function Problem({ failure, retry }: { failure: Failure; retry: () => void }) {
  return (
    <div class="problem" role="alert">
      <p>{failure.message}</p>
      {failure.trouble !== 'refused' && failure.trouble !== 'unconfigured' && (
        <button type="button" onClick={retry}>Try again</button>
      )}
    </div>
  );
}

/** Says so while what is seen is not the present; nobody may take it for that. */
export function Stale<T>({ of, children }: { of: Loaded<T>; children?: ComponentChildren }) {
  if (of.state !== 'ready' || !of.failure) return null;
  return (
    <p class="problem" role="alert">
      This is how it was at {time(of.since)}: it cannot be refreshed at the moment. {of.failure.message} {children}
    </p>
  );
}

/** Goes to the first page of a list, where somebody is past its end; `name` is that of the page in the address. */
export function ToFirstPage({ name }: { name: string }) {
  useEffect(() => change({ [name]: undefined }, true), [name]);
  return null;
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

interface PanelOf<T> {
  title: string;
  /** What the figures mean, in a sentence. */
  note?: ComponentChildren;
  load: () => Promise<T>;
  keys: unknown[];
  /** What to say when there is nothing; whether that is so. */
  empty?: ComponentChildren;
  isEmpty?: (data: T) => boolean;
  wide?: boolean;
  /** In milliseconds: how often it is asked for anew. */
  every?: number;
  heading?: RefObject<HTMLHeadingElement | null>;
  children: (data: T, loaded: Loaded<T>) => ComponentChildren;
}

/** A part of a page that loads by itself, so that one failure leaves the others standing. */
export function Panel<T>({ title, note, load, keys, empty, isEmpty, wide, every, heading, children }: PanelOf<T>) {
  const loaded = useLoad(load, keys);
  useEvery(every ?? 0, loaded.refresh, every !== undefined);
  return (
    <Card title={title} note={note} wide={wide} heading={heading}>
      {loaded.state === 'loading' && <Loading what={title.toLowerCase()} />}
      {loaded.state === 'failed' && <Problem failure={loaded.failure} retry={loaded.retry} />}
      <Stale of={loaded} />
      {loaded.state === 'ready' &&
        (isEmpty?.(loaded.data) ? <Empty>{empty}</Empty> : children(loaded.data, loaded))}
    </Card>
  );
}

interface CardOf {
  title: string;
  note?: ComponentChildren;
  wide?: boolean | undefined;
  /** For whoever sets the focus there. */
  heading?: RefObject<HTMLHeadingElement | null> | undefined;
  children: ComponentChildren;
}

export function Card({ title, note, wide, heading, children }: CardOf) {
  const id = useId();
  return (
    <section class={wide ? 'card wide' : 'card'} aria-labelledby={id}>
      <h2 id={id} ref={heading} tabIndex={heading && -1}>{title}</h2>
      {note && <p class="note">{note}</p>}
      {children}
    </section>
  );
}

export interface Figure {
  label: string;
  value: string;
  /** Beside it, smaller: how it changed. */
  change?: string;
  better?: boolean | undefined;
}

export function Figures({ of }: { of: Figure[] }) {
  return (
    <dl class="figures">
      {of.map((one) => (
        <div key={one.label}>
          <dt>{one.label}</dt>
          <dd>
            <span class="figure">{one.value}</span>
            {one.change && (
              <span class={one.better === undefined ? 'change' : one.better ? 'change good' : 'change bad'}>{one.change}</span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
