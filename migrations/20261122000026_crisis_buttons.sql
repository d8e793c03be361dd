-- What the crisis response team does with an alert: one function changes the row, every step is an event and can be undone.

set lock_timeout = '5s';

alter table public.crisis_alert_events add column undone_at timestamptz;
comment on column public.crisis_alert_events.undone_at is 'Somebody took it back: it does not count for the state of its alert.';
comment on column public.crisis_alerts.severity is 'What it counts as now.';
comment on column public.crisis_alerts.found_severity is 'What was found, if the team called it more severe since.';

create table public.crisis_snoozes (
    guild_id bigint not null,
    member_id bigint not null,
    until timestamptz not null,
    -- One of a fixed list.
    reason text not null,
    actor_id bigint,
    created_at timestamptz not null,
    primary key (guild_id, member_id)
);
comment on table public.crisis_snoozes is 'Members about whom nobody is pinged for some hours, and why. CRITICAL always pings.';
alter table public.crisis_snoozes enable row level security;
revoke all on public.crisis_snoozes from anon, authenticated;
grant select, insert, update, delete on public.crisis_snoozes to service_role;

-- Makes the row say what its events say: those that were not undone, since the message was last edited to something graver.
create function public.fold_crisis_alert(alert_id bigint) returns public.crisis_alerts
language sql
set search_path = ''
as $$
    with team as (
        select e.* from public.crisis_alert_events as e
        where e.alert_id = fold_crisis_alert.alert_id and e.undone_at is null
            and e.kind in ('acknowledged', 'taken', 'resolved', 'false_alarm')
            and e.event_id > coalesce((
                select max(r.event_id) from public.crisis_alert_events as r
                where r.alert_id = fold_crisis_alert.alert_id and r.kind = 'raised'
            ), 0)
    ),
    acknowledged as (select t.* from team as t where t.kind in ('acknowledged', 'taken') order by t.event_id limit 1),
    taken as (select t.* from team as t where t.kind = 'taken' order by t.event_id desc limit 1),
    over as (select t.* from team as t where t.kind in ('resolved', 'false_alarm') order by t.event_id desc limit 1)
    update public.crisis_alerts as a set
        status = coalesce((select upper(t.kind) from team as t order by t.event_id desc limit 1), 'OPEN'),
        acknowledged_by = (select t.actor_id from acknowledged as t),
        acknowledged_at = (select t.occurred_at from acknowledged as t),
        taken_by = (select t.actor_id from taken as t),
        taken_at = (select t.occurred_at from taken as t),
        resolved_by = (select t.actor_id from over as t),
        resolved_at = (select t.occurred_at from over as t)
    where a.alert_id = fold_crisis_alert.alert_id
    returning a.*
$$;

-- What was posted is an alert of its own, whatever it was counted on before: an edit after that one was over.
create function public.part_crisis_alert() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    new.status := 'OPEN';
    new.merged_into := null;
    new.episode_id := coalesce(new.episode_id, new.alert_id);
    new.last_at := greatest(new.last_at, new.posted_at);
    return new;
end
$$;
create trigger crisis_alerts_part before update of posted_at on public.crisis_alerts
for each row when (new.status = 'MERGED' and new.posted_at is not null) execute function public.part_crisis_alert();

-- The words leave the alert's post at `due`.
create function public.owe_crisis_preview(a public.crisis_alerts, due timestamptz) returns void
language sql
set search_path = ''
as $$
    select public.owe_job(a.guild_id, 'crisis.preview', a.alert_id::text, due, jsonb_build_object('message_id', a.message_id::text))
    where a.preview_gone_at is null
$$;

-- Nobody waits for an answer about this alert any more.
create function public.end_crisis_chain(alert_id bigint) returns void
language sql
set search_path = ''
as $$
    delete from public.jobs as j where j.kind in ('crisis.chain', 'crisis.ack_watch') and j.key = end_crisis_chain.alert_id::text
$$;

