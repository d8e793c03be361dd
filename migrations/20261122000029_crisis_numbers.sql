-- Numbers of crisis care: what the team and managers read of alerts, never about whom. Common to all figures: a span of `days`
-- goes back from `until` by the clock of `zone`; trials (shadow) and drills count nowhere; a guild without alerts has no rows;
-- who may read a guild's numbers may call them, and its crisis response team (reads_crisis_numbers).

set lock_timeout = '5s';

create table public.crisis_outages (
    outage_id bigint generated always as identity primary key,
    guild_id bigint not null,
    service text not null,
    started_at timestamptz not null,
    ended_at timestamptz check (ended_at >= started_at)
);
comment on table public.crisis_outages is 'When a part of crisis detection did not work. Guild 0: everywhere.';
create unique index crisis_outages_open on public.crisis_outages (guild_id, service) where ended_at is null;
create index crisis_outages_guild on public.crisis_outages (guild_id, started_at);

create table public.crisis_reports (
    guild_id bigint not null,
    week date not null,
    message_id bigint,
    posted_at timestamptz not null,
    primary key (guild_id, week)
);
comment on table public.crisis_reports is 'Weekly reports of crisis care that are done with, by the Monday they were due; without a message if none was wanted any more.';

alter table public.crisis_outages enable row level security;
alter table public.crisis_reports enable row level security;
revoke all on public.crisis_outages, public.crisis_reports from anon, authenticated;
grant select, insert, update, delete on public.crisis_outages, public.crisis_reports to service_role;

create function public.reads_crisis_numbers(guild bigint) returns boolean
language sql stable security definer
set search_path = ''
as $$
    select public.reads_numbers(reads_crisis_numbers.guild) or exists (
        select from public.staff as s
        where s.guild_id = reads_crisis_numbers.guild and s.auth_user_id = auth.uid() and s.role = 'crt'
    )
$$;
comment on function public.reads_crisis_numbers is 'Whether who asks may see the figures of crisis care: who reads the numbers, and the crisis response team.';

-- Notes that a service is down or works again; answers whether that was new.
create function public.note_crisis_outage(guild_id bigint, service text, is_down boolean, at timestamptz) returns boolean
language plpgsql
set search_path = ''
as $$
begin
    if is_down then
        insert into public.crisis_outages (guild_id, service, started_at)
        values (note_crisis_outage.guild_id, note_crisis_outage.service, note_crisis_outage.at)
        on conflict do nothing;
    else
        update public.crisis_outages as o set ended_at = greatest(o.started_at, note_crisis_outage.at)
        where o.guild_id = note_crisis_outage.guild_id and o.service = note_crisis_outage.service and o.ended_at is null;
    end if;
    return found;
end
$$;

-- What the team made of an alert: `false_alarm`, `more_severe`, `confirmed`, or null while nobody judged it. Seen is not judged:
-- an acknowledged alert is confirmed when it is over and nobody called it a false alarm.
create function public.crisis_verdict(a public.crisis_alerts) returns text
language sql stable
set search_path = ''
as $$
    select coalesce(
        (
            select min(f.verdict) from public.crisis_feedback as f
            where f.alert_id = a.alert_id and f.undone_at is null
        ),
        case
            when a.status in ('TAKEN', 'RESOLVED') or (a.status = 'ENDED' and a.acknowledged_at is not null) then 'confirmed'
        end
    )
$$;

-- The severity as it was found, before a person called it graver.
create function public.crisis_found_severity(a public.crisis_alerts) returns text
language sql stable
set search_path = ''
as $$
    select coalesce(
        (
            select f.severity from public.crisis_feedback as f
            where f.alert_id = a.alert_id and f.undone_at is null and f.verdict = 'more_severe'
            order by f.feedback_id limit 1
        ),
        a.severity
    )
$$;

