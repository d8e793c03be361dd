-- Rollup == raw sums, and the sums == the rollup, over all rows. Prints how many rows differ in each table: all must be 0.
set work_mem = '256MB';
set jit = off;
with raw as (
    select
        a.guild_id, a.user_id, a.channel_id, date_trunc('hour', a.occurred_at, 'UTC') as hour,
        count(*) filter (where a.kind = 'message' and a.live) as m,
        count(*) filter (where a.kind = 'reaction' and a.live) as r,
        sum(a.points_value) as p
    from public.activity_logs as a
    group by 1, 2, 3, 4
)
select 'activity_hourly', count(*)
from raw as r
full join public.activity_hourly as h
    on h.guild_id = r.guild_id and h.user_id = r.user_id and h.channel_id = r.channel_id and h.hour = r.hour
where (h.messages, h.reactions, h.points) is distinct from (r.m, r.r, r.p);
select 'activity_by_hour', count(*)
from (select guild_id, hour, sum(messages) as m, sum(reactions) as r, sum(points) as p, count(*) as n
    from public.activity_hourly group by 1, 2) as h
full join public.activity_by_hour as t on t.guild_id = h.guild_id and t.hour = h.hour
where (t.messages, t.reactions, t.points, t.parts) is distinct from (h.m, h.r, h.p, h.n);
select 'activity_by_channel', count(*)
from (select guild_id, hour, channel_id, sum(messages) as m, sum(reactions) as r, sum(points) as p, count(*) as n
    from public.activity_hourly group by 1, 2, 3) as h
full join public.activity_by_channel as t
    on t.guild_id = h.guild_id and t.hour = h.hour and t.channel_id = h.channel_id
where (t.messages, t.reactions, t.points, t.parts) is distinct from (h.m, h.r, h.p, h.n);
select 'activity_by_day', count(*)
from (
    select
        guild_id, (hour at time zone 'UTC')::date as day, user_id,
        bit_or(1 << extract(hour from hour at time zone 'UTC')::integer) as hours
    from public.activity_hourly where messages + reactions > 0 group by 1, 2, 3
) as h
full join public.activity_by_day as t on t.guild_id = h.guild_id and t.day = h.day and t.user_id = h.user_id
where t.hours is distinct from h.hours;
-- Each element less the one before it is a day's sum again.
select 'activity_by_block', count(*)
from (
    select
        guild_id, user_id, (hour at time zone 'UTC')::date as day, sum(messages) as m, sum(reactions) as r,
        sum(points) * 100 as p
    from public.activity_hourly group by 1, 2, 3
) as h
full join (
    select
        b.guild_id, b.user_id, date '1970-01-01' + b.block * 32 + i - 1 as day,
        b.messages[i] - coalesce(b.messages[i - 1], 0) as m, b.reactions[i] - coalesce(b.reactions[i - 1], 0) as r,
        b.hundredths[i] - coalesce(b.hundredths[i - 1], 0) as p
    from public.activity_by_block as b, generate_series(1, 32) as i
) as t on t.guild_id = h.guild_id and t.user_id = h.user_id and t.day = h.day
where coalesce((t.m, t.r, t.p) <> (h.m, h.r, h.p), h.day is not null or (t.m, t.r, t.p) <> (0, 0, 0));
select 'activity_by_block, days and parts', count(*)
from (
    select
        guild_id, ((hour at time zone 'UTC')::date - date '1970-01-01') / 32 as block, user_id, count(*) as n,
        coalesce(bit_or(1 << ((hour at time zone 'UTC')::date - date '1970-01-01') % 32)
            filter (where messages + reactions > 0), 0) as days
    from public.activity_hourly group by 1, 2, 3
) as h
full join public.activity_by_block as t on t.guild_id = h.guild_id and t.block = h.block and t.user_id = h.user_id
where (t.days, t.parts) is distinct from (h.days, h.n);
select 'activity_in_crowds', count(*)
from (
    select
        h.guild_id, (h.hour at time zone 'UTC')::date as day, h.channel_id, k.number / 2048 as part,
        bit_or(set_bit(b'0'::bit(2048), k.number % 2048, 1)) as members
    from public.activity_hourly as h
    join public.activity_by_number as k on k.guild_id = h.guild_id and k.user_id = h.user_id
    where h.messages + h.reactions > 0 group by 1, 2, 3, 4
) as h
full join public.activity_in_crowds as t
    on t.guild_id = h.guild_id and t.day = h.day and t.channel_id = h.channel_id and t.part = h.part
where t.members is distinct from h.members;
