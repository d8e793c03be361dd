-- The numbers read the sums of blocks and the crowds; what they replace goes: activity_in_channels, and of activity_by_day all
-- but in which hours somebody was there. Nothing else ever read those.

set lock_timeout = '5s';

-- Sums of each member in a span: whole days from the running sums, the hours at both ends one by one.
create or replace function public.member_sums(guild bigint, since timestamptz, until timestamptz)
returns table (user_id bigint, messages bigint, reactions bigint, points numeric)
language plpgsql stable rows 10000
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off' set work_mem = '32MB'
-- The rows of a guild's block lie together, however many older ones there are.
set enable_seqscan = 'off' set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_column
declare
    first_day constant date := ((since + interval '1 day' - interval '1 microsecond') at time zone 'UTC')::date;
    last_day constant date := (until at time zone 'UTC')::date;
    first_block constant integer := public.day_block(first_day);
    last_block constant integer := public.day_block(last_day - 1);
    head_end constant timestamptz := least(first_day::timestamp at time zone 'UTC', until);
    tail_start constant timestamptz := greatest(last_day::timestamp at time zone 'UTC', head_end);
begin
    return query
    select s.user_id, sum(s.messages), sum(s.reactions), sum(s.hundredths) * 0.01
    from (
        select
            b.user_id, b.messages[d.upto] - coalesce(b.messages[d.before], 0) as messages,
            b.reactions[d.upto] - coalesce(b.reactions[d.before], 0) as reactions,
            b.hundredths[d.upto] - coalesce(b.hundredths[d.before], 0) as hundredths
        from public.activity_by_block as b
        -- Running sums: up to the last day, less those up to the day before the first (none: element 0).
        cross join lateral (
            select
                case b.block when first_block then first_day - date '1970-01-01' - first_block * 32 else 0 end as before,
                case b.block when last_block then last_day - date '1970-01-01' - last_block * 32 else 32 end as upto
        ) as d
        where b.guild_id = guild and b.block >= first_block and b.block <= last_block and first_day < last_day
        union all
        select h.user_id, h.messages, h.reactions, (h.points * 100)::integer
        from public.activity_hourly as h
        where h.guild_id = guild and h.hour >= since and h.hour < head_end
        union all
        select h.user_id, h.messages, h.reactions, (h.points * 100)::integer
        from public.activity_hourly as h
        where h.guild_id = guild and h.hour >= tail_start and h.hour < until
    ) as s
    group by s.user_id
    having sum(s.messages) <> 0 or sum(s.reactions) <> 0 or sum(s.hundredths) <> 0;
end
$$;
comment on function public.member_sums is 'Messages, reactions and points of each member in a span; nobody who has none.';

