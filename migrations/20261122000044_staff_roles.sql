-- Staff by Discord role: which role gives which right of the dashboard, who has a right and through what, and how it ends.

set lock_timeout = '5s';

create table public.staff_roles (
    guild_id bigint not null,
    role_id bigint not null,
    role text not null check (role in ('manager', 'crt', 'admin')),
    added_by bigint,
    added_at timestamptz not null,
    primary key (guild_id, role_id, role)
);
comment on table public.staff_roles is 'Which Discord roles (role_id) give which right (role) in the dashboard; chosen in /setup.';
alter table public.staff_roles enable row level security;
revoke all on public.staff_roles from anon, authenticated;
grant select, insert, update, delete on public.staff_roles to service_role;

-- A right can be had in several ways at once, and the end of one does not touch the others.
-- What is there was made by `cargo xtask staff add`; the table has a row for each of the staff: a scan is nothing.
alter table public.staff
add column source text not null default 'operator' constraint staff_source check (source in ('role', 'hand', 'operator')),
add column role_id bigint not null default 0,
add column checked_at timestamptz,
-- squawk-ignore constraint-missing-not-valid
add constraint staff_by_role check ((source = 'role') = (role_id <> 0)),
-- Nothing refers to it.
-- squawk-ignore ban-drop-constraint
drop constraint staff_pkey,
-- squawk-ignore constraint-missing-not-valid, adding-serial-primary-key-field
add constraint staff_pkey primary key (guild_id, user_id, role, source, role_id);
comment on column public.staff.source is 'Through what they have it: a Discord role (role_id says which), by hand in /setup, or from the operator (cargo xtask staff add).';
comment on column public.staff.role_id is 'The Discord role that gives the right; 0 if none does.';
comment on column public.staff.checked_at is 'When Discord last said whether they are a member, and with which roles.';

-- The account in Supabase Auth that has signed in as this Discord user: what Discord itself told Auth, never what an account
-- says of itself (user_metadata).
create function public.discord_account(user_id bigint) returns uuid
language sql stable security definer
set search_path = ''
as $$
    select i.user_id from auth.identities as i
    where i.provider = 'discord' and i.provider_id = discord_account.user_id::text
$$;

-- Makes the rights by role what Discord says. `heard` is an array, in the order in which it was heard, of
--   {"guild_id", "user_id", "role_ids": [...]}      a member with all their roles
--   {"guild_id", "user_id", "left": true}           somebody who is no member (any more): no right is left, whoever gave it
--   {"guild_id", "user_id"}                         asked for in vain: it is somebody else's turn
--   {"guild_id", "role_id"}                         a role that is gone
-- with ids as text. `asked`: it was asked of Discord at `at`, and takes nothing away that was heard of after that.
-- Answers how many rights began and ended: {"given", "taken"}.
create function public.hear_staff(heard jsonb, at timestamptz, asked boolean default false) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    e record;
    account uuid;
    changed bigint;
    given bigint := 0;
    taken bigint := 0;
