-- What the dashboard needs beside the numbers: whose staff somebody is, what places are called, how far a guild is set up.

set lock_timeout = '5s';

create table public.place_names (
    guild_id bigint not null,
    place_id bigint not null,
    name text not null check (length(name) between 1 and 100),
    noted_at timestamptz not null,
    primary key (guild_id, place_id)
);
comment on table public.place_names is 'What a guild (its own id) and its channels are called, so that nobody has to read ids.';
alter table public.place_names enable row level security;
revoke all on public.place_names from anon, authenticated;
grant select, insert, update, delete on public.place_names to service_role;

-- Notes what a guild and its channels are called: {"id": "name"}. Channels that are gone keep their last name.
create function public.note_place_names(guild_id bigint, names jsonb, at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.place_names as p (guild_id, place_id, name, noted_at)
    select note_place_names.guild_id, n.key::bigint, left(n.value, 100), note_place_names.at
    from jsonb_each_text(note_place_names.names) as n
    where n.value <> ''
    on conflict on constraint place_names_pkey do update set name = excluded.name, noted_at = excluded.noted_at
    where p.noted_at <= excluded.noted_at
$$;

create function public.reads_setup(guild bigint) returns boolean
language sql stable security definer
set search_path = ''
as $$
    select coalesce(auth.jwt() ->> 'role' = 'service_role', false) or exists (
        select from public.staff as s where s.guild_id = reads_setup.guild and s.auth_user_id = auth.uid()
    )
$$;
comment on function public.reads_setup is 'Whether who asks is of the guild''s staff in any role: they may see how it is set up and what channels are called.';

create function public.my_guilds() returns table (guild_id text, name text, roles text [])
language sql stable security definer
set search_path = ''
as $$
    select s.guild_id::text, coalesce(max(p.name), ''), array_agg(s.role order by s.role)
    from public.staff as s
    left join public.place_names as p on p.guild_id = s.guild_id and p.place_id = s.guild_id
    where s.auth_user_id = auth.uid()
    group by s.guild_id
    order by 2, s.guild_id
$$;
comment on function public.my_guilds is 'The guilds whose staff the asking person is, and as what.';

create function public.channel_names(guild bigint) returns table (channel_id text, name text)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
    if not public.reads_setup(guild) then
        return;
    end if;
    return query
    select p.place_id::text, p.name from public.place_names as p
    where p.guild_id = guild and p.place_id <> guild
    order by p.name, p.place_id
    limit 1000;
end
$$;
comment on function public.channel_names is 'What the channels of a guild are called. Source: place_names.';

create function public.setup_state(guild bigint) returns jsonb
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
    if not public.reads_setup(guild) then
        return null;
    end if;
    return jsonb_build_object(
        'members', (
            select count(*) from public.discord_users as u where u.guild_id = setup_state.guild and u.left_at is null
        ),
        'last_activity_at', (select max(a.hour) from public.activity_by_hour as a where a.guild_id = setup_state.guild),
        'relay_at', (select max(h.checked_at) from public.service_health as h where h.service = 'relay'),
        'settings', (
            select coalesce(jsonb_agg(s.key order by s.key), '[]') from public.guild_settings as s
            where s.guild_id = setup_state.guild and s.value <> 'null' and s.value <> '[]' and s.value <> '""'
        ),
        'crisis_stage', (
            select s.value #>> '{}' from public.guild_settings as s
            where s.guild_id = setup_state.guild and s.key = 'crisis.stage'
        ),
        'presence', coalesce((
            select s.value = 'true' from public.guild_settings as s
            where s.guild_id = setup_state.guild and s.key = 'members.presence'
        ), false),
        'ticket_kinds', (
            select count(*) from public.ticket_categories as c
            where c.guild_id = setup_state.guild and c.retired_at is null
        ),
        'ticket_panels', (select count(*) from public.ticket_panels as p where p.guild_id = setup_state.guild),
        'campaigns', (select count(*) from public.campaigns as c where c.guild_id = setup_state.guild),
        'staff', (
            select coalesce(jsonb_object_agg(r.role, r.people), '{}')
            from (
                select s.role, count(*) as people from public.staff as s
                where s.guild_id = setup_state.guild group by s.role
            ) as r
        ),
        'problems', (
            select coalesce(jsonb_agg(
                jsonb_build_object('key', p.key, 'problem', p.problem, 'noticed_at', p.noticed_at) order by p.key
            ), '[]')
            from public.setting_problems as p where p.guild_id = setup_state.guild
        )
    );
end
$$;
comment on function public.setup_state is 'How far a guild is set up: which settings were made (never what they say, but for the stage of crisis detection and whether presence is on), what they cannot do at present, how many members, kinds of ticket, panels, staff there are, and when something last arrived.';

do $$
declare
    name text;
begin
    foreach name in array array['note_place_names(bigint, jsonb, timestamptz)', 'reads_setup(bigint)'] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
    -- They look for who asks among the staff themselves.
    foreach name in array array['my_guilds()', 'channel_names(bigint)', 'setup_state(bigint)'] loop
        execute format('revoke execute on function public.%s from public, anon', name);
        execute format('grant execute on function public.%s to authenticated, service_role', name);
    end loop;
end
$$;
