// Everything the dashboard asks of Supabase, which decides what the signed-in person may read. (worker.ts asks the bot.)
import { type AuthError, type SupabaseClient, type User, createClient, isAuthRetryableFetchError } from '@supabase/supabase-js';
import type * as rows from './rows';

/** Longer than the 8 s after which Supabase ends a query by itself. */
export const WAIT_MS = 15_000;
/** Supabase answers no more rows than this at once. */
export const MOST_ROWS = 1000;

export type Trouble = 'offline' | 'slow' | 'signed-out' | 'step-up' | 'refused' | 'broken' | 'unconfigured';

/** What went wrong, in a way that a person can do something about. */
export class Failure extends Error {
  constructor(
    readonly trouble: Trouble,
    message: string,
  ) {
    super(message);
  }
}

let client: SupabaseClient | undefined;

/** What the sign-in page has to know. */
export interface Door {
  /** Discord can be asked who somebody is. */
  discord: boolean;
  /** Why coming back from there did not sign in; empty if it did, or was not tried. */
  problem: string;
}

/** Learns where Supabase is, and signs in whoever comes back from Discord. Call it once, before anything else. */
export async function connect(): Promise<Door> {
  let config: { supabaseUrl?: string; publishableKey?: string; discordSignIn?: boolean };
  try {
    const answer = await fetch('/config.json', { signal: AbortSignal.timeout(WAIT_MS) });
    config = answer.ok ? await answer.json() : {};
  } catch {
    throw new Failure('offline', 'This page cannot be reached at the moment.');
  }
  if (!config.supabaseUrl || !config.publishableKey) {
    throw new Failure('unconfigured', 'This dashboard was built without SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY.');
  }
  const auth = { detectSessionInUrl: false, flowType: 'pkce' } as const;
  // Refreshing a session has no limit of its own: without one, a question behind it would never end.
  const limited: typeof fetch = (input, init) => fetch(input, { ...init, signal: init?.signal ?? AbortSignal.timeout(WAIT_MS) });
  client = createClient(config.supabaseUrl, config.publishableKey, { auth, global: { fetch: limited } });
  return { discord: config.discordSignIn === true, problem: await returned() };
}

/** Where somebody was before they went to Discord: the address they come back to holds nothing but Supabase's answer. */
const VIEW = 'view';

/** Takes what Supabase wrote into the address; the answer is what went wrong, in words. */
async function returned(): Promise<string> {
  const query = new URLSearchParams(location.search);
  const said = query.has('error') ? query : new URLSearchParams(location.hash.slice(1));
  const code = query.get('code');
  if (!code && !said.has('error')) return '';
  // A code is good once: whoever reloads must not try it again.
  history.replaceState(null, '', `/${sessionStorage.getItem(VIEW) ?? ''}`);
  sessionStorage.removeItem(VIEW);
  if (!code) {
    if (said.get('error') === 'access_denied') return 'You did not sign in with Discord: it was cancelled there, or not allowed.';
    return 'Discord could not be asked who you are. Please try again, or tell whoever runs the bot.';
  }
  const { error } = await supabase().auth.exchangeCodeForSession(code);
  if (!error) return '';
  if (!error.status || error.status >= 500) return 'Signing in does not work at the moment. Please try again.';
  return 'Signing in was not begun in this browser, or took too long. Please try again.';
}

/** Leaves for Discord; [`connect`] goes on when the browser is back. */
export async function signInWithDiscord(): Promise<void> {
  sessionStorage.setItem(VIEW, location.search);
  const redirectTo = `${location.origin}/`;
  const { error } = await supabase().auth.signInWithOAuth({ provider: 'discord', options: { redirectTo } });
  if (error) throw new Failure('offline', 'Signing in does not work at the moment. Please try again.');
}

function supabase(): SupabaseClient {
  if (!client) throw new Failure('broken', 'The dashboard has not started yet.');
  return client;
}

/** Tells who is signed in, now and whenever that changes; undefined is nobody. */
export function onSession(tell: (who: string | undefined) => void): () => void {
  const { data } = supabase().auth.onAuthStateChange((_event, session) => tell(session ? calledBy(session.user) : undefined));
  return () => data.subscription.unsubscribe();
}

