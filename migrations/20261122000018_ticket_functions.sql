-- The only ways in which a ticket changes: opened under a limit, placed in Discord, changed by an action, written in.

set lock_timeout = '5s';

create function public.ticket_category_json(c public.ticket_categories) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'category_id', c.category_id::text, 'name', c.name, 'description', c.description,
        'staff_role_id', c.staff_role_id::text, 'parent_id', c.parent_id::text, 'opening_text', c.opening_text,
        'questions', c.questions, 'max_open', c.max_open, 'cooldown_minutes', c.cooldown_minutes,
        'required_role_id', c.required_role_id::text, 'min_account_days', c.min_account_days,
        'transcript_days', c.transcript_days, 'position', c.position, 'retired', c.retired_at is not null
    )
$$;
comment on function public.ticket_category_json is 'A category as the Worker and the dashboard read it.';

create function public.ticket_json(t public.tickets) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'ticket_id', t.ticket_id::text, 'guild_id', t.guild_id::text, 'ticket_number', t.ticket_number,
        'category', (
            select public.ticket_category_json(c) from public.ticket_categories as c where c.category_id = t.category_id
        ),
        'opener_id', t.opener_id::text, 'channel_id', t.channel_id::text, 'place', t.place,
        'panel_channel_id', t.panel_channel_id::text, 'message_id', t.message_id::text,
        'subject', t.subject, 'form', t.form, 'status', t.status, 'priority', t.priority, 'claimed_by', t.claimed_by::text,
        'created_at', t.created_at, 'first_response_at', t.first_response_at, 'opener_wrote_at', t.opener_wrote_at,
        'warned_at', t.warned_at, 'close_requested_by', t.close_requested_by::text, 'resolved_at', t.resolved_at,
        'closed_by', t.closed_by::text, 'close_reason', t.close_reason, 'channel_gone_at', t.channel_gone_at,
        'archived_at', t.archived_at, 'log_channel_id', t.log_channel_id::text, 'log_message_id', t.log_message_id::text,
        'opener_told_at', t.opener_told_at,
        'members', (
            select coalesce(jsonb_agg(m.user_id::text order by m.added_at, m.user_id), '[]')
            from public.ticket_members as m where m.ticket_id = t.ticket_id
        ),
        'removed', (
            select coalesce(jsonb_agg(distinct e.detail ->> 'user_id'), '[]')
            from public.ticket_events as e
            where e.ticket_id = t.ticket_id and e.kind = 'member_removed' and not exists (
                select from public.ticket_members as m
                where m.ticket_id = t.ticket_id and m.user_id = (e.detail ->> 'user_id')::bigint
            )
        ),
        'rating', (select f.rating from public.ticket_feedback as f where f.ticket_id = t.ticket_id)
    )
$$;
comment on function public.ticket_json is 'A ticket as the Worker reads it; ids are text.';

-- The ticket of a channel (the newest, if a channel ever had two), or by its id. Null if there is none in that guild.
create function public.find_ticket(guild_id bigint, channel_id bigint default null, ticket_id bigint default null) returns jsonb
language sql stable
set search_path = ''
as $$
    select public.ticket_json(t)
    from public.tickets as t
    where t.guild_id = find_ticket.guild_id
        and (t.ticket_id = find_ticket.ticket_id or t.channel_id = find_ticket.channel_id)
    order by t.ticket_id desc
    limit 1
$$;
comment on function public.find_ticket is 'A ticket by its channel or its id.';

-- A guild without a category gets its first one. Answers all that take tickets, in their order.
create function public.ticket_categories_of(guild_id bigint) returns jsonb
language plpgsql
set search_path = ''
as $$
begin
    insert into public.ticket_categories (guild_id, name)
    select ticket_categories_of.guild_id, 'Support'
    where not exists (select from public.ticket_categories as c where c.guild_id = ticket_categories_of.guild_id and c.retired_at is null)
    on conflict do nothing;
    return (
        select coalesce(jsonb_agg(public.ticket_category_json(c) order by c.position, c.category_id), '[]')
        from public.ticket_categories as c
        where c.guild_id = ticket_categories_of.guild_id and c.retired_at is null
    );
end
$$;
comment on function public.ticket_categories_of is 'The categories of a guild that take tickets.';

