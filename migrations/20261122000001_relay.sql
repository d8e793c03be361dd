-- What the relay needs of the Worker: which text may leave it, what it shall forget or send again, what it missed; and
-- the transcript of tickets, which is the first thing that the text is for.

set lock_timeout = '5s';

create table public.relay_gaps (
    gap_id bigint generated always as identity primary key,
    guild_id bigint not null default 0,
    event_id text not null unique,
    relay text not null,
    shard integer not null check (shard >= 0),
    shard_count integer not null check (shard_count > shard),
    started_at timestamptz not null,
    ended_at timestamptz not null check (ended_at >= started_at),
    reason text not null,
    status text not null default 'OPEN' check (status in ('OPEN', 'DONE')),
    messages_found integer not null default 0,
    detail jsonb not null default '{}',
    created_at timestamptz not null default now(),
    finished_at timestamptz
);
comment on table public.relay_gaps is 'A span in which a shard heard nothing; its messages are read from Discord afterwards.';
comment on column public.relay_gaps.messages_found is 'Messages of members that were read, whether or not they were known already.';
comment on column public.relay_gaps.detail is 'What could not be read: ids of channels and counts, never text.';
create index relay_gaps_open on public.relay_gaps (created_at) where status = 'OPEN';

create table public.relay_requests (
    request_id bigint generated always as identity primary key,
    guild_id bigint not null default 0,
    kind text not null check (kind in ('erase_user', 'erase_message', 'replay')),
    subject text not null,
    created_at timestamptz not null default now(),
    -- What cannot be written as an id would make the filter unreadable for every relay.
    check (kind = 'replay' or subject ~ '^[0-9]{1,19}$')
);
comment on table public.relay_requests is 'What the relays shall forget (a user, a message) or deliver once more (an event).';
create index relay_requests_time on public.relay_requests (created_at);

create table public.user_preferences (
    guild_id bigint not null,
    user_id bigint not null,
    monitoring_opt_out boolean not null default false,
    updated_at timestamptz not null default now(),
    primary key (guild_id, user_id)
);
comment on table public.user_preferences is 'What a member chose for themselves in one guild.';
comment on column public.user_preferences.monitoring_opt_out is 'Their text leaves the relay in no monitored channel.';
create index user_preferences_opted_out on public.user_preferences (guild_id, user_id) where monitoring_opt_out;

create table public.ticket_messages (
    guild_id bigint not null,
    ticket_id bigint not null references public.tickets (ticket_id) on delete cascade,
    message_id bigint primary key,
    author_id bigint,
    author_name text not null default '',
    content text not null,
    sent_at timestamptz not null,
    edited_at timestamptz,
    deleted_at timestamptz,
    check (deleted_at is null or content = '')
);
comment on table public.ticket_messages is 'The transcript of a ticket: the one place where a member''s text is stored, for staff only.';
comment on column public.ticket_messages.author_id is 'Null while only the deletion was heard of.';
create index ticket_messages_ticket on public.ticket_messages (ticket_id, message_id);
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index tickets_channel on public.tickets (channel_id) where channel_id is not null;

alter table public.dead_letters
    add column attempts integer not null default 1,
    add column last_died_at timestamptz not null default now(),
    add column replayed_at timestamptz;
comment on column public.dead_letters.attempts is 'How often it died; more than once after a replay that did not help.';
comment on column public.dead_letters.replayed_at is 'When a replay was last asked for. If it died again, last_died_at is later.';
update public.dead_letters set last_died_at = created_at;

