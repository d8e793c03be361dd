// What the bot asked of AI and what administrators did, the newest first, as it happens.
import { useEffect, useState } from 'preact/hooks';
import * as api from '../../api';
import { number, purpose, usd, when, words } from '../../format';
import { useEvery, useLoad } from '../../load';
import type { LogLine } from '../../rows';
import { Card, Empty, Loading, Problem, Stale } from '../../states';
import { Table } from '../../table';

const LIVE_MS = 10_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const LEVELS: Record<string, string> = { none: 'Started the bot', bulk: 'Stopped the bot', all: 'Stopped the bot and crisis detection' };

export function Log({ guild, deeds }: { guild: string; deeds: number }) {
  const [isPaused, setPaused] = useState(false);
  const lines = useLoad(() => api.adminLog(guild), [guild]);
  useEvery(LIVE_MS, lines.refresh, !isPaused);
  useEffect(() => {
    if (deeds > 0) lines.renew();
  }, [deeds, lines.renew]);
  return (
    <Card title="Log" note="The last 50 calls to AI and deeds of administrators, the newest first. What members wrote is never in it." wide>
      <div class="tools">
        <button type="button" aria-pressed={isPaused} onClick={() => { setPaused(!isPaused); if (isPaused) lines.refresh(); }}>
          {isPaused ? 'Go on refreshing' : 'Stop refreshing'}
        </button>
        <span class="note">
          {lines.state === 'ready' && `${isPaused ? 'Stands still since' : 'Refreshed'} ${clock.format(new Date(lines.since))}`}
        </span>
      </div>
      {lines.state === 'loading' && <Loading what="the log" />}
      {lines.state === 'failed' && <Problem failure={lines.failure} retry={lines.retry} />}
      <Stale of={lines}>{!isPaused && 'It is tried again every 10 seconds.'}</Stale>
      {lines.state === 'ready' &&
        (lines.data.length === 0 ? <Empty>Nothing has been done yet, and no AI was asked.</Empty> : <div class="log"><Lines rows={lines.data} /></div>)}
    </Card>
  );
}

function Lines({ rows }: { rows: LogLine[] }) {
  return (
    <Table
      id="log"
      caption="Log"
      plain
      rows={rows.map((row, at) => ({ ...row, place: `${row.at} ${at}` }))}
      rowKey={(row) => row.place}
      columns={[
        { key: 'at', title: 'When', value: (row) => row.at, show: (row) => <time dateTime={row.at}>{when(row.at)}</time> },
        { key: 'kind', title: 'Kind', value: (row) => (row.kind === 'ai' ? 'AI' : 'Admin'), show: (row) => <span class="tag">{row.kind === 'ai' ? 'AI' : 'Admin'}</span> },
        { key: 'who', title: 'Who', value: (row) => row.actor_name || (row.actor_id ? `…${row.actor_id.slice(-4)}` : row.kind === 'ai' ? 'the bot' : 'somebody else') },
        { key: 'what', title: 'What', value: what },
        { key: 'more', title: 'More', value: more, show: (row) => <span class="words">{more(row)}</span> },
      ]}
    />
  );
}

function what(row: LogLine): string {
  if (row.kind === 'admin' && row.what === 'pause') return LEVELS[String(row.detail.level)] ?? 'Paused the bot';
  return row.kind === 'ai' ? purpose(row.what) : words(row.what.replaceAll('.', ' '));
}

function more({ kind, detail }: LogLine): string {
  if (kind === 'ai') {
    const { provider, model, input_tokens, output_tokens, cost_usd, duration_ms, outcome } = detail;
    const parts = [
      model ?? provider,
      outcome,
      input_tokens !== undefined && `${number(Number(input_tokens))} + ${number(Number(output_tokens ?? 0))} tokens`,
      cost_usd !== undefined && usd(Number(cost_usd)),
      duration_ms !== undefined && `${number(Number(duration_ms))} ms`,
    ];
    return parts.filter(Boolean).map(String).join(', ');
  }
  return Object.entries(detail ?? {})
    .filter(([name]) => name !== 'level')
    .map(([name, value]) => `${words(name)}: ${name === 'until' ? when(String(value)) : typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('; ');
}
