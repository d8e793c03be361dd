-- Members: who is in a guild and since when, whether they are online (if they agreed), and who was welcomed.

set lock_timeout = '5s';

alter table public.discord_users add column listed_at timestamptz;
comment on column public.discord_users.listed_at is 'When Discord''s list of members last named them.';
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index discord_users_user on public.discord_users (user_id);
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index presence_sessions_member on public.presence_sessions (guild_id, user_id, started_at);

alter table public.user_preferences add column presence_heard_at timestamptz;
comment on column public.user_preferences.presence_heard_at is 'The newest presence that was taken in; older ones that come late are passed over.';

create table public.welcomes (
    welcome_id bigint generated always as identity primary key,
    guild_id bigint not null,
    user_id bigint not null,
    joined_at timestamptz not null,
    channel_id bigint,
    message_id bigint,
    checklist_id bigint,
    created_at timestamptz not null,
    unique (guild_id, user_id, joined_at)
);
comment on table public.welcomes is 'Who was welcomed for which joining, so that it happens once.';
create index welcomes_time on public.welcomes (created_at);

-- Takes in what was heard of members. `events` is an array, in the relay's order, of
--   {"kind": "join" | "update" | "list" | "leave", "guild_id", "user_id", "name", "at"}
-- with ids as text and `at` in milliseconds since 1970: when they joined (join, list) or left (leave; without it, now).
-- The same events again and in another order end the same. Of who stopped the collecting nothing new is kept.
-- `known_since`: when the members were listed before; who is listed and joined after that was not heard joining.
create function public.record_members(events jsonb, at timestamptz, known_since timestamptz default null) returns void
language plpgsql
set search_path = ''
as $$
declare
    e record;
    known record;
    happened timestamptz;
begin
    for e in
        select r.*, exists (
            select from public.user_preferences as p
            where p.guild_id = r.guild_id and p.user_id = r.user_id and p.scoring_opt_out
        ) as stopped
        from rows from (jsonb_to_recordset(events) as (
            kind text, guild_id bigint, user_id bigint, name text, at bigint
        )) with ordinality as r(kind, guild_id, user_id, name, at, place)
        -- In one order everywhere, so that two deliveries with the same members cannot deadlock.
        order by r.guild_id, r.user_id, r.place
    loop
        happened := case when e.at > 0 then to_timestamp(e.at / 1000.0) else record_members.at end;
        if e.kind = 'leave' then
            -- The relay's clock: one that is ahead must not outlast a return.
            happened := least(happened, record_members.at);
        end if;
        if e.stopped then
            update public.discord_users as u
            set
                listed_at = case when e.kind = 'list' then record_members.at else u.listed_at end,
                left_at = case
                    when e.kind = 'leave' then coalesce(u.left_at, happened)
                    when e.kind in ('join', 'list') and u.left_at < happened then null
                    else u.left_at
                end
            where u.guild_id = e.guild_id and u.user_id = e.user_id;
            continue;
        end if;
        if e.kind <> 'leave' then
            insert into public.discord_users as u (
                guild_id, user_id, display_name, guild_join_date, listed_at, updated_at
            )
            values (
                e.guild_id, e.user_id, coalesce(nullif(left(e.name, 100), ''), e.user_id::text),
                case when e.kind in ('join', 'list') and e.at > 0 then happened end,
                case when e.kind = 'list' then record_members.at end,
                record_members.at
            )
            on conflict on constraint discord_users_pkey do update set
                display_name = coalesce(nullif(left(e.name, 100), ''), u.display_name),
                guild_join_date = greatest(u.guild_join_date, excluded.guild_join_date),
                -- Who joined after leaving is back.
                left_at = case when u.left_at < excluded.guild_join_date then null else u.left_at end,
                listed_at = greatest(u.listed_at, excluded.listed_at),
                updated_at = record_members.at;
            if e.kind = 'join' or (e.kind = 'list' and e.at > 0 and happened > known_since) then
                insert into public.member_events (guild_id, user_id, kind, occurred_at)
                values (e.guild_id, e.user_id, 'join', happened)
                on conflict do nothing;
            end if;
            continue;
        end if;
        select u.guild_join_date, u.left_at into known
        from public.discord_users as u
        where u.guild_id = e.guild_id and u.user_id = e.user_id
        for update;
        if not found then
            insert into public.discord_users (guild_id, user_id, display_name, left_at, updated_at)
            values (e.guild_id, e.user_id, e.user_id::text, happened, record_members.at)
            on conflict do nothing;
        elsif happened < known.guild_join_date then
            -- They came back since: it is history, and changes nothing.
            null;
        elsif known.left_at is not null then
            continue;
        else
            update public.discord_users as u set left_at = happened, updated_at = record_members.at
            where u.guild_id = e.guild_id and u.user_id = e.user_id;
        end if;
        insert into public.member_events (guild_id, user_id, kind, occurred_at)
        values (e.guild_id, e.user_id, 'leave', happened)
        on conflict do nothing;
    end loop;
