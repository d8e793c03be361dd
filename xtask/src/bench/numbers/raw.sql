-- A portion of raw rows. Variables: first, count (numbers of rows), total. Rows come in the order of time, as in life.
insert into public.activity_logs (guild_id, channel_id, user_id, kind, message_id, emoji, points_value, occurred_at)
select
    g.guild_id,
    g.guild_id * 1000 + floor(exp(random() * ln(41)))::bigint,
    public.bench_member(g.guild_id, floor(exp(r.who * ln(g.members + 1)))::bigint, g.members),
    case when r.kind < 0.8 then 'message' else 'reaction' end,
    r.n, case when r.kind < 0.8 then '' else 'x' end,
    case when r.kind < 0.8 then 1 else 0.5 end,
    date_trunc('day', r.at) + (r.early + r.late) * interval '12 hours'
from (
    select
        n, random() as guild, random() as who, random() as kind, random() as early, random() as late,
        now() - interval '180 days' + (n::double precision / :total) * interval '179 days' as at
    from generate_series(:first, :first + :count - 1) as n
) as r
join public.bench_guilds as g on r.guild >= g.until - g.share and r.guild < g.until;
