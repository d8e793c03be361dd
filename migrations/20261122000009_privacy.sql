-- Privacy: what is held about a person is read, counted and erased table by table; what is owed of that, and who looked.

set lock_timeout = '5s';

create table public.access_log (
    access_id bigint generated always as identity primary key,
    guild_id bigint not null,
    actor_id bigint not null,
    subject_id bigint not null,
    what text not null check (length(what) between 1 and 100),
    at timestamptz not null default now()
);
comment on table public.access_log is 'Who opened what is held about a member. The member reads it in /privacy export.';
create index access_log_subject on public.access_log (guild_id, subject_id, at);
create index access_log_of_subject on public.access_log (subject_id);
create index access_log_time on public.access_log (at);

create table public.privacy_requests (
    request_id bigint generated always as identity primary key,
    guild_id bigint not null,
    subject_id bigint not null,
    kind text not null check (kind in ('delete', 'admin_delete')),
    requested_by bigint not null,
    requested_at timestamptz not null,
    due_at timestamptz not null,
    done_at timestamptz,
    held_until timestamptz
);
comment on table public.privacy_requests is 'Erasures that were asked for: when, by whom, when done. Never what was erased.';
comment on column public.privacy_requests.guild_id is '0: what is not of one guild (direct messages).';
comment on column public.privacy_requests.due_at is 'At the latest then, unless a hold delays it.';
create unique index privacy_requests_open on public.privacy_requests (guild_id, subject_id) where done_at is null;
create index privacy_requests_subject on public.privacy_requests (subject_id);

create table public.privacy_holds (
    guild_id bigint not null,
    subject_id bigint not null,
    placed_by bigint,
    reason text not null check (length(reason) between 1 and 500),
    placed_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (guild_id, subject_id)
);
comment on table public.privacy_holds is 'An administrator delays an erasure, because evidence would go with it; always until a day.';

-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index user_preferences_user on public.user_preferences (user_id);
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index tickets_opener on public.tickets (opener_id, guild_id);
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index ticket_messages_author on public.ticket_messages (author_id, guild_id);
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index staff_user on public.staff (user_id);
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index ai_audit_logs_actor on public.ai_audit_logs (guild_id, actor_id) where actor_id is not null;

-- The guilds (as text) that hold something of a person.
create function public.person_guilds(user_id bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(g.guild_id::text order by g.guild_id), '[]')
    from (
        select u.guild_id from public.discord_users as u where u.user_id = person_guilds.user_id
        union select p.guild_id from public.user_preferences as p where p.user_id = person_guilds.user_id
        union select t.guild_id from public.tickets as t where t.opener_id = person_guilds.user_id
        union select m.guild_id from public.ticket_messages as m where m.author_id = person_guilds.user_id
        union select s.guild_id from public.staff as s where s.user_id = person_guilds.user_id
        union select a.guild_id from public.access_log as a where a.subject_id = person_guilds.user_id
        union select r.guild_id from public.privacy_requests as r where r.subject_id = person_guilds.user_id
    ) as g
    where g.guild_id <> 0
$$;

-- `tables` is an array of {"table", "column", "erase": "delete" | "null" | "zero" | "keep", "hide": [columns]}, as the
-- features declare them. Answers {"table.column": rows} for those that are not empty.
create function public.count_person(tables jsonb, guild_id bigint, user_id bigint) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
    t record;
    held bigint;
    found_rows jsonb := '{}';
begin
    for t in select r.* from jsonb_to_recordset(tables) as r("table" text, "column" text) loop
        execute format('select count(*) from public.%I where guild_id = $1 and %I = $2', t."table", t."column")
        into held using count_person.guild_id, count_person.user_id;
        if held > 0 then
            found_rows := found_rows || jsonb_build_object(t."table" || '.' || t."column", held);
        end if;
    end loop;
    return found_rows;
end
$$;

