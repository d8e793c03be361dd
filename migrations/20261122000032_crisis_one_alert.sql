-- One alert at a time: whether an alert of the same member is being posted just now is decided here, under the member's lock.

set lock_timeout = '5s';

alter table public.crisis_alerts add column posting_at timestamptz;
comment on column public.crisis_alerts.posting_at is 'When somebody was last told to post it, and once that is noted, when it was; by the clock of the database. For five seconds others of the member wait for a post that is not noted.';

-- Counts an alert on another one. Answers that one.
create function public.merge_crisis_alert(this public.crisis_alerts, other public.crisis_alerts, at timestamptz) returns jsonb
language sql
set search_path = ''
as $$
    update public.crisis_alerts as a set status = 'MERGED', merged_into = (other).alert_id, episode_id = (other).episode_id
    where a.alert_id = (this).alert_id;
    insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
    values ((other).guild_id, (other).alert_id, 'merged', jsonb_build_object('severity', (this).severity), merge_crisis_alert.at);
    update public.crisis_alerts as a set merged_count = a.merged_count + 1, last_at = greatest(a.last_at, merge_crisis_alert.at)
    where a.alert_id = (other).alert_id
    returning public.crisis_alert_json(a)
$$;

-- Notes what was found about a message and says what is to be done, once for each message whoever asks how often.
-- `finding` is {"guild_id", "channel_id", "message_id", "member_id", "severity", "detector", "score", "confidence", "factors",
-- "written_at", "mode", "posting"}; `cooldown_seconds` is the guild's. "posting" is true for what is posted while this is asked
-- (it is an alert of its own unless another one was posted in the same moment, and `note_crisis_post` has the last word), false for
-- what can wait, and left out for what cannot. Answers {"step", "alert", "before"}:
--   new     an alert of its own is to be posted (also: it was to be, and nobody noted that it was)
--   posted  it was posted already
--   raise   an edit made it graver: it is to be posted anew; "before" is what it was
--   merged  counted on "alert", another one
--   again   the same, and its cooldown is over: the alert is to be answered
--   wait    "alert", as grave, is being posted just now: nothing is noted, it is to be asked again
create or replace function public.record_crisis_alert(finding jsonb, cooldown_seconds integer, at timestamptz) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    guild constant bigint := (finding ->> 'guild_id')::bigint;
    member constant bigint := (finding ->> 'member_id')::bigint;
    rank constant integer := public.crisis_severity_rank(finding ->> 'severity');
    is_drill constant boolean := finding ->> 'mode' = 'drill';
    is_posting constant boolean := coalesce((finding ->> 'posting')::boolean, false);
    may_wait constant boolean := coalesce(not (finding ->> 'posting')::boolean, false);
    this public.crisis_alerts;
    open_alert public.crisis_alerts;
    -- The gravest that is being posted just now.
    coming public.crisis_alerts;
    step text;
