-- Tickets: what a guild chose for them, who is in one, what happened to it, and the tables those functions keep in step.
-- Every state change is a row in ticket_events, written in the same transaction; a trigger refuses one without.

-- squawk-ignore-file constraint-missing-not-valid, adding-foreign-key-constraint

set lock_timeout = '5s';

create table public.ticket_categories (
    category_id bigint generated always as identity primary key,
    guild_id bigint not null,
    name text not null check (length(name) between 1 and 80),
    description text not null default '' check (length(description) <= 100),
    staff_role_id bigint,
    parent_id bigint,
    opening_text text not null default '' check (length(opening_text) <= 1500),
    questions jsonb not null default '[]' check (jsonb_typeof(questions) = 'array' and jsonb_array_length(questions) <= 2),
    max_open integer not null default 1 check (max_open between 1 and 10),
    cooldown_minutes integer not null default 0 check (cooldown_minutes between 0 and 10080),
    required_role_id bigint,
    min_account_days integer not null default 0 check (min_account_days between 0 and 3650),
    transcript_days integer not null default 365 check (transcript_days between 1 and 3650),
    position integer not null default 0,
    retired_at timestamptz
);
comment on table public.ticket_categories is 'A kind of ticket, with its own staff, form, opening text and limits.';
comment on column public.ticket_categories.parent_id is 'The Discord category its channels are made in; null means that of the guild''s settings.';
comment on column public.ticket_categories.questions is 'Asked beside subject and details: [{"label", "long", "required"}].';
comment on column public.ticket_categories.retired_at is 'No new tickets since then. The old ones keep it.';
create unique index ticket_categories_name on public.ticket_categories (guild_id, lower(name)) where retired_at is null;

create table public.ticket_counters (
    guild_id bigint primary key,
    last_number integer not null
);
comment on table public.ticket_counters is 'The highest number that a ticket of a guild ever had: numbers never repeat, also after an erasure.';
insert into public.ticket_counters (guild_id, last_number)
select t.guild_id, max(t.ticket_number) from public.tickets as t group by t.guild_id;

