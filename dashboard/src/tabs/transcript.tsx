// What was written in a ticket: as plain text, whatever it contains.
import { useEffect, useRef } from 'preact/hooks';
import * as api from '../api';
import { number, time, when, words } from '../format';
import { useLoad } from '../load';
import type { TicketHead, TranscriptLine } from '../rows';
import { Card, Loading, Panel, Problem } from '../states';
import { MemberLink } from '../table';
import { change, param } from '../view';

interface TranscriptOf {
  guild: string;
  ticket: string;
  /** Whether its heading takes the focus. */
  focuses: boolean;
}

export function Transcript({ guild, ticket, focuses }: TranscriptOf) {
  return (
    <div class="cards">
      <p class="wide">
        <button type="button" onClick={() => change({ ticket: undefined })}>
          ← {param('q') ? `Tickets with “${param('q')}”` : 'All tickets'}
        </button>
      </p>
      <Head guild={guild} ticket={ticket} focuses={focuses} />
      <Panel
        title="Transcript"
        note="That you opened it is noted; the member can see it in their export."
        wide
        load={() => api.transcript(guild, ticket)}
        keys={[guild, ticket]}
        isEmpty={(lines) => lines.length === 0}
        empty="Nothing is kept of this ticket: nothing was written, or its time to be kept is over."
      >
        {(lines) => (
          <>
            <ol class="transcript">{lines.map((line) => <Line key={line.message_id} line={line} />)}</ol>
            {(lines[0]?.total ?? 0) > lines.length && (
              <p class="note">These are the first {number(lines.length)} of {number(lines[0]?.total)} messages. The whole is in the server’s ticket log.</p>
            )}
          </>
        )}
      </Panel>
    </div>
  );
}

/** Which ticket it is. */
function Head({ guild, ticket, focuses }: TranscriptOf) {
  const head = useLoad(() => api.ticketHead(guild, ticket), [guild, ticket]);
  const heading = useRef<HTMLHeadingElement>(null);
  const isThere = head.state !== 'loading';
  useEffect(() => {
    if (focuses && isThere) heading.current?.focus();
  }, [focuses, isThere, ticket]);
  const found = head.state === 'ready' ? head.data[0] : undefined;
  return (
    <Card title={found ? `#${found.ticket_number} ${found.subject || 'Without a subject'}` : 'Ticket'} wide heading={heading}>
      {head.state === 'loading' && <Loading what="the ticket" />}
      {head.state === 'failed' && <Problem failure={head.failure} retry={head.retry} />}
      {head.state === 'ready' && (found ? <About ticket={found} /> : <p>This server has no such ticket.</p>)}
    </Card>
  );
}

function About({ ticket }: { ticket: TicketHead }) {
  return (
    <p class="byline">
      <span class={`tag ${ticket.status.toLowerCase()}`}>{ticket.status === 'RESOLVED' ? 'Solved' : words(ticket.status)}</span>
      {ticket.category_name && <span>{ticket.category_name}</span>}
      <span>from <MemberLink id={ticket.opener_id} name={ticket.opener_name} /></span>
      <span>opened {when(ticket.created_at)}</span>
      {ticket.resolved_at && <span>closed {when(ticket.resolved_at)}</span>}
    </p>
  );
}

function Line({ line }: { line: TranscriptLine }) {
  return (
    <li>
      <div class="byline">
        <strong>{line.author_name || 'Somebody'}</strong>
        <time dateTime={line.sent_at}>{when(line.sent_at)}</time>
        {line.edited_at && <span>edited {time(line.edited_at)}</span>}
      </div>
      {line.deleted_at ? <p class="gone">deleted {when(line.deleted_at)}</p> : <p class="words">{line.content || '(no text)'}</p>}
    </li>
  );
}
