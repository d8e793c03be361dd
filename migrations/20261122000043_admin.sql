-- The administrator's desk: who may sit there, how the bot is paused, and what the dashboard's Admin tab reads.

set lock_timeout = '5s';

create function public.reads_admin(guild bigint) returns boolean
language sql stable security definer
set search_path = ''
as $$
    select coalesce(auth.jwt() ->> 'role' = 'service_role', false) or exists (
        select from public.staff as s
        where s.guild_id = reads_admin.guild and s.auth_user_id = auth.uid() and s.role = 'admin'
    )
$$;
comment on function public.reads_admin is 'Whether who asks is an administrator of the guild.';

-- The Discord user that an account of Supabase Auth is, if it is an administrator of the guild; else null.
create function public.admin_of(guild bigint, auth_user uuid) returns jsonb
language sql stable
set search_path = ''
as $$
    select to_jsonb(s.user_id::text) from public.staff as s
    where s.guild_id = admin_of.guild and s.auth_user_id = admin_of.auth_user and s.role = 'admin'
    order by s.user_id limit 1
$$;

-- How the bot is paused at a moment: {"level": "none" | "bulk" | "all", "actor_id", "actor_name", "at",
-- "reason", "until", "told_off": the teams know that detection is off}. The newest action says it; level "all" ends by itself.
create function public.current_pause(at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    with newest as (
        select
            a.guild_id, a.actor_id, a.at, a.detail ->> 'level' as level, a.detail ->> 'reason' as reason,
            (a.detail ->> 'until')::timestamptz as until
        from public.admin_actions as a where a.what = 'pause'
        order by a.action_id desc limit 1
    )
    select jsonb_build_object('told_off', exists (
        select from public.crisis_outages as o where o.guild_id = 0 and o.service = 'pause' and o.ended_at is null
    )) || coalesce((
        select case when n.until <= current_pause.at
            then jsonb_build_object('level', 'none', 'at', n.until)
            else jsonb_strip_nulls(jsonb_build_object(
                'level', n.level, 'at', n.at, 'reason', n.reason, 'until', n.until,
                'actor_id', n.actor_id::text, 'actor_name', u.display_name
            ))
        end
        from newest as n
        left join public.discord_users as u on u.guild_id = n.guild_id and u.user_id = n.actor_id
    ), '{"level": "none"}')
$$;

-- Pauses the bot, or lets it go on; noted as an action of `actor`, and owed to the job that makes it known. `until` is left out
-- but for "all". Answers as `current_pause`; null, and nothing is changed, if the level is not `expected` any more.
create function public.set_pause(
    guild bigint, actor bigint, level text, reason text, at timestamptz, until timestamptz default null,
    expected text default null
) returns jsonb
language plpgsql
set search_path = ''
as $$
begin
    if set_pause.level not in ('none', 'bulk', 'all') or (set_pause.level = 'all') <> (set_pause.until is not null) then
        raise exception 'no such pause: % until %', set_pause.level, set_pause.until;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('pause', 0));
    if set_pause.expected <> public.current_pause(set_pause.at) ->> 'level' then
        return null;
    end if;
    insert into public.admin_actions (guild_id, actor_id, what, detail, at)
    values (
        guild, actor, 'pause', jsonb_strip_nulls(jsonb_build_object(
            'level', set_pause.level, 'reason', nullif(set_pause.reason, ''), 'until', set_pause.until
        )), set_pause.at
    );
    perform public.owe_job(0, 'admin.pause', 'pause', set_pause.at, '{}');
    return public.current_pause(set_pause.at);
end
$$;

-- The guilds whose messages are looked at for crises: those that are told when that stops.
create function public.watched_guilds() returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(s.guild_id::text order by s.guild_id), '[]') from public.guild_settings as s
    where s.key = 'crisis.stage' and s.value #>> '{}' in ('shadow', 'live')
$$;

-- Talks in which Ash is to answer, the oldest first.
create function public.open_ash_sessions(max_rows integer) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(public.ash_session_json(s) order by s.session_id), '[]')
    from (
        select * from public.ash_sessions as o where o.status in ('OPENING', 'OFFERED', 'ACTIVE')
        order by o.session_id limit open_ash_sessions.max_rows
    ) as s
$$;

