// The right side: the members of the server by their highest hoisted role; and, at the bottom left, whom this tab acts as.
import * as api from './api';
import { avatar } from './avatar';
import { h, keyed, slug, type Entry } from './dom';
import { hex } from './markdown-dom';
import { canSee, rolesOf } from './permissions';
import { attempt } from './popover';
import { profile } from './profile';
import { act, channel, guild, isBot, nameOf, refresh, view, world } from './state';
import type { Guild, Id, Member } from './types';

const SHOWN = 300;

/** The colour of the highest coloured role. */
export function colourOf(userId: Id, here: Guild | undefined = guild()): string | undefined {
  const role = here && rolesOf(here, userId).find((one) => one.color);
  return role ? hex(role.color) : undefined;
}

export function drawMembers(pane: HTMLElement): void {
  const here = guild();
  if (!here) {
    keyed(pane, [
      { key: 'none', sig: 0, make: () => h('p', { class: 'muted pad' }, 'Direct messages are between one member and the bot.') },
    ]);
    return;
  }
  const where = channel();
  const seen = where ? here.members.filter((one) => canSee(here, where, one.userId)) : here.members;
  const groups = new Map<string, Member[]>();
  for (const one of seen) {
    const role = rolesOf(here, one.userId).find((each) => each.hoist);
    const name = role?.name ?? (isBot(one.userId) ? 'Apps' : 'Members');
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const height = (name: string): number => here.roles.find((one) => one.name === name)?.position ?? (name === 'Apps' ? -1 : 0);
  const out: Entry[] = [];
  for (const [name, some] of [...groups].sort(([a], [b]) => height(b) - height(a))) {
    out.push({ key: `group-${name}`, sig: some.length, make: () => h('h3', { class: 'group' }, `${name} — ${some.length}`) });
    for (const one of some.sort((a, b) => nameOf(a.userId).localeCompare(nameOf(b.userId))).slice(0, SHOWN))
      out.push(row(one.userId, one.status));
    if (some.length > SHOWN)
      out.push({ key: `more-${name}`, sig: some.length, make: () => h('p', { class: 'muted pad' }, `and ${some.length - SHOWN} more`) });
  }
  out.push({ key: 'add', sig: here.id, make: () => joinForm(here.id) });
  keyed(pane, out);
}

function row(userId: Id, status: string | null): Entry {
  const colour = colourOf(userId);
  const roles = (guild() ? rolesOf(guild() as Guild, userId) : []).map((one) => one.name).join(', ');
  return {
    key: userId,
    sig: [nameOf(userId), colour, status, userId === view.actor, roles],
    make: () =>
      h(
        'button',
        {
          type: 'button',
          class: `member${status === 'offline' ? ' away' : ''}`,
          testid: 'member',
          'data-user-id': userId,
          title: roles,
          onclick: (event) => profile(userId, event.currentTarget as HTMLElement),
        },
        h('span', { class: `presence ${status ?? 'online'}` }, avatar(userId, 'small')),
        h('span', { class: 'member-name', color: colour }, nameOf(userId)),
        isBot(userId) && h('span', { class: 'tag' }, 'APP'),
        userId === view.actor && h('span', { class: 'you' }, 'you'),
      ),
  };
}

function joinForm(guildId: Id): HTMLElement {
  const name = h('input', {
    type: 'text',
    maxlength: 32,
    placeholder: 'Name of a new member',
    'aria-label': 'Name of a new member',
    testid: 'join-name',
    required: true,
  });
  return h(
    'form',
    {
      class: 'row pad',
      onsubmit: (event) => {
        event.preventDefault();
        const wanted = name.value.trim();
        if (!wanted) return;
        name.value = '';
        const known = [...world.users.values()].find((one) => !one.bot && (one.global_name === wanted || one.username === wanted));
        void attempt(
          api.changeMember(
            known ? { guild_id: guildId, user_id: known.id, action: 'join' } : { guild_id: guildId, action: 'join', name: wanted },
          ),
        ).then(refresh);
      },
    },
    name,
    h('button', { type: 'submit', testid: 'join-submit' }, 'Join'),
  );
}

/** The panel with the "act as" selector and the acting member's roles. */
export function drawActor(panel: HTMLElement): void {
  const here = guild() ?? world.guilds[0];
  const inside = here?.members.map((one) => one.userId).filter((id) => !isBot(id)) ?? [];
  const outside = [...world.users.values()].filter((one) => !one.bot && !inside.includes(one.id)).map((one) => one.id);
  const apps = [...world.users.values()].filter((one) => one.bot && one.id !== world.application.id).map((one) => one.id);
  const sorted = (some: Id[]) => some.map((id): [Id, string] => [id, nameOf(id, here)]).sort((a, b) => a[1].localeCompare(b[1]));
  const roles = here ? rolesOf(here, view.actor) : [];
  const options = (some: [Id, string][]) => some.map(([id, name]) => h('option', { value: id, selected: id === view.actor }, name));
  const groups: [string, [Id, string][]][] = [
    [here?.name ?? 'Members', sorted(inside)],
    ['Not in this server', sorted(outside)],
    ['Other apps', sorted(apps)],
  ];
  keyed(panel, [
    {
      key: 'avatar',
      sig: [view.actor, nameOf(view.actor)],
      make: () =>
        h(
          'button',
          {
            type: 'button',
            class: 'bare',
            'aria-label': 'My profile',
            testid: 'own-profile',
            onclick: (event) => profile(view.actor, event.currentTarget as HTMLElement),
          },
          avatar(view.actor),
        ),
    },
    {
      key: 'who',
      sig: [view.actor, groups],
      make: () =>
        h(
          'label',
          { class: 'actor' },
          h('span', null, 'Act as'),
          h(
            'select',
            { testid: 'act-as', onchange: (event) => act((event.target as HTMLSelectElement).value) },
            groups.filter(([, some]) => some.length > 0).map(([label, some]) => h('optgroup', { label }, options(some))),
          ),
        ),
    },
    {
      key: 'roles',
      sig: [roles, here?.ownerId === view.actor],
      make: () =>
        h(
          'div',
          { class: 'actor-roles', testid: 'act-as-roles' },
          here?.ownerId === view.actor && h('span', { class: 'role-chip' }, 'Owner'),
          roles.length === 0 && here?.ownerId !== view.actor && h('span', { class: 'muted' }, 'no roles'),
          roles.map((one) =>
            h(
              'span',
              { class: 'role-chip', color: one.color ? hex(one.color) : undefined, testid: `own-role-${slug(one.name)}` },
              h('i', { class: 'dot' }),
              one.name,
            ),
          ),
        ),
    },
  ]);
}
