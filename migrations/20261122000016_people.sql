-- People: an export without an end to its rows, a word when a deletion is done, and bots, whose posts are worth nothing.

set lock_timeout = '5s';

-- What somebody did, corrections included, is found by who they are: for their export and their erasure.
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index activity_logs_member on public.activity_logs (guild_id, user_id, occurred_at);
-- The one above serves the cap of a minute as well.
-- squawk-ignore require-concurrent-index-deletion
drop index public.activity_logs_member_minute;
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index reaction_states_member on public.reaction_states (guild_id, user_id, message_id);

create table public.guild_bots (
    guild_id bigint not null,
    bot_id bigint not null,
    primary key (guild_id, bot_id)
);
comment on table public.guild_bots is 'Bots that were met in a guild: reactions on their posts are worth nothing.';

create function public.note_bots(guild_id bigint, bot_ids jsonb) returns void
language sql
set search_path = ''
as $$
    insert into public.guild_bots (guild_id, bot_id)
    select note_bots.guild_id, b.value::bigint from jsonb_array_elements_text(bot_ids) as b
    order by 2
    on conflict do nothing
$$;

-- A Worker of before that calls it meanwhile is told to try again, and does.
-- squawk-ignore ban-drop-function
drop function public.export_person(jsonb, bigint, bigint, integer);
-- A portion of what is held about a person. `tables` as for count_person, with "hide": [columns]. It begins with the table
-- at `place` (from 0), there after the rows whose key is `after` (empty: with the first), and ends after `max_rows` of a
-- table or about `max_bytes` in all:
--   {"pages": [{"table": "table.column", "rows": [...]}], "next": {"place", "after"} | null (this was the last)}
-- The key is the first column of the primary key that differs between the person's rows; rows with the same key stay
-- together. Ids are text.
create function public.export_person(
    tables jsonb, guild_id bigint, user_id bigint, place integer, after text, max_rows integer, max_bytes integer
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
    t record;
    key_name text;
    key_type text;
    page record;
    bytes_left bigint := max_bytes;
    pages jsonb := '[]';
begin
    for t in
        select r.*
        from rows from (jsonb_to_recordset(tables) as ("table" text, "column" text, hide jsonb))
            with ordinality as r("table", "column", hide, ordinality)
        where r.ordinality > export_person.place
        order by r.ordinality
    loop
        if bytes_left <= 0 then
            return jsonb_build_object('pages', pages, 'next', jsonb_build_object('place', t.ordinality - 1, 'after', ''));
        end if;
        select a.attname, format_type(a.atttypid, a.atttypmod) into key_name, key_type
        from pg_catalog.pg_index as i
        cross join lateral unnest(i.indkey::smallint[]) with ordinality as c(attnum, ordinality)
        join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = c.attnum
        where i.indrelid = format('public.%I', t."table")::regclass and i.indisprimary
            and c.ordinality <= i.indnkeyatts and a.attname not in ('guild_id', t."column")
        order by c.ordinality
        limit 1;
        if not found then
            -- One row for each person.
            key_name := t."column";
            key_type := 'bigint';
        end if;
        execute format(
            'select count(*) as shown, max(x.fetched) as fetched, jsonb_agg(x.row order by x.key) as rows,
                max(x.bytes) as bytes, (array_agg(x.key order by x.key desc))[1]::text as last
            from (
                select
                    j.key, j.row, count(*) over () as fetched, first_value(j.key) over (order by j.key) as first,
                    sum(octet_length(j.row::text)) over (order by j.key) as bytes
                from (
                    select r.%3$I as key, (
                        select jsonb_object_agg(
                            c.key,
                            case
                                when jsonb_typeof(c.value) = ''number'' and length(c.value #>> ''{}'') > 15
                                    then to_jsonb(c.value #>> ''{}'')
                                else c.value
                            end
                        )
                        from jsonb_each(to_jsonb(r)) as c
                        where not $3 ? c.key
                    ) as row
                    from public.%1$I as r
                    where r.guild_id = $1 and r.%2$I = $2 and ($4 = '''' or r.%3$I > nullif($4, '''')::%4$s)
                    order by r.%3$I
                    fetch first ($5) rows with ties
                ) as j
            ) as x
            where x.bytes <= $6 or x.key = x.first',
            t."table", t."column", key_name, key_type
        )
        into page
        using
            export_person.guild_id, export_person.user_id, coalesce(t.hide, '[]'),
            case when t.ordinality = export_person.place + 1 then export_person.after else '' end,
            export_person.max_rows, bytes_left;
        continue when page.shown = 0;
        pages := pages || jsonb_build_object('table', t."table" || '.' || t."column", 'rows', page.rows);
        bytes_left := bytes_left - page.bytes;
        if page.shown < page.fetched or page.fetched >= export_person.max_rows then
            return jsonb_build_object(
                'pages', pages, 'next', jsonb_build_object('place', t.ordinality - 1, 'after', page.last)
            );
        end if;
    end loop;
    return jsonb_build_object('pages', pages, 'next', null);
end
$$;

-- The erasure is done; who asked is told, once for what they asked for at the same time. What a hold delays is told of
-- when it is done, too.
create or replace function public.finish_erasure(request_id bigint, at timestamptz) returns void
language plpgsql
set search_path = ''
as $$
declare
    r record;
begin
    select q.subject_id, q.requested_at into r
    from public.privacy_requests as q
    where q.request_id = finish_erasure.request_id and q.done_at is null;
    if not found then
        return;
    end if;
    -- Of two that are done at once the second one sees the first.
    perform from public.privacy_requests as q
    where q.subject_id = r.subject_id and q.requested_at = r.requested_at
    order by q.request_id
    for update;
    update public.privacy_requests as q set done_at = finish_erasure.at, held_until = null
    where q.request_id = finish_erasure.request_id and q.done_at is null;
    if not exists (
        select from public.privacy_requests as q
        where q.subject_id = r.subject_id and q.requested_at = r.requested_at and q.done_at is null
            and coalesce(q.held_until, '-infinity') <= finish_erasure.at
    ) then
        perform public.owe_job(
            0, 'privacy.tell', finish_erasure.request_id::text, finish_erasure.at,
            jsonb_build_object('request_id', finish_erasure.request_id)
        );
    end if;
end
$$;

-- What the message about a deletion needs to know; null if nobody remembers it. `held`: a part of it is on hold.
create function public.finished_erasure(request_id bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'subject_id', q.subject_id::text,
        'by_admin', q.kind = 'admin_delete',
        'held', exists (
            select from public.privacy_requests as o
            where o.subject_id = q.subject_id and o.requested_at = q.requested_at and o.done_at is null
        )
    )
    from public.privacy_requests as q
    where q.request_id = finished_erasure.request_id and q.done_at is not null
$$;

-- What a person chose and what they asked for, one object a guild. Times are milliseconds since 1970.
create or replace function public.privacy_status(guild_ids jsonb, user_id bigint, at timestamptz) returns jsonb
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
        'held_until', case when r.request_id is not null then floor(extract(epoch from h.expires_at) * 1000)::bigint end,
        'done_at', (
            select floor(extract(epoch from max(d.done_at)) * 1000)::bigint from public.privacy_requests as d
            where d.guild_id = g.value::bigint and d.subject_id = privacy_status.user_id
        )
    ) order by g.place), '[]')
    from jsonb_array_elements_text(guild_ids) with ordinality as g(value, place)
    left join public.user_preferences as p on p.guild_id = g.value::bigint and p.user_id = privacy_status.user_id
    left join public.privacy_requests as r
        on r.guild_id = g.value::bigint and r.subject_id = privacy_status.user_id and r.done_at is null
    left join public.privacy_holds as h
        on h.guild_id = g.value::bigint and h.subject_id = privacy_status.user_id and h.expires_at > privacy_status.at
$$;

-- A Worker of before that calls it meanwhile is told to try again, and does.
-- squawk-ignore ban-drop-function
drop function public.prune_privacy(timestamptz, timestamptz);
-- Retention: what is done, holds that are over, and who looked, each after its own while.
create function public.prune_privacy(done_before timestamptz, held_before timestamptz, seen_before timestamptz) returns bigint
language sql
set search_path = ''
as $$
    with requests as (
        delete from public.privacy_requests as r where r.done_at < done_before returning 1
    ),
    holds as (
        delete from public.privacy_holds as h where h.expires_at < held_before returning 1
    ),
    seen as (
        delete from public.access_log as a where a.at < seen_before returning 1
    )
    select (select count(*) from requests) + (select count(*) from holds) + (select count(*) from seen)
$$;

-- Names of campaigns that are running and contain what is typed, those that began last first.
create function public.running_campaigns(guild_id bigint, typed text, at timestamptz, max_rows integer) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(n.name order by n.began desc, n.name), '[]')
    from (
        select c.name, max(c.starts_at) as began from public.campaigns as c
        where c.guild_id = running_campaigns.guild_id and c.starts_at <= running_campaigns.at
            and (c.ends_at is null or c.ends_at > running_campaigns.at)
            and position(lower(running_campaigns.typed) in lower(c.name)) > 0
        group by c.name
        order by 2 desc, 1
        limit max_rows
    ) as n
