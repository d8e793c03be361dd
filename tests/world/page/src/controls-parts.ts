// Pieces that the sections of the drawer are made of.
import { h, slug, type Child } from './dom';
import { attempt } from './popover';
import { refresh } from './state';

export function section(title: string, open: boolean, inside: Child): HTMLElement {
  return h('details', { open, testid: `controls-${slug(title)}` }, h('summary', null, title), inside);
}

/** A button that runs a request, shows a refusal, and lights up when it is done. */
export function action(testid: string, label: string, run: () => Promise<unknown>): HTMLButtonElement {
  const button = h(
    'button',
    {
      type: 'button',
      class: 'button secondary',
      testid,
      onclick: () => {
        button.disabled = true;
        void attempt(run()).then(async (answer) => {
          await refresh();
          button.disabled = false;
          if (answer !== undefined) done(button);
        });
      },
    },
    label,
  );
  return button;
}

function done(button: HTMLElement): void {
  button.classList.add('done');
  setTimeout(() => button.classList.remove('done'), 900);
}
