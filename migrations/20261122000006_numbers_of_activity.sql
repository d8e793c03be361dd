-- Numbers of a guild as a whole: pulse, heatmap, active members. Who may read them, and what they share.
-- Common to all: `until` counts to the end of its hour; a span of days goes back from there by the clock of `zone`, so that
-- it is right across a change of clocks. Hours are whole: where a zone is half an hour off, an hour belongs to the day it
-- begins in. None reads activity_logs, and nothing of the care tables enters any.

set lock_timeout = '5s';

create function public.reads_numbers(guild bigint) returns boolean
language sql stable security definer
set search_path = ''
as $$
    select coalesce(auth.jwt() ->> 'role' = 'service_role', false) or exists (
        select from public.staff as s
        where s.guild_id = reads_numbers.guild and s.auth_user_id = auth.uid() and s.role in ('manager', 'admin')
    )
$$;
comment on function public.reads_numbers is 'Whether who asks may see a guild''s numbers: its managers and admins, and the Worker.';

create function public.whole_hour(until timestamptz) returns timestamptz
language sql immutable parallel safe
set search_path = ''
as $$ select date_trunc('hour', whole_hour.until - interval '1 microsecond', 'UTC') + interval '1 hour' $$;
comment on function public.whole_hour is 'The end of the hour that a moment is in; a full hour is its own end.';

create function public.days_before(until timestamptz, zone text, days integer) returns timestamptz
language sql stable parallel safe
set search_path = ''
as $$
    select ((days_before.until at time zone days_before.zone) - make_interval(days => days_before.days))
        at time zone days_before.zone
$$;
comment on function public.days_before is 'The same time of day some days earlier, by the clock of a time zone.';

create function public.change_percent(now_is numeric, was numeric) returns numeric
language sql immutable parallel safe
set search_path = ''
as $$ select round(100 * (now_is - was) / nullif(was, 0), 1) $$;
comment on function public.change_percent is 'By how many percent it changed; null if there was nothing before.';

-- The days in UTC that a span touches, with a bit for each hour of them inside it.
create function public.hour_masks(since timestamptz, until timestamptz) returns table (day date, hours integer)
language sql stable parallel safe rows 60
set search_path = ''
as $$
    select (h at time zone 'UTC')::date, bit_or(1 << extract(hour from h at time zone 'UTC')::integer)
    from generate_series(
        date_trunc('hour', hour_masks.since + interval '1 hour' - interval '1 microsecond', 'UTC'),
        hour_masks.until - interval '1 microsecond', interval '1 hour'
    ) as h
    group by 1
$$;
comment on function public.hour_masks is 'The days in UTC that a span touches, with a bit for each hour that begins inside it.';