end
$$;

-- The list of members is complete: who was there before it began and is not on it left unheard. Answers how many.
create function public.close_listing(guild_id bigint, started_at timestamptz, at timestamptz) returns integer
language sql
set search_path = ''
as $$
    with gone as (
        update public.discord_users as u set left_at = close_listing.at, updated_at = close_listing.at
        where u.guild_id = close_listing.guild_id and u.left_at is null
            and coalesce(u.listed_at, '-infinity') < close_listing.started_at
            and coalesce(u.guild_join_date, '-infinity') < close_listing.started_at
            and coalesce(u.last_active_at, '-infinity') < close_listing.started_at
            and u.updated_at < close_listing.started_at
        returning u.guild_id, u.user_id
    ),
    noted as (
        insert into public.member_events (guild_id, user_id, kind, occurred_at)
        select g.guild_id, g.user_id, 'leave', close_listing.at from gone as g
        on conflict do nothing
    )
    select count(*)::integer from gone
$$;

-- Guilds that the gateway told of: each owes a list of its members, unless one is owed already (next week's, say). Twenty
-- seconds lie between two guilds, so that a tick never lists more than a few. Answers how many are new.
create function public.owe_member_lists(guild_ids jsonb, at timestamptz) returns integer
language sql
set search_path = ''
as $$
    with owed as (
        insert into public.jobs (guild_id, kind, key, due_at, payload)
        select
            g.value::bigint, 'members.backfill', g.value,
            owe_member_lists.at + make_interval(secs => 20 * (g.place - 1)), '{}'
        from jsonb_array_elements_text(guild_ids) with ordinality as g(value, place)
        on conflict (kind, key) do nothing
        returning 1
    )
    select count(*)::integer from owed
$$;

-- What keeps this feature from working in a guild, shown in /setup and counted in health; without a message it works
-- again.
-- True if that is news.
create function public.note_member_trouble(guild_id bigint, instance text, at timestamptz, message text default null) returns boolean
language plpgsql
set search_path = ''
as $$
declare
    news boolean;
begin
    if message is null then
        delete from public.service_health as h
        where h.guild_id = note_member_trouble.guild_id and h.service = 'members'
            and h.instance = note_member_trouble.instance;
        return found;
    end if;
    insert into public.service_health as h (guild_id, service, instance, status, detail, checked_at)
    values (
        note_member_trouble.guild_id, 'members', note_member_trouble.instance, 'degraded',
        jsonb_build_object('message', message), note_member_trouble.at
    )
    on conflict on constraint service_health_pkey do update set
        checked_at = excluded.checked_at, detail = excluded.detail
    returning xmax = 0 into news;
    return news;
end
$$;

-- How many guilds have such trouble, by what it is about.
create function public.members_health() returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_object_agg(t.instance, t.guilds), '{}')
    from (
        select h.instance, count(*) as guilds from public.service_health as h
        where h.service = 'members' and h.status <> 'up'
        group by h.instance
    ) as t
$$;

