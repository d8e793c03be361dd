-- What follows a closing and what happens to tickets by itself: transcripts and where they were posted, closing after silence
-- or when the opener leaves, channels that go, and the end of what was written.

set lock_timeout = '5s';

-- A column with a constant default does not rewrite the table.
alter table public.ticket_messages add column attachments jsonb not null default '[]';
comment on column public.ticket_messages.attachments is 'Files of the message, [{"name", "url", "size"}]; the links expire at Discord.';
alter table public.tickets add column forgotten_at timestamptz, add column kept_open_at timestamptz;
comment on column public.tickets.kept_open_at is 'When somebody pressed "Keep open" last: the silence is counted from then.';
comment on column public.tickets.forgotten_at is 'When what was written in it was deleted, because its category keeps it no longer.';
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index tickets_with_words on public.tickets (coalesce(resolved_at, created_at))
where status in ('RESOLVED', 'FAILED') and forgotten_at is null;
-- squawk-ignore require-concurrent-index-creation
create index tickets_with_channel on public.tickets (guild_id, resolved_at)
where status = 'RESOLVED' and channel_id is not null and channel_gone_at is null;

create table public.ticket_posts (
    ticket_id bigint not null references public.tickets (ticket_id) on delete cascade,
    guild_id bigint not null,
    closed_at timestamptz not null,
    kind text not null check (kind in ('closing', 'log', 'dm', 'file')),
    part integer not null,
    channel_id bigint,
    message_id bigint,
    primary key (ticket_id, closed_at, kind, part)
);
comment on table public.ticket_posts is 'What was posted about a closing: in the channel, the transcript and kept files in the log, the copy by direct message.';
comment on column public.ticket_posts.message_id is 'Null: Discord would not have it (direct messages closed, no log channel), and that is settled.';
create index ticket_posts_guild on public.ticket_posts (guild_id);
alter table public.ticket_posts enable row level security;
revoke all on public.ticket_posts from anon, authenticated;
grant all on public.ticket_posts to service_role;

-- Who opens a ticket again writes anew: what is written then has its own end.
create function public.ticket_remembers_again() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    new.forgotten_at := null;
    return new;
end
$$;
create trigger tickets_opened_again before update of status on public.tickets
for each row when (old.status = 'RESOLVED' and new.status = 'OPEN') execute function public.ticket_remembers_again();

-- `record_ticket_messages`, and with it the files: an event may have "attachments". Those of the edit that holds, of a
-- creation that nobody edited; a deleted message has none.
create function public.record_ticket_writing(events jsonb, at timestamptz) returns void
language plpgsql
set search_path = ''
as $$
begin
    perform public.record_ticket_messages(events, record_ticket_writing.at);
    update public.ticket_messages as m
    set attachments = coalesce(e.attachments, '[]')
    from jsonb_to_recordset(events) as e(kind text, message_id bigint, edited_at bigint, attachments jsonb)
    where m.message_id = e.message_id and m.deleted_at is null and m.attachments <> coalesce(e.attachments, '[]')
        and case e.kind
            when 'created' then m.edited_at is null
            when 'updated' then m.edited_at = coalesce(to_timestamp(e.edited_at / 1000.0), record_ticket_writing.at)
            else false
        end;
    update public.ticket_messages as m
    set attachments = '[]'
    from jsonb_to_recordset(events) as e(message_id bigint)
    where m.message_id = e.message_id and m.deleted_at is not null and m.attachments <> '[]';
end
$$;
comment on function public.record_ticket_writing is 'Keeps what is written, edited and deleted in tickets, with the files.';

