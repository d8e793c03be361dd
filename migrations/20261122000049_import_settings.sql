-- Settings from a file: all that were shown are changed in one transaction, or none.

set lock_timeout = '5s';

-- `changes`: [{"key", "was", "value"}]; null is the default, which has no row. False, and nothing is changed, if one of them is
-- neither what it was nor what it is to be: somebody chose something else since. Done again it changes nothing more.
create function public.import_settings(guild_id bigint, actor_id bigint, changes jsonb, at timestamptz) returns boolean
language plpgsql
set search_path = ''
as $$
declare
    change record;
    stands boolean;
begin
    for change in
        select c.key, c.was, c.value
        from jsonb_to_recordset(import_settings.changes) as c (key text, was jsonb, value jsonb) order by c.key
    loop
        if change.value is null then
            delete from public.guild_settings as s
            where s.guild_id = import_settings.guild_id and s.key = change.key and s.value = change.was;
            stands := not exists (
                select from public.guild_settings as s
                where s.guild_id = import_settings.guild_id and s.key = change.key
            );
        elsif change.was is null then
            insert into public.guild_settings as s (guild_id, key, value, updated_by, updated_at)
            values (import_settings.guild_id, change.key, change.value, import_settings.actor_id, import_settings.at)
            on conflict on constraint guild_settings_pkey do update set
                updated_by = excluded.updated_by, updated_at = excluded.updated_at
            where s.value = excluded.value;
            stands := found;
        else
            update public.guild_settings as s set
                value = change.value, updated_by = import_settings.actor_id, updated_at = import_settings.at
            where s.guild_id = import_settings.guild_id and s.key = change.key
                and s.value in (change.was, change.value);
            stands := found;
        end if;
        if not stands then
            -- Takes back what this loop did so far.
            raise exception 'changed since' using errcode = 'CO001';
        end if;
    end loop;
    -- What was wrong with the old choice; what is wrong with the new one is noticed when it is used.
    delete from public.setting_problems as p
    where p.guild_id = import_settings.guild_id and p.key in (
        select c.key from jsonb_to_recordset(import_settings.changes) as c (key text)
    );
    insert into public.admin_actions (guild_id, actor_id, what, detail, at)
    select
        import_settings.guild_id, import_settings.actor_id, 'settings.import',
        jsonb_build_object('keys', jsonb_agg(c.key order by c.key)), import_settings.at
    from jsonb_to_recordset(import_settings.changes) as c (key text);
    return true;
exception when sqlstate 'CO001' then
    return false;
end
$$;

do $$
begin
    revoke execute on function public.import_settings(bigint, bigint, jsonb, timestamptz) from public, anon, authenticated;
    grant execute on function public.import_settings(bigint, bigint, jsonb, timestamptz) to service_role;
end
$$;
