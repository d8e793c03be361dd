-- A guild turns crisis detection on, and members decide about themselves.

set lock_timeout = '5s';

create table public.admin_actions (
    action_id bigint generated always as identity primary key,
    guild_id bigint not null,
    actor_id bigint,
    what text not null,
    detail jsonb not null default '{}',
    at timestamptz not null
);
comment on table public.admin_actions is 'What administrators confirmed or overrode, and when. Never text of members.';
create index admin_actions_time on public.admin_actions (guild_id, at);
alter table public.admin_actions enable row level security;
revoke all on public.admin_actions from anon, authenticated;
grant select, insert, update, delete on public.admin_actions to service_role;

alter table public.user_preferences
    add column monitoring_opt_in boolean not null default false,
    add column ash_opt_out boolean not null default false;
comment on column public.user_preferences.monitoring_opt_in is 'They said yes; asked for where the guild watches only members who did.';
comment on column public.user_preferences.ash_opt_out is 'Ash does not speak to them by itself. The team is told of them all the same.';

-- Whether a guild watches only members who said yes.
create function public.crisis_asks_first(guild_id bigint) returns boolean
language sql stable
set search_path = ''
as $$
    select exists (
        select from public.guild_settings as s
        where s.guild_id = crisis_asks_first.guild_id and s.key = 'crisis.opt_in' and s.value = 'true'
    )
$$;

-- Sets what a person chose, in some guilds; what `chosen` does not name stays:
--   {"scoring_opt_out", "monitoring_opt_out", "presence_opt_in", "welcome_dm_opt_in", "ash_opt_out"}
-- monitoring_opt_out false says yes also where that is asked for; true owes that what is kept of them goes.
create or replace function public.set_preferences(guild_ids jsonb, user_id bigint, chosen jsonb, at timestamptz) returns void
language plpgsql
set search_path = ''
as $$
declare
    watches constant boolean := not (chosen ->> 'monitoring_opt_out')::boolean;
begin
    insert into public.user_preferences as p (
        guild_id, user_id, scoring_opt_out, monitoring_opt_out, monitoring_opt_in, presence_opt_in, welcome_dm_opt_in,
        ash_opt_out, updated_at
    )
    select
        g.value::bigint, set_preferences.user_id,
        coalesce((chosen ->> 'scoring_opt_out')::boolean, false), coalesce(not watches, false), coalesce(watches, false),
        coalesce((chosen ->> 'presence_opt_in')::boolean, false), coalesce((chosen ->> 'welcome_dm_opt_in')::boolean, false),
        coalesce((chosen ->> 'ash_opt_out')::boolean, false), set_preferences.at
    from jsonb_array_elements_text(guild_ids) as g
    order by 1
    on conflict on constraint user_preferences_pkey do update set
        scoring_opt_out = coalesce((chosen ->> 'scoring_opt_out')::boolean, p.scoring_opt_out),
        monitoring_opt_out = coalesce(not watches, p.monitoring_opt_out),
        monitoring_opt_in = coalesce(watches, p.monitoring_opt_in),
        presence_opt_in = coalesce((chosen ->> 'presence_opt_in')::boolean, p.presence_opt_in),
        welcome_dm_opt_in = coalesce((chosen ->> 'welcome_dm_opt_in')::boolean, p.welcome_dm_opt_in),
        ash_opt_out = coalesce((chosen ->> 'ash_opt_out')::boolean, p.ash_opt_out),
        updated_at = set_preferences.at;
    if not coalesce((chosen ->> 'presence_opt_in')::boolean, true) then
        update public.presence_sessions as s
        set
            ended_at = s.last_seen_at,
            duration_seconds = floor(extract(epoch from s.last_seen_at - s.started_at))
        where s.ended_at is null and s.user_id = set_preferences.user_id
            and s.guild_id in (select g.value::bigint from jsonb_array_elements_text(guild_ids) as g);
    end if;
    if not watches then
        perform public.owe_job(
            g.value::bigint, 'crisis.opted_out', g.value || ':' || set_preferences.user_id, set_preferences.at,
            jsonb_build_object('user_id', set_preferences.user_id::text)
        )
        from jsonb_array_elements_text(guild_ids) as g
        where g.value <> '0';
    end if;
