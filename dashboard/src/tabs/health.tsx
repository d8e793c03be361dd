// Community Health: how the server grows, who stays, who is active, and when.
import * as api from '../api';
import { Bars } from '../charts/bars';
import { Cohorts } from '../charts/cohorts';
import { DayLine } from '../charts/day-line';
import { Heatmap } from '../charts/heatmap';
import { change, minutes, number, percent } from '../format';
import type { TabOf } from '../shell';
import { Figures, Panel } from '../states';
import { MemberLink, Table } from '../table';

const ACTIVE = { dau: 'active in a day', wau: 'active in 7 days', mau: 'active in 30 days' };

export function Health({ span }: TabOf) {
  const keys = [span.guild, span.until];
  const timed = [...keys, span.days];
  const nobody = 'No member is known yet. The list of members is read within an hour after the bot joined.';
  return (
    <div class="cards">
      <Panel
        title="Active members"
        note="Different people who wrote or reacted, against as many days before. Stickiness is how many of a month’s people come on a day."
        load={() => api.activeMembers(span)}
        keys={keys}
        isEmpty={(rows) => rows.length === 0}
        empty="Nobody has been active in the last 60 days."
      >
        {(rows) => (
          <Figures
            of={[
              ...rows.map((row) => ({
                label: ACTIVE[row.measure],
                value: number(row.members),
                change: change(row.change),
                better: row.change === null ? undefined : row.change >= 0,
              })),
              { label: 'stickiness', value: percent(rows.find((row) => row.measure === 'dau')?.share_of_month) },
            ]}
          />
        )}
      </Panel>
      <Panel title="Growth" load={() => api.growthTotals(span)} keys={keys} isEmpty={(rows) => rows.length === 0} empty={nobody}>
        {(rows) => (
          <Table
            id="growth-totals"
            caption="Growth in 30, 60 and 90 days"
            plain
            rows={rows}
            rowKey={(row) => String(row.days)}
            columns={[
              { key: 'days', title: 'Last', value: (row) => row.days, show: (row) => `${row.days} days` },
              { key: 'joins', title: 'Joined', value: (row) => row.joins, figure: true },
              { key: 'leaves', title: 'Left', value: (row) => row.leaves, figure: true },
              { key: 'net', title: 'Net', value: (row) => row.net, figure: true, show: (row) => (row.net > 0 ? `+${number(row.net)}` : number(row.net)) },
              { key: 'then', title: 'Size then', value: (row) => row.members_then, figure: true },
              { key: 'now', title: 'Size now', value: (row) => row.members_now, figure: true },
              { key: 'change', title: 'Change', value: (row) => row.change, figure: true, show: (row) => change(row.change) },
            ]}
          />
        )}
      </Panel>
      <Panel title="Size of the community" wide load={() => api.growth(span)} keys={timed} isEmpty={(rows) => rows.length === 0} empty={nobody}>
        {(newest) => {
          const rows = [...newest].reverse();
          const days = rows.map((row) => row.day);
          return (
            <div class="two">
              <div>
                <h3>Members</h3>
                <DayLine id="size" caption="Members at the end of each day" label="Members" days={days} values={rows.map((row) => row.members)} />
              </div>
              <div>
                <h3>Who came and who left</h3>
                <Bars
                  id="joins"
                  caption="Joins and leaves by day"
                  days={days}
                  stacks={[
                    { label: 'Joined', colour: 'c2', values: rows.map((row) => row.joins) },
                    { label: 'Left', colour: 'c4', values: rows.map((row) => row.leaves) },
                  ]}
                />
              </div>
            </div>
          );
        }}
      </Panel>
      <Panel
        title="Active members by day"
        load={() => api.activeDays(span)}
        keys={timed}
        isEmpty={(rows) => rows.every((row) => row.members === 0)}
        empty="Nobody was active in this span."
      >
        {(newest) => {
          const rows = [...newest].reverse();
          return <DayLine id="active-days" caption="Active members by day" label="Active" days={rows.map((row) => row.day)} values={rows.map((row) => row.members)} fromZero />;
        }}
      </Panel>
      <Panel
        title="When it is busy"
        note="Points in an average hour, by weekday and hour in your zone."
        load={() => api.heatmap(span)}
        keys={timed}
        isEmpty={(rows) => rows.length === 0}
        empty="Nothing was counted in this span."
      >
        {(rows) => (
          <Heatmap caption="Activity by weekday and hour" unit="points" cells={rows.map((row) => ({ weekday: row.weekday, hour: row.hour_of_day, value: row.mean_points }))} />
        )}
      </Panel>
      <Panel
        title="Who stays"
        note="Of the members who joined in a week, how many wrote or reacted in that week and in each complete week after."
        wide
        load={() => api.cohorts(span)}
        keys={keys}
        isEmpty={(rows) => rows.length === 0}
        empty="Nobody joined in the last twelve complete weeks."
      >
        {(rows) => <Cohorts rows={rows} />}
      </Panel>
      <Panel
        title="Online times"
        note="Only of members who share their presence; the bot sees nobody else’s."
        wide
        load={() => Promise.all([api.presence(span), api.peakHours(span), api.topPresence(span)])}
        keys={timed}
        isEmpty={([stats]) => stats.length === 0}
        empty="No online times are recorded. They are off unless the server switches them on in /setup and a member agrees."
      >
        {([stats, hours, top]) => {
          const peak = [...hours].sort((a, b) => b.mean_online - a.mean_online)[0];
          return (
            <>
              <Figures
                of={[
                  { label: 'usual session', value: minutes(stats[0]?.median_minutes) },
                  { label: 'average session', value: minutes(stats[0]?.mean_minutes) },
                  { label: 'sessions', value: number(stats[0]?.sessions) },
                  { label: 'members who share', value: number(stats[0]?.members) },
                  { label: 'most are online at', value: peak ? `${peak.hour_of_day}:00` : '–' },
                ]}
              />
              <h3>Longest online</h3>
              <Table
                id="presence"
                caption="Longest online"
                plain
                rows={top}
                rowKey={(row) => row.user_id}
                columns={[
                  { key: 'member', title: 'Member', value: (row) => row.display_name, show: (row) => <MemberLink id={row.user_id} name={row.display_name} /> },
                  { key: 'hours', title: 'Hours', value: (row) => row.online_hours, figure: true },
                  { key: 'sessions', title: 'Sessions', value: (row) => row.sessions, figure: true },
                ]}
              />
            </>
          );
        }}
      </Panel>
    </div>
  );
}
