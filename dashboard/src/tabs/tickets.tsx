// Tickets: how support is doing, what waits, and what was written.
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import * as api from '../api';
import { Heatmap } from '../charts/heatmap';
import { change, changeOf, minutes, number, percent, since, when, words } from '../format';
import type { Ticket } from '../rows';
import type { TabOf } from '../shell';
import { Empty, Figures, Panel, ToFirstPage } from '../states';
import { MemberLink, Table } from '../table';
import { change as changeView, param } from '../view';
import { Transcript } from './transcript';

const PAGE = 25;

export function Tickets({ span }: TabOf) {
  const ticket = /^\d+$/.test(param('ticket')) ? param('ticket') : '';
  const queue = useRef<HTMLHeadingElement>(null);
  // A reader of screens hears where they are now; at the first look the browser's own start is right.
  const shown = useRef(ticket);
  const isMoved = useRef(false);
  if (shown.current !== ticket) isMoved.current = true;
  shown.current = ticket;
  useEffect(() => {
    if (!ticket && isMoved.current) queue.current?.focus();
  }, [ticket]);
  if (ticket) return <Transcript guild={span.guild} ticket={ticket} focuses={isMoved.current} />;
  const keys = [span.guild, span.until, span.days];
  const none = 'There were no tickets in this span.';
  return (
    <div class="cards">
      <Panel
        title="Overview"
        note="Open and in progress are of now; times are medians."
        wide
        load={() => api.ticketOverview(span)}
        keys={keys}
        isEmpty={(rows) => rows.length === 0}
        empty="Nobody has opened a ticket yet. Post the panel with /ticket panel, and members can."
      >
        {(rows) => {
          const total = rows.find((row) => row.part === 'total');
          const kinds = rows.filter((row) => row.part === 'category');
          return (
            <>
              {total && (
                <Figures
                  of={[
                    { label: 'open', value: number(total.open) },
                    { label: 'in progress', value: number(total.in_progress) },
                    { label: 'opened', value: number(total.opened), change: change(changeOf(total.opened, total.opened_before)) },
                    { label: 'closed', value: number(total.closed), change: change(changeOf(total.closed, total.closed_before)) },
                    { label: 'first answer', value: minutes(total.first_response_minutes) },
                    { label: 'solved after', value: minutes(total.resolution_minutes) },
                    { label: `rating (${number(total.ratings)})`, value: total.rating === null ? '–' : `${number(total.rating)} of 5` },
                  ]}
                />
              )}
              <Table
                id="ticket-kinds"
                caption="By kind of ticket"
                plain
                rows={kinds}
                rowKey={(row) => row.key}
                columns={[
                  { key: 'label', title: 'Kind', value: (row) => row.label || 'Without a kind' },
                  { key: 'open', title: 'Open', value: (row) => row.open, figure: true },
                  { key: 'progress', title: 'In progress', value: (row) => row.in_progress, figure: true },
                  { key: 'opened', title: 'Opened', value: (row) => row.opened, figure: true },
                  { key: 'closed', title: 'Closed', value: (row) => row.closed, figure: true },
                  { key: 'first', title: 'First answer', value: (row) => row.first_response_minutes, figure: true, show: (row) => minutes(row.first_response_minutes) },
                  { key: 'rating', title: 'Rating', value: (row) => row.rating, figure: true },
                ]}
              />
            </>
          );
        }}
      </Panel>
      <Queue guild={span.guild} heading={queue} />
      <Panel
        title="Targets"
        note="How many of the tickets opened in the span met the targets of /setup. Working hours do not stop the clock."
        load={() => api.ticketSla(span)}
        keys={keys}
        isEmpty={(rows) => rows.length === 0}
        empty="No targets are set. Set them in /setup under Tickets, as “low 24h, high 2h”."
      >
        {(rows) => (
          <Table
            id="sla"
            caption="Targets met"
            plain
            rows={rows}
            rowKey={(row) => `${row.target} ${row.priority}`}
            columns={[
              { key: 'target', title: 'Target', value: (row) => (row.target === 'resolution' ? 'Solved' : 'First answer') },
              { key: 'priority', title: 'Priority', value: (row) => words(row.priority) },
              { key: 'within', title: 'Within', value: (row) => row.target_minutes, figure: true, show: (row) => minutes(row.target_minutes) },
              { key: 'met', title: 'Met', value: (row) => row.met, figure: true },
              { key: 'missed', title: 'Missed', value: (row) => row.missed, figure: true },
              { key: 'waiting', title: 'Waiting', value: (row) => row.waiting, figure: true },
              { key: 'share', title: 'Share met', value: (row) => row.met_share, figure: true, show: (row) => percent(row.met_share) },
            ]}
          />
        )}
      </Panel>
      <Panel title="Per person of the staff" load={() => api.ticketStaff(span)} keys={keys} isEmpty={(rows) => rows.length === 0} empty={none}>
        {(rows) => (
          <Table
            id="ticket-staff"
            caption="Per person of the staff"
            plain
            rows={rows}
            rowKey={(row) => row.user_id}
            columns={[
              { key: 'member', title: 'Who', value: (row) => row.display_name, show: (row) => <MemberLink id={row.user_id} name={row.display_name} /> },
              { key: 'claimed', title: 'Claimed', value: (row) => row.claimed, figure: true },
              { key: 'closed', title: 'Closed', value: (row) => row.closed, figure: true },
              { key: 'first', title: 'First answer', value: (row) => row.first_response_minutes, figure: true, show: (row) => minutes(row.first_response_minutes) },
              { key: 'rating', title: 'Rating', value: (row) => row.rating, figure: true },
            ]}
          />
        )}
      </Panel>
      <Panel
        title="When tickets are opened"
        note="By weekday and hour in your zone."
        wide
        load={() => api.ticketBusyTimes(span)}
        keys={keys}
        isEmpty={(rows) => rows.length === 0}
        empty={none}
      >
        {(rows) => <Heatmap caption="Tickets opened by weekday and hour" unit="tickets" cells={rows.map((row) => ({ weekday: row.weekday, hour: row.hour, value: row.tickets }))} />}
      </Panel>
    </div>
  );
}