begin
    for e in
        select h.*
        from rows from (
            jsonb_to_recordset(heard) as (guild_id bigint, user_id bigint, role_id bigint, role_ids jsonb, "left" boolean)
        ) with ordinality as h(guild_id, user_id, role_id, role_ids, has_left, place)
        -- Most members are nobody's staff and have no role that gives a right.
        where exists (
            select from public.staff as s where s.guild_id = h.guild_id and (s.user_id = h.user_id or s.role_id = h.role_id)
        ) or exists (
            select from public.staff_roles as r
            where r.guild_id = h.guild_id and (r.role_id = h.role_id or h.role_ids ? r.role_id::text)
        )
        order by h.place
    loop
        if e.role_id is not null then
            delete from public.staff_roles as r where r.guild_id = e.guild_id and r.role_id = e.role_id;
            delete from public.staff as s where s.guild_id = e.guild_id and s.role_id = e.role_id;
            get diagnostics changed = row_count;
            taken := taken + changed;
            continue;
        end if;
        if e.role_ids is not null or e.has_left then
            delete from public.staff as s
            where s.guild_id = e.guild_id and s.user_id = e.user_id
                and (not asked or greatest(s.added_at, s.checked_at) <= hear_staff.at)
                and (coalesce(e.has_left, false) or (s.source = 'role' and not exists (
                    select from public.staff_roles as r
                    where r.guild_id = s.guild_id and r.role = s.role and r.role_id = s.role_id
                        and e.role_ids ? r.role_id::text
                )));
            get diagnostics changed = row_count;
            taken := taken + changed;
        end if;
        changed := 0;
        account := public.discord_account(e.user_id);
        if not coalesce(e.has_left, false) then
            insert into public.staff (guild_id, user_id, role, source, role_id, auth_user_id, added_at, checked_at)
            select r.guild_id, e.user_id, r.role, 'role', r.role_id, account, hear_staff.at, hear_staff.at
            from public.staff_roles as r
            where r.guild_id = e.guild_id and e.role_ids ? r.role_id::text
            on conflict on constraint staff_pkey do nothing;
            get diagnostics changed = row_count;
            given := given + changed;
        end if;
        update public.staff as s
        -- Events come in any order: what one gave is asked about next.
        set checked_at = case when asked or changed = 0 then greatest(s.checked_at, hear_staff.at) end,
            -- The operator's word stands; the others belong to whoever signs in with Discord.
            auth_user_id = case s.source when 'operator' then s.auth_user_id else account end
        where s.guild_id = e.guild_id and s.user_id = e.user_id;
    end loop;
    return jsonb_build_object('given', given, 'taken', taken);
end
$$;

-- Whom of the staff to ask Discord about, who was not heard of longest first: [{"guild_id", "user_id"}].
create function public.staff_to_check(max_rows integer) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object('guild_id', d.guild_id::text, 'user_id', d.user_id::text)), '[]')
    from (
        select s.guild_id, s.user_id from public.staff as s
        group by s.guild_id, s.user_id
        order by min(coalesce(s.checked_at, 'epoch')), s.guild_id, s.user_id
        limit max_rows
    ) as d
$$;

-- Owes a comparison of all members for each guild in which a role gives a right; says for how many.
create function public.owe_staff_compare(at timestamptz) returns bigint
language sql
set search_path = ''
as $$
    select count(public.owe_job(g.guild_id, 'staff.compare', g.guild_id::text, owe_staff_compare.at, '{}'))
    from (select distinct r.guild_id from public.staff_roles as r) as g
$$;

-- The people with a right that no role gives them: as many as a menu of Discord takes.
create function public.staff_named(guild_id bigint, role text) returns table (user_id bigint)
language sql stable
set search_path = ''
as $$
    select distinct s.user_id from public.staff as s
    where s.guild_id = staff_named.guild_id and s.role = staff_named.role and s.source <> 'role'
    order by s.user_id
    limit 25
$$;

