-- What happens in which channel, unless so few take part that a channel would speak of persons.

set lock_timeout = '5s';

-- Who was active in which channel in a span, each pair once; in all channels, or in those of `among`.
create function public.channel_people(
    guild bigint, since timestamptz, until timestamptz, among bigint [] default null
) returns table (channel_id bigint, user_id bigint)
language plpgsql stable rows 100000
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
    select i.channel_id, i.user_id
    from (
        select public.day_block(d::date) as block, bit_or(public.day_bit(d::date)) as mask
        from generate_series(first_day, last_day - 1, interval '1 day') as d
        group by 1
    ) as b
    join public.activity_in_channels as i
        on i.guild_id = guild and i.block = b.block and i.channel_id > 0 and i.days & b.mask <> 0
    where among is null or i.channel_id = any (among)
    union
    select h.channel_id, h.user_id
    from public.activity_hourly as h
    where ((h.hour >= since and h.hour < head_end) or (h.hour >= tail_start and h.hour < until))
        and h.guild_id = guild and h.messages + h.reactions > 0 and (among is null or h.channel_id = any (among));
end
$$;
comment on function public.channel_people is 'Who wrote or reacted in which channel in a span.';

create function public.channel_breakdown(
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
    first_day constant date := ((start + interval '1 day' - interval '1 microsecond') at time zone 'UTC')::date;
    last_day constant date := (finish at time zone 'UTC')::date;
    head_end constant timestamptz := least(first_day::timestamp at time zone 'UTC', finish);
    tail_start constant timestamptz := greatest(last_day::timestamp at time zone 'UTC', head_end);
    ids bigint [];
    sizes bigint [];
    folded bigint [];
    folded_people bigint := 0;
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    with blocks as materialized (
        select public.day_block(d::date) as block, bit_or(public.day_bit(d::date)) as mask
        from generate_series(first_day, last_day - 1, interval '1 day') as d
        group by 1
    ),
    people as (
        select i.channel_id, i.user_id
        from blocks as b
        join public.activity_in_channels as i
            on i.guild_id = guild and i.block = b.block and i.channel_id > 0 and i.days & b.mask <> 0
        union
        select h.channel_id, h.user_id
        from public.activity_hourly as h
        where h.guild_id = guild and h.hour >= start and h.hour < head_end and h.messages + h.reactions > 0
        union
        select h.channel_id, h.user_id
        from public.activity_hourly as h
        where h.guild_id = guild and h.hour >= tail_start and h.hour < finish and h.messages + h.reactions > 0
    )
    select array_agg(p.channel_id order by p.size, p.channel_id), array_agg(p.size order by p.size, p.channel_id)
    into ids, sizes
    from (select c.channel_id, count(*) as size from people as c group by 1) as p;
    select array_agg(z.id) into folded from unnest(ids, sizes) as z (id, size) where z.size < 5;
    if folded is not null then
        folded_people := (
            select count(distinct p.user_id) from public.channel_people(guild, start, finish, folded) as p
        );
        -- If those are still fewer than 5 people together, the smallest of the other channels hides them.
        if folded_people < 5 and cardinality(ids) > cardinality(folded) then
            folded := folded || ids[cardinality(folded) + 1];
            folded_people := (
                select count(distinct p.user_id) from public.channel_people(guild, start, finish, folded) as p
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
comment on function public.channel_breakdown is 'Members, messages, reactions and points for each channel in the last `days` days (7), most points first. Channels in which fewer than 5 people were active are one row, `other`, at the end; if those are fewer than 5 people together, the smallest of the other channels is put with them. share = 100 x points / points of all rows. Source: activity_by_channel; people from activity_in_channels, and activity_hourly for the hours at both ends.';

revoke execute on function public.channel_people(bigint, timestamptz, timestamptz, bigint[])
from public, anon, authenticated;
grant execute on function public.channel_people(bigint, timestamptz, timestamptz, bigint[]) to service_role;
-- It asks reads_numbers itself.
revoke execute on function public.channel_breakdown(bigint, text, timestamptz, integer, integer, integer)
from public, anon;
grant execute on function public.channel_breakdown(bigint, text, timestamptz, integer, integer, integer)
to authenticated, service_role;