create function public.impact_pulse(
    guild bigint, unit text default 'day', zone text default 'UTC', until timestamptz default now(),
    buckets integer default null
) returns table (
    part text, starts_at timestamptz, ends_at timestamptz, messages bigint, reactions bigint, points numeric,
    previous_starts_at timestamptz, previous_messages bigint, previous_reactions bigint, previous_points numeric,
    messages_change numeric, reactions_change numeric, points_change numeric
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off'
as $$
#variable_conflict use_column
declare
    step constant interval := case unit
        when 'hour' then interval '1 hour' when 'day' then interval '1 day' when 'week' then interval '7 days' end;
    count constant integer := least(greatest(
        coalesce(buckets, case unit when 'hour' then 24 when 'day' then 30 else 12 end), 1), 400);
    finish constant timestamptz := public.whole_hour(until);
    -- Hours pass in UTC, days and weeks by the local clock.
    clock constant text := case unit when 'hour' then 'UTC' else zone end;
    finish_there constant timestamp := finish at time zone clock;
    first_there timestamp;
begin
    if step is null then
        raise exception 'unit is hour, day or week' using errcode = '22023';
    end if;
    if not public.reads_numbers(guild) then
        return;
    end if;
    first_there := date_trunc(unit, finish_there - interval '1 microsecond') - (count - 1) * step;
    return query
    with spans as (
        select
            i, (first_there + i * step) at time zone clock as from_now,
            least(first_there + (i + 1) * step, finish_there) at time zone clock as to_now,
            (first_there + (i - count) * step) at time zone clock as from_then,
            least(first_there + (i + 1 - count) * step, finish_there - count * step) at time zone clock as to_then
        from generate_series(0, count - 1) as i
    ),
    sums as (
        select s.*, n.*, t.*
        from spans as s,
        lateral (
            select coalesce(sum(h.messages), 0) as m, coalesce(sum(h.reactions), 0) as r, coalesce(sum(h.points), 0) as p
            from public.activity_by_hour as h
            where h.guild_id = guild and h.hour >= s.from_now and h.hour < s.to_now
        ) as n,
        lateral (
            select coalesce(sum(h.messages), 0) as pm, coalesce(sum(h.reactions), 0) as pr, coalesce(sum(h.points), 0) as pp
            from public.activity_by_hour as h
            where h.guild_id = guild and h.hour >= s.from_then and h.hour < s.to_then
        ) as t
    ),
    all_rows as (
        select
            case when grouping(s.i) = 1 then 'total' else 'bucket' end as part, s.i, min(s.from_now) as a, max(s.to_now) as b,
            sum(s.m)::bigint as m, sum(s.r)::bigint as r, sum(s.p) as p, min(s.from_then) as pa,
            sum(s.pm)::bigint as pm, sum(s.pr)::bigint as pr, sum(s.pp) as pp
        from sums as s
        group by grouping sets ((), (s.i))
    )
    select
        a.part, a.a, a.b, a.m, a.r, a.p, a.pa, a.pm, a.pr, a.pp, public.change_percent(a.m, a.pm),
        public.change_percent(a.r, a.pr), public.change_percent(a.p, a.pp)
    from all_rows as a
    where exists (select from sums as s where s.m + s.r + s.pm + s.pr > 0)
    order by a.part desc, a.i;
end
$$;
comment on function public.impact_pulse is 'Messages, reactions and points for each of the last `buckets` hours (24), days (30) or weeks (12; from Monday), the running one included, each beside its counterpart one period of the same length earlier; the row `total` first. What runs is compared with as much of its counterpart. change = 100 x (now - before) / before, null if before was nothing. Source: activity_by_hour.';

create function public.activity_heatmap(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 28
) returns table (
    weekday integer, hour_of_day integer, messages bigint, reactions bigint, points numeric, mean_points numeric
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off'
as $$
#variable_conflict use_column
declare
    finish constant timestamptz := public.whole_hour(until);
    start constant timestamptz := public.days_before(finish, zone, least(greatest(days, 1), 400));
begin
    if not public.reads_numbers(guild)
        or not exists (select from public.activity_by_hour as a
            where a.guild_id = guild and a.hour >= start and a.hour < finish and a.messages + a.reactions > 0) then
        return;
    end if;
    return query
    with filled as (
        select h at time zone zone as there, a.messages, a.reactions, a.points
        from generate_series(date_trunc('hour', start, 'UTC'), finish - interval '1 hour', interval '1 hour') as h
        left join public.activity_by_hour as a on a.guild_id = guild and a.hour = h
        where h >= start
    ),
    cells as (
        select
            extract(isodow from f.there)::integer as d, extract(hour from f.there)::integer as o, count(*) as times,
            coalesce(sum(f.messages), 0) as m, coalesce(sum(f.reactions), 0) as r, coalesce(sum(f.points), 0) as p
        from filled as f
        group by 1, 2
    )
    select
        w, o.h, coalesce(c.m, 0)::bigint, coalesce(c.r, 0)::bigint, coalesce(c.p, 0), round(coalesce(c.p / c.times, 0), 2)
    from generate_series(1, 7) as w
    cross join generate_series(0, 23) as o (h)
    left join cells as c on c.d = w and c.o = o.h
    order by 1, 2;
end
$$;
comment on function public.activity_heatmap is 'Activity of the last `days` days (28) by weekday (1 = Monday) and hour, local time of `zone`: 168 rows. mean_points = points / how often that hour of that weekday occurred. Source: activity_by_hour.';

create function public.dau_wau_mau(
    guild bigint, zone text default 'UTC', until timestamptz default now()
) returns table (measure text, days integer, members bigint, previous_members bigint, change numeric, share_of_month numeric)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off'
as $$
#variable_conflict use_column
declare
    finish constant timestamptz := public.whole_hour(until);
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    with spans as (
        select
            m.bit,
            public.days_before(finish, zone, m.length * m.times + m.length) as since,
            public.days_before(finish, zone, m.length * m.times) as until
        from (
            values (1, 0, 1), (1, 1, 2), (7, 0, 4), (7, 1, 8), (30, 0, 16), (30, 1, 32)
        ) as m (length, times, bit)
    ),
    masks as materialized (
        select s.bit, m.day, m.hours from spans as s, lateral public.hour_masks(s.since, s.until) as m
    ),
    -- Whole days by the bits of their blocks, the days at the ends of spans by the bits of their hours.
    whole as materialized (
        select
            public.day_block(m.day) as block,
            coalesce(bit_or(public.day_bit(m.day)) filter (where m.bit = 1), 0) as a,
            coalesce(bit_or(public.day_bit(m.day)) filter (where m.bit = 2), 0) as b,
            coalesce(bit_or(public.day_bit(m.day)) filter (where m.bit = 4), 0) as c,
            coalesce(bit_or(public.day_bit(m.day)) filter (where m.bit = 8), 0) as d,
            coalesce(bit_or(public.day_bit(m.day)) filter (where m.bit = 16), 0) as e,
            coalesce(bit_or(public.day_bit(m.day)) filter (where m.bit = 32), 0) as f
        from masks as m where m.hours = 16777215
        group by 1
    ),
    ends as materialized (
        select
            m.day, coalesce(bit_or(m.hours) filter (where m.bit = 1), 0) as a,
            coalesce(bit_or(m.hours) filter (where m.bit = 2), 0) as b,
            coalesce(bit_or(m.hours) filter (where m.bit = 4), 0) as c,
            coalesce(bit_or(m.hours) filter (where m.bit = 8), 0) as d,
            coalesce(bit_or(m.hours) filter (where m.bit = 16), 0) as e,
            coalesce(bit_or(m.hours) filter (where m.bit = 32), 0) as f
        from masks as m where m.hours <> 16777215
        group by 1
    ),
    seen as (
        select i.user_id, i.days & b.a as a, i.days & b.b as b, i.days & b.c as c, i.days & b.d as d, i.days & b.e as e,
            i.days & b.f as f
        from whole as b
        join public.activity_in_channels as i on i.guild_id = guild and i.block = b.block and i.channel_id = 0
        union all
        select d.user_id, d.hours & m.a, d.hours & m.b, d.hours & m.c, d.hours & m.d, d.hours & m.e, d.hours & m.f
        from ends as m
        join public.activity_by_day as d on d.guild_id = guild and d.day = m.day
    ),
    members as (
        select
            bit_or(s.a) as a, bit_or(s.b) as b, bit_or(s.c) as c, bit_or(s.d) as d, bit_or(s.e) as e, bit_or(s.f) as f
        from seen as s
        group by s.user_id
    ),
    counts (name, length, is_now, was) as materialized (
        select v.*
        from (
            select
                count(*) filter (where m.a <> 0) as a, count(*) filter (where m.b <> 0) as b,
                count(*) filter (where m.c <> 0) as c, count(*) filter (where m.d <> 0) as d,
                count(*) filter (where m.e <> 0) as e, count(*) filter (where m.f <> 0) as f
            from members as m
        ) as n,
        lateral (values ('dau', 1, n.a, n.b), ('wau', 7, n.c, n.d), ('mau', 30, n.e, n.f)) as v
    )
    select
        c.name, c.length, c.is_now, c.was, public.change_percent(c.is_now, c.was),
        round(100.0 * c.is_now / nullif(max(c.is_now) over (), 0), 1)
    from counts as c
    where exists (select from counts as o where o.is_now + o.was > 0)
    order by c.length;
end
$$;
comment on function public.dau_wau_mau is 'How many different members wrote or reacted in the last 1, 7 and 30 days (dau, wau, mau), and in as many days before. share_of_month = 100 x members / mau; for dau that is the stickiness. Source: activity_in_channels (day bits), activity_by_day (hour bits) for both ends.';

create function public.daily_active_members(
    guild bigint, zone text default 'UTC', until timestamptz default now(), max_rows integer default 30,
    skip_rows integer default 0
) returns table (day date, members bigint)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off' set work_mem = '32MB'
as $$
#variable_conflict use_column
declare
    finish constant timestamptz := public.whole_hour(until);
    today constant date := ((finish - interval '1 microsecond') at time zone zone)::date;
    newest constant date := today - skip_rows;
    oldest constant date := newest - least(max_rows, 400) + 1;
begin
    if not public.reads_numbers(guild)
        or not exists (select from public.activity_by_day as a where a.guild_id = guild) then
        return;
    end if;
    return query
    select s.there, c.members
    from (select newest - i as there from generate_series(0, newest - oldest) as i) as s,
    lateral (
        select array_agg(m.day order by m.day) as days, array_agg(m.hours order by m.day) as hours
        from public.hour_masks(
            s.there::timestamp at time zone zone, least((s.there + 1)::timestamp at time zone zone, finish)
        ) as m
    ) as m,
    -- A local day lies in one or two days of UTC: who was there in the first, and who in the second only.
    lateral (
        select
            (
                select count(*) from public.activity_by_day as d
                where d.guild_id = guild and d.day = m.days[1] and d.hours & m.hours[1] <> 0
            ) + (
                select count(*) from public.activity_by_day as d
                left join public.activity_by_day as f
                    on f.guild_id = guild and f.day = m.days[1] and f.user_id = d.user_id and f.hours & m.hours[1] <> 0
                where d.guild_id = guild and d.day = m.days[2] and d.hours & m.hours[2] <> 0 and f.user_id is null
            ) as members
    ) as c
    order by s.there desc;
end
$$;
comment on function public.daily_active_members is 'How many different members wrote or reacted on each local day of `zone`, the running day first. Source: activity_by_day, whose hour bits make days of any time zone exact.';

do $$
declare
    name text;
begin
    foreach name in array array[
        'whole_hour(timestamptz)', 'days_before(timestamptz, text, integer)', 'change_percent(numeric, numeric)',
        'hour_masks(timestamptz, timestamptz)', 'reads_numbers(bigint)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
    -- These ask reads_numbers themselves.
    foreach name in array array[
        'impact_pulse(bigint, text, text, timestamptz, integer)', 'activity_heatmap(bigint, text, timestamptz, integer)',
        'dau_wau_mau(bigint, text, timestamptz)',
        'daily_active_members(bigint, text, timestamptz, integer, integer)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon', name);
        execute format('grant execute on function public.%s to authenticated, service_role', name);
    end loop;
end
$$;
