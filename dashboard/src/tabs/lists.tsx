// The Lists: who goes quiet, who rises, who never began, who does most.
import * as api from '../api';
import { change, dayOf, number } from '../format';
import type { ChurnRisk, NewMember, RisingStar, TopMember } from '../rows';
import type { TabOf } from '../shell';
import { Panel } from '../states';
import { type Column, MemberLink, Table } from '../table';

export function Lists({ span }: TabOf) {
  return (
    <div class="cards">
      <List<ChurnRisk>
        id="churn-risks"
        title="Churn Risks"
        note="Members who did less than half of the week before, or fell silent. A friendly word helps more than a ping. Nobody is told that they are listed."
        empty="Nobody is slipping away: no member lost more than half of their activity this week."
        load={(skip) => api.churnRisks(span, skip)}
        keys={[span.guild, span.until]}
        columns={[
          member(),
          { key: 'this', title: 'This week', value: (row) => row.this_week, figure: true },
          { key: 'last', title: 'Week before', value: (row) => row.last_week, figure: true },
          { key: 'change', title: 'Change', value: (row) => row.change, figure: true, show: (row) => change(row.change) },
          { key: 'weeks', title: 'Active weeks of 4', value: (row) => row.active_weeks, figure: true },
          { key: 'reason', title: 'Why', value: (row) => row.reason },
        ]}
      />
      <List<RisingStar>
        id="rising-stars"
        title="Rising Stars"
        note="Members who joined in the last 30 days and are already among the most active tenth."
        empty="No newcomer is among the most active tenth yet."
        load={(skip) => api.risingStars(span, skip)}
        keys={[span.guild, span.until]}
        columns={[
          member(),
          { key: 'joined', title: 'Joined', value: (row) => row.joined_at, show: (row) => dayOf(row.joined_at) },
          { key: 'points', title: 'Points', value: (row) => row.points, figure: true },
          { key: 'place', title: 'Place', value: (row) => row.place, figure: true, show: (row) => `${number(row.place)} of ${number(row.active_members)}` },
          { key: 'reason', title: 'Why', value: (row) => row.reason },
        ]}
      />
      <List<NewMember>
        id="new-members"
        title="New Members without activity"
        note="They joined 7 to 30 days ago and have neither written nor reacted since."
        empty="Everybody who joined in the last month has said something."
        load={(skip) => api.newAndSilent(span, skip)}
        keys={[span.guild, span.until]}
        columns={[
          member(),
          { key: 'joined', title: 'Joined', value: (row) => row.joined_at, show: (row) => dayOf(row.joined_at) },
          { key: 'days', title: 'Days ago', value: (row) => row.days_since_joining, figure: true },
        ]}
      />
      <List<TopMember>
        id="top-members"
        title="Most active"
        note="Members with the most points in the chosen span."
        empty="Nobody earned a point in this span."
        load={(skip) => api.topMembers(span, skip)}
        keys={[span.guild, span.until, span.days]}
        columns={[
          { key: 'place', title: 'Place', value: (row) => row.place, figure: true },
          member(),
          { key: 'points', title: 'Points', value: (row) => row.points, figure: true },
          { key: 'messages', title: 'Messages', value: (row) => row.messages, figure: true },
          { key: 'reactions', title: 'Reactions', value: (row) => row.reactions, figure: true },
        ]}
      />
      <p class="note wide">Left out of every list: who opted out of scoring, and who has left.</p>
    </div>
  );
}

function member<Row extends { user_id: string; display_name: string }>(): Column<Row> {
  return {
    key: 'member',
    title: 'Member',
    value: (row) => row.display_name,
    show: (row) => <MemberLink id={row.user_id} name={row.display_name} />,
  };
}

interface ListOf<Row> {
  id: string;
  title: string;
  note: string;
  empty: string;
  load: (skip: number) => Promise<Row[]>;
  keys: unknown[];
  columns: Column<Row>[];
}

function List<Row extends { user_id: string }>({ id, title, note, empty, load, keys, columns }: ListOf<Row>) {
  return (
    <Panel title={title} note={note} wide load={() => load(0)} keys={keys} isEmpty={(rows) => rows.length === 0} empty={empty}>
      {(rows) => (
        <>
          <Table id={id} caption={title} rows={rows} columns={columns} rowKey={(row) => row.user_id} size={10} all={() => api.everything(load)} />
          {rows.length === api.MOST_ROWS && (
            <p class="note">These are the first {number(api.MOST_ROWS)}; the export has them all.</p>
          )}
        </>
      )}
    </Panel>
  );
}
