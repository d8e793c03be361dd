-- Lists of people, for managers: who does most, who rises, who goes quiet, who never began. They trigger nothing by
-- themselves. Who opted out of scoring or has left the guild is in none of them.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation -- a migration is one transaction; members are few beside activity
create index discord_users_by_join on public.discord_users (guild_id, guild_join_date);

-- Sums of each member in a span: whole days from the daily sums, the hours at both ends one by one.
create function public.member_sums(guild bigint, since timestamptz, until timestamptz)
returns table (user_id bigint, messages bigint, reactions bigint, points numeric)
language plpgsql stable rows 10000
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
    select s.user_id, sum(s.messages), sum(s.reactions), round(sum(s.hundredths) / 100.0, 2)
    from (
        select d.user_id, d.messages, d.reactions, d.hundredths
        from public.activity_by_day as d
        where d.guild_id = guild and d.day >= first_day and d.day < last_day
        union all
        select h.user_id, h.messages, h.reactions, (h.points * 100)::integer
        from public.activity_hourly as h
        where h.guild_id = guild and h.hour >= since and h.hour < head_end
        union all
        select h.user_id, h.messages, h.reactions, (h.points * 100)::integer
        from public.activity_hourly as h
        where h.guild_id = guild and h.hour >= tail_start and h.hour < until
    ) as s
    group by s.user_id;
end
$$;
comment on function public.member_sums is 'Messages, reactions and points of each member in a span.';

create function public.opted_out_of_lists(guild bigint, member bigint) returns boolean
language sql stable
set search_path = ''
as $$
    select exists (
        select from public.user_preferences as p
        where p.guild_id = opted_out_of_lists.guild and p.user_id = opted_out_of_lists.member and p.scoring_opt_out
    )
$$;
comment on function public.opted_out_of_lists is 'Whether a member does not want to be counted by name.';

create function public.top_members(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30,
    max_rows integer default 10, skip_rows integer default 0
) returns table (place bigint, user_id text, display_name text, messages bigint, reactions bigint, points numeric)
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
    select rank() over (order by s.points desc), s.user_id::text, u.display_name, s.messages, s.reactions, s.points
    from public.member_sums(guild, public.days_before(finish, zone, least(greatest(days, 1), 400)), finish) as s
    join public.discord_users as u on u.guild_id = guild and u.user_id = s.user_id and u.left_at is null
    left join public.user_preferences as o on o.guild_id = guild and o.user_id = s.user_id and o.scoring_opt_out
    where s.points > 0 and o.user_id is null
    order by s.points desc, s.user_id
    limit least(max_rows, 1000) offset skip_rows;
end
$$;
comment on function public.top_members is 'Members with the most points in the last `days` days (30). Equal points share a place. Score = messages x their points + reactions x their points, as stored when they happened. Source: activity_by_day.';

create function public.rising_stars(
    guild bigint, zone text default 'UTC', until timestamptz default now(), max_rows integer default 20,
    skip_rows integer default 0
) returns table (
    user_id text, display_name text, joined_at timestamptz, days_since_joining integer, points numeric, place bigint,
    active_members bigint, reason text
)
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
    with ranked as (
        select s.user_id, s.points, rank() over (order by s.points desc) as place, count(*) over () as of_all
        from public.member_sums(guild, public.days_before(finish, zone, 30), finish) as s
        where s.points > 0
    )
    select
        r.user_id::text, u.display_name, u.guild_join_date, d.days, r.points, r.place, r.of_all,
        format(
            'Joined %s %s ago and is number %s of %s active members by points in the last 30 days (%s points): top 10 %%.',
            d.days, case d.days when 1 then 'day' else 'days' end, r.place, r.of_all, trim_scale(r.points)
        )
    from ranked as r
    join public.discord_users as u on u.guild_id = guild and u.user_id = r.user_id and u.left_at is null
    cross join lateral (
        select ((finish at time zone zone)::date - (u.guild_join_date at time zone zone)::date) as days
    ) as d
    where r.place <= ceil(r.of_all * 0.1)
        and u.guild_join_date > public.days_before(finish, zone, 30) and u.guild_join_date <= finish
        and not public.opted_out_of_lists(guild, r.user_id)
    order by r.place, r.user_id
    limit least(max_rows, 1000) offset skip_rows;
