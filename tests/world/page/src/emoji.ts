// A small emoji picker with a box for any other emoji.
import { h } from './dom';
import { closePopover, popover } from './popover';
import type { Emoji } from './types';

const COMMON = [
  '👍',
  '👎',
  '❤️',
  '😂',
  '😢',
  '🎉',
  '🔥',
  '✅',
  '❌',
  '👀',
  '🙏',
  '💜',
  '🤗',
  '😊',
  '😮',
  '😡',
  '🚀',
  '⭐',
  '💯',
  '🫂',
  '👋',
  '🌈',
  '☕',
  '🆘',
];

export const emojiText = (emoji: Emoji): string => (emoji.id ? `:${emoji.name ?? 'emoji'}:` : (emoji.name ?? '?'));

export function emojiPicker(anchor: HTMLElement, chosen: (emoji: string) => void): void {
  const done = (emoji: string) => {
    closePopover();
    if (emoji) chosen(emoji);
  };
  const other = h('input', {
    type: 'text',
    maxlength: 64,
    placeholder: 'any emoji, or name:id',
    'aria-label': 'Another emoji',
    testid: 'emoji-other',
  });
  popover(
    anchor,
    'emoji-picker',
    'Emoji',
    h(
      'div',
      { class: 'emoji-grid' },
      COMMON.map((one) => h('button', { type: 'button', testid: `emoji-${one}`, 'aria-label': one, onclick: () => done(one) }, one)),
    ),
    h(
      'form',
      {
        class: 'row',
        onsubmit: (event) => {
          event.preventDefault();
          done(other.value.trim());
        },
      },
      other,
      h('button', { type: 'submit', testid: 'emoji-other-add' }, 'Add'),
    ),
  );
}