create function public.crisis_alerts_daily(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30
) returns table (day date, severity text, alerts bigint, false_alarms bigint, merged bigint)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
begin
    if not public.reads_crisis_numbers(guild) then
        return;
    end if;
    return query
    select
        (a.found_at at time zone zone)::date, a.severity,
        count(*) filter (where a.status <> 'MERGED'),
        count(*) filter (where public.crisis_verdict(a) = 'false_alarm'),
        count(*) filter (where a.status = 'MERGED')
    from public.crisis_alerts as a
    where a.guild_id = guild and a.mode = 'live' and a.found_at < until
        and a.found_at >= public.days_before(until, zone, least(greatest(crisis_alerts_daily.days, 1), 400))
    group by 1, 2
    order by 1 desc, public.crisis_severity_rank(a.severity) desc;
end
$$;
comment on function public.crisis_alerts_daily is 'Alerts found in the last `days` days (30), by day and severity as it is now. false_alarms: of these, what the team called so and did not take back. merged: further messages of MEDIUM or more that were counted on an alert instead of being one. Days without any have no row. Source: crisis_alerts, crisis_feedback.';

create function public.crisis_response_times(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30
) returns table (severity text, measure text, alerts bigint, reached bigint, p50_minutes numeric, p90_minutes numeric)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
begin
    if not public.reads_crisis_numbers(guild) then
        return;
    end if;
    return query
    with moments as (
        select
            a.severity, m.measure, m.place,
            case when m.at >= a.found_at then extract(epoch from m.at - a.found_at) / 60 end as minutes
        from public.crisis_alerts as a
        cross join lateral (values
            -- Whoever takes over, resolves or judges at once has seen it, too.
            ('acknowledge', 1, least(a.acknowledged_at, a.taken_at, a.resolved_at)),
            ('first_human', 2, a.first_human_at), ('resolve', 3, a.resolved_at)
        ) as m(measure, place, at)
        where a.guild_id = guild and a.mode = 'live' and a.status <> 'MERGED' and a.found_at < until
            and a.found_at >= public.days_before(until, zone, least(greatest(crisis_response_times.days, 1), 400))
    )
    select
        coalesce(t.severity, 'ALL'), t.measure, count(*), count(t.minutes),
        round(percentile_cont(0.5) within group (order by t.minutes)::numeric, 1),
        round(percentile_cont(0.9) within group (order by t.minutes)::numeric, 1)
    from moments as t
    group by grouping sets ((t.measure, t.place, t.severity), (t.measure, t.place))
    order by coalesce(public.crisis_severity_rank(t.severity), 9) desc, t.place;
end
$$;
comment on function public.crisis_response_times is 'How fast the team was with the alerts found in the last `days` days (30): one row for ALL and each severity, and each measure. acknowledge: until somebody acknowledged, took over or resolved. first_human: until a person of the team wrote where the member had written. resolve: until it was resolved. Minutes from when it was found; alerts is how many there were, reached how many got so far, the median and the 90th percentile are of these. Source: crisis_alerts.';

create function public.crisis_delivery(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30
) returns table (sent bigint, pinged bigint, quiet bigint, merged bigint, repeated bigint)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
begin
    if not public.reads_crisis_numbers(guild) then
        return;
    end if;
    return query
    with done as (
        select
            e.kind, (e.detail ->> 'pinged')::boolean as pinged,
            public.crisis_severity_rank(e.detail ->> 'severity') >= 3 as is_grave
        from public.crisis_alert_events as e
        join public.crisis_alerts as a on a.alert_id = e.alert_id
        where e.guild_id = guild and a.mode = 'live' and e.kind in ('posted', 'merged', 'again') and e.occurred_at < until
            and e.occurred_at >= public.days_before(until, zone, least(greatest(crisis_delivery.days, 1), 400))
    )
    select
        count(*) filter (where d.kind = 'posted'), count(*) filter (where d.kind = 'posted' and d.pinged),
        count(*) filter (where d.kind = 'posted' and d.is_grave and not d.pinged),
        count(*) filter (where d.kind = 'merged'), count(*) filter (where d.kind = 'again')
    from done as d
    having count(*) > 0;
