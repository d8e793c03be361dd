// What is looked at, kept in the address: tab, guild, span and what each tab adds. So a link shows the same, and Back goes back.
import { useEffect, useState } from 'preact/hooks';
import type { Span } from './api';

/** These go along from tab to tab, and to another server. */
const KEPT = ['guild', 'days', 'until'];
export const RANGES = [1, 7, 30, 90, 365];
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

type Changes = Record<string, string | undefined>;

const changed = new Set<() => void>();
window.addEventListener('popstate', () => changed.forEach((tell) => tell()));

export function param(name: string): string {
  return new URLSearchParams(location.search).get(name) ?? '';
}

/** The address with these changes; an empty value leaves its name out. */
export function address(changes: Changes): string {
  const now = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) now.set(name, value);
    else now.delete(name);
  }
  const query = now.toString();
  return query ? `/?${query}` : '/';
}

export function tabAddress(tab: string, changes: Changes = {}): string {
  const kept = new URLSearchParams({ tab });
  for (const name of KEPT) {
    const value = changes[name] ?? param(name);
    if (value) kept.set(name, value);
  }
  return `/?${kept}`;
}

/** `replace`: typing in a field makes no history. */
export function go(to: string, replace = false): void {
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  changed.forEach((tell) => tell());
}

export function change(changes: Changes, replace = false): void {
  go(address(changes), replace);
}

/** Draws the component anew whenever the address changes. */
export function useView(): void {
  const [, draw] = useState(0);
  useEffect(() => {
    const tell = () => draw((count) => count + 1);
    changed.add(tell);
    return () => void changed.delete(tell);
  }, []);
}

export function days(): number {
  const asked = Number(param('days'));
  return RANGES.includes(asked) ? asked : 30;
}

/** The day up to whose end is looked at, as a date input writes it; empty is now. */
export function untilDay(): string {
  const day = param('until');
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : '';
}

export function currentSpan(guild: string): Span {
  const day = untilDay();
  const until = day ? new Date(`${day}T00:00`) : undefined;
  // To the end of that day, unless it is not over yet.
  until?.setDate(until.getDate() + 1);
  const isPast = until && until.getTime() < Date.now();
  return { guild, zone: ZONE, days: days(), ...(isPast ? { until: until.toISOString() } : {}) };
}
