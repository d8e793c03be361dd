-- Numbers of a guild as a whole: pulse, heatmap, channels, active members, campaigns. Who may read them, and what they share.
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

create function public.channel_breakdown(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30,
    max_rows integer default 50, skip_rows integer default 0
) returns table (
    channel_id text, channels bigint, members bigint, messages bigint, reactions bigint, points numeric, share numeric
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off' set work_mem = '32MB'
as $$
#variable_conflict use_column
declare
    finish constant timestamptz := public.whole_hour(until);
    start constant timestamptz := public.days_before(finish, zone, least(greatest(channel_breakdown.days, 1), 400));
    first_day constant date := ((start + interval '1 day' - interval '1 microsecond') at time zone 'UTC')::date;
    last_day constant date := (finish at time zone 'UTC')::date;
    head_end constant timestamptz := least(first_day::timestamp at time zone 'UTC', finish);
    tail_start constant timestamptz := greatest(last_day::timestamp at time zone 'UTC', head_end);
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    with blocks as materialized (
        select public.day_block(d::date) as block, bit_or(public.day_bit(d::date)) as mask
        from generate_series(first_day, last_day - 1, interval '1 day') as d
        group by 1
    ),
    people as materialized (
        select i.channel_id, i.user_id
        from blocks as b
        join public.activity_in_channels as i on i.guild_id = guild and i.block = b.block and i.days & b.mask <> 0
        union
        select h.channel_id, h.user_id
        from public.activity_hourly as h
        where h.guild_id = guild and h.hour >= start and h.hour < head_end and h.messages + h.reactions > 0
        union
        select h.channel_id, h.user_id
        from public.activity_hourly as h
        where h.guild_id = guild and h.hour >= tail_start and h.hour < finish and h.messages + h.reactions > 0
    ),
    sizes as (
        select p.channel_id, count(*) as size from people as p group by 1
    ),
    small as (
        select s.channel_id from sizes as s where s.size < 5
    ),
    -- If the small ones together are still fewer than 5 people, the smallest of the others hides them.
    folded as materialized (
        select s.channel_id from small as s
        union all
        (
            select s.channel_id from sizes as s
            where s.size >= 5 and exists (select from small)
                and (select count(distinct p.user_id) from people as p join small as m on m.channel_id = p.channel_id) < 5
            order by s.size, s.channel_id
            limit 1
        )
    ),
    sums as (
        select
            c.channel_id, f.channel_id is not null as is_folded, sum(c.messages) as m, sum(c.reactions) as r, sum(c.points) as p
        from public.activity_by_channel as c
        join sizes as s on s.channel_id = c.channel_id
        left join folded as f on f.channel_id = c.channel_id
        where c.guild_id = guild and c.hour >= start and c.hour < finish
        group by 1, 2
    ),
    lines as (
        select s.channel_id::text as id, 1::bigint as n, z.size, s.m, s.r, s.p
        from sums as s
        join sizes as z on z.channel_id = s.channel_id
        where not s.is_folded
        union all
        select
            'other', count(*),
            (select count(distinct p.user_id) from people as p join folded as f on f.channel_id = p.channel_id),
            sum(s.m), sum(s.r), sum(s.p)
        from sums as s
        where s.is_folded
        having count(*) > 0
    )
    select l.id, l.n, l.size, l.m::bigint, l.r::bigint, l.p, round(100 * l.p / nullif(sum(l.p) over (), 0), 1)
    from lines as l
    order by l.id = 'other', l.p desc, l.id
    limit least(max_rows, 1000) offset skip_rows;
end
$$;
comment on function public.channel_breakdown is 'Members, messages, reactions and points for each channel in the last `days` days (30), most points first. Channels in which fewer than 5 people were active are one row, `other`, at the end; if those are fewer than 5 people together, the smallest of the other channels is put with them. share = 100 x points / points of all rows. Source: activity_by_channel; people from activity_in_channels, and activity_hourly for the hours at both ends.';

create function public.dau_wau_mau(
    guild bigint, zone text default 'UTC', until timestamptz default now()
) returns table (measure text, days integer, members bigint, previous_members bigint, change numeric, share_of_month numeric)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off' set work_mem = '32MB'
as $$
#variable_conflict use_column
declare
    finish constant timestamptz := public.whole_hour(until);
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    with measures (name, length) as (
        values ('dau', 1), ('wau', 7), ('mau', 30)
    ),
    counts as (
        select m.name, m.length, n.members as is_now, p.members as was
        from measures as m,
        lateral public.active_members(guild, public.days_before(finish, zone, m.length), finish) as n (members),
        lateral public.active_members(
            guild, public.days_before(finish, zone, 2 * m.length), public.days_before(finish, zone, m.length)
        ) as p (members)
    )
    select
        c.name, c.length, c.is_now, c.was, public.change_percent(c.is_now, c.was),
        round(100.0 * c.is_now / nullif(max(c.is_now) over (), 0), 1)
    from counts as c
    where exists (select from counts as o where o.is_now + o.was > 0)
    order by c.length;
end
$$;
comment on function public.dau_wau_mau is 'How many different members wrote or reacted in the last 1, 7 and 30 days (dau, wau, mau), and in as many days before. share_of_month = 100 x members / mau; for dau that is the stickiness. Source: activity_by_day.';

create function public.active_members(guild bigint, since timestamptz, until timestamptz) returns bigint
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off' set work_mem = '32MB'
as $$
declare
    first_day constant date := ((since + interval '1 day' - interval '1 microsecond') at time zone 'UTC')::date;
    last_day constant date := (until at time zone 'UTC')::date;
    members bigint;
begin
    select count(*) into members
    from (
        select d.user_id
        from public.activity_by_day as d
        where d.guild_id = guild and d.day >= first_day and d.day < last_day and d.hours <> 0
        union
        -- The days at both ends, of which only some hours count.
        select d.user_id
        from public.hour_masks(since, until) as m
        join public.activity_by_day as d on d.guild_id = guild and d.day = m.day and d.hours & m.hours <> 0
        where m.day < first_day or m.day >= last_day
    ) as active;
    return members;
end
$$;
comment on function public.active_members is 'How many different members wrote or reacted in a span.';

create function public.daily_active_members(
    guild bigint, zone text default 'UTC', until timestamptz default now(), max_rows integer default 30,
    skip_rows integer default 0
) returns table (day date, members bigint)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off'
as $$
#variable_conflict use_column
declare
    finish constant timestamptz := public.whole_hour(until);
    today constant date := ((finish - interval '1 microsecond') at time zone zone)::date;
begin
    if not public.reads_numbers(guild)
        or not exists (select from public.activity_by_day as a where a.guild_id = guild) then
        return;
    end if;
    return query
    select
        today - i,
        public.active_members(
            guild, (today - i)::timestamp at time zone zone, least((today - i + 1)::timestamp at time zone zone, finish)
        )
    from generate_series(skip_rows, skip_rows + least(max_rows, 400) - 1) as i
    order by i;
end
$$;
comment on function public.daily_active_members is 'How many different members wrote or reacted on each local day of `zone`, the running day first. Source: activity_by_day, whose hour bits make days of any time zone exact.';

create function public.campaign_lift(
    guild bigint, zone text default 'UTC', until timestamptz default now(), max_rows integer default 10,
    skip_rows integer default 0
) returns table (
    campaign_id text, name text, starts_at timestamptz, ends_at timestamptz, hours bigint, messages bigint, points numeric,
    baseline_hours bigint, baseline_messages numeric, baseline_points numeric, messages_lift numeric, points_lift numeric
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off'
as $$
#variable_conflict use_column
declare
    finish constant timestamptz := public.whole_hour(until);
    known_since constant timestamptz := (select min(a.hour) from public.activity_by_hour as a where a.guild_id = guild);
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    with page as materialized (
        select
            c.*, date_trunc('hour', c.starts_at, 'UTC') as first_hour,
            least(public.whole_hour(coalesce(c.ends_at, finish)), finish) as last_hour
        from public.campaigns as c
        where c.guild_id = guild
        order by c.starts_at desc, c.campaign_id desc
        limit least(max_rows, 100) offset skip_rows
    ),
    run as (
        select
            p.campaign_id, extract(isodow from h at time zone zone) as d, extract(hour from h at time zone zone) as o,
            count(*) as times, coalesce(sum(a.messages), 0) as m, coalesce(sum(a.points), 0) as p
        from page as p
        cross join generate_series(p.first_hour, p.last_hour - interval '1 hour', interval '1 hour') as h
        left join public.activity_by_hour as a on a.guild_id = guild and a.hour = h
        group by 1, 2, 3
    ),
    before as (
        select
            p.campaign_id, extract(isodow from h at time zone zone) as d, extract(hour from h at time zone zone) as o,
            count(*) as times, avg(coalesce(a.messages, 0)) as m, avg(coalesce(a.points, 0)) as p
        from page as p
        cross join generate_series(
            greatest(public.days_before(p.first_hour, zone, 28), known_since), p.first_hour - interval '1 hour', interval '1 hour'
        ) as h
        left join public.activity_by_hour as a on a.guild_id = guild and a.hour = h
        group by 1, 2, 3
    ),
    lifts as (
        select
            r.campaign_id, sum(r.times) as hours, sum(r.m) as m, sum(r.p) as p, coalesce(sum(b.times), 0) as seen,
            -- Hours that were never seen before have no baseline: the lift is left open then.
            case when bool_and(b.times is not null) then sum(b.m * r.times) end as bm,
            case when bool_and(b.times is not null) then sum(b.p * r.times) end as bp
        from run as r
        left join before as b on b.campaign_id = r.campaign_id and b.d = r.d and b.o = r.o
        group by r.campaign_id
    )
    select
        p.campaign_id::text, p.name, p.starts_at, p.ends_at, coalesce(l.hours, 0)::bigint, coalesce(l.m, 0)::bigint,
        coalesce(l.p, 0), coalesce(l.seen, 0)::bigint, round(l.bm, 2), round(l.bp, 2), public.change_percent(l.m, l.bm),
        public.change_percent(l.p, l.bp)
    from page as p
    left join lifts as l on l.campaign_id = p.campaign_id
    order by p.starts_at desc, p.campaign_id desc;
end
$$;
comment on function public.campaign_lift is 'What was written during each campaign (newest first; whole hours; a running one so far) beside its baseline. Baseline = for every hour of the campaign the mean of the same weekday and hour, local time of `zone`, in the 28 days before its start, summed; baseline_hours says how many hours it rests on (28 days at most, less if the guild is younger). lift = 100 x (during - baseline) / baseline; null without a baseline. It compares, it does not prove a cause. Source: activity_by_hour, campaigns.';

do $$
declare
    name text;
begin
    foreach name in array array[
        'whole_hour(timestamptz)', 'days_before(timestamptz, text, integer)', 'change_percent(numeric, numeric)',
        'hour_masks(timestamptz, timestamptz)', 'active_members(bigint, timestamptz, timestamptz)', 'reads_numbers(bigint)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
    -- These ask reads_numbers themselves.
    foreach name in array array[
        'impact_pulse(bigint, text, text, timestamptz, integer)', 'activity_heatmap(bigint, text, timestamptz, integer)',
        'channel_breakdown(bigint, text, timestamptz, integer, integer, integer)', 'dau_wau_mau(bigint, text, timestamptz)',
        'daily_active_members(bigint, text, timestamptz, integer, integer)',
        'campaign_lift(bigint, text, timestamptz, integer, integer)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon', name);
        execute format('grant execute on function public.%s to authenticated, service_role', name);
    end loop;
end
$$;
