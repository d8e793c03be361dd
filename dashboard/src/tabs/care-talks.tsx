// Talks with Ash and referrals, counted: never a word of a talk, never with whom.
import * as api from '../api';
import { Bars, everyDay } from '../charts/bars';
import { month, number } from '../format';
import type { Referral, TalkDay } from '../rows';
import { Figures, Panel } from '../states';
import { Table } from '../table';

const BEGAN: { label: string; colour: string; by: string[] }[] = [
  { label: 'The member came', colour: 'c1', by: ['member'] },
  { label: 'The team offered it', colour: 'c2', by: ['team'] },
  { label: 'Offered after an alert', colour: 'c4', by: ['chain', 'critical'] },
  { label: 'They had asked to be asked', colour: 'h3', by: ['follow_up', 'check_in'] },
];
const ENDS: Record<string, string> = {
  open: 'Not over yet',
  idle: 'They stopped writing',
  maximum: 'Its time was over',
  limit: 'Its time was over, and no person had come',
  goodbye: 'They said goodbye',
  declined: 'They said goodbye',
  opt_out: 'They want no messages of Ash any more',
  handed_off: 'A person took over',
  stood_down: 'The team told Ash to stop',
  paused: 'Ash was switched off',
  unanswered: 'They did not answer the offer',
  unreachable: 'There was no private place any more',
  false_alarm: 'The alert was a false alarm',
};
const OCCASIONS: Record<string, string> = {
  talk: 'In a talk with Ash',
  direct: 'In answer to a direct message',
  human: 'Somebody asked for a person',
  resources: '/resources',
};

export function Talks({ span }: { span: api.Span }) {
  return (
    <>
      <Panel
        title="Talks with Ash"
        note="How many, and how they went; not with whom, and nothing that was said. An offer that nobody answered is no talk."
        wide
        load={() => api.talksDaily(span)}
        keys={[span.guild, span.until, span.days]}
        isEmpty={(rows) => rows.length === 0}
        empty="Ash talked with nobody in this span, and offered it to nobody."
      >
        {(rows) => <Told rows={rows} />}
      </Panel>
      <Panel
        title="Pointed to help outside"
        note="How often the card with help lines was shown, by month (UTC), for a year. Not to whom."
        wide
        load={() => api.referrals(span)}
        keys={[span.guild, span.until]}
        isEmpty={(rows) => rows.length === 0}
        empty="The card with help lines was not shown in this year."
      >
        {(rows) => <Referrals rows={rows} />}
      </Panel>
    </>
  );
}

function sum(rows: TalkDay[], of: (row: TalkDay) => number): number {
  return rows.reduce((all, row) => all + of(row), 0);
}

function Told({ rows }: { rows: TalkDay[] }) {
  const days = everyDay(rows.map((row) => row.day));
  const ends = new Map<string, TalkDay[]>();
  for (const row of rows) {
    const end = ENDS[row.ended] ?? 'Ash could not go on';
    ends.set(end, [...(ends.get(end) ?? []), row]);
  }
  return (
    <>
      <Figures
        of={[
          { label: 'begun or offered', value: number(sum(rows, (row) => row.sessions)) },
          { label: 'the member wrote', value: number(sum(rows, (row) => row.talks)) },
          { label: 'asked for a person', value: number(sum(rows, (row) => row.asked_for_human)) },
          { label: 'a person took over', value: number(sum(rows, (row) => row.hand_offs)) },
          { label: 'answers of Ash', value: number(sum(rows, (row) => row.replies)) },
          { label: 'answers stopped before they were sent', value: number(sum(rows, (row) => row.replaced)) },
          { label: 'messages left without an answer', value: number(sum(rows, (row) => row.failures)) },
        ]}
      />
      <Bars
        id="talks"
        caption="Talks with Ash by day and how they began, offers included"
        days={days}
        stacks={BEGAN.map(({ label, colour, by }) => ({
          label,
          colour,
          values: days.map((day) => sum(rows.filter((row) => row.day === day && by.includes(row.opened_by)), (row) => row.sessions)),
        }))}
      />
      <h3>How they ended</h3>
      <Table
        id="talk-ends"
        caption="How talks with Ash ended"
        plain
        rows={[...ends].sort(([, a], [, b]) => sum(b, (row) => row.sessions) - sum(a, (row) => row.sessions))}
        rowKey={([end]) => end}
        columns={[
          { key: 'end', title: 'End', value: ([end]) => end },
          { key: 'sessions', title: 'Begun or offered', value: ([, of]) => sum(of, (row) => row.sessions), figure: true },
          { key: 'talks', title: 'The member wrote', value: ([, of]) => sum(of, (row) => row.talks), figure: true },
          { key: 'asked', title: 'Asked for a person', value: ([, of]) => sum(of, (row) => row.asked_for_human), figure: true },
          { key: 'handed', title: 'A person took over', value: ([, of]) => sum(of, (row) => row.hand_offs), figure: true },
        ]}
      />
    </>
  );
}

function Referrals({ rows }: { rows: Referral[] }) {
  const months = [...new Set(rows.map((row) => row.month))];
  const kinds = [...new Set(rows.map((row) => row.kind))].sort();
  const cards = (of: string, kind?: string) =>
    rows.filter((row) => row.month === of && (!kind || row.kind === kind)).reduce((all, row) => all + row.cards, 0);
  return (
    <Table
      id="referrals"
      caption="Pointed to help outside, by month"
      plain
      rows={months}
      rowKey={(one) => one}
      columns={[
        { key: 'month', title: 'Month', value: (one) => one, show: (one) => month(one) },
        ...kinds.map((kind) => ({ key: kind, title: OCCASIONS[kind] ?? kind, value: (one: string) => cards(one, kind), figure: true })),
        { key: 'all', title: 'In all', value: (one) => cards(one), figure: true },
      ]}
    />
  );
}