/** What to call somebody: for themselves to read, no right hangs on it. */
function calledBy({ email, app_metadata, user_metadata }: User): string {
  const name: unknown = app_metadata.provider === 'discord' ? (user_metadata.full_name ?? user_metadata.name) : undefined;
  return typeof name === 'string' && name ? `${name} (Discord)` : (email ?? '');
}

export async function signIn(email: string, password: string): Promise<void> {
  const { error } = await supabase().auth.signInWithPassword({ email, password });
  if (!error) return;
  if (error.code === 'invalid_credentials' || error.status === 400) {
    throw new Failure('refused', 'That address and password do not belong together.');
  }
  if (error.status === 429) throw new Failure('refused', 'Too many tries. Please wait a minute.');
  throw new Failure('offline', 'Signing in does not work at the moment. Please try again.');
}

export async function signOut(): Promise<void> {
  await supabase().auth.signOut({ scope: 'local' });
}

/** Says to the Worker who asks; fresh for some minutes at least. */
export async function accessToken(): Promise<string> {
  const { data } = await supabase().auth.getSession();
  return data.session?.access_token ?? '';
}

type Args = Record<string, string | number | undefined>;

async function call<T>(name: string, args: Args, again = true): Promise<T> {
  const { data, error, status } = await supabase().rpc(name, args).abortSignal(AbortSignal.timeout(WAIT_MS));
  if (!error) return data as T;
  if (status === 401) {
    // Expired in between: once more with a fresh one.
    const refused = again ? (await supabase().auth.refreshSession()).error : undefined;
    if (refused === null) return call(name, args, false);
    if (refused && mayPass(refused)) {
      throw new Failure('offline', 'Whether you are signed in cannot be checked at the moment. Please try again.');
    }
    await signOut();
    throw new Failure('signed-out', 'Your session has ended.');
  }
  if (error.code === '57014' || /timeout|aborted/i.test(error.message)) {
    throw new Failure('slow', 'This took too long. A shorter span may help.');
  }
  if (status === 0) throw new Failure('offline', 'The data cannot be reached. Are you online?');
  if (status === 403) throw new Failure('refused', 'You have no right to see this.');
  throw new Failure('broken', `The database refused to answer (${error.code || status}).`);
}

/** Nothing was said about the session: whoever has one keeps it. */
function mayPass(error: AuthError): boolean {
  return isAuthRetryableFetchError(error) || (error.status ?? 0) >= 500 || error.status === 429;
}

/** Every row of a function that is asked in pages. */
export async function everything<T>(page: (skip: number) => Promise<T[]>): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const part = await page(all.length);
    all.push(...part);
    if (part.length < MOST_ROWS) return all;
  }
}

/** What part of time is looked at: `days` back from `until` (missing: now), by the clock of `zone`. */
export interface Span {
  guild: string;
  zone: string;
  until?: string;
  days: number;
}

const wide = ({ guild, zone, until }: Span): Args => ({ guild, zone, until });
const span = (of: Span): Args => ({ ...wide(of), days: of.days });
const page = (skip_rows: number): Args => ({ max_rows: MOST_ROWS, skip_rows });

/** Takes the rights that the person's Discord account has; null if it is not known which one that is. */
export const claimStaff = () => call<rows.Claim | null>('claim_staff', {});
export const myGuilds = () => call<rows.Guild[]>('my_guilds', {});
export const channelNames = (guild: string) => call<rows.ChannelName[]>('channel_names', { guild });
export const pauseNow = (guild: string) => call<rows.PauseNow[]>('pause_now', { guild });
export const setupState = (guild: string) => call<rows.SetupState | null>('setup_state', { guild });

export const pulse = (of: Span, unit: string, buckets: number, channel: string) =>
  channel
    ? call<rows.Pulse[]>('channel_pulse', { ...wide(of), unit, buckets, channel })
    : call<rows.Pulse[]>('impact_pulse', { ...wide(of), unit, buckets });
export const campaigns = (of: Span) => call<rows.Campaign[]>('campaign_lift', { ...wide(of), max_rows: 50 });
export const channels = (of: Span) => call<rows.Channel[]>('channel_breakdown', { ...span(of), max_rows: 100 });

