-- Nobody reacts: the chain of an alert, who of the team is on duty, and the first answer of a human.

set lock_timeout = '5s';

create table public.crisis_duty (
    guild_id bigint not null,
    user_id bigint not null,
    -- On duty until then, by their own word.
    available_until timestamptz,
    -- Wants a direct message about each CRITICAL alert.
    wants_alerts boolean not null default false,
    -- Such a message was refused; the team was told then.
    refused_at timestamptz,
    primary key (guild_id, user_id)
);
comment on table public.crisis_duty is 'Who of the crisis response team is on duty, and who wants direct messages about CRITICAL alerts.';
alter table public.crisis_duty enable row level security;
revoke all on public.crisis_duty from anon, authenticated;
grant select, insert, update, delete on public.crisis_duty to service_role;

-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create unique index crisis_alert_events_step on public.crisis_alert_events (alert_id, (detail ->> 'round'), (detail ->> 'step'))
where kind = 'chain';

-- An alert that is open again, or acknowledged, is watched again: its steps begin anew. What was found late is not.
create function public.watch_crisis_alert() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if old.status not in ('OPEN', 'MERGED') then
        insert into public.crisis_alert_events (guild_id, alert_id, kind, occurred_at)
        values (new.guild_id, new.alert_id, 'reopened', now());
    end if;
    perform public.owe_job(new.guild_id, 'crisis.chain', new.alert_id::text, now(), '{}'::jsonb);
    return null;
end
$$;
create trigger watched_again after update of status on public.crisis_alerts for each row
when (
    new.status in ('OPEN', 'ACKNOWLEDGED') and old.status is distinct from new.status and new.posted_at is not null
    and new.mode <> 'shadow' and new.severity in ('HIGH', 'CRITICAL')
    and (new.severity = 'CRITICAL' or new.found_at - new.written_at < interval '30 minutes')
)
execute function public.watch_crisis_alert();

-- What the chain of an alert has to know; null if the alert is gone. Its steps count from `since`: it was posted,
-- acknowledged, or opened again; `round` names that moment, and `done` are the steps made since. `volunteers` are the next of
-- those who want a message about it, after the user `after`; null once all were told. `pings` counts how often each step was
-- made in the guild in the last 10 minutes.
create function public.crisis_chain(guild_id bigint, alert_id bigint, after bigint, max_volunteers integer, at timestamptz)
returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
    a public.crisis_alerts;
    since timestamptz;
    round text;
begin
    select * into a from public.crisis_alerts as c
    where c.guild_id = crisis_chain.guild_id and c.alert_id = crisis_chain.alert_id;
    if not found then
        return null;
    end if;
    since := coalesce(
        greatest(
            case when a.status = 'ACKNOWLEDGED' then a.acknowledged_at else a.posted_at end,
            (select max(e.occurred_at) from public.crisis_alert_events as e where e.alert_id = a.alert_id and e.kind = 'reopened')
        ),
        a.found_at
    );
    round := floor(extract(epoch from since) * 1000)::bigint::text;
    return jsonb_build_object(
        'alert', public.crisis_alert_json(a), 'since', since, 'round', round,
        'done', (
            select coalesce(jsonb_agg(e.detail ->> 'step'), '[]')
            from public.crisis_alert_events as e
            where e.alert_id = a.alert_id and e.kind = 'chain' and e.detail ->> 'round' = round
        ),
        'pings', (
            select coalesce(jsonb_object_agg(p.step, p.times), '{}')
            from (
                select e.detail ->> 'step' as step, count(*) as times from public.crisis_alert_events as e
                where e.guild_id = a.guild_id and e.kind = 'chain' and e.occurred_at > crisis_chain.at - interval '10 minutes'
                group by 1
            ) as p
        ),
        'is_staffed', exists (
            select from public.crisis_duty as d where d.guild_id = a.guild_id and d.available_until > crisis_chain.at
        ),
        'volunteers', case when a.severity = 'CRITICAL' and not exists (
            select from public.crisis_alert_events as e
            where e.alert_id = a.alert_id and e.kind = 'volunteers' and e.occurred_at >= a.posted_at
        ) then (
            select coalesce(jsonb_agg(v.user_id::text order by v.user_id), '[]')
            from (
                select d.user_id from public.crisis_duty as d
                where d.guild_id = a.guild_id and d.wants_alerts and d.user_id > crisis_chain.after and d.user_id <> a.member_id
                order by d.user_id limit max_volunteers
            ) as v
        ) end
    );
end
$$;