-- Somebody must react to this alert by `due`, if anybody has to.
create function public.begin_crisis_chain(a public.crisis_alerts, due timestamptz) returns void
language sql
set search_path = ''
as $$
    select public.owe_job(a.guild_id, 'crisis.chain', a.alert_id::text, due, '{}'::jsonb)
    where a.status in ('OPEN', 'ACKNOWLEDGED') and a.severity in ('HIGH', 'CRITICAL') and a.mode <> 'shadow' and due is not null
        and not exists (select from public.jobs as j where j.kind = 'crisis.chain' and j.key = a.alert_id::text)
$$;

-- The alert about a message, or the one it was counted on.
create function public.crisis_alert_about(guild_id bigint, message_id bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select public.crisis_alert_json(b)
    from public.crisis_alerts as a
    join public.crisis_alerts as b on b.alert_id = case a.status when 'MERGED' then a.merged_into else a.alert_id end
    where a.guild_id = crisis_alert_about.guild_id and a.message_id = crisis_alert_about.message_id
$$;

-- The only way in which the team changes an alert. `action` and what `detail` holds:
--   acknowledge, take_over
--   resolve       "sealed": an encrypted note, or nothing. All open alerts of the episode are resolved.
--   false_alarm   "reason"
--   more_severe   "reason", "to"
--   undo          "of": the kind of event that is taken back, "chain_at": when somebody must have reacted then
-- Answers null for a message without an alert, else {"outcome", "alert", ...}:
--   changed  "event_id"; "others": alerts that changed with it; "open": the severity of the member's newest open alert;
--            "messages": the alert's message and those counted on it; "handled" and "wrong": of this detector in 90 days
--   lost     somebody else was first: "kind", "by" and "at" say what they did
--   refused  it was too long ago to be undone
create function public.change_crisis_alert(
    guild_id bigint, message_id bigint, action text, actor_id bigint, detail jsonb, at timestamptz
) returns jsonb
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
    a public.crisis_alerts;
    one public.crisis_alerts;
    others jsonb := '[]';
    past public.crisis_alert_events;
    is_over boolean;
    is_lost boolean;
    wanted text;
    new_id bigint;
    noted jsonb := '{}';
begin
    select k.* into a from public.crisis_alerts as k
    where k.guild_id = change_crisis_alert.guild_id and k.message_id = change_crisis_alert.message_id;
    if not found then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtextextended(format('crisis:%s:%s', a.guild_id, a.member_id), 0));
    select k.* into a from public.crisis_alerts as k where k.alert_id = a.alert_id for update;
    if a.status = 'MERGED' then
        select k.* into a from public.crisis_alerts as k where k.alert_id = a.merged_into for update;
    end if;
    is_over := a.status in ('RESOLVED', 'FALSE_ALARM');
    -- The last thing the team did that counts, of those that a press of this kind competes with.
    wanted := coalesce(detail ->> 'of', case when a.status in ('ACKNOWLEDGED', 'TAKEN', 'RESOLVED', 'FALSE_ALARM') then lower(a.status) end);
    select e.* into past from public.crisis_alert_events as e
    where e.alert_id = a.alert_id and e.undone_at is null
        and (e.kind = 'more_severe') = (
            case change_crisis_alert.action when 'more_severe' then not is_over when 'undo' then coalesce(wanted = 'more_severe', false) else false end
        )
        and e.kind in ('acknowledged', 'taken', 'resolved', 'false_alarm', 'more_severe')
        and e.event_id > coalesce((
            select max(r.event_id) from public.crisis_alert_events as r where r.alert_id = a.alert_id and r.kind = 'raised'
        ), 0)
    order by e.event_id desc limit 1;
    is_lost := case change_crisis_alert.action
        when 'acknowledge' then a.status not in ('OPEN', 'ENDED')
        when 'take_over' then is_over or a.status = 'TAKEN'
        when 'more_severe' then is_over or public.crisis_severity_rank(detail ->> 'to') <= public.crisis_severity_rank(a.severity)
        when 'undo' then past.kind is distinct from wanted or past.event_id is null
        else is_over
    end;
    if is_lost then
        if change_crisis_alert.action = 'undo' then
            select e.* into past from public.crisis_alert_events as e
            where e.alert_id = a.alert_id and e.kind in ('acknowledged', 'taken', 'resolved', 'false_alarm', 'more_severe', 'undone')
                and e.undone_at is null
            order by e.event_id desc limit 1;
        end if;
        return jsonb_build_object(
            'outcome', 'lost', 'alert', public.crisis_alert_json(a), 'kind', past.kind, 'by', past.actor_id::text, 'at', past.occurred_at
        );
    end if;
    if change_crisis_alert.action = 'undo' and past.occurred_at <= change_crisis_alert.at - interval '30 days' then
        return jsonb_build_object('outcome', 'refused', 'alert', public.crisis_alert_json(a));
    end if;

    case change_crisis_alert.action
    when 'false_alarm' then noted := jsonb_build_object('reason', detail ->> 'reason');
    when 'more_severe' then noted := jsonb_build_object('reason', detail ->> 'reason', 'from', a.severity, 'to', detail ->> 'to');
    when 'undo' then noted := jsonb_build_object('of', past.kind);
    else null;
    end case;
    insert into public.crisis_alert_events (guild_id, alert_id, kind, actor_id, detail, occurred_at)
    values (a.guild_id, a.alert_id, case change_crisis_alert.action
        when 'acknowledge' then 'acknowledged' when 'take_over' then 'taken' when 'resolve' then 'resolved'
        when 'false_alarm' then 'false_alarm' when 'more_severe' then 'more_severe' when 'undo' then 'undone'
    end, change_crisis_alert.actor_id, noted, change_crisis_alert.at)
    returning event_id into new_id;

    case change_crisis_alert.action
    when 'resolve' then
        if detail ->> 'sealed' is not null then
            insert into public.crisis_notes (guild_id, alert_id, author_id, sealed, created_at)
            values (a.guild_id, a.alert_id, change_crisis_alert.actor_id, detail ->> 'sealed', change_crisis_alert.at);
        end if;
        for one in
            select k.* from public.crisis_alerts as k
            where k.guild_id = a.guild_id and k.member_id = a.member_id and k.episode_id = a.episode_id
                and k.alert_id <> a.alert_id and k.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN')
            for update
        loop
            insert into public.crisis_alert_events (guild_id, alert_id, kind, actor_id, detail, occurred_at)
            values (one.guild_id, one.alert_id, 'resolved', change_crisis_alert.actor_id, jsonb_build_object('with', a.alert_id), change_crisis_alert.at);
            one := public.fold_crisis_alert(one.alert_id);
            perform public.end_crisis_chain(one.alert_id);
            perform public.owe_crisis_preview(one, change_crisis_alert.at + interval '24 hours');
            others := others || public.crisis_alert_json(one);
        end loop;
    when 'false_alarm', 'more_severe' then
        insert into public.crisis_feedback (
            guild_id, alert_id, verdict, detector, severity, to_severity, score, reason, actor_id, created_at
        ) values (
            a.guild_id, a.alert_id, change_crisis_alert.action, a.detector, coalesce(a.found_severity, a.severity), detail ->> 'to', a.score,
            detail ->> 'reason', change_crisis_alert.actor_id, change_crisis_alert.at
        );
        if change_crisis_alert.action = 'false_alarm' then
            -- What was counted on it is no episode either.
            update public.crisis_alerts as k set episode_id = null where k.merged_into = a.alert_id and k.status = 'MERGED';
        else
            -- Posted anew, where its severity belongs.
            update public.crisis_alerts as k set
                severity = detail ->> 'to', found_severity = coalesce(k.found_severity, k.severity), posted_at = null
            where k.alert_id = a.alert_id;
        end if;
    when 'undo' then
        update public.crisis_alert_events as e set undone_at = change_crisis_alert.at where e.event_id = past.event_id;
        if past.kind in ('false_alarm', 'more_severe') then
            update public.crisis_feedback as f set undone_at = change_crisis_alert.at
            where f.feedback_id = (
                select max(g.feedback_id) from public.crisis_feedback as g
                where g.alert_id = a.alert_id and g.verdict = past.kind and g.undone_at is null
            );
        end if;
        if past.kind = 'false_alarm' then
            update public.crisis_alerts as k set episode_id = a.episode_id where k.merged_into = a.alert_id and k.status = 'MERGED';
        elsif past.kind = 'more_severe' then
            update public.crisis_alerts as k set
                severity = past.detail ->> 'from', found_severity = nullif(k.found_severity, past.detail ->> 'from'),
                posted_at = coalesce(k.posted_at, case when k.alert_message_id is not null then change_crisis_alert.at end)
            where k.alert_id = a.alert_id;
        elsif past.kind = 'resolved' then
            for one in
                select k.* from public.crisis_alerts as k
                join public.crisis_alert_events as e on e.alert_id = k.alert_id
                where k.guild_id = a.guild_id and k.member_id = a.member_id and e.kind = 'resolved' and e.undone_at is null
                    and e.detail ->> 'with' = a.alert_id::text and k.status = 'RESOLVED'
                for update of k
            loop
                update public.crisis_alert_events as e set undone_at = change_crisis_alert.at
                where e.alert_id = one.alert_id and e.kind = 'resolved' and e.undone_at is null and e.detail ->> 'with' = a.alert_id::text;
                one := public.fold_crisis_alert(one.alert_id);
                if one.status <> 'RESOLVED' then
                    delete from public.jobs as j where j.kind = 'crisis.preview' and j.key = one.alert_id::text;
                end if;
                perform public.begin_crisis_chain(one, (detail ->> 'chain_at')::timestamptz);
                others := others || public.crisis_alert_json(one);
            end loop;
        end if;
    else null;
    end case;

    if change_crisis_alert.action = 'more_severe' or past.kind = 'more_severe' and change_crisis_alert.action = 'undo' then
        select k.* into a from public.crisis_alerts as k where k.alert_id = a.alert_id;
    else
        a := public.fold_crisis_alert(a.alert_id);
    end if;
    if a.status in ('RESOLVED', 'FALSE_ALARM') then
        perform public.owe_crisis_preview(a, change_crisis_alert.at + interval '24 hours');
    else
        delete from public.jobs as j where j.kind = 'crisis.preview' and j.key = a.alert_id::text and j.due_at > change_crisis_alert.at;
    end if;
    if a.status not in ('OPEN', 'ACKNOWLEDGED') or a.severity not in ('HIGH', 'CRITICAL') then
        perform public.end_crisis_chain(a.alert_id);
    elsif change_crisis_alert.action = 'acknowledge' then
        -- It waits for what is done about it; the chain knows what that means.
        perform public.begin_crisis_chain(a, change_crisis_alert.at + interval '10 minutes');
    elsif change_crisis_alert.action = 'undo' then
        perform public.begin_crisis_chain(a, (detail ->> 'chain_at')::timestamptz);
    end if;
    -- Done at once by whoever asked; this is for the case that they cannot finish.
    perform public.owe_job(
        a.guild_id, 'crisis.follow', new_id::text, change_crisis_alert.at + interval '30 seconds',
        jsonb_build_object('message_id', a.message_id::text, 'action', change_crisis_alert.action)
    );
    return jsonb_build_object(
        'outcome', 'changed', 'alert', public.crisis_alert_json(a), 'event_id', new_id, 'others', others
    ) || public.crisis_alert_context(a, change_crisis_alert.at);
