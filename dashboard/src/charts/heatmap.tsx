// Hour by weekday, the busier the darker. It is a table, so that it can be read without seeing its colours.
import { WEEKDAYS, number } from '../format';

interface Of {
  caption: string;
  /** What a cell counts, after its number. */
  unit: string;
  cells: { weekday: number; hour: number; value: number }[];
}

const HOURS = [...Array(24).keys()];
const LEVELS = 6;

export function Heatmap({ caption, unit, cells }: Of) {
  const values = new Map(cells.map((one) => [one.weekday * 24 + one.hour, one.value]));
  const most = Math.max(...cells.map((one) => one.value), 0.01);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table class="heat">
        <caption class="sr">{caption}</caption>
        <thead>
          <tr>
            <td />
            {HOURS.map((hour) => <th key={hour} scope="col">{hour % 3 === 0 ? hour : <span class="sr">{hour}</span>}</th>)}
          </tr>
        </thead>
        <tbody>
          {WEEKDAYS.map((name, day) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {HOURS.map((hour) => {
                const value = values.get((day + 1) * 24 + hour) ?? 0;
                const level = value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * (LEVELS - 1)));
                return (
                  <td key={hour} class={`h${level}`} title={`${name} ${hour}:00 – ${number(value)} ${unit}`}>
                    <span class="sr">{number(value)}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
