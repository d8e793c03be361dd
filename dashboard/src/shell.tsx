// The frame of the dashboard: which server, which span of time, which tab.
import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import * as api from './api';
import { Banner } from './banner';
import { type Places, named, places } from './places';
import type { Guild, PauseNow, Role } from './rows';
import { useEvery, useLoad } from './load';
import { Admin } from './tabs/admin';
import { Care } from './tabs/care';
import { FirstHour } from './tabs/first-hour';
import { Health } from './tabs/health';
import { Lists } from './tabs/lists';
import { Pulse } from './tabs/pulse';
import { Tickets } from './tabs/tickets';
import { RANGES, change, currentSpan, days, go, param, tabAddress, untilDay, useView } from './view';

export interface TabOf {
  span: api.Span;
  names: Places;
  /** Undefined: not known yet. */
  pause: PauseNow | undefined;
}

const PAUSE_MS = 30_000;

interface Tab {
  id: string;
  title: string;
  /** Whether it looks at a span of time. */
  timed: boolean;
  roles: Role[];
  page: ComponentType<TabOf>;
}

/** Who may read what is decided in the database; this only spares people empty pages. */
const TABS: Tab[] = [
  { id: 'setup', title: 'First hour', timed: false, roles: ['manager', 'crt', 'admin'], page: FirstHour },
  { id: 'pulse', title: 'Impact Pulse', timed: true, roles: ['manager', 'admin'], page: Pulse },
  { id: 'lists', title: 'The Lists', timed: true, roles: ['manager', 'admin'], page: Lists },
  { id: 'health', title: 'Community Health', timed: true, roles: ['manager', 'admin'], page: Health },
  { id: 'tickets', title: 'Tickets', timed: true, roles: ['manager', 'admin'], page: Tickets },
  { id: 'care', title: 'Care', timed: true, roles: ['crt', 'admin'], page: Care },
  { id: 'admin', title: 'Admin', timed: false, roles: ['admin'], page: Admin },
];

const RANGE_NAMES: Record<number, string> = { 1: '24 hours', 7: '7 days', 30: '30 days', 90: '90 days', 365: '1 year' };

export function Shell({ guilds, email, leave }: { guilds: Guild[]; email: string; leave: () => void }) {
  useView();
  const guild = guilds.find((one) => one.guild_id === param('guild')) ?? guilds[0]!;
  const tabs = TABS.filter((tab) => tab.roles.some((role) => guild.roles.includes(role)));
  // Where somebody begins: at the figures, or at the people who may need them.
  const usual = guild.roles.includes('manager') || guild.roles.includes('admin') ? 'pulse' : 'care';
  const tab = tabs.find((one) => one.id === param('tab')) ?? tabs.find((one) => one.id === usual) ?? tabs[0]!;
  const channels = useLoad(() => api.channelNames(guild.guild_id), [guild.guild_id]);
  const names = places(channels.state === 'ready' ? channels.data : []);
  const paused = useLoad(() => api.pauseNow(guild.guild_id), [guild.guild_id]);
  useEvery(PAUSE_MS, paused.refresh);
  const pause = paused.state === 'ready' ? paused.data[0] : undefined;
  const span = currentSpan(guild.guild_id);

  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(tab.id);
  useEffect(() => {
    document.title = `${tab.title} – ${named(guild)}`;
    // A reader of screens hears the new page; at the first one the browser's own start is right.
    if (shown.current !== tab.id) heading.current?.focus();
    shown.current = tab.id;
    document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [tab.id, guild.guild_id]);

  const open = (event: MouseEvent, id: string) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(tabAddress(id));
  };
  const Page = tab.page;
  return (
    <>
      <a class="skip" href="#page" onClick={(event) => { event.preventDefault(); heading.current?.focus(); }}>To the content</a>
      <header>
        <div class="top">
          {guilds.length > 1 ? (
            <label class="guild">
              <span class="sr">Server</span>
              <select value={guild.guild_id} onChange={(event) => go(tabAddress(tab.id, { guild: event.currentTarget.value }))}>
                {guilds.map((one) => <option key={one.guild_id} value={one.guild_id}>{named(one)}</option>)}
              </select>
            </label>
          ) : (
            <strong class="guild">{named(guild)}</strong>
          )}
          <span class="who">{email}</span>
          <button type="button" class="quiet" onClick={leave}>Sign out</button>
        </div>
        <nav aria-label="Pages">
          {tabs.map((one) => (
            <a
              key={one.id}
              href={tabAddress(one.id)}
              aria-current={one.id === tab.id ? 'page' : undefined}
              onClick={(event) => open(event, one.id)}
            >
              {one.title}
            </a>
          ))}
        </nav>
      </header>
      <main id="page">
        <div class="head">
          <h1 ref={heading} tabIndex={-1}>{tab.title}</h1>
          {tab.timed && <SpanPicker />}
        </div>
        {/* The administrator's desk has its own, which says more. */}
        {tab.id !== 'admin' && (
          <Banner pause={pause} asOf={paused.state === 'ready' && paused.failure ? paused.since : undefined}>
            {pause?.level === 'all' && <p>Please read along in Discord yourselves.</p>}
          </Banner>
        )}
        <Page key={`${tab.id} ${guild.guild_id}`} span={span} names={names} pause={pause} />
      </main>
      <footer>Times are in your zone ({span.zone.replaceAll('_', ' ')}).</footer>
    </>
  );
}

function SpanPicker() {
  return (
    <div class="pickers">
      <fieldset class="ranges">
        <legend class="sr">How far back</legend>
        {RANGES.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="days"
              checked={days() === one}
              onChange={() => change({ days: one === 30 ? undefined : String(one), unit: undefined, page: undefined })}
            />
            <span>{RANGE_NAMES[one]}</span>
          </label>
        ))}
      </fieldset>
      <label>
        <span>up to</span>
        <input
          type="date"
          value={untilDay()}
          max={new Date().toLocaleDateString('sv')}
          onChange={(event) => change({ until: event.currentTarget.value || undefined })}
        />
      </label>
    </div>
  );
}