end
$$;

-- What has to follow a change of an alert, besides its post; see change_crisis_alert.
create function public.crisis_alert_context(a public.crisis_alerts, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'open', (
            select k.severity from public.crisis_alerts as k
            where k.guild_id = a.guild_id and k.member_id = a.member_id and k.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN')
                and k.mode <> 'drill' and k.last_at > crisis_alert_context.at - interval '24 hours'
            order by k.last_at desc, k.alert_id desc limit 1
        ),
        'messages', (
            select jsonb_agg(k.message_id::text order by k.alert_id) from public.crisis_alerts as k
            where k.alert_id = a.alert_id or k.merged_into = a.alert_id and k.status = 'MERGED'
        )
    ) || (
        select jsonb_build_object(
            'handled', count(*), 'wrong', count(*) filter (where k.status = 'FALSE_ALARM')
        )
        from public.crisis_alerts as k
        where k.guild_id = a.guild_id and k.detector = a.detector and k.mode <> 'drill'
            and k.status in ('ACKNOWLEDGED', 'TAKEN', 'RESOLVED', 'FALSE_ALARM')
            and k.found_at > crisis_alert_context.at - interval '90 days'
    )
$$;

-- The same for a change that somebody else began.
create function public.crisis_alert_to_follow(guild_id bigint, message_id bigint, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object('outcome', 'changed', 'alert', public.crisis_alert_json(a), 'others', coalesce((
        select jsonb_agg(public.crisis_alert_json(k)) from public.crisis_alerts as k
        where k.guild_id = a.guild_id and k.member_id = a.member_id and k.alert_id <> a.alert_id and exists (
            select from public.crisis_alert_events as e
            where e.alert_id = k.alert_id and e.kind = 'resolved' and e.detail ->> 'with' = a.alert_id::text
        )
    ), '[]')) || public.crisis_alert_context(a, crisis_alert_to_follow.at)
    from public.crisis_alerts as a
    where a.guild_id = crisis_alert_to_follow.guild_id and a.message_id = crisis_alert_to_follow.message_id
$$;

-- No pings about a member until then; `until` <= `at` ends it. Answers how it stands, null if there was nothing to end.
create function public.snooze_crisis_pings(
    guild_id bigint, member_id bigint, until timestamptz, reason text, actor_id bigint, at timestamptz
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    s public.crisis_snoozes;
begin
    if snooze_crisis_pings.until > snooze_crisis_pings.at then
        insert into public.crisis_snoozes as k (guild_id, member_id, until, reason, actor_id, created_at)
        values (
            snooze_crisis_pings.guild_id, snooze_crisis_pings.member_id, snooze_crisis_pings.until, snooze_crisis_pings.reason,
            snooze_crisis_pings.actor_id, snooze_crisis_pings.at
        )
        on conflict on constraint crisis_snoozes_pkey do update set
            until = excluded.until, reason = excluded.reason, actor_id = excluded.actor_id, created_at = excluded.created_at
        returning * into s;
    else
        delete from public.crisis_snoozes as k
        where k.guild_id = snooze_crisis_pings.guild_id and k.member_id = snooze_crisis_pings.member_id
        returning * into s;
        if s.until is null or s.until <= snooze_crisis_pings.at then
            return null;
        end if;
        s.until := snooze_crisis_pings.at;
    end if;
    insert into public.crisis_alert_events (guild_id, alert_id, kind, actor_id, detail, occurred_at)
    select a.guild_id, a.alert_id, case when s.until > snooze_crisis_pings.at then 'snoozed' else 'snooze_ended' end,
        snooze_crisis_pings.actor_id, jsonb_build_object('until', s.until, 'reason', s.reason), snooze_crisis_pings.at
    from public.crisis_alerts as a
    where a.guild_id = s.guild_id and a.member_id = s.member_id and a.alert_message_id is not null
    order by a.found_at desc, a.alert_id desc limit 1;
    return jsonb_build_object('until', s.until, 'reason', s.reason, 'by', s.actor_id::text, 'alert', (
        select public.crisis_alert_json(a) from public.crisis_alerts as a
        where a.guild_id = s.guild_id and a.member_id = s.member_id and a.alert_message_id is not null
        order by a.found_at desc, a.alert_id desc limit 1
    ));
end
$$;

-- The words of these messages, each of the guild at the same place, leave their alerts, now. Answers how many.
create function public.forget_crisis_words(guilds bigint[], messages bigint[], at timestamptz) returns integer
language sql
set search_path = ''
as $$
    with owed as (
        select public.owe_crisis_preview(a, forget_crisis_words.at)
        from unnest(forget_crisis_words.guilds, forget_crisis_words.messages) as m (guild_id, message_id)
        join public.crisis_alerts as a on a.guild_id = m.guild_id and a.message_id = m.message_id
        where a.status <> 'MERGED' and a.preview_gone_at is null
    )
    select count(*)::integer from owed
$$;

-- The words of a member leave their alerts. `erase`: everything about them leaves, for their rows are about to go.
create function public.forget_crisis_words_of(guild_id bigint, member_id bigint, erase boolean, at timestamptz) returns integer
language sql
set search_path = ''
as $$
    with owed as (
        select public.owe_job(
            a.guild_id, 'crisis.preview', case when erase then 'erase:' || a.alert_message_id else a.alert_id::text end,
            forget_crisis_words_of.at,
            case when erase
                then jsonb_build_object('channel_id', a.alert_channel_id::text, 'post_id', a.alert_message_id::text)
                else jsonb_build_object('message_id', a.message_id::text)
            end
        )
        from public.crisis_alerts as a
        where a.guild_id = forget_crisis_words_of.guild_id and a.member_id = forget_crisis_words_of.member_id
            and a.alert_message_id is not null and (erase or a.preview_gone_at is null)
    )
    select count(*)::integer from owed
$$;

-- Notes that the words go, before they go: whoever draws the post from now on leaves them out. Answers the alert.
create function public.crisis_words_gone(guild_id bigint, message_id bigint, at timestamptz) returns jsonb
language sql
set search_path = ''
as $$
    update public.crisis_alerts as a set preview_gone_at = coalesce(a.preview_gone_at, crisis_words_gone.at)
    where a.guild_id = crisis_words_gone.guild_id and a.message_id = crisis_words_gone.message_id
    returning public.crisis_alert_json(a)
$$;

-- What time does: episodes end, words leave after 90 days and rows after 365. Answers how many rows are left for another run.
create function public.prune_crisis_alerts(at timestamptz, max_rows integer) returns integer
language plpgsql
set search_path = ''
as $$
declare
    words integer;
    gone integer;
begin
    perform public.end_crisis_episodes(prune_crisis_alerts.at);
    with old as (
        select a.* from public.crisis_alerts as a
        where a.found_at <= prune_crisis_alerts.at - interval '90 days' and a.preview_gone_at is null and a.alert_message_id is not null
            and not exists (
                select from public.jobs as j
                where j.kind = 'crisis.preview' and j.key = a.alert_id::text and j.due_at <= prune_crisis_alerts.at + interval '1 hour'
            )
        order by a.found_at limit prune_crisis_alerts.max_rows
    ),
    owed as (
        select public.owe_crisis_preview(k, prune_crisis_alerts.at)
        from public.crisis_alerts as k join old as o on o.alert_id = k.alert_id
    )
    select count(*)::integer into words from owed;
    with old as (
        select a.alert_id from public.crisis_alerts as a
        where a.found_at <= prune_crisis_alerts.at - interval '365 days'
            and (a.preview_gone_at is not null or a.alert_message_id is null or a.found_at <= prune_crisis_alerts.at - interval '400 days')
        order by a.found_at limit prune_crisis_alerts.max_rows
    ),
    deleted as (
        delete from public.crisis_alerts as a using old as o where a.alert_id = o.alert_id returning 1
    )
    select count(*)::integer into gone from deleted;
    delete from public.crisis_snoozes as s where s.until <= prune_crisis_alerts.at;
    return greatest(words, gone);
end
$$;

-- What the team wrote about a member's alerts, newest first.
create function public.crisis_notes_about(guild_id bigint, member_id bigint, max_rows integer) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'message_id', n.message_id::text, 'by', n.author_id::text, 'sealed', n.sealed, 'at', n.created_at
    ) order by n.note_id desc), '[]')
    from (
        select k.*, a.message_id from public.crisis_notes as k
        join public.crisis_alerts as a on a.alert_id = k.alert_id
        where a.guild_id = crisis_notes_about.guild_id and a.member_id = crisis_notes_about.member_id
        order by k.note_id desc limit crisis_notes_about.max_rows
    ) as n
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'fold_crisis_alert(bigint)',
        'part_crisis_alert()',
        'owe_crisis_preview(public.crisis_alerts, timestamptz)',
        'end_crisis_chain(bigint)',
        'begin_crisis_chain(public.crisis_alerts, timestamptz)',
        'crisis_alert_about(bigint, bigint)',
        'change_crisis_alert(bigint, bigint, text, bigint, jsonb, timestamptz)',
        'crisis_alert_context(public.crisis_alerts, timestamptz)',
        'crisis_alert_to_follow(bigint, bigint, timestamptz)',
        'snooze_crisis_pings(bigint, bigint, timestamptz, text, bigint, timestamptz)',
        'forget_crisis_words(bigint[], bigint[], timestamptz)',
        'forget_crisis_words_of(bigint, bigint, boolean, timestamptz)',
        'crisis_words_gone(bigint, bigint, timestamptz)',
        'prune_crisis_alerts(timestamptz, integer)',
        'crisis_notes_about(bigint, bigint, integer)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
