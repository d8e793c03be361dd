-- What is made of scores: leaderboards, the weekly one in a channel, the Rising Star role; and what a setting cannot do.

set lock_timeout = '5s';

create table public.leaderboard_posts (
    guild_id bigint not null,
    week date not null,
    message_id bigint,
    posted_at timestamptz not null,
    primary key (guild_id, week)
);
comment on table public.leaderboard_posts is 'Weekly leaderboards that are done with, by the Monday they were due; without a message if there was nothing to tell.';

create table public.rising_star_roles (
    guild_id bigint not null,
    user_id bigint not null,
    role_id bigint not null,
    given_at timestamptz not null,
    primary key (guild_id, user_id)
);
comment on table public.rising_star_roles is 'Who wears the Rising Star role because the bot gave it. A role given by people is not taken away.';

create table public.setting_problems (
    guild_id bigint not null,
    key text not null,
    problem text not null,
    noticed_at timestamptz not null,
    primary key (guild_id, key)
);
comment on table public.setting_problems is 'Settings that cannot do what they should at present (a missing permission), shown in /setup.';

-- Members by points in [since, until), a page of them, and the asking member's own place:
--   {"members", "page", "pages", "opted_out", "rows": [{"place", "user_id", "points"}], "own": {"place", "points"} | null}
-- Without bounds of all time. Equal points share a place (1, 1, 3). Left out: who opted out of scoring, who left, who has no
-- points. A page beyond the last is the last.
create function public.leaderboard(
    guild_id bigint, user_id bigint, page integer, page_size integer,
    since timestamptz default null, until timestamptz default null
) returns jsonb
language sql stable
set search_path = ''
as $$
    with sums as (
        select h.user_id, sum(h.points) as points
        from public.activity_hourly as h
        where h.guild_id = leaderboard.guild_id
            and h.hour >= coalesce(leaderboard.since, '-infinity') and h.hour < coalesce(leaderboard.until, 'infinity')
        group by h.user_id
        having sum(h.points) > 0
    ),
    placed as (
        select
            s.user_id, s.points, rank() over (order by s.points desc) as place,
            row_number() over (order by s.points desc, s.user_id) as seat
        from sums as s
        where not exists (
                select from public.user_preferences as p
                where p.guild_id = leaderboard.guild_id and p.user_id = s.user_id and p.scoring_opt_out
            )
            and not exists (
                select from public.discord_users as u
                where u.guild_id = leaderboard.guild_id and u.user_id = s.user_id and u.left_at is not null
            )
    ),
    pages as (
        select c.members, c.pages, least(greatest(leaderboard.page, 1), c.pages) as page
        from (
            select
                count(*)::integer as members,
                greatest(1, ceil(count(*)::numeric / leaderboard.page_size))::integer as pages
            from placed
        ) as c
    )
    select jsonb_build_object(
        'members', g.members,
        'page', g.page,
        'pages', g.pages,
        'opted_out', exists (
            select from public.user_preferences as p
            where p.guild_id = leaderboard.guild_id and p.user_id = leaderboard.user_id and p.scoring_opt_out
        ),
        'rows', (
            select coalesce(jsonb_agg(
                jsonb_build_object('place', p.place, 'user_id', p.user_id::text, 'points', p.points) order by p.seat
            ), '[]')
            from placed as p
            where p.seat > (g.page - 1) * leaderboard.page_size and p.seat <= g.page * leaderboard.page_size
        ),
        'own', (
            select jsonb_build_object('place', p.place, 'points', p.points) from placed as p
            where p.user_id = leaderboard.user_id
        )
    )
    from pages as g
$$;

-- The zone if this database knows it, else UTC.
create function public.zone_or_utc(zone text) returns text
language plpgsql stable
set search_path = ''
as $$
begin
    perform now() at time zone zone;
    return coalesce(nullif(zone, ''), 'UTC');
exception when invalid_parameter_value then
    return 'UTC';
end
$$;