end
$$;
comment on function public.crisis_delivery is 'What became of what was found in the last `days` days (30). sent: alerts posted, those posted anew because it got graver included; pinged: those that pinged the team; quiet: HIGH or CRITICAL ones without a ping, because pings were snoozed, shared in a storm, or there is no role. merged: messages only counted on an open alert, within its cooldown; repeated: likewise after it, told again below the alert. Source: crisis_alert_events.';

create function public.crisis_precision(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 90
) returns table (
    detector text, severity text, alerts bigint, judged bigint, false_alarms bigint, more_severe bigint,
    false_alarm_share numeric
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
begin
    if not public.reads_crisis_numbers(guild) then
        return;
    end if;
    return query
    with found as (
        select a.detector, public.crisis_found_severity(a) as severity, public.crisis_verdict(a) as verdict
        from public.crisis_alerts as a
        where a.guild_id = guild and a.mode = 'live' and a.status <> 'MERGED' and a.found_at < until
            and a.found_at >= public.days_before(until, zone, least(greatest(crisis_precision.days, 1), 400))
    )
    select
        f.detector, f.severity, count(*), count(f.verdict), count(*) filter (where f.verdict = 'false_alarm'),
        count(*) filter (where f.verdict = 'more_severe'),
        round(100.0 * count(*) filter (where f.verdict = 'false_alarm') / nullif(count(f.verdict), 0), 1)
    from found as f
    group by 1, 2
    order by 1, public.crisis_severity_rank(f.severity) desc;
end
$$;
comment on function public.crisis_precision is 'What the team made of the alerts found in the last `days` days (90), by detector and the severity it found. judged: called a false alarm or more severe (and not taken back), taken over, resolved, or acknowledged and over. false_alarm_share = 100 x false_alarms / judged. Source: crisis_alerts, crisis_feedback.';

create function public.crisis_outage_totals(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30
) returns table (service text, outages bigint, minutes numeric, is_down boolean)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
    span constant tstzrange :=
        tstzrange(public.days_before(until, zone, least(greatest(crisis_outage_totals.days, 1), 400)), until);
begin
    if not public.reads_crisis_numbers(guild) then
        return;
    end if;
    return query
    select
        o.service, count(*),
        (
            select round((sum(extract(epoch from upper(r) - lower(r))) / 60)::numeric, 1)
            from unnest(range_agg(tstzrange(o.started_at, coalesce(o.ended_at, until)) * span)) as r
        ),
        bool_or(o.ended_at is null or o.ended_at >= until)
    from public.crisis_outages as o
    where o.guild_id in (guild, 0) and o.started_at < until
        and tstzrange(o.started_at, coalesce(o.ended_at, until)) && span
    group by 1
    order by 1;
end
$$;
comment on function public.crisis_outage_totals is 'How long parts of crisis detection were down in the last `days` days (30), by service. minutes: inside the span, what overlaps once; is_down: still, at its end. Source: crisis_outages.';

create function public.crisis_zone(guild bigint) returns text
language sql stable
set search_path = ''
as $$
    select public.zone_or_utc(coalesce(
        (
            select s.value #>> '{}' from public.guild_settings as s
            where s.guild_id = crisis_zone.guild and s.key = 'community.time_zone'
        ),
        'UTC'
    ))
$$;

-- All figures of a span at once (`now`), and those of as many days before (`before`), for /ash stats and the weekly report.
create function public.crisis_summary(guild bigint, until timestamptz, days integer) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_object_agg(s.name, jsonb_build_object(
        'alerts', (
            select coalesce(jsonb_object_agg(d.severity, d.alerts), '{}') from (
                select n.severity, sum(n.alerts) as alerts
                from public.crisis_alerts_daily(crisis_summary.guild, s.zone, s.until, crisis_summary.days) as n
                group by 1
            ) as d
        ),
        'times', (
            select coalesce(jsonb_agg(to_jsonb(t)), '[]')
            from public.crisis_response_times(crisis_summary.guild, s.zone, s.until, crisis_summary.days) as t
        ),
        'delivery', (
            select to_jsonb(d) from public.crisis_delivery(crisis_summary.guild, s.zone, s.until, crisis_summary.days) as d
        ),
        'precision', (
            select coalesce(jsonb_agg(to_jsonb(p)), '[]') from (
                select
                    n.detector, sum(n.judged) as judged, sum(n.false_alarms) as false_alarms
                from public.crisis_precision(crisis_summary.guild, s.zone, s.until, crisis_summary.days) as n
                group by 1 order by 1
            ) as p
        ),
        'outages', (
            select coalesce(jsonb_agg(to_jsonb(o)), '[]')
            from public.crisis_outage_totals(crisis_summary.guild, s.zone, s.until, crisis_summary.days) as o
        )
    ))
    from (
        select k.name, z.zone, public.days_before(crisis_summary.until, z.zone, k.back * crisis_summary.days) as until
        from (values ('now', 0), ('before', 1)) as k(name, back),
        (select public.crisis_zone(crisis_summary.guild) as zone) as z
    ) as s
$$;

-- The alerts of a guild since a moment that the team judged, the newest first, trials included: what thresholds are tuned by.
-- Nothing in it says who, where or what: detector, severity as found, score, verdict, day.
create function public.crisis_judged(guild_id bigint, since timestamptz, max_rows integer default 5000) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(to_jsonb(j) - 'alert_id' order by j.day desc, j.alert_id desc), '[]')
    from (
        select
            a.alert_id, a.detector, public.crisis_found_severity(a) as severity, a.score, v.verdict,
            (a.found_at at time zone 'UTC')::date as day
        from public.crisis_alerts as a
        cross join lateral (select public.crisis_verdict(a) as verdict) as v
        where a.guild_id = crisis_judged.guild_id and a.found_at >= crisis_judged.since and a.mode <> 'drill'
            and a.status <> 'MERGED' and v.verdict is not null
        order by a.found_at desc
        limit crisis_judged.max_rows
    ) as j
