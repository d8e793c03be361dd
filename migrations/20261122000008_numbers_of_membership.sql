-- How a guild grows and stays, and when its members are there.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation -- a migration is one transaction, and nothing writes this table yet
create index presence_sessions_seen on public.presence_sessions (guild_id, (coalesce(ended_at, last_seen_at)));

create function public.member_growth(
    guild bigint, zone text default 'UTC', until timestamptz default now(), max_rows integer default 30,
    skip_rows integer default 0
) returns table (day date, joins bigint, leaves bigint, net bigint, members bigint)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off'
as $$
#variable_conflict use_column
declare
    today constant date := ((until - interval '1 microsecond') at time zone zone)::date;
    first_day constant date := today - skip_rows - least(max_rows, 400) + 1;
    size bigint;
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    size := public.members_at(guild, until);
    if size = 0 and not exists (select from public.member_events as e where e.guild_id = guild) then
        return;
    end if;
    return query
    with counts as (
        select
            (e.occurred_at at time zone zone)::date as there, count(*) filter (where e.kind = 'join') as came,
            count(*) filter (where e.kind = 'leave') as went
        from public.member_events as e
        where e.guild_id = guild and e.occurred_at >= first_day::timestamp at time zone zone and e.occurred_at < until
        group by 1
    ),
    filled as (
        select today - i as there, coalesce(c.came, 0) as came, coalesce(c.went, 0) as went
        from generate_series(0, today - first_day) as i
        left join counts as c on c.there = today - i
    )
    select
        f.there, f.came, f.went, f.came - f.went,
        -- At the end of that day: what came after it is taken back.
        (size - coalesce(sum(f.came - f.went) over (
            order by f.there desc rows between unbounded preceding and 1 preceding
        ), 0))::bigint
    from filled as f
    order by f.there desc
    limit least(max_rows, 400) offset skip_rows;
end
$$;
comment on function public.member_growth is 'Joins, leaves, joins - leaves and members at the end of each local day of `zone`, the running day first. Source: member_events; members = size at `until` - net of all later days (see member_growth_totals).';

create function public.members_at(guild bigint, at timestamptz) returns bigint
language sql stable
set search_path = ''
as $$
    select
        (select count(*) from public.discord_users as u where u.guild_id = members_at.guild and u.left_at is null)
        - (
            select count(*) filter (where e.kind = 'join') - count(*) filter (where e.kind = 'leave')
            from public.member_events as e
            where e.guild_id = members_at.guild and e.occurred_at >= members_at.at
        )
$$;
comment on function public.members_at is 'How many members a guild had: those of now, less the joins and plus the leaves since.';

create function public.member_growth_totals(
    guild bigint, zone text default 'UTC', until timestamptz default now()
) returns table (days integer, joins bigint, leaves bigint, net bigint, members_then bigint, members_now bigint, change numeric)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off'
as $$
#variable_conflict use_column
declare
    size bigint;
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    size := public.members_at(guild, until);
    if size = 0 and not exists (select from public.member_events as e where e.guild_id = guild) then
        return;
    end if;
    return query
    select
        s.length, n.came, n.went, n.came - n.went, size - n.came + n.went, size,
        public.change_percent(size, size - n.came + n.went)
    from (values (30), (60), (90)) as s (length),
    lateral (
        select count(*) filter (where e.kind = 'join') as came, count(*) filter (where e.kind = 'leave') as went
        from public.member_events as e
        where e.guild_id = guild and e.occurred_at >= public.days_before(until, zone, s.length) and e.occurred_at < until
    ) as n
    order by s.length;
end
$$;
comment on function public.member_growth_totals is 'Joins, leaves and net of the last 30, 60 and 90 days, with the guild''s size then and now. members_now = members known and not gone (discord_users) - net of member_events after `until`; members_then = members_now - net. Exact as far back as joins and leaves were recorded.';

