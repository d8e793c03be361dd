-- What does not work in a guild is said in one place: setting_problems, whatever feature it is of.

set lock_timeout = '5s';

comment on table public.setting_problems is 'What does not work in a guild at present (a missing permission, say), shown in /setup and counted in health. The key is a setting''s, or feature.part where no setting is to blame.';

insert into public.setting_problems (guild_id, key, problem, noticed_at)
select
    h.guild_id, case h.instance when 'welcome' then 'members.welcome_channel' else 'members.' || h.instance end,
    h.detail ->> 'message', h.checked_at
from public.service_health as h
where h.service = 'members' and h.status <> 'up' and h.detail ->> 'message' is not null
on conflict do nothing;
delete from public.service_health as h where h.service = 'members';

-- A Worker of before that calls it meanwhile is told to try again, and does.
-- squawk-ignore ban-drop-function
drop function public.note_member_trouble(bigint, text, timestamptz, text);
-- A Worker of before that calls it meanwhile is told to try again, and does.
-- squawk-ignore ban-drop-function
drop function public.members_health();

-- Notes what does not work; without a problem, that it works again. True if that is news.
create function public.note_problem(guild_id bigint, key text, at timestamptz, problem text default null) returns boolean
language plpgsql
set search_path = ''
as $$
begin
    if note_problem.problem is null then
        delete from public.setting_problems as p where p.guild_id = note_problem.guild_id and p.key = note_problem.key;
        return found;
    end if;
    insert into public.setting_problems as p (guild_id, key, problem, noticed_at)
    values (note_problem.guild_id, note_problem.key, note_problem.problem, note_problem.at)
    on conflict on constraint setting_problems_pkey do update set
        problem = excluded.problem, noticed_at = excluded.noticed_at
    where p.problem <> excluded.problem;
    return found;
end
$$;

-- In how many guilds what does not work: {"key": guilds}.
create function public.problem_counts() returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_object_agg(c.key, c.guilds), '{}')
    from (select p.key, count(*) as guilds from public.setting_problems as p group by p.key) as c
$$;

do $$
declare
    name text;
begin
    foreach name in array array['note_problem(bigint, text, timestamptz, text)', 'problem_counts()'] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
