-- Whether detection works: outages that were told, late finds and their digest.

set lock_timeout = '5s';

create table public.crisis_notices (
    -- 0: detection is one for all guilds.
    guild_id bigint not null default 0,
    service text not null check (service in ('nlp', 'second_look', 'relay')),
    began_at timestamptz not null,
    ended_at timestamptz,
    primary key (guild_id, service, began_at)
);
comment on table public.crisis_notices is 'Outages of detection: each was told once when it began and once when it ended.';
create unique index crisis_notices_open on public.crisis_notices (guild_id, service) where ended_at is null;
alter table public.crisis_notices enable row level security;
revoke all on public.crisis_notices from anon, authenticated;
grant select, insert, update, delete on public.crisis_notices to service_role;

-- Notes which parts of detection are down (`down`: {"nlp": true}; what is not known is left out) and owes the notices of what
-- changed: one to each guild where detection runs, one to whoever is paged. The relay is down when nothing was heard of it for
-- three minutes; `heard_at` is what Upstash knows of that. Answers [{"service", "what", "began_at"}].
create function public.note_crisis_health(
    down jsonb, waiting integer, at timestamptz, heard_at timestamptz default null
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    last_heard timestamptz;
    part record;
    since timestamptz;
    change jsonb;
    changes jsonb := '[]';
begin
    perform pg_advisory_xact_lock(hashtextextended('crisis_health', 0));
    select greatest(max(h.checked_at), note_crisis_health.heard_at) into last_heard
    from public.service_health as h where h.service = 'relay';
    if last_heard is not null then
        down := down || jsonb_build_object('relay', last_heard < note_crisis_health.at - interval '3 minutes');
    end if;
    for part in select d.key as service, d.value = 'true' as is_down from jsonb_each_text(down) as d order by d.key loop
        if part.is_down then
            insert into public.crisis_notices (service, began_at)
            values (part.service, case when part.service = 'relay' then last_heard else note_crisis_health.at end)
            on conflict do nothing
            returning began_at into since;
        else
            update public.crisis_notices as n set ended_at = note_crisis_health.at
            where n.service = part.service and n.ended_at is null
            returning n.began_at into since;
        end if;
        continue when not found;
        change := jsonb_build_object(
            'service', part.service, 'what', case when part.is_down then 'began' else 'ended' end,
            'began_at', since, 'at', note_crisis_health.at, 'waiting', waiting
        );
        changes := changes || change;
        perform public.owe_job(
            g.guild_id, case when g.guild_id = 0 then 'crisis.push' else 'crisis.notice' end,
            format('%s:%s:%s:%s', part.service, change ->> 'what', floor(extract(epoch from note_crisis_health.at) * 1000)::bigint, g.guild_id),
            note_crisis_health.at, change
        )
        from (
            select 0::bigint as guild_id
            union all
            select s.guild_id from public.guild_settings as s
            where s.key = 'crisis.stage' and s.value #>> '{}' in ('shadow', 'live')
        ) as g;
    end loop;
    delete from public.crisis_notices as n where n.ended_at < note_crisis_health.at - interval '90 days';
    return changes;
end
$$;

-- Of something that was found long after it was written: when the member last wrote after it, anywhere in the guild, and how many
-- such finds the guild had in the last 10 minutes.
create function public.crisis_late_find(guild_id bigint, member_id bigint, after timestamptz, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'wrote_at', (
            select max(l.occurred_at) from public.activity_logs as l
            where l.guild_id = crisis_late_find.guild_id and l.user_id = crisis_late_find.member_id
                and l.kind = 'message' and l.occurred_at > crisis_late_find.after + interval '1 second'
        ),
        'recent', (
            select count(*) from public.crisis_alerts as a
            where a.guild_id = crisis_late_find.guild_id and a.status <> 'MERGED'
                and a.found_at > crisis_late_find.at - interval '10 minutes'
                and a.found_at - a.written_at > interval '30 minutes'
        )
    )
$$;

-- Late finds that were not posted: lines of the next digest, the gravest and newest first.
create function public.crisis_late_finds(guild_id bigint, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'message_id', a.message_id::text, 'channel_id', a.channel_id::text, 'member_id', a.member_id::text,
        'severity', a.severity, 'written_at', a.written_at,
        'wrote_at', public.crisis_late_find(a.guild_id, a.member_id, a.written_at, crisis_late_finds.at) -> 'wrote_at'
    ) order by public.crisis_severity_rank(a.severity) desc, a.written_at desc), '[]')
    from public.crisis_alerts as a
    where a.guild_id = crisis_late_finds.guild_id and a.status = 'OPEN' and a.posted_at is null and a.severity <> 'CRITICAL'
        and a.found_at > crisis_late_finds.at - interval '1 day' and a.found_at - a.written_at > interval '30 minutes'