end
$$;

-- What a person chose is forgotten, but for what they refused: that has to be remembered to be respected.
create or replace function public.forget_preferences(guild_id bigint, user_id bigint) returns void
language plpgsql
set search_path = ''
as $$
begin
    delete from public.user_preferences as p
    where p.guild_id = forget_preferences.guild_id and p.user_id = forget_preferences.user_id
        and not p.scoring_opt_out and not p.monitoring_opt_out and not p.ash_opt_out;
    update public.user_preferences as p
    set presence_opt_in = false, welcome_dm_opt_in = false, monitoring_opt_in = false, presence_heard_at = null
    where p.guild_id = forget_preferences.guild_id and p.user_id = forget_preferences.user_id;
end
$$;

-- What a person chose and what they asked for, one object a guild. Times are milliseconds since 1970.
create or replace function public.privacy_status(guild_ids jsonb, user_id bigint, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'guild_id', g.value,
        'scoring', not coalesce(p.scoring_opt_out, false),
        'monitoring', case
            when public.crisis_asks_first(g.value::bigint) then coalesce(p.monitoring_opt_in, false)
            else not coalesce(p.monitoring_opt_out, false)
        end,
        'presence', coalesce(p.presence_opt_in, false),
        'welcome_dm', coalesce(p.welcome_dm_opt_in, false),
        'due_at', floor(extract(epoch from r.due_at) * 1000)::bigint,
        'held_until', case when r.request_id is not null then floor(extract(epoch from h.expires_at) * 1000)::bigint end,
        'done_at', (
            select floor(extract(epoch from max(d.done_at)) * 1000)::bigint from public.privacy_requests as d
            where d.guild_id = g.value::bigint and d.subject_id = privacy_status.user_id
        )
    ) order by g.place), '[]')
    from jsonb_array_elements_text(guild_ids) with ordinality as g(value, place)
    left join public.user_preferences as p on p.guild_id = g.value::bigint and p.user_id = privacy_status.user_id
    left join public.privacy_requests as r
        on r.guild_id = g.value::bigint and r.subject_id = privacy_status.user_id and r.done_at is null
    left join public.privacy_holds as h
        on h.guild_id = g.value::bigint and h.subject_id = privacy_status.user_id and h.expires_at > privacy_status.at
$$;

