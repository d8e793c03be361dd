// Activity over time against the period before, with campaigns as bands.
import uPlot from 'uplot';
import { change, number, when } from '../format';
import type { Campaign, Pulse } from '../rows';
import { Table } from '../table';
import { Plot, axes, seconds } from './plot';

export type Measure = 'points' | 'messages' | 'reactions';

interface Of {
  buckets: Pulse[];
  campaigns: Campaign[];
  measure: Measure;
}

export function PulseLine({ buckets, campaigns, measure }: Of) {
  const before = `previous_${measure}` as const;
  const starts = buckets.map((one) => seconds(one.starts_at));
  const first = starts[0] ?? 0;
  const last = seconds(buckets.at(-1)?.ends_at ?? new Date().toISOString());
  const bands = campaigns
    .map((one) => ({ ...one, from: seconds(one.starts_at), to: one.ends_at ? seconds(one.ends_at) : last }))
    .filter((one) => one.to > first && one.from < last);

  const draw = (plot: uPlot, fill: string, text: string) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textBaseline = 'top';
    bands.forEach((band, at) => {
      const left = Math.max(plot.valToPos(band.from, 'x', true), bbox.left);
      const right = Math.min(plot.valToPos(band.to, 'x', true), bbox.left + bbox.width);
      if (right <= left) return;
      ctx.fillStyle = fill;
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
      ctx.fillStyle = text;
      const words = band.points_lift === null ? band.name : `${band.name} ${change(band.points_lift)}`;
      // Beside its band, and below the name of the one before.
      const x = Math.max(bbox.left, Math.min(left + 4, bbox.left + bbox.width - ctx.measureText(words).width - 4));
      ctx.fillText(words, x, bbox.top + 4 + (at % 3) * 16 * devicePixelRatio);
    });
    ctx.restore();
  };

  return (
    <Plot
      label={`${measure} over time; the same is in the table below`}
      height={300}
      version={[buckets, bands, measure].map((part) => JSON.stringify(part)).join()}
      data={[starts, buckets.map((one) => one[measure]), buckets.map((one) => one[before])]}
      options={(colour) => ({
        scales: { y: { range: (_plot, _min, max) => [0, (max || 1) * 1.15] } },
        axes: axes(colour, number),
        series: [
          { value: (_plot, value) => (value === null ? '' : when(new Date(value * 1000).toISOString())) },
          { label: 'This period', stroke: colour('c1'), width: 2, fill: colour('c1-soft'), value: (_plot, value) => number(value) },
          { label: 'Period before', stroke: colour('soft'), width: 1.5, dash: [5, 4], value: (_plot, value) => number(value) },
        ],
        hooks: { drawClear: [(plot) => draw(plot, colour('band'), colour('soft'))] },
      })}
      table={
        <Table
          id="pulse"
          caption={`${measure} over time`}
          plain
          rows={buckets}
          rowKey={(one) => one.starts_at}
          columns={[
            { key: 'from', title: 'From', value: (one) => one.starts_at, show: (one) => when(one.starts_at) },
            { key: 'now', title: 'This period', value: (one) => one[measure], figure: true },
            { key: 'before', title: 'Period before', value: (one) => one[before], figure: true },
          ]}
        />
      }
    />
  );
}
