-- The pulse of one channel, unless so few take part that it would speak of persons.

set lock_timeout = '5s';

create function public.channel_pulse(
    guild bigint, channel text, unit text default 'day', zone text default 'UTC', until timestamptz default now(),
    buckets integer default null
) returns table (
    part text, starts_at timestamptz, ends_at timestamptz, messages bigint, reactions bigint, points numeric,
    previous_starts_at timestamptz, previous_messages bigint, previous_reactions bigint, previous_points numeric,
    messages_change numeric, reactions_change numeric, points_change numeric
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan' set jit = 'off' set work_mem = '32MB'
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
    place constant bigint := channel::bigint;
    first_there timestamp;
begin
    if step is null then
        raise exception 'unit is hour, day or week' using errcode = '22023';
    end if;
    if not public.reads_numbers(guild) then
        return;
    end if;
    first_there := date_trunc(unit, finish_there - interval '1 microsecond') - (count - 1) * step;
    if coalesce((
        select sum(bit_count(c.members))
        from public.channel_crowds(guild, first_there at time zone clock, finish, array[place]) as c
    ), 0) < 5 then
        return;
    end if;
    return query
    with hours as materialized (
        select h.hour, h.messages, h.reactions, h.points
        from public.activity_by_channel as h
        where h.guild_id = guild and h.channel_id = place and h.hour < finish
            and h.hour >= (first_there - count * step) at time zone clock
    ),
    spans as (
        select
            i, (first_there + i * step) at time zone clock as from_now,
            least(first_there + (i + 1) * step, finish_there) at time zone clock as to_now,
            (first_there + (i - count) * step) at time zone clock as from_then,
            least(first_there + (i + 1 - count) * step, finish_there - count * step) at time zone clock as to_then
        from generate_series(0, count - 1) as i
    ),
    sums as (
        select
            s.i, s.from_now, s.to_now, s.from_then,
            coalesce(sum(h.messages) filter (where h.hour >= s.from_now), 0) as m,
            coalesce(sum(h.reactions) filter (where h.hour >= s.from_now), 0) as r,
            coalesce(sum(h.points) filter (where h.hour >= s.from_now), 0) as p,
            coalesce(sum(h.messages) filter (where h.hour < s.to_then), 0) as pm,
            coalesce(sum(h.reactions) filter (where h.hour < s.to_then), 0) as pr,
            coalesce(sum(h.points) filter (where h.hour < s.to_then), 0) as pp
        from spans as s
        left join hours as h
            on (h.hour >= s.from_now and h.hour < s.to_now) or (h.hour >= s.from_then and h.hour < s.to_then)
        group by 1, 2, 3, 4
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
    order by a.part desc, a.i;
end
$$;
comment on function public.channel_pulse is 'impact_pulse of one channel. No rows if fewer than 5 people were active there in the span, as in channel_breakdown. Source: activity_by_channel; people from activity_in_crowds.';

-- It asks reads_numbers itself.
revoke execute on function public.channel_pulse(bigint, text, text, text, timestamptz, integer) from public, anon;
grant execute on function public.channel_pulse(bigint, text, text, text, timestamptz, integer) to authenticated, service_role;
