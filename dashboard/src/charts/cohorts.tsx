// Retention: of those who joined in a week, how many were there in each week after.
import { date, number } from '../format';
import type { Cohort } from '../rows';

export function Cohorts({ rows }: { rows: Cohort[] }) {
  const weeks = [...Array(Math.max(...rows.map((row) => row.week)) + 1).keys()];
  const groups = new Map<string, Cohort[]>();
  for (const row of rows) groups.set(row.cohort, [...(groups.get(row.cohort) ?? []), row]);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Retention by week of joining">
      <table class="cohorts">
        <caption class="sr">Share of the members who joined in a week and were active in each week after it</caption>
        <thead>
          <tr>
            <th scope="col">Joined in the week of</th>
            <th scope="col" class="right">Members</th>
            {weeks.map((week) => <th key={week} scope="col" class="right">{week === 0 ? 'Same week' : `+${week}`}</th>)}
          </tr>
        </thead>
        <tbody>
          {[...groups].map(([cohort, cells]) => (
            <tr key={cohort}>
              <th scope="row">{date(cohort)}</th>
              <td class="right">{number(cells[0]?.members)}</td>
              {weeks.map((week) => {
                const cell = cells.find((one) => one.week === week);
                const level = cell && cell.share > 0 ? Math.min(5, 1 + Math.floor(cell.share / 20)) : 0;
                return (
                  <td key={week} class={cell ? `right h${level}` : ''} title={cell && `${cell.active} of ${cell.members}`}>
                    {cell ? `${Math.round(cell.share)} %` : ''}
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