-- Notes events that can never be applied. `letters` is an array of {"event_id", "guild_id", "kind", "reason", "relay"}.
create function public.bury_events(letters jsonb, at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.dead_letters as d (event_id, guild_id, kind, reason, relay, created_at, last_died_at)
    select distinct on (l.event_id) l.event_id, l.guild_id, l.kind, l.reason, l.relay, bury_events.at, bury_events.at
    from jsonb_to_recordset(letters) as l(event_id text, guild_id bigint, kind text, reason text, relay text)
    order by l.event_id
    on conflict (event_id) do update set
        attempts = d.attempts + 1,
        reason = excluded.reason,
        relay = excluded.relay,
        last_died_at = greatest(d.last_died_at, excluded.last_died_at)
$$;

-- Asks the relays for a dead event once more. Null: there is no such dead event.
create function public.replay_dead_letter(event_id text) returns bigint
language sql
set search_path = ''
as $$
    with letter as (
        update public.dead_letters as d set replayed_at = now()
        where d.event_id = replay_dead_letter.event_id
        returning d.guild_id
    )
    insert into public.relay_requests (guild_id, kind, subject)
    select l.guild_id, 'replay', replay_dead_letter.event_id from letter as l
    returning request_id
$$;

-- Asks the relays to forget what they still hold of a user or of a message (one of the two). Guild 0: everywhere, direct
-- messages too.
create function public.erase_from_relays(guild_id bigint, user_id bigint default null, message_id bigint default null)
returns bigint
language sql
set search_path = ''
as $$
    insert into public.relay_requests (guild_id, kind, subject)
    select
        erase_from_relays.guild_id,
        case when user_id is null then 'erase_message' else 'erase_user' end,
        coalesce(user_id, message_id)::text
    where num_nonnulls(user_id, message_id) = 1
    returning request_id
$$;

-- What the relay may let out and shall do at this moment, in one order whatever the order of the rows:
--   {"guilds": [{"guild_id", "monitored_channels", "opted_out"}], "own_channels": [],
--    "erase": [{"user_id" | "message_id", "guild_id", "until"}], "replay": [{"id", "event_id"}], "as_of"}
-- Ids are text, `until` is in milliseconds since 1970, `as_of` (microseconds) tells which of two answers is newer.
create function public.relay_filter(at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    with monitored as (
        select distinct s.guild_id, (c.value #>> '{}')::bigint as channel_id
        from public.guild_settings as s
        cross join jsonb_array_elements(case when jsonb_typeof(s.value) = 'array' then s.value else '[]' end) as c
        where s.key = 'crisis.monitored_channels' and c.value #>> '{}' ~ '^[0-9]{1,18}$|^[1-8][0-9]{18}$'
    ),
    guilds as (
        select m.guild_id, jsonb_agg(m.channel_id::text order by m.channel_id) as channels
        from monitored as m
        group by m.guild_id
    )
    select jsonb_build_object(
        'guilds', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'guild_id', g.guild_id::text,
                'monitored_channels', g.channels,
                'opted_out', (
                    select coalesce(jsonb_agg(p.user_id::text order by p.user_id), '[]')
                    from public.user_preferences as p
                    where p.guild_id = g.guild_id and p.monitoring_opt_out
                )
            ) order by g.guild_id), '[]')
            from guilds as g
        ),
        'own_channels', (
            select coalesce(jsonb_agg(own.channel_id::text order by own.channel_id), '[]')
            from (
                select distinct t.channel_id from public.tickets as t
                where t.status in ('OPEN', 'IN_PROGRESS') and t.channel_id is not null
            ) as own
        ),
        'erase', (
            select coalesce(jsonb_agg(jsonb_build_object(
                case r.kind when 'erase_user' then 'user_id' else 'message_id' end, r.subject,
                'guild_id', nullif(r.guild_id, 0)::text,
                'until', floor(extract(epoch from r.created_at) * 1000)::bigint
            ) order by r.request_id), '[]')
            from public.relay_requests as r
            where r.kind in ('erase_user', 'erase_message') and r.created_at > relay_filter.at - interval '30 days'
        ),
        'replay', (
            select coalesce(jsonb_agg(jsonb_build_object('id', r.request_id, 'event_id', r.subject) order by r.request_id), '[]')
            from public.relay_requests as r
            where r.kind = 'replay' and r.created_at > relay_filter.at - interval '72 hours'
        ),
        'as_of', floor(extract(epoch from statement_timestamp()) * 1000000)::bigint
    )
$$;
comment on function public.relay_filter is 'What GET /relay/config is made of.';

-- The channels whose text is wanted of one shard: monitored ones and those of open tickets, [{"guild_id", "channel_id"}].
create function public.relay_channels(shard integer, shard_count integer) returns jsonb
language sql stable
set search_path = ''
as $$
    with filter as (select public.relay_filter(now()) as content),
    wanted as (
        select (g.value ->> 'guild_id')::bigint as guild_id, c.value::bigint as channel_id
        from filter as f
        cross join jsonb_array_elements(f.content -> 'guilds') as g
        cross join jsonb_array_elements_text(g.value -> 'monitored_channels') as c
        union
        select t.guild_id, t.channel_id from public.tickets as t
        where t.status in ('OPEN', 'IN_PROGRESS') and t.channel_id is not null
    )
    select coalesce(
        jsonb_agg(
            jsonb_build_object('guild_id', w.guild_id::text, 'channel_id', w.channel_id::text)
            order by w.guild_id, w.channel_id
        ),
        '[]'
    )
    from wanted as w
    -- Discord's own rule for which shard a guild is on.
    where (w.guild_id >> 22) % relay_channels.shard_count = relay_channels.shard
$$;

