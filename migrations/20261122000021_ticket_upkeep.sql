-- What managers set up for tickets, and what keeps tickets in order by itself: kinds of ticket, panels, alarms about targets,
-- the clock of working hours, and what the comparison of Discord with the database reads.

set lock_timeout = '5s';

create table public.ticket_panels (
    message_id bigint primary key,
    guild_id bigint not null,
    channel_id bigint not null,
    shows text not null,
    posted_at timestamptz not null
);
comment on table public.ticket_panels is 'The messages from which members open tickets.';
comment on column public.ticket_panels.shows is 'A short mark of what it showed when it was posted or changed last.';
create index ticket_panels_guild on public.ticket_panels (guild_id);

create table public.ticket_alarms (
    ticket_id bigint not null references public.tickets (ticket_id) on delete cascade,
    guild_id bigint not null,
    target text not null check (target in ('first_response', 'resolution')),
    told_at timestamptz not null,
    primary key (ticket_id, target)
);
comment on table public.ticket_alarms is 'Which missed targets staff were told of: once for each ticket and target.';
create index ticket_alarms_guild on public.ticket_alarms (guild_id);

-- Changes what `fields` names of a category, or makes one if there is no id. Answers {"outcome": "saved" | "gone" |
-- "name_taken" | "too_many", "category"}.
create function public.save_ticket_category(guild_id bigint, fields jsonb, category_id bigint default null) returns jsonb
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
    c public.ticket_categories;
begin
    perform pg_advisory_xact_lock(hashtextextended('ticket_categories:' || save_ticket_category.guild_id, 0));
    if exists (
        select from public.ticket_categories as o
        where o.guild_id = save_ticket_category.guild_id and o.retired_at is null and lower(o.name) = lower(fields ->> 'name')
            and o.category_id is distinct from save_ticket_category.category_id
    ) then
        return jsonb_build_object('outcome', 'name_taken');
    end if;
    if save_ticket_category.category_id is null then
        -- A panel's menu has 25 places.
        if (
            select count(*) from public.ticket_categories as o
            where o.guild_id = save_ticket_category.guild_id and o.retired_at is null
        ) >= 25 then
            return jsonb_build_object('outcome', 'too_many');
        end if;
        insert into public.ticket_categories as n (guild_id, name, position)
        values (
            save_ticket_category.guild_id, fields ->> 'name',
            (
                select coalesce(max(o.position), -1) + 1 from public.ticket_categories as o
                where o.guild_id = save_ticket_category.guild_id
            )
        )
        returning n.* into c;
    else
        select o.* into c from public.ticket_categories as o
        where o.category_id = save_ticket_category.category_id and o.guild_id = save_ticket_category.guild_id
            and o.retired_at is null
        for update;
        if not found then
            return jsonb_build_object('outcome', 'gone');
        end if;
    end if;
    update public.ticket_categories as n set
        name = coalesce(fields ->> 'name', c.name),
        description = coalesce(fields ->> 'description', c.description),
        opening_text = coalesce(fields ->> 'opening_text', c.opening_text),
        questions = coalesce(fields -> 'questions', c.questions),
        max_open = coalesce((fields ->> 'max_open')::integer, c.max_open),
        cooldown_minutes = coalesce((fields ->> 'cooldown_minutes')::integer, c.cooldown_minutes),
        min_account_days = coalesce((fields ->> 'min_account_days')::integer, c.min_account_days),
        transcript_days = coalesce((fields ->> 'transcript_days')::integer, c.transcript_days),
        staff_role_id = case when fields ? 'staff_role_id' then (fields ->> 'staff_role_id')::bigint else c.staff_role_id end,
        parent_id = case when fields ? 'parent_id' then (fields ->> 'parent_id')::bigint else c.parent_id end,
        required_role_id = case
            when fields ? 'required_role_id' then (fields ->> 'required_role_id')::bigint else c.required_role_id
        end
    where n.category_id = c.category_id
    returning n.* into c;
    return jsonb_build_object('outcome', 'saved', 'category', public.ticket_category_json(c));
end
$$;
comment on function public.save_ticket_category is 'Makes or changes a category of tickets.';