-- Takes in when members came online, changed or went. `events` is an array of {"guild_id", "user_id", "status", "at"};
-- only of who agreed, in guilds that switched it on. Older than what was heard already, it is passed over.
create function public.record_presence(events jsonb, at timestamptz) returns void
language plpgsql
set search_path = ''
as $$
declare
    e record;
    happened timestamptz;
    running record;
begin
    for e in
        select r.guild_id, r.user_id, r.status, r.at
        from jsonb_to_recordset(events) as r(guild_id bigint, user_id bigint, status text, at bigint)
        join public.guild_settings as s
            on s.guild_id = r.guild_id and s.key = 'members.presence' and s.value = 'true'
        order by r.guild_id, r.user_id, r.at
    loop
        -- A clock that is ahead must not make later words look old.
        happened := least(to_timestamp(e.at / 1000.0), record_presence.at);
        -- The row is held to the end, so that two deliveries about one member follow each other.
        update public.user_preferences as p set presence_heard_at = happened
        where p.guild_id = e.guild_id and p.user_id = e.user_id and p.presence_opt_in
            and coalesce(p.presence_heard_at, '-infinity') < happened;
        continue when not found;
        select p.presence_session_id, p.status into running
        from public.presence_sessions as p
        where p.guild_id = e.guild_id and p.user_id = e.user_id and p.ended_at is null;
        if found then
            if running.status = e.status then
                update public.presence_sessions as p set last_seen_at = greatest(p.last_seen_at, happened)
                where p.presence_session_id = running.presence_session_id;
                continue;
            end if;
            update public.presence_sessions as p
            set
                ended_at = greatest(p.started_at, happened), last_seen_at = greatest(p.started_at, happened),
                duration_seconds = greatest(0, floor(extract(epoch from happened - p.started_at)))
            where p.presence_session_id = running.presence_session_id;
        end if;
        if e.status in ('online', 'idle', 'dnd') then
            insert into public.presence_sessions (guild_id, user_id, status, started_at, last_seen_at)
            values (e.guild_id, e.user_id, e.status, happened, happened);
        end if;
    end loop;
end
$$;

-- Keeps running sessions true: while a relay is heard of they go on; when none was for 30 minutes, or guild or member
-- switched it off, they end where they were last seen. Answers how many ended.
create function public.tend_presence(at timestamptz) returns integer
language plpgsql
set search_path = ''
as $$
declare
    heard timestamptz;
    ended integer;
begin
    select least(max(h.checked_at), tend_presence.at) into heard
    from public.service_health as h
    where h.service = 'relay';
    if heard > tend_presence.at - interval '30 minutes' then
        update public.presence_sessions as p set last_seen_at = heard
        where p.ended_at is null and p.last_seen_at < heard;
    end if;
    with over as (
        update public.presence_sessions as p
        set
            ended_at = p.last_seen_at,
            duration_seconds = floor(extract(epoch from p.last_seen_at - p.started_at))
        where p.ended_at is null and (
            p.last_seen_at <= tend_presence.at - interval '30 minutes'
            or not exists (
                select from public.guild_settings as s
                where s.guild_id = p.guild_id and s.key = 'members.presence' and s.value = 'true'
            )
            or not exists (
                select from public.user_preferences as w
                where w.guild_id = p.guild_id and w.user_id = p.user_id and w.presence_opt_in
            )
        )
        returning 1
    )
    select count(*) into ended from over;
    return ended;
end
$$;

-- A shard was deaf since `from_ms`: sessions in its guilds end there. Who is still online is told anew by Discord.
create function public.close_presence(shard integer, shard_count integer, from_ms bigint) returns integer
language sql
set search_path = ''
as $$
    with over as (
        update public.presence_sessions as p
        set
            ended_at = greatest(p.started_at, to_timestamp(from_ms / 1000.0)),
            last_seen_at = greatest(p.started_at, to_timestamp(from_ms / 1000.0)),
            duration_seconds = greatest(0, floor(extract(epoch from to_timestamp(from_ms / 1000.0) - p.started_at)))
        where p.ended_at is null and p.started_at < to_timestamp(from_ms / 1000.0)
            and (p.guild_id >> 22) % close_presence.shard_count = close_presence.shard
        returning 1
    )
    select count(*)::integer from over
