-- Signing in with Discord: the rights of a Discord user become those of the account that proved to be them.

set lock_timeout = '5s';

-- An account whose identity at Discord (auth.identities, written by Supabase Auth alone) is staff somewhere gets these rights:
-- {"linked": rights that are new to it, "elsewhere": rights that the operator gave to another account of the same person}.
-- null for an account that never signed in with Discord.
create function public.claim_staff() returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
    who bigint[];
    linked bigint;
    elsewhere bigint;
begin
    select array_agg(i.provider_id::bigint) into who from auth.identities as i
    where i.user_id = auth.uid() and i.provider = 'discord' and i.provider_id ~ '^[0-9]{1,19}$';
    if who is null then
        return null;
    end if;
    update public.staff as s set auth_user_id = auth.uid()
    where s.user_id = any (who) and s.auth_user_id is distinct from auth.uid()
        and (s.source <> 'operator' or not exists (select from auth.users as u where u.id = s.auth_user_id));
    get diagnostics linked = row_count;
    select count(*) into elsewhere from public.staff as s
    where s.user_id = any (who) and s.auth_user_id is distinct from auth.uid();
    return jsonb_build_object('linked', linked, 'elsewhere', elsewhere);
end
$$;
comment on function public.claim_staff is 'Links the staff rows of the asking account''s Discord user with this account. A row that the operator gave to another account stays with that one, and is counted.';

-- Somebody can have a right in several ways by now: named once all the same.
create or replace function public.my_guilds() returns table (guild_id text, name text, roles text [])
language sql stable security definer
set search_path = ''
as $$
    select s.guild_id::text, coalesce(max(p.name), ''), array_agg(distinct s.role order by s.role)
    from public.staff as s
    left join public.place_names as p on p.guild_id = s.guild_id and p.place_id = s.guild_id
    where s.auth_user_id = auth.uid()
    group by s.guild_id
    order by 2, s.guild_id
$$;

create or replace function public.setup_state(guild bigint) returns jsonb
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
                select s.role, count(distinct s.user_id) as people from public.staff as s
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
do $$
begin
    -- It looks for who asks among the identities itself.
    revoke execute on function public.claim_staff() from public, anon;
    grant execute on function public.claim_staff() to authenticated, service_role;
end
$$;
