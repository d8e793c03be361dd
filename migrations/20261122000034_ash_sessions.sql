-- Ash's conversations: one row a session, its turns and what became of it. The words are in Upstash, encrypted.

set lock_timeout = '5s';

create table public.ash_sessions (
    session_id bigint generated always as identity primary key,
    guild_id bigint not null,
    member_id bigint not null,
    -- The alert it was opened about, and the alert that began its episode; none if the member came by themselves.
    alert_id bigint references public.crisis_alerts (alert_id) on delete set null,
    episode_id bigint,
    -- The gravest so far.
    severity text not null default 'SAFE' check (severity in ('SAFE', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
    opened_by text not null check (opened_by in ('member', 'team', 'chain', 'critical', 'follow_up', 'check_in')),
    -- Who of the team asked for it.
    actor_id bigint,
    -- Where the member was when it began.
    origin_channel_id bigint,
    origin_is_direct boolean not null default false,
    place text check (place in ('thread', 'direct', 'channel')),
    channel_id bigint,
    status text not null default 'OPENING' check (status in ('OPENING', 'OFFERED', 'ACTIVE', 'HANDED_OFF', 'CLOSED')),
    is_minor boolean not null default false,
    -- The session that this one goes on from.
    parent_id bigint references public.ash_sessions (session_id) on delete set null,
    opened_at timestamptz not null,
    offered_at timestamptz,
    started_at timestamptz,
    -- The member's newest message, and the newest that was answered.
    last_message_id bigint not null default 0,
    last_member_at timestamptz,
    answered_message_id bigint not null default 0,
    last_ash_at timestamptz,
    -- Somebody writes an answer until then.
    writing_until timestamptz,
    wants_human_at timestamptz,
    human_called_at timestamptz,
    -- Who of the team takes it over, and whether they have written.
    human_id bigint,
    human_wrote_at timestamptz,
    handed_off_at timestamptz,
    silence_told_at timestamptz,
    closed_at timestamptz,
    end_reason text,
    closing_said_at timestamptz,
    message_count integer not null default 0,
    reply_count integer not null default 0,
    refusals integer not null default 0,
    failures integer not null default 0,
    -- Answers that were stopped and replaced.
    replaced integer not null default 0,
    input_tokens integer not null default 0,
    output_tokens integer not null default 0,
    -- The relay is told every thread by its id: one row without would take the whole filter away.
    constraint ash_sessions_placed check ((place is null) = (channel_id is null))
);
comment on table public.ash_sessions is 'Conversations of members with Ash, without their words.';
create unique index ash_sessions_open on public.ash_sessions (guild_id, member_id) where status <> 'CLOSED';
create unique index ash_sessions_open_place on public.ash_sessions (channel_id, member_id) where status <> 'CLOSED';
create unique index ash_sessions_episode on public.ash_sessions (guild_id, episode_id) where opened_by in ('chain', 'critical');
create index ash_sessions_member on public.ash_sessions (member_id, opened_at desc);
create index ash_sessions_channel on public.ash_sessions (channel_id, session_id desc) where channel_id is not null;
create index ash_sessions_day on public.ash_sessions (guild_id, opened_at);
create index ash_sessions_alert on public.ash_sessions (alert_id) where alert_id is not null;
create index ash_sessions_parent on public.ash_sessions (parent_id) where parent_id is not null;

create table public.ash_turns (
    session_id bigint not null references public.ash_sessions (session_id) on delete cascade,
    message_id bigint not null,
    guild_id bigint not null,
    severity text not null,
    written_at timestamptz not null,
    primary key (session_id, message_id)
);
comment on table public.ash_turns is 'Which messages of the member belong to a session, and how grave each was.';
create index ash_turns_message on public.ash_turns (message_id);
create index ash_turns_day on public.ash_turns (guild_id, written_at);

create table public.ash_session_events (
    event_id bigint generated always as identity primary key,
    guild_id bigint not null,
    session_id bigint not null references public.ash_sessions (session_id) on delete cascade,
    kind text not null,
    actor_id bigint,
    detail jsonb not null default '{}',
    occurred_at timestamptz not null
);
comment on table public.ash_session_events is 'What became of a session, step by step. Never text.';
create index ash_session_events_session on public.ash_session_events (session_id, occurred_at);
create index ash_session_events_day on public.ash_session_events (guild_id, occurred_at);

alter table public.ash_sessions enable row level security;
alter table public.ash_turns enable row level security;
alter table public.ash_session_events enable row level security;
revoke all on public.ash_sessions, public.ash_turns, public.ash_session_events from anon, authenticated;
grant select, insert, update, delete on public.ash_sessions, public.ash_turns, public.ash_session_events to service_role;

-- Members whom Ash may write a direct message to, unasked.
alter table public.user_preferences add column ash_direct_opt_in boolean not null default false;
comment on column public.user_preferences.ash_direct_opt_in is 'They said yes to direct messages of Ash.';

-- A session as the Worker reads it; ids are text, moments are what they are.
create function public.ash_session_json(s public.ash_sessions) returns jsonb
language sql stable
set search_path = ''
as $$
    select to_jsonb(s) || jsonb_build_object(
        'guild_id', s.guild_id::text, 'member_id', s.member_id::text, 'actor_id', s.actor_id::text,
        'channel_id', s.channel_id::text, 'origin_channel_id', s.origin_channel_id::text, 'last_message_id', s.last_message_id::text,
        'answered_message_id', s.answered_message_id::text, 'human_id', s.human_id::text,
        -- The post of the alert that it belongs to: what the team is told stands below it.
        'alert_channel_id', a.alert_channel_id::text, 'alert_message_id', a.alert_message_id::text
    )
    from (select 1) as one
    left join public.crisis_alerts as a on a.alert_id = s.alert_id
$$;

-- When the session is looked at next, whatever was planned before.
create function public.ash_look_at(session public.ash_sessions, due_at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.jobs as j (guild_id, kind, key, due_at)
    values (session.guild_id, 'companion.look', session.session_id::text, ash_look_at.due_at)
    on conflict (kind, key) do update set
        due_at = excluded.due_at, attempts = j.attempts + (j.lease_until is not null)::integer, lease_until = null
$$;

-- Opens a session, or says why not. `opening` is {"guild_id", "member_id", "opened_by", "actor_id", "alert_id", "severity",
-- "parent_id", "origin_channel_id", "origin_is_direct"}. Answers {"step", "session"}:
--   new        it is to be placed and offered
--   open       the member has one already
--   opted_out  they do not want Ash to write to them
--   spent      Ash by itself, and there was one in this episode; or six in an hour went on from each other
create function public.open_ash_session(opening jsonb, at timestamptz) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    guild constant bigint := (opening ->> 'guild_id')::bigint;
    member constant bigint := (opening ->> 'member_id')::bigint;
    is_wanted constant boolean := opening ->> 'opened_by' = 'member';
    is_automatic constant boolean := opening ->> 'opened_by' in ('chain', 'critical');
    about public.crisis_alerts;
    parent public.ash_sessions;
    this public.ash_sessions;
begin
    perform pg_advisory_xact_lock(hashtextextended(format('ash:%s:%s', guild, member), 0));
    select * into this from public.ash_sessions as s
    where s.guild_id = guild and s.member_id = member and s.status <> 'CLOSED';
    if this.session_id is not null then
        if opening ->> 'alert_id' is not null and this.alert_id is null then
            update public.ash_sessions as s set
                alert_id = a.alert_id, episode_id = coalesce(s.episode_id, a.episode_id)
            from public.crisis_alerts as a
            where s.session_id = this.session_id and a.alert_id = (opening ->> 'alert_id')::bigint
            returning s.* into this;
        end if;
        return jsonb_build_object('step', 'open', 'session', public.ash_session_json(this));
    end if;
    if not is_wanted and exists (
        select from public.user_preferences as p
        where p.guild_id = guild and p.user_id = member and p.ash_opt_out
    ) then
        return jsonb_build_object('step', 'opted_out');
    end if;
    select * into about from public.crisis_alerts as a where a.alert_id = (opening ->> 'alert_id')::bigint and a.guild_id = guild;
    if about.alert_id is null and is_wanted then
        -- Whoever comes by themselves may have an alert open all the same.
        select * into about from public.crisis_alerts as a
        where a.guild_id = guild and a.member_id = member and a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN')
            and a.mode <> 'drill' and a.last_at > open_ash_session.at - interval '24 hours'
        order by public.crisis_severity_rank(a.severity) desc, a.last_at desc limit 1;
    end if;
    if is_automatic and exists (
        select from public.ash_sessions as s
        where s.guild_id = guild and s.episode_id = about.episode_id
    ) then
        return jsonb_build_object('step', 'spent');
    end if;
    if opening ->> 'parent_id' is not null and (
        select count(*) from public.ash_sessions as s
        where s.guild_id = guild and s.member_id = member and s.parent_id is not null
            and s.opened_at > open_ash_session.at - interval '1 hour'
    ) >= 6 then
        return jsonb_build_object('step', 'spent');
    end if;
    select * into parent from public.ash_sessions as s
    where s.session_id = (opening ->> 'parent_id')::bigint and s.guild_id = guild and s.member_id = member
        and not exists (
            select from public.ash_sessions as o
            where o.channel_id = s.channel_id and o.member_id = member and o.status <> 'CLOSED'
        );
    insert into public.ash_sessions as s (
        guild_id, member_id, alert_id, episode_id, severity, opened_by, actor_id, parent_id, origin_channel_id,
        origin_is_direct, place, channel_id, opened_at, is_minor
    ) values (
        guild, member, about.alert_id, about.episode_id, coalesce(about.severity, opening ->> 'severity', 'SAFE'),
        opening ->> 'opened_by', (opening ->> 'actor_id')::bigint, parent.session_id,
        (opening ->> 'origin_channel_id')::bigint, coalesce((opening ->> 'origin_is_direct')::boolean, false),
        -- It goes on where it was.
        parent.place, parent.channel_id, open_ash_session.at,
        exists (
            select from public.ash_sessions as p
            where p.guild_id = guild and p.member_id = member and p.is_minor
                and p.opened_at > open_ash_session.at - interval '30 days'
        )
    ) returning * into this;
    insert into public.ash_session_events (guild_id, session_id, kind, actor_id, detail, occurred_at)
    values (guild, this.session_id, 'opened', this.actor_id, jsonb_build_object('by', this.opened_by), open_ash_session.at);
    -- Whoever opens it may die before it is offered.
    perform public.ash_look_at(this, open_ash_session.at + interval '45 seconds');
    return jsonb_build_object('step', 'new', 'session', public.ash_session_json(this));
end
$$;

-- Does one thing to a session, if it can be done; answers {"changed", "session"}, or null if there is none.
--   place {"place", "channel_id"}      where it is; once
--   offer                              its opener stands there
--   start                              the member wants it
--   minor                              they say that they are under 18
--   ask_human                          they want a person; changed: the team is to be called (at most once in 10 minutes)
--   assign {"human_id"}                somebody of the team wants to take it over
--   human_wrote {"human_id"}           somebody of the team wrote there; "count" answers how often
--   hand_off {"human_id"}              Ash stops, a person is there
--   silence                            the person was reminded that nobody answers
--   back                               the member wants Ash again
--   close {"reason"}                   over; changed: the closing words are to be said
--   said                               they were
create function public.change_ash_session(
    session_id bigint, change text, detail jsonb, at timestamptz, actor_id bigint default null
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    before public.ash_sessions;
    this public.ash_sessions;
    moment constant timestamptz := change_ash_session.at;
    human constant bigint := (detail ->> 'human_id')::bigint;
    times integer;
begin
    select * into before from public.ash_sessions as s where s.session_id = change_ash_session.session_id for update;
    if before.session_id is null then
        return null;
    end if;
    this := before;
    case change
        when 'place' then
            if before.channel_id is null and before.status = 'OPENING' and not exists (
                select from public.ash_sessions as o
                where o.channel_id = (detail ->> 'channel_id')::bigint and o.member_id = before.member_id and o.status <> 'CLOSED'
            ) then
                this.place := detail ->> 'place';
                this.channel_id := (detail ->> 'channel_id')::bigint;
            end if;
        when 'offer' then
            if before.status = 'OPENING' then
                this.status := 'OFFERED';
                this.offered_at := moment;
                -- They read the opener and wrote at once, before this was known here.
                if before.last_message_id > (detail ->> 'opener_id')::bigint then
                    this.status := 'ACTIVE';
                    this.started_at := moment;
                end if;
            end if;
        when 'start' then
            if before.status in ('OPENING', 'OFFERED') and before.channel_id is not null then
                this.status := 'ACTIVE';
                this.started_at := moment;
                this.last_member_at := moment;
            end if;
        when 'minor' then
            this.is_minor := true;
        when 'ask_human' then
            this.wants_human_at := coalesce(before.wants_human_at, moment);
            if before.status <> 'CLOSED'
                and (before.human_called_at is null or before.human_called_at <= moment - interval '10 minutes')
            then
                this.human_called_at := moment;
            else
                change := 'ask_human_again';
            end if;
        when 'uncalled' then
            -- The team could not be told: the next word may call them again.
            this.human_called_at := null;
        when 'assign' then
            if before.status <> 'CLOSED' then
                this.human_id := human;
            end if;
        when 'human_wrote' then
            if before.status <> 'CLOSED' then
                if before.status = 'HANDED_OFF' or before.human_id is null or before.human_id = human then
                    this.human_id := human;
                    this.human_wrote_at := moment;
                end if;
                this.wants_human_at := null;
            end if;
        when 'hand_off' then
            if before.status in ('OFFERED', 'ACTIVE') then
                this.status := 'HANDED_OFF';
                this.human_id := human;
                this.human_wrote_at := moment;
                this.handed_off_at := moment;
                this.wants_human_at := null;
                this.silence_told_at := null;
            end if;
        when 'silence' then
            if before.status = 'HANDED_OFF' and before.last_member_at is not null
                and (before.silence_told_at is null or before.silence_told_at < before.last_member_at)
            then
                this.silence_told_at := moment;
            end if;
        when 'back' then
            if before.status = 'HANDED_OFF' then
                this.status := 'ACTIVE';
                this.started_at := moment;
                this.last_member_at := moment;
                this.human_id := null;
                this.human_wrote_at := null;
                this.handed_off_at := null;
            end if;
        when 'close' then
            if before.status <> 'CLOSED' then
                this.status := 'CLOSED';
                this.closed_at := moment;
                this.end_reason := detail ->> 'reason';
            end if;
        when 'said' then
            this.closing_said_at := coalesce(before.closing_said_at, moment);
        else
            raise exception 'no such change of a session: %', change;
    end case;
    if this is distinct from before then
        update public.ash_sessions as s set
            place = this.place, channel_id = this.channel_id, status = this.status, is_minor = this.is_minor,
            offered_at = this.offered_at, started_at = this.started_at, last_member_at = this.last_member_at,
            wants_human_at = this.wants_human_at, human_called_at = this.human_called_at, human_id = this.human_id,
            human_wrote_at = this.human_wrote_at, handed_off_at = this.handed_off_at,
            silence_told_at = this.silence_told_at, closed_at = this.closed_at, end_reason = this.end_reason,
            closing_said_at = this.closing_said_at
        where s.session_id = this.session_id;
        -- A start begins the idle time, an end has words to be said; the look itself knows when the next one is due.
        if change in ('offer', 'start', 'hand_off', 'back', 'close') then
            perform public.ash_look_at(this, moment + interval '45 seconds');
        end if;
    end if;
    if this is distinct from before or change = 'human_wrote' then
        insert into public.ash_session_events (guild_id, session_id, kind, actor_id, detail, occurred_at)
        values (
            this.guild_id, this.session_id, change, change_ash_session.actor_id, detail - '{human_id,opener_id}'::text[], moment
        );
    end if;
    if change = 'human_wrote' then
        select count(*) into times from public.ash_session_events as e
        where e.session_id = this.session_id and e.kind = 'human_wrote' and e.actor_id = change_ash_session.actor_id
            and e.occurred_at > moment - interval '1 hour';
    end if;
    return jsonb_build_object(
        'changed', this is distinct from before and change <> 'ask_human_again',
        'count', coalesce(times, 0), 'session', public.ash_session_json(this)
    );
end
$$;

create function public.ash_session(session_id bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select public.ash_session_json(s) from public.ash_sessions as s where s.session_id = ash_session.session_id
$$;

-- The open session of a member, else null.
create function public.ash_session_of(guild_id bigint, member bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select public.ash_session_json(s) from public.ash_sessions as s
    where s.guild_id = ash_session_of.guild_id and s.member_id = ash_session_of.member and s.status <> 'CLOSED'
$$;

-- Somebody wrote where a session is, or was within 7 days. If it is the session's member and it is not over, the message becomes
-- a turn, once. Answers {"is_member", "is_new", "is_graver", "severity", "session"}, or null if there is no session.
create function public.hear_ash(channel_id bigint, author_id bigint, message_id bigint, written_at timestamptz, at timestamptz)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    this public.ash_sessions;
    about public.crisis_alerts;
    found_severity text;
    is_new boolean := false;
    is_graver boolean := false;
begin
    select * into this from public.ash_sessions as s
    where s.channel_id = hear_ash.channel_id and (s.status <> 'CLOSED' or s.closed_at > hear_ash.at - interval '7 days')
    order by (s.member_id = hear_ash.author_id and s.status <> 'CLOSED') desc, (s.status <> 'CLOSED') desc, s.session_id desc
    limit 1
    for update;
    if this.session_id is null then
        return null;
    end if;
    if this.member_id = hear_ash.author_id and this.status <> 'CLOSED' then
        select * into about from public.crisis_alerts as a
        where a.guild_id = this.guild_id and a.message_id = hear_ash.message_id;
        found_severity := coalesce(about.severity, 'SAFE');
        insert into public.ash_turns (session_id, message_id, guild_id, severity, written_at)
        values (this.session_id, hear_ash.message_id, this.guild_id, found_severity, hear_ash.written_at)
        on conflict do nothing;
        is_new := found;
        if is_new then
            is_graver := public.crisis_severity_rank(found_severity) > public.crisis_severity_rank(this.severity);
            update public.ash_sessions as s set
                message_count = s.message_count + 1,
                last_message_id = greatest(s.last_message_id, hear_ash.message_id),
                last_member_at = greatest(s.last_member_at, hear_ash.written_at),
                status = case when s.status = 'OFFERED' then 'ACTIVE' else s.status end,
                started_at = coalesce(s.started_at, hear_ash.at),
                severity = case when is_graver then found_severity else s.severity end,
                -- From now on it is about that alert.
                alert_id = coalesce(s.alert_id, about.merged_into, about.alert_id),
                episode_id = coalesce(s.episode_id, about.episode_id)
            where s.session_id = this.session_id
            returning * into this;
            -- Whoever answers it may die.
            perform public.ash_look_at(this, hear_ash.at + interval '20 seconds');
        end if;
    end if;
    return jsonb_build_object(
        'is_member', this.member_id = hear_ash.author_id, 'is_new', is_new, 'is_graver', is_graver,
        'severity', coalesce(found_severity, 'SAFE'), 'session', public.ash_session_json(this)
    );
end
$$;

-- Somebody wants to answer what the member wrote: one at a time. Null if there is nothing to answer, or somebody is at it.
create function public.begin_ash_reply(session_id bigint, lease_seconds integer, at timestamptz) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    this public.ash_sessions;
begin
    update public.ash_sessions as s set writing_until = begin_ash_reply.at + make_interval(secs => lease_seconds)
    where s.session_id = begin_ash_reply.session_id and s.status = 'ACTIVE' and s.last_message_id > s.answered_message_id
        and (s.writing_until is null or s.writing_until <= begin_ash_reply.at)
    returning * into this;
    if this.session_id is null then
        return null;
    end if;
    perform public.ash_look_at(this, begin_ash_reply.at + make_interval(secs => lease_seconds + 5));
    return public.ash_session_json(this);
end
$$;

-- It was answered up to a message. `tally` is {"input_tokens", "output_tokens", "refused", "failed", "replaced"}. Answers the
-- session: what came meanwhile is to be answered next.
create function public.end_ash_reply(session_id bigint, answered bigint, tally jsonb, at timestamptz) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    this public.ash_sessions;
begin
    update public.ash_sessions as s set
        answered_message_id = greatest(s.answered_message_id, end_ash_reply.answered), writing_until = null,
        last_ash_at = end_ash_reply.at, reply_count = s.reply_count + 1,
        input_tokens = s.input_tokens + coalesce((tally ->> 'input_tokens')::integer, 0),
        output_tokens = s.output_tokens + coalesce((tally ->> 'output_tokens')::integer, 0),
        refusals = s.refusals + coalesce((tally ->> 'refused')::boolean, false)::integer,
        failures = s.failures + coalesce((tally ->> 'failed')::boolean, false)::integer,
        replaced = s.replaced + coalesce((tally ->> 'replaced')::boolean, false)::integer
    where s.session_id = end_ash_reply.session_id
    returning * into this;
    return public.ash_session_json(this);
end
$$;

-- What whoever takes over is told of a session: how grave the messages were, each change once, and the member's alerts in the
-- 30 days before it.
create function public.ash_context(session_id bigint, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    with turns as (
        select t.message_id, t.severity, lag(t.severity) over (order by t.message_id) as before
        from public.ash_turns as t where t.session_id = ash_context.session_id
    )
    select jsonb_build_object(
        'severities', (
            select coalesce(jsonb_agg(t.severity order by t.message_id), '[]') from turns as t
            where t.severity is distinct from t.before
        ),
        'earlier_alerts', (
            select count(*) from public.crisis_alerts as a
            where a.guild_id = s.guild_id and a.member_id = s.member_id and a.mode <> 'drill' and a.status <> 'MERGED'
                and a.found_at between ash_context.at - interval '30 days' and s.opened_at
                and a.alert_id is distinct from s.alert_id
        )
    )
    from public.ash_sessions as s where s.session_id = ash_context.session_id
$$;

-- All sessions of a member, for an erasure.
create function public.ash_sessions_of(guild_id bigint, member bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(s.session_id order by s.session_id), '[]') from public.ash_sessions as s
    where s.guild_id = ash_sessions_of.guild_id and s.member_id = ash_sessions_of.member
$$;

-- Open sessions about alerts whose posts stand in a channel.
create function public.ash_sessions_about(guild_id bigint, channel bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(public.ash_session_json(s)), '[]')
    from public.ash_sessions as s
    join public.crisis_alerts as a on a.alert_id = s.alert_id
    where s.guild_id = ash_sessions_about.guild_id and s.status <> 'CLOSED' and a.alert_channel_id = ash_sessions_about.channel
$$;

-- The sessions that some messages are turns of.
create function public.ash_turns_of(messages jsonb) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'message_id', t.message_id::text, 'session', public.ash_session_json(s)
    )), '[]')
    from jsonb_array_elements_text(messages) as m
    join public.ash_turns as t on t.message_id = m.value::bigint
    join public.ash_sessions as s on s.session_id = t.session_id
$$;

-- Sets what a person chose about Ash's direct messages, in some guilds.
create function public.allow_ash_direct(guild_ids jsonb, user_id bigint, allowed boolean, at timestamptz) returns void
language sql
set search_path = ''
as $$
    insert into public.user_preferences as p (guild_id, user_id, ash_direct_opt_in, updated_at)
    select g.value::bigint, allow_ash_direct.user_id, allowed, allow_ash_direct.at
    from jsonb_array_elements_text(guild_ids) as g
    order by 1
    on conflict on constraint user_preferences_pkey do update set
        ash_direct_opt_in = allowed, updated_at = allow_ash_direct.at
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'ash_session_json(public.ash_sessions)',
        'ash_look_at(public.ash_sessions, timestamptz)',
        'open_ash_session(jsonb, timestamptz)',
        'change_ash_session(bigint, text, jsonb, timestamptz, bigint)',
        'ash_session(bigint)',
        'ash_session_of(bigint, bigint)',
        'hear_ash(bigint, bigint, bigint, timestamptz, timestamptz)',
        'begin_ash_reply(bigint, integer, timestamptz)',
        'end_ash_reply(bigint, bigint, jsonb, timestamptz)',
        'ash_context(bigint, timestamptz)',
        'ash_sessions_of(bigint, bigint)',
        'ash_sessions_about(bigint, bigint)',
        'ash_turns_of(jsonb)',
        'allow_ash_direct(jsonb, bigint, boolean, timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;

-- As it was, with the conversations.
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
    ),
    -- Conversations with Ash; in a thread of its own also what is written after the end. Direct messages leave the relay anyway.
    talks as (
        select distinct s.channel_id, s.member_id, s.place = 'channel' as is_open from public.ash_sessions as s
        where (s.place = 'thread' and (s.status <> 'CLOSED' or s.closed_at > relay_filter.at - interval '7 days'))
            or (s.place = 'channel' and s.status <> 'CLOSED')
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
                union
                select k.channel_id from talks as k where not k.is_open
            ) as own
        ),
        'talks', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'channel_id', k.channel_id::text, 'member_id', k.member_id::text, 'is_open', k.is_open
            ) order by k.channel_id, k.member_id), '[]')
            from talks as k
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