-- A page of a transcript: {"messages": [...], "total", "zone", "answered_by": [name], "people": {id: name}, "forgotten"}. `after` is the last message that was read.
create function public.ticket_transcript_page(ticket_id bigint, max_rows integer, after bigint default 0) returns jsonb
language sql stable
set search_path = ''
as $$
    with ticket as (
        select t.*, public.zone_or_utc((
            select s.value #>> '{}' from public.guild_settings as s
            where s.guild_id = t.guild_id and s.key = 'engagement.time_zone'
        )) as zone
        from public.tickets as t
        where t.ticket_id = ticket_transcript_page.ticket_id
    )
    select jsonb_build_object(
        'messages', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'message_id', m.message_id::text, 'author_id', m.author_id::text, 'author_name', m.author_name,
                'content', m.content, 'attachments', m.attachments, 'sent_at', m.sent_at, 'edited_at', m.edited_at,
                'deleted_at', m.deleted_at, 'local', to_char(m.sent_at at time zone ticket.zone, 'YYYY-MM-DD HH24:MI')
            ) order by m.message_id), '[]')
            from (
                select k.* from public.ticket_messages as k
                where k.ticket_id = ticket.ticket_id and k.message_id > ticket_transcript_page.after
                order by k.message_id
                limit ticket_transcript_page.max_rows
            ) as m
        ),
        'total', (select count(*) from public.ticket_messages as m where m.ticket_id = ticket.ticket_id),
        'zone', ticket.zone,
        -- Staff, as in note_ticket_writing.
        'answered_by', (
            select coalesce(jsonb_agg(a.name order by a.first), '[]')
            from (
                select max(m.author_name) as name, min(m.message_id) as first
                from public.ticket_messages as m
                where m.ticket_id = ticket.ticket_id and m.author_id <> ticket.opener_id and not exists (
                    select from public.ticket_members as k where k.ticket_id = m.ticket_id and k.user_id = m.author_id
                )
                group by m.author_id
            ) as a
        ),
        'people', (
            select coalesce(jsonb_object_agg(u.user_id::text, u.display_name), '{}')
            from public.discord_users as u
            where u.guild_id = ticket.guild_id and u.user_id in (ticket.opener_id, ticket.closed_by, ticket.claimed_by)
        ),
        'forgotten', ticket.forgotten_at is not null
    )
    from ticket
$$;
comment on function public.ticket_transcript_page is 'A page of what was written in a ticket.';

-- The files of a ticket, oldest first: [{"message_id", "author_name", "name", "url", "size"}].
create function public.ticket_files(ticket_id bigint, max_rows integer) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(f.file order by f.message_id, f.place), '[]')
    from (
        select
            m.message_id, a.place,
            a.value || jsonb_build_object('message_id', m.message_id::text, 'author_name', m.author_name) as file
        from public.ticket_messages as m
        cross join jsonb_array_elements(m.attachments) with ordinality as a(value, place)
        where m.ticket_id = ticket_files.ticket_id
        order by m.message_id, a.place
        limit ticket_files.max_rows
    ) as f
$$;
comment on function public.ticket_files is 'The files that were sent in a ticket.';

create function public.find_ticket_numbered(guild_id bigint, ticket_number integer) returns jsonb
language sql stable
set search_path = ''
as $$
    select public.ticket_json(t) from public.tickets as t
    where t.guild_id = find_ticket_numbered.guild_id and t.ticket_number = find_ticket_numbered.ticket_number
$$;
comment on function public.find_ticket_numbered is 'A ticket by the number that people see.';

-- What was posted about a closing so far: [{"kind", "part"}].
create function public.ticket_posts_of(ticket_id bigint, closed_at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object('kind', p.kind, 'part', p.part)), '[]')
    from public.ticket_posts as p
    where p.ticket_id = ticket_posts_of.ticket_id and p.closed_at = ticket_posts_of.closed_at
$$;
comment on function public.ticket_posts_of is 'What was posted about a closing.';

-- Notes a post. False: the ticket was erased or opened again meanwhile, or another one was noted first; then this message is
-- one too many.
create function public.note_ticket_post(
    ticket_id bigint, closed_at timestamptz, kind text, part integer, at timestamptz,
    channel_id bigint default null, message_id bigint default null
) returns boolean
language plpgsql
set search_path = ''
as $$
declare
    t public.tickets;
    noted bigint;
