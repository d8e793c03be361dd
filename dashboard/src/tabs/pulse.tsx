// Impact Pulse: how much happens, against the period before, and what campaigns changed.
import * as api from '../api';
import { PulseLine, type Measure } from '../charts/pulse-line';
import { change as changed, number, percent, when } from '../format';
import { useShared } from '../load';
import type { Places } from '../places';
import type { TabOf } from '../shell';
import { Empty, Figures, Panel } from '../states';
import { Table } from '../table';
import { change, param } from '../view';

const MEASURES: Measure[] = ['points', 'messages', 'reactions'];
const HOURS: Record<string, number> = { hour: 1, day: 24, week: 168 };
/** The database gives no more of them at once. */
const MOST_BUCKETS = 400;

function units(days: number): string[] {
  return ['hour', 'day', 'week'].filter((unit) => {
    const count = (days * 24) / HOURS[unit]!;
    return count >= 1 && count <= MOST_BUCKETS;
  });
}

export function Pulse({ span, names }: TabOf) {
  const possible = units(span.days);
  const usual = span.days <= 1 ? 'hour' : span.days > 100 ? 'week' : 'day';
  const unit = possible.includes(param('unit')) ? param('unit') : usual;
  const measure = MEASURES.find((one) => one === param('measure')) ?? 'points';
  const channel = /^\d+$/.test(param('channel')) ? param('channel') : '';
  const buckets = Math.ceil((span.days * 24) / HOURS[unit]!);
  const keys = [span.guild, span.days, span.until];
  // The chart and the lists below it need the same rows: they are asked for once.
  const campaigns = useShared(() => api.campaigns(span), keys);
  const channels = useShared(() => api.channels(span), keys);
  const load = async () => {
    const [pulse, tagged, busy] = await Promise.all([api.pulse(span, unit, buckets, channel), campaigns(), channels()]);
    return { pulse, tagged, ids: busy.map((row) => row.channel_id).filter((id) => id !== 'other') };
  };
  return (
    <div class="cards">
      <Panel
        title="Engagement"
        note="Points are what the bot gives for messages and reactions. The dashed line is the same span just before; shaded are campaigns, with what changed in them."
        wide
        load={load}
        keys={[...keys, unit, channel]}
      >
        {({ pulse, tagged, ids }) => {
          const total = pulse.find((row) => row.part === 'total');
          const rows = pulse.filter((row) => row.part === 'bucket');
          return (
            <>
              {total && (
                <Figures
                  of={MEASURES.map((one) => {
                    const by = total[`${one}_change`];
                    return { label: one, value: number(total[one]), ...(by === null ? {} : { change: changed(by), better: by >= 0 }) };
                  })}
                />
              )}
              <div class="pickers">
                <Choice label="Show" name="Figure" of={MEASURES} value={measure} choose={(to) => change({ measure: to === 'points' ? undefined : to })} />
                <Choice label="by" name="Step" of={possible} value={unit} choose={(to) => change({ unit: to === usual ? undefined : to })} />
                <ChannelPicker ids={ids} names={names} value={channel} />
              </div>
              {total ? (
                <PulseLine buckets={rows} campaigns={channel ? [] : tagged} measure={measure} />
              ) : (
                <Empty>
                  {channel
                    ? 'Fewer than 5 people were active in this channel in that time, so it is not shown by itself.'
                    : 'Nothing has been counted in this span. Messages appear here within an hour of being written.'}
                </Empty>
              )}
            </>
          );
        }}
      </Panel>
      <Panel
        title="Campaigns"
        note="Lift compares a campaign with the same hours of the week in the four weeks before it. It shows a difference, not its cause."
        load={campaigns}
        keys={keys}
        isEmpty={(rows) => rows.length === 0}
        empty="No campaign has been tagged yet. Use /campaign add in Discord for something you do or did, and its effect appears here."
      >
        {(rows) => (
          <Table
            id="campaigns"
            caption="Campaigns"
            plain
            rows={rows}
            rowKey={(row) => row.campaign_id}
            columns={[
              { key: 'name', title: 'Campaign', value: (row) => row.name },
              { key: 'from', title: 'From', value: (row) => row.starts_at, show: (row) => when(row.starts_at) },
              { key: 'to', title: 'To', value: (row) => row.ends_at, show: (row) => (row.ends_at ? when(row.ends_at) : 'still running') },
              { key: 'points', title: 'Points', value: (row) => row.points, figure: true },
              {
                key: 'lift', title: 'Lift', value: (row) => row.points_lift, figure: true,
                show: (row) => (row.points_lift === null ? 'no baseline yet' : changed(row.points_lift)),
              },
            ]}
          />
        )}
      </Panel>
      <Panel
        title="Channels"
        note="Channels with fewer than 5 active people are counted together, so that none speaks of single persons."
        load={channels}
        keys={keys}
        isEmpty={(rows) => rows.length === 0}
        empty="No channel was active in this span."
      >
        {(rows) => (
          <Table
            id="channels"
            caption="Channels"
            plain
            rows={rows}
            rowKey={(row) => row.channel_id}
            columns={[
              {
                key: 'name', title: 'Channel', value: (row) => row.channel_id,
                show: (row) => (row.channel_id === 'other' ? `${row.channels} smaller ${row.channels === 1 ? 'channel' : 'channels'}` : names(row.channel_id)),
              },
              { key: 'people', title: 'People', value: (row) => row.members, figure: true },
              { key: 'messages', title: 'Messages', value: (row) => row.messages, figure: true },
              { key: 'share', title: 'Share of points', value: (row) => row.share, figure: true, show: (row) => percent(row.share) },
            ]}
          />
        )}
      </Panel>
    </div>
  );
}

function Choice<T extends string>({ label, name, of, value, choose }: { label: string; name: string; of: T[]; value: T; choose: (to: T) => void }) {
  return (
    <label>
      <span>{label}</span>
      <select aria-label={name} value={value} onChange={(event) => choose(event.currentTarget.value as T)}>
        {of.map((one) => <option key={one} value={one}>{one}</option>)}
      </select>
    </label>
  );
}

function ChannelPicker({ ids, names, value }: { ids: string[]; names: Places; value: string }) {
  const all = value && !ids.includes(value) ? [...ids, value] : ids;
  return (
    <label>
      <span>in</span>
      <select aria-label="Channel" value={value} onChange={(event) => change({ channel: event.currentTarget.value || undefined })}>
        <option value="">all channels</option>
        {all.map((id) => <option key={id} value={id}>{names(id)}</option>)}
      </select>
    </label>
  );
}