$$;

-- What stands in Postgres about a member's history: the newest messages of MEDIUM or more, with what was done about each (of a
-- message that was counted on an alert: about that alert), episodes of 7 and 30 days, and what they opted out of.
create function public.crisis_member_history(guild_id bigint, member_id bigint, max_rows integer, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'alerts', (
            select coalesce(jsonb_agg(h.alert order by h.written_at desc), '[]') from (
                select
                    a.written_at,
                    public.crisis_alert_json(s) || jsonb_build_object(
                        'message_id', a.message_id::text, 'channel_id', a.channel_id::text, 'severity', a.severity,
                        'score', a.score, 'factors', a.factors, 'written_at', a.written_at,
                        'is_merged', a.alert_id <> s.alert_id
                    ) as alert
                from public.crisis_alerts as a
                join public.crisis_alerts as s on s.alert_id = coalesce(a.merged_into, a.alert_id)
                where a.guild_id = crisis_member_history.guild_id and a.member_id = crisis_member_history.member_id
                    and a.mode <> 'drill'
                order by a.written_at desc
                limit crisis_member_history.max_rows
            ) as h
        ),
        'episodes_7', count(distinct e.episode_id) filter (where e.found_at > crisis_member_history.at - interval '7 days'),
        'episodes_30', count(distinct e.episode_id),
        'monitoring_opt_out', coalesce((
            select p.monitoring_opt_out from public.user_preferences as p
            where p.guild_id = crisis_member_history.guild_id and p.user_id = crisis_member_history.member_id
        ), false),
        'ash_opt_out', coalesce((
            -- Read as JSON: the column may be younger than this function.
            select (to_jsonb(p) ->> 'ash_opt_out')::boolean from public.user_preferences as p
            where p.guild_id = crisis_member_history.guild_id and p.user_id = crisis_member_history.member_id
        ), false)
    )
    from public.crisis_alerts as e
    where e.guild_id = crisis_member_history.guild_id and e.member_id = crisis_member_history.member_id
        and e.mode <> 'drill' and e.status <> 'FALSE_ALARM'
        and e.found_at > crisis_member_history.at - interval '30 days'
