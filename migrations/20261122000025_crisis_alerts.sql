-- Crisis alerts: one row a message of MEDIUM or more, grouped in episodes; which of them is an alert of its own is decided here.

set lock_timeout = '5s';

create table public.crisis_alerts (
    alert_id bigint generated always as identity primary key,
    guild_id bigint not null,
    channel_id bigint not null,
    message_id bigint not null,
    member_id bigint not null,
    -- The alert that began the episode; its own id for that one.
    episode_id bigint,
    severity text not null check (severity in ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
    -- What a person said of it, if they thought otherwise.
    found_severity text,
    detector text not null check (detector in ('nlp', 'screen', 'both', 'member')),
    score real,
    confidence real,
    factors text[] not null default '{}',
    written_at timestamptz not null,
    found_at timestamptz not null,
    status text not null default 'OPEN' check (status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN', 'RESOLVED', 'FALSE_ALARM', 'ENDED', 'MERGED')),
    mode text not null default 'live' check (mode in ('live', 'shadow', 'drill')),
    merged_into bigint references public.crisis_alerts (alert_id) on delete cascade,
    merged_count integer not null default 0,
    -- The last MEDIUM or more of this member that this alert stands for.
    last_at timestamptz not null,
    alert_channel_id bigint,
    alert_message_id bigint,
    posted_at timestamptz,
    pinged_at timestamptz,
    acknowledged_by bigint,
    acknowledged_at timestamptz,
    taken_by bigint,
    taken_at timestamptz,
    first_human_at timestamptz,
    resolved_by bigint,
    resolved_at timestamptz,
    -- The words of the message are not shown in the alert any more.
    preview_gone_at timestamptz,
    unique (guild_id, message_id)
);
comment on table public.crisis_alerts is 'What the crisis path found, without the text. MERGED rows were counted on another alert.';
comment on column public.crisis_alerts.mode is 'shadow: the guild tries it out, nobody is pinged. drill: an exercise, outside all figures.';
create index crisis_alerts_member on public.crisis_alerts (guild_id, member_id, found_at desc);
create index crisis_alerts_day on public.crisis_alerts (guild_id, found_at);
create index crisis_alerts_post on public.crisis_alerts (alert_message_id) where alert_message_id is not null;
create index crisis_alerts_merged on public.crisis_alerts (merged_into) where merged_into is not null;

create table public.crisis_alert_events (
    event_id bigint generated always as identity primary key,
    guild_id bigint not null,
    alert_id bigint not null references public.crisis_alerts (alert_id) on delete cascade,
    kind text not null,
    actor_id bigint,
    detail jsonb not null default '{}',
    occurred_at timestamptz not null
);
comment on table public.crisis_alert_events is 'What became of an alert, step by step. Never text.';
create index crisis_alert_events_alert on public.crisis_alert_events (alert_id, occurred_at);
create index crisis_alert_events_day on public.crisis_alert_events (guild_id, occurred_at);

create table public.crisis_feedback (
    feedback_id bigint generated always as identity primary key,
    guild_id bigint not null,
    alert_id bigint not null references public.crisis_alerts (alert_id) on delete cascade,
    verdict text not null check (verdict in ('false_alarm', 'more_severe')),
    detector text not null,
    severity text not null,
    to_severity text,
    score real,
    reason text not null,
    actor_id bigint,
    created_at timestamptz not null,
    undone_at timestamptz
);
comment on table public.crisis_feedback is 'What the team thought of what was found; reason is one of a fixed list.';
create index crisis_feedback_day on public.crisis_feedback (guild_id, created_at);
create index crisis_feedback_alert on public.crisis_feedback (alert_id);

create table public.crisis_notes (
    note_id bigint generated always as identity primary key,
    guild_id bigint not null,
    alert_id bigint not null references public.crisis_alerts (alert_id) on delete cascade,
    author_id bigint,
    sealed text not null,
    created_at timestamptz not null
);
comment on table public.crisis_notes is 'What the team wrote about an alert, encrypted with STATE_KEYS.';
create index crisis_notes_alert on public.crisis_notes (alert_id);

alter table public.crisis_alerts enable row level security;
alter table public.crisis_alert_events enable row level security;
alter table public.crisis_feedback enable row level security;
alter table public.crisis_notes enable row level security;
revoke all on public.crisis_alerts, public.crisis_alert_events, public.crisis_feedback, public.crisis_notes
from anon, authenticated;
grant select, insert, update, delete
on public.crisis_alerts, public.crisis_alert_events, public.crisis_feedback, public.crisis_notes to service_role;

-- An alert as the Worker reads it; ids are text.
create function public.crisis_alert_json(a public.crisis_alerts) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'alert_id', a.alert_id, 'guild_id', a.guild_id::text, 'channel_id', a.channel_id::text,
        'message_id', a.message_id::text, 'member_id', a.member_id::text, 'episode_id', a.episode_id,
        'severity', a.severity, 'found_severity', a.found_severity, 'detector', a.detector, 'score', a.score,
        'confidence', a.confidence, 'factors', a.factors, 'written_at', a.written_at, 'found_at', a.found_at,
        'status', a.status, 'mode', a.mode, 'merged_into', a.merged_into, 'merged_count', a.merged_count,
        'last_at', a.last_at, 'alert_channel_id', a.alert_channel_id::text,
        'alert_message_id', a.alert_message_id::text, 'posted_at', a.posted_at, 'pinged_at', a.pinged_at,
        'acknowledged_by', a.acknowledged_by::text, 'acknowledged_at', a.acknowledged_at,
        'taken_by', a.taken_by::text, 'taken_at', a.taken_at, 'first_human_at', a.first_human_at,
        'resolved_by', a.resolved_by::text, 'resolved_at', a.resolved_at, 'preview_gone_at', a.preview_gone_at,
        -- Episodes of this member in the 7 days before this one.
        'repeats', (
            select count(distinct b.episode_id) from public.crisis_alerts as b
            where b.guild_id = a.guild_id and b.member_id = a.member_id and b.episode_id <> a.episode_id
                and b.found_at between a.found_at - interval '7 days' and a.found_at
                and b.mode = a.mode and b.status <> 'FALSE_ALARM'
        )
    )
$$;

create function public.crisis_severity_rank(severity text) returns integer
language sql immutable
set search_path = ''
as $$
    select array_position(array['SAFE', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], severity) - 1
$$;

-- Notes what was found about a message and says what is to be done, once for each message whoever asks how often.
-- `finding` is {"guild_id", "channel_id", "message_id", "member_id", "severity", "detector", "score", "confidence", "factors",
-- "written_at", "mode"}; `cooldown_seconds` is the guild's. Answers {"step", "alert", "before"}:
--   new     an alert of its own is to be posted (also: it was to be, and nobody noted that it was)
--   posted  it was posted already
--   raise   an edit made it graver: it is to be posted anew; "before" is what it was
--   merged  counted on "alert", another one
--   again   the same, and its cooldown is over: the alert is to be answered
create function public.record_crisis_alert(finding jsonb, cooldown_seconds integer, at timestamptz) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    guild constant bigint := (finding ->> 'guild_id')::bigint;
    member constant bigint := (finding ->> 'member_id')::bigint;
    rank constant integer := public.crisis_severity_rank(finding ->> 'severity');
    is_drill constant boolean := finding ->> 'mode' = 'drill';
    this public.crisis_alerts;
    open_alert public.crisis_alerts;
    step text;
begin
    perform pg_advisory_xact_lock(hashtextextended(format('crisis:%s:%s', guild, member), 0));
    select * into this from public.crisis_alerts as a
    where a.guild_id = guild and a.message_id = (finding ->> 'message_id')::bigint;
    if this.alert_id is not null and rank <= public.crisis_severity_rank(this.severity) then
        if this.status <> 'MERGED' then
            return jsonb_build_object(
                'step', case when this.posted_at is null then 'new' else 'posted' end, 'alert', public.crisis_alert_json(this)
            );
        end if;
        select * into open_alert from public.crisis_alerts as a where a.alert_id = this.merged_into;
        return jsonb_build_object('step', 'merged', 'alert', public.crisis_alert_json(open_alert));
    end if;
    select * into open_alert from public.crisis_alerts as a
    where a.guild_id = guild and a.member_id = member and a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN')
        and (a.mode = 'drill') = is_drill and a.posted_at is not null
        and a.last_at > record_crisis_alert.at - interval '24 hours'
        and a.alert_id is distinct from this.alert_id
    order by a.last_at desc, a.alert_id desc limit 1;
    if this.alert_id is not null and (this.status <> 'MERGED' or public.crisis_severity_rank(open_alert.severity) < rank) then
        -- An edit.
        update public.crisis_alerts as a set
            severity = finding ->> 'severity', detector = finding ->> 'detector', score = (finding ->> 'score')::real,
            confidence = (finding ->> 'confidence')::real,
            factors = array(select jsonb_array_elements_text(coalesce(finding -> 'factors', '[]'))),
            status = 'OPEN', merged_into = null, last_at = record_crisis_alert.at, posted_at = null,
            alert_channel_id = null, alert_message_id = null
        where a.alert_id = this.alert_id;
        insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
        values (guild, this.alert_id, 'raised', jsonb_build_object('from', this.severity, 'to', finding ->> 'severity'), record_crisis_alert.at);
        return jsonb_build_object('step', 'raise', 'before', public.crisis_alert_json(this), 'alert', (
            select public.crisis_alert_json(a) from public.crisis_alerts as a where a.alert_id = this.alert_id
        ));
    end if;
    step := case
        when open_alert.alert_id is null or rank > public.crisis_severity_rank(open_alert.severity) then 'new'
        when greatest(open_alert.pinged_at, open_alert.posted_at) > record_crisis_alert.at - make_interval(secs => cooldown_seconds) then 'merged'
        else 'again'
    end;
    if this.alert_id is not null then
        update public.crisis_alerts as a set severity = finding ->> 'severity' where a.alert_id = this.alert_id;
    else
        insert into public.crisis_alerts as a (
            guild_id, channel_id, message_id, member_id, episode_id, severity, detector, score, confidence, factors,
            written_at, found_at, last_at, status, mode, merged_into
        ) values (
            guild, (finding ->> 'channel_id')::bigint, (finding ->> 'message_id')::bigint, member, open_alert.episode_id,
            finding ->> 'severity', finding ->> 'detector', (finding ->> 'score')::real, (finding ->> 'confidence')::real,
            array(select jsonb_array_elements_text(coalesce(finding -> 'factors', '[]'))),
            (finding ->> 'written_at')::timestamptz, record_crisis_alert.at, record_crisis_alert.at,
            case when step = 'new' then 'OPEN' else 'MERGED' end, coalesce(finding ->> 'mode', 'live'),
            case when step <> 'new' then open_alert.alert_id end
        ) returning * into this;
        if this.episode_id is null then
            update public.crisis_alerts as a set episode_id = a.alert_id where a.alert_id = this.alert_id returning * into this;
        end if;
    end if;
    if step = 'new' then
        return jsonb_build_object('step', step, 'alert', public.crisis_alert_json(this));
    end if;
    update public.crisis_alerts as a set
        merged_count = a.merged_count + 1, last_at = record_crisis_alert.at,
        pinged_at = case when step = 'again' then record_crisis_alert.at else a.pinged_at end
    where a.alert_id = open_alert.alert_id
    returning * into open_alert;
    insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
    values (guild, open_alert.alert_id, step, jsonb_build_object('severity', finding ->> 'severity'), record_crisis_alert.at);
    return jsonb_build_object('step', step, 'alert', public.crisis_alert_json(open_alert));
end
$$;

-- Notes where an alert stands, once. `chain_at`: when somebody must have reacted, else it is asked again; null if nobody is.
create function public.crisis_alert_posted(
    guild_id bigint, message_id bigint, alert_channel_id bigint, alert_message_id bigint, pinged boolean,
    at timestamptz, chain_at timestamptz default null
) returns bigint
language plpgsql
set search_path = ''
as $$
declare
    this public.crisis_alerts;
begin
    update public.crisis_alerts as a set
        alert_channel_id = crisis_alert_posted.alert_channel_id, alert_message_id = crisis_alert_posted.alert_message_id,
        posted_at = crisis_alert_posted.at,
        pinged_at = case when pinged then crisis_alert_posted.at else a.pinged_at end
    where a.guild_id = crisis_alert_posted.guild_id and a.message_id = crisis_alert_posted.message_id and a.posted_at is null
    returning * into this;
    if this.alert_id is null then
        return null;
    end if;
    insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
    values (this.guild_id, this.alert_id, 'posted', jsonb_build_object('severity', this.severity, 'pinged', pinged), crisis_alert_posted.at);
    if chain_at is not null then
        perform public.owe_job(this.guild_id, 'crisis.chain', this.alert_id::text, chain_at, '{}'::jsonb);
    end if;
    return this.alert_id;
end
$$;

-- Old alerts of a guild end: those whose member was quiet for 24 hours and that nobody has in hand.
create function public.end_crisis_episodes(at timestamptz) returns integer
language sql
set search_path = ''
as $$
    with ended as (
        update public.crisis_alerts as a set status = 'ENDED'
        where a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN') and a.last_at <= end_crisis_episodes.at - interval '24 hours'
        returning a.guild_id, a.alert_id
    ),
    noted as (
        insert into public.crisis_alert_events (guild_id, alert_id, kind, occurred_at)
        select e.guild_id, e.alert_id, 'ended', end_crisis_episodes.at from ended as e
        returning 1
    )
    select count(*)::integer from noted
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'crisis_alert_json(public.crisis_alerts)',
        'crisis_severity_rank(text)',
        'record_crisis_alert(jsonb, integer, timestamptz)',
        'crisis_alert_posted(bigint, bigint, bigint, bigint, boolean, timestamptz, timestamptz)',
        'end_crisis_episodes(timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
