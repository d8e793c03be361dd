-- The sums that are read most, in another shape. A member's sums run on inside a block of 32 days, so that any span is two
-- subtractions instead of a row for each day; who was in which channel on a day is one bit in a string of bits, so that
-- counting people is `or` and counting bits. The next migration reads them, and drops what they replace.

set lock_timeout = '5s';

-- Writers wait until this is done (40 s for 10,000,000 raw rows; the relay delivers again what fails), readers do not.
lock table public.activity_hourly in share row exclusive mode;

create table public.activity_by_block (
    guild_id bigint not null,
    block integer not null,
    user_id bigint not null,
    days integer not null,
    parts integer not null,
    hundredths integer [] not null,
    messages integer [] not null,
    reactions integer [] not null,
    primary key (guild_id, block, user_id) include (days)
) with (fillfactor = 80);
comment on table public.activity_by_block is 'activity_hourly summed over channels, running on from day to day inside a block of days.';
comment on column public.activity_by_block.block is '32 days in UTC: day_block(day).';
comment on column public.activity_by_block.days is 'Bit n is set if the member wrote or reacted on day n of the block: day_bit(day).';
comment on column public.activity_by_block.parts is 'How many rows of activity_hourly it sums; at 0 it goes.';
comment on column public.activity_by_block.hundredths is 'Points x 100 of the days from the first of the block to the n-th: 32 elements. A span of days is the element of its last day - the element before its first.';
comment on column public.activity_by_block.messages is 'Likewise.';
comment on column public.activity_by_block.reactions is 'Likewise.';

create table public.activity_by_number (
    guild_id bigint not null,
    user_id bigint not null,
    number integer not null,
    primary key (guild_id, user_id) include (number),
    unique (guild_id, number)
);
comment on table public.activity_by_number is 'Which bit stands for a member in activity_in_crowds; it goes with the member''s last row of activity_hourly.';
comment on column public.activity_by_number.number is 'From 0. Bit number % 2048 of part number / 2048.';

create table public.activity_in_crowds (
    guild_id bigint not null,
    day date not null,
    channel_id bigint not null,
    part integer not null,
    members bit(2048) not null,
    primary key (guild_id, day, channel_id, part)
) with (fillfactor = 70);
comment on table public.activity_in_crowds is 'Who wrote or reacted in which channel on which day in UTC, a bit for each member: to count people, not what they did.';
comment on column public.activity_in_crowds.members is 'Whose bit is which: activity_by_number.';

-- Adds what a statement changed in activity_hourly.
create function public.sum_members(gone public.activity_hourly [], come public.activity_hourly []) returns void
language plpgsql
set search_path = ''
as $$
declare
    one date;
    place integer;
