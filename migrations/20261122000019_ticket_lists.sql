-- Open tickets as staff and members list them, the staff that a ticket was taken from when it moved, and events: they stay as
-- they are, but for whom an erased person was.

set lock_timeout = '5s';

-- Answers {"total", "page", "pages", "tickets"}; pages count from 1 and a page that is not there is the last one. Who asks sees
-- their own tickets and those of the categories whose staff role they have; `everything` is for who manages the guild.
-- `role_ids` is an array of ids as text, `default_role_id` the staff role of categories without one of their own.
create function public.list_open_tickets(
    guild_id bigint, reader_id bigint, role_ids jsonb, page integer, page_size integer, everything boolean default false,
    default_role_id bigint default null
) returns jsonb
language sql stable
set search_path = ''
as $$
    with seen as materialized (
        select t.ticket_id, t.priority, t.created_at
        from public.tickets as t
        left join public.ticket_categories as c on c.category_id = t.category_id
        where t.guild_id = list_open_tickets.guild_id and t.status in ('OPEN', 'IN_PROGRESS')
            and (
                everything or t.opener_id = reader_id
                or role_ids ? coalesce(c.staff_role_id, default_role_id)::text
            )
    ),
    counted as (
        select n.total, greatest(1, (n.total + page_size - 1) / page_size) as pages
        from (select count(*) as total from seen) as n
    ),
    turned as (
        select c.total, c.pages, least(greatest(list_open_tickets.page, 1), c.pages) as page from counted as c
    ),
    shown as (
        select s.*, row_number() over (
            order by array_position(array['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'], s.priority), s.created_at, s.ticket_id
        ) as place
        from seen as s
        order by place
        limit page_size offset ((select u.page from turned as u) - 1) * page_size
    )
    select jsonb_build_object(
        'total', u.total, 'page', u.page, 'pages', u.pages,
        'tickets', (
            select coalesce(jsonb_agg(public.ticket_json(t) order by s.place), '[]')
            from shown as s join public.tickets as t on t.ticket_id = s.ticket_id
        )
    )
    from turned as u
$$;
comment on function public.list_open_tickets is 'A page of the open tickets that somebody may see, the most urgent and oldest first.';

-- The staff roles of the categories that a ticket was moved out of, as text; null stands for the guild's own.
create function public.ticket_former_staff(ticket_id bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(distinct c.staff_role_id::text), '[]')
    from public.ticket_events as e
    left join public.ticket_categories as c on c.category_id = (e.detail ->> 'from')::bigint
    where e.ticket_id = ticket_former_staff.ticket_id and e.kind = 'moved'
$$;
comment on function public.ticket_former_staff is 'Whose channel a ticket is not any more.';

-- Takes somebody out of what events tell beside their actor: who was let in or taken out, who handed over to whom. 0 is nobody.
create function public.forget_in_ticket_events(guild_id bigint, user_id bigint) returns void
language sql
set search_path = ''
as $$
    update public.ticket_events as e
    set detail = (
        select jsonb_object_agg(d.key, case when d.value = to_jsonb(forget_in_ticket_events.user_id::text) then '"0"' else d.value end)
        from jsonb_each(e.detail) as d
    )
    where e.guild_id = forget_in_ticket_events.guild_id
        and e.kind in ('member_added', 'member_removed', 'transferred', 'released')
        and forget_in_ticket_events.user_id::text in (e.detail ->> 'user_id', e.detail ->> 'from', e.detail ->> 'to')
$$;
comment on function public.forget_in_ticket_events is 'Erases whom events of tickets are about.';

-- An event is not made to say something else afterwards. Deleting stays possible: a guild is forgotten table by table.
create constraint trigger ticket_events_stay after update of to_status, ticket_id on public.ticket_events
deferrable initially deferred for each row execute function public.ticket_has_its_event();

do $$
declare
    name text;
begin
    foreach name in array array[
        'list_open_tickets(bigint, bigint, jsonb, integer, integer, boolean, bigint)',
        'ticket_former_staff(bigint)',
        'forget_in_ticket_events(bigint, bigint)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
