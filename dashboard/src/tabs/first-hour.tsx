// First hour: what is set up, what is missing, what to press next.
import * as api from '../api';
import { number, since, when } from '../format';
import { readable } from '../places';
import { type Step, steps } from '../steps';
import type { TabOf } from '../shell';
import { Panel } from '../states';

export function FirstHour({ span, names, pause }: TabOf) {
  return (
    <div class="cards">
      <Panel
        title="What is set up"
        wide
        load={() => api.setupState(span.guild)}
        keys={[span.guild]}
        isEmpty={(state) => state === null}
        empty="You have no rights in this server any more."
      >
        {(state) => {
          if (!state) return null;
          const list = steps(state, Date.now(), pause?.level === 'all');
          const next = list.find((step) => !step.done && !step.optional) ?? list.find((step) => !step.done);
          const left = list.filter((step) => !step.done && !step.optional).length;
          return (
            <>
              <p class="lead">
                {left === 0 ? 'Everything that is needed is set up.' : `${number(left)} of ${list.filter((step) => !step.optional).length} needed steps are left.`}
                {next && <> Next: <strong>{next.title}</strong>.</>}
              </p>
              <ul class="steps">
                {list.map((step) => <Row key={step.title} step={step} isNext={step === next} />)}
              </ul>
              {state.problems.length > 0 && (
                <>
                  <h3>What does not work at present</h3>
                  <ul class="problems">
                    {state.problems.map((one) => (
                      <li key={one.key}>{readable(one.problem, names)} <span class="note">noticed {when(one.noticed_at)}</span></li>
                    ))}
                  </ul>
                </>
              )}
              <p class="note">
                {state.last_activity_at ? `Something was last counted ${since(state.last_activity_at)} ago.` : 'Nothing has been counted yet.'}
              </p>
            </>
          );
        }}
      </Panel>
    </div>
  );
}

function Row({ step, isNext }: { step: Step; isNext: boolean }) {
  return (
    <li class={step.done ? 'done' : isNext ? 'next' : step.optional ? 'optional' : ''}>
      <span class="mark" aria-hidden="true">{step.done ? '✓' : step.optional ? '·' : '!'}</span>
      <div>
        <strong>{step.title}</strong> <span class="note">{step.done ? 'done' : step.optional ? 'if you like' : 'missing'}</span>
        <p>{step.done ? step.is : step.todo}</p>
      </div>
    </li>
  );
}