-- Notes which steps a run of the chain made, each once in its round, and when the next one is due (null: nothing is owed).
-- `steps` is an array of {"step", "failed"}; `after` as crisis_chain reads it; `told`: all volunteers were.
create function public.note_crisis_chain(
    guild_id bigint, alert_id bigint, round text, steps jsonb, told boolean, after bigint, at timestamptz,
    next_at timestamptz default null
) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
    with made as (
        insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
        select note_crisis_chain.guild_id, a.alert_id, 'chain', s.step || jsonb_build_object('round', round), note_crisis_chain.at
        from public.crisis_alerts as a, jsonb_array_elements(steps) as s(step)
        where a.alert_id = note_crisis_chain.alert_id and a.guild_id = note_crisis_chain.guild_id
        on conflict (alert_id, (detail ->> 'round'), (detail ->> 'step')) where kind = 'chain' do nothing
        returning detail
    )
    insert into public.crisis_alert_events (guild_id, alert_id, kind, occurred_at)
    select note_crisis_chain.guild_id, note_crisis_chain.alert_id, 'incident', note_crisis_chain.at
    from made as m where m.detail ->> 'step' = 'admins';
    insert into public.crisis_alert_events (guild_id, alert_id, kind, occurred_at)
    select a.guild_id, a.alert_id, 'volunteers', note_crisis_chain.at from public.crisis_alerts as a
    where told and a.alert_id = note_crisis_chain.alert_id and a.guild_id = note_crisis_chain.guild_id;
    if next_at is not null then
        perform public.owe_job(
            guild_id, 'crisis.chain', alert_id::text, next_at, jsonb_build_object('after', after::text)
        );
    end if;
end
$$;

-- Notes whether a direct message about an alert was refused. True: it is the first time, and the team does not know.
create function public.note_crisis_message(guild_id bigint, user_id bigint, refused boolean, at timestamptz) returns boolean
language sql
set search_path = ''
as $$
    with changed as (
        update public.crisis_duty as d set refused_at = case when refused then note_crisis_message.at end
        where d.guild_id = note_crisis_message.guild_id and d.user_id = note_crisis_message.user_id
            and (d.refused_at is not null) <> refused
        returning 1
    )
    select refused and exists (select from changed)
$$;

-- Members who left the guild or the team are on duty no more. `people` is an array of {"guild_id", "user_id"}; answers the
-- guilds where somebody was.
create function public.leave_crisis_duty(people jsonb) returns jsonb
language sql
set search_path = ''
as $$
    with gone as (
        delete from public.crisis_duty as d
        using jsonb_to_recordset(people) as p(guild_id bigint, user_id bigint)
        where d.guild_id = p.guild_id and d.user_id = p.user_id
        returning d.guild_id
    )
    select coalesce(jsonb_agg(distinct g.guild_id::text), '[]') from gone as g
$$;

-- Which of these messages would be the first answer to an alert, if its author is of the team: those where the member wrote,
-- or in the thread that was made of that message, within a day. `messages` is an array of {"guild_id", "channel_id",
-- "message_id", "author_id"}; answers each author once for an alert, who has it in hand first.
create function public.crisis_answers(messages jsonb, at timestamptz, max_rows integer) returns jsonb
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
    )
    select coalesce(jsonb_agg(jsonb_build_object(
        'guild_id', f.guild_id::text, 'alert_id', f.alert_id, 'author_id', f.author_id::text, 'message_id', f.message_id::text
    )), '[]')
    from (select * from found order by is_theirs desc, message_id limit max_rows) as f
$$;

-- Notes when a human first answered. `answers` is an array of {"guild_id", "alert_id", "author_id", "answered_at"}, the
-- earliest first.
create function public.note_crisis_answers(answers jsonb) returns void
language sql
set search_path = ''
as $$
    with given as (
        select distinct on (g.alert_id) g.*
        from jsonb_to_recordset(answers) as g(guild_id bigint, alert_id bigint, author_id bigint, answered_at timestamptz)
        order by g.alert_id, g.answered_at
    ),
    answered as (
        update public.crisis_alerts as a set first_human_at = g.answered_at
        from given as g
        where a.guild_id = g.guild_id and a.alert_id = g.alert_id and a.first_human_at is null
        returning a.guild_id, a.alert_id, g.author_id, g.answered_at
    )
    insert into public.crisis_alert_events (guild_id, alert_id, kind, actor_id, occurred_at)
    select r.guild_id, r.alert_id, 'answered', r.author_id, r.answered_at from answered as r
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'watch_crisis_alert()',
        'crisis_chain(bigint, bigint, bigint, integer, timestamptz)',
        'note_crisis_chain(bigint, bigint, text, jsonb, boolean, bigint, timestamptz, timestamptz)',
        'note_crisis_message(bigint, bigint, boolean, timestamptz)',
        'leave_crisis_duty(jsonb)',
        'crisis_answers(jsonb, timestamptz, integer)',
        'note_crisis_answers(jsonb)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
