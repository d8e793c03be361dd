// Sends interactions as the acting member and shows what became of them: under way, answered, or no answer.
import * as api from './api';
import { toast } from './popover';
import { changed, failures, guildOf, notes, now, pressed, refresh, view, type Note } from './state';
import type { Id, Json, Message, Outcome } from './types';

const NO_ANSWER = 'The application did not respond';
let noteCount = 0;

const failed = (outcome: Outcome): boolean => outcome.outcome === 'failed';
/** Why, without the sentence that is shown anyway. */
const why = (outcome: Outcome): string => {
  const reason = (outcome.reason ?? '').replace(`${NO_ANSWER}: `, '').replace(NO_ANSWER, '');
  return reason || (outcome.status ? `status ${outcome.status}` : '');
};
const said = (problem: unknown): string => (problem instanceof Error ? problem.message : String(problem));

export async function press(message: Message, customId: string, values?: string[]): Promise<void> {
  const key = `${message.id}/${customId}`;
  if (pressed.has(key)) return;
  pressed.add(key);
  failures.delete(message.id);
  changed();
  try {
    const body = { user_id: view.actor, channel_id: message.channel_id, message_id: message.id, custom_id: customId };
    const outcome = await api.useComponent(values ? { ...body, values } : body);
    if (failed(outcome)) failures.set(message.id, why(outcome));
  } catch (problem) {
    toast(said(problem));
  }
  pressed.delete(key);
  await refresh();
  changed();
}

/** `where` names the guild (if any), channel and member: `name` is the whole path, as in "ticket panel". */
export async function command(name: string, type: number, options: Record<string, Json>, targetId: Id): Promise<void> {
  const inside = guildOf(view.channelId);
  const where: api.Where = { channel_id: view.channelId, user_id: view.actor };
  if (inside) where.guild_id = inside.id;
  await noted(type === 1 ? `/${name}` : name, () =>
    api.runCommand({ ...where, name, type, options, ...(targetId ? { target_id: targetId } : {}) }),
  );
}

export async function modalSubmit(channelId: Id, modalId: Id, title: string, fields: Record<string, Json>): Promise<void> {
  await noted(title, () => api.submitModal({ user_id: view.actor, channel_id: channelId, modal_id: modalId, fields }));
}

/** Shows a note until the answer is there, and a failure in its place if there is none. */
async function noted(label: string, send: () => Promise<Outcome>): Promise<void> {
  noteCount += 1;
  const note: Note = {
    id: `note-${noteCount}`,
    channelId: view.channelId,
    userId: view.actor,
    text: '',
    detail: '',
    command: label,
    at: now(),
    pending: true,
  };
  notes.push(note);
  view.toEnd = true;
  changed();
  try {
    const outcome = await send();
    view.toEnd = true;
    await refresh();
    if (failed(outcome)) fail(note, why(outcome), NO_ANSWER);
    else notes.splice(notes.indexOf(note), 1);
  } catch (problem) {
    // The world refused to send it, so the bot never knew.
    fail(note, '', said(problem));
  }
  changed();
}

function fail(note: Note, detail: string, text: string): void {
  note.pending = false;
  note.text = text;
  note.detail = detail;
}
