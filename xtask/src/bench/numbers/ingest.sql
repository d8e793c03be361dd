-- Rows through ingest_activity in batches of 200, each a transaction. Variables: batches, first (number of the first row).
-- Prints: milliseconds of all batches, p50 and p95 of one.
create table public.bench_batches as
select
    (n / 200)::integer as batch,
    jsonb_agg(jsonb_build_object(
        'kind', case when n % 5 = 0 then 'reaction' else 'message' end, 'guild_id', g.guild_id::text,
        'channel_id', (g.guild_id * 1000 + floor(exp(random() * ln(41)))::bigint)::text,
        'user_id', public.bench_member(g.guild_id, floor(exp(random() * ln(g.members + 1)))::bigint, g.members)::text,
        'message_id', (:first + n)::text, 'emoji', case when n % 5 = 0 then 'x' else '' end, 'name', 'Member',
        'at', (extract(epoch from now() - interval '20 hours' + n * interval '50 milliseconds') * 1000)::bigint
    )) as events
from (select n, random() as guild from generate_series(0, :batches * 200 - 1) as n offset 0) as r
join public.bench_guilds as g on r.guild >= g.until - g.share and r.guild < g.until
group by 1;
create table public.bench_times (ms double precision);

do $$
declare
    -- Where ingest_activity keeps no rollup itself, the same is done here beside it: the cost belongs to the figure.
    keeps constant boolean := (select bool_or(p.prosrc like '%activity_hourly%') from pg_proc as p
        where p.proname = 'ingest_activity');
    one record;
    started timestamptz;
begin
    for one in select b.events from public.bench_batches as b order by b.batch loop
        started := clock_timestamp();
        perform public.ingest_activity(one.events, '{"message": 1, "reaction": 0.5}');
        if not keeps then
            insert into public.activity_hourly as t (guild_id, user_id, channel_id, hour, messages, reactions, points)
            select
                e.guild_id, e.user_id, e.channel_id, date_trunc('hour', to_timestamp(e.at / 1000.0), 'UTC'),
                count(*) filter (where e.kind = 'message'), count(*) filter (where e.kind = 'reaction'),
                sum(case e.kind when 'message' then 1 else 0.5 end)
            from jsonb_to_recordset(one.events) as e(
                kind text, guild_id bigint, channel_id bigint, user_id bigint, at bigint
            )
            group by 1, 2, 3, 4
            order by 1, 2, 3, 4
            on conflict (guild_id, user_id, hour, channel_id) do update set
                messages = t.messages + excluded.messages, reactions = t.reactions + excluded.reactions,
                points = t.points + excluded.points;
        end if;
        commit;
        insert into public.bench_times values (extract(epoch from clock_timestamp() - started) * 1000);
    end loop;
end
$$;
select
    sum(ms), percentile_disc(0.5) within group (order by ms), percentile_disc(0.95) within group (order by ms)
from public.bench_times;
drop table public.bench_batches, public.bench_times;
