// What select menus, command options and modal fields share: the choices of a menu, and inputs that say their value.
import { channel, guild, guildOf, isBot, nameOf, view, world } from './state';
import { canSee } from './permissions';
import { emojiText } from './emoji';
import type { Component, Guild } from './types';

/** Long lists stay usable; a real client searches instead. */
const MANY = 500;

export interface Pick {
  value: string;
  label: string;
  description?: string;
  default?: boolean;
}

const here = (): Guild | undefined => guild() ?? guildOf(view.channelId);

export function userChoices(): Pick[] {
  const inside = here();
  const some = inside ? inside.members.map((one) => one.userId) : [view.actor, world.application.id];
  return some
    .map((id) => ({ value: id, label: isBot(id) ? `${nameOf(id)} (app)` : nameOf(id) }))
    .sort((a, b) => a.label.localeCompare(b.label))
    .slice(0, MANY);
}

export function roleChoices(): Pick[] {
  return (here()?.roles ?? [])
    .slice()
    .sort((a, b) => b.position - a.position)
    .map((one) => ({ value: one.id, label: one.name.startsWith('@') ? one.name : `@${one.name}` }));
}

export function channelChoices(types: number[] | undefined): Pick[] {
  const inside = here();
  if (!inside) return channel() ? [{ value: view.channelId, label: 'this conversation' }] : [];
  return [...inside.channels, ...inside.threads]
    .filter((one) => (!types || types.length === 0 || types.includes(one.type)) && canSee(inside, one, view.actor))
    .map((one) => ({ value: one.id, label: one.type === 4 ? one.name : `#${one.name}` }));
}

export function selectChoices(one: Component): Pick[] {
  const preset = new Set((one.default_values ?? []).map((each) => each.id));
  const mark = (some: Pick[]): Pick[] => some.map((each) => ({ ...each, default: preset.has(each.value) }));
  switch (one.type) {
    case 5:
      return mark(userChoices());
    case 6:
      return mark(roleChoices());
    case 7:
      return mark([...userChoices(), ...roleChoices()]);
    case 8:
      return mark(channelChoices(one.channel_types));
    default:
      return (one.options ?? []).map((each) => {
        const pick: Pick = {
          value: each.value,
          label: each.emoji ? `${emojiText(each.emoji)} ${each.label}` : each.label,
          default: each.default === true,
        };
        return each.description ? { ...pick, description: each.description } : pick;
      });
  }
}
