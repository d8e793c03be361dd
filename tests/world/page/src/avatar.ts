// Draws avatars from a name and an id, so that no picture is ever fetched.
import { h } from './dom';
import type { Id } from './types';
import { nameOf, world } from './state';

const COLOURS = ['#5865f2', '#3ba55c', '#c67c0d', '#eb459e', '#d83c3e', '#1f8b9b', '#8e5bd0', '#6d7785'];

export function avatar(userId: Id, className = ''): HTMLElement {
  const name = nameOf(userId);
  const ours = userId === world.application.id;
  const initials = ours
    ? '🔥'
    : (name.match(/[\p{L}\p{N}]+/gu) ?? [])
        .map((word) => [...word][0] ?? '')
        .slice(0, 2)
        .join('')
        .toUpperCase();
  const color = ours ? '#2f3b52' : COLOURS[[...userId].reduce((sum, char) => (sum * 7 + char.charCodeAt(0)) % 1009, 0) % COLOURS.length];
  return h('span', { class: `avatar ${className}`, color, 'aria-hidden': 'true' }, initials || '?');
}
