-- Ends the filling: who was where in blocks of 32 days, and the indexes that were taken away.
set maintenance_work_mem = '512MB';
set work_mem = '512MB';
set jit = off;
insert into public.activity_in_channels
select
    h.guild_id, public.day_block((h.hour at time zone 'UTC')::date), h.channel_id, h.user_id,
    bit_or(public.day_bit((h.hour at time zone 'UTC')::date))
from public.activity_hourly as h group by 1, 2, 3, 4
union all
select d.guild_id, public.day_block(d.day), 0, d.user_id, bit_or(public.day_bit(d.day))
from public.activity_by_day as d group by 1, 2, 4;
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
