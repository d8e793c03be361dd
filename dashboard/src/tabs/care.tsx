// Care: how the crisis response team is doing. Never what a member wrote, and about whom only when somebody asks, which is noted.
import { useState } from 'preact/hooks';
import * as api from '../api';
import { Bars, everyDay } from '../charts/bars';
import { NONE, dayOf, minutes, number, percent, since, when, words } from '../format';
import type { AlertDay, CareAlert, CarePerson, Duty, ResponseTime, Severity } from '../rows';
import { type Loaded, useEvery, useLoad } from '../load';
import type { TabOf } from '../shell';
import { Card, Empty, Figures, Loading, Panel, Problem, Stale } from '../states';
import { MemberLink, Table } from '../table';
import { change, param } from '../view';
import { Talks } from './care-talks';

const SEVERITIES: { id: Severity; colour: string }[] = [
  { id: 'CRITICAL', colour: 'critical' },
  { id: 'HIGH', colour: 'high' },
  { id: 'MEDIUM', colour: 'medium' },
];
const DETECTORS: Record<string, string> = { nlp: 'Ash-NLP', screen: 'Built-in screen', both: 'Both together', member: 'A member asked' };
const SERVICES: Record<string, string> = { nlp: 'Ash-NLP', supabase: 'Database', upstash: 'Short-lived memory', discord: 'Discord', pause: 'Switched off by an administrator' };
const LIVE_MS = 10_000;
const MINUTE_MS = 60_000;
const SHIFTS = [4, 8, 12, 24, 72];

export function Care({ span, pause }: TabOf) {
  const keys = [span.guild, span.until, span.days];
  const hours = SHIFTS.find((one) => String(one) === param('shift')) ?? 12;
  const now = useLoad(() => api.careAlerts(span.guild, hours), [span.guild, hours]);
  useEvery(LIVE_MS, now.refresh);
  const quiet = 'No alert in this span.';
  return (
    <div class="cards">
      <OpenAlerts guild={span.guild} now={now} isOff={pause?.level === 'all'} />
      <HandOver guild={span.guild} hours={hours} now={now} />
      <Panel title="Alerts by day" wide load={() => api.alertsDaily(span)} keys={keys} isEmpty={(rows) => rows.length === 0} empty={quiet}>
        {(rows) => <AlertBars rows={rows} />}
      </Panel>
      <Panel
        title="How fast the team was"
        note="From when it was found: half of the alerts got so far within the first time, nine of ten within the second; then how many did at all."
        wide
        load={() => api.responseTimes(span)}
        keys={keys}
        isEmpty={(rows) => rows.length === 0}
        empty={quiet}
      >
        {(rows) => <Times rows={rows} />}
      </Panel>
      <Panel
        title="What became of them"
        load={() => api.delivery(span)}
        keys={keys}
        isEmpty={(rows) => rows.length === 0}
        empty={quiet}
      >
        {([row]) => (
          <Figures
            of={[
              { label: 'posted', value: number(row?.sent) },
              { label: 'pinged the team', value: number(row?.pinged) },
              { label: 'grave but without a ping', value: number(row?.quiet) },
              { label: 'counted on an open alert', value: number((row?.merged ?? 0) + (row?.repeated ?? 0)) },
            ]}
          />
        )}
      </Panel>
      <Panel
        title="Outages of detection"
        note="While a detector is down the other one goes on, unless an administrator switched them off. What was missed is looked at again."
        every={MINUTE_MS}
        load={() => api.outages(span)}
        keys={keys}
        isEmpty={(rows) => rows.length === 0}
        empty="Detection worked all the time in this span."
      >
        {(rows) => (
          <Table
            id="outages"
            caption="Outages of detection"
            plain
            rows={rows}
            rowKey={(row) => row.service}
            columns={[
              { key: 'service', title: 'What', value: (row) => SERVICES[row.service] ?? row.service },
              { key: 'times', title: 'Times', value: (row) => row.outages, figure: true },
              { key: 'minutes', title: 'In all', value: (row) => row.minutes, figure: true, show: (row) => minutes(row.minutes) },
              { key: 'now', title: 'Now', value: (row) => row.is_down, show: (row) => (row.is_down ? <span class="tag critical">down</span> : 'works') },
            ]}
          />
        )}
      </Panel>
      <Panel
        title="False alarms"
        note="Of the alerts that the team judged, by what raised them and how grave it was taken."
        wide
        load={() => api.precision(span)}
        keys={keys}
        isEmpty={(rows) => rows.length === 0}
        empty={quiet}
      >
        {(rows) => (
          <Table
            id="precision"
            caption="False alarms by detector"
            plain
            rows={rows}
            rowKey={(row) => `${row.detector} ${row.severity}`}
            columns={[
              { key: 'detector', title: 'Raised by', value: (row) => DETECTORS[row.detector] ?? row.detector },
              { key: 'severity', title: 'As', value: (row) => row.severity, show: (row) => <Sign severity={row.severity} /> },
              { key: 'alerts', title: 'Alerts', value: (row) => row.alerts, figure: true },
              { key: 'judged', title: 'Judged', value: (row) => row.judged, figure: true },
              { key: 'false', title: 'False alarms', value: (row) => row.false_alarms, figure: true },
              { key: 'worse', title: 'More severe', value: (row) => row.more_severe, figure: true },
              { key: 'share', title: 'False', value: (row) => row.false_alarm_share, figure: true, show: (row) => percent(row.false_alarm_share) },
            ]}
          />
        )}
      </Panel>
      <Talks span={span} />
    </div>
  );
}