-- A column with a constant default does not rewrite the table. Nobody has filled it yet: its constraints take no time.
alter table public.tickets
    add column category_id bigint,
    add column open_key text,
    add column slot integer,
    add column place text not null default 'channel',
    add column panel_channel_id bigint,
    add column message_id bigint,
    add column form jsonb not null default '[]',
    add column priority text not null default 'MEDIUM',
    add column claimed_by bigint,
    add column first_response_at timestamptz,
    add column opener_wrote_at timestamptz,
    add column warned_at timestamptz,
    add column close_requested_by bigint,
    add column closed_by bigint,
    add column close_reason text,
    add column channel_gone_at timestamptz,
    add column archived_at timestamptz,
    add column log_channel_id bigint,
    add column log_message_id bigint,
    add column opener_told_at timestamptz,
    add constraint tickets_place check (place in ('channel', 'thread')),
    add constraint tickets_priority check (priority in ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
    add constraint tickets_form check (jsonb_typeof(form) = 'array'),
    add constraint tickets_close_reason check (length(close_reason) <= 1000),
    add constraint tickets_category foreign key (category_id) references public.ticket_categories (category_id)
        on delete set null;
comment on column public.tickets.open_key is 'The interaction that opened it: the same one again finds this ticket.';
comment on column public.tickets.panel_channel_id is 'Where it was asked for: below it lies the thread, if there is no room for a channel.';
comment on column public.tickets.slot is 'The how-manieth of its category that the opener has open. The index on it holds the limit, whoever opens at once.';
comment on column public.tickets.form is 'What was written into the form, [{"question", "answer"}]: part of the transcript, same readers, same retention.';
comment on column public.tickets.channel_gone_at is 'When it was noticed that the channel was deleted.';
comment on column public.tickets.archived_at is 'When the transcript was posted and the channel put away, since it was closed last.';
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create unique index tickets_open_key on public.tickets (guild_id, open_key) where open_key is not null;
-- squawk-ignore require-concurrent-index-creation
create unique index tickets_open_slot on public.tickets (guild_id, opener_id, category_id, slot)
where slot is not null and status in ('OPEN', 'IN_PROGRESS');
-- squawk-ignore require-concurrent-index-creation
create index tickets_guild_time on public.tickets (guild_id, created_at);
-- squawk-ignore require-concurrent-index-creation
create index tickets_closed on public.tickets (resolved_at) where status = 'RESOLVED';

create table public.ticket_events (
    event_id bigint generated always as identity primary key,
    guild_id bigint not null,
    ticket_id bigint not null references public.tickets (ticket_id) on delete cascade,
    kind text not null check (kind in (
        'opened', 'placed', 'failed', 'claimed', 'released', 'transferred', 'answered', 'priority', 'renamed', 'noted',
        'member_added', 'member_removed', 'close_requested', 'close_refused', 'warned', 'closed', 'reopened', 'rated',
        'channel_gone', 'channel_deleted', 'moved', 'imported'
    )),
    from_status text,
    to_status text not null,
    actor_id bigint,
    detail jsonb not null default '{}',
    at timestamptz not null
);
comment on table public.ticket_events is 'What happened to a ticket: by whom, when, and the state before and after. Never what was written.';
comment on column public.ticket_events.actor_id is 'Null: the bot itself, or somebody whose data was erased.';
create index ticket_events_ticket on public.ticket_events (ticket_id, event_id);
create index ticket_events_time on public.ticket_events (guild_id, at);
create index ticket_events_actor on public.ticket_events (actor_id, guild_id) where actor_id is not null;
insert into public.ticket_events (guild_id, ticket_id, kind, to_status, actor_id, at)
select t.guild_id, t.ticket_id, 'imported', t.status, t.opener_id, t.created_at from public.tickets as t;

create table public.ticket_members (
    ticket_id bigint not null references public.tickets (ticket_id) on delete cascade,
    guild_id bigint not null,
    user_id bigint not null,
    added_by bigint,
    added_at timestamptz not null,
    primary key (ticket_id, user_id)
);
comment on table public.ticket_members is 'People whom staff or the opener let into a ticket, beside them.';
create index ticket_members_user on public.ticket_members (user_id, guild_id);

create table public.ticket_notes (
    note_id bigint generated always as identity primary key,
    guild_id bigint not null,
    ticket_id bigint not null references public.tickets (ticket_id) on delete cascade,
    author_id bigint,
    content text not null check (length(content) between 1 and 1000),
    at timestamptz not null
);
comment on table public.ticket_notes is 'What staff note about a ticket for each other; the opener does not see it.';
create index ticket_notes_ticket on public.ticket_notes (ticket_id, note_id);
create index ticket_notes_author on public.ticket_notes (author_id, guild_id);

create table public.ticket_tags (
    guild_id bigint not null,
    name text not null check (length(name) between 1 and 40),
    content text not null check (length(content) between 1 and 2000),
    created_by bigint,
    updated_at timestamptz not null,
    primary key (guild_id, name)
);
comment on table public.ticket_tags is 'Canned answers that staff post with /tag.';

create table public.ticket_blocks (
    guild_id bigint not null,
    user_id bigint not null,
    blocked_by bigint,
    reason text not null default '' check (length(reason) <= 300),
    blocked_at timestamptz not null,
    primary key (guild_id, user_id)
);
comment on table public.ticket_blocks is 'Members who may not open tickets.';

create table public.ticket_feedback (
    ticket_id bigint primary key references public.tickets (ticket_id) on delete cascade,
    guild_id bigint not null,
    user_id bigint not null,
    rating integer not null check (rating between 1 and 5),
    comment text not null default '' check (length(comment) <= 1000),
    at timestamptz not null
);
comment on table public.ticket_feedback is 'How the opener found the help, 1 to 5.';

-- A ticket without the event that made it what it is does not get past the end of the transaction.
create function public.ticket_has_its_event() returns trigger
language plpgsql
set search_path = ''
as $$
declare
    last text;
    now_is text;
begin
    select t.status into now_is from public.tickets as t where t.ticket_id = new.ticket_id;
    select e.to_status into last from public.ticket_events as e where e.ticket_id = new.ticket_id order by e.event_id desc limit 1;
    if now_is is not null and last is distinct from now_is then
        raise exception 'ticket % is % and its last event says %', new.ticket_id, now_is, coalesce(last, 'nothing')
        using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end
$$;
create constraint trigger tickets_status_has_event after insert or update of status on public.tickets
deferrable initially deferred for each row execute function public.ticket_has_its_event();
create constraint trigger ticket_events_fit after insert on public.ticket_events
deferrable initially deferred for each row execute function public.ticket_has_its_event();

do $$
declare
    name text;
begin
    foreach name in array array[
        'ticket_categories', 'ticket_counters', 'ticket_events', 'ticket_members', 'ticket_notes', 'ticket_tags',
        'ticket_blocks', 'ticket_feedback'
    ] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from anon, authenticated', name);
        execute format('grant all on public.%I to service_role', name);
    end loop;
    revoke execute on function public.ticket_has_its_event() from public, anon, authenticated;
end
$$;
