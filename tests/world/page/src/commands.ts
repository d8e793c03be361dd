// The bot's commands as the acting member sees them: flattened to what can be run, filtered by place and permission.
import { h, slug } from './dom';
import { openForm } from './command-form';
import { command } from './interact';
import { mayUse } from './permissions';
import { guild, view, world } from './state';
import type { Command, CommandOption, Id } from './types';

/** One thing to run: a command without sub-commands, or one of its sub-commands with the whole path as its name. */
export interface Leaf {
  name: string;
  type: number;
  description: string;
  options: CommandOption[];
}

const SUB_COMMAND = 1;
const GROUP = 2;
const IN_GUILD = 0;
const IN_BOT_DM = 1;

function leaves(one: Command): Leaf[] {
  const type = one.type ?? 1;
  const out: Leaf[] = [];
  const walk = (path: string, description: string, options: CommandOption[]) => {
    const nested = options.filter((each) => each.type === SUB_COMMAND || each.type === GROUP);
    if (nested.length === 0) out.push({ name: path, type, description, options });
    for (const each of nested) walk(`${path} ${each.name}`, each.description, each.options ?? []);
  };
  walk(one.name, one.description, one.options ?? []);
  return out;
}

/** `type` is 1 for slash, 2 for user, 3 for message commands. */
export function commandsFor(type: number): Leaf[] {
  const here = guild();
  if (here && !here.hasBot) return [];
  const place = here ? IN_GUILD : IN_BOT_DM;
  return world.commands
    .filter((one) => (one.type ?? 1) === type && (!one.guild_id || one.guild_id === here?.id))
    .filter((one) => (one.contexts ? one.contexts.includes(place) : here !== undefined || one.dm_permission !== false))
    .filter((one) => mayUse(here, view.actor, one.default_member_permissions))
    .flatMap(leaves)
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Commands that match what was typed after the slash: by beginning first, then anywhere. */
export function matching(typed: string): Leaf[] {
  const wanted = typed.toLowerCase().replace(/\s+/g, ' ').trimStart();
  const all = commandsFor(1);
  const starts = all.filter((one) => one.name.startsWith(wanted.trimEnd()) || wanted.startsWith(`${one.name} `));
  const longest = Math.max(0, ...starts.filter((one) => wanted.startsWith(`${one.name} `)).map((one) => one.name.length));
  const best = longest > 0 ? starts.filter((one) => one.name.length === longest || one.name.startsWith(wanted.trimEnd())) : starts;
  return best.length > 0 ? best : all.filter((one) => wanted && one.name.includes(wanted.trimEnd()));
}

/** Opens the form of a slash command, or runs a user or message command on its target at once. */
export function startCommand(leaf: Leaf, targetId: Id = '', typed = ''): void {
  if (leaf.type === 1) openForm(leaf, typed);
  else void command(leaf.name, leaf.type, {}, targetId);
}

export function pickerRow(leaf: Leaf, chosen: boolean, choose: () => void): HTMLElement {
  return h(
    'div',
    {
      class: chosen ? 'suggestion here' : 'suggestion',
      role: 'option',
      'aria-selected': chosen,
      testid: `command-${slug(leaf.name)}`,
      onpointerdown: (event) => {
        event.preventDefault();
        choose();
      },
    },
    h(
      'div',
      null,
      h('b', null, `/${leaf.name}`),
      leaf.options.map((one) => h('span', { class: one.required ? 'option-name' : 'option-name optional' }, one.name)),
    ),
    h('small', { class: 'muted' }, leaf.description),
  );
}