function Sign({ severity }: { severity: Severity }) {
  return <span class={`tag ${severity.toLowerCase()}`}>{words(severity)}</span>;
}

function AlertBars({ rows }: { rows: AlertDay[] }) {
  const days = everyDay(rows.map((row) => row.day));
  const count = (day: string, severity: Severity) => rows.find((row) => row.day === day && row.severity === severity)?.alerts ?? 0;
  return (
    <Bars
      id="alerts"
      caption="Alerts by day and severity"
      days={days}
      stacks={SEVERITIES.map(({ id, colour }) => ({ label: words(id), colour, values: days.map((day) => count(day, id)) }))}
    />
  );
}

const MEASURES = { acknowledge: 'Somebody saw it', first_human: 'A person wrote', resolve: 'Resolved' } as const;

function Times({ rows }: { rows: ResponseTime[] }) {
  const severities = [...new Set(rows.map((row) => row.severity))];
  const of = (severity: string, measure: string) => rows.find((row) => row.severity === severity && row.measure === measure);
  return (
    <Table
      id="times"
      caption="Response times"
      plain
      rows={severities}
      rowKey={(severity) => severity}
      columns={[
        { key: 'severity', title: 'Severity', value: (severity) => severity, show: (severity) => (severity === 'ALL' ? 'All' : <Sign severity={severity} />) },
        { key: 'alerts', title: 'Alerts', value: (severity) => of(severity, 'acknowledge')?.alerts, figure: true },
        ...Object.entries(MEASURES).map(([measure, title]) => ({
          key: measure,
          title,
          value: (severity: string) => of(severity, measure)?.p50_minutes,
          show: (severity: string) => {
            const row = of(severity, measure);
            if (!row?.reached) return NONE;
            return <>{minutes(row.p50_minutes)} <span class="note">/ {minutes(row.p90_minutes)}, {number(row.reached)} of {number(row.alerts)}</span></>;
          },
          figure: true,
        })),
      ]}
    />
  );
}

