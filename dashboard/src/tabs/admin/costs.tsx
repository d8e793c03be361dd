// What AI costs in the billing cycle, by what it was for, against the budget.
import * as api from '../../api';
import { number, purpose, usd } from '../../format';
import type { AiCost, AiUsage } from '../../rows';
import { Empty, Panel } from '../../states';
import { Table } from '../../table';

export function Costs({ guild }: { guild: string }) {
  return (
    <Panel
      title="What AI costs"
      note="Of this server, in the calendar month so far (UTC), by the prices that the services publish. Ash-NLP is your own machine and costs nothing here."
      wide
      load={() => api.aiUsage(guild)}
      keys={[guild]}
      isEmpty={(usage) => usage === null}
      empty="You have no rights in this server any more."
    >
      {(usage) =>
        usage && (
          <>
            <Against usage={usage} now={new Date()} />
            {usage.rows.length === 0 ? <Empty>No AI was asked in this month.</Empty> : <Ledger rows={usage.rows} />}
          </>
        )
      }
    </Panel>
  );
}

function Against({ usage, now }: { usage: AiUsage; now: Date }) {
  const spent = Number(usage.spent_usd);
  const limit = Number(usage.budget_usd);
  const begin = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
  const end = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  const projected = (spent * (end - begin)) / Math.max(now.getTime() - begin, 1);
  return (
    <>
      <p class="lead">
        {usd(spent)} of {usd(limit)} are spent; about {usd(projected)} by the end of the month, if it goes on like this.
        {spent >= limit ? (
          <strong class="over"> The budget is used up: audits, triage and summaries wait for the next month. Crisis detection and Ash go on.</strong>
        ) : (
          projected > limit && <strong class="over"> That is more than the budget.</strong>
        )}
      </p>
      <meter class="budget" min={0} max={limit || 1} low={0.8 * (limit || 1)} high={0.95 * (limit || 1)} optimum={0} value={spent} aria-label="Part of the budget that is spent">
        {number(limit > 0 ? (100 * spent) / limit : 100)} %
      </meter>
    </>
  );
}

function Ledger({ rows }: { rows: AiCost[] }) {
  const unpriced = rows.reduce((all, row) => all + row.without_price, 0);
  return (
    <>
      <Table
        id="costs"
        caption="What AI costs, by purpose and model"
        plain
        rows={rows}
        rowKey={(row) => `${row.purpose} ${row.model}`}
        columns={[
          { key: 'purpose', title: 'For', value: (row) => purpose(row.purpose) },
          { key: 'model', title: 'Model', value: (row) => row.model },
          { key: 'calls', title: 'Calls', value: (row) => row.calls, figure: true },
          { key: 'failed', title: 'Failed', value: (row) => row.failed, figure: true },
          { key: 'in', title: 'Tokens in', value: (row) => row.input_tokens, figure: true },
          { key: 'out', title: 'Tokens out', value: (row) => row.output_tokens, figure: true },
          { key: 'cost', title: 'Cost', value: (row) => Number(row.cost_usd ?? 0), figure: true, show: (row) => usd(row.cost_usd) },
        ]}
      />
      {unpriced > 0 && <p class="note">{number(unpriced)} calls are not in the sum: no price of their model is known.</p>}
    </>
  );
}
