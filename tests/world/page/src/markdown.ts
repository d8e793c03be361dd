// Parses Discord's markdown into a small tree; pure, and the only place that knows the syntax.

export type Mark =
  | { t: 'text'; v: string }
  | { t: 'strong' | 'em' | 'u' | 's' | 'spoiler' | 'quote' | 'small'; c: Mark[] }
  | { t: 'heading'; level: number; c: Mark[] }
  | { t: 'list'; ordered: boolean; items: Mark[][] }
  | { t: 'code'; v: string }
  | { t: 'pre'; v: string; lang: string }
  | { t: 'link'; href: string; c: Mark[] }
  | { t: 'user' | 'role' | 'channel'; id: string }
  | { t: 'everyone'; v: string }
  | { t: 'command'; name: string }
  | { t: 'emoji'; name: string }
  | { t: 'time'; unix: number; style: string };

const MAX_DEPTH = 8;

export function parse(text: string): Mark[] {
  return blocks(text, 0);
}

/** Code fences first, then what stands between them line by line. */
function blocks(text: string, depth: number): Mark[] {
  const out: Mark[] = [];
  const fence = /```(?:([\w+#.-]+)\n)?\n?([\s\S]+?)\n?```\n?/g;
  let from = 0;
  for (const hit of text.matchAll(fence)) {
    lines(text.slice(from, hit.index), depth, out);
    out.push({ t: 'pre', v: hit[2] ?? '', lang: hit[1] ?? '' });
    from = hit.index + hit[0].length;
  }
  lines(text.slice(from), depth, out);
  return out;
}

