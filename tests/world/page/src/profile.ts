// The card of a member: who they are, acting as them, their roles, the bot's user commands, joining and leaving.
import * as api from './api';
import { avatar } from './avatar';
import { commandsFor, startCommand } from './commands';
import { h, slug } from './dom';
import { hex } from './markdown-dom';
import { attempt, closePopover, popover } from './popover';
import { act, guild, isBot, nameOf, refresh, view, world } from './state';
import type { Guild, Id } from './types';

export function profile(userId: Id, anchor: HTMLElement): void {
  const here = guild();
  const user = world.users.get(userId);
  const member = here?.members.find((one) => one.userId === userId);
  const others = commandsFor(2);
  popover(
    anchor,
    'profile',
    `Profile of ${nameOf(userId)}`,
    h(
      'div',
      { class: 'profile-head' },
      avatar(userId, 'large'),
      h(
        'div',
        null,
        h('div', { class: 'profile-name' }, nameOf(userId), isBot(userId) && h('span', { class: 'tag' }, 'APP')),
        h('div', { class: 'muted' }, user?.username ?? 'unknown user'),
        h('div', { class: 'muted small', testid: 'profile-id' }, userId),
      ),
    ),
    !isBot(userId) &&
      userId !== view.actor &&
      h(
        'button',
        {
          type: 'button',
          class: 'wide',
          testid: 'profile-act-as',
          onclick: () => {
            closePopover();
            act(userId);
          },
        },
        `Act as ${nameOf(userId)}`,
      ),
    here && member && roleBoxes(here, userId, member.roles),
    others.length > 0 && [
      h('h4', null, 'Apps'),
      others.map((one) =>
        h(
          'button',
          {
            type: 'button',
            class: 'menu-item',
            testid: `user-command-${slug(one.name)}`,
            onclick: () => {
              closePopover();
              startCommand(one, userId);
            },
          },
          one.name,
        ),
      ),
    ],
    here &&
      member &&
      !isBot(userId) && [
        presence(userId, member.status ?? 'offline'),
        nickForm(here, userId, member.nick),
        h(
          'button',
          {
            type: 'button',
            class: 'menu-item danger',
            testid: 'member-leave',
            onclick: () => {
              closePopover();
              void attempt(api.changeMember({ guild_id: here.id, user_id: userId, action: 'leave' })).then(refresh);
            },
          },
          `${nameOf(userId)} leaves ${here.name}`,
        ),
      ],
    here &&
      user &&
      !member &&
      h(
        'button',
        {
          type: 'button',
          class: 'menu-item',
          testid: 'member-join',
          onclick: () => {
            closePopover();
            void attempt(api.changeMember({ guild_id: here.id, user_id: userId, action: 'join' })).then(refresh);
          },
        },
        `${nameOf(userId)} joins ${here.name}`,
      ),
  );
}

function roleBoxes(here: Guild, userId: Id, has: Id[]): HTMLElement {
  const roles = here.roles.filter((one) => one.id !== here.id).sort((a, b) => b.position - a.position);
  let chosen = [...has];
  const toggle = (roleId: Id, on: boolean) => {
    chosen = on ? [...new Set([...chosen, roleId])] : chosen.filter((one) => one !== roleId);
    void attempt(api.changeMember({ guild_id: here.id, user_id: userId, action: 'set_roles', roles: chosen })).then(refresh);
  };
  return h(
    'fieldset',
    { class: 'roles', testid: 'profile-roles' },
    h('legend', null, 'Roles'),
    roles.length === 0 && h('span', { class: 'muted' }, 'This server has none.'),
    roles.map((role) =>
      h(
        'label',
        { class: 'role-chip', color: role.color ? hex(role.color) : undefined },
        h('input', {
          type: 'checkbox',
          testid: `role-${slug(role.name)}`,
          checked: has.includes(role.id),
          disabled: isBot(userId),
          onchange: (event) => toggle(role.id, (event.target as HTMLInputElement).checked),
        }),
        h('i', { class: 'dot' }),
        role.name,
      ),
    ),
  );
}

function nickForm(here: Guild, userId: Id, nick: string | null): HTMLElement {
  const input = h('input', {
    type: 'text',
    maxlength: 32,
    placeholder: 'Nickname',
    'aria-label': 'Nickname',
    testid: 'member-nick',
    value: nick ?? '',
  });
  return h(
    'form',
    {
      class: 'row',
      onsubmit: (event) => {
        event.preventDefault();
        closePopover();
        void attempt(api.changeMember({ guild_id: here.id, user_id: userId, action: 'set_nick', nick: input.value })).then(refresh);
      },
    },
    input,
    h('button', { type: 'submit', testid: 'member-nick-save' }, 'Rename'),
  );
}

function presence(userId: Id, status: string): HTMLElement {
  const choices = ['online', 'idle', 'dnd', 'offline'].map((one) => h('option', { value: one, selected: one === status }, one));
  const changed = (event: Event) => void attempt(api.setPresence(userId, (event.target as HTMLSelectElement).value)).then(refresh);
  return h('label', { class: 'row small' }, 'Presence', h('select', { testid: 'member-presence', onchange: changed }, choices));
}
