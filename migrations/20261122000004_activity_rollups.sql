-- Coarser sums of activity_hourly, so that a number over months reads thousands of rows instead of millions.
-- Triggers keep them in the transaction that changes activity_hourly, whoever changes it.

set lock_timeout = '5s';

create table public.activity_by_hour (
    guild_id bigint not null,
    hour timestamptz not null,
    messages integer not null,
    reactions integer not null,
    points numeric(14, 2) not null,
    parts integer not null,
    primary key (guild_id, hour)
) with (fillfactor = 80);
comment on table public.activity_by_hour is 'activity_hourly summed over members and channels.';
comment on column public.activity_by_hour.parts is 'How many rows of activity_hourly it sums; at 0 it goes.';

create table public.activity_by_channel (
    guild_id bigint not null,
    hour timestamptz not null,
    channel_id bigint not null,
    messages integer not null,
    reactions integer not null,
    points numeric(14, 2) not null,
    parts integer not null,
    primary key (guild_id, hour, channel_id)
) with (fillfactor = 80);
comment on table public.activity_by_channel is 'activity_hourly summed over members.';
comment on column public.activity_by_channel.parts is 'How many rows of activity_hourly it sums; at 0 it goes.';

create table public.activity_by_day (
    guild_id bigint not null,
    day date not null,
    user_id bigint not null,
    messages integer not null,
    reactions integer not null,
    hundredths integer not null,
    hours integer not null,
    parts integer not null,
    primary key (guild_id, day, user_id) include (hours)
) with (fillfactor = 80);
comment on table public.activity_by_day is 'activity_hourly summed over channels and the hours of a day in UTC.';
comment on column public.activity_by_day.hundredths is 'Points x 100: whole numbers are summed in half the time.';
comment on column public.activity_by_day.hours is 'Bit n is set if the member wrote or reacted in hour n, UTC: a day of another time zone is exact, too.';
comment on column public.activity_by_day.parts is 'How many rows of activity_hourly it sums; at 0 it goes.';
create index activity_by_day_member on public.activity_by_day (guild_id, user_id, day) include (hours);

create table public.activity_in_channels (
    guild_id bigint not null,
    block integer not null,
    channel_id bigint not null,
    user_id bigint not null,
    days integer not null,
    primary key (guild_id, block, channel_id, user_id) include (days)
);
comment on table public.activity_in_channels is 'On which days who was active in which channel: to count people, not what they did.';
comment on column public.activity_in_channels.channel_id is 'Or 0: in any of them.';
comment on column public.activity_in_channels.block is '32 days in UTC: (day - 1970-01-01) / 32.';
comment on column public.activity_in_channels.days is 'Bit n is set for day n of the block.';

create function public.day_block(day date) returns integer
language sql immutable parallel safe
set search_path = ''
as $$ select (day_block.day - date '1970-01-01') / 32 $$;
comment on function public.day_block is 'The block of 32 days that a day belongs to.';

create function public.day_bit(day date) returns integer
language sql immutable parallel safe
set search_path = ''
as $$ select 1 << ((day_bit.day - date '1970-01-01') % 32) $$;
comment on function public.day_bit is 'The bit of a day in its block.';

-- One writer at a time: two that meet in the same sums in another order would wait for each other for ever. Taken before
-- the first row is locked; a delivery of 200 events holds it for some milliseconds.
create function public.one_writer_of_activity() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('activity_hourly', 0));
    return null;
end
$$;

-- Adds what a statement changed in activity_hourly. Both arrays are in memory at once: delete a guild's rows in portions.
create function public.sum_activity(gone public.activity_hourly [], come public.activity_hourly []) returns void
language plpgsql
set search_path = ''
as $$
begin
    with changes as materialized (
        select
            g.guild_id, g.user_id, g.channel_id, g.hour, -g.messages as messages, -g.reactions as reactions,
            -g.points as points, -1 as parts, false as is_active
        from unnest(gone) as g
        union all
        select
            c.guild_id, c.user_id, c.channel_id, c.hour, c.messages, c.reactions, c.points, 1,
            c.messages + c.reactions > 0
        from unnest(come) as c
    ),
    of_hours as (
        insert into public.activity_by_hour as t (guild_id, hour, messages, reactions, points, parts)
        select c.guild_id, c.hour, sum(c.messages), sum(c.reactions), sum(c.points), sum(c.parts)
        from changes as c
        group by c.guild_id, c.hour
        on conflict (guild_id, hour) do update set
            messages = t.messages + excluded.messages, reactions = t.reactions + excluded.reactions,
            points = t.points + excluded.points, parts = t.parts + excluded.parts
    ),
    of_channels as (
        insert into public.activity_by_channel as t (guild_id, hour, channel_id, messages, reactions, points, parts)
        select c.guild_id, c.hour, c.channel_id, sum(c.messages), sum(c.reactions), sum(c.points), sum(c.parts)
        from changes as c
        group by c.guild_id, c.hour, c.channel_id
        on conflict (guild_id, hour, channel_id) do update set
            messages = t.messages + excluded.messages, reactions = t.reactions + excluded.reactions,
            points = t.points + excluded.points, parts = t.parts + excluded.parts
    ),
    of_days as (
        insert into public.activity_by_day as t (guild_id, day, user_id, messages, reactions, hundredths, hours, parts)
        select
            c.guild_id, (c.hour at time zone 'UTC')::date, c.user_id, sum(c.messages), sum(c.reactions),
            sum(c.points) * 100,
            coalesce(bit_or(1 << extract(hour from c.hour at time zone 'UTC')::integer) filter (where c.is_active), 0),
            sum(c.parts)
        from changes as c
        group by 1, 2, 3
        on conflict (guild_id, day, user_id) do update set
            messages = t.messages + excluded.messages, reactions = t.reactions + excluded.reactions,
            hundredths = t.hundredths + excluded.hundredths, hours = t.hours | excluded.hours, parts = t.parts + excluded.parts
    )
    insert into public.activity_in_channels as t (guild_id, block, channel_id, user_id, days)
    select c.guild_id, public.day_block(c.day), any_or_one.channel_id, c.user_id, bit_or(public.day_bit(c.day))
    from (select distinct h.guild_id, h.channel_id, h.user_id, (h.hour at time zone 'UTC')::date as day
        from changes as h where h.is_active) as c,
    lateral (values (0::bigint), (c.channel_id)) as any_or_one (channel_id)
    group by 1, 2, 3, 4
    on conflict (guild_id, block, channel_id, user_id) do update set days = t.days | excluded.days
    -- Most messages are not the first of their day: then nothing is written.
    where t.days | excluded.days <> t.days;