function OpenAlerts({ guild, now, isOff }: { guild: string; now: Loaded<CareAlert[]>; isOff: boolean }) {
  const open = now.state === 'ready' ? now.data.filter((alert) => alert.is_open) : [];
  return (
    <Card title="Open alerts" note="This list refreshes itself. To act on an alert, open it in Discord." wide>
      <p class="sr" role="status">{now.state === 'ready' ? `${open.length} open alerts` : ''}</p>
      {now.state === 'loading' && <Loading what="open alerts" />}
      {now.state === 'failed' && <Problem failure={now.failure} retry={now.retry} />}
      <Stale of={now}>It is tried again every 10 seconds. Look into Discord.</Stale>
      {now.state === 'ready' && open.length === 0 && (
        <Empty>
          {isOff
            ? 'Nothing is open. But crisis detection is OFF: what is written now is looked at later.'
            : 'Nothing is open. Nobody is waiting for the team.'}
        </Empty>
      )}
      {open.length > 0 && (
        <ul class="alerts">
          {open.map((alert) => (
            <li key={alert.alert_id} class={alert.severity.toLowerCase()}>
              <div class="row">
                <Sign severity={alert.severity} />
                <strong>{state(alert)}</strong>
                <span class="note">found {since(alert.found_at)} ago by {DETECTORS[alert.detector] ?? alert.detector}</span>
                {alert.merged_count > 0 && <span class="note">and {number(alert.merged_count)} more messages</span>}
              </div>
              <div class="row">
                <AlertLink guild={guild} alert={alert} />
                <Person guild={guild} alert={alert.alert_id} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function state(alert: CareAlert): string {
  if (alert.status === 'TAKEN') return `${alert.taken_by ?? 'Somebody'} takes care of it`;
  if (alert.status === 'ACKNOWLEDGED') return `Seen by ${alert.acknowledged_by ?? 'somebody'}`;
  return 'Nobody has reacted yet';
}

function AlertLink({ guild, alert }: { guild: string; alert: CareAlert }) {
  if (!alert.channel_id || !alert.message_id) return <span class="note">It could not be posted in Discord.</span>;
  const href = `https://discord.com/channels/${guild}/${alert.channel_id}/${alert.message_id}`;
  return <a href={href} target="_blank" rel="noopener noreferrer">Open in Discord</a>;
}

/** Nothing about the member is asked for before somebody wants to know. */
function Person({ guild, alert }: { guild: string; alert: string }) {
  const [asked, setAsked] = useState(false);
  if (!asked) {
    return (
      <button type="button" class="quiet" onClick={() => setAsked(true)} title="That you asked is noted; the member can see it in their export.">
        Who is it? (noted)
      </button>
    );
  }
  return <Asked guild={guild} alert={alert} hide={() => setAsked(false)} />;
}

function Asked({ guild, alert, hide }: { guild: string; alert: string; hide: () => void }) {
  const found = useLoad(() => api.carePerson(guild, alert), [guild, alert]);
  if (found.state === 'loading') return <Loading what="who it is" />;
  if (found.state === 'failed') return <Problem failure={found.failure} retry={found.retry} />;
  const person = found.data[0];
  return (
    <span class="person">
      {person ? <Known person={person} /> : 'Nothing is known any more.'}
      <button type="button" class="quiet" onClick={hide}>Hide</button>
    </span>
  );
}

function Known({ person }: { person: CarePerson }) {
  return (
    <span>
      <MemberLink id={person.user_id} name={person.display_name} />
      {person.has_left ? ', has left the server' : `, here since ${dayOf(person.joined_at)}`}; {number(person.alerts_30_days)}{' '}
      {person.alerts_30_days === 1 ? 'alert' : 'alerts'} in 30 days, the last one {when(person.last_alert_at)}
      {person.quiet_until && `; no pings about them until ${when(person.quiet_until)}`}
      {person.monitoring_opt_out && '; does not want to be watched'}.
    </span>
  );
}

/** What the next shift has to know. */
function HandOver({ guild, hours, now }: { guild: string; hours: number; now: Loaded<CareAlert[]> }) {
  const alerts = now.state === 'ready' ? now.data : [];
  const from = Date.now() - hours * 3_600_000;
  const isNew = (alert: CareAlert) => Date.parse(alert.found_at) >= from;
  const over = alerts.filter((alert) => !alert.is_open);
  return (
    <>
      <Card title="Hand-over">
        <label class="pickers">
          <span>What happened in the last</span>
          <select value={String(hours)} onChange={(event) => change({ shift: event.currentTarget.value === '12' ? undefined : event.currentTarget.value })}>
            {SHIFTS.map((one) => <option key={one} value={String(one)}>{one} hours</option>)}
          </select>
        </label>
        {now.state === 'failed' && <Problem failure={now.failure} retry={now.retry} />}
        {now.state === 'ready' && (
          <>
            <Figures
              of={[
                { label: 'found', value: number(alerts.filter(isNew).length) },
                { label: 'still open', value: number(alerts.length - over.length) },
                { label: 'nobody reacted', value: number(alerts.filter((alert) => alert.status === 'OPEN').length) },
                { label: 'closed', value: number(over.length) },
                { label: 'false alarms', value: number(over.filter((alert) => alert.verdict === 'false_alarm').length) },
              ]}
            />
            {over.length > 0 && (
              <Table
                id="handover"
                caption="Closed in this shift"
                plain
                rows={over}
                rowKey={(alert) => alert.alert_id}
                columns={[
                  { key: 'severity', title: 'Severity', value: (alert) => alert.severity, show: (alert) => <Sign severity={alert.severity} /> },
                  { key: 'found', title: 'Found', value: (alert) => alert.found_at, show: (alert) => when(alert.found_at) },
                  { key: 'end', title: 'End', value: (alert) => ended(alert) },
                  { key: 'by', title: 'By', value: (alert) => alert.resolved_by ?? alert.taken_by ?? NONE },
                  { key: 'link', title: 'Alert', value: () => '', show: (alert) => <AlertLink guild={guild} alert={alert} /> },
                ]}
              />
            )}
          </>
        )}
      </Card>
      <Panel
        title="On duty"
        every={MINUTE_MS}
        load={() => api.careDuty(guild)}
        keys={[guild]}
        isEmpty={(rows) => rows.length === 0}
        empty="Nobody said that they are on duty. /ash available does, for 8 hours."
      >
        {(rows) => <OnDuty rows={rows} />}
      </Panel>
    </>
  );
}

function ended(alert: CareAlert): string {
  if (alert.verdict === 'false_alarm' || alert.status === 'FALSE_ALARM') return 'False alarm';
  return alert.status === 'ENDED' ? 'Went quiet by itself' : 'Resolved';
}

function OnDuty({ rows }: { rows: Duty[] }) {
  return (
    <Table
      id="duty"
      caption="On duty"
      plain
      rows={rows}
      rowKey={(row) => row.user_id}
      columns={[
        { key: 'who', title: 'Who', value: (row) => row.display_name, show: (row) => <MemberLink id={row.user_id} name={row.display_name} /> },
        { key: 'until', title: 'On duty until', value: (row) => row.available_until, show: (row) => (row.available_until ? when(row.available_until) : 'not now') },
        {
          key: 'messages', title: 'Messages about CRITICAL', value: (row) => row.wants_alerts,
          show: (row) => (row.cannot_be_messaged ? 'wanted, but refused by their settings' : row.wants_alerts ? 'wanted' : 'no'),
        },
      ]}
    />
  );
}
