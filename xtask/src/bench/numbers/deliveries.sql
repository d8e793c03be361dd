-- Events of the last hours in deliveries of 200, as the relay sends them: a JSON array a line. Variables: batches.
select jsonb_agg(jsonb_build_object('id', '0/1:bench:' || e.n || ':bulk', 'order', e.n, 'attempt', 1, 'body', e.body) order by e.n)
from (
    select
        m.n,
        case when m.n % 5 = 0
            then jsonb_build_object('reaction_added', jsonb_build_object(
                'guild_id', m.guild_id::text, 'channel_id', m.channel_id::text, 'message_id', m.message_id::text,
                'user_id', m.user_id::text, 'emoji', 'x', 'message_author_id', '1', 'at', m.at
            ))
            else jsonb_build_object('message_created', jsonb_build_object(
                'guild_id', m.guild_id::text, 'channel_id', m.channel_id::text, 'message_id', m.message_id::text,
                'author_id', m.user_id::text, 'author_name', 'Member'
            ))
        end as body
    from (
        select
            r.n, g.guild_id, r.at, g.guild_id * 1000 + floor(exp(random() * ln(41)))::bigint as channel_id,
            public.bench_member(g.guild_id, floor(exp(random() * ln(g.members + 1)))::bigint, g.members) as user_id,
            -- A message's id tells when it was written.
            ((r.at - 1420070400000) << 22) + r.n % 4194304 as message_id
        from (
            select n, random() as guild, (extract(epoch from now() - interval '10 hours') * 1000)::bigint + n * 50 as at
            from generate_series(0, :batches * 200 - 1) as n offset 0
        ) as r
        join public.bench_guilds as g on r.guild >= g.until - g.share and r.guild < g.until
    ) as m
) as e
group by e.n / 200
order by e.n / 200;