-- Opens a ticket, before anything happens in Discord. Answers {"outcome": "opened" | "known" | "refused", "reason", "ticket"}:
-- known is the same `open_key` again; the reasons are category, blocked, account_age, role, limit (with one of the open
-- tickets), cooldown (with "until"). `only_ask` opens nothing and answers "allowed" with the category. `role_ids` is an array of ids as text. Callers of one member wait for each other.
create function public.open_ticket(
    guild_id bigint, opener_id bigint, category_id bigint, open_key text, subject text, form jsonb, role_ids jsonb,
    panel_channel_id bigint, at timestamptz, only_ask boolean default false
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    category public.ticket_categories;
    ticket public.tickets;
    number integer;
    used integer[];
    free_from timestamptz;
begin
    perform pg_advisory_xact_lock(hashtextextended(format('ticket:%s:%s', open_ticket.guild_id, open_ticket.opener_id), 0));
    select t.* into ticket from public.tickets as t
    where t.guild_id = open_ticket.guild_id and t.open_key = open_ticket.open_key;
    if found then
        return jsonb_build_object('outcome', 'known', 'ticket', public.ticket_json(ticket));
    end if;
    select c.* into category from public.ticket_categories as c
    where c.category_id = open_ticket.category_id and c.guild_id = open_ticket.guild_id and c.retired_at is null;
    if not found then
        return jsonb_build_object('outcome', 'refused', 'reason', 'category');
    end if;
    if exists (
        select from public.ticket_blocks as b
        where b.guild_id = open_ticket.guild_id and b.user_id = open_ticket.opener_id
    ) then
        return jsonb_build_object('outcome', 'refused', 'reason', 'blocked');
    end if;
    -- When an account was made stands in its id: milliseconds since 2015 in the upper bits.
    if to_timestamp(((open_ticket.opener_id >> 22) + 1420070400000) / 1000.0)
        > open_ticket.at - make_interval(days => category.min_account_days) and category.min_account_days > 0 then
        return jsonb_build_object('outcome', 'refused', 'reason', 'account_age', 'days', category.min_account_days);
    end if;
    if category.required_role_id is not null and not open_ticket.role_ids ? category.required_role_id::text then
        return jsonb_build_object('outcome', 'refused', 'reason', 'role', 'role_id', category.required_role_id::text);
    end if;
    select array_agg(t.slot), count(*) into used, number from public.tickets as t
    where t.guild_id = open_ticket.guild_id and t.opener_id = open_ticket.opener_id
        and t.category_id = category.category_id and t.status in ('OPEN', 'IN_PROGRESS');
    if number >= category.max_open then
        select t.* into ticket from public.tickets as t
        where t.guild_id = open_ticket.guild_id and t.opener_id = open_ticket.opener_id
            and t.category_id = category.category_id and t.status in ('OPEN', 'IN_PROGRESS')
        order by t.ticket_id desc limit 1;
        return jsonb_build_object(
            'outcome', 'refused', 'reason', 'limit', 'max_open', category.max_open, 'ticket', public.ticket_json(ticket)
        );
    end if;
    select max(t.created_at) + make_interval(mins => category.cooldown_minutes) into free_from from public.tickets as t
    where t.guild_id = open_ticket.guild_id and t.opener_id = open_ticket.opener_id
        and t.category_id = category.category_id and t.status <> 'FAILED';
    if category.cooldown_minutes > 0 and free_from > open_ticket.at then
        return jsonb_build_object('outcome', 'refused', 'reason', 'cooldown', 'until', free_from);
    end if;
    if open_ticket.only_ask then
        return jsonb_build_object('outcome', 'allowed', 'category', public.ticket_category_json(category));
    end if;
    insert into public.ticket_counters as c (guild_id, last_number) values (open_ticket.guild_id, 1)
    on conflict on constraint ticket_counters_pkey do update set last_number = c.last_number + 1
    returning c.last_number into number;
    insert into public.tickets (
        guild_id, ticket_number, opener_id, category_id, open_key, slot, subject, form, panel_channel_id, created_at,
        opener_wrote_at
    )
    values (
        open_ticket.guild_id, number, open_ticket.opener_id, category.category_id, open_ticket.open_key,
        (select min(s) from generate_series(1, category.max_open) as s where s <> all (coalesce(used, '{}'))),
        open_ticket.subject, open_ticket.form, open_ticket.panel_channel_id, open_ticket.at, open_ticket.at
    )
    returning * into ticket;
    insert into public.ticket_events (guild_id, ticket_id, kind, to_status, actor_id, at)
    values (ticket.guild_id, ticket.ticket_id, 'opened', 'OPEN', ticket.opener_id, open_ticket.at);
    -- Whatever happens to the caller now, somebody looks whether it came to a channel.
    perform public.owe_job(
        ticket.guild_id, 'tickets.repair', ticket.ticket_id::text, open_ticket.at + interval '2 minutes',
        jsonb_build_object('ticket_id', ticket.ticket_id::text)
    );
    return jsonb_build_object('outcome', 'opened', 'ticket', public.ticket_json(ticket));
end
$$;
comment on function public.open_ticket is 'Opens a ticket within the limits of its category, once for each open_key.';

-- Does one thing to a ticket. Answers {"outcome": "changed" | "unchanged" | "refused", "reason", "ticket"}, or null if the guild
-- has no such ticket. Who may do it is the caller's to know. `args` by action:
--   placed {"channel_id", "place"} · opened_message {"message_id"} · failed {"reason"} · claim · release · transfer {"to"} ·
--   priority {"priority"} · rename {"subject"} · note {"content"} · add_member {"user_id"} · remove_member {"user_id"} ·
--   request_close · refuse_close · warn · close {"reason", "why"} · reopen · channel_gone · channel_deleted ·
--   move {"category_id"} · rate {"rating", "comment"}
create function public.change_ticket(
    guild_id bigint, ticket_id bigint, action text, actor_id bigint, args jsonb, at timestamptz
) returns jsonb
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
    t public.tickets;
    was text;
    event text;
    detail jsonb := '{}';
    refused text;
    unchanged boolean := false;
    is_open boolean;
    subject_id bigint;
    owed text;
begin
    select k.* into t from public.tickets as k
    where k.ticket_id = change_ticket.ticket_id and k.guild_id = change_ticket.guild_id
    for update;
    if not found then
        return null;
    end if;
    was := t.status;
    is_open := t.status in ('OPEN', 'IN_PROGRESS');
    case change_ticket.action
    when 'placed' then
        if not is_open then
            refused := 'closed';
        elsif t.channel_id is not null then
            unchanged := t.channel_id = (args ->> 'channel_id')::bigint;
            refused := case when not unchanged then 'placed' end;
        else
            t.channel_id := (args ->> 'channel_id')::bigint;
            t.place := args ->> 'place';
            event := 'placed';
        end if;
    when 'opened_message' then
        t.message_id := (args ->> 'message_id')::bigint;
        update public.tickets as k set message_id = t.message_id where k.ticket_id = t.ticket_id;
        unchanged := true;
    when 'failed' then
        if not is_open then
            refused := 'closed';
        elsif t.channel_id is not null then
            refused := 'placed';
        else
            t.status := 'FAILED';
            event := 'failed';
            detail := jsonb_build_object('reason', args ->> 'reason');
        end if;
    when 'claim' then
        if not is_open then
            refused := 'closed';
        elsif t.claimed_by = change_ticket.actor_id then
            unchanged := true;
        elsif t.claimed_by is not null then
            refused := 'claimed';
        else
            t.claimed_by := change_ticket.actor_id;
            t.status := 'IN_PROGRESS';
            event := 'claimed';
        end if;
    when 'release' then
        if not is_open then
            refused := 'closed';
        elsif t.status = 'OPEN' then
            unchanged := true;
        else
            detail := jsonb_build_object('from', t.claimed_by::text);
            t.claimed_by := null;
            t.status := 'OPEN';
            event := 'released';
        end if;
    when 'transfer' then
        subject_id := (args ->> 'to')::bigint;
        if not is_open then
            refused := 'closed';
        elsif t.claimed_by = subject_id then
            unchanged := true;
        else
            detail := jsonb_build_object('from', t.claimed_by::text, 'to', subject_id::text);
            t.claimed_by := subject_id;
            t.status := 'IN_PROGRESS';
            event := 'transferred';
        end if;
    when 'priority' then
        if t.status = 'FAILED' then
            refused := 'closed';
        elsif t.priority = args ->> 'priority' then
            unchanged := true;
        else
            detail := jsonb_build_object('from', t.priority, 'to', args ->> 'priority');
            t.priority := args ->> 'priority';
            event := 'priority';
        end if;
    when 'rename' then
        if not is_open then
            refused := 'closed';
        elsif t.subject = args ->> 'subject' then
            unchanged := true;
        else
            t.subject := args ->> 'subject';
            event := 'renamed';
        end if;
    when 'move' then
        if not is_open then
            refused := 'closed';
        elsif t.category_id = (args ->> 'category_id')::bigint then
            unchanged := true;
        elsif not exists (
            select from public.ticket_categories as c
            where c.category_id = (args ->> 'category_id')::bigint and c.guild_id = t.guild_id and c.retired_at is null
        ) then
            refused := 'category';
        else
            detail := jsonb_build_object('from', t.category_id::text, 'to', args ->> 'category_id');
            t.category_id := (args ->> 'category_id')::bigint;
            -- A slot of the other category may be taken; who was moved there has one beyond the limit.
            t.slot := (
                select coalesce(max(k.slot), 0) + 1 from public.tickets as k
                where k.guild_id = t.guild_id and k.opener_id = t.opener_id and k.category_id = t.category_id
                    and k.status in ('OPEN', 'IN_PROGRESS')
            );
            event := 'moved';
        end if;
    when 'note' then
        insert into public.ticket_notes (guild_id, ticket_id, author_id, content, at)
        values (t.guild_id, t.ticket_id, change_ticket.actor_id, args ->> 'content', change_ticket.at);
        event := 'noted';
    when 'add_member' then
        subject_id := (args ->> 'user_id')::bigint;
        detail := jsonb_build_object('user_id', subject_id::text);
        if not is_open then
            refused := 'closed';
        elsif subject_id = t.opener_id then
            unchanged := true;
        else
            insert into public.ticket_members (ticket_id, guild_id, user_id, added_by, added_at)
            values (t.ticket_id, t.guild_id, subject_id, change_ticket.actor_id, change_ticket.at)
            on conflict do nothing;
            unchanged := not found;
            event := case when found then 'member_added' end;
        end if;
    when 'remove_member' then
        subject_id := (args ->> 'user_id')::bigint;
        detail := jsonb_build_object('user_id', subject_id::text);
        delete from public.ticket_members as m where m.ticket_id = t.ticket_id and m.user_id = subject_id;
        refused := case when not found then 'not_in' end;
        event := case when found then 'member_removed' end;
    when 'request_close' then
        if not is_open then
            refused := 'closed';
        elsif t.close_requested_by is not null then
            unchanged := true;
        else
            t.close_requested_by := change_ticket.actor_id;
            event := 'close_requested';
        end if;
    when 'refuse_close' then
        if not is_open then
            refused := 'closed';
        elsif t.close_requested_by is null then
            unchanged := true;
        else
            t.close_requested_by := null;
            event := 'close_refused';
        end if;
    when 'warn' then
        if not is_open then
            refused := 'closed';
        elsif t.warned_at is not null then
            unchanged := true;
        else
            t.warned_at := change_ticket.at;
            event := 'warned';
        end if;
    when 'close' then
        if t.status = 'RESOLVED' then
            unchanged := true;
        elsif t.status = 'FAILED' then
            refused := 'closed';
        else
            t.status := 'RESOLVED';
            t.resolved_at := change_ticket.at;
            t.closed_by := change_ticket.actor_id;
            t.close_reason := nullif(args ->> 'reason', '');
            t.close_requested_by := null;
            event := 'closed';
            detail := jsonb_build_object('why', coalesce(args ->> 'why', 'closed'));
        end if;
    when 'reopen' then
        if is_open then
            unchanged := true;
        elsif t.status = 'FAILED' or t.channel_id is null then
            refused := 'failed';
        elsif t.channel_gone_at is not null then
            refused := 'channel_gone';
        else
            t.status := 'OPEN';
            t.resolved_at := null;
            t.closed_by := null;
            t.close_reason := null;
            t.claimed_by := null;
            t.warned_at := null;
            t.archived_at := null;
            t.opener_told_at := null;
            t.opener_wrote_at := change_ticket.at;
            t.slot := (
                select coalesce(max(k.slot), 0) + 1 from public.tickets as k
                where k.guild_id = t.guild_id and k.opener_id = t.opener_id and k.category_id = t.category_id
                    and k.status in ('OPEN', 'IN_PROGRESS')
            );
            event := 'reopened';
        end if;
    when 'channel_gone', 'channel_deleted' then
        if t.channel_gone_at is not null or t.channel_id is null then
            unchanged := true;
        else
            t.channel_gone_at := change_ticket.at;
            event := change_ticket.action;
            if is_open then
                t.status := 'RESOLVED';
                t.resolved_at := change_ticket.at;
                t.closed_by := change_ticket.actor_id;
            end if;
        end if;
    when 'rate' then
        insert into public.ticket_feedback as f (ticket_id, guild_id, user_id, rating, comment, at)
        values (
            t.ticket_id, t.guild_id, t.opener_id, (args ->> 'rating')::integer, coalesce(args ->> 'comment', ''),
            change_ticket.at
        )
        on conflict on constraint ticket_feedback_pkey do update set
            rating = excluded.rating, at = excluded.at,
            comment = case when excluded.comment = '' then f.comment else excluded.comment end;
        event := 'rated';
    else
        raise exception 'no such action: %', change_ticket.action using errcode = 'invalid_parameter_value';
    end case;
    if event is not null and refused is null then
        update public.tickets as k set
            status = t.status, channel_id = t.channel_id, place = t.place, claimed_by = t.claimed_by, priority = t.priority,
            subject = t.subject, category_id = t.category_id, slot = t.slot, close_requested_by = t.close_requested_by,
            warned_at = t.warned_at, resolved_at = t.resolved_at, closed_by = t.closed_by, close_reason = t.close_reason,
            archived_at = t.archived_at, opener_told_at = t.opener_told_at, opener_wrote_at = t.opener_wrote_at,
            channel_gone_at = t.channel_gone_at
        where k.ticket_id = t.ticket_id
        returning k.* into t;
        insert into public.ticket_events (guild_id, ticket_id, kind, from_status, to_status, actor_id, detail, at)
        values (t.guild_id, t.ticket_id, event, was, t.status, change_ticket.actor_id, detail, change_ticket.at);
        -- Discord is made to follow the row; who changed it does so at once, and this is for when they could not.
        if event in ('closed', 'channel_gone', 'channel_deleted') and was <> 'RESOLVED' then
            owed := 'tickets.archive';
        elsif event in (
            'reopened', 'renamed', 'member_added', 'member_removed', 'claimed', 'released', 'transferred', 'priority', 'moved'
        ) then
            owed := 'tickets.sync';
        end if;
        if owed is not null then
            perform public.owe_job(
                t.guild_id, owed, t.ticket_id::text, change_ticket.at + interval '30 seconds',
                jsonb_build_object('ticket_id', t.ticket_id::text)
            );
        end if;
    end if;
    return jsonb_strip_nulls(jsonb_build_object(
        'outcome', case when refused is not null then 'refused' when unchanged then 'unchanged' else 'changed' end,
        'reason', refused
    )) || jsonb_build_object('ticket', public.ticket_json(t));
end
$$;
comment on function public.change_ticket is 'Does one thing to a ticket, with its event, or says why not.';

-- Keeps the transcript of tickets, as before, and what it says about the ticket: when the opener wrote last, and when staff
-- answered first. Staff is who is neither the opener nor was added to the ticket.
create or replace function public.record_ticket_messages(events jsonb, at timestamptz) returns void
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
        if e.kind = 'created' then
            perform public.note_ticket_writing(ticket.ticket_id, e.author_id, e.sent);
        end if;
    end loop;
end
$$;

create function public.note_ticket_writing(ticket_id bigint, author_id bigint, sent timestamptz) returns void
language plpgsql
set search_path = ''
as $$
declare
    t public.tickets;
begin
    select k.* into t from public.tickets as k where k.ticket_id = note_ticket_writing.ticket_id for update;
    if not found then
        return;
    end if;
    if t.opener_id = author_id then
        update public.tickets as k
        set opener_wrote_at = greatest(k.opener_wrote_at, sent), warned_at = case when sent > k.warned_at then null else k.warned_at end
        where k.ticket_id = t.ticket_id and (k.opener_wrote_at is null or k.opener_wrote_at < sent);
    elsif t.first_response_at is null and not exists (
        select from public.ticket_members as m where m.ticket_id = t.ticket_id and m.user_id = note_ticket_writing.author_id
    ) then
        update public.tickets as k set first_response_at = sent where k.ticket_id = t.ticket_id;
        insert into public.ticket_events (guild_id, ticket_id, kind, from_status, to_status, actor_id, at)
        values (t.guild_id, t.ticket_id, 'answered', t.status, t.status, note_ticket_writing.author_id, sent);
    elsif t.first_response_at > sent and not exists (
        select from public.ticket_members as m where m.ticket_id = t.ticket_id and m.user_id = note_ticket_writing.author_id
    ) then
        -- An earlier answer that is heard of later.
        update public.tickets as k set first_response_at = sent where k.ticket_id = t.ticket_id;
    end if;
end
$$;
comment on function public.note_ticket_writing is 'Notes that somebody wrote in a ticket: its opener, or staff for the first time.';

do $$
declare
    name text;
begin
    foreach name in array array[
        'ticket_category_json(public.ticket_categories)',
        'ticket_json(public.tickets)',
        'find_ticket(bigint, bigint, bigint)',
        'ticket_categories_of(bigint)',
        'open_ticket(bigint, bigint, bigint, text, text, jsonb, jsonb, bigint, timestamptz, boolean)',
        'change_ticket(bigint, bigint, text, bigint, jsonb, timestamptz)',
        'note_ticket_writing(bigint, bigint, timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
