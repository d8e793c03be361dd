-- What follows a talk with Ash: notes, summaries, being asked again, how long it is kept, and its figures.

set lock_timeout = '5s';

create table public.session_notes (
    note_id bigint generated always as identity primary key,
    guild_id bigint not null,
    session_id bigint not null references public.ash_sessions (session_id) on delete cascade,
    author_id bigint,
    sealed text not null,
    created_at timestamptz not null
);
comment on table public.session_notes is 'What the team wrote about a talk with Ash, encrypted with STATE_KEYS.';
create index session_notes_session on public.session_notes (session_id);

-- When Ash asks a member how they are, because they asked for it.
create table public.ash_checkins (
    checkin_id bigint generated always as identity primary key,
    guild_id bigint not null,
    member_id bigint not null,
    -- follow_up: the button below a talk that ended. check_in: /ash checkin.
    kind text not null check (kind in ('follow_up', 'check_in')),
    next_at timestamptz not null,
    remaining integer not null default 1 check (remaining > 0),
    -- The talk whose place it goes on in.
    session_id bigint references public.ash_sessions (session_id) on delete set null,
    origin_channel_id bigint,
    origin_is_direct boolean not null default false,
    created_at timestamptz not null,
    unique (guild_id, member_id, kind)
);
comment on table public.ash_checkins is 'When Ash asks a member how they are, because they asked for it.';
create index ash_checkins_member on public.ash_checkins (member_id);
create index ash_checkins_session on public.ash_checkins (session_id) where session_id is not null;

create table public.referrals (
    -- 0: in direct messages of nobody's guild, or of guilds that are gone.
    guild_id bigint not null,
    day date not null,
    kind text not null,
    count bigint not null default 0,
    primary key (guild_id, day, kind)
);
comment on table public.referrals is 'How often the resource card was shown, and on what occasion; not to whom.';

alter table public.session_notes enable row level security;
alter table public.ash_checkins enable row level security;
alter table public.referrals enable row level security;
revoke all on public.session_notes, public.ash_checkins, public.referrals from anon, authenticated;
grant select, insert, update, delete on public.session_notes, public.ash_checkins, public.referrals to service_role;

-- When its summary was posted, or found to be wanted by nobody.
alter table public.ash_sessions add column summed_up_at timestamptz;

-- A talk that was one is summed up when it ends; after its last answer was counted.
create function public.owe_ash_summary() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    perform public.owe_job(
        new.guild_id, 'companion.summary', new.session_id::text, new.closed_at + interval '30 seconds', '{}'
    );
    return null;
end
$$;
create trigger ash_sessions_summary after update of status on public.ash_sessions
for each row when (
    new.status = 'CLOSED' and old.status <> 'CLOSED' and new.message_count > 0
    and coalesce(new.end_reason, '') not in ('erased', 'false_alarm')
) execute function public.owe_ash_summary();