-- Notes a gap and owes its job, both once. Answers when the job is due; null if the gap was known already.
create function public.record_relay_gap(
    event_id text, relay text, shard integer, shard_count integer, from_ms bigint, to_ms bigint, reason text, at timestamptz
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    new_gap bigint;
begin
    insert into public.relay_gaps (event_id, relay, shard, shard_count, started_at, ended_at, reason)
    values (
        record_relay_gap.event_id, record_relay_gap.relay, record_relay_gap.shard, record_relay_gap.shard_count,
        to_timestamp(from_ms / 1000.0), to_timestamp(greatest(from_ms, to_ms) / 1000.0), left(record_relay_gap.reason, 500)
    )
    on conflict on constraint relay_gaps_event_id_key do nothing
    returning gap_id into new_gap;
    if new_gap is not null then
        perform public.owe_job(0, 'relay.backfill', new_gap::text, record_relay_gap.at, jsonb_build_object('gap_id', new_gap));
    end if;
    return to_jsonb(new_gap);
end
$$;

-- A relay of a known name comes with another spool: what it held, and what happened since its last word, is lost. Noted as a
-- gap, once for each spool and shard. Answers as record_relay_gap; null if there is nothing to note.
create function public.note_new_spool(relay text, epoch text, shard integer, shard_count integer, at timestamptz) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    heard timestamptz;
begin
    select h.checked_at into heard
    from public.service_health as h
    where h.service = 'relay' and h.instance = note_new_spool.relay and h.detail ->> 'epoch' <> note_new_spool.epoch
        and h.checked_at < note_new_spool.at;
    if not found then
        return null;
    end if;
    return public.record_relay_gap(
        'new-spool:' || note_new_spool.relay || ':' || note_new_spool.epoch || ':' || note_new_spool.shard,
        note_new_spool.relay, note_new_spool.shard, note_new_spool.shard_count,
        floor(extract(epoch from heard) * 1000)::bigint, floor(extract(epoch from note_new_spool.at) * 1000)::bigint,
        'new_spool', note_new_spool.at
    );
end
$$;

-- Closes a gap; once closed it stays as it was.
create function public.finish_relay_gap(gap_id bigint, messages_found integer, detail jsonb, at timestamptz) returns void
language sql
set search_path = ''
as $$
    update public.relay_gaps as g
    set
        status = 'DONE', messages_found = finish_relay_gap.messages_found, detail = finish_relay_gap.detail,
        finished_at = finish_relay_gap.at
    where g.gap_id = finish_relay_gap.gap_id and g.status = 'OPEN'
$$;

-- The last word of a relay about itself. An older one that comes late changes nothing.
create function public.record_relay_status(relay text, status text, detail jsonb, at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.service_health as h (service, instance, status, detail, checked_at)
    values ('relay', record_relay_status.relay, record_relay_status.status, record_relay_status.detail, record_relay_status.at)
    on conflict on constraint service_health_pkey do update set
        status = excluded.status, detail = excluded.detail, checked_at = excluded.checked_at
    where h.checked_at <= excluded.checked_at
$$;

-- How the relays are: {"relays": [{"relay", "status", "at", "detail"}], "gaps": {"open", "backfilling"}}, `at` in
-- milliseconds since 1970.
create function public.relay_health() returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'relays', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'relay', h.instance, 'status', h.status, 'detail', h.detail,
                'at', floor(extract(epoch from h.checked_at) * 1000)::bigint
            ) order by h.instance), '[]')
            from public.service_health as h
            where h.service = 'relay'
        ),
        'gaps', (
            select jsonb_build_object(
                'open', count(*),
                'backfilling', count(*) filter (where exists (
                    select from public.jobs as j
                    where j.kind = 'relay.backfill' and j.key = g.gap_id::text and j.attempts > 0
                ))
            )
            from public.relay_gaps as g
            where g.status = 'OPEN'
        )
    )
$$;

-- Keeps the transcript of tickets. `events` is an array, in the relay's order, of
--   {"kind": "created" | "updated" | "deleted", "guild_id", "channel_id", "message_id", "sent_at", "author_id", "author_name", "content",
--    "edited_at"}
-- with ids as text and times in milliseconds since 1970; a deletion has the ids and `sent_at` alone. Channels without an
-- open ticket are passed over. Whatever the order: a deletion stands, and an edit stands against its creation.
create function public.record_ticket_messages(events jsonb, at timestamptz) returns void
language plpgsql
set search_path = ''
as $$
declare
    e record;
    ticket record;
