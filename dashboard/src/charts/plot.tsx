// A uPlot chart in a figure: it follows the width of its place and the colour scheme, and says the same as a table.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

interface PlotOf {
  label: string;
  height?: number;
  data: uPlot.AlignedData;
  /** Made anew with the colours of the scheme; `colour` reads one of style/base.css. */
  options: (colour: (name: string) => string) => Omit<uPlot.Options, 'width' | 'height'>;
  /** Changes when `options` or `data` do. */
  version: unknown;
  /** The same as a table, for who cannot see it or wants the exact figures. */
  table: ComponentChildren;
}

const dark = window.matchMedia('(prefers-color-scheme: dark)');

export function Plot({ label, height = 240, data, options, version, table }: PlotOf) {
  const place = useRef<HTMLDivElement>(null);
  const [scheme, setScheme] = useState(dark.matches);
  useEffect(() => {
    const follow = () => setScheme(dark.matches);
    dark.addEventListener('change', follow);
    return () => dark.removeEventListener('change', follow);
  }, []);
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
    const width = () => Math.max(box.clientWidth, 120);
    const plot = new uPlot({ ...options(colour), width: width(), height }, data, box);
    const watch = new ResizeObserver(() => plot.setSize({ width: width(), height }));
    watch.observe(box);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [version, scheme, height]);
  return (
    <figure>
      <div ref={place} class="plot" role="img" aria-label={label} />
      <details>
        <summary>Show as a table</summary>
        {table}
      </details>
    </figure>
  );
}

/** Axes in the colours of the page. */
export function axes(colour: (name: string) => string, format: (value: number) => string): uPlot.Axis[] {
  const common: uPlot.Axis = {
    stroke: colour('soft'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return [
    {
      ...common,
      grid: { show: false },
      space: 70,
      values: (_plot, ticks, _axis, _space, step) => ticks.map((tick) => (step < DAY ? hourOrDay(tick) : dayName(tick))),
    },
    { ...common, size: 56, values: (_plot, values) => values.map((value) => (value === null ? '' : format(value))) },
  ];
}

const DAY = 86_400;
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

const dayName = (tick: number) => day.format(tick * 1000);

/** At midnight the day, else the time. */
function hourOrDay(tick: number): string {
  const at = new Date(tick * 1000);
  return at.getHours() === 0 ? day.format(at) : hour.format(at);
}

/** Room for the half of the first and the last bar. */
export const BAR_RANGE: uPlot.Scale = { range: (_plot, min, max) => [min - DAY / 2, max + DAY / 2] };

export function seconds(iso: string): number {
  return Date.parse(iso) / 1000;
}

/** The start of a local day that SQL wrote (2026-11-22). */
export function dayStart(sqlDay: string): number {
  return new Date(`${sqlDay}T00:00`).getTime() / 1000;
}