-- What the team is told of a talk that is over, without a word of it; null if that was done, or it is gone.
create function public.ash_summary(session_id bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select public.ash_context(s.session_id, s.closed_at) || jsonb_build_object(
        'member_id', s.member_id::text, 'opened_by', s.opened_by, 'actor_id', s.actor_id::text, 'place', s.place,
        'end_reason', s.end_reason, 'message_count', s.message_count, 'reply_count', s.reply_count,
        'refusals', s.refusals, 'failures', s.failures, 'replaced', s.replaced,
        'minutes', greatest(1, round(extract(epoch from s.closed_at - coalesce(
            (select min(t.written_at) from public.ash_turns as t where t.session_id = s.session_id), s.opened_at
        )) / 60))::integer,
        'asked_for_human', exists (
            select from public.ash_session_events as e where e.session_id = s.session_id and e.kind = 'ask_human'
        ),
        'human_came', exists (
            select from public.ash_session_events as e
            where e.session_id = s.session_id and e.kind in ('human_wrote', 'hand_off')
        ),
        'human_id', (
            select e.actor_id::text from public.ash_session_events as e
            where e.session_id = s.session_id and e.kind in ('human_wrote', 'hand_off')
            order by e.event_id desc limit 1
        ),
        'notes', (select count(*) from public.session_notes as n where n.session_id = s.session_id)
    )
    from public.ash_sessions as s
    where s.session_id = ash_summary.session_id and s.status = 'CLOSED' and s.summed_up_at is null
$$;

create function public.ash_summed_up(session_id bigint, at timestamptz) returns void
language sql
set search_path = ''
as $$
    update public.ash_sessions as s set summed_up_at = ash_summed_up.at where s.session_id = ash_summed_up.session_id
$$;

-- The newest talk of a member, as text; null if there is none.
create function public.newest_ash_session(guild_id bigint, member bigint) returns text
language sql stable
set search_path = ''
as $$
    select s.session_id::text from public.ash_sessions as s
    where s.guild_id = newest_ash_session.guild_id and s.member_id = newest_ash_session.member
    order by s.session_id desc limit 1
$$;

-- What the team wrote about a member's talks, newest first.
create function public.session_notes_about(guild_id bigint, member bigint, max_rows integer) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'by', n.author_id::text, 'sealed', n.sealed, 'at', n.created_at, 'opened_at', n.opened_at
    ) order by n.note_id desc), '[]')
    from (
        select k.*, s.opened_at from public.session_notes as k
        join public.ash_sessions as s on s.session_id = k.session_id
        where s.guild_id = session_notes_about.guild_id and s.member_id = session_notes_about.member
        order by k.note_id desc limit session_notes_about.max_rows
    ) as n
$$;

-- The moment itself, or the end of the quiet hours that it lies in, by the clock of the guild.
create function public.ash_calm_at(guild_id bigint, quiet_from integer, quiet_to integer, at timestamptz) returns timestamptz
language sql stable
set search_path = ''
as $$
    select case
        when case
            when quiet_from = quiet_to then false
            when quiet_from < quiet_to then c.hour >= quiet_from and c.hour < quiet_to
            else c.hour >= quiet_from or c.hour < quiet_to
        end
            then (c.midnight + make_interval(hours => quiet_to, days => (c.hour >= quiet_to)::integer)) at time zone c.zone
        else ash_calm_at.at
    end
    from (
        select z.zone, extract(hour from z.clock)::integer as hour, date_trunc('day', z.clock) as midnight
        from (
            select y.zone, ash_calm_at.at at time zone y.zone as clock
            from (select public.crisis_zone(ash_calm_at.guild_id) as zone) as y
        ) as z
    ) as c
$$;

-- Why Ash does not ask a member how they are, whoever wished for it; null if it may.
create function public.ash_leaves_alone(guild_id bigint, member bigint) returns text
language sql stable
set search_path = ''
as $$
    select case
        when exists (
            select from public.user_preferences as p
            where p.guild_id = ash_leaves_alone.guild_id and p.user_id = ash_leaves_alone.member and p.ash_opt_out
        ) then 'opted_out'
        when exists (
            select from public.ash_sessions as s
            where s.member_id = ash_leaves_alone.member and s.is_minor
        ) then 'minor'
    end
$$;

-- Notes that a member wants to be asked. `plan` is {"guild_id", "member_id", "kind", "choice", "session_id",
-- "origin_channel_id", "origin_is_direct", "quiet_from", "quiet_to"}, its choice "three_hours", "tonight", "tomorrow" or "week".
-- Answers {"step", "next_at", "remaining"}:
--   planned    a check-in replaces the one before
--   standing   a follow-up stands already
--   opted_out, minor
create function public.plan_ash_checkin(plan jsonb, at timestamptz) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    guild constant bigint := (plan ->> 'guild_id')::bigint;
    member constant bigint := (plan ->> 'member_id')::bigint;
    refused constant text := public.ash_leaves_alone(guild, member);
    zone constant text := public.crisis_zone(guild);
    wanted timestamptz;
    this public.ash_checkins;
