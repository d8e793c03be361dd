-- What the dashboard calls things: servers and channels by their names as the bot hears of them, a ticket above its transcript.

set lock_timeout = '5s';

-- As before, but channels of tickets are left out: there are many, nobody counts what is in them, and they would crowd out the others.
create or replace function public.note_place_names(guild_id bigint, names jsonb, at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.place_names as p (guild_id, place_id, name, noted_at)
    select note_place_names.guild_id, n.key::bigint, left(n.value, 100), note_place_names.at
    from jsonb_each_text(note_place_names.names) as n
    where n.value <> '' and not exists (
        select from public.tickets as t where t.guild_id = note_place_names.guild_id and t.channel_id = n.key::bigint
    )
    on conflict on constraint place_names_pkey do update set name = excluded.name, noted_at = excluded.noted_at
    where p.noted_at <= excluded.noted_at
$$;

-- Notes what guilds are called: {"id": "name"}.
create function public.note_guild_names(names jsonb, at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.place_names as p (guild_id, place_id, name, noted_at)
    select n.key::bigint, n.key::bigint, left(n.value, 100), note_guild_names.at
    from jsonb_each_text(note_guild_names.names) as n
    where n.value <> ''
    on conflict on constraint place_names_pkey do update set name = excluded.name, noted_at = excluded.noted_at
    where p.noted_at <= excluded.noted_at
$$;

create function public.ticket_head(guild bigint, ticket text) returns table (
    ticket_number integer, subject text, status text, category_name text, opener_id text, opener_name text, created_at timestamptz,
    resolved_at timestamptz
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    select
        t.ticket_number, t.subject, t.status, coalesce(c.name, ''), t.opener_id::text, coalesce(o.display_name, ''), t.created_at,
        t.resolved_at
    from public.tickets as t
    left join public.ticket_categories as c on c.category_id = t.category_id
    left join public.discord_users as o on o.guild_id = t.guild_id and o.user_id = t.opener_id
    where t.guild_id = guild and t.ticket_id::text = ticket_head.ticket;
end
$$;
comment on function public.ticket_head is 'Number, subject, kind and opener of a ticket, as ticket_list has them. Source: tickets.';

revoke execute on function public.ticket_head(bigint, text) from public, anon;
grant execute on function public.ticket_head(bigint, text) to authenticated, service_role;
revoke execute on function public.note_guild_names(jsonb, timestamptz) from public, anon, authenticated;
grant execute on function public.note_guild_names(jsonb, timestamptz) to service_role;