$$;

-- Keeps the last word about each reaction of a batch (a part of ingest_activity). On posts of bots there is none: an event
-- says so itself ("author_bot"), or its "author_id" is known as one.
create or replace function public.note_reactions(events jsonb, default_points jsonb) returns void
language plpgsql
set search_path = ''
as $$
begin
    insert into public.guild_bots (guild_id, bot_id)
    select distinct e.guild_id, e.author_id
    from jsonb_to_recordset(events) as e(guild_id bigint, author_id bigint, author_bot boolean)
    where e.author_bot and e.author_id is not null and not exists (
        select from public.guild_bots as b where b.guild_id = e.guild_id and b.bot_id = e.author_id
    )
    order by 1, 2
    on conflict do nothing;

    insert into public.reaction_states as r (
        guild_id, message_id, user_id, emoji, epoch_number, position, present, channel_id
    )
    select distinct on (e.guild_id, e.message_id, coalesce(e.emoji, ''))
        e.guild_id, e.message_id, 0, coalesce(e.emoji, ''), p.epoch_number, coalesce(e.order, 0), false, e.channel_id
    from jsonb_to_recordset(events) as e(
        kind text, guild_id bigint, channel_id bigint, message_id bigint, emoji text, "order" bigint, epoch text
    )
    join public.relay_epochs as p on p.guild_id = e.guild_id and p.epoch = coalesce(e.epoch, '')
    where e.kind = 'reactions_cleared'
    order by e.guild_id, e.message_id, coalesce(e.emoji, ''), p.epoch_number desc, e.order desc
    on conflict (guild_id, message_id, user_id, emoji) do update set
        epoch_number = excluded.epoch_number, position = excluded.position, changed_at = now()
    where (excluded.epoch_number, excluded.position) > (r.epoch_number, r.position);

    insert into public.reaction_states as r (
        guild_id, message_id, user_id, emoji, epoch_number, position, present, channel_id, reacted_at
    )
    select distinct on (e.guild_id, e.message_id, e.user_id, e.emoji)
        e.guild_id, e.message_id, e.user_id, e.emoji, p.epoch_number, coalesce(e.order, 0), e.kind = 'reaction', e.channel_id,
        to_timestamp(e.at / 1000.0)
    from jsonb_to_recordset(events) as e(
        kind text, guild_id bigint, channel_id bigint, parent_id bigint, user_id bigint, message_id bigint, emoji text,
        at bigint, "order" bigint, epoch text, author_id bigint
    )
    join public.relay_epochs as p on p.guild_id = e.guild_id and p.epoch = coalesce(e.epoch, '')
    where case e.kind
        when 'reaction' then
            public.scored_points(e.guild_id, 'reaction', e.channel_id, e.parent_id, e.user_id, default_points) is not null
            and not exists (
                select from public.guild_bots as b where b.guild_id = e.guild_id and b.bot_id = e.author_id
            )
        when 'reaction_removed' then
            -- Of a member who opted out only what is known already is changed.
            not exists (
                select from public.user_preferences as o
                where o.guild_id = e.guild_id and o.user_id = e.user_id and o.scoring_opt_out
            )
            or exists (
                select from public.reaction_states as k
                where k.guild_id = e.guild_id and k.message_id = e.message_id and k.user_id = e.user_id and k.emoji = e.emoji
            )
        else false
    end
    order by e.guild_id, e.message_id, e.user_id, e.emoji, p.epoch_number desc, e.order desc
    on conflict (guild_id, message_id, user_id, emoji) do update set
        epoch_number = excluded.epoch_number, position = excluded.position, present = excluded.present,
        channel_id = excluded.channel_id, reacted_at = excluded.reacted_at, changed_at = now()
    where (excluded.epoch_number, excluded.position) > (r.epoch_number, r.position);

    -- What was given before all were cleared went with them.
    update public.reaction_states as r set present = false, changed_at = now()
    from (
        select distinct e.guild_id, e.message_id
        from jsonb_to_recordset(events) as e(kind text, guild_id bigint, message_id bigint)
        where e.kind in ('reaction', 'reactions_cleared')
    ) as e
    cross join lateral (
        select distinct k.user_id, k.emoji
        from public.reaction_states as c
        join public.reaction_states as k on k.guild_id = c.guild_id and k.message_id = c.message_id
        where c.guild_id = e.guild_id and c.message_id = e.message_id and c.user_id = 0
            and k.present and c.emoji in ('', k.emoji)
            and (c.epoch_number, c.position) > (k.epoch_number, k.position)
    ) as k
    where r.guild_id = e.guild_id and r.message_id = e.message_id and r.user_id = k.user_id and r.emoji = k.emoji;
end
$$;

do $$
declare
    name text;
begin
    alter table public.guild_bots enable row level security;
    revoke all on public.guild_bots from anon, authenticated;
    grant all on public.guild_bots to service_role;
    foreach name in array array[
        'note_bots(bigint, jsonb)',
        'export_person(jsonb, bigint, bigint, integer, text, integer, integer)',
        'finished_erasure(bigint)',
        'prune_privacy(timestamptz, timestamptz, timestamptz)',
        'running_campaigns(bigint, text, timestamptz, integer)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
