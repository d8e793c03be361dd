-- Crisis care as the dashboard shows it: alerts without persons, who is on duty, and one person at a time, noted in access_log.

set lock_timeout = '5s';

create function public.reads_care(guild bigint) returns boolean
language sql stable security definer
set search_path = ''
as $$
    select coalesce(auth.jwt() ->> 'role' = 'service_role', false) or exists (
        select from public.staff as s
        where s.guild_id = reads_care.guild and s.auth_user_id = auth.uid() and s.role in ('crt', 'admin')
    )
$$;
comment on function public.reads_care is 'Whether who asks may see single alerts and the person behind one: the crisis response team and admins, not managers.';

create function public.care_alerts(
    guild bigint, hours integer default 12, until timestamptz default now(), max_rows integer default 100,
    skip_rows integer default 0
) returns table (
    alert_id text, is_open boolean, severity text, found_severity text, detector text, status text, found_at timestamptz,
    pinged boolean, merged_count integer, acknowledged_at timestamptz, acknowledged_by text, taken_at timestamptz,
    taken_by text, first_human_at timestamptz, resolved_at timestamptz, resolved_by text, verdict text, channel_id text,
    message_id text, total bigint
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
    since constant timestamptz := until - make_interval(hours => least(greatest(care_alerts.hours, 0), 24 * 31));
begin
    if not public.reads_care(guild) then
        return;
    end if;
    return query
    with people as (
        select u.user_id, u.display_name from public.discord_users as u
        where u.guild_id = guild and u.user_id in (
            select unnest(array[a.acknowledged_by, a.taken_by, a.resolved_by]) from public.crisis_alerts as a
            where a.guild_id = guild and (a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN') or a.found_at >= since or a.resolved_at >= since)
        )
    ),
    shown as (
        select a.*, a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN') as open_now
        from public.crisis_alerts as a
        where a.guild_id = guild and a.mode = 'live' and a.status <> 'MERGED' and a.found_at <= until
            and (a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN') or a.found_at >= since or a.resolved_at >= since)
    )
    select
        a.alert_id::text, a.open_now, a.severity, a.found_severity, a.detector, a.status, a.found_at,
        a.pinged_at is not null, a.merged_count, a.acknowledged_at, k.display_name, a.taken_at, t.display_name,
        a.first_human_at, a.resolved_at, r.display_name,
        (
            select min(f.verdict) from public.crisis_feedback as f where f.alert_id = a.alert_id and f.undone_at is null
        ),
        a.alert_channel_id::text, a.alert_message_id::text, count(*) over ()
    from shown as a
    left join people as k on k.user_id = a.acknowledged_by
    left join people as t on t.user_id = a.taken_by
    left join people as r on r.user_id = a.resolved_by
    order by a.open_now desc, case when a.open_now then public.crisis_severity_rank(a.severity) end desc, a.found_at desc
    limit least(greatest(max_rows, 0), 1000) offset greatest(skip_rows, 0);
end
$$;
comment on function public.care_alerts is 'Alerts that are open, and those found or resolved in the last `hours` hours (12): the open ones first, the gravest first. Never about whom, never words; channel_id and message_id are those of the alert''s own post. The names are of the team. Trials and drills are left out. Source: crisis_alerts, crisis_feedback.';

create function public.care_person(guild bigint, alert text, until timestamptz default now())
returns table (
    user_id text, display_name text, joined_at timestamptz, has_left boolean, alerts_30_days bigint, open_alerts bigint,
    first_alert_at timestamptz, last_alert_at timestamptz, quiet_until timestamptz, monitoring_opt_out boolean
)
language plpgsql security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
    whose bigint;
begin
    if not public.reads_care(guild) then
        return;
    end if;
    select a.member_id into whose from public.crisis_alerts as a
    where a.guild_id = guild and a.alert_id::text = care_person.alert and a.mode = 'live';
    if whose is null then
        return;
    end if;
    -- Once in an hour; the Worker itself reads for nobody.
    insert into public.access_log (guild_id, actor_id, subject_id, what, at)
    select distinct guild, s.user_id, whose, 'opened who an alert is about', now()
    from public.staff as s
    where s.guild_id = guild and s.auth_user_id = auth.uid() and s.role in ('crt', 'admin') and not exists (
        select from public.access_log as l
        where l.guild_id = guild and l.subject_id = whose and l.actor_id = s.user_id
            and l.what = 'opened who an alert is about' and l.at > now() - interval '1 hour'
    );
    return query
    select
        whose::text, coalesce(u.display_name, ''), u.guild_join_date, u.left_at is not null,
        count(*) filter (where a.found_at > care_person.until - interval '30 days'),
        count(*) filter (where a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN')),
        min(a.found_at), max(a.found_at), max(n.until), coalesce(bool_or(o.monitoring_opt_out), false)
    from public.crisis_alerts as a
    left join public.discord_users as u on u.guild_id = guild and u.user_id = whose
    left join public.crisis_snoozes as n on n.guild_id = guild and n.member_id = whose and n.until > care_person.until
    left join public.user_preferences as o on o.guild_id = guild and o.user_id = whose
    where a.guild_id = guild and a.member_id = whose and a.mode = 'live' and a.status <> 'MERGED'
    group by u.display_name, u.guild_join_date, u.left_at;
end
$$;
comment on function public.care_person is 'Who an alert is about, and how many alerts there were about them. Notes in access_log who asked. Source: crisis_alerts, discord_users, crisis_snoozes, user_preferences.';

create function public.care_duty(guild bigint, until timestamptz default now())
returns table (user_id text, display_name text, available_until timestamptz, wants_alerts boolean, cannot_be_messaged boolean)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
begin
    if not public.reads_care(guild) then
        return;
    end if;
    return query
    select
        d.user_id::text, coalesce(u.display_name, ''), case when d.available_until > care_duty.until then d.available_until end,
        d.wants_alerts, d.refused_at is not null
    from public.crisis_duty as d
    left join public.discord_users as u on u.guild_id = d.guild_id and u.user_id = d.user_id
    where d.guild_id = guild and (d.available_until > care_duty.until or d.wants_alerts)
    order by d.available_until > care_duty.until desc nulls last, d.available_until desc nulls last, 2
    limit 1000;
end
$$;
comment on function public.care_duty is 'Who of the team is on duty (until when, by their own word), and who wants direct messages about CRITICAL alerts. Source: crisis_duty.';

do $$
declare
    name text;
begin
    revoke execute on function public.reads_care(bigint) from public, anon, authenticated;
    grant execute on function public.reads_care(bigint) to service_role;
    -- They ask reads_care themselves.
    foreach name in array array[
        'care_alerts(bigint, integer, timestamptz, integer, integer)', 'care_person(bigint, text, timestamptz)',
        'care_duty(bigint, timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon', name);
        execute format('grant execute on function public.%s to authenticated, service_role', name);
    end loop;
end
$$;
