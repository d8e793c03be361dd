// Makes elements without ever parsing HTML: text stays text, whoever wrote it.

export type Child = Node | string | number | null | undefined | false | Child[];
type Handlers = { [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => void };
export type Props = Handlers & { class?: string; testid?: string; color?: string } & { [attribute: string]: unknown };

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props?: Props | null, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    const spelled = name.startsWith('aria-') || name.startsWith('data-');
    if (value === undefined || value === null || (value === false && !spelled)) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value as EventListener);
    else if (name === 'class') element.className = String(value);
    else if (name === 'testid') element.dataset['testid'] = String(value);
    else if (name === 'color') element.style.setProperty('--color', String(value));
    else if (name === 'value') (element as unknown as { value: string }).value = String(value);
    else element.setAttribute(name, value === true && !spelled ? '' : String(value));
  }
  append(element, children);
  return element;
}

export function append(parent: Node, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(parent, child);
    else parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export interface Entry {
  key: string;
  sig: unknown;
  make: () => HTMLElement;
}
const drawn = new WeakMap<Element, string>();

/**
 * Makes `container` show `entries` in order and keeps every element whose key and signature did not change, so that focus, open
 * menus and half-done clicks survive an update. Handlers of kept elements must look things up by id.
 */
export function keyed(container: HTMLElement, entries: Entry[]): void {
  const old = new Map<string, HTMLElement>();
  for (const child of container.children) if (child instanceof HTMLElement && child.dataset['key']) old.set(child.dataset['key'], child);
  const hadFocus =
    document.activeElement instanceof HTMLElement && container.contains(document.activeElement) ? document.activeElement : null;
  let before: ChildNode | null = container.firstChild;
  for (const entry of entries) {
    const sig = JSON.stringify(entry.sig);
    let element = old.get(entry.key);
    old.delete(entry.key);
    if (!element || drawn.get(element) !== sig) {
      const fresh = entry.make();
      fresh.dataset['key'] = entry.key;
      drawn.set(fresh, sig);
      if (element) {
        if (before === element) before = element.nextSibling;
        element.replaceWith(fresh);
        refocus(hadFocus, element, fresh);
      }
      element = fresh;
    }
    if (element === before) before = element.nextSibling;
    else container.insertBefore(element, before);
  }
  while (before) {
    const next: ChildNode | null = before.nextSibling;
    before.remove();
    before = next;
  }
}

function refocus(had: HTMLElement | null, old: HTMLElement, fresh: HTMLElement): void {
  if (!had || !old.contains(had)) return;
  const testid = had.dataset['testid'];
  const again =
    fresh.dataset['testid'] === testid ? fresh : testid ? fresh.querySelector<HTMLElement>(`[data-testid="${CSS.escape(testid)}"]`) : null;
  (again ?? fresh).focus();
}

/** Removes what a text must not have as part of a test id: `Close ticket!` becomes `close-ticket`. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
}

const ICONS: Record<string, string> = {
  hash: 'M9 3 7 21M17 3l-2 18M4 8.5h17M3 15.5h17',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  thread: 'M4 5h16v9H10l-4 4v-4H4zM9 20h9l2 2v-6',
  voice: 'M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11',
  news: 'M4 9v6h3l9 4V5L7 9zM19 10v4',
  chevron: 'M6 9l6 6 6-6',
  menu: 'M4 7h16M4 12h16M4 17h16',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-4 3-6 6.500-6s6.500 2 6.500 6M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14c2.500.500 3.500 3 3.500 6',
  tools: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500v5M9 14.500v5',
  reply: 'M10 6 4 12l6 6M4 12h9c4 0 7 2 7 7',
  pencil: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  trash: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10.500 11v5M13.500 11v5',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.500 14c1 2 2.500 2.500 3.500 2.500s2.500-.500 3.500-2.500M9 9.500v.500M15 9.500v.500',
  apps: 'M5 5h5v5H5zM14 5h5v5h-5zM5 14h5v5H5zM14 14h5v5h-5z',
  close: 'M6 6l12 12M18 6 6 18',
  plus: 'M12 5v14M5 12h14',
  chat: 'M4 5h16v11H11l-5 4v-4H4z',
  eye: 'M2.500 12C5 7.500 8.500 5.500 12 5.500s7 2 9.500 6.500c-2.500 4.500-6 6.500-9.500 6.500S5 16.500 2.500 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  link: 'M13 5h6v6M19 5l-9 9M16 14v5H5V8h5',
};

/** A small line drawing; decorative, so screen readers skip it. */
export function icon(name: keyof typeof ICONS & string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', ICONS[name] ?? '');
  svg.appendChild(path);
  return svg;
}