-- Owes the next weekly leaderboard of each guild that has a channel for it: Monday 09:00 in its time zone.
create function public.owe_weekly_leaderboards(at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.jobs as j (guild_id, kind, key, due_at, payload)
    select
        m.guild_id, 'engagement.weekly', m.guild_id || ':' || d.week, d.due_at, jsonb_build_object('week', d.week)
    from (
        select c.guild_id, public.zone_or_utc(coalesce(z.value #>> '{}', 'UTC')) as zone
        from public.guild_settings as c
        left join public.guild_settings as z on z.guild_id = c.guild_id and z.key = 'engagement.time_zone'
        where c.key = 'engagement.weekly_channel' and c.value #>> '{}' is not null
    ) as m
    cross join lateral (
        select
            (date_trunc('week', owe_weekly_leaderboards.at at time zone m.zone) + n.weeks * interval '7 days')::date as week,
            (date_trunc('week', owe_weekly_leaderboards.at at time zone m.zone) + n.weeks * interval '7 days' + interval '9 hours')
                at time zone m.zone as due_at
        from generate_series(0, 1) as n(weeks)
    ) as d
    where d.due_at > owe_weekly_leaderboards.at and d.due_at <= owe_weekly_leaderboards.at + interval '7 days'
        and not exists (
            select from public.leaderboard_posts as p where p.guild_id = m.guild_id and p.week = d.week
        )
    order by 1, 3
    -- A guild that moves to another time zone takes what is owed along.
    on conflict (kind, key) do update set due_at = excluded.due_at
    where j.attempts = 0 and j.lease_until is null
$$;

-- The leaderboard of the seven days before the Monday `week`, in the guild's time zone (to the full hour of UTC); null if
-- it is done with.
create function public.weekly_leaderboard(guild_id bigint, week date, page_size integer) returns jsonb
language sql stable
set search_path = ''
as $$
    select public.leaderboard(
        weekly_leaderboard.guild_id, 0, 1, weekly_leaderboard.page_size,
        (weekly_leaderboard.week - 7)::timestamp at time zone z.zone, weekly_leaderboard.week::timestamp at time zone z.zone
    )
    from (
        select public.zone_or_utc(coalesce(
            (
                select s.value #>> '{}' from public.guild_settings as s
                where s.guild_id = weekly_leaderboard.guild_id and s.key = 'engagement.time_zone'
            ),
            'UTC'
        )) as zone
    ) as z
    where not exists (
        select from public.leaderboard_posts as p
        where p.guild_id = weekly_leaderboard.guild_id and p.week = weekly_leaderboard.week
    )
$$;

-- Owes a look at the Rising Stars of each guild that has the role, or had it.
create function public.owe_rising_stars(at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.jobs (guild_id, kind, key, due_at, payload)
    select g.guild_id, 'engagement.rising_guild', g.guild_id::text, owe_rising_stars.at, '{}'
    from (
        select s.guild_id from public.guild_settings as s
        where s.key = 'engagement.rising_star_role' and s.value #>> '{}' is not null
        union
        select r.guild_id from public.rising_star_roles as r
    ) as g
    order by 1
    on conflict (kind, key) do nothing
$$;

-- What the rule of the Rising Star is about: those who wear the role, and those who joined after `joined_after` and are
-- among the first `percent` of the members with points in the last 7 days; after the member `after`, by id:
--   [{"user_id", "joined_at" (ms) | null, "place" | null, "members", "role_id" | null}]
-- Who opted out of scoring is not among them.
create function public.rising_star_facts(
    guild_id bigint, at timestamptz, joined_after timestamptz, percent numeric, after bigint, max_rows integer
) returns jsonb
language sql stable
set search_path = ''
as $$
    with sums as (
        select h.user_id, sum(h.points) as points
        from public.activity_hourly as h
        where h.guild_id = rising_star_facts.guild_id
            and h.hour >= date_trunc('hour', rising_star_facts.at - interval '7 days', 'UTC') and h.hour <= rising_star_facts.at
        group by h.user_id
        having sum(h.points) > 0
    ),
    placed as (
        select s.user_id, rank() over (order by s.points desc) as place, count(*) over () as members
        from sums as s
        where not exists (
            select from public.user_preferences as p
            where p.guild_id = rising_star_facts.guild_id and p.user_id = s.user_id and p.scoring_opt_out
        )
    ),
    facts as (
        select
            coalesce(p.user_id, r.user_id) as user_id, u.guild_join_date, p.place, coalesce(p.members, 0) as members, r.role_id
        from placed as p
        full join (
            select w.user_id, w.role_id from public.rising_star_roles as w where w.guild_id = rising_star_facts.guild_id
        ) as r on r.user_id = p.user_id
        left join public.discord_users as u
            on u.guild_id = rising_star_facts.guild_id and u.user_id = coalesce(p.user_id, r.user_id) and u.left_at is null
        where r.user_id is not null
            or (u.guild_join_date > rising_star_facts.joined_after
                and p.place <= ceil(p.members * rising_star_facts.percent / 100))
    )
    select coalesce(jsonb_agg(jsonb_build_object(
        'user_id', f.user_id::text,
        'joined_at', floor(extract(epoch from f.guild_join_date) * 1000)::bigint,
        'place', f.place,
        'members', f.members,
        'role_id', f.role_id::text
    ) order by f.user_id), '[]')
    from (
        select * from facts as a
        where a.user_id > rising_star_facts.after and not exists (
            select from public.user_preferences as p
            where p.guild_id = rising_star_facts.guild_id and p.user_id = a.user_id and p.scoring_opt_out
        )
        order by a.user_id
        limit max_rows
    ) as f
$$;

-- Notes who got the role and who lost it.
create function public.record_rising_stars(guild_id bigint, given jsonb, taken jsonb, at timestamptz, role_id bigint default null)
returns void
language sql
set search_path = ''
as $$
    delete from public.rising_star_roles as r
    where r.guild_id = record_rising_stars.guild_id and r.user_id in (select t.value::bigint from jsonb_array_elements_text(taken) as t);
    insert into public.rising_star_roles (guild_id, user_id, role_id, given_at)
    select record_rising_stars.guild_id, g.value::bigint, record_rising_stars.role_id, record_rising_stars.at
    from jsonb_array_elements_text(given) as g
    where record_rising_stars.role_id is not null
    on conflict on constraint rising_star_roles_pkey do update set role_id = excluded.role_id
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'leaderboard_posts', 'rising_star_roles', 'setting_problems'
    ] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from anon, authenticated', name);
        execute format('grant all on public.%I to service_role', name);
    end loop;
    foreach name in array array[
        'leaderboard(bigint, bigint, integer, integer, timestamptz, timestamptz)',
        'zone_or_utc(text)',
        'owe_weekly_leaderboards(timestamptz)',
        'weekly_leaderboard(bigint, date, integer)',
        'owe_rising_stars(timestamptz)',
        'rising_star_facts(bigint, timestamptz, timestamptz, numeric, bigint, integer)',
        'record_rising_stars(bigint, jsonb, jsonb, timestamptz, bigint)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