-- The same rows themselves: {"table.column": {"held": n, "rows": [...]}}, at most `max_rows` of a table. Ids are text.
create function public.export_person(tables jsonb, guild_id bigint, user_id bigint, max_rows integer) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
    t record;
    held bigint;
    shown jsonb;
    found_rows jsonb := '{}';
begin
    for t in select r.* from jsonb_to_recordset(tables) as r("table" text, "column" text, hide jsonb) loop
        execute format('select count(*) from public.%I where guild_id = $1 and %I = $2', t."table", t."column")
        into held using export_person.guild_id, export_person.user_id;
        continue when held = 0;
        execute format(
            'select jsonb_agg((
                select jsonb_object_agg(
                    c.key,
                    case
                        when jsonb_typeof(c.value) = ''number'' and length(c.value #>> ''{}'') > 15 then to_jsonb(c.value #>> ''{}'')
                        else c.value
                    end
                )
                from jsonb_each(to_jsonb(r)) as c
                where not $4 ? c.key
            ))
            from (select * from public.%I where guild_id = $1 and %I = $2 limit $3) as r',
            t."table", t."column"
        )
        into shown using export_person.guild_id, export_person.user_id, max_rows, coalesce(t.hide, '[]');
        found_rows := found_rows || jsonb_build_object(
            t."table" || '.' || t."column", jsonb_build_object('held', held, 'rows', shown)
        );
    end loop;
    return found_rows;
end
$$;

-- Erases them, at most `max_rows` of a table at once. True when nothing is left.
create function public.erase_person(tables jsonb, guild_id bigint, user_id bigint, max_rows integer) returns boolean
language plpgsql
set search_path = ''
as $$
declare
    t record;
    gone bigint;
    done boolean := true;
begin
    for t in
        select r.* from jsonb_to_recordset(tables) as r("table" text, "column" text, erase text) where r.erase <> 'keep'
    loop
        execute format(
            case t.erase when 'delete' then 'delete from public.%1$I' else 'update public.%1$I set %2$I = $4' end
            || ' where (tableoid, ctid) in (
                select d.tableoid, d.ctid from public.%1$I as d where d.guild_id = $1 and d.%2$I = $2 limit $3
            )',
            t."table", t."column"
        )
        using erase_person.guild_id, erase_person.user_id, max_rows, case t.erase when 'zero' then 0::bigint end;
        get diagnostics gone = row_count;
        done := done and gone < max_rows;
    end loop;
    return done;
end
$$;

-- What a person chose is forgotten, but for what they refused: that has to be remembered to be respected.
create function public.forget_preferences(guild_id bigint, user_id bigint) returns void
language plpgsql
set search_path = ''
as $$
begin
    delete from public.user_preferences as p
    where p.guild_id = forget_preferences.guild_id and p.user_id = forget_preferences.user_id
        and not p.scoring_opt_out and not p.monitoring_opt_out;
    update public.user_preferences as p
    set presence_opt_in = false, welcome_dm_opt_in = false, presence_heard_at = null
    where p.guild_id = forget_preferences.guild_id and p.user_id = forget_preferences.user_id;
end
$$;

