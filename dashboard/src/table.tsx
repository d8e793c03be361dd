// A table to sort, search, leaf through and take away as CSV. How it is looked at stands in the address.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { type Cell, csv, download } from './csv';
import { number } from './format';
import { change, param } from './view';

export interface Column<Row> {
  key: string;
  title: string;
  /** What is sorted by, searched and exported. */
  value: (row: Row) => Cell;
  /** What is seen, if not that. */
  show?: (row: Row) => ComponentChildren;
  /** Figures are set to the right. */
  figure?: boolean;
  unsorted?: boolean;
}

interface TableOf<Row> {
  /** Unique on its page: names its part of the address, and the file. */
  id: string;
  caption: string;
  rows: Row[];
  columns: Column<Row>[];
  rowKey: (row: Row) => string;
  /** How many rows a page has. */
  size?: number;
  /** Without a search field and an export: for a handful of rows. */
  plain?: boolean;
  /** Every row there is, for the export, where `rows` are the first ones only. */
  all?: (() => Promise<Row[]>) | undefined;
}

const SIZE = 25;

export function Table<Row>({ id, caption, rows, columns, rowKey, size = SIZE, plain, all }: TableOf<Row>) {
  const sort = param(`${id}-sort`);
  const search = param(`${id}-q`).toLowerCase();
  const by = columns.find((column) => column.key === sort.replace(/^-/, ''));
  const found = search ? rows.filter((row) => columns.some((column) => matches(column.value(row), search))) : rows;
  const sorted = by ? [...found].sort((a, b) => compare(by.value(a), by.value(b)) * (sort.startsWith('-') ? -1 : 1)) : found;
  const pages = Math.max(1, Math.ceil(sorted.length / size));
  const page = Math.min(Math.max(1, Number(param(`${id}-page`)) || 1), pages);
  const shown = plain ? sorted : sorted.slice((page - 1) * size, page * size);

  const turn = (to: number) => change({ [`${id}-page`]: to > 1 ? String(to) : undefined });
  const order = (column: Column<Row>) => {
    // Figures first from the top, words from A.
    const first = column.figure ? `-${column.key}` : column.key;
    const second = column.figure ? column.key : `-${column.key}`;
    change({ [`${id}-sort`]: sort === first ? second : first, [`${id}-page`]: undefined });
  };
  const [saving, setSaving] = useState<'' | 'busy' | 'failed'>('');
  const save = () => {
    setSaving('busy');
    collect().then(
      () => setSaving(''),
      () => setSaving('failed'),
    );
  };
  const collect = async () => {
    const every = all ? await all() : rows;
    const chosen = search ? every.filter((row) => columns.some((column) => matches(column.value(row), search))) : every;
    const lines = chosen.map((row) => columns.map((column) => column.value(row)));
    download(`${id}.csv`, csv([columns.map((column) => column.title), ...lines]));
  };
  return (
    <div class="table">
      {!plain && (
        <div class="tools">
          <input
            type="search"
            aria-label={`Search ${caption.toLowerCase()}`}
            placeholder="Search"
            value={param(`${id}-q`)}
            onInput={(event) => change({ [`${id}-q`]: event.currentTarget.value, [`${id}-page`]: undefined }, true)}
          />
          <span class="note" role="status">{number(sorted.length)} {sorted.length === 1 ? 'row' : 'rows'}</span>
          <button type="button" disabled={saving === 'busy'} onClick={save}>
            {saving === 'busy' ? 'Exporting …' : saving === 'failed' ? 'Export failed, try again' : 'Export CSV'}
          </button>
        </div>
      )}
      <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
        <table>
          <caption class="sr">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => {
                const state = column === by ? (sort.startsWith('-') ? 'descending' : 'ascending') : undefined;
                return (
                  <th key={column.key} scope="col" class={column.figure ? 'right' : ''} aria-sort={state}>
                    {plain || column.unsorted ? column.title : (
                      <button type="button" class="sort" onClick={() => order(column)}>
                        {column.title}<span aria-hidden="true">{state ? (state === 'ascending' ? ' ▲' : ' ▼') : ''}</span>
                      </button>
                    )}
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={rowKey(row)}>
                {columns.map((column) => (
                  <td key={column.key} class={column.figure ? 'right' : ''}>{column.show ? column.show(row) : seen(column.value(row))}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {search && sorted.length === 0 && <p class="empty">Nothing has “{search}” in it.</p>}
      {!plain && pages > 1 && (
        <nav class="pages" aria-label={`Pages of ${caption.toLowerCase()}`}>
          <button type="button" disabled={page === 1} onClick={() => turn(page - 1)}>Back</button>
          <span>Page {page} of {pages}</span>
          <button type="button" disabled={page === pages} onClick={() => turn(page + 1)}>Next</button>
        </nav>
      )}
    </div>
  );
}

function seen(value: Cell): string {
  return typeof value === 'number' || value === null || value === undefined ? number(value as number | null) : String(value);
}

function matches(value: Cell, search: string): boolean {
  return typeof value === 'string' && value.toLowerCase().includes(search);
}

/** Nothing comes last in ascending order. */
function compare(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a === null || a === undefined || b === null || b === undefined) return Number(a == null) - Number(b == null);
  return String(a).localeCompare(String(b), undefined, { numeric: true, sensitivity: 'base' });
}

/** A member's name, with the way to them in Discord. */
export function MemberLink({ id, name }: { id: string; name: string }) {
  return (
    <a href={`https://discord.com/users/${encodeURIComponent(id)}`} target="_blank" rel="noopener noreferrer">
      {name || 'Somebody unknown'}
    </a>
  );
}