end
$$;
comment on function public.rising_stars is 'Members who joined less than 30 days ago and are in the top 10 % by points of the last 30 days: place <= ceil(0.1 x members with points). Source: activity_by_day, discord_users.guild_join_date. TogetherCrew''s nearest class is new_active on its way to consistent.';

create function public.churn_risks(
    guild bigint, zone text default 'UTC', until timestamptz default now(), max_rows integer default 50,
    skip_rows integer default 0
) returns table (
    user_id text, display_name text, this_week numeric, last_week numeric, change numeric, active_weeks integer,
    dropped boolean, about_to_disengage boolean, reason text
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off' set work_mem = '32MB'
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
            join public.activity_in_channels as i
                on i.guild_id = guild and i.block = b.block and i.channel_id = 0 and i.days & (b.third | b.fourth) <> 0
            union all
            select d.user_id, m.bit
            from masks as m
            join public.activity_by_day as d on d.guild_id = guild and d.day = m.day and d.hours & m.hours <> 0
            where m.hours <> 16777215
        ) as o
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
comment on function public.churn_risks is 'Members whose activity falls, most points lost first. Weeks are the last 7 days, the 7 before, and so on. dropped: points of this week < 0.5 x points of last week. about_to_disengage: TogetherCrew''s class of that name (discord_analyzer, assess_engagement: paused and not consistent, with its parameters window 7 days, 1 interaction, paused 1 week, consistent in 3 of 4 weeks): active last week, silent this week, and not active in all three weeks before this one. active_weeks = of the last 4. Source: activity_by_day.';

create function public.new_members_without_activity(
    guild bigint, zone text default 'UTC', until timestamptz default now(), max_rows integer default 50,
    skip_rows integer default 0
) returns table (user_id text, display_name text, joined_at timestamptz, days_since_joining integer)
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
    select
        u.user_id::text, u.display_name, u.guild_join_date,
        (finish at time zone zone)::date - (u.guild_join_date at time zone zone)::date
    from public.discord_users as u
    where u.guild_id = guild and u.left_at is null and u.guild_join_date >= public.days_before(finish, zone, 30)
        and u.guild_join_date <= public.days_before(finish, zone, 7)
        and not exists (
            select from public.activity_by_day as d
            where d.guild_id = guild and d.user_id = u.user_id and d.hours <> 0
                and d.day >= (u.guild_join_date at time zone 'UTC')::date and d.day <= (finish at time zone 'UTC')::date
        )
        and not public.opted_out_of_lists(guild, u.user_id)
    order by u.guild_join_date desc, u.user_id
    limit least(max_rows, 1000) offset skip_rows;
end
$$;
comment on function public.new_members_without_activity is 'Members who joined 7 to 30 days ago and have neither written nor reacted since the day they joined (UTC), the newest first. Source: discord_users.guild_join_date, activity_by_day.';

do $$
declare
    name text;
begin
    foreach name in array array[
        'member_sums(bigint, timestamptz, timestamptz)', 'opted_out_of_lists(bigint, bigint)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
    -- These ask reads_numbers themselves.
    foreach name in array array[
        'top_members(bigint, text, timestamptz, integer, integer, integer)',
        'rising_stars(bigint, text, timestamptz, integer, integer)',
        'churn_risks(bigint, text, timestamptz, integer, integer)',
        'new_members_without_activity(bigint, text, timestamptz, integer, integer)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon', name);
        execute format('grant execute on function public.%s to authenticated, service_role', name);
    end loop;
end
$$;
