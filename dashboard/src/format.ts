// Numbers, times and changes as people read them; times in the viewer's zone.

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const longDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const monthName = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' });
const moment = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export const NONE = '–';

export function number(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return (Math.abs(value) < 10 ? oneDigit : whole).format(value);
}

export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : `${oneDigit.format(value)} %`;
}

/** `+12 %`; a dash where there was nothing before. */
export function change(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return `${value > 0 ? '+' : value < 0 ? '−' : '±'}${oneDigit.format(Math.abs(value))} %`;
}

/** By how many percent it changed; null if there was nothing before. */
export function changeOf(now: number, before: number): number | null {
  return before === 0 ? null : (100 * (now - before)) / before;
}

/** Minutes as `45 min`, `3.5 h`, `2.1 days`. */
export function minutes(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  if (value < 1) return '< 1 min';
  if (value < 90) return `${whole.format(value)} min`;
  if (value < 48 * 60) return `${oneDigit.format(value / 60)} h`;
  return `${oneDigit.format(value / 1440)} days`;
}

/** What AI costs, in US dollars: small sums to the hundredth of a cent. */
export function usd(value: number | string | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  const digits = Math.abs(Number(value)) < 0.1 ? 4 : 2;
  return `$${Number(value).toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: digits })}`;
}

/** A day as SQL writes it (2026-11-22), which has no zone. */
export function date(sqlDay: string): string {
  return day.format(new Date(`${sqlDay}T00:00`));
}

/** A month as SQL writes its first day. */
export function month(sqlDay: string): string {
  return monthName.format(new Date(`${sqlDay}T00:00`));
}

export function when(iso: string | null | undefined): string {
  return iso ? moment.format(new Date(iso)) : NONE;
}

export function dayOf(iso: string | null | undefined): string {
  return iso ? longDay.format(new Date(iso)) : NONE;
}

export function time(iso: string): string {
  return clock.format(new Date(iso));
}

/** `5 min`, `3 h`, `2 days`: how long since. */
export function since(iso: string, now = Date.now()): string {
  return minutes(Math.max(0, now - Date.parse(iso)) / 60_000);
}

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** CRITICAL -> Critical, IN_PROGRESS -> In progress. */
export function words(shouted: string): string {
  const text = shouted.replaceAll('_', ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What AI was asked for, in the words of the other tabs. */
export function purpose(name: string): string {
  return name === 'companion' ? 'Talks with Ash' : words(name);
}