function lines(text: string, depth: number, out: Mark[]): void {
  if (!text) return;
  const all = text.split('\n');
  let plain: string[] = [];
  const flush = (more: boolean) => {
    if (plain.length) out.push(...inline(plain.join('\n') + (more && plain.at(-1) === '' ? '\n' : ''), depth));
    plain = [];
  };
  const run = (at: number, mark: RegExp): string[] => {
    const found: string[] = [];
    while (at + found.length < all.length && mark.test(all[at + found.length] ?? ''))
      found.push((all[at + found.length] ?? '').replace(mark, ''));
    return found;
  };
  for (let at = 0; at < all.length; at++) {
    const line = all[at] ?? '';
    let hit: RegExpExecArray | null;
    if (depth < MAX_DEPTH && line.startsWith('>>> ')) {
      flush(true);
      out.push({ t: 'quote', c: blocks([line.slice(4), ...all.slice(at + 1)].join('\n'), depth + 1) });
      return;
    }
    if (depth < MAX_DEPTH && /^> /.test(line)) {
      flush(true);
      const quoted = run(at, /^> /);
      out.push({ t: 'quote', c: blocks(quoted.join('\n'), depth + 1) });
      at += quoted.length - 1;
    } else if ((hit = /^(#{1,3}) +(\S.*)$/.exec(line))) {
      flush(true);
      out.push({ t: 'heading', level: (hit[1] ?? '').length, c: inline(hit[2] ?? '', depth + 1) });
    } else if ((hit = /^-# +(\S.*)$/.exec(line))) {
      flush(true);
      out.push({ t: 'small', c: inline(hit[1] ?? '', depth + 1) });
    } else if (/^\s{0,3}[-*] \S/.test(line) || /^\s{0,3}\d{1,3}\. \S/.test(line)) {
      flush(true);
      const mark = /^\s{0,3}[-*] /.test(line) ? /^\s{0,3}[-*] / : /^\s{0,3}\d{1,3}\. /;
      const items = run(at, mark);
      out.push({
        t: 'list',
        ordered: /\d/.test(line.slice(0, 4)) && !/^\s*[-*]/.test(line),
        items: items.map((one) => inline(one, depth + 1)),
      });
      at += items.length - 1;
    } else {
      plain.push(line);
    }
  }
  flush(false);
}

type Rule = [RegExp, (hit: RegExpExecArray, depth: number) => Mark | null];

const wrap =
  (t: 'strong' | 'em' | 'u' | 's' | 'spoiler') =>
  (hit: RegExpExecArray, depth: number): Mark => ({ t, c: inline(hit[1] ?? '', depth + 1) });

const RULES: Rule[] = [
  [/\\([^A-Za-z0-9\s])/y, (hit) => ({ t: 'text', v: hit[1] ?? '' })],
  [/``([^\n]+?)``(?!`)/y, (hit) => ({ t: 'code', v: (hit[1] ?? '').trim() })],
  [/`([^`\n]+)`/y, (hit) => ({ t: 'code', v: hit[1] ?? '' })],
  [/<@!?(\d{1,20})>/y, (hit) => ({ t: 'user', id: hit[1] ?? '' })],
  [/<@&(\d{1,20})>/y, (hit) => ({ t: 'role', id: hit[1] ?? '' })],
  [/<#(\d{1,20})>/y, (hit) => ({ t: 'channel', id: hit[1] ?? '' })],
  [/<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y, (hit) => ({ t: 'time', unix: Number(hit[1]), style: hit[2] ?? 'f' })],
  [/<\/([-\w ]{1,100}):\d{1,20}>/y, (hit) => ({ t: 'command', name: hit[1] ?? '' })],
  [/<a?:(\w{2,32}):\d{1,20}>/y, (hit) => ({ t: 'emoji', name: hit[1] ?? '' })],
  [/<(https?:\/\/[^\s<>]+)>/y, (hit) => link(hit[1] ?? '', null)],
  [
    /\[([^\]\n]{1,300})\]\(<?(https?:\/\/[^\s<>)]+)>?(?: +"[^"\n]*")?\)/y,
    (hit, depth) => link(hit[2] ?? '', inlineNoLinks(hit[1] ?? '', depth + 1)),
  ],
  [/https?:\/\/[^\s<>]*[^\s<>.,:;"'!?)\]*_~|]/y, (hit) => link(hit[0], null)],
  [/@(everyone|here)\b/y, (hit) => ({ t: 'everyone', v: `@${hit[1]}` })],
  [/\*\*(\S(?:[\s\S]*?\S)?)\*\*(?!\*)/y, wrap('strong')],
  [/__(\S(?:[\s\S]*?\S)?)__(?!_)/y, wrap('u')],
  [/~~(\S(?:[\s\S]*?\S)?)~~/y, wrap('s')],
  [/\|\|([\s\S]+?)\|\|/y, wrap('spoiler')],
  [/\*([^\s*](?:[^*]*?[^\s*])?)\*(?!\*)/y, wrap('em')],
  [/_([^\s_](?:[^_]*?[^\s_])?)_(?![A-Za-z0-9_])/y, wrap('em')],
];
const STARTS = /[\\`<[h@*_~|]/;

function link(href: string, c: Mark[] | null): Mark | null {
  try {
    const url = new URL(href);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
    return { t: 'link', href: url.href, c: c ?? [{ t: 'text', v: href }] };
  } catch {
    return null;
  }
}

/** A link's label must not hold a link of its own, which could show another target than it has. */
function inlineNoLinks(text: string, depth: number): Mark[] {
  return inline(text, depth).map((one) => (one.t === 'link' ? { t: 'text', v: one.href } : one));
}

function inline(text: string, depth: number): Mark[] {
  const out: Mark[] = [];
  let plain = '';
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? '';
    const mark = depth < MAX_DEPTH && STARTS.test(char) ? match(text, at, depth) : null;
    if (!mark) {
      plain += char;
      at += 1;
      continue;
    }
    if (plain) out.push({ t: 'text', v: plain });
    plain = '';
    out.push(mark.node);
    at = mark.end;
  }
  if (plain) out.push({ t: 'text', v: plain });
  return out;
}

function match(text: string, at: number, depth: number): { node: Mark; end: number } | null {
  // snake_case is no emphasis.
  const inWord = text[at] === '_' && /[A-Za-z0-9]/.test(text[at - 1] ?? '');
  for (const [pattern, make] of RULES) {
    if (inWord && pattern.source.startsWith('_')) continue;
    pattern.lastIndex = at;
    const hit = pattern.exec(text);
    const end = pattern.lastIndex;
    const node = hit && make(hit, depth);
    if (node) return { node, end };
  }
  return null;
}
