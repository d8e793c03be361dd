-- What was found LOW is counted, by the hour; and who answered is asked by authors.

set lock_timeout = '5s';

-- `note_crisis_post` decides that since 20261122000032. What a Worker of before may still call (settle_crisis_alert,
-- crisis_alert_stands, crisis_alert_posted) stays until a later migration.
drop trigger crisis_alerts_part on public.crisis_alerts;
-- squawk-ignore ban-drop-function
drop function public.part_crisis_alert();

create table public.crisis_low_hourly (
    guild_id bigint not null,
    hour timestamptz not null,
    messages integer not null,
    primary key (guild_id, hour)
);
comment on table public.crisis_low_hourly is 'Messages found LOW while detection is live: kept, and the team is not told. Counted in Upstash, brought here each hour.';
alter table public.crisis_low_hourly enable row level security;
revoke all on public.crisis_low_hourly from anon, authenticated;
grant select, insert, update, delete on public.crisis_low_hourly to service_role;

-- Notes whole counts, any number of times: [{"guild_id", "hour" (of the epoch), "messages"}]. Forgets what no figure reaches back to.
create function public.note_crisis_low(counts jsonb, at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.crisis_low_hourly as l (guild_id, hour, messages)
    select c.guild_id, to_timestamp(c.hour * 3600), c.messages
    from jsonb_to_recordset(note_crisis_low.counts) as c(guild_id bigint, hour bigint, messages integer)
    on conflict (guild_id, hour) do update set messages = greatest(l.messages, excluded.messages);
    delete from public.crisis_low_hourly as l where l.hour < note_crisis_low.at - interval '400 days'
$$;

-- As before, but `max_rows` is a number of authors: one who writes where many alerts wait does not take the place of the others.
create or replace function public.crisis_answers(messages jsonb, at timestamptz, max_rows integer) returns jsonb
language sql stable
set search_path = ''
as $$
    with heard as materialized (
        select * from jsonb_to_recordset(messages) as m(guild_id bigint, channel_id bigint, message_id bigint, author_id bigint)
    ),
    awaited as materialized (
        select * from public.crisis_alerts as a
        where a.guild_id in (select h.guild_id from heard as h) and a.found_at > crisis_answers.at - interval '24 hours'
            and a.posted_at is not null and a.first_human_at is null
    ),
    found as (
        select distinct on (a.alert_id, h.author_id)
            a.guild_id, a.alert_id, h.author_id, h.message_id, h.author_id is not distinct from a.acknowledged_by as is_theirs
        from awaited as a
        join heard as h
            on h.guild_id = a.guild_id and h.channel_id in (a.channel_id, a.message_id) and h.message_id > a.message_id
            and h.author_id <> a.member_id
        order by a.alert_id, h.author_id, h.message_id
    ),
    authors as (
        select f.guild_id, f.author_id from found as f
        group by 1, 2
        order by bool_or(f.is_theirs) desc, min(f.message_id) limit max_rows
    )
    select coalesce(jsonb_agg(jsonb_build_object(
        'guild_id', f.guild_id::text, 'alert_id', f.alert_id, 'author_id', f.author_id::text, 'message_id', f.message_id::text
    ) order by f.is_theirs desc, f.message_id), '[]')
    from found as f
    where (f.guild_id, f.author_id) in (select b.guild_id, b.author_id from authors as b)
$$;

-- Created again in the same transaction, with one more column at the end: nobody finds it missing.
-- squawk-ignore ban-drop-function
drop function public.crisis_delivery(bigint, text, timestamptz, integer);
create function public.crisis_delivery(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30
) returns table (sent bigint, pinged bigint, quiet bigint, merged bigint, repeated bigint, skipped_severity bigint)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
    since constant timestamptz := public.days_before(until, zone, least(greatest(crisis_delivery.days, 1), 400));
begin
    if not public.reads_crisis_numbers(guild) then
        return;
    end if;
    return query
    with done as (
        select
            e.kind, (e.detail ->> 'pinged')::boolean as pinged,
            public.crisis_severity_rank(e.detail ->> 'severity') >= 3 as is_grave
        from public.crisis_alert_events as e
        join public.crisis_alerts as a on a.alert_id = e.alert_id
        where e.guild_id = guild and a.mode = 'live' and e.kind in ('posted', 'merged', 'again') and e.occurred_at < until
            and e.occurred_at >= since
    ),
    low as (
        select coalesce(sum(l.messages), 0) as messages from public.crisis_low_hourly as l
        where l.guild_id = guild and l.hour < until and l.hour >= since
    )
    select
        count(*) filter (where d.kind = 'posted'), count(*) filter (where d.kind = 'posted' and d.pinged),
        count(*) filter (where d.kind = 'posted' and d.is_grave and not d.pinged),
        count(*) filter (where d.kind = 'merged'), count(*) filter (where d.kind = 'again'),
        (select w.messages from low as w)
    from done as d
    having count(*) > 0 or (select w.messages from low as w) > 0;
end
$$;
comment on function public.crisis_delivery is 'What became of what was found in the last `days` days (30). sent: alerts posted, those posted anew because it got graver included; pinged: those that pinged the team; quiet: HIGH or CRITICAL ones without a ping, because pings were snoozed, shared in a storm, or there is no role. merged: messages only counted on an open alert, within its cooldown; repeated: likewise after it, told again below the alert. skipped_severity: messages found LOW, which is kept and not told, by whole hours and up to an hour late. Source: crisis_alert_events, crisis_low_hourly.';

revoke execute on function public.crisis_delivery(bigint, text, timestamptz, integer) from public, anon;
grant execute on function public.crisis_delivery(bigint, text, timestamptz, integer) to authenticated, service_role;
revoke execute on function public.note_crisis_low(jsonb, timestamptz) from public, anon, authenticated;
grant execute on function public.note_crisis_low(jsonb, timestamptz) to service_role;
