// Stacked bars over days.
import uPlot from 'uplot';
import { date, number } from '../format';
import { Table } from '../table';
import { BAR_RANGE, Plot, axes, dayStart } from './plot';

export interface Stack {
  label: string;
  /** A colour of style/base.css. */
  colour: string;
  values: number[];
}

/** Each day from the first of these to the last: one without anything has no row, and is shown as such. */
export function everyDay(known: string[]): string[] {
  const sorted = [...known].sort();
  const days: string[] = [];
  for (const day = new Date(`${sorted[0]}T12:00`); days.at(-1) !== sorted.at(-1); day.setDate(day.getDate() + 1)) {
    days.push(day.toLocaleDateString('sv'));
  }
  return days;
}

interface Of {
  id: string;
  caption: string;
  /** As SQL writes them, ascending. */
  days: string[];
  stacks: Stack[];
}

export function Bars({ id, caption, days, stacks }: Of) {
  // Each bar begins where the one below it ends: the sums so far are drawn from the tallest to the lowest.
  const sums: number[][] = [];
  for (const stack of stacks) {
    const below = sums.at(-1);
    sums.push(stack.values.map((value, at) => value + (below?.[at] ?? 0)));
  }
  const tallest = [...stacks.keys()].reverse();
  return (
    <Plot
      label={`${caption}; the same is in the table below`}
      version={JSON.stringify([days, stacks])}
      data={[days.map(dayStart), ...tallest.map((at) => sums[at]!)]}
      options={(colour) => ({
        scales: { x: BAR_RANGE, y: { range: (_plot, _min, max) => [0, Math.max(max, 1) * 1.1] } },
        axes: axes(colour, (value) => (Number.isInteger(value) ? number(value) : '')),
        series: [
          { label: 'Day', value: (_plot, value, _series, at) => (value === null || at === null ? '' : date(days[at] ?? '')) },
          ...tallest.map((at): uPlot.Series => {
            const stack = stacks[at]!;
            return {
              label: stack.label,
              fill: colour(stack.colour),
              stroke: colour(stack.colour),
              width: 0,
              ...(uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.7, 40] }) } : {}),
              points: { show: false },
              value: (_plot, _sum, _series, index) => (index === null ? '' : number(stack.values[index])),
            };
          }),
        ],
      })}
      table={
        <Table
          id={id}
          caption={caption}
          plain
          rows={days.map((day, at) => ({ day, at }))}
          rowKey={(row) => row.day}
          columns={[
            { key: 'day', title: 'Day', value: (row) => row.day, show: (row) => date(row.day) },
            ...stacks.map((stack) => ({
              key: stack.label,
              title: stack.label,
              value: (row: { at: number }) => stack.values[row.at],
              figure: true,
            })),
          ]}
        />
      }
    />
  );
}