-- Takes a category from the panels; its tickets keep it. Answers {"outcome": "saved" | "gone" | "last"}.
create function public.retire_ticket_category(guild_id bigint, category_id bigint, at timestamptz) returns jsonb
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
    perform pg_advisory_xact_lock(hashtextextended('ticket_categories:' || retire_ticket_category.guild_id, 0));
    if not exists (
        select from public.ticket_categories as o
        where o.guild_id = retire_ticket_category.guild_id and o.retired_at is null
            and o.category_id <> retire_ticket_category.category_id
    ) then
        return jsonb_build_object('outcome', 'last');
    end if;
    update public.ticket_categories as o set retired_at = retire_ticket_category.at
    where o.guild_id = retire_ticket_category.guild_id and o.category_id = retire_ticket_category.category_id
        and o.retired_at is null;
    return jsonb_build_object('outcome', case when found then 'saved' else 'gone' end);
end
$$;
comment on function public.retire_ticket_category is 'Ends a category of tickets; a guild keeps at least one.';

-- Moves a category one place up (-1) or down (1) in menus. At the end of the list nothing happens.
create function public.move_ticket_category(guild_id bigint, category_id bigint, by integer) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
    perform pg_advisory_xact_lock(hashtextextended('ticket_categories:' || move_ticket_category.guild_id, 0));
    with numbered as (
        select o.category_id, 2 * row_number() over (order by o.position, o.category_id) as place
        from public.ticket_categories as o
        where o.guild_id = move_ticket_category.guild_id and o.retired_at is null
    ),
    moved as (
        select
            n.category_id,
            row_number() over (
                order by n.place + case when n.category_id = move_ticket_category.category_id then 3 * sign(by) else 0 end
            ) as place
        from numbered as n
    )
    update public.ticket_categories as o set position = m.place - 1
    from moved as m
    where o.category_id = m.category_id and o.position is distinct from m.place - 1;
end
$$;
comment on function public.move_ticket_category is 'Changes the order of the categories of tickets.';

-- The minute of the week (Monday 00:00 is 0) by the clock of the guild.
create function public.ticket_week_minute(guild_id bigint, at timestamptz) returns integer
language sql stable
set search_path = ''
as $$
    select
        (extract(isodow from l.there)::integer - 1) * 1440 + extract(hour from l.there)::integer * 60
        + extract(minute from l.there)::integer
    from (
        select ticket_week_minute.at at time zone public.zone_or_utc((
            select s.value #>> '{}' from public.guild_settings as s
            where s.guild_id = ticket_week_minute.guild_id and s.key = 'community.time_zone'
        )) as there
    ) as l
$$;
comment on function public.ticket_week_minute is 'Where in the week a moment is, by the clock of a guild; for working hours.';

-- How long a ticket of a priority may wait by a text as "low 24h, high 2h, critical 30m"; null if that says nothing of it.
create function public.ticket_target(targets text, priority text) returns interval
language sql immutable
set search_path = ''
as $$
    select
        m.found[1]::integer
        * case m.found[2] when 'm' then interval '1 minute' when 'h' then interval '1 hour' else interval '24 hours' end
    from regexp_match(lower(targets), '\m' || lower(priority) || '\s*(\d{1,4})\s*([mhd])') as m(found)
$$;
comment on function public.ticket_target is 'A target of the settings tickets.first_response_targets and tickets.resolution_targets.';

create function public.ticket_targets_of(guild_id bigint, key text) returns text
language sql stable
set search_path = ''
as $$
    select coalesce((
        select s.value #>> '{}' from public.guild_settings as s
        where s.guild_id = ticket_targets_of.guild_id and s.key = ticket_targets_of.key
    ), '')
$$;
comment on function public.ticket_targets_of is 'The text of a guild''s targets; empty if there are none.';

-- Open tickets that missed a target of which nobody was told, the longest overdue first:
--   [{"target": "first_response" | "resolution", "due_at", "ticket"}]
create function public.ticket_alarms_due(at timestamptz, max_rows integer) returns jsonb
language sql stable
set search_path = ''
as $$
    with guilds as materialized (
        select
            s.guild_id, case s.key when 'tickets.resolution_targets' then 'resolution' else 'first_response' end as target,
            s.value #>> '{}' as targets
        from public.guild_settings as s
        where s.key in ('tickets.first_response_targets', 'tickets.resolution_targets') and s.value #>> '{}' <> ''
    ),
    due as (
        select g.target, t.created_at + public.ticket_target(g.targets, t.priority) as due_at, t.ticket_id
        from guilds as g
        join public.tickets as t on t.guild_id = g.guild_id
        where t.status in ('OPEN', 'IN_PROGRESS') and t.channel_id is not null and t.channel_gone_at is null
            and t.message_id is not null and (g.target = 'resolution' or t.first_response_at is null)
            and not exists (
                select from public.ticket_alarms as a where a.ticket_id = t.ticket_id and a.target = g.target
            )
    )
    select coalesce(jsonb_agg(jsonb_build_object('target', f.target, 'due_at', f.due_at, 'ticket', public.ticket_json(t)) order by f.due_at, t.ticket_id), '[]')
    from (
        select d.* from due as d where d.due_at <= ticket_alarms_due.at order by d.due_at, d.ticket_id limit ticket_alarms_due.max_rows
    ) as f
    join public.tickets as t on t.ticket_id = f.ticket_id
