-- Indexes that are not needed while filling are built once at the end: quicker than row by row.
create table public.bench_indexes as
select
    i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition, c.conname,
    i.indrelid::regclass::text as of, pg_get_constraintdef(c.oid) as constraint_definition
from pg_index as i
left join pg_constraint as c on c.conindid = i.indexrelid
where i.indrelid in (
    'public.activity_logs'::regclass, 'public.activity_hourly'::regclass, 'public.activity_by_day'::regclass,
    'public.activity_by_block'::regclass, 'public.activity_in_crowds'::regclass, 'public.activity_by_channel'::regclass
);
do $$
declare
    one record;
begin
    for one in select * from public.bench_indexes loop
        if one.conname is null then
            execute format('drop index %s', one.name);
        else
            execute format('alter table %s drop constraint %I', one.of, one.conname);
        end if;
    end loop;
end
$$;
