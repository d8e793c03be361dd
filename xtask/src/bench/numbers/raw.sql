-- A portion of days: raw rows and all their rollups, set-based and behind the triggers' back; the check runs afterwards.
-- Variables: first_day, days (of 180), first, count (numbers of the rows).
set work_mem = '256MB';
set jit = off;
set temp_buffers = '256MB';
create temp table portion as
select
    g.guild_id, g.guild_id * 1000 + floor(exp(random() * ln(41)))::bigint as channel_id,
    public.bench_member(g.guild_id, floor(exp(r.who * ln(g.members + 1)))::bigint, g.members) as user_id,
    r.kind < 0.8 as is_message, r.n, r.day + (r.early + r.late) * interval '12 hours' as at
from (
    select
        n, random() as guild, random() as who, random() as kind, random() as early, random() as late,
        -- The last day is left to ingest.sql.
        date_trunc('day', now(), 'UTC')
            - interval '1 day' * (180 - :first_day - floor((n - :first)::double precision / :count * :days)) as day
    from generate_series(:first, :first + :count - 1) as n
) as r
join public.bench_guilds as g on r.guild >= g.until - g.share and r.guild < g.until;
insert into public.activity_logs (guild_id, channel_id, user_id, kind, message_id, emoji, points_value, occurred_at)
select
    p.guild_id, p.channel_id, p.user_id, case when p.is_message then 'message' else 'reaction' end, p.n,
    case when p.is_message then '' else 'x' end, case when p.is_message then 1 else 0.5 end, p.at
from portion as p;
create temp table hourly as
select
    p.guild_id, p.user_id, p.channel_id, date_trunc('hour', p.at, 'UTC') as hour,
    count(*) filter (where p.is_message) as messages, count(*) filter (where not p.is_message) as reactions,
    sum(case when p.is_message then 1 else 0.5 end) as points
from portion as p
group by 1, 2, 3, 4;
alter table public.activity_hourly disable trigger user;
insert into public.activity_hourly (guild_id, user_id, channel_id, hour, messages, reactions, points)
select h.guild_id, h.user_id, h.channel_id, h.hour, h.messages, h.reactions, h.points from hourly as h order by h.hour;
alter table public.activity_hourly enable trigger user;
insert into public.activity_by_hour
select h.guild_id, h.hour, sum(h.messages), sum(h.reactions), sum(h.points), count(*) from hourly as h group by 1, 2;
insert into public.activity_by_channel
select h.guild_id, h.hour, h.channel_id, sum(h.messages), sum(h.reactions), sum(h.points), count(*)
from hourly as h group by 1, 2, 3 order by 2;
insert into public.activity_by_day
select
    h.guild_id, (h.hour at time zone 'UTC')::date, h.user_id,
    bit_or(1 << extract(hour from h.hour at time zone 'UTC')::integer)
from hourly as h group by 1, 2, 3 order by 2;