begin
    if refused is not null then
        return jsonb_build_object('step', refused);
    end if;
    wanted := case plan ->> 'choice'
        when 'three_hours' then plan_ash_checkin.at + interval '3 hours'
        when 'tonight' then greatest(
            (date_trunc('day', plan_ash_checkin.at at time zone zone) + interval '20 hours') at time zone zone,
            plan_ash_checkin.at + interval '1 hour'
        )
        else plan_ash_checkin.at + interval '24 hours'
    end;
    -- One a day, wherever it was.
    wanted := greatest(wanted, (
        select max(s.opened_at) + interval '20 hours' from public.ash_sessions as s
        where s.member_id = member and s.opened_by in ('follow_up', 'check_in')
    ));
    insert into public.ash_checkins as c (
        guild_id, member_id, kind, next_at, remaining, session_id, origin_channel_id, origin_is_direct, created_at
    ) values (
        guild, member, plan ->> 'kind',
        public.ash_calm_at(guild, (plan ->> 'quiet_from')::integer, (plan ->> 'quiet_to')::integer, wanted),
        case plan ->> 'choice' when 'week' then 7 else 1 end, (plan ->> 'session_id')::bigint,
        (plan ->> 'origin_channel_id')::bigint, (plan ->> 'origin_is_direct')::boolean, plan_ash_checkin.at
    )
    on conflict (guild_id, member_id, kind) do update set
        next_at = excluded.next_at, remaining = excluded.remaining, session_id = excluded.session_id,
        origin_channel_id = excluded.origin_channel_id, origin_is_direct = excluded.origin_is_direct,
        created_at = excluded.created_at
    where c.kind = 'check_in'
    returning * into this;
    if this.checkin_id is null then
        return (
            select jsonb_build_object('step', 'standing', 'next_at', c.next_at, 'remaining', c.remaining)
            from public.ash_checkins as c
            where c.guild_id = guild and c.member_id = member and c.kind = plan ->> 'kind'
        );
    end if;
    perform public.owe_job(guild, 'companion.checkin', this.checkin_id::text, this.next_at, '{}');
    return jsonb_build_object('step', 'planned', 'next_at', this.next_at, 'remaining', this.remaining);
end
$$;

-- What is planned for a member: {"follow_up": moment, "check_in": moment}.
create function public.ash_checkins_of(guild_id bigint, member bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_object_agg(c.kind, c.next_at), '{}') from public.ash_checkins as c
    where c.guild_id = ash_checkins_of.guild_id and c.member_id = ash_checkins_of.member
$$;

-- Takes back what a member wished for; answers whether there was something. Without a kind: all of it.
create function public.stop_ash_checkins(guild_id bigint, member bigint, kind text default null) returns boolean
language sql
set search_path = ''
as $$
    with gone as (
        delete from public.ash_checkins as c
        where c.guild_id = stop_ash_checkins.guild_id and c.member_id = stop_ash_checkins.member
            and (stop_ash_checkins.kind is null or c.kind = stop_ash_checkins.kind)
        returning 1
    )
    select exists (select from gone)
$$;

