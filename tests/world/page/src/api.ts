// The page's only requests: the control interface of the local world, and the stream that says when it changed.
import type { Id, Json, Outcome } from './types';

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { 'content-type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  const response = await fetch(`/world/${path}`, init);
  const answer = await response.text();
  if (!response.ok) throw new Error(problem(answer) || `${method} /world/${path} answered ${response.status}`);
  try {
    return answer ? JSON.parse(answer) : null;
  } catch {
    return answer;
  }
}

function problem(answer: string): string {
  try {
    const parsed = JSON.parse(answer) as { error?: unknown; message?: unknown; reason?: unknown };
    return String(parsed.error ?? parsed.message ?? parsed.reason ?? '').slice(0, 300);
  } catch {
    return answer.slice(0, 300);
  }
}

export interface Where {
  guild_id?: Id;
  channel_id: Id;
  user_id: Id;
}

export const state = () => call('GET', 'state');
export const sendMessage = (body: { channel_id: Id; user_id: Id; content: string; reply_to?: Id }) => call('POST', 'messages', body);
export const editMessage = (channel_id: Id, message_id: Id, content: string) =>
  call('PATCH', 'messages', { channel_id, message_id, content });
export const deleteMessage = (channel_id: Id, message_id: Id, user_id: Id) =>
  call('DELETE', 'messages', { channel_id, message_id, user_id });
export const react = (add: boolean, body: { channel_id: Id; message_id: Id; user_id: Id; emoji: string }) =>
  call(add ? 'POST' : 'DELETE', 'reactions', body);

export const runCommand = (body: Where & { name: string; type?: number; options: Record<string, Json>; target_id?: Id }) =>
  call('POST', 'interactions/command', body) as Promise<Outcome>;
export const useComponent = (body: { user_id: Id; channel_id: Id; message_id: Id; custom_id: string; values?: string[] }) =>
  call('POST', 'interactions/component', body) as Promise<Outcome>;
export const submitModal = (body: { user_id: Id; channel_id: Id; modal_id: Id; fields: Record<string, Json> }) =>
  call('POST', 'interactions/modal', body) as Promise<Outcome>;
export const dismissModal = (modal_id: Id) => call('DELETE', 'interactions/modal', { modal_id });
export const autocomplete = (body: Where & { name: string; options: Record<string, Json>; focused: string }) =>
  call('POST', 'interactions/autocomplete', body);

export const openDm = (user_id: Id) => call('POST', 'dms', { user_id });
export const closeDms = (user_id: Id, closed: boolean) => call('POST', 'dms', { user_id, closed });
export const changeMember = (body: {
  guild_id: Id;
  user_id?: Id;
  action: 'join' | 'leave' | 'set_roles' | 'set_nick';
  roles?: Id[];
  nick?: string;
  name?: string;
}) => call('POST', 'members', body);

export const setPresence = (user_id: Id, status: string) => call('POST', 'presence', { user_id, status });
export const deleteChannel = (channel_id: Id) => call('DELETE', 'channels', { channel_id });
export const setAvailable = (guild_id: Id, available: boolean) => call('POST', 'guilds', { guild_id, available });
export const limit = (prefix: string, most: number, per_ms: number) => call('POST', 'limits', { prefix, limit: most, per_ms });
export const clearLimits = () => call('DELETE', 'limits');
export const forgetUnexpected = () => call('DELETE', 'unexpected');

export const fireScheduled = () => call('POST', 'scheduled', {});
export const advanceClock = (advance_ms: number) => call('POST', 'clock', { advance_ms });
export const addFault = (fault: Json) => call('POST', 'faults', fault);
export const clearFaults = () => call('DELETE', 'faults');
export const gateway = (body: Json) => call('POST', 'gateway', body);
export const gatewayStatus = () => call('GET', 'gateway');
export const script = (service: 'nlp' | 'gemini' | 'claude', body: Json) => call('POST', service, body);
export const clearScript = (service: 'nlp' | 'gemini' | 'claude') => call('DELETE', service);
export const record = (face: string) => call('GET', `record?face=${encodeURIComponent(face)}`);

/** Calls `changed` whenever the world says so and once after each (re)connection; reconnects for ever. */
export function follow(changed: () => void, connected: (up: boolean) => void): void {
  const source = new EventSource('/world/events');
  source.onopen = () => {
    connected(true);
    changed();
  };
  source.onmessage = changed;
  source.onerror = () => {
    connected(false);
    // The browser retries a broken stream by itself, but gives up after a refused or wrong answer.
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(() => follow(changed, connected), 1000);
  };
}