-- What a guild's shadow mode found since it was begun: {"since" (ms since 1970), "MEDIUM", "HIGH", "CRITICAL", "false_alarms",
-- "more_severe"}. Counted are alerts, not further messages of the same person.
create function public.crisis_shadow_found(guild_id bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    with begun as (
        select max(a.at) as moment from public.admin_actions as a
        where a.guild_id = crisis_shadow_found.guild_id and a.what = 'crisis.stage' and a.detail ->> 'to' = 'shadow'
    ),
    found as (
        select a.alert_id, coalesce(a.found_severity, a.severity) as severity from public.crisis_alerts as a
        where a.guild_id = crisis_shadow_found.guild_id and a.mode = 'shadow' and a.status <> 'MERGED'
            and a.found_at >= coalesce((select b.moment from begun as b), '-infinity')
    ),
    judged as (
        select f.alert_id, f.verdict from public.crisis_feedback as f
        where f.undone_at is null and f.alert_id in (select o.alert_id from found as o)
    )
    select jsonb_build_object(
        'since', (select floor(extract(epoch from b.moment) * 1000)::bigint from begun as b),
        'MEDIUM', (select count(*) from found as o where o.severity = 'MEDIUM'),
        'HIGH', (select count(*) from found as o where o.severity = 'HIGH'),
        'CRITICAL', (select count(*) from found as o where o.severity = 'CRITICAL'),
        'false_alarms', (select count(distinct j.alert_id) from judged as j where j.verdict = 'false_alarm'),
        'more_severe', (select count(distinct j.alert_id) from judged as j where j.verdict = 'more_severe')
    )
$$;

-- Owes a look at the rights in the channels of every guild where detection runs, a few seconds apart.
create function public.owe_crisis_guards(at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.jobs (guild_id, kind, key, due_at)
    select
        s.guild_id, 'crisis.guard', s.guild_id::text,
        owe_crisis_guards.at + make_interval(secs => (row_number() over (order by s.guild_id))::integer % 3600)
    from public.guild_settings as s
    where s.key = 'crisis.stage' and s.value #>> '{}' in ('shadow', 'live')
    on conflict (kind, key) do nothing
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'crisis_asks_first(bigint)',
        'crisis_shadow_found(bigint)',
        'owe_crisis_guards(timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;

-- The relay lets text out of a monitored channel only once an admin of the guild has confirmed that crisis detection runs and
-- a notice stands there; where members are asked first, only that of those who said yes.
create or replace function public.relay_filter(at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    with stages as (
        select s.guild_id from public.guild_settings as s
        where s.key = 'crisis.stage' and s.value #>> '{}' in ('shadow', 'live')
    ),
    monitored as (
        select distinct s.guild_id, (c.value #>> '{}')::bigint as channel_id
        from public.guild_settings as s
        join public.guild_settings as notices on notices.guild_id = s.guild_id and notices.key = 'crisis.notices'
        cross join jsonb_array_elements(case when jsonb_typeof(s.value) = 'array' then s.value else '[]' end) as c
        where s.key = 'crisis.monitored_channels' and c.value #>> '{}' ~ '^[0-9]{1,18}$|^[1-8][0-9]{18}$'
            and notices.value ? (c.value #>> '{}')
    ),
    -- Also those without a watched channel: their tickets are looked at, but not those of members who opted out.
    guilds as (
        select
            t.guild_id,
            coalesce(jsonb_agg(m.channel_id::text order by m.channel_id) filter (where m.channel_id is not null), '[]') as channels
        from stages as t
        left join monitored as m on m.guild_id = t.guild_id
        group by t.guild_id
    )
    select jsonb_build_object(
        'guilds', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'guild_id', g.guild_id::text,
                'monitored_channels', g.channels,
                'opted_out', (
                    select coalesce(jsonb_agg(p.user_id::text order by p.user_id), '[]')
                    from public.user_preferences as p
                    where p.guild_id = g.guild_id and p.monitoring_opt_out
                )
            ) || case when public.crisis_asks_first(g.guild_id) then jsonb_build_object(
                'opted_in', (
                    select coalesce(jsonb_agg(p.user_id::text order by p.user_id), '[]')
                    from public.user_preferences as p
                    where p.guild_id = g.guild_id and p.monitoring_opt_in
                )
            ) else '{}' end order by g.guild_id), '[]')
            from guilds as g
        ),
        'own_channels', (
            select coalesce(jsonb_agg(own.channel_id::text order by own.channel_id), '[]')
            from (
                select distinct t.channel_id from public.tickets as t
                where t.status in ('OPEN', 'IN_PROGRESS') and t.channel_id is not null
            ) as own
        ),
        'erase', (
            select coalesce(jsonb_agg(jsonb_build_object(
                case r.kind when 'erase_user' then 'user_id' else 'message_id' end, r.subject,
                'guild_id', nullif(r.guild_id, 0)::text,
                'until', floor(extract(epoch from r.created_at) * 1000)::bigint
            ) order by r.request_id), '[]')
            from public.relay_requests as r
            where r.kind in ('erase_user', 'erase_message') and r.created_at > relay_filter.at - interval '30 days'
        ),
        'replay', (
            select coalesce(jsonb_agg(jsonb_build_object('id', r.request_id, 'event_id', r.subject) order by r.request_id), '[]')
            from public.relay_requests as r
            where r.kind = 'replay' and r.created_at > relay_filter.at - interval '72 hours'
        ),
        'as_of', floor(extract(epoch from statement_timestamp()) * 1000000)::bigint
    )
$$;
comment on function public.relay_filter is 'What GET /relay/config is made of.';