$$;

-- Notes that these were told in a digest.
create function public.crisis_digest_posted(guild_id bigint, message_ids bigint[], pinged boolean, at timestamptz) returns void
language sql
set search_path = ''
as $$
    with told as (
        update public.crisis_alerts as a set
            posted_at = crisis_digest_posted.at,
            pinged_at = case when pinged then crisis_digest_posted.at else a.pinged_at end
        where a.guild_id = crisis_digest_posted.guild_id and a.message_id = any (message_ids) and a.posted_at is null
        returning a.guild_id, a.alert_id, a.severity
    )
    insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
    select t.guild_id, t.alert_id, 'posted', jsonb_build_object('severity', t.severity, 'pinged', pinged, 'digest', true), crisis_digest_posted.at
    from told as t
$$;

-- Before an alert is posted that `record_crisis_alert` called new: whether another one of the same member, as grave, was posted
-- since (then it is counted on that: "merged") or is being posted just now ("wait", at most a minute); else "new" as before.
create function public.settle_crisis_alert(guild_id bigint, message_id bigint, at timestamptz) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    this public.crisis_alerts;
    other public.crisis_alerts;
begin
    select * into this from public.crisis_alerts as a
    where a.guild_id = settle_crisis_alert.guild_id and a.message_id = settle_crisis_alert.message_id;
    perform pg_advisory_xact_lock(hashtextextended(format('crisis:%s:%s', this.guild_id, this.member_id), 0));
    select * into this from public.crisis_alerts as a where a.alert_id = this.alert_id;
    select * into other from public.crisis_alerts as a
    where a.guild_id = this.guild_id and a.member_id = this.member_id and a.alert_id <> this.alert_id
        and a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN') and (a.mode = 'drill') = (this.mode = 'drill')
        and public.crisis_severity_rank(a.severity) >= public.crisis_severity_rank(this.severity)
        and case
            -- A late find may wait for its digest: nobody waits for that.
            when a.posted_at is null then a.alert_id < this.alert_id and a.found_at - a.written_at <= interval '30 minutes'
                and a.found_at > settle_crisis_alert.at - interval '1 minute'
            else a.last_at > settle_crisis_alert.at - interval '24 hours'
        end
    order by a.posted_at is null, a.last_at desc, a.alert_id desc limit 1;
    if other.alert_id is null or this.status <> 'OPEN' or this.posted_at is not null then
        return jsonb_build_object('step', 'new', 'alert', public.crisis_alert_json(this));
    end if;
    if other.posted_at is null then
        return jsonb_build_object('step', 'wait', 'alert', public.crisis_alert_json(other));
    end if;
    update public.crisis_alerts as a set status = 'MERGED', merged_into = other.alert_id, episode_id = other.episode_id
    where a.alert_id = this.alert_id;
    update public.crisis_alerts as a set merged_count = a.merged_count + 1, last_at = greatest(a.last_at, settle_crisis_alert.at)
    where a.alert_id = other.alert_id
    returning * into other;
    insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
    values (other.guild_id, other.alert_id, 'merged', jsonb_build_object('severity', this.severity), settle_crisis_alert.at);
    return jsonb_build_object('step', 'merged', 'alert', public.crisis_alert_json(other));
end
$$;

-- An alert was posted though its row says that it is counted on another one (Upstash did not know of that): it stands by itself.
create function public.crisis_alert_stands(guild_id bigint, message_id bigint) returns void
language sql
set search_path = ''
as $$
    with this as (
        select a.alert_id, a.merged_into from public.crisis_alerts as a
        where a.guild_id = crisis_alert_stands.guild_id and a.message_id = crisis_alert_stands.message_id and a.status = 'MERGED'
        for update
    ),
    other as (
        update public.crisis_alerts as a set merged_count = greatest(a.merged_count - 1, 0)
        from this where a.alert_id = this.merged_into
    )
    update public.crisis_alerts as a set status = 'OPEN', merged_into = null from this where a.alert_id = this.alert_id
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'note_crisis_health(jsonb, integer, timestamptz, timestamptz)',
        'settle_crisis_alert(bigint, bigint, timestamptz)',
        'crisis_alert_stands(bigint, bigint)',
        'crisis_late_find(bigint, bigint, timestamptz, timestamptz)',
        'crisis_late_finds(bigint, timestamptz)',
        'crisis_digest_posted(bigint, bigint[], boolean, timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