create function public.retention_cohorts(
    guild bigint, zone text default 'UTC', until timestamptz default now(), max_rows integer default 12,
    skip_rows integer default 0
) returns table (cohort date, members bigint, week integer, active bigint, share numeric)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off' set work_mem = '32MB'
as $$
#variable_conflict use_column
declare
    this_week constant date := date_trunc('week', until at time zone zone)::date;
    newest constant date := this_week - 7 * (1 + skip_rows);
    oldest constant date := newest - 7 * (least(max_rows, 52) - 1);
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    with joined as materialized (
        select u.user_id, date_trunc('week', u.guild_join_date at time zone zone)::date as cohort
        from public.discord_users as u
        where u.guild_id = guild and u.guild_join_date >= oldest::timestamp at time zone zone
            and u.guild_join_date < (newest + 7)::timestamp at time zone zone
    ),
    sizes as (
        select j.cohort, count(*) as size from joined as j group by 1
    ),
    -- Which hours of which days in UTC belong to which local week.
    weeks as materialized (
        select w::date as starts, m.day, m.hours
        from generate_series(oldest, this_week - 7, interval '7 days') as w,
        lateral public.hour_masks(
            w::timestamp at time zone zone, (w + interval '7 days')::timestamp at time zone zone
        ) as m
    ),
    seen as (
        select distinct j.cohort, (w.starts - j.cohort) / 7 as n, j.user_id
        from joined as j
        join public.activity_by_day as d
            on d.guild_id = guild and d.user_id = j.user_id and d.day >= j.cohort - 1 and d.day <= this_week
        join weeks as w on w.day = d.day and w.starts >= j.cohort and d.hours & w.hours <> 0
    ),
    counts as (
        select s.cohort, s.n, count(*) as active from seen as s group by 1, 2
    )
    select s.cohort, s.size, w.n, coalesce(c.active, 0), round(100.0 * coalesce(c.active, 0) / s.size, 1)
    from sizes as s
    cross join lateral generate_series(0, (this_week - s.cohort) / 7 - 1) as w (n)
    left join counts as c on c.cohort = s.cohort and c.n = w.n
    order by s.cohort desc, w.n;
end
$$;
comment on function public.retention_cohorts is 'Of the members who joined in a local week (from Monday), how many wrote or reacted in it (week 0) and in each complete week after it. share = 100 x active / members of the cohort, those who left since included. `max_rows` and `skip_rows` count cohorts, from the last complete week back. Source: discord_users.guild_join_date (the last join of those who came back), activity_by_day.';

