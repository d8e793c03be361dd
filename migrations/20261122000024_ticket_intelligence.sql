-- Ticket intelligence: whether a member agreed that a model reads their ticket, and what it made of it.

set lock_timeout = '5s';

alter table public.tickets
    add column ai_allowed boolean not null default false,
    add column triaged_at timestamptz;
comment on column public.tickets.ai_allowed is 'The opener left the tick in the form: a model may read what is written here.';
comment on column public.tickets.triaged_at is 'When a model read the form; once is enough.';

create or replace function public.ticket_json(t public.tickets) returns jsonb
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
        'opener_told_at', t.opener_told_at, 'ai_allowed', t.ai_allowed, 'triaged_at', t.triaged_at,
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

-- What the member chose in the form. Answers whether there is something to read.
create function public.allow_ticket_ai(guild_id bigint, ticket_id bigint, allowed boolean) returns boolean
language sql
set search_path = ''
as $$
    with changed as (
        update public.tickets as t set ai_allowed = allow_ticket_ai.allowed
        where t.ticket_id = allow_ticket_ai.ticket_id and t.guild_id = allow_ticket_ai.guild_id
        returning t.ai_allowed
    )
    select coalesce((select c.ai_allowed from changed as c), false)
$$;

-- Notes what a model made of a ticket, once: its priority, unless staff chose one already, and a note with the reply it suggests.
-- Answers whether this was the first time.
create function public.triage_ticket(
    guild_id bigint, ticket_id bigint, priority text, suggestion text, at timestamptz
) returns boolean
language plpgsql
set search_path = ''
as $$
declare
    t public.tickets;
begin
    select k.* into t from public.tickets as k
    where k.ticket_id = triage_ticket.ticket_id and k.guild_id = triage_ticket.guild_id and k.triaged_at is null and k.ai_allowed
    for update;
    if not found then
        return false;
    end if;
    update public.tickets as k set triaged_at = triage_ticket.at where k.ticket_id = t.ticket_id;
    if t.status in ('OPEN', 'IN_PROGRESS') and t.priority <> triage_ticket.priority and not exists (
        select from public.ticket_events as e where e.ticket_id = t.ticket_id and e.kind = 'priority'
    ) then
        perform public.change_ticket(
            t.guild_id, t.ticket_id, 'priority', null, jsonb_build_object('priority', triage_ticket.priority), triage_ticket.at
        );
    end if;
    if triage_ticket.suggestion <> '' then
        perform public.change_ticket(
            t.guild_id, t.ticket_id, 'note', null, jsonb_build_object('content', triage_ticket.suggestion), triage_ticket.at
        );
    end if;
    return true;
end
$$;

do $$
declare
    name text;
begin
    foreach name in array array['allow_ticket_ai(bigint, bigint, boolean)', 'triage_ticket(bigint, bigint, text, text, timestamptz)'] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