end
$$;

-- What a bit stands for may have gone with a row: for those members it is read again.
create function public.unset_activity(gone public.activity_hourly []) returns void
language plpgsql
set search_path = ''
as $$
begin
    update public.activity_by_day as t
    set hours = coalesce((
        select bit_or(1 << extract(hour from h.hour at time zone 'UTC')::integer)
        from public.activity_hourly as h
        where h.guild_id = t.guild_id and h.user_id = t.user_id and h.messages + h.reactions > 0
            and h.hour >= t.day::timestamp at time zone 'UTC' and h.hour < (t.day + 1)::timestamp at time zone 'UTC'
    ), 0)
    from (select distinct g.guild_id, g.user_id, (g.hour at time zone 'UTC')::date as day from unnest(gone) as g) as g
    where t.guild_id = g.guild_id and t.day = g.day and t.user_id = g.user_id;

    update public.activity_in_channels as t
    set days = coalesce((
        select bit_or(public.day_bit((h.hour at time zone 'UTC')::date))
        from public.activity_hourly as h
        where h.guild_id = t.guild_id and h.user_id = t.user_id and t.channel_id in (0, h.channel_id)
            and h.messages + h.reactions > 0
            and h.hour >= (date '1970-01-01' + t.block * 32)::timestamp at time zone 'UTC'
            and h.hour < (date '1970-01-01' + (t.block + 1) * 32)::timestamp at time zone 'UTC'
    ), 0)
    from (
        select distinct u.guild_id, u.user_id, u.channel_id, public.day_block((u.hour at time zone 'UTC')::date) as block
        from unnest(gone) as u
    ) as g
    where t.guild_id = g.guild_id and t.block = g.block and t.channel_id in (0, g.channel_id) and t.user_id = g.user_id;

    delete from public.activity_in_channels as t
    using unnest(gone) as g
    where t.days = 0 and t.guild_id = g.guild_id and t.channel_id in (0, g.channel_id) and t.user_id = g.user_id
        and t.block = public.day_block((g.hour at time zone 'UTC')::date);
    delete from public.activity_by_day as t
    using unnest(gone) as g
    where t.parts = 0 and t.guild_id = g.guild_id and t.user_id = g.user_id
        and t.day = (g.hour at time zone 'UTC')::date;
    delete from public.activity_by_channel as t
    using unnest(gone) as g
    where t.parts = 0 and t.guild_id = g.guild_id and t.hour = g.hour and t.channel_id = g.channel_id;
    delete from public.activity_by_hour as t
    using unnest(gone) as g
    where t.parts = 0 and t.guild_id = g.guild_id and t.hour = g.hour;
end
$$;

create function public.keep_activity_sums() returns trigger
language plpgsql
set search_path = ''
as $$
declare
    gone public.activity_hourly [] := '{}';
    come public.activity_hourly [] := '{}';
    quiet public.activity_hourly [];
begin
    if tg_op = 'TRUNCATE' then
        truncate public.activity_by_hour, public.activity_by_channel, public.activity_by_day, public.activity_in_channels;
        return null;
    end if;
    if tg_op in ('UPDATE', 'DELETE') then
        gone := array(select row(o.*)::public.activity_hourly from old_rows as o);
    end if;
    if tg_op in ('INSERT', 'UPDATE') then
        come := array(select row(n.*)::public.activity_hourly from new_rows as n);
    end if;
    perform public.sum_activity(gone, come);
    if tg_op = 'DELETE' then
        perform public.unset_activity(gone);
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
        end if;
    end if;
    return null;
end
$$;

create trigger one_writer before insert or update or delete or truncate on public.activity_hourly
for each statement execute function public.one_writer_of_activity();
create trigger sums_after_insert after insert on public.activity_hourly
referencing new table as new_rows for each statement execute function public.keep_activity_sums();
create trigger sums_after_update after update on public.activity_hourly
referencing old table as old_rows new table as new_rows
for each statement execute function public.keep_activity_sums();
create trigger sums_after_delete after delete on public.activity_hourly
referencing old table as old_rows for each statement execute function public.keep_activity_sums();
create trigger sums_after_truncate after truncate on public.activity_hourly
for each statement execute function public.keep_activity_sums();

-- What was counted before the sums existed.
select public.sum_activity('{}', array(select row(h.*)::public.activity_hourly from public.activity_hourly as h));

do $$
declare
    name text;
begin
    foreach name in array array['activity_by_hour', 'activity_by_channel', 'activity_by_day', 'activity_in_channels'] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from anon, authenticated', name);
        execute format('grant all on public.%I to service_role', name);
    end loop;
    foreach name in array array[
        'day_block(date)', 'day_bit(date)', 'one_writer_of_activity()', 'keep_activity_sums()',
        'sum_activity(public.activity_hourly[], public.activity_hourly[])', 'unset_activity(public.activity_hourly[])'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
