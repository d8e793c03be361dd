// Small floating panels (profiles, emoji, menus) and short error toasts; Esc and a click elsewhere close a panel.
import { h, type Child } from './dom';

let open: { panel: HTMLElement; anchor: HTMLElement } | null = null;

export function closePopover(): boolean {
  if (!open) return false;
  const { panel, anchor } = open;
  open = null;
  if (panel.contains(document.activeElement) && anchor.isConnected) anchor.focus();
  panel.remove();
  return true;
}

export function popover(anchor: HTMLElement, testid: string, label: string, ...inside: Child[]): HTMLElement {
  closePopover();
  const panel = h('div', { class: `popover ${testid}`, testid, role: 'dialog', 'aria-label': label, tabindex: -1 }, ...inside);
  document.body.appendChild(panel);
  const at = anchor.getBoundingClientRect();
  const size = panel.getBoundingClientRect();
  const left = at.left + size.width > innerWidth - 8 ? at.right - size.width : at.left;
  const top = at.bottom + 4 + size.height > innerHeight - 8 ? at.top - size.height - 4 : at.bottom + 4;
  panel.style.setProperty('left', `${Math.max(8, Math.min(left, innerWidth - size.width - 8))}px`);
  panel.style.setProperty('top', `${Math.max(8, Math.min(top, innerHeight - size.height - 8))}px`);
  open = { panel, anchor };
  (panel.querySelector<HTMLElement>('button, input, select') ?? panel).focus({ preventScroll: true });
  return panel;
}

export interface Item {
  label: string;
  testid: string;
  run: () => void;
  danger?: boolean;
}

/** A list of actions; arrow keys move, Enter runs. */
export function menu(anchor: HTMLElement, label: string, items: Item[]): void {
  const panel = popover(
    anchor,
    'menu',
    label,
    items.map((one) =>
      h(
        'button',
        {
          type: 'button',
          class: one.danger ? 'menu-item danger' : 'menu-item',
          role: 'menuitem',
          testid: one.testid,
          onclick: () => {
            closePopover();
            one.run();
          },
        },
        one.label,
      ),
    ),
  );
  panel.setAttribute('role', 'menu');
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const all = [...panel.querySelectorAll<HTMLElement>('button')];
    const at = all.indexOf(document.activeElement as HTMLElement);
    all.at((at + (event.key === 'ArrowDown' ? 1 : -1)) % all.length)?.focus();
  });
}

document.addEventListener('pointerdown', (event) => {
  if (open && !open.panel.contains(event.target as Node) && !open.anchor.contains(event.target as Node)) closePopover();
});

export function toast(text: string): void {
  const note = h('div', { class: 'toast', testid: 'toast', role: 'alert' }, text);
  document.body.appendChild(note);
  setTimeout(() => note.remove(), 6000);
}

/** Runs a request; a refusal is shown, never swallowed. */
export async function attempt<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (problem) {
    toast(problem instanceof Error ? problem.message : String(problem));
    return undefined;
  }
}