const STATES = [
  { id: '', label: 'All' },
  { id: 'OPEN', label: 'Open' },
  { id: 'IN_PROGRESS', label: 'In progress' },
  { id: 'RESOLVED', label: 'Solved' },
];

/** Searched and paged by the database: there can be many. */
function Queue({ guild, heading }: { guild: string; heading: RefObject<HTMLHeadingElement | null> }) {
  const asked = param('status');
  const status = STATES.some((one) => one.id === asked) ? asked : '';
  const search = param('q');
  const page = Math.max(1, Number(param('page')) || 1);
  const find = (event: SubmitEvent) => {
    event.preventDefault();
    const field = new FormData(event.currentTarget as HTMLFormElement).get('q');
    changeView({ q: String(field).trim(), page: undefined });
  };
  return (
    <Panel
      title="Queue"
      heading={heading}
      wide
      load={() => api.tickets(guild, status, search, PAGE, (page - 1) * PAGE)}
      keys={[guild, status, search, page]}
    >
      {(rows) => (
        <>
          <div class="tools">
            <form role="search" onSubmit={find}>
              <input name="q" type="search" aria-label="Search tickets" placeholder="Subject, member or number" defaultValue={search} />
              <button>Search</button>
            </form>
            <label>
              <span>Show</span>
              <select value={status} onChange={(event) => changeView({ status: event.currentTarget.value, page: undefined })}>
                {STATES.map((one) => <option key={one.id} value={one.id}>{one.label}</option>)}
              </select>
            </label>
            <span class="note" role="status">{number(rows[0]?.total ?? 0)} {rows[0]?.total === 1 ? 'ticket' : 'tickets'}</span>
          </div>
          {rows.length === 0 && page > 1 ? (
            <ToFirstPage name="page" />
          ) : rows.length === 0 ? (
            <Empty>{search || status ? 'No ticket is like that.' : 'There is no ticket yet.'}</Empty>
          ) : (
            <>
              <List rows={rows} />
              <Pages page={page} pages={Math.ceil((rows[0]?.total ?? 0) / PAGE)} />
            </>
          )}
        </>
      )}
    </Panel>
  );
}

function List({ rows }: { rows: Ticket[] }) {
  const open = (event: MouseEvent, id: string) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    changeView({ ticket: id });
  };
  return (
    <Table
      id="queue"
      caption="Tickets"
      plain
      rows={rows}
      rowKey={(row) => row.ticket_id}
      columns={[
        { key: 'number', title: '#', value: (row) => row.ticket_number, show: (row) => `#${row.ticket_number}` },
        {
          key: 'subject', title: 'Subject', value: (row) => row.subject,
          show: (row) => (
            <a href={`/?tab=tickets&ticket=${encodeURIComponent(row.ticket_id)}`} onClick={(event) => open(event, row.ticket_id)}>
              {row.subject || 'Without a subject'}
            </a>
          ),
        },
        { key: 'kind', title: 'Kind', value: (row) => row.category_name },
        { key: 'status', title: 'Status', value: (row) => row.status, show: (row) => <span class={`tag ${row.status.toLowerCase()}`}>{row.status === 'RESOLVED' ? 'Solved' : words(row.status)}</span> },
        { key: 'priority', title: 'Priority', value: (row) => words(row.priority) },
        { key: 'opener', title: 'From', value: (row) => row.opener_name, show: (row) => <MemberLink id={row.opener_id} name={row.opener_name} /> },
        { key: 'claimed', title: 'With', value: (row) => row.claimed_by_name || (row.claimed_by ? 'somebody' : '–') },
        { key: 'opened', title: 'Opened', value: (row) => row.created_at, show: (row) => when(row.created_at) },
        {
          key: 'waits', title: 'First answer', value: (row) => row.first_response_at,
          show: (row) =>
            row.first_response_at
              ? `after ${minutes((Date.parse(row.first_response_at) - Date.parse(row.created_at)) / 60_000)}`
              : row.resolved_at ? '–' : `waits ${since(row.created_at)}`,
        },
      ]}
    />
  );
}

function Pages({ page, pages }: { page: number; pages: number }) {
  if (pages <= 1) return null;
  const turn = (to: number) => changeView({ page: to > 1 ? String(to) : undefined });
  return (
    <nav class="pages" aria-label="Pages of tickets">
      <button type="button" disabled={page === 1} onClick={() => turn(page - 1)}>Back</button>
      <span>Page {page} of {pages}</span>
      <button type="button" disabled={page >= pages} onClick={() => turn(page + 1)}>Next</button>
    </nav>
  );
}