-- What is to be done about a check-in whose time has come: {"step", ...}, or null if it was taken back.
--   wait {"until"}   not yet, or the guild is asleep
--   stop             the member opted out, or says that they are under 18
--   skip             they talk with Ash, a person is with them, or they were asked today
--   open             with what it was planned with
create function public.due_ash_checkin(checkin_id bigint, quiet_from integer, quiet_to integer, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select case
        when c.calm_at > due_ash_checkin.at then jsonb_build_object('step', 'wait', 'until', c.calm_at)
        when public.ash_leaves_alone(c.guild_id, c.member_id) is not null then jsonb_build_object('step', 'stop')
        when exists (
            select from public.ash_sessions as s
            where s.member_id = c.member_id and not (s.status = 'OPENING' and s.opened_by = c.kind)
                and (
                    (s.guild_id = c.guild_id and s.status <> 'CLOSED')
                    or (s.opened_by in ('follow_up', 'check_in') and s.opened_at > due_ash_checkin.at - interval '20 hours')
                )
        ) or exists (
            select from public.crisis_alerts as a
            where a.guild_id = c.guild_id and a.member_id = c.member_id and a.mode <> 'drill'
                and a.status in ('ACKNOWLEDGED', 'TAKEN')
        ) then jsonb_build_object('step', 'skip')
        else jsonb_build_object(
            'step', 'open', 'kind', c.kind, 'member_id', c.member_id::text, 'session_id', c.session_id,
            'origin_channel_id', c.origin_channel_id::text, 'origin_is_direct', c.origin_is_direct
        )
    end
    from (
        select
            k.*,
            public.ash_calm_at(k.guild_id, quiet_from, quiet_to, greatest(k.next_at, due_ash_checkin.at)) as calm_at
        from public.ash_checkins as k where k.checkin_id = due_ash_checkin.checkin_id
    ) as c
$$;

-- It was asked, or skipped: answers when it comes next, or null. The next one goes on in the place of `session_id`.
create function public.pass_ash_checkin(
    checkin_id bigint, at timestamptz, is_last boolean default false, session_id bigint default null
) returns timestamptz
language plpgsql
set search_path = ''
as $$
declare
    comes timestamptz;
begin
    delete from public.ash_checkins as c
    where c.checkin_id = pass_ash_checkin.checkin_id and (c.remaining = 1 or pass_ash_checkin.is_last);
    update public.ash_checkins as c set
        remaining = c.remaining - 1, session_id = coalesce(pass_ash_checkin.session_id, c.session_id),
        next_at = c.next_at + interval '1 day' * (1 + greatest(0, floor(
            extract(epoch from pass_ash_checkin.at - c.next_at) / 86400
        )))
    where c.checkin_id = pass_ash_checkin.checkin_id
    returning c.next_at into comes;
    return comes;
end
$$;

-- Whoever opts out of Ash is not asked either, and has to say yes to direct messages anew.
create function public.follow_ash_opt_out() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    new.ash_direct_opt_in := false;
    delete from public.ash_checkins as c where c.guild_id = new.guild_id and c.member_id = new.user_id;
    return new;
end
$$;
create trigger user_preferences_ash before update of ash_opt_out on public.user_preferences
for each row when (new.ash_opt_out and not old.ash_opt_out) execute function public.follow_ash_opt_out();
create trigger user_preferences_ash_new before insert on public.user_preferences
for each row when (new.ash_opt_out) execute function public.follow_ash_opt_out();

-- As it was; without direct messages nothing that was to come there comes.
create or replace function public.allow_ash_direct(guild_ids jsonb, user_id bigint, allowed boolean, at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.user_preferences as p (guild_id, user_id, ash_direct_opt_in, updated_at)
    select g.value::bigint, allow_ash_direct.user_id, allowed, allow_ash_direct.at
    from jsonb_array_elements_text(guild_ids) as g
    order by 1
    on conflict on constraint user_preferences_pkey do update set
        ash_direct_opt_in = allowed, updated_at = allow_ash_direct.at;
    delete from public.ash_checkins as c
    using jsonb_array_elements_text(guild_ids) as g
    where not allowed and c.guild_id = g.value::bigint and c.member_id = allow_ash_direct.user_id and c.origin_is_direct
$$;

-- As it was, with the direct messages that they said yes to.
create or replace function public.forget_preferences(guild_id bigint, user_id bigint) returns void
language plpgsql
set search_path = ''
as $$
begin
    delete from public.user_preferences as p
    where p.guild_id = forget_preferences.guild_id and p.user_id = forget_preferences.user_id
        and not p.scoring_opt_out and not p.monitoring_opt_out and not p.ash_opt_out;
    update public.user_preferences as p
    set
        presence_opt_in = false, welcome_dm_opt_in = false, monitoring_opt_in = false, ash_direct_opt_in = false,
        presence_heard_at = null
    where p.guild_id = forget_preferences.guild_id and p.user_id = forget_preferences.user_id;
end
$$;

-- Deletes a share of the talks that are older than their guild keeps them, with their turns and notes; answers how many.
create function public.prune_ash_sessions(default_days integer, max_rows integer, at timestamptz) returns integer
language sql
set search_path = ''
as $$
    with kept as (
        select s.guild_id, (s.value #>> '{}')::numeric as days from public.guild_settings as s
        where s.key = 'companion.kept_days' and jsonb_typeof(s.value) = 'number'
    ),
    gone as (
        delete from public.ash_sessions as d
        where d.session_id in (
            select s.session_id from public.ash_sessions as s
            left join kept as k on k.guild_id = s.guild_id
            where s.status = 'CLOSED' and s.closed_at < prune_ash_sessions.at
                - interval '1 day' * least(greatest(coalesce(k.days, default_days), 1), 90)
            order by s.closed_at limit max_rows
        )
        returning 1
    )
    select count(*)::integer from gone
$$;

-- The resource card was shown.
create function public.count_referral(guild_id bigint, kind text, at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.referrals as r (guild_id, day, kind, count)
    values (count_referral.guild_id, (count_referral.at at time zone 'UTC')::date, count_referral.kind, 1)
    on conflict on constraint referrals_pkey do update set count = r.count + 1
$$;

-- A guild that goes leaves its counts behind, without its name: they are reported by the year.
create function public.keep_referrals() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    insert into public.referrals as r (guild_id, day, kind, count)
    values (0, old.day, old.kind, old.count)
    on conflict on constraint referrals_pkey do update set count = r.count + excluded.count;
    return null;
end
$$;
create trigger referrals_kept after delete on public.referrals
for each row when (old.guild_id <> 0) execute function public.keep_referrals();

create function public.ash_sessions_daily(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30
) returns table (
    day date, opened_by text, ended text, sessions bigint, talks bigint, messages bigint, replies bigint,
    asked_for_human bigint, hand_offs bigint, refusals bigint, failures bigint, replaced bigint, input_tokens bigint,
    output_tokens bigint
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
begin
    if not public.reads_crisis_numbers(guild) then
        return;
    end if;
    return query
    select
        (s.opened_at at time zone zone)::date, s.opened_by, coalesce(s.end_reason, 'open'), count(*),
        count(*) filter (where s.message_count > 0), sum(s.message_count), sum(s.reply_count),
        count(*) filter (where e.asked), count(*) filter (where e.handed_off), sum(s.refusals), sum(s.failures),
        sum(s.replaced), sum(s.input_tokens), sum(s.output_tokens)
    from public.ash_sessions as s
    cross join lateral (
        select
            coalesce(bool_or(v.kind = 'ask_human'), false) as asked,
            coalesce(bool_or(v.kind = 'hand_off'), false) as handed_off
        from public.ash_session_events as v where v.session_id = s.session_id
    ) as e
    where s.guild_id = guild and s.opened_at < until
        and s.opened_at >= public.days_before(until, zone, least(greatest(ash_sessions_daily.days, 1), 400))
    group by 1, 2, 3
    order by 1 desc, 2, 3;
end
$$;
comment on function public.ash_sessions_daily is 'Talks with Ash that were opened in the last `days` days (30), by day, by who or what opened them and how they ended (open: not yet), as far back as they are kept (companion.kept_days). sessions: opened, offers that nobody answered included; talks: those in which the member wrote. asked_for_human, hand_offs: talks in which the member asked for a person, and in which one took over. replies: what Ash answered; refusals: of these, what the model refused; failures: what it did not answer; replaced: what was stopped before it was sent. Source: ash_sessions, ash_session_events.';

create function public.referrals_monthly(
    guild bigint, until timestamptz default now(), days integer default 365
) returns table (month date, kind text, cards bigint)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
begin
    if not public.reads_crisis_numbers(guild) then
        return;
    end if;
    return query
    select date_trunc('month', r.day)::date, r.kind, sum(r.count)::bigint
    from public.referrals as r
    where r.guild_id = guild and r.day <= (until at time zone 'UTC')::date
        and r.day > (until at time zone 'UTC')::date - least(greatest(referrals_monthly.days, 1), 800)
    group by 1, 2
    order by 1 desc, 2;
end
$$;
comment on function public.referrals_monthly is 'How often the resource card was shown in the last `days` days (365), by month (UTC) and occasion: talk (in a talk with Ash), direct (a direct message was answered), human (somebody asked for a person), resources (/resources). Not to whom. Source: referrals.';

-- All referrals of a year, whatever the guild: what California's SB 243 has operators of companion chatbots report.
create function public.referrals_of_year(year integer) returns table (month date, kind text, cards bigint)
language sql stable
set search_path = ''
as $$
    select date_trunc('month', r.day)::date, r.kind, sum(r.count)::bigint
    from public.referrals as r
    where r.day >= make_date(referrals_of_year.year, 1, 1) and r.day < make_date(referrals_of_year.year + 1, 1, 1)
    group by 1, 2
    order by 1, 2
$$;

-- The figures of talks for /ash stats, in one object.
create function public.ash_totals(guild bigint, until timestamptz, days integer) returns jsonb
language sql stable
set search_path = ''
as $$
    with zone as (
        select public.crisis_zone(ash_totals.guild) as zone
    )
    select jsonb_build_object(
        'sessions', coalesce(sum(d.sessions), 0), 'talks', coalesce(sum(d.talks), 0),
        'messages', coalesce(sum(d.messages), 0), 'asked_for_human', coalesce(sum(d.asked_for_human), 0),
        'hand_offs', coalesce(sum(d.hand_offs), 0), 'refusals', coalesce(sum(d.refusals), 0),
        'failures', coalesce(sum(d.failures), 0), 'replaced', coalesce(sum(d.replaced), 0),
        'tokens', coalesce(sum(d.input_tokens + d.output_tokens), 0),
        'referrals', (
            select coalesce(sum(r.count), 0) from public.referrals as r
            where r.guild_id = ash_totals.guild and r.day <= (ash_totals.until at time zone 'UTC')::date
                and r.day > (ash_totals.until at time zone 'UTC')::date - ash_totals.days
        )
    )
    from zone as z
    cross join lateral public.ash_sessions_daily(ash_totals.guild, z.zone, ash_totals.until, ash_totals.days) as d
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'ash_sessions_daily(bigint, text, timestamptz, integer)',
        'referrals_monthly(bigint, timestamptz, integer)'
    ] loop
        -- They ask reads_crisis_numbers themselves.
        execute format('revoke execute on function public.%s from public, anon', name);
        execute format('grant execute on function public.%s to authenticated, service_role', name);
    end loop;
    foreach name in array array[
        'owe_ash_summary()',
        'ash_summary(bigint)',
        'ash_summed_up(bigint, timestamptz)',
        'newest_ash_session(bigint, bigint)',
        'session_notes_about(bigint, bigint, integer)',
        'ash_calm_at(bigint, integer, integer, timestamptz)',
        'ash_leaves_alone(bigint, bigint)',
        'plan_ash_checkin(jsonb, timestamptz)',
        'ash_checkins_of(bigint, bigint)',
        'stop_ash_checkins(bigint, bigint, text)',
        'due_ash_checkin(bigint, integer, integer, timestamptz)',
        'pass_ash_checkin(bigint, timestamptz, boolean, bigint)',
        'follow_ash_opt_out()',
        'prune_ash_sessions(integer, integer, timestamptz)',
        'count_referral(bigint, text, timestamptz)',
        'keep_referrals()',
        'referrals_of_year(integer)',
        'ash_totals(bigint, timestamptz, integer)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
