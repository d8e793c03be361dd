// Events that the bot could not apply, why, and a way to let it try again.
import { useRef, useState } from 'preact/hooks';
import * as api from '../../api';
import { number, when, words } from '../../format';
import { useLoad } from '../../load';
import type { DeadLetter } from '../../rows';
import { Card, Empty, Loading, Problem, Stale, ToFirstPage } from '../../states';
import { Table } from '../../table';
import { change, param } from '../../view';
import { replay } from '../../worker';
import type { DeskOf } from '../admin';

/** As many as the Worker takes at once. */
const PAGE = 50;

export function DeadLetters({ desk }: { desk: DeskOf }) {
  const { guild } = desk;
  const page = Math.max(1, Number(param('dead')) || 1);
  const letters = useLoad(() => api.deadLetters(guild, PAGE, (page - 1) * PAGE), [guild, page]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const isBusy = useRef(false);
  const rows = letters.state === 'ready' ? letters.data : [];
  const ids = rows.map((row) => row.event_id).filter((id) => chosen.has(id));
  const turn = (to: number) => {
    setChosen(new Set());
    change({ dead: to > 1 ? String(to) : undefined });
  };
  const again = () => {
    if (isBusy.current) return;
    isBusy.current = true;
    setBusy(true);
    setSaid('');
    setProblem('');
    desk
      .ask(replay(guild, ids))
      .then(
        ({ asked }) => {
          setSaid(`${number(asked)} ${asked === 1 ? 'event is' : 'events are'} asked for again; the relay sends ${asked === 1 ? 'it' : 'them'} within a minute, if it still has ${asked === 1 ? 'it' : 'them'}.`);
          setChosen(new Set());
          letters.renew();
        },
        (error: unknown) => setProblem(error instanceof api.Failure ? error.message : 'That did not work. Please try again.'),
      )
      .finally(() => {
        desk.acted();
        isBusy.current = false;
        setBusy(false);
      });
  };
  return (
    <Card title="Dead letters" note="Events that the bot gave up: which and why, without their content, which only the relay keeps." wide>
      {letters.state === 'loading' && <Loading what="dead letters" />}
      {letters.state === 'failed' && <Problem failure={letters.failure} retry={letters.retry} />}
      <Stale of={letters} />
      {letters.state === 'ready' && rows.length === 0 &&
        (page > 1 ? <ToFirstPage name="dead" /> : <Empty>There are none: every event was applied.</Empty>)}
      {rows.length > 0 && (
        <>
          <div class="tools">
            <label>
              <input
                type="checkbox"
                checked={ids.length === rows.length}
                onChange={(event) => setChosen(new Set(event.currentTarget.checked ? rows.map((row) => row.event_id) : []))}
              />
              <span>All {number(rows.length)} on this page</span>
            </label>
            <button type="button" disabled={busy || ids.length === 0} onClick={again}>{busy ? 'Asking …' : `Replay ${number(ids.length)} chosen`}</button>
          </div>
          <List rows={rows} chosen={chosen} choose={setChosen} />
          <Pages page={page} pages={Math.ceil((rows[0]?.total ?? 0) / PAGE)} turn={turn} />
        </>
      )}
      <p class="done" role="status">{said}</p>
      {problem && <p class="problem" role="alert">{problem}</p>}
    </Card>
  );
}

interface ListOf {
  rows: DeadLetter[];
  chosen: ReadonlySet<string>;
  choose: (ids: ReadonlySet<string>) => void;
}

function List({ rows, chosen, choose }: ListOf) {
  const toggle = (id: string, isOn: boolean) => {
    const next = new Set(chosen);
    if (isOn) next.add(id);
    else next.delete(id);
    choose(next);
  };
  return (
    <Table
      id="letters"
      caption="Dead letters"
      plain
      rows={rows}
      rowKey={(row) => row.event_id}
      columns={[
        {
          key: 'choose', title: 'Choose', value: () => '',
          show: (row) => (
            <input
              type="checkbox"
              aria-label={`Choose ${words(row.kind)} of ${when(row.last_died_at)}`}
              checked={chosen.has(row.event_id)}
              onChange={(event) => toggle(row.event_id, event.currentTarget.checked)}
            />
          ),
        },
        { key: 'kind', title: 'What', value: (row) => words(row.kind) },
        { key: 'reason', title: 'Why', value: (row) => row.reason, show: (row) => <span class="words">{row.reason}</span> },
        { key: 'died', title: 'Given up', value: (row) => row.last_died_at, show: (row) => when(row.last_died_at) },
        { key: 'attempts', title: 'Tries', value: (row) => row.attempts, figure: true },
        { key: 'again', title: 'Asked again', value: (row) => row.replayed_at, show: (row) => when(row.replayed_at) },
        { key: 'relay', title: 'Relay', value: (row) => row.relay },
        { key: 'id', title: 'Event', value: (row) => row.event_id, show: (row) => <code class="words">{row.event_id}</code> },
      ]}
    />
  );
}

function Pages({ page, pages, turn }: { page: number; pages: number; turn: (to: number) => void }) {
  if (pages <= 1) return null;
  return (
    <nav class="pages" aria-label="Pages of dead letters">
      <button type="button" disabled={page === 1} onClick={() => turn(page - 1)}>Back</button>
      <span>Page {page} of {pages}</span>
      <button type="button" disabled={page >= pages} onClick={() => turn(page + 1)}>Next</button>
    </nav>
  );
}