create or replace function public.dau_wau_mau(
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
        join public.activity_by_block as i on i.guild_id = guild and i.block = b.block
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
comment on function public.dau_wau_mau is 'How many different members wrote or reacted in the last 1, 7 and 30 days (dau, wau, mau), and in as many days before. share_of_month = 100 x members / mau; for dau that is the stickiness. Source: activity_by_block (day bits), activity_by_day (hour bits) for both ends.';

create or replace function public.churn_risks(
    guild bigint, zone text default 'UTC', until timestamptz default now(), max_rows integer default 50,
    skip_rows integer default 0
) returns table (
    user_id text, display_name text, this_week numeric, last_week numeric, change numeric, active_weeks integer,
    dropped boolean, about_to_disengage boolean, reason text
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off' set work_mem = '32MB'
set enable_mergejoin = 'off'
as $$
#variable_conflict use_column
declare
    finish constant timestamptz := public.whole_hour(until);
    one constant timestamptz := public.days_before(finish, zone, 7);
    two constant timestamptz := public.days_before(finish, zone, 14);
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    with was as (
        select s.user_id, s.points, s.messages + s.reactions as acts
        from public.member_sums(guild, two, one) as s
        where s.messages + s.reactions > 0
    ),
    weeks as materialized (
        select w.user_id, w.points as was, coalesce(n.points, 0) as is_now, coalesce(n.messages + n.reactions, 0) as acts
        from was as w
        left join public.member_sums(guild, one, finish) as n on n.user_id = w.user_id
        -- Who is silent, or has lost more than half.
        where coalesce(n.messages + n.reactions, 0) = 0 or coalesce(n.points, 0) < w.points * 0.5
    ),
    -- In which of the two weeks before those they were active: whole days by the day bits, the ends by the hour bits.
    masks as materialized (
        select 1 as bit, m.day, m.hours from public.hour_masks(public.days_before(finish, zone, 21), two) as m
        union all
        select 2, m.day, m.hours
        from public.hour_masks(public.days_before(finish, zone, 28), public.days_before(finish, zone, 21)) as m
    ),
    blocks as materialized (
        select
            public.day_block(m.day) as block,
            coalesce(bit_or(public.day_bit(m.day)) filter (where m.bit = 1), 0) as third,
            coalesce(bit_or(public.day_bit(m.day)) filter (where m.bit = 2), 0) as fourth
        from masks as m where m.hours = 16777215
        group by 1
    ),
    older as materialized (
        select o.user_id, bit_or(o.bits) as seen
        from (
            select
                i.user_id,
                case when i.days & b.third <> 0 then 1 else 0 end | case when i.days & b.fourth <> 0 then 2 else 0 end as bits
            from blocks as b
            join public.activity_by_block as i
                on i.guild_id = guild and i.block = b.block and i.days & (b.third | b.fourth) <> 0
            union all
            select d.user_id, m.bit
            from masks as m
            join public.activity_by_day as d on d.guild_id = guild and d.day = m.day and d.hours & m.hours <> 0
            where m.hours <> 16777215
        ) as o
        where o.user_id in (select w.user_id from weeks as w)
        group by o.user_id
    ),
    judged as (
        select
            w.*, 1 + (w.acts > 0)::integer + coalesce(o.seen & 1, 0) + coalesce(o.seen >> 1, 0) as weeks,
            w.is_now < w.was * 0.5 as is_dropped,
            w.acts = 0 and coalesce(o.seen, 0) <> 3 as is_leaving
        from weeks as w
        left join older as o on o.user_id = w.user_id
    )
    select
        j.user_id::text, u.display_name, j.is_now, j.was, public.change_percent(j.is_now, j.was), j.weeks, j.is_dropped,
        j.is_leaving,
        case when j.is_leaving then format(
            'Active last week (%s points), silent for 7 days, and not active in each of the three weeks before: '
            'about to disengage.', trim_scale(j.was)
        ) else format(
            'From %s to %s points in a week (%s %%).', trim_scale(j.was), trim_scale(j.is_now),
            trim_scale(public.change_percent(j.is_now, j.was))
        ) end
    from judged as j
    join public.discord_users as u on u.guild_id = guild and u.user_id = j.user_id and u.left_at is null
    left join public.user_preferences as p on p.guild_id = guild and p.user_id = j.user_id and p.scoring_opt_out
    where (j.is_dropped or j.is_leaving) and p.user_id is null
    order by j.was - j.is_now desc, j.user_id
    limit least(max_rows, 1000) offset skip_rows;
end
$$;
comment on function public.churn_risks is 'Members whose activity falls, most points lost first. Weeks are the last 7 days, the 7 before, and so on. dropped: points of this week < 0.5 x points of last week. about_to_disengage: TogetherCrew''s class of that name (discord_analyzer, assess_engagement: paused and not consistent, with its parameters window 7 days, 1 interaction, paused 1 week, consistent in 3 of 4 weeks): active last week, silent this week, and not active in all three weeks before this one. active_weeks = of the last 4. Source: activity_by_block, activity_hourly for the hours at the ends.';

comment on function public.top_members is 'Members with the most points in the last `days` days (30). Equal points share a place. Score = messages x their points + reactions x their points, as stored when they happened. Source: activity_by_block, activity_hourly for the hours at both ends.';
comment on function public.rising_stars is 'Members who joined less than 30 days ago and are in the top 10 % by points of the last 30 days: place <= ceil(0.1 x members with points). Source: activity_by_block, activity_hourly for the hours at both ends, discord_users.guild_join_date. TogetherCrew''s nearest class is new_active on its way to consistent.';

-- Who was active in which channel in a span, a bit for each member; in all channels, or in those of `among`.
create function public.channel_crowds(
    guild bigint, since timestamptz, until timestamptz, among bigint [] default null
) returns table (channel_id bigint, part integer, members bit)
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off' set work_mem = '32MB'
as $$
#variable_conflict use_column
declare
    first_day constant date := ((since + interval '1 day' - interval '1 microsecond') at time zone 'UTC')::date;
    last_day constant date := (until at time zone 'UTC')::date;
    head_end constant timestamptz := least(first_day::timestamp at time zone 'UTC', until);
    tail_start constant timestamptz := greatest(last_day::timestamp at time zone 'UTC', head_end);
begin
    return query
    select c.channel_id, c.part, bit_or(c.members)
    from (
        select w.channel_id, w.part, w.members
        from public.activity_in_crowds as w
        where w.guild_id = guild and w.day >= first_day and w.day < last_day
            and (among is null or w.channel_id = any (among))
        union all
        select h.channel_id, k.number / 2048, bit_or(set_bit(b'0'::bit(2048), k.number % 2048, 1))
        from public.activity_hourly as h
        join public.activity_by_number as k on k.guild_id = guild and k.user_id = h.user_id
        where ((h.hour >= since and h.hour < head_end) or (h.hour >= tail_start and h.hour < until))
            and h.guild_id = guild and h.messages + h.reactions > 0 and (among is null or h.channel_id = any (among))
        group by 1, 2
    ) as c
    group by 1, 2;
end
$$;
comment on function public.channel_crowds is 'Who wrote or reacted in which channel in a span: bits of activity_by_number, in parts of 2048.';

create or replace function public.channel_breakdown(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 7,
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
    ids bigint [];
    sizes bigint [];
    folded bigint [];
    folded_people bigint := 0;
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    select array_agg(p.channel_id order by p.size, p.channel_id), array_agg(p.size order by p.size, p.channel_id)
    into ids, sizes
    from (
        select c.channel_id, sum(bit_count(c.members))::bigint as size
        from public.channel_crowds(guild, start, finish) as c
        group by 1
    ) as p;
    select array_agg(z.id) into folded from unnest(ids, sizes) as z (id, size) where z.size < 5;
    if folded is not null then
        folded_people := (
            select sum(bit_count(p.members))
            from (
                select bit_or(c.members) as members
                from public.channel_crowds(guild, start, finish, folded) as c
                group by c.part
            ) as p
        );
        -- If those are still fewer than 5 people together, the smallest of the other channels hides them.
        if folded_people < 5 and cardinality(ids) > cardinality(folded) then
            folded := folded || ids[cardinality(folded) + 1];
            folded_people := (
                select sum(bit_count(p.members))
            from (
                select bit_or(c.members) as members
                from public.channel_crowds(guild, start, finish, folded) as c
                group by c.part
            ) as p
            );
        end if;
    end if;
    return query
    with sums as (
        select
            coalesce(c.channel_id = any (folded), false) as is_folded, c.channel_id, sum(c.messages) as m,
            sum(c.reactions) as r, sum(c.points) as p
        from public.activity_by_channel as c
        where c.guild_id = guild and c.hour >= start and c.hour < finish and c.channel_id = any (ids)
        group by 1, 2
    ),
    lines as (
        select s.channel_id::text as id, 1::bigint as n, z.size, s.m, s.r, s.p
        from sums as s
        join unnest(ids, sizes) as z (id, size) on z.id = s.channel_id
        where not s.is_folded
        union all
        select 'other', count(*), folded_people, sum(s.m), sum(s.r), sum(s.p)
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
comment on function public.channel_breakdown is 'Members, messages, reactions and points for each channel in the last `days` days (7), most points first. Channels in which fewer than 5 people were active are one row, `other`, at the end; if those are fewer than 5 people together, the smallest of the other channels is put with them. share = 100 x points / points of all rows. Source: activity_by_channel; people from activity_in_crowds, and activity_hourly for the hours at both ends.';

-- Adds what a statement changed in activity_hourly. Both arrays are in memory at once: delete a guild's rows in portions.
create or replace function public.sum_activity(gone public.activity_hourly [], come public.activity_hourly []) returns void
language plpgsql
set search_path = ''
as $$
begin
    with changes as materialized (
        select
            g.guild_id, g.user_id, g.channel_id, g.hour, -g.messages as messages, -g.reactions as reactions,
            -g.points as points, -1 as parts
        from unnest(gone) as g
        union all
        select c.guild_id, c.user_id, c.channel_id, c.hour, c.messages, c.reactions, c.points, 1
        from unnest(come) as c
    ),
    of_hours as (
        insert into public.activity_by_hour as t (guild_id, hour, messages, reactions, points, parts)
        select c.guild_id, c.hour, sum(c.messages), sum(c.reactions), sum(c.points), sum(c.parts)
        from changes as c
        group by c.guild_id, c.hour
        on conflict (guild_id, hour) do update set
            messages = t.messages + excluded.messages, reactions = t.reactions + excluded.reactions,
            points = t.points + excluded.points, parts = t.parts + excluded.parts
    ),
    of_channels as (
        insert into public.activity_by_channel as t (guild_id, hour, channel_id, messages, reactions, points, parts)
        select c.guild_id, c.hour, c.channel_id, sum(c.messages), sum(c.reactions), sum(c.points), sum(c.parts)
        from changes as c
        group by c.guild_id, c.hour, c.channel_id
        on conflict (guild_id, hour, channel_id) do update set
            messages = t.messages + excluded.messages, reactions = t.reactions + excluded.reactions,
            points = t.points + excluded.points, parts = t.parts + excluded.parts
    )
    -- Most messages are not the first of their hour: then nothing is written.
    insert into public.activity_by_day as t (guild_id, day, user_id, hours)
    select
        c.guild_id, (c.hour at time zone 'UTC')::date, c.user_id,
        bit_or(1 << extract(hour from c.hour at time zone 'UTC')::integer)
    from unnest(come) as c
    where c.messages + c.reactions > 0
    group by 1, 2, 3
    on conflict (guild_id, day, user_id) do update set hours = t.hours | excluded.hours
    where t.hours | excluded.hours <> t.hours;
end
$$;

-- What a bit stands for may have gone with a row: for those members it is read again.
create or replace function public.unset_activity(gone public.activity_hourly []) returns void
language plpgsql
set search_path = ''
as $$
begin
    update public.activity_by_day as t
    set hours = coalesce((
        select bit_or(1 << extract(hour from h.hour at time zone 'UTC')::integer)
        from public.activity_hourly as h
        where h.guild_id = t.guild_id and h.user_id = t.user_id and h.messages + h.reactions > 0
            and h.hour >= t.day::timestamp at time zone 'UTC' and h.hour < (t.day + 1)::timestamp at time zone 'UTC'
    ), 0)
    from (select distinct g.guild_id, g.user_id, (g.hour at time zone 'UTC')::date as day from unnest(gone) as g) as g
    where t.guild_id = g.guild_id and t.day = g.day and t.user_id = g.user_id;
    delete from public.activity_by_day as t
    using unnest(gone) as g
    where t.hours = 0 and t.guild_id = g.guild_id and t.user_id = g.user_id
        and t.day = (g.hour at time zone 'UTC')::date;
    delete from public.activity_by_channel as t
    using unnest(gone) as g
    where t.parts = 0 and t.guild_id = g.guild_id and t.hour = g.hour and t.channel_id = g.channel_id;
    delete from public.activity_by_hour as t
    using unnest(gone) as g
    where t.parts = 0 and t.guild_id = g.guild_id and t.hour = g.hour;
end
$$;

-- squawk-ignore ban-drop-function -- only channel_breakdown called it
drop function public.channel_people(bigint, timestamptz, timestamptz, bigint[]);
-- Every sum of it is in activity_in_crowds and activity_by_block, and no function reads it any more.
-- squawk-ignore ban-drop-table
drop table public.activity_in_channels;
delete from public.activity_by_day as d where d.hours = 0;
alter table public.activity_by_day
    -- squawk-ignore ban-drop-column -- the sums are in activity_by_block
    drop column messages, drop column reactions, drop column hundredths, drop column parts;
comment on table public.activity_by_day is 'In which hours of which day in UTC who was active.';

revoke execute on function public.channel_crowds(bigint, timestamptz, timestamptz, bigint[])
from public, anon, authenticated;
grant execute on function public.channel_crowds(bigint, timestamptz, timestamptz, bigint[]) to service_role;
