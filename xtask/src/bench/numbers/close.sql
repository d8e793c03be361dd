-- Ends the filling: what is summed over blocks of days and bits of members, and the indexes that were taken away.
set maintenance_work_mem = '512MB';
set work_mem = '512MB';
set jit = off;
insert into public.activity_by_number (guild_id, user_id, number)
select d.guild_id, d.user_id, row_number() over (partition by d.guild_id order by d.user_id) - 1
from (select distinct a.guild_id, a.user_id from public.activity_by_day as a) as d;
insert into public.activity_in_crowds (guild_id, day, channel_id, part, members)
select
    h.guild_id, (h.hour at time zone 'UTC')::date, h.channel_id, k.number / 2048,
    bit_or(set_bit(b'0'::bit(2048), k.number % 2048, 1))
from public.activity_hourly as h
join public.activity_by_number as k on k.guild_id = h.guild_id and k.user_id = h.user_id
group by 1, 2, 3, 4
order by 2;
create temp table days as
select
    h.guild_id, ((h.hour at time zone 'UTC')::date - date '1970-01-01') / 32 as block, h.user_id,
    ((h.hour at time zone 'UTC')::date - date '1970-01-01') % 32 as place, count(*)::integer as parts,
    sum(h.points * 100)::integer as hundredths, sum(h.messages)::integer as messages, sum(h.reactions)::integer as reactions
from public.activity_hourly as h
group by 1, 2, 3, 4;
insert into public.activity_by_block (guild_id, block, user_id, days, parts, hundredths, messages, reactions)
select
    s.guild_id, s.block, s.user_id, bit_or(1 << s.place) filter (where s.parts > 0), sum(s.parts),
    array_agg(s.hundredths order by s.place), array_agg(s.messages order by s.place), array_agg(s.reactions order by s.place)
from (
    select
        b.guild_id, b.block, b.user_id, p.place, d.parts, coalesce(sum(d.hundredths) over running, 0)::integer as hundredths,
        coalesce(sum(d.messages) over running, 0)::integer as messages,
        coalesce(sum(d.reactions) over running, 0)::integer as reactions
    from (select distinct a.guild_id, a.block, a.user_id from days as a) as b
    cross join generate_series(0, 31) as p (place)
    left join days as d
        on d.guild_id = b.guild_id and d.block = b.block and d.user_id = b.user_id and d.place = p.place
    window running as (partition by b.guild_id, b.block, b.user_id order by p.place)
) as s
group by s.guild_id, s.block, s.user_id
-- As they come: block after block, members in no order.
order by s.block, hashint8(s.user_id);
do $$
declare
    one record;
begin
    for one in select * from public.bench_indexes loop
        if one.conname is null then
            execute one.definition;
        else
            execute format('alter table %s add constraint %I %s', one.of, one.conname, one.constraint_definition);
        end if;
    end loop;
end
$$;
drop table public.bench_indexes;