-- The last call of each AI provider: [{"provider", "at", "outcome", "duration_ms"}]; calls under way are left out.
create function public.last_ai_calls() returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(to_jsonb(c)), '[]') from unnest(array['gemini', 'claude']) as p(provider)
    cross join lateral (
        select l.provider, l.created_at as at, l.outcome, l.duration_ms from public.ai_audit_logs as l
        where l.provider = p.provider and l.outcome <> 'pending' and l.created_at > now() - interval '30 days'
        order by l.created_at desc limit 1
    ) as c
$$;

-- Asks the relays for dead events of a guild (and for those of no known guild) once more. Answers for how many.
create function public.replay_dead_letters(guild bigint, event_ids jsonb) returns integer
language sql
set search_path = ''
as $$
    select count(public.replay_dead_letter(d.event_id))::integer from public.dead_letters as d
    where d.guild_id in (guild, 0)
        and d.event_id in (select e.value #>> '{}' from jsonb_array_elements(replay_dead_letters.event_ids) as e limit 50)
$$;

create function public.admin_log(guild bigint, max_rows integer default 50)
returns table (at timestamptz, kind text, actor_id text, actor_name text, what text, detail jsonb)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
    most constant integer := least(greatest(max_rows, 0), 200);
begin
    if not public.reads_admin(guild) then
        return;
    end if;
    return query
    with calls as (
        select
            l.created_at as at, 'ai' as kind, l.actor_id, l.purpose as what,
            jsonb_strip_nulls(jsonb_build_object(
                'provider', l.provider, 'model', l.model, 'input_tokens', l.input_tokens, 'output_tokens', l.output_tokens,
                'cost_usd', l.cost_usd, 'duration_ms', l.duration_ms, 'outcome', l.outcome
            )) as detail
        from public.ai_audit_logs as l where l.guild_id = guild order by l.created_at desc limit most
    ),
    actions as (
        -- What concerns the whole deployment is shown to every guild, without who of another one did it.
        select a.at, 'admin' as kind, case when a.guild_id = guild then a.actor_id end as actor_id, a.what, a.detail
        from public.admin_actions as a where a.guild_id = guild or a.what in ('pause', 'flush_cache')
        order by a.action_id desc limit most
    )
    select e.at, e.kind, e.actor_id::text, u.display_name, e.what, e.detail
    from (select * from calls union all select * from actions) as e
    left join public.discord_users as u on u.guild_id = guild and u.user_id = e.actor_id
    order by e.at desc limit most;
end
$$;
comment on function public.admin_log is 'The newest calls to AI and the newest actions of administrators, without any text of members. Source: ai_audit_logs, admin_actions.';

create function public.admin_dead_letters(guild bigint, max_rows integer default 100, skip_rows integer default 0)
returns table (
    event_id text, kind text, reason text, relay text, created_at timestamptz, last_died_at timestamptz, attempts integer,
    replayed_at timestamptz, total bigint
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
begin
    if not public.reads_admin(guild) then
        return;
    end if;
    return query
    select
        d.event_id, d.kind, d.reason, d.relay, d.created_at, d.last_died_at, d.attempts, d.replayed_at, count(*) over ()
    from public.dead_letters as d where d.guild_id in (guild, 0)
    order by d.last_died_at desc, d.event_id
    limit least(greatest(max_rows, 0), 1000) offset greatest(skip_rows, 0);
end
$$;
comment on function public.admin_dead_letters is 'Events of a guild, and of no known guild, that the Worker could not apply: without their content. Source: dead_letters.';

do $$
declare
    name text;
begin
    foreach name in array array[
        'reads_admin(bigint)', 'admin_of(bigint, uuid)', 'current_pause(timestamptz)',
        'set_pause(bigint, bigint, text, text, timestamptz, timestamptz, text)', 'watched_guilds()', 'open_ash_sessions(integer)',
        'last_ai_calls()', 'replay_dead_letters(bigint, jsonb)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
    -- They ask reads_admin themselves.
    foreach name in array array['admin_log(bigint, integer)', 'admin_dead_letters(bigint, integer, integer)'] loop
        execute format('revoke execute on function public.%s from public, anon', name);
        execute format('grant execute on function public.%s to authenticated, service_role', name);
    end loop;
end
$$;