$$;

-- Owes the next weekly report of each guild that is live and has a channel for it: Monday 09:00 in its time zone. Forgets reports
-- and outages that no figure reaches back to.
create function public.owe_crisis_reports(at timestamptz) returns void
language sql
set search_path = ''
as $$
    delete from public.crisis_reports as p where p.posted_at < owe_crisis_reports.at - interval '400 days';
    delete from public.crisis_outages as o where o.ended_at < owe_crisis_reports.at - interval '400 days';
    insert into public.jobs as j (guild_id, kind, key, due_at, payload)
    select m.guild_id, 'crisis.report', m.guild_id || ':' || d.week, d.due_at, jsonb_build_object('week', d.week)
    from (
        select c.guild_id, public.crisis_zone(c.guild_id) as zone
        from public.guild_settings as c
        join public.guild_settings as stage
            on stage.guild_id = c.guild_id and stage.key = 'crisis.stage' and stage.value #>> '{}' = 'live'
        where c.key = 'crisis.report_channel' and c.value #>> '{}' is not null
    ) as m
    cross join lateral (
        select
            w.monday::date as week, (w.monday + interval '9 hours') at time zone m.zone as due_at
        from generate_series(0, 1) as n(weeks)
        cross join lateral (
            select date_trunc('week', owe_crisis_reports.at at time zone m.zone) + n.weeks * interval '7 days' as monday
        ) as w
    ) as d
    where d.due_at > owe_crisis_reports.at and d.due_at <= owe_crisis_reports.at + interval '7 days'
        and not exists (
            select from public.crisis_reports as p where p.guild_id = m.guild_id and p.week = d.week
        )
    order by 1, 3
    -- A guild that moves to another time zone takes what is owed along.
    on conflict (kind, key) do update set due_at = excluded.due_at
    where j.attempts = 0 and j.lease_until is null
$$;

-- The figures of the seven days before the Monday `week` in the guild's time zone; null if that report is done with.
create function public.crisis_report(guild_id bigint, week date) returns jsonb
language sql stable
set search_path = ''
as $$
    select public.crisis_summary(
        crisis_report.guild_id, crisis_report.week::timestamp at time zone public.crisis_zone(crisis_report.guild_id), 7
    )
    where not exists (
        select from public.crisis_reports as p
        where p.guild_id = crisis_report.guild_id and p.week = crisis_report.week
    )
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'crisis_alerts_daily(bigint, text, timestamptz, integer)',
        'crisis_response_times(bigint, text, timestamptz, integer)',
        'crisis_delivery(bigint, text, timestamptz, integer)',
        'crisis_precision(bigint, text, timestamptz, integer)',
        'crisis_outage_totals(bigint, text, timestamptz, integer)'
    ] loop
        -- They ask reads_crisis_numbers themselves.
        execute format('revoke execute on function public.%s from public, anon', name);
        execute format('grant execute on function public.%s to authenticated, service_role', name);
    end loop;
    foreach name in array array[
        'reads_crisis_numbers(bigint)',
        'note_crisis_outage(bigint, text, boolean, timestamptz)',
        'crisis_verdict(public.crisis_alerts)',
        'crisis_found_severity(public.crisis_alerts)',
        'crisis_zone(bigint)',
        'crisis_summary(bigint, timestamptz, integer)',
        'crisis_judged(bigint, timestamptz, integer)',
        'crisis_member_history(bigint, bigint, integer, timestamptz)',
        'owe_crisis_reports(timestamptz)',
        'crisis_report(bigint, date)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