-- Who has which right in a guild, and through what: [{"role", "named": [user ids], "groups": [{"source", "role_id", "user_ids",
-- "more"}]}]. `named` are those of /setup and of the operator, at most 25; a group shows 15 and counts the others.
create function public.staff_page(guild_id bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_agg(jsonb_build_object(
        'role', r.role,
        'named', (
            select coalesce(jsonb_agg(n.user_id::text), '[]') from public.staff_named(staff_page.guild_id, r.role) as n
        ),
        'groups', (
            select coalesce(jsonb_agg(g.shown order by g.source desc, g.role_id), '[]')
            from (
                select w.source, w.role_id, jsonb_build_object(
                    'source', w.source, 'role_id', w.role_id::text,
                    'user_ids', coalesce(
                        jsonb_agg(w.user_id::text order by w.user_id) filter (where w.place <= 15 and w.user_id is not null), '[]'
                    ),
                    'more', count(*) filter (where w.place > 15)
                ) as shown
                from (
                    select h.*, row_number() over (partition by h.source, h.role_id order by h.user_id) as place
                    from (
                        select s.source, s.role_id, s.user_id from public.staff as s
                        where s.guild_id = staff_page.guild_id and s.role = r.role
                        union all
                        -- A role that nobody has is shown too.
                        select 'role', m.role_id, null from public.staff_roles as m
                        where m.guild_id = staff_page.guild_id and m.role = r.role and not exists (
                            select from public.staff as s
                            where s.guild_id = m.guild_id and s.role = m.role and s.role_id = m.role_id
                        )
                    ) as h
                ) as w
                group by w.source, w.role_id
            ) as g
        )
    ) order by r.place)
    from unnest(array['manager', 'crt', 'admin']) with ordinality as r(role, place)
$$;

-- Makes `chosen` (ids as text) the roles (`kind` 'roles') or the people by name ('people') with a right, as somebody chose
-- them in /setup; noted in admin_actions. What is taken away ends at once; who has a new role is found by the job it owes.
-- Answers {"added": [ids], "removed": [ids]}.
create function public.choose_staff(guild_id bigint, role text, kind text, chosen jsonb, actor_id bigint, at timestamptz)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    before jsonb;
    added jsonb;
    removed jsonb;
begin
    if kind = 'roles' then
        select coalesce(jsonb_agg(r.role_id::text), '[]') into before from public.staff_roles as r
        where r.guild_id = choose_staff.guild_id and r.role = choose_staff.role;
    else
        select coalesce(jsonb_agg(n.user_id::text), '[]') into before
        from public.staff_named(choose_staff.guild_id, choose_staff.role) as n;
    end if;
    select coalesce(jsonb_agg(c.id), '[]') into added from jsonb_array_elements_text(chosen) as c(id) where not before ? c.id;
    select coalesce(jsonb_agg(b.id), '[]') into removed from jsonb_array_elements_text(before) as b(id) where not chosen ? b.id;
    if added = '[]' and removed = '[]' then
        return jsonb_build_object('added', added, 'removed', removed);
    end if;
    insert into public.admin_actions (guild_id, actor_id, what, detail, at) values (
        choose_staff.guild_id, choose_staff.actor_id, 'staff.' || choose_staff.kind,
        jsonb_build_object('right', choose_staff.role, 'added', added, 'removed', removed), choose_staff.at
    );
    if kind = 'roles' then
        delete from public.staff_roles as r
        where r.guild_id = choose_staff.guild_id and r.role = choose_staff.role and removed ? r.role_id::text;
        delete from public.staff as s
        where s.guild_id = choose_staff.guild_id and s.role = choose_staff.role and s.source = 'role'
            and removed ? s.role_id::text;
        insert into public.staff_roles (guild_id, role_id, role, added_by, added_at)
        select choose_staff.guild_id, a.id::bigint, choose_staff.role, choose_staff.actor_id, choose_staff.at
        from jsonb_array_elements_text(added) as a(id)
        on conflict on constraint staff_roles_pkey do nothing;
        if added <> '[]' then
            perform public.owe_job(
                choose_staff.guild_id, 'staff.compare', choose_staff.guild_id::text, choose_staff.at, '{}'
            );
        end if;
    else
        delete from public.staff as s
        where s.guild_id = choose_staff.guild_id and s.role = choose_staff.role and s.source <> 'role'
            and removed ? s.user_id::text;
        insert into public.staff (guild_id, user_id, role, source, auth_user_id, added_by, added_at)
        select
            choose_staff.guild_id, a.id::bigint, choose_staff.role, 'hand', public.discord_account(a.id::bigint),
            choose_staff.actor_id, choose_staff.at
        from jsonb_array_elements_text(added) as a(id)
        on conflict on constraint staff_pkey do nothing;
    end if;
    return jsonb_build_object('added', added, 'removed', removed);
end
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'discord_account(bigint)', 'hear_staff(jsonb, timestamptz, boolean)', 'staff_to_check(integer)',
        'owe_staff_compare(timestamptz)', 'staff_page(bigint)', 'staff_named(bigint, text)',
        'choose_staff(bigint, text, text, jsonb, bigint, timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