begin
    -- A delivery speaks of one day or two. What a day adds is added to all elements from its own on.
    for one in
        select distinct (h.hour at time zone 'UTC')::date from unnest(gone || come) as h
    loop
        place := (one - date '1970-01-01') % 32;
        insert into public.activity_by_block as t (
            guild_id, block, user_id, days, parts, hundredths, messages, reactions
        )
        select
            c.guild_id, (one - date '1970-01-01') / 32, c.user_id,
            case when bool_or(c.is_active) then 1 << place else 0 end, sum(c.sign),
            array_fill(0, array[place]) || array_fill((sum(c.sign * c.points) * 100)::integer, array[32 - place]),
            array_fill(0, array[place]) || array_fill(sum(c.sign * c.messages)::integer, array[32 - place]),
            array_fill(0, array[place]) || array_fill(sum(c.sign * c.reactions)::integer, array[32 - place])
        from (
            select g.guild_id, g.user_id, g.hour, g.messages, g.reactions, g.points, -1 as sign, false as is_active
            from unnest(gone) as g
            union all
            select n.guild_id, n.user_id, n.hour, n.messages, n.reactions, n.points, 1, n.messages + n.reactions > 0
            from unnest(come) as n
        ) as c
        where (c.hour at time zone 'UTC')::date = one
        group by c.guild_id, c.user_id
        on conflict (guild_id, block, user_id) do update set
            days = t.days | excluded.days, parts = t.parts + excluded.parts,
            hundredths = array(select a.was + a.more from unnest(t.hundredths, excluded.hundredths) as a (was, more)),
            messages = array(select a.was + a.more from unnest(t.messages, excluded.messages) as a (was, more)),
            reactions = array(select a.was + a.more from unnest(t.reactions, excluded.reactions) as a (was, more));
    end loop;

    insert into public.activity_by_number (guild_id, user_id, number)
    select
        c.guild_id, c.user_id,
        coalesce((select max(o.number) + 1 from public.activity_by_number as o where o.guild_id = c.guild_id), 0)
        + row_number() over (partition by c.guild_id order by c.user_id) - 1
    from (
        select distinct n.guild_id, n.user_id from unnest(come) as n where n.messages + n.reactions > 0
    ) as c
    where not exists (
        select from public.activity_by_number as k where k.guild_id = c.guild_id and k.user_id = c.user_id
    );

    -- Most messages are not the first of their day: then nothing is written.
    insert into public.activity_in_crowds as t (guild_id, day, channel_id, part, members)
    select
        c.guild_id, (c.hour at time zone 'UTC')::date, c.channel_id, k.number / 2048,
        bit_or(set_bit(b'0'::bit(2048), k.number % 2048, 1))
    from unnest(come) as c
    join public.activity_by_number as k on k.guild_id = c.guild_id and k.user_id = c.user_id
    where c.messages + c.reactions > 0
    group by 1, 2, 3, 4
    on conflict (guild_id, day, channel_id, part) do update set members = t.members | excluded.members
    where t.members | excluded.members <> t.members;
end
$$;

-- What a bit stands for may have gone with a row: for those members it is read again.
create function public.unset_members(gone public.activity_hourly []) returns void
language plpgsql
set search_path = ''
as $$
begin
    update public.activity_by_block as t
    set days = coalesce((
        select bit_or(public.day_bit(d.day))
        from public.activity_by_day as d
        where d.guild_id = t.guild_id and d.user_id = t.user_id
            and d.day >= date '1970-01-01' + t.block * 32 and d.day < date '1970-01-01' + (t.block + 1) * 32
    ), 0)
    from (
        select distinct u.guild_id, u.user_id, public.day_block((u.hour at time zone 'UTC')::date) as block
        from unnest(gone) as u
    ) as g
    where t.guild_id = g.guild_id and t.block = g.block and t.user_id = g.user_id;
    delete from public.activity_by_block as t
    using unnest(gone) as g
    where t.parts = 0 and t.guild_id = g.guild_id and t.user_id = g.user_id
        and t.block = public.day_block((g.hour at time zone 'UTC')::date);

    update public.activity_in_crowds as t
    set members = t.members & ~g.members
    from (
        select u.guild_id, u.day, u.channel_id, k.number / 2048 as part,
            bit_or(set_bit(b'0'::bit(2048), k.number % 2048, 1)) as members
        from (
            select distinct o.guild_id, o.user_id, o.channel_id, (o.hour at time zone 'UTC')::date as day
            from unnest(gone) as o
        ) as u
        join public.activity_by_number as k on k.guild_id = u.guild_id and k.user_id = u.user_id
        where not exists (
            select from public.activity_hourly as h
            where h.guild_id = u.guild_id and h.user_id = u.user_id and h.channel_id = u.channel_id
                and h.messages + h.reactions > 0
                and h.hour >= u.day::timestamp at time zone 'UTC' and h.hour < (u.day + 1)::timestamp at time zone 'UTC'
        )
        group by 1, 2, 3, 4
    ) as g
    where t.guild_id = g.guild_id and t.day = g.day and t.channel_id = g.channel_id and t.part = g.part;
    delete from public.activity_in_crowds as t
    using unnest(gone) as g
    where t.members = b'0'::bit(2048) and t.guild_id = g.guild_id and t.channel_id = g.channel_id
        and t.day = (g.hour at time zone 'UTC')::date;
    delete from public.activity_by_number as t
    using unnest(gone) as g
    where t.guild_id = g.guild_id and t.user_id = g.user_id and not exists (
        select from public.activity_hourly as h where h.guild_id = t.guild_id and h.user_id = t.user_id
    );
end
$$;