export const churnRisks = (of: Span, skip = 0) => call<rows.ChurnRisk[]>('churn_risks', { ...wide(of), ...page(skip) });
export const risingStars = (of: Span, skip = 0) => call<rows.RisingStar[]>('rising_stars', { ...wide(of), ...page(skip) });
export const newAndSilent = (of: Span, skip = 0) =>
  call<rows.NewMember[]>('new_members_without_activity', { ...wide(of), ...page(skip) });
export const topMembers = (of: Span, skip = 0) => call<rows.TopMember[]>('top_members', { ...span(of), ...page(skip) });

export const growth = (of: Span) => call<rows.Growth[]>('member_growth', { ...wide(of), max_rows: Math.min(of.days, 400) });
export const growthTotals = (of: Span) => call<rows.GrowthTotal[]>('member_growth_totals', wide(of));
export const activeMembers = (of: Span) => call<rows.ActiveMembers[]>('dau_wau_mau', wide(of));
export const activeDays = (of: Span) =>
  call<rows.ActiveDay[]>('daily_active_members', { ...wide(of), max_rows: Math.min(of.days, 400) });
export const cohorts = (of: Span) => call<rows.Cohort[]>('retention_cohorts', wide(of));
export const heatmap = (of: Span) => call<rows.HeatCell[]>('activity_heatmap', { ...wide(of), days: Math.max(of.days, 7) });
export const presence = (of: Span) => call<rows.Presence[]>('presence_stats', span(of));
export const peakHours = (of: Span) => call<rows.PeakHour[]>('peak_hours', span(of));
export const topPresence = (of: Span) => call<rows.TopPresence[]>('top_presence', { ...span(of), max_rows: 10 });

export const ticketOverview = (of: Span) => call<rows.TicketOverview[]>('ticket_overview', span(of));
export const ticketSla = (of: Span) => call<rows.TicketSla[]>('ticket_sla', span(of));
export const ticketStaff = (of: Span) => call<rows.TicketStaff[]>('ticket_staff', { ...span(of), max_rows: 200 });
export const ticketBusyTimes = (of: Span) => call<rows.BusyTime[]>('ticket_busy_times', { ...wide(of), days: Math.max(of.days, 30) });
export const tickets = (guild: string, status: string, search: string, max_rows: number, skip_rows: number) =>
  call<rows.Ticket[]>('ticket_list', { guild, of_status: status, search, max_rows, skip_rows });
export const ticketHead = (guild: string, ticket: string) => call<rows.TicketHead[]>('ticket_head', { guild, ticket });
export const transcript = (guild: string, ticket: string, skip = 0) =>
  call<rows.TranscriptLine[]>('ticket_transcript', { guild, ticket, ...page(skip) });

export const alertsDaily = (of: Span) => call<rows.AlertDay[]>('crisis_alerts_daily', span(of));
export const responseTimes = (of: Span) => call<rows.ResponseTime[]>('crisis_response_times', span(of));
export const delivery = (of: Span) => call<rows.Delivery[]>('crisis_delivery', span(of));
export const precision = (of: Span) => call<rows.Precision[]>('crisis_precision', span(of));
export const outages = (of: Span) => call<rows.Outage[]>('crisis_outage_totals', span(of));
export const careAlerts = (guild: string, hours: number, skip = 0) =>
  call<rows.CareAlert[]>('care_alerts', { guild, hours, ...page(skip) });
export const carePerson = (guild: string, alert: string) => call<rows.CarePerson[]>('care_person', { guild, alert });
export const talksDaily = (of: Span) => call<rows.TalkDay[]>('ash_sessions_daily', span(of));
export const referrals = ({ guild, until }: Span) => call<rows.Referral[]>('referrals_monthly', { guild, until });
export const careDuty = (guild: string) => call<rows.Duty[]>('care_duty', { guild });

export const adminLog = (guild: string) => call<rows.LogLine[]>('admin_log', { guild, max_rows: 50 });
export const aiUsage = (guild: string) => call<rows.AiUsage | null>('ai_usage', { guild });
export const deadLetters = (guild: string, max_rows: number, skip_rows: number) =>
  call<rows.DeadLetter[]>('admin_dead_letters', { guild, max_rows, skip_rows });
