// Draws an embed. Pictures are named, not fetched: the imitation contacts nobody.
import { h } from './dom';
import { hex, link, markdown, stamp } from './markdown-dom';
import type { Embed } from './types';

export function drawEmbed(embed: Embed): HTMLElement {
  const when = embed.timestamp ? stamp(Date.parse(embed.timestamp) / 1000, 'f') : '';
  const footer = [embed.footer?.text, when].filter(Boolean).join(' • ');
  return h(
    'section',
    { class: 'embed', testid: 'embed', color: embed.color ? hex(embed.color) : undefined },
    embed.author && h('div', { class: 'embed-author', testid: 'embed-author' }, titled(embed.author.name, embed.author.url)),
    embed.title &&
      h('div', { class: 'embed-title', testid: 'embed-title' }, embed.url ? titled(embed.title, embed.url) : markdown(embed.title)),
    embed.description && h('div', { class: 'embed-text', testid: 'embed-description' }, markdown(embed.description)),
    embed.fields &&
      embed.fields.length > 0 &&
      h(
        'div',
        { class: 'embed-fields' },
        embed.fields.map((field) =>
          h(
            'div',
            { class: field.inline ? 'embed-field inline' : 'embed-field', testid: 'embed-field' },
            h('b', null, markdown(field.name)),
            markdown(field.value),
          ),
        ),
      ),
    picture(embed.image?.url, 'Image'),
    picture(embed.thumbnail?.url, 'Thumbnail'),
    footer && h('div', { class: 'embed-footer', testid: 'embed-footer' }, footer),
  );
}

const titled = (text: string, url: string | undefined): HTMLElement =>
  url && /^https?:\/\//.test(url) && URL.canParse(url) ? link(url, text) : h('span', null, text);

export function picture(url: string | undefined, label: string): HTMLElement | null {
  if (!url) return null;
  if (url.startsWith('data:image/')) return h('img', { class: 'picture', src: url, alt: label });
  return h('div', { class: 'picture-note', title: url }, `🖼 ${label}: ${url}`);
}