$$;

-- Owes a welcome for each joining, once; not of who stopped the collecting: it would have to be remembered. `joined` is an array of {"guild_id", "user_id", "joined_at"} (ms since 1970).
create function public.owe_welcomes(joined jsonb, at timestamptz) returns integer
language sql
set search_path = ''
as $$
    with fresh as (
        insert into public.welcomes (guild_id, user_id, joined_at, created_at)
        select distinct j.guild_id, j.user_id, to_timestamp(j.joined_at / 1000.0), owe_welcomes.at
        from jsonb_to_recordset(joined) as j(guild_id bigint, user_id bigint, joined_at bigint)
        where not exists (
            select from public.user_preferences as p
            where p.guild_id = j.guild_id and p.user_id = j.user_id and p.scoring_opt_out
        )
        on conflict do nothing
        returning welcome_id, guild_id
    ),
    owed as (
        insert into public.jobs (guild_id, kind, key, due_at, payload)
        select f.guild_id, 'members.welcome', f.welcome_id::text, owe_welcomes.at, jsonb_build_object('welcome_id', f.welcome_id)
        from fresh as f
        on conflict (kind, key) do nothing
        returning 1
    )
    select count(*)::integer from owed
$$;

-- What a welcome needs to know: null if it is not wanted any more (they left, or were forgotten).
create function public.open_welcome(welcome_id bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'guild_id', w.guild_id::text, 'user_id', w.user_id::text,
        'joined_at', floor(extract(epoch from w.joined_at) * 1000)::bigint,
        'message_id', w.message_id::text, 'checklist_id', w.checklist_id::text,
        'wants_dm', coalesce(p.welcome_dm_opt_in, false)
    )
    from public.welcomes as w
    left join public.user_preferences as p on p.guild_id = w.guild_id and p.user_id = w.user_id
    where w.welcome_id = open_welcome.welcome_id
        and not exists (
            select from public.discord_users as u
            where u.guild_id = w.guild_id and u.user_id = w.user_id and u.left_at >= w.joined_at
        )
$$;

-- Notes what was posted, and owes the end of the checklist.
create function public.note_welcome(
    welcome_id bigint, channel_id bigint, remove_at timestamptz, message_id bigint default null, checklist_id bigint default null
) returns void
language plpgsql
set search_path = ''
as $$
declare
    guild bigint;
begin
    update public.welcomes as w
    set channel_id = note_welcome.channel_id, message_id = note_welcome.message_id, checklist_id = note_welcome.checklist_id
    where w.welcome_id = note_welcome.welcome_id
    returning w.guild_id into guild;
    if checklist_id is not null then
        perform public.owe_job(
            coalesce(guild, 0), 'members.checklist', note_welcome.checklist_id::text, remove_at,
            jsonb_build_object('channel_id', note_welcome.channel_id::text, 'message_id', note_welcome.checklist_id::text)
        );
    end if;
end
$$;

create function public.prune_welcomes(before timestamptz) returns bigint
language sql
set search_path = ''
as $$
    with gone as (
        delete from public.welcomes as w where w.created_at < prune_welcomes.before returning 1
    )
    select count(*) from gone
$$;

do $$
declare
    name text;
begin
    alter table public.welcomes enable row level security;
    revoke all on public.welcomes from anon, authenticated;
    grant all on public.welcomes to service_role;
    foreach name in array array[
        'record_members(jsonb, timestamptz, timestamptz)',
        'close_listing(bigint, timestamptz, timestamptz)',
        'owe_member_lists(jsonb, timestamptz)',
        'note_member_trouble(bigint, text, timestamptz, text)',
        'members_health()',
        'record_presence(jsonb, timestamptz)',
        'tend_presence(timestamptz)',
        'close_presence(integer, integer, bigint)',
        'owe_welcomes(jsonb, timestamptz)',
        'open_welcome(bigint)',
        'note_welcome(bigint, bigint, timestamptz, bigint, bigint)',
        'prune_welcomes(timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