-- Sets what a person chose, in some guilds; what `chosen` does not name stays:
--   {"scoring_opt_out", "monitoring_opt_out", "presence_opt_in", "welcome_dm_opt_in"}
create function public.set_preferences(guild_ids jsonb, user_id bigint, chosen jsonb, at timestamptz) returns void
language plpgsql
set search_path = ''
as $$
begin
    insert into public.user_preferences as p (
        guild_id, user_id, scoring_opt_out, monitoring_opt_out, presence_opt_in, welcome_dm_opt_in, updated_at
    )
    select
        g.value::bigint, set_preferences.user_id,
        coalesce((chosen ->> 'scoring_opt_out')::boolean, false), coalesce((chosen ->> 'monitoring_opt_out')::boolean, false),
        coalesce((chosen ->> 'presence_opt_in')::boolean, false), coalesce((chosen ->> 'welcome_dm_opt_in')::boolean, false),
        set_preferences.at
    from jsonb_array_elements_text(guild_ids) as g
    order by 1
    on conflict on constraint user_preferences_pkey do update set
        scoring_opt_out = coalesce((chosen ->> 'scoring_opt_out')::boolean, p.scoring_opt_out),
        monitoring_opt_out = coalesce((chosen ->> 'monitoring_opt_out')::boolean, p.monitoring_opt_out),
        presence_opt_in = coalesce((chosen ->> 'presence_opt_in')::boolean, p.presence_opt_in),
        welcome_dm_opt_in = coalesce((chosen ->> 'welcome_dm_opt_in')::boolean, p.welcome_dm_opt_in),
        updated_at = set_preferences.at;
    if not coalesce((chosen ->> 'presence_opt_in')::boolean, true) then
        update public.presence_sessions as s
        set
            ended_at = s.last_seen_at,
            duration_seconds = floor(extract(epoch from s.last_seen_at - s.started_at))
        where s.ended_at is null and s.user_id = set_preferences.user_id
            and s.guild_id in (select g.value::bigint from jsonb_array_elements_text(guild_ids) as g);
    end if;
end
$$;

-- What a person chose and what they asked for, one object a guild. Times are milliseconds since 1970.
create function public.privacy_status(guild_ids jsonb, user_id bigint, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'guild_id', g.value,
        'scoring', not coalesce(p.scoring_opt_out, false),
        'monitoring', not coalesce(p.monitoring_opt_out, false),
        'presence', coalesce(p.presence_opt_in, false),
        'welcome_dm', coalesce(p.welcome_dm_opt_in, false),
        'due_at', floor(extract(epoch from r.due_at) * 1000)::bigint,
        'held_until', case when r.request_id is not null then floor(extract(epoch from h.expires_at) * 1000)::bigint end
    ) order by g.place), '[]')
    from jsonb_array_elements_text(guild_ids) with ordinality as g(value, place)
    left join public.user_preferences as p on p.guild_id = g.value::bigint and p.user_id = privacy_status.user_id
    left join public.privacy_requests as r
        on r.guild_id = g.value::bigint and r.subject_id = privacy_status.user_id and r.done_at is null
    left join public.privacy_holds as h
        on h.guild_id = g.value::bigint and h.subject_id = privacy_status.user_id and h.expires_at > privacy_status.at
$$;

