-- Rollup == raw sums, and the sums == the rollup, over all rows. Prints how many rows differ in each table: all must be 0.
set work_mem = '256MB';
set jit = off;
with raw as (
    select
        a.guild_id, a.user_id, a.channel_id, date_trunc('hour', a.occurred_at, 'UTC') as hour,
        count(*) filter (where a.kind = 'message') as m, count(*) filter (where a.kind = 'reaction') as r,
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
        guild_id, (hour at time zone 'UTC')::date as day, user_id, sum(messages) as m, sum(reactions) as r,
        sum(points) * 100 as p, count(*) as n,
        coalesce(bit_or(1 << extract(hour from hour at time zone 'UTC')::integer)
            filter (where messages + reactions > 0), 0) as hours
    from public.activity_hourly group by 1, 2, 3
) as h
full join public.activity_by_day as t on t.guild_id = h.guild_id and t.day = h.day and t.user_id = h.user_id
where (t.messages, t.reactions, t.hundredths, t.parts, t.hours) is distinct from (h.m, h.r, h.p, h.n, h.hours);
select 'activity_in_channels', count(*)
from (
    select
        guild_id, public.day_block((hour at time zone 'UTC')::date) as block, channel_id, user_id,
        bit_or(public.day_bit((hour at time zone 'UTC')::date)) as days
    from (
        select guild_id, hour, user_id, messages, reactions, unnest(array[0, channel_id]) as channel_id
        from public.activity_hourly
    ) as h where messages + reactions > 0 group by 1, 2, 3, 4
) as h
full join public.activity_in_channels as t
    on t.guild_id = h.guild_id and t.block = h.block and t.channel_id = h.channel_id and t.user_id = h.user_id
where t.days is distinct from h.days;
