-- The rollup of what was inserted behind the triggers' back, set-based; the check runs afterwards.
set work_mem = '256MB';
set jit = off;
alter table public.activity_hourly disable trigger user;
insert into public.activity_hourly (guild_id, user_id, channel_id, hour, messages, reactions, points)
select
    a.guild_id, a.user_id, a.channel_id, date_trunc('hour', a.occurred_at, 'UTC'),
    count(*) filter (where a.kind = 'message'), count(*) filter (where a.kind = 'reaction'), sum(a.points_value)
from public.activity_logs as a
group by 1, 2, 3, 4
-- As it grows in life: by time.
order by 4;
alter table public.activity_hourly enable trigger user;
insert into public.activity_by_hour
select h.guild_id, h.hour, sum(h.messages), sum(h.reactions), sum(h.points), count(*)
from public.activity_hourly as h group by 1, 2 order by 2;
insert into public.activity_by_channel
select h.guild_id, h.hour, h.channel_id, sum(h.messages), sum(h.reactions), sum(h.points), count(*)
from public.activity_hourly as h group by 1, 2, 3 order by 2;
insert into public.activity_by_day
select
    h.guild_id, (h.hour at time zone 'UTC')::date, h.user_id, sum(h.messages), sum(h.reactions), sum(h.points),
    bit_or(1 << extract(hour from h.hour at time zone 'UTC')::integer), count(*)
from public.activity_hourly as h group by 1, 2, 3 order by 2;
insert into public.activity_in_channels
select
    h.guild_id, public.day_block((h.hour at time zone 'UTC')::date), h.channel_id, h.user_id,
    bit_or(public.day_bit((h.hour at time zone 'UTC')::date))
from public.activity_hourly as h group by 1, 2, 3, 4;