create or replace function public.keep_activity_sums() returns trigger
language plpgsql
set search_path = ''
as $$
declare
    gone public.activity_hourly [] := '{}';
    come public.activity_hourly [] := '{}';
    quiet public.activity_hourly [];
    name text;
begin
    if tg_op = 'TRUNCATE' then
        for name in
            select c.relname from pg_catalog.pg_class as c
            where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname ~ '^activity_(by|in)_'
        loop
            execute format('truncate public.%I', name);
        end loop;
        return null;
    end if;
    if tg_op in ('UPDATE', 'DELETE') then
        gone := array(select row(o.*)::public.activity_hourly from old_rows as o);
    end if;
    if tg_op in ('INSERT', 'UPDATE') then
        come := array(select row(n.*)::public.activity_hourly from new_rows as n);
    end if;
    perform public.sum_activity(gone, come);
    perform public.sum_members(gone, come);
    if tg_op = 'DELETE' then
        perform public.unset_activity(gone);
        perform public.unset_members(gone);
    elsif tg_op = 'UPDATE' then
        -- Rows that fell silent, or (nobody does this) moved to another key.
        quiet := array(
            select row(o.*)::public.activity_hourly
            from old_rows as o
            left join new_rows as n
                on n.guild_id = o.guild_id and n.user_id = o.user_id and n.hour = o.hour and n.channel_id = o.channel_id
            where n.guild_id is null or (o.messages + o.reactions > 0 and n.messages + n.reactions <= 0)
        );
        if cardinality(quiet) > 0 then
            perform public.unset_activity(quiet);
            perform public.unset_members(quiet);
        end if;
    end if;
    return null;
end
$$;

-- What was summed before, in its new shape.
insert into public.activity_by_block (guild_id, block, user_id, days, parts, hundredths, messages, reactions)
select
    s.guild_id, s.block, s.user_id, s.days, s.parts, array_agg(s.hundredths order by s.place),
    array_agg(s.messages order by s.place), array_agg(s.reactions order by s.place)
from (
    select
        b.guild_id, b.block, b.user_id, b.days, b.parts, p.place,
        coalesce(sum(d.hundredths) over running, 0)::integer as hundredths,
        coalesce(sum(d.messages) over running, 0)::integer as messages,
        coalesce(sum(d.reactions) over running, 0)::integer as reactions
    from (
        select
            a.guild_id, (a.day - date '1970-01-01') / 32 as block, a.user_id, sum(a.parts) as parts,
            coalesce(bit_or(1 << (a.day - date '1970-01-01') % 32) filter (where a.hours <> 0), 0) as days
        from public.activity_by_day as a
        group by 1, 2, 3
    ) as b
    cross join generate_series(0, 31) as p (place)
    left join public.activity_by_day as d
        on d.guild_id = b.guild_id and d.user_id = b.user_id and d.day = date '1970-01-01' + b.block * 32 + p.place
    window running as (partition by b.guild_id, b.block, b.user_id order by p.place)
) as s
group by s.guild_id, s.block, s.user_id, s.days, s.parts
order by s.guild_id, s.block, s.user_id;

insert into public.activity_by_number (guild_id, user_id, number)
select d.guild_id, d.user_id, row_number() over (partition by d.guild_id order by d.user_id) - 1
from (select distinct a.guild_id, a.user_id from public.activity_by_day as a where a.hours <> 0) as d;

insert into public.activity_in_crowds (guild_id, day, channel_id, part, members)
select
    h.guild_id, (h.hour at time zone 'UTC')::date, h.channel_id, k.number / 2048,
    bit_or(set_bit(b'0'::bit(2048), k.number % 2048, 1))
from public.activity_hourly as h
join public.activity_by_number as k on k.guild_id = h.guild_id and k.user_id = h.user_id
where h.messages + h.reactions > 0
group by 1, 2, 3, 4
order by 1, 2, 3, 4;

do $$
declare
    name text;
begin
    foreach name in array array['activity_by_block', 'activity_by_number', 'activity_in_crowds'] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from anon, authenticated', name);
        execute format('grant all on public.%I to service_role', name);
    end loop;
    foreach name in array array[
        'sum_members(public.activity_hourly[], public.activity_hourly[])', 'unset_members(public.activity_hourly[])'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