$$;
comment on function public.ticket_alarms_due is 'Which open tickets are over their time and nobody was told.';

create function public.note_ticket_alarm(guild_id bigint, ticket_id bigint, target text, at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.ticket_alarms (guild_id, ticket_id, target, told_at)
    select t.guild_id, t.ticket_id, note_ticket_alarm.target, note_ticket_alarm.at
    from public.tickets as t
    where t.guild_id = note_ticket_alarm.guild_id and t.ticket_id = note_ticket_alarm.ticket_id
    on conflict do nothing
$$;
comment on function public.note_ticket_alarm is 'Notes that staff were told of a missed target.';

-- Owes a comparison of Discord with the database for each guild with tickets that are open or were closed in the last week.
create function public.owe_ticket_reconciling(at timestamptz) returns integer
language sql
set search_path = ''
as $$
    with owed as (
        insert into public.jobs (guild_id, kind, key, due_at, payload)
        select distinct t.guild_id, 'tickets.reconcile_guild', t.guild_id::text, owe_ticket_reconciling.at, '{}'::jsonb
        from public.tickets as t
        where t.status in ('OPEN', 'IN_PROGRESS')
            or (t.status = 'RESOLVED' and t.resolved_at > owe_ticket_reconciling.at - interval '7 days')
        order by 1
        on conflict (kind, key) do nothing
        returning 1
    )
    select count(*)::integer from owed
$$;
comment on function public.owe_ticket_reconciling is 'Owes the comparison of Discord with the database.';

-- What is compared, after the ticket `after`, in their order: [{"ticket"}]
create function public.tickets_to_reconcile(guild_id bigint, after bigint, max_rows integer, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object('ticket', public.ticket_json(t)) order by t.ticket_id), '[]')
    from (
        select k.* from public.tickets as k
        where k.guild_id = tickets_to_reconcile.guild_id and k.ticket_id > tickets_to_reconcile.after
            and (
                k.status in ('OPEN', 'IN_PROGRESS')
                or (
                    k.status = 'RESOLVED' and k.resolved_at > tickets_to_reconcile.at - interval '7 days'
                    and k.channel_id is not null and k.channel_gone_at is null
                )
            )
        order by k.ticket_id
        limit tickets_to_reconcile.max_rows
    ) as t
$$;
comment on function public.tickets_to_reconcile is 'The tickets of a guild whose channels are compared with their rows.';

-- Of channels that look like a ticket's, [{"channel_id", "ticket_id"}], those that are no ticket's place, with the ticket that
-- they name if the guild has it: [{"channel_id", "ticket" | null}]
create function public.stray_ticket_channels(guild_id bigint, marks jsonb) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'channel_id', m.channel_id::text,
        'ticket', (
            select public.ticket_json(t) from public.tickets as t
            where t.guild_id = stray_ticket_channels.guild_id and t.ticket_id = m.ticket_id
        )
    ) order by m.channel_id), '[]')
    from jsonb_to_recordset(marks) as m(channel_id bigint, ticket_id bigint)
    where not exists (
        select from public.tickets as t
        where t.channel_id = m.channel_id and t.guild_id = stray_ticket_channels.guild_id
    )
$$;
comment on function public.stray_ticket_channels is 'Channels that look like a ticket''s and are none''s.';

do $$
declare
    name text;
begin
    foreach name in array array['ticket_panels', 'ticket_alarms'] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from anon, authenticated', name);
        execute format('grant all on public.%I to service_role', name);
    end loop;
    foreach name in array array[
        'save_ticket_category(bigint, jsonb, bigint)',
        'retire_ticket_category(bigint, bigint, timestamptz)',
        'move_ticket_category(bigint, bigint, integer)',
        'ticket_week_minute(bigint, timestamptz)',
        'ticket_target(text, text)',
        'ticket_targets_of(bigint, text)',
        'ticket_alarms_due(timestamptz, integer)',
        'note_ticket_alarm(bigint, bigint, text, timestamptz)',
        'owe_ticket_reconciling(timestamptz)',
        'tickets_to_reconcile(bigint, bigint, integer, timestamptz)',
        'stray_ticket_channels(bigint, jsonb)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