begin
    perform pg_advisory_xact_lock(hashtextextended(format('crisis:%s:%s', guild, member), 0));
    select * into this from public.crisis_alerts as a
    where a.guild_id = guild and a.message_id = (finding ->> 'message_id')::bigint;
    select * into coming from public.crisis_alerts as a
    where a.guild_id = guild and a.member_id = member and a.status = 'OPEN' and (a.mode = 'drill') = is_drill
        and a.posted_at is null and a.posting_at > clock_timestamp() - interval '5 seconds'
        -- A late find may wait for its digest: nobody waits for that.
        and a.found_at - a.written_at <= interval '30 minutes'
        and a.alert_id is distinct from this.alert_id
    order by public.crisis_severity_rank(a.severity) desc, a.alert_id desc limit 1;
    if this.alert_id is not null and rank <= public.crisis_severity_rank(this.severity) then
        if this.status = 'MERGED' then
            select * into open_alert from public.crisis_alerts as a where a.alert_id = this.merged_into;
            return jsonb_build_object('step', 'merged', 'alert', public.crisis_alert_json(open_alert));
        end if;
        if this.posted_at is null and this.alert_message_id is null and this.status = 'OPEN' and not is_posting then
            select * into open_alert from public.crisis_alerts as a
            where a.guild_id = guild and a.member_id = member and a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN')
                and (a.mode = 'drill') = is_drill and a.posted_at is not null
                and a.last_at > record_crisis_alert.at - interval '24 hours' and a.alert_id <> this.alert_id
                and public.crisis_severity_rank(a.severity) >= public.crisis_severity_rank(this.severity)
            order by a.last_at desc, a.alert_id desc limit 1;
            if open_alert.alert_id is not null then
                return jsonb_build_object(
                    'step', 'merged', 'alert', public.merge_crisis_alert(this, open_alert, record_crisis_alert.at)
                );
            end if;
            if may_wait and public.crisis_severity_rank(coming.severity) >= public.crisis_severity_rank(this.severity) then
                return jsonb_build_object('step', 'wait', 'alert', public.crisis_alert_json(coming));
            end if;
        end if;
        if this.posted_at is null then
            update public.crisis_alerts as a set posting_at = clock_timestamp() where a.alert_id = this.alert_id;
        end if;
        return jsonb_build_object(
            'step', case when this.posted_at is null then 'new' else 'posted' end, 'alert', public.crisis_alert_json(this)
        );
    end if;
    select * into open_alert from public.crisis_alerts as a
    where a.guild_id = guild and a.member_id = member and a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN')
        and (a.mode = 'drill') = is_drill and a.posted_at is not null
        and a.last_at > record_crisis_alert.at - interval '24 hours'
        and a.alert_id is distinct from this.alert_id
    order by a.last_at desc, a.alert_id desc limit 1;
    step := case
        when this.status <> 'MERGED' then 'raise'
        when open_alert.alert_id is null then 'new'
        -- Its caller did not know of what was posted in the same moment.
        when is_posting and (
            rank > public.crisis_severity_rank(open_alert.severity)
            or coalesce(open_alert.posting_at <= clock_timestamp() - interval '5 seconds', true)
        ) then 'new'
        when rank > public.crisis_severity_rank(open_alert.severity) then case when this.alert_id is null then 'new' else 'raise' end
        when greatest(open_alert.pinged_at, open_alert.posted_at) > record_crisis_alert.at - make_interval(secs => cooldown_seconds) then 'merged'
        else 'again'
    end;
    if may_wait and step in ('new', 'raise') and coalesce(this.status, 'MERGED') = 'MERGED'
        and public.crisis_severity_rank(coming.severity) >= rank
    then
        return jsonb_build_object('step', 'wait', 'alert', public.crisis_alert_json(coming));
    end if;
    if step = 'raise' then
        update public.crisis_alerts as a set
            severity = finding ->> 'severity', detector = finding ->> 'detector', score = (finding ->> 'score')::real,
            confidence = (finding ->> 'confidence')::real,
            factors = array(select jsonb_array_elements_text(coalesce(finding -> 'factors', '[]'))),
            status = 'OPEN', merged_into = null, last_at = record_crisis_alert.at, posted_at = null,
            alert_channel_id = null, alert_message_id = null, posting_at = clock_timestamp()
        where a.alert_id = this.alert_id;
        insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
        values (guild, this.alert_id, 'raised', jsonb_build_object('from', this.severity, 'to', finding ->> 'severity'), record_crisis_alert.at);
        return jsonb_build_object('step', 'raise', 'before', public.crisis_alert_json(this), 'alert', (
            select public.crisis_alert_json(a) from public.crisis_alerts as a where a.alert_id = this.alert_id
        ));
    end if;
    if this.alert_id is null then
        insert into public.crisis_alerts as a (
            guild_id, channel_id, message_id, member_id, episode_id, severity, detector, score, confidence, factors,
            written_at, found_at, last_at, status, mode, merged_into, posting_at
        ) values (
            guild, (finding ->> 'channel_id')::bigint, (finding ->> 'message_id')::bigint, member,
            coalesce(open_alert.episode_id, coming.episode_id),
            finding ->> 'severity', finding ->> 'detector', (finding ->> 'score')::real, (finding ->> 'confidence')::real,
            array(select jsonb_array_elements_text(coalesce(finding -> 'factors', '[]'))),
            (finding ->> 'written_at')::timestamptz, record_crisis_alert.at, record_crisis_alert.at,
            case when step = 'new' then 'OPEN' else 'MERGED' end, coalesce(finding ->> 'mode', 'live'),
            case when step <> 'new' then open_alert.alert_id end, case when step = 'new' then clock_timestamp() end
        ) returning * into this;
        if this.episode_id is null then
            update public.crisis_alerts as a set episode_id = a.alert_id where a.alert_id = this.alert_id returning * into this;
        end if;
    elsif step = 'new' then
        -- What it was counted on is over.
        update public.crisis_alerts as a set
            severity = finding ->> 'severity', status = 'OPEN', merged_into = null, last_at = record_crisis_alert.at,
            episode_id = coalesce(a.episode_id, a.alert_id), posting_at = clock_timestamp()
        where a.alert_id = this.alert_id returning * into this;
    else
        update public.crisis_alerts as a set severity = finding ->> 'severity' where a.alert_id = this.alert_id;
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
-- Answers null; or the alert on which it is counted, if two were posted at once: then its post has to go.
create function public.note_crisis_post(
    guild_id bigint, message_id bigint, alert_channel_id bigint, alert_message_id bigint, pinged boolean,
    at timestamptz, chain_at timestamptz default null
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    this public.crisis_alerts;
    other public.crisis_alerts;
begin
    select * into this from public.crisis_alerts as a
    where a.guild_id = note_crisis_post.guild_id and a.message_id = note_crisis_post.message_id;
    perform pg_advisory_xact_lock(hashtextextended(format('crisis:%s:%s', this.guild_id, this.member_id), 0));
    select * into this from public.crisis_alerts as a where a.alert_id = this.alert_id;
    if this.alert_id is null or this.posted_at is not null then
        return null;
    end if;
    if this.status = 'MERGED' then
        return (select public.crisis_alert_json(a) from public.crisis_alerts as a where a.alert_id = this.merged_into);
    end if;
    -- Whoever asked for help is not counted; nor is what stood before, or what the team called graver.
    if this.status = 'OPEN' and this.detector <> 'member' and this.found_severity is null and not exists (
        select from public.crisis_alert_events as e where e.alert_id = this.alert_id and e.kind = 'posted'
    ) then
        select * into other from public.crisis_alerts as a
        where a.guild_id = this.guild_id and a.member_id = this.member_id and a.alert_id <> this.alert_id
            and a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN') and (a.mode = 'drill') = (this.mode = 'drill')
            and a.posted_at is not null and a.posting_at > this.posting_at
            -- What got graver after this one is an alert of its own, and so is this one.
            and public.crisis_severity_rank(a.severity) >= public.crisis_severity_rank(this.severity)
            and (a.severity = this.severity or a.alert_id < this.alert_id)
        order by a.alert_id limit 1;
        if other.alert_id is not null then
            return public.merge_crisis_alert(this, other, note_crisis_post.at);
        end if;
    end if;
    update public.crisis_alerts as a set
        alert_channel_id = note_crisis_post.alert_channel_id, alert_message_id = note_crisis_post.alert_message_id,
        posted_at = note_crisis_post.at, posting_at = clock_timestamp(),
        pinged_at = case when pinged then note_crisis_post.at else a.pinged_at end
    where a.alert_id = this.alert_id;
    insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
    values (this.guild_id, this.alert_id, 'posted', jsonb_build_object('severity', this.severity, 'pinged', pinged), note_crisis_post.at);
    if chain_at is not null then
        perform public.owe_job(this.guild_id, 'crisis.chain', this.alert_id::text, chain_at, '{}'::jsonb);
    end if;
    return null;
end
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'merge_crisis_alert(public.crisis_alerts, public.crisis_alerts, timestamptz)',
        'note_crisis_post(bigint, bigint, bigint, bigint, boolean, timestamptz, timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