begin
    for e in
        select
            r.*, to_timestamp(r.sent_at / 1000.0) as sent,
            coalesce(to_timestamp(r.edited_at / 1000.0), record_ticket_messages.at) as edited
        from rows from (jsonb_to_recordset(events) as (
            kind text, guild_id bigint, channel_id bigint, message_id bigint, sent_at bigint, author_id bigint,
            author_name text, content text, edited_at bigint
        )) with ordinality as r(
            kind, guild_id, channel_id, message_id, sent_at, author_id, author_name, content, edited_at, place
        )
        order by r.place
    loop
        if e.kind = 'deleted' then
            -- Also after the ticket was closed: who deletes a message wants its text gone.
            update public.ticket_messages as m
            set content = '', deleted_at = coalesce(m.deleted_at, record_ticket_messages.at)
            where m.message_id = e.message_id;
            continue when found;
        end if;
        -- What was written while it was open belongs to it, however late it is heard of.
        select t.ticket_id, t.guild_id into ticket
        from public.tickets as t
        where t.channel_id = e.channel_id and t.guild_id = e.guild_id
            and (t.status in ('OPEN', 'IN_PROGRESS') or t.resolved_at >= e.sent)
        order by t.ticket_id desc
        limit 1;
        continue when not found;
        insert into public.ticket_messages as m (
            guild_id, ticket_id, message_id, author_id, author_name, content, sent_at, edited_at, deleted_at
        )
        values (
            ticket.guild_id, ticket.ticket_id, e.message_id, e.author_id, coalesce(e.author_name, ''),
            case when e.kind = 'deleted' then '' else coalesce(e.content, '') end,
            e.sent,
            case when e.kind = 'updated' then e.edited end,
            case when e.kind = 'deleted' then record_ticket_messages.at end
        )
        on conflict on constraint ticket_messages_pkey do update set
            author_id = coalesce(m.author_id, excluded.author_id),
            author_name = case when m.author_id is null then excluded.author_name else m.author_name end,
            content = case
                when m.deleted_at is not null or excluded.deleted_at is not null then ''
                -- Of two edits the later one holds, whichever came first.
                when e.kind = 'updated' and (m.edited_at is null or excluded.edited_at >= m.edited_at) then excluded.content
                else m.content
            end,
            edited_at = greatest(m.edited_at, excluded.edited_at),
            deleted_at = coalesce(m.deleted_at, excluded.deleted_at);
    end loop;
end
$$;

-- Retention. What was asked of the relays is of no use to them after 30 days.
create function public.prune_relay_requests(before timestamptz) returns bigint
language sql
set search_path = ''
as $$
    with gone as (
        delete from public.relay_requests as r where r.created_at < prune_relay_requests.before returning 1
    )
    select count(*) from gone
$$;

create function public.prune_relay_gaps(before timestamptz) returns bigint
language sql
set search_path = ''
as $$
    with gone as (
        delete from public.relay_gaps as g where g.status = 'DONE' and g.finished_at < prune_relay_gaps.before returning 1
    )
    select count(*) from gone
$$;

-- Relays that were not heard of for so long exist no more.
create function public.prune_relay_statuses(before timestamptz) returns bigint
language sql
set search_path = ''
as $$
    with gone as (
        delete from public.service_health as h
        where h.service = 'relay' and h.checked_at < prune_relay_statuses.before
        returning 1
    )
    select count(*) from gone
$$;

-- Transcripts of tickets that were closed before.
create function public.prune_ticket_messages(before timestamptz) returns bigint
language sql
set search_path = ''
as $$
    with gone as (
        delete from public.ticket_messages as m
        using public.tickets as t
        where t.ticket_id = m.ticket_id and t.resolved_at < prune_ticket_messages.before
        returning 1
    )
    select count(*) from gone
$$;

do $$
declare
    name text;
begin
    foreach name in array array['relay_gaps', 'relay_requests', 'user_preferences', 'ticket_messages'] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from anon, authenticated', name);
        execute format('grant all on public.%I to service_role', name);
    end loop;
    foreach name in array array[
        'bury_events(jsonb, timestamptz)',
        'replay_dead_letter(text)',
        'erase_from_relays(bigint, bigint, bigint)',
        'relay_filter(timestamptz)',
        'relay_channels(integer, integer)',
        'record_relay_gap(text, text, integer, integer, bigint, bigint, text, timestamptz)',
        'note_new_spool(text, text, integer, integer, timestamptz)',
        'finish_relay_gap(bigint, integer, jsonb, timestamptz)',
        'record_relay_status(text, text, jsonb, timestamptz)',
        'relay_health()',
        'record_ticket_messages(jsonb, timestamptz)',
        'prune_relay_requests(timestamptz)',
        'prune_relay_gaps(timestamptz)',
        'prune_relay_statuses(timestamptz)',
        'prune_ticket_messages(timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
