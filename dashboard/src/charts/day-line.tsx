// A line over days.
import { date, number } from '../format';
import { Table } from '../table';
import { Plot, axes, dayStart } from './plot';

interface Of {
  id: string;
  caption: string;
  label: string;
  /** Ascending, as SQL writes them. */
  days: string[];
  values: number[];
  /** The axis begins at 0; else near the smallest value. */
  fromZero?: boolean;
}

export function DayLine({ id, caption, label, days, values, fromZero }: Of) {
  return (
    <Plot
      label={`${caption}; the same is in the table below`}
      height={200}
      version={JSON.stringify([days, values])}
      data={[days.map(dayStart), values]}
      options={(colour) => ({
        ...(fromZero ? { scales: { y: { range: (_plot, _min, max): [number, number] => [0, (max || 1) * 1.1] } } } : {}),
        axes: axes(colour, number),
        series: [
          { label: 'Day', value: (_plot, value, _series, at) => (value === null || at === null ? '' : date(days[at] ?? '')) },
          { label, stroke: colour('c1'), width: 2, fill: colour('c1-soft'), value: (_plot, value) => number(value) },
        ],
      })}
      table={
        <Table
          id={id}
          caption={caption}
          plain
          rows={days.map((day, at) => ({ day, value: values[at] }))}
          rowKey={(row) => row.day}
          columns={[
            { key: 'day', title: 'Day', value: (row) => row.day, show: (row) => date(row.day) },
            { key: 'value', title: label, value: (row) => row.value, figure: true },
          ]}
        />
      }
    />
  );
}
