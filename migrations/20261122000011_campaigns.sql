-- Campaigns: spans of time that managers tag, and what was different in them.

set lock_timeout = '5s';

-- Tags a span. `starts` and `ends` (null or empty: it runs until it is ended) are ISO 8601; without an offset they are local
-- times of `zone`. Answers the campaign.
create function public.add_campaign(
    guild_id bigint, name text, starts text, ends text, zone text, created_by bigint
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    added public.campaigns;
begin
    perform set_config('TimeZone', zone, true);
    insert into public.campaigns (guild_id, name, starts_at, ends_at, created_by)
    values (
        add_campaign.guild_id, add_campaign.name, starts::timestamptz, nullif(ends, '')::timestamptz, add_campaign.created_by
    )
    returning * into added;
    perform set_config('TimeZone', 'UTC', true);
    return jsonb_build_object('name', added.name, 'starts_at', added.starts_at, 'ends_at', added.ends_at);
end
$$;
comment on function public.add_campaign is 'Tags a span of time as a campaign.';

-- Ends the newest campaign of that name or id that has not ended by then. Answers it; null if there is none.
create function public.end_campaign(guild_id bigint, campaign text, ends text, zone text) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    ended public.campaigns;
    at timestamptz;
begin
    perform set_config('TimeZone', zone, true);
    at := ends::timestamptz;
    perform set_config('TimeZone', 'UTC', true);
    update public.campaigns as c
    set ends_at = at
    where c.campaign_id = (
        select o.campaign_id from public.campaigns as o
        where o.guild_id = end_campaign.guild_id and (o.ends_at is null or o.ends_at > at)
            and (o.campaign_id::text = campaign or lower(o.name) = lower(campaign))
        order by o.starts_at desc, o.campaign_id desc
        limit 1
    )
    returning * into ended;
    if ended.campaign_id is null then
        return null;
    end if;
    return jsonb_build_object('name', ended.name, 'starts_at', ended.starts_at, 'ends_at', ended.ends_at);
end
$$;
comment on function public.end_campaign is 'Ends a campaign that has not ended yet.';

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

revoke execute on function public.add_campaign(bigint, text, text, text, text, bigint) from public, anon, authenticated;
grant execute on function public.add_campaign(bigint, text, text, text, text, bigint) to service_role;
revoke execute on function public.end_campaign(bigint, text, text, text) from public, anon, authenticated;
grant execute on function public.end_campaign(bigint, text, text, text) to service_role;
-- It asks reads_numbers itself.
revoke execute on function public.campaign_lift(bigint, text, timestamptz, integer, integer) from public, anon;
grant execute on function public.campaign_lift(bigint, text, timestamptz, integer, integer) to authenticated, service_role;