-- Asks for erasures and owes their jobs. `wanted` is an array of {"guild_id", "due_at"} (ms since 1970). Asked again while
-- one is open, that one stands. Answers [{"guild_id", "due_at", "held_until"}].
create function public.request_erasure(
    wanted jsonb, subject_id bigint, kind text, requested_by bigint, at timestamptz
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    w record;
    request record;
    hold timestamptz;
    answers jsonb := '[]';
begin
    for w in select r.* from jsonb_to_recordset(wanted) as r(guild_id bigint, due_at bigint) order by r.guild_id loop
        select h.expires_at into hold from public.privacy_holds as h
        where h.guild_id = w.guild_id and h.subject_id = request_erasure.subject_id and h.expires_at > request_erasure.at;
        insert into public.privacy_requests as r (guild_id, subject_id, kind, requested_by, requested_at, due_at, held_until)
        values (
            w.guild_id, request_erasure.subject_id, request_erasure.kind, request_erasure.requested_by, request_erasure.at,
            to_timestamp(w.due_at / 1000.0), hold
        )
        on conflict do nothing;
        select r.request_id, r.due_at into request
        from public.privacy_requests as r
        where r.guild_id = w.guild_id and r.subject_id = request_erasure.subject_id and r.done_at is null;
        continue when not found;
        insert into public.jobs (guild_id, kind, key, due_at, payload)
        values (
            w.guild_id, 'privacy.erase', request.request_id::text, request_erasure.at,
            jsonb_build_object('request_id', request.request_id)
        )
        on conflict do nothing;
        answers := answers || jsonb_build_object(
            'guild_id', w.guild_id::text,
            'due_at', floor(extract(epoch from request.due_at) * 1000)::bigint,
            'held_until', floor(extract(epoch from hold) * 1000)::bigint
        );
    end loop;
    return answers;
end
$$;

-- What the job of an erasure needs to know; null: it is done. Notes the hold that delays it.
create function public.open_erasure(request_id bigint, at timestamptz) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    r record;
    hold timestamptz;
begin
    select q.guild_id, q.subject_id, q.due_at into r
    from public.privacy_requests as q
    where q.request_id = open_erasure.request_id and q.done_at is null;
    if not found then
        return null;
    end if;
    select h.expires_at into hold from public.privacy_holds as h
    where h.guild_id = r.guild_id and h.subject_id = r.subject_id and h.expires_at > open_erasure.at;
    update public.privacy_requests as q set held_until = hold
    where q.request_id = open_erasure.request_id and q.held_until is distinct from hold;
    return jsonb_build_object(
        'guild_id', r.guild_id::text, 'subject_id', r.subject_id::text,
        'due_at', floor(extract(epoch from r.due_at) * 1000)::bigint,
        'held_until', floor(extract(epoch from hold) * 1000)::bigint
    );
end
$$;

create function public.finish_erasure(request_id bigint, at timestamptz) returns void
language sql
set search_path = ''
as $$
    update public.privacy_requests as q set done_at = finish_erasure.at, held_until = null
    where q.request_id = finish_erasure.request_id and q.done_at is null
$$;

-- Delays every erasure of a person in a guild until `expires_at`; one that lies in the past ends the hold.
create function public.place_hold(
    guild_id bigint, subject_id bigint, placed_by bigint, reason text, expires_at timestamptz, at timestamptz
) returns void
language sql
set search_path = ''
as $$
    insert into public.privacy_holds as h (guild_id, subject_id, placed_by, reason, placed_at, expires_at)
    values (
        place_hold.guild_id, place_hold.subject_id, place_hold.placed_by, place_hold.reason, place_hold.at,
        place_hold.expires_at
    )
    on conflict on constraint privacy_holds_pkey do update set
        placed_by = excluded.placed_by, reason = excluded.reason, placed_at = excluded.placed_at,
        expires_at = excluded.expires_at;
    -- An erasure that waited for the end of the hold looks again.
    update public.jobs as j set due_at = least(j.due_at, place_hold.at)
    from public.privacy_requests as r
    where r.guild_id = place_hold.guild_id and r.subject_id = place_hold.subject_id and r.done_at is null
        and j.kind = 'privacy.erase' and j.key = r.request_id::text
$$;

-- Notes that somebody opened what is held about a member.
create function public.note_access(guild_id bigint, actor_id bigint, subject_id bigint, what text, at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.access_log (guild_id, actor_id, subject_id, what, at)
    values (note_access.guild_id, note_access.actor_id, note_access.subject_id, note_access.what, note_access.at)
$$;

-- Owes what leaving leads to, and takes it back for who came back. `events` is an array of
--   {"kind": "member_left" | "member_joined" | "guild_left" | "guild_available", "guild_id", "user_id"}
create function public.owe_goodbyes(events jsonb, at timestamptz) returns void
language plpgsql
set search_path = ''
as $$
declare
    e record;
begin
    for e in
        select r.*
        from rows from (jsonb_to_recordset(events) as (kind text, guild_id bigint, user_id bigint))
            with ordinality as r(kind, guild_id, user_id, place)
        order by r.place
    loop
        case e.kind
            when 'member_left' then
                perform public.owe_job(
                    e.guild_id, 'privacy.left', e.guild_id || ':' || e.user_id, owe_goodbyes.at + interval '7 days',
                    jsonb_build_object('user_id', e.user_id::text)
                );
            when 'member_joined' then
                delete from public.jobs as j where j.kind = 'privacy.left' and j.key = e.guild_id || ':' || e.user_id;
            when 'guild_left' then
                perform public.owe_job(
                    0, 'privacy.forget_guild', e.guild_id::text, owe_goodbyes.at + interval '30 days',
                    jsonb_build_object('guild_id', e.guild_id::text)
                );
            when 'guild_available' then
                delete from public.jobs as j where j.kind = 'privacy.forget_guild' and j.key = e.guild_id::text;
        end case;
    end loop;
end
$$;

-- Whether somebody who left is still away.
create function public.is_away(guild_id bigint, user_id bigint) returns boolean
language sql stable
set search_path = ''
as $$
    select not exists (
        select from public.discord_users as u
        where u.guild_id = is_away.guild_id and u.user_id = is_away.user_id and u.left_at is null
    )
$$;

-- Deletes what is held of a guild, in every table, at most `max_rows` of each at once. True when nothing is left.
create function public.forget_guild(guild_id bigint, max_rows integer) returns boolean
language plpgsql
set search_path = ''
as $$
declare
    name text;
    gone bigint;
    done boolean := true;
begin
    if forget_guild.guild_id = 0 then
        raise exception 'guild 0 is what belongs to no guild' using errcode = '22023';
    end if;
    for name in
        select c.relname
        from pg_catalog.pg_class as c
        join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = 'guild_id' and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
        -- Sums of activity_hourly come last: triggers take them away with its rows.
        order by c.relname ~ '^activity_(by|in)_', c.relname
    loop
        if name ~ '^activity_(by|in)_'
            and exists (select from public.activity_hourly as h where h.guild_id = forget_guild.guild_id)
        then
            continue;
        end if;
        execute format(
            'delete from public.%1$I where ctid in (select d.ctid from public.%1$I as d where d.guild_id = $1 limit $2)', name
        )
        using forget_guild.guild_id, max_rows;
        get diagnostics gone = row_count;
        done := done and gone < max_rows;
    end loop;
    return done;
end
$$;

-- Retention: what is done is forgotten after a while, holds when they are over.
create function public.prune_privacy(done_before timestamptz, seen_before timestamptz) returns bigint
language sql
set search_path = ''
as $$
    with requests as (
        delete from public.privacy_requests as r where r.done_at < done_before returning 1
    ),
    holds as (
        delete from public.privacy_holds as h where h.expires_at < done_before returning 1
    ),
    seen as (
        delete from public.access_log as a where a.at < seen_before returning 1
    )
    select (select count(*) from requests) + (select count(*) from holds) + (select count(*) from seen)
$$;

do $$
declare
    name text;
begin
    foreach name in array array['access_log', 'privacy_requests', 'privacy_holds'] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from anon, authenticated', name);
        execute format('grant all on public.%I to service_role', name);
    end loop;
    foreach name in array array[
        'person_guilds(bigint)',
        'count_person(jsonb, bigint, bigint)',
        'export_person(jsonb, bigint, bigint, integer)',
        'erase_person(jsonb, bigint, bigint, integer)',
        'forget_preferences(bigint, bigint)',
        'set_preferences(jsonb, bigint, jsonb, timestamptz)',
        'privacy_status(jsonb, bigint, timestamptz)',
        'request_erasure(jsonb, bigint, text, bigint, timestamptz)',
        'open_erasure(bigint, timestamptz)',
        'finish_erasure(bigint, timestamptz)',
        'place_hold(bigint, bigint, bigint, text, timestamptz, timestamptz)',
        'note_access(bigint, bigint, bigint, text, timestamptz)',
        'owe_goodbyes(jsonb, timestamptz)',
        'is_away(bigint, bigint)',
        'forget_guild(bigint, integer)',
        'prune_privacy(timestamptz, timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