begin
    select k.* into t from public.tickets as k
    where k.ticket_id = note_ticket_post.ticket_id and k.status = 'RESOLVED' and k.resolved_at = note_ticket_post.closed_at
    for update;
    if not found then
        return false;
    end if;
    insert into public.ticket_posts (ticket_id, guild_id, closed_at, kind, part, channel_id, message_id)
    values (
        t.ticket_id, t.guild_id, note_ticket_post.closed_at, note_ticket_post.kind, note_ticket_post.part,
        note_ticket_post.channel_id, note_ticket_post.message_id
    )
    on conflict do nothing;
    if note_ticket_post.part = 1 and note_ticket_post.kind = 'log' and found then
        update public.tickets as k
        set log_channel_id = note_ticket_post.channel_id, log_message_id = note_ticket_post.message_id
        where k.ticket_id = t.ticket_id;
    elsif note_ticket_post.kind = 'dm' and found then
        update public.tickets as k set opener_told_at = coalesce(k.opener_told_at, note_ticket_post.at)
        where k.ticket_id = t.ticket_id;
    end if;
    select p.message_id into noted from public.ticket_posts as p
    where p.ticket_id = t.ticket_id and p.closed_at = note_ticket_post.closed_at and p.kind = note_ticket_post.kind
        and p.part = note_ticket_post.part;
    return noted is not distinct from note_ticket_post.message_id;
end
$$;
comment on function public.note_ticket_post is 'Notes what was posted about a closing, once.';

create function public.note_ticket_archived(ticket_id bigint, closed_at timestamptz, at timestamptz) returns void
language sql
set search_path = ''
as $$
    update public.tickets as t set archived_at = note_ticket_archived.at
    where t.ticket_id = note_ticket_archived.ticket_id and t.status = 'RESOLVED'
        and t.resolved_at = note_ticket_archived.closed_at and t.archived_at is null
$$;
comment on function public.note_ticket_archived is 'Notes that everything that follows a closing was done.';

-- Owes the deletion of a channel or a message in Discord. The job tries until it is gone.
create function public.owe_ticket_removal(guild_id bigint, channel_id bigint, message_id bigint, at timestamptz) returns void
language sql
set search_path = ''
as $$
    select public.owe_job(
        owe_ticket_removal.guild_id, 'tickets.remove',
        concat_ws(':', owe_ticket_removal.channel_id, owe_ticket_removal.message_id), owe_ticket_removal.at,
        jsonb_strip_nulls(jsonb_build_object(
            'channel_id', owe_ticket_removal.channel_id::text, 'message_id', owe_ticket_removal.message_id::text
        ))
    )
$$;
comment on function public.owe_ticket_removal is 'Owes the deletion of a channel or message of a ticket.';