-- The guild of an open conversation comes first, then that of the last one or of the last alert.
create or replace function public.crisis_guilds_of(member bigint, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    with found as (
        select
            s.guild_id,
            greatest(
                (
                    select max(a.last_at) from public.crisis_alerts as a
                    where a.guild_id = s.guild_id and a.member_id = crisis_guilds_of.member and a.mode <> 'drill'
                        and a.last_at > crisis_guilds_of.at - interval '30 days'
                ),
                (
                    select max(t.opened_at) from public.ash_sessions as t
                    where t.guild_id = s.guild_id and t.member_id = crisis_guilds_of.member
                        and t.opened_at > crisis_guilds_of.at - interval '30 days'
                )
            ) as last_at,
            exists (
                select from public.ash_sessions as t
                where t.guild_id = s.guild_id and t.member_id = crisis_guilds_of.member and t.place = 'direct'
                    and t.status <> 'CLOSED'
            ) as talks,
            exists (
                select from public.discord_users as u
                where u.guild_id = s.guild_id and u.user_id = crisis_guilds_of.member and u.left_at is null
            ) as is_known,
            exists (
                select from public.user_preferences as p
                where p.guild_id = s.guild_id and p.user_id = crisis_guilds_of.member and p.monitoring_opt_out
            ) as opted_out
        from public.guild_settings as s
        where s.key = 'crisis.stage' and s.value #>> '{}' in ('shadow', 'live')
        order by talks desc, last_at desc nulls last, is_known desc, s.guild_id
        limit 10
    )
    select coalesce(jsonb_agg(jsonb_build_object(
        'guild_id', f.guild_id::text, 'opted_out', f.opted_out, 'recent', f.last_at is not null,
        'talks', f.talks
    ) order by f.talks desc, f.last_at desc nulls last, f.is_known desc, f.guild_id), '[]')
    from found as f
$$;