create function public.presence_stats(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30
) returns table (
    members bigint, sessions bigint, mean_minutes numeric, median_minutes numeric, online_hours numeric
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off'
as $$
#variable_conflict use_column
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    select
        count(distinct s.user_id), count(*), round(avg(s.seconds) / 60, 1),
        round((percentile_cont(0.5) within group (order by s.seconds))::numeric / 60, 1), round(sum(s.seconds) / 3600, 1)
    from (
        select
            p.user_id,
            extract(epoch from least(coalesce(p.ended_at, p.last_seen_at), until) - p.started_at)::numeric as seconds
        from public.presence_sessions as p
        where p.guild_id = guild and p.started_at < until
            and p.started_at >= public.days_before(until, zone, least(greatest(days, 1), 400))
    ) as s
    having count(*) > 0;
end
$$;
comment on function public.presence_stats is 'Sessions that began in the last `days` days (30) of members who share their presence, nobody else: how many members and sessions, mean and median length, hours in all. An open session counts until it was last seen. Source: presence_sessions.';

create function public.peak_hours(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 28
) returns table (hour_of_day integer, mean_online numeric, mean_points numeric)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off' set work_mem = '32MB'
as $$
#variable_conflict use_column
declare
    finish constant timestamptz := public.whole_hour(until);
    start constant timestamptz := public.whole_hour(public.days_before(finish, zone, least(greatest(days, 1), 400)));
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    with sessions as materialized (
        select
            extract(epoch from greatest(p.started_at, start)) / 3600 as a,
            extract(epoch from least(coalesce(p.ended_at, p.last_seen_at), finish)) / 3600 as b
        from public.presence_sessions as p
        where p.guild_id = guild and p.started_at < finish and coalesce(p.ended_at, p.last_seen_at) > start
    ),
    -- Someone is online from a (+1) to b (-1). Hour h then holds the running sum of what began before it, and the parts
    -- of hours at both ends.
    edges as (
        select floor(s.a)::bigint as h, sum(floor(s.a) + 1 - s.a) as part, count(*) as step from sessions as s group by 1
        union all
        select floor(s.b)::bigint, -sum(floor(s.b) + 1 - s.b), -count(*) from sessions as s group by 1
    ),
    hours as (
        select
            to_timestamp(h.n * 3600) as at, coalesce(sum(e.part), 0) as part, coalesce(sum(e.step), 0) as step
        from generate_series(
            extract(epoch from start)::bigint / 3600, extract(epoch from finish)::bigint / 3600 - 1
        ) as h (n)
        left join edges as e on e.h = h.n
        group by h.n
    ),
    online as (
        select
            h.at, h.part + coalesce(sum(h.step) over (
                order by h.at rows between unbounded preceding and 1 preceding
            ), 0) as people
        from hours as h
    )
    select
        extract(hour from o.at at time zone zone)::integer, round(avg(o.people), 2), round(avg(coalesce(a.points, 0)), 2)
    from online as o
    left join public.activity_by_hour as a on a.guild_id = guild and a.hour = o.at
    where exists (select from sessions)
        or exists (select from public.activity_by_hour as x where x.guild_id = guild and x.hour >= start and x.hour < finish)
    group by 1
    order by 1;
end
$$;
comment on function public.peak_hours is 'For each hour of the day, local time of `zone`, over the last `days` days (28): mean_online = member-hours online in that hour / how often the hour occurred, of members who share their presence; mean_points likewise, of everybody. Source: presence_sessions, activity_by_hour.';

create function public.top_presence(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30,
    max_rows integer default 10, skip_rows integer default 0
) returns table (place bigint, user_id text, display_name text, sessions bigint, online_hours numeric)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off'
as $$
#variable_conflict use_column
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    select rank() over (order by s.seconds desc), s.user_id::text, u.display_name, s.n, round(s.seconds / 3600, 1)
    from (
        select
            p.user_id, count(*) as n,
            sum(extract(epoch from least(coalesce(p.ended_at, p.last_seen_at), until) - p.started_at)::numeric) as seconds
        from public.presence_sessions as p
        where p.guild_id = guild and p.started_at < until
            and p.started_at >= public.days_before(until, zone, least(greatest(days, 1), 400))
        group by p.user_id
    ) as s
    join public.discord_users as u on u.guild_id = guild and u.user_id = s.user_id and u.left_at is null
    join public.user_preferences as o on o.guild_id = guild and o.user_id = s.user_id
    where o.presence_opt_in and not o.scoring_opt_out
    order by s.seconds desc, s.user_id
    limit least(max_rows, 1000) offset skip_rows;
end
$$;
comment on function public.top_presence is 'Who was online longest in sessions that began in the last `days` days (30): only members who share their presence now, did not opt out of scoring and have not left. Source: presence_sessions.';

do $$
declare
    name text;
begin
    revoke execute on function public.members_at(bigint, timestamptz) from public, anon, authenticated;
    grant execute on function public.members_at(bigint, timestamptz) to service_role;
    -- These ask reads_numbers themselves.
    foreach name in array array[
        'member_growth(bigint, text, timestamptz, integer, integer)', 'member_growth_totals(bigint, text, timestamptz)',
        'retention_cohorts(bigint, text, timestamptz, integer, integer)',
        'presence_stats(bigint, text, timestamptz, integer)', 'peak_hours(bigint, text, timestamptz, integer)',
        'top_presence(bigint, text, timestamptz, integer, integer, integer)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon', name);
        execute format('grant execute on function public.%s to authenticated, service_role', name);
    end loop;
end
$$;