-- A number that the guild chose, or what holds where it chose nothing.
create function public.ticket_setting(guild_id bigint, key text, fallback numeric) returns numeric
language sql stable
set search_path = ''
as $$
    select coalesce((
        select case when jsonb_typeof(s.value) = 'number' then (s.value #>> '{}')::numeric end
        from public.guild_settings as s
        where s.guild_id = ticket_setting.guild_id and s.key = ticket_setting.key
    ), fallback)
$$;
comment on function public.ticket_setting is 'A number among a guild''s settings.';

-- Whether a silent ticket is to be warned or closed now: 'warn', 'close' or null. The hours are counted from what the opener
-- wrote last, and only while staff has written since: else it is staff who owe the answer. Who is answered late has at
-- least half the hours of the warning before it comes (without one: a day, or half the time if that is less), and after a
-- warning they have its hours, whatever was late.
create function public.ticket_silence(t public.tickets, at timestamptz) returns text
language plpgsql stable
set search_path = ''
as $$
declare
    close_after interval;
    ahead interval;
    grace interval;
    wrote timestamptz := coalesce(t.opener_wrote_at, t.created_at);
    answered timestamptz;
    close_at timestamptz;
begin
    close_after := make_interval(secs => (public.ticket_setting(t.guild_id, 'tickets.close_after_hours', 0) * 3600)::double precision);
    if close_after <= interval '0' or t.status not in ('OPEN', 'IN_PROGRESS') then
        return null;
    end if;
    select min(m.sent_at) into answered from public.ticket_messages as m
    where m.ticket_id = t.ticket_id and m.author_id <> t.opener_id and m.sent_at > wrote and m.deleted_at is null
        and not exists (
            select from public.ticket_members as k where k.ticket_id = t.ticket_id and k.user_id = m.author_id
        );
    if answered is null then
        return null;
    end if;
    ahead := make_interval(secs => (public.ticket_setting(t.guild_id, 'tickets.warn_hours', 12) * 3600)::double precision);
    ahead := least(ahead, close_after);
    grace := case when ahead > interval '0' then ahead / 2 else least(close_after / 2, interval '1 day') end;
    close_at := greatest(greatest(wrote, t.kept_open_at) + close_after, answered + grace + ahead);
    if ahead = interval '0' then
        return case when ticket_silence.at >= close_at then 'close' end;
    end if;
    if t.warned_at is null then
        return case when ticket_silence.at >= close_at - ahead then 'warn' end;
    end if;
    return case when ticket_silence.at >= t.warned_at + ahead then 'close' end;
end
$$;
comment on function public.ticket_silence is 'What a ticket whose opener is silent is due for.';

-- What time does to tickets: warned, closed, and long after that without a channel; and those whose opener has left are
-- closed, should nobody have heard of it. At most `max_rows` of each. Discord follows by jobs that are owed in the same
-- transaction. Answers {"warned", "closed", "removed"}: how many.
create function public.tend_tickets(at timestamptz, max_rows integer, silence_reason text, left_reason text) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    t public.tickets;
    due text;
    warned integer := 0;
    closed integer := 0;
    removed integer := 0;
begin
    for t in
        select k.* from public.tickets as k
        where k.status in ('OPEN', 'IN_PROGRESS') and k.channel_id is not null
            and k.guild_id in (select s.guild_id from public.guild_settings as s where s.key = 'tickets.close_after_hours')
            and public.ticket_silence(k, tend_tickets.at) is not null
        order by k.opener_wrote_at
        limit max_rows
    loop
        -- The opener may have written a moment ago.
        select k.* into t from public.tickets as k where k.ticket_id = t.ticket_id for update;
        due := public.ticket_silence(t, tend_tickets.at);
        if due = 'warn' then
            perform public.change_ticket(t.guild_id, t.ticket_id, 'warn', 0, '{}', tend_tickets.at);
            perform public.owe_job(
                t.guild_id, 'tickets.warn', t.ticket_id::text, tend_tickets.at,
                jsonb_build_object('ticket_id', t.ticket_id::text)
            );
            warned := warned + 1;
        elsif due = 'close' then
            perform public.change_ticket(
                t.guild_id, t.ticket_id, 'close', 0,
                jsonb_build_object('why', 'silence', 'reason', silence_reason), tend_tickets.at
            );
            closed := closed + 1;
        end if;
    end loop;
    for t in
        select k.* from public.tickets as k
        join public.discord_users as u on u.guild_id = k.guild_id and u.user_id = k.opener_id
            -- Of who came back and opened one, the return may not have been heard of.
            and u.left_at > greatest(k.created_at, k.opener_wrote_at)
        where k.status in ('OPEN', 'IN_PROGRESS') and not exists (
            select from public.guild_settings as s
            where s.guild_id = k.guild_id and s.key = 'tickets.close_when_left' and s.value = 'false'
        )
        order by k.ticket_id
        limit max_rows
    loop
        perform public.change_ticket(
            t.guild_id, t.ticket_id, 'close', 0, jsonb_build_object('why', 'left', 'reason', left_reason), tend_tickets.at
        );
        closed := closed + 1;
    end loop;
    for t in
        select k.* from public.guild_settings as s
        join public.tickets as k on k.guild_id = s.guild_id
        where s.key = 'tickets.delete_after_days' and jsonb_typeof(s.value) = 'number' and (s.value #>> '{}')::numeric > 0
            and k.status = 'RESOLVED' and k.channel_id is not null and k.channel_gone_at is null
            -- What follows the closing was done: the transcript is out.
            and k.archived_at is not null
            and k.resolved_at <= tend_tickets.at - make_interval(secs => ((s.value #>> '{}')::numeric * 86400)::double precision)
        order by k.resolved_at
        limit max_rows
    loop
        perform public.change_ticket(t.guild_id, t.ticket_id, 'channel_deleted', 0, '{}', tend_tickets.at);
        perform public.owe_ticket_removal(t.guild_id, t.channel_id, null, tend_tickets.at);
        removed := removed + 1;
    end loop;
    return jsonb_build_object('warned', warned, 'closed', closed, 'removed', removed);
end
$$;
comment on function public.tend_tickets is 'What time does to tickets.';

-- Somebody left, or a channel was deleted by hand. `events` is an array of
--   {"kind": "member_left", "guild_id", "user_id", "at"} · {"kind": "channel_gone", "guild_id", "channel_id"}
-- with `at` in milliseconds (0: nobody said when).
-- A private thread goes with the channel that it hangs on, and Discord does not say so. Answers how many tickets changed.
create function public.note_ticket_losses(events jsonb, left_reason text, at timestamptz) returns integer
language plpgsql
set search_path = ''
as $$
declare
    e record;
    t public.tickets;
    changed integer := 0;
begin
    for e in
        select r.* from rows from (jsonb_to_recordset(events) as (kind text, guild_id bigint, user_id bigint, channel_id bigint, at bigint))
            with ordinality as r(kind, guild_id, user_id, channel_id, at, place)
        order by r.guild_id, r.user_id, r.channel_id, r.place
    loop
        if e.kind = 'member_left' then
            -- They may be back already: events come in any order.
            continue when not public.is_away(e.guild_id, e.user_id) or exists (
                select from public.guild_settings as s
                where s.guild_id = e.guild_id and s.key = 'tickets.close_when_left' and s.value = 'false'
            );
            for t in
                select k.* from public.tickets as k
                where k.guild_id = e.guild_id and k.opener_id = e.user_id and k.status in ('OPEN', 'IN_PROGRESS')
                    and (e.at = 0 or k.created_at <= to_timestamp(e.at / 1000.0))
            loop
                perform public.change_ticket(
                    t.guild_id, t.ticket_id, 'close', 0, jsonb_build_object('why', 'left', 'reason', left_reason),
                    note_ticket_losses.at
                );
                changed := changed + 1;
            end loop;
        else
            for t in
                select k.* from public.tickets as k
                where k.guild_id = e.guild_id and k.channel_gone_at is null and (
                    k.channel_id = e.channel_id or (k.place = 'thread' and k.panel_channel_id = e.channel_id and k.channel_id is not null)
                )
            loop
                perform public.change_ticket(t.guild_id, t.ticket_id, 'channel_gone', 0, '{}', note_ticket_losses.at);
                changed := changed + 1;
            end loop;
        end if;
    end loop;
    return changed;
end
$$;
comment on function public.note_ticket_losses is 'Closes the tickets of who left, and of channels that are gone.';

-- Somebody in the ticket wants it kept open: a warning is void.
create function public.keep_ticket_open(ticket_id bigint, at timestamptz) returns void
language sql
set search_path = ''
as $$
    update public.tickets as t
    set kept_open_at = greatest(t.kept_open_at, keep_ticket_open.at), warned_at = null
    where t.ticket_id = keep_ticket_open.ticket_id and t.status in ('OPEN', 'IN_PROGRESS')
$$;
comment on function public.keep_ticket_open is 'Counts the silence of a ticket anew.';

-- Retention. After the days of its category the words of a ticket go: messages, form, subject, notes, reasons, comments, and
-- the transcripts in the log. Numbers and times stay. Answers how many tickets.
create function public.forget_ticket_words(at timestamptz, max_rows integer) returns integer
language plpgsql
set search_path = ''
as $$
declare
    t public.tickets;
    forgotten integer := 0;
begin
    for t in
        select k.* from public.tickets as k
        left join public.ticket_categories as c on c.category_id = k.category_id
        where k.status in ('RESOLVED', 'FAILED') and k.forgotten_at is null
            and coalesce(k.resolved_at, k.created_at)
            <= forget_ticket_words.at - make_interval(days => coalesce(c.transcript_days, 365))
        order by coalesce(k.resolved_at, k.created_at)
        limit max_rows
        for update of k skip locked
    loop
        perform public.owe_ticket_removal(t.guild_id, p.channel_id, p.message_id, forget_ticket_words.at)
        from public.ticket_posts as p
        where p.ticket_id = t.ticket_id and p.kind in ('log', 'file', 'closing') and p.message_id is not null;
        delete from public.ticket_posts as p where p.ticket_id = t.ticket_id and p.kind in ('log', 'file', 'closing');
        delete from public.ticket_messages as m where m.ticket_id = t.ticket_id;
        delete from public.ticket_notes as n where n.ticket_id = t.ticket_id;
        update public.ticket_feedback as f set comment = '' where f.ticket_id = t.ticket_id;
        update public.tickets as k
        set
            form = '[]', subject = '', close_reason = null, log_channel_id = null, log_message_id = null,
            forgotten_at = forget_ticket_words.at, archived_at = coalesce(k.archived_at, forget_ticket_words.at)
        where k.ticket_id = t.ticket_id;
        forgotten := forgotten + 1;
    end loop;
    return forgotten;
end
$$;
comment on function public.forget_ticket_words is 'Deletes what was written in tickets that were closed long enough ago.';

-- What an erasure owes in Discord, before the rows go: the channels of a person's tickets, their transcripts in the log and
-- by direct message. A transcript of somebody else's ticket that holds their words or name is deleted too, and posted anew
-- without them.
create function public.owe_ticket_erasure(guild_id bigint, user_id bigint, at timestamptz) returns void
language plpgsql
set search_path = ''
as $$
declare
    t public.tickets;
begin
    for t in
        select k.* from public.tickets as k
        where k.guild_id = owe_ticket_erasure.guild_id and k.opener_id = owe_ticket_erasure.user_id
        for update
    loop
        if t.channel_id is not null and t.channel_gone_at is null then
            perform public.owe_ticket_removal(t.guild_id, t.channel_id, null, owe_ticket_erasure.at);
        end if;
        perform public.owe_ticket_removal(t.guild_id, p.channel_id, p.message_id, owe_ticket_erasure.at)
        from public.ticket_posts as p
        where p.ticket_id = t.ticket_id and p.kind in ('log', 'file', 'dm') and p.message_id is not null;
        delete from public.ticket_posts as p where p.ticket_id = t.ticket_id;
    end loop;
    for t in
        select k.* from public.tickets as k
        where k.guild_id = owe_ticket_erasure.guild_id and k.opener_id <> owe_ticket_erasure.user_id
            and (
                owe_ticket_erasure.user_id in (k.claimed_by, k.closed_by) or exists (
                    select from public.ticket_messages as m
                    where m.ticket_id = k.ticket_id and m.author_id = owe_ticket_erasure.user_id
                )
            )
            and exists (
                select from public.ticket_posts as p
                where p.ticket_id = k.ticket_id and p.kind = 'log' and p.message_id is not null
            )
        for update
    loop
        perform public.owe_ticket_removal(t.guild_id, p.channel_id, p.message_id, owe_ticket_erasure.at)
        from public.ticket_posts as p
        where p.ticket_id = t.ticket_id and p.kind in ('log', 'file') and p.message_id is not null;
        delete from public.ticket_posts as p where p.ticket_id = t.ticket_id and p.kind in ('log', 'file');
        update public.tickets as k set archived_at = null, log_channel_id = null, log_message_id = null
        where k.ticket_id = t.ticket_id;
        if t.status = 'RESOLVED' then
            -- Their rows are gone by then.
            perform public.owe_job(
                t.guild_id, 'tickets.archive', t.ticket_id::text, owe_ticket_erasure.at + interval '15 minutes',
                jsonb_build_object('ticket_id', t.ticket_id::text)
            );
        end if;
    end loop;
end
$$;
comment on function public.owe_ticket_erasure is 'What an erasure owes in Discord for tickets.';

do $$
declare
    name text;
begin
    foreach name in array array[
        'ticket_remembers_again()',
        'record_ticket_writing(jsonb, timestamptz)',
        'ticket_transcript_page(bigint, integer, bigint)',
        'ticket_files(bigint, integer)',
        'find_ticket_numbered(bigint, integer)',
        'ticket_posts_of(bigint, timestamptz)',
        'note_ticket_post(bigint, timestamptz, text, integer, timestamptz, bigint, bigint)',
        'note_ticket_archived(bigint, timestamptz, timestamptz)',
        'owe_ticket_removal(bigint, bigint, bigint, timestamptz)',
        'ticket_setting(bigint, text, numeric)',
        'ticket_silence(public.tickets, timestamptz)',
        'tend_tickets(timestamptz, integer, text, text)',
        'note_ticket_losses(jsonb, text, timestamptz)',
        'keep_ticket_open(bigint, timestamptz)',
        'forget_ticket_words(timestamptz, integer)',
        'owe_ticket_erasure(bigint, bigint, timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
