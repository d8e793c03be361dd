-- 50,000 members in 5 guilds (1000 + 1..5; guild i has a share of 1/i), their joins, presence, campaigns.
-- Variables: none. The guild with the number 1001 is the largest and the one that is measured.

create table public.bench_guilds as
select
    1000 + i as guild_id, (50000 / i / 2.28333)::integer as members, 1.0 / i / 2.28333 as share,
    sum(1.0 / i / 2.28333) over (order by i) as until
from generate_series(1, 5) as i;

-- Where in Zipf's order a member stands has nothing to do with the id.
create function public.bench_member(guild bigint, place bigint, members integer) returns bigint
language sql immutable as $$ select guild * 1000000 + (place * 7919) % members $$;

insert into public.discord_users (guild_id, user_id, display_name, guild_join_date, left_at)
select
    g.guild_id, public.bench_member(g.guild_id, m, g.members), 'Member ' || m,
    case when m % 4 = 0 then now() - random() * interval '180 days' else now() - interval '1 year' * (1 + random()) end,
    case when m % 50 = 0 then now() - random() * interval '30 days' end
from public.bench_guilds as g, generate_series(1, g.members) as m
-- One and the same member for two places, where 7919 divides the size.
on conflict do nothing;

insert into public.member_events (guild_id, user_id, kind, occurred_at)
select u.guild_id, u.user_id, 'join', u.guild_join_date
from public.discord_users as u where u.guild_join_date > now() - interval '180 days'
union all
select u.guild_id, u.user_id, 'leave', u.left_at from public.discord_users as u where u.left_at is not null;

insert into public.user_preferences (guild_id, user_id, scoring_opt_out, presence_opt_in)
select u.guild_id, u.user_id, random() < 0.2, random() < 0.8
from public.discord_users as u where random() < 0.06;

insert into public.presence_sessions (guild_id, user_id, status, started_at, last_seen_at, ended_at, duration_seconds)
select s.guild_id, s.user_id, 'online', s.at, s.at + s.length, s.at + s.length, extract(epoch from s.length)
from (
    select
        p.guild_id, p.user_id, now() - interval '4 hours' - interval '1 day' * (d + random()) as at,
        interval '10 minutes' + random() * interval '3 hours' as length
    from public.user_preferences as p, generate_series(0, 179) as d
    where p.presence_opt_in
) as s;

insert into public.campaigns (guild_id, name, starts_at, ends_at, created_by)
select g.guild_id, 'Campaign ' || c, now() - interval '14 days' * c, now() - interval '14 days' * c + interval '3 days', 1
from public.bench_guilds as g, generate_series(1, 10) as c;
