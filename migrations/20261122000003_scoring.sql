-- Scoring: what counts, what is taken back, and how much a minute may bring.
--
-- The state of things decides, not the order in which it is heard of: a reaction is what the last word about it says, a
-- message is there unless it was deleted, and of a member's things of one minute the first ones count, as many as the cap
-- allows. Whenever that changes what something is worth, a row with the difference is added; sums are always right.

set lock_timeout = '5s';

-- Raw rows stay in one table with a BRIN index instead of monthly partitions: rows arrive nearly in order of time, so
-- retention finds the old ones by block range; the natural key need not contain the time (a partitioned table's would have to,
-- and the same message could then count twice); and nothing but retention reads raw rows by time, numbers read the rollup.
alter table public.activity_logs
    add column revision integer not null default 0,
    add column live boolean not null default true,
    add column worth numeric(8, 2) not null default 0,
    add column counted numeric(8, 2) not null default 0;
update public.activity_logs set worth = points_value, counted = points_value;
comment on table public.activity_logs is 'One row for each thing that members did, and one for each correction of its points. Never any text.';
comment on column public.activity_logs.points_value is 'What this row adds to the score; negative where points are taken back. The sum is the score.';
comment on column public.activity_logs.revision is '0 for the first row about a thing; each later one, a correction or the same reaction given again, is one more.';
comment on column public.activity_logs.live is 'The thing is still there. False for what was removed or deleted, and for corrections.';
comment on column public.activity_logs.worth is 'Its points by the guild''s weights at that moment, before the cap of its minute.';
comment on column public.activity_logs.counted is 'What it counts at present: its own points_value and those of its corrections together.';
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create unique index activity_logs_natural_key_revision
    on public.activity_logs (guild_id, message_id, user_id, kind, emoji, revision);
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-deletion
drop index public.activity_logs_natural_key;
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-deletion
drop index public.activity_logs_member;
-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index activity_logs_member_minute on public.activity_logs (guild_id, user_id, occurred_at) where live;
comment on column public.activity_hourly.messages is 'Messages that are still there, those over the cap too: they bring no points, but they were written.';

create table public.relay_epochs (
    guild_id bigint not null,
    epoch text not null,
    epoch_number bigint generated always as identity,
    first_seen_at timestamptz not null default now(),
    primary key (guild_id, epoch)
);
comment on table public.relay_epochs is 'Which of a relay''s spools told of a guild first: epochs are random words, and a later one wins.';

create table public.reaction_states (
    guild_id bigint not null,
    message_id bigint not null,
    user_id bigint not null,
    emoji text not null,
    epoch_number bigint not null,
    position bigint not null,
    present boolean not null,
    channel_id bigint not null,
    reacted_at timestamptz,
    changed_at timestamptz not null default now(),
    primary key (guild_id, message_id, user_id, emoji)
);
comment on table public.reaction_states is 'The last word about each reaction, by epoch and order of the relay. Member 0: all reactions of the message were cleared, or (with an emoji) all of that one.';
create index reaction_states_time on public.reaction_states using brin (changed_at);

create table public.message_tombstones (
    guild_id bigint not null,
    message_id bigint not null,
    deleted_at timestamptz not null default now(),
    primary key (guild_id, message_id)
);
comment on table public.message_tombstones is 'Deletions that overtook their message, for a day: if it still comes, it counts nothing.';

-- Records what a batch of relay events is worth. `events` is an array of
--   {"kind": "message" | "reaction", "guild_id", "channel_id", "parent_id", "user_id", "message_id", "emoji", "name", "at",
--    "order", "epoch"}
--   {"kind": "reaction_removed", "guild_id", "channel_id", "user_id", "message_id", "emoji", "order", "epoch"}
--   {"kind": "reactions_cleared", "guild_id", "channel_id", "message_id", "emoji" (or all of them), "order", "epoch"}
--   {"kind": "message_deleted", "guild_id", "message_id"}
-- with ids as text and `at` in milliseconds since 1970; `default_points` is {"message": 1, "reaction": 0.5, "cap": 10}.
-- Answers how many things were new. The same events again, in any order and in other batches, change nothing.
--
-- Not recorded: what members who opted out of scoring do; what happens in excluded channels, support channels and
-- channels of tickets, and in their threads. A deleted message takes back its author's points, not those of who reacted.
create or replace function public.ingest_activity(events jsonb, default_points jsonb) returns integer
language plpgsql
set search_path = ''
-- A batch touches some hundred rows, each found by its key, however large the tables are; a plan made while they were
-- small must not outlive that.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
    kinds text[];
    -- Rows about things that are there now and were not; about things that are there no more; corrections.
    fresh bigint[] := '{}';
    gone bigint[] := '{}';
    corrections bigint[] := '{}';
    found_rows bigint[];
begin
    -- One batch at a time for each guild, so that what a batch reads stays true while it writes.
    perform pg_advisory_xact_lock(hashtextextended('ingest_activity', g.guild_id))
    from (
        select distinct e.guild_id from jsonb_to_recordset(events) as e(guild_id bigint) order by e.guild_id
    ) as g;
    select coalesce(array_agg(distinct e.kind), '{}') into kinds from jsonb_to_recordset(events) as e(kind text);

    insert into public.relay_epochs (guild_id, epoch)
    select distinct e.guild_id, coalesce(e.epoch, '')
    from jsonb_to_recordset(events) as e(guild_id bigint, epoch text)
    where not exists (
        select from public.relay_epochs as r where r.guild_id = e.guild_id and r.epoch = coalesce(e.epoch, '')
    )
    order by 1, 2
    on conflict do nothing;

    if 'message' = any (kinds) then
        with new_rows as (
            insert into public.activity_logs (
                guild_id, channel_id, user_id, kind, message_id, points_value, worth, counted, occurred_at
            )
            select e.guild_id, e.channel_id, e.user_id, 'message', e.message_id, w.points, w.points, w.points, to_timestamp(e.at / 1000.0)
            from jsonb_to_recordset(events) as e(
                kind text, guild_id bigint, channel_id bigint, parent_id bigint, user_id bigint, message_id bigint, at bigint
            )
            cross join lateral (
                select public.scored_points(e.guild_id, 'message', e.channel_id, e.parent_id, e.user_id, default_points) as points
            ) as w
            where e.kind = 'message' and w.points is not null
                and not exists (
                    select from public.message_tombstones as t where t.guild_id = e.guild_id and t.message_id = e.message_id
                )
            on conflict (guild_id, message_id, user_id, kind, emoji, revision) do nothing
            returning activity_id
        )
        select coalesce(array_agg(n.activity_id), '{}') into fresh from new_rows as n;
    end if;

    if 'message_deleted' = any (kinds) then
        with taken as (
            update public.activity_logs as a set live = false
            from jsonb_to_recordset(events) as e(kind text, guild_id bigint, message_id bigint)
            where e.kind = 'message_deleted' and a.guild_id = e.guild_id and a.message_id = e.message_id
                and a.kind = 'message' and a.live
            returning a.activity_id
        )
        select coalesce(array_agg(t.activity_id), '{}') into gone from taken as t;
        insert into public.message_tombstones (guild_id, message_id)
        select distinct e.guild_id, e.message_id
        from jsonb_to_recordset(events) as e(kind text, guild_id bigint, message_id bigint)
        where e.kind = 'message_deleted' and not exists (
            select from public.activity_logs as a
            where a.guild_id = e.guild_id and a.message_id = e.message_id and a.kind = 'message'
        )
        on conflict do nothing;
    end if;

    if kinds && array['reaction', 'reaction_removed', 'reactions_cleared'] then
        perform public.note_reactions(events, default_points);
        -- What was counted and is not there any more, or was taken away and given again meanwhile.
        select coalesce(array_agg(f.activity_id), '{}') into found_rows
        from (
            select distinct e.guild_id, e.message_id
            from jsonb_to_recordset(events) as e(kind text, guild_id bigint, message_id bigint)
            where e.kind in ('reaction', 'reaction_removed', 'reactions_cleared')
        ) as e
        cross join lateral (
            select a.activity_id
            from public.reaction_states as r
            join public.activity_logs as a
                on a.guild_id = r.guild_id and a.message_id = r.message_id and a.user_id = r.user_id
                    and a.kind = 'reaction' and a.emoji = r.emoji
            where r.guild_id = e.guild_id and r.message_id = e.message_id and a.live
                and (not r.present or a.occurred_at <> r.reacted_at)
            offset 0
        ) as f;
        update public.activity_logs as a set live = false where a.activity_id = any (found_rows);
        gone := gone || found_rows;
        with new_rows as (
            insert into public.activity_logs (
                guild_id, channel_id, user_id, kind, message_id, emoji, points_value, worth, counted, occurred_at, revision
            )
            select
                r.guild_id, r.channel_id, r.user_id, 'reaction', r.message_id, r.emoji, w.points, w.points, w.points,
                r.reacted_at, coalesce(max(a.revision) + 1, 0)
            from (
                select distinct e.guild_id, e.message_id, e.user_id, e.emoji
                from jsonb_to_recordset(events) as e(
                    kind text, guild_id bigint, message_id bigint, user_id bigint, emoji text
                )
                where e.kind = 'reaction'
            ) as e
            join public.reaction_states as r using (guild_id, message_id, user_id, emoji)
            left join public.activity_logs as a
                on a.guild_id = r.guild_id and a.message_id = r.message_id and a.user_id = r.user_id
                    and a.kind = 'reaction' and a.emoji = r.emoji
            cross join lateral (
                select public.scored_points(r.guild_id, 'reaction', r.channel_id, null, r.user_id, default_points) as points
            ) as w
            where r.present and w.points is not null
            group by r.guild_id, r.message_id, r.user_id, r.emoji, w.points
            having not coalesce(bool_or(a.live), false)
            returning activity_id
        )
        select coalesce(array_agg(n.activity_id), '{}') into found_rows from new_rows as n;
        fresh := fresh || found_rows;
    end if;

    if cardinality(fresh || gone) > 0 then
        -- The first things of each member's minute count, as many as the cap allows; what is gone counts nothing.
        with minutes as (
            select m.*, coalesce((s.value #>> '{}')::numeric, (default_points ->> 'cap')::numeric, 10) as cap
            from (
                select distinct a.guild_id, a.user_id, date_trunc('minute', a.occurred_at, 'UTC') as minute
                from public.activity_logs as a
                where a.activity_id = any (fresh || gone)
            ) as m
            left join public.guild_settings as s on s.guild_id = m.guild_id and s.key = 'engagement.cap_per_minute'
        ),
        placed as (
            select
                a.activity_id, a.worth, a.counted, m.cap,
                row_number() over (
                    partition by a.guild_id, a.user_id, m.minute order by a.occurred_at, a.message_id, a.kind, a.emoji
                ) as place
            from minutes as m
            cross join lateral (
                select l.*
                from public.activity_logs as l
                where l.guild_id = m.guild_id and l.user_id = m.user_id and l.live
                    and l.occurred_at >= m.minute and l.occurred_at < m.minute + interval '1 minute'
                offset 0
            ) as a
        ),
        changed as (
            select p.activity_id, p.counted, w.points, p.activity_id = any (fresh) as in_place
            from placed as p
            cross join lateral (select case when p.cap = 0 or p.place <= p.cap then p.worth else 0 end as points) as w
            where w.points <> p.counted
            union all
            select a.activity_id, a.counted, 0, false from public.activity_logs as a where a.activity_id = any (gone)
        ),
        counted_now as (
            update public.activity_logs as a
            set counted = c.points, points_value = case when c.in_place then c.points else a.points_value end
            from changed as c
            where a.activity_id = c.activity_id
        ),
        corrected as (
            insert into public.activity_logs (
                guild_id, channel_id, user_id, kind, message_id, emoji, points_value, occurred_at, revision, live
            )
            select
                a.guild_id, a.channel_id, a.user_id, a.kind, a.message_id, a.emoji, c.points - c.counted, a.occurred_at,
                (
                    select max(o.revision) + 1 from public.activity_logs as o
                    where o.guild_id = a.guild_id and o.message_id = a.message_id and o.user_id = a.user_id
                        and o.kind = a.kind and o.emoji = a.emoji
                ),
                false
            from changed as c
            join public.activity_logs as a using (activity_id)
            where not c.in_place
            returning activity_id
        )
        select coalesce(array_agg(c.activity_id), '{}') into corrections from corrected as c;

        insert into public.activity_hourly as h (guild_id, user_id, channel_id, hour, messages, reactions, points)
        select
            a.guild_id, a.user_id, a.channel_id, date_trunc('hour', a.occurred_at, 'UTC'),
            coalesce(sum(n.things) filter (where a.kind = 'message'), 0),
            coalesce(sum(n.things) filter (where a.kind = 'reaction'), 0),
            sum(n.points)
        from public.activity_logs as a
        cross join lateral (
            select
                (a.activity_id = any (fresh))::integer - (a.activity_id = any (gone))::integer as things,
                case when a.activity_id = any (fresh || corrections) then a.points_value else 0 end as points
        ) as n
        where a.activity_id = any (fresh || gone || corrections)
        group by 1, 2, 3, 4
        order by 1, 2, 4, 3
        on conflict (guild_id, user_id, hour, channel_id) do update set
            messages = h.messages + excluded.messages,
            reactions = h.reactions + excluded.reactions,
            points = h.points + excluded.points;
        if cardinality(gone) > 0 then
            -- An hour in which nothing is left is an hour without activity.
            delete from public.activity_hourly as h
            using public.activity_logs as a
            where a.activity_id = any (gone)
                and h.guild_id = a.guild_id and h.user_id = a.user_id and h.channel_id = a.channel_id
                and h.hour = date_trunc('hour', a.occurred_at, 'UTC')
                and h.messages = 0 and h.reactions = 0 and h.points = 0;
        end if;
    end if;

    -- A reaction carries no name: the newest message of the batch gives it, and a name once known is kept.
    insert into public.discord_users as u (guild_id, user_id, display_name, last_active_at)
    select
        e.guild_id, e.user_id,
        coalesce((array_agg(left(e.name, 100) order by e.at desc) filter (where e.name <> ''))[1], e.user_id::text),
        to_timestamp(max(e.at) / 1000.0)
    from jsonb_to_recordset(events) as e(kind text, guild_id bigint, user_id bigint, name text, at bigint)
    where e.kind in ('message', 'reaction') and not exists (
        select from public.user_preferences as p
        where p.guild_id = e.guild_id and p.user_id = e.user_id and p.scoring_opt_out
    )
    group by e.guild_id, e.user_id
    order by e.guild_id, e.user_id
    on conflict (guild_id, user_id) do update set
        display_name = case
            when excluded.display_name = u.user_id::text then u.display_name
            when u.last_active_at > excluded.last_active_at and u.display_name <> u.user_id::text then u.display_name
            else excluded.display_name
        end,
        last_active_at = greatest(u.last_active_at, excluded.last_active_at),
        updated_at = now();

    return cardinality(fresh);
end
$$;
comment on function public.ingest_activity is 'Records the activity of a relay batch: atomic, idempotent, whatever the order; keeps activity_hourly.';

-- What a message or reaction there is worth before the cap; null if it is not to be recorded.
create function public.scored_points(
    guild_id bigint, kind text, channel_id bigint, parent_id bigint, user_id bigint, default_points jsonb
) returns numeric
language sql stable
set search_path = ''
as $$
    select coalesce(
        (
            select (s.value #>> '{}')::numeric from public.guild_settings as s
            where s.guild_id = scored_points.guild_id and s.key = 'engagement.' || scored_points.kind || '_points'
        ),
        (default_points ->> scored_points.kind)::numeric
    )
    where not exists (
            select from public.guild_settings as s
            where s.guild_id = scored_points.guild_id
                and s.key in ('engagement.excluded_channels', 'engagement.support_channels')
                and s.value ?| array[scored_points.channel_id::text, scored_points.parent_id::text]
        )
        and not exists (
            select from public.tickets as t
            where t.channel_id in (scored_points.channel_id, scored_points.parent_id) and t.guild_id = scored_points.guild_id
        )
        and not exists (
            select from public.user_preferences as p
            where p.guild_id = scored_points.guild_id and p.user_id = scored_points.user_id and p.scoring_opt_out
        )
$$;

-- Keeps the last word about each reaction of a batch (a part of ingest_activity).
create function public.note_reactions(events jsonb, default_points jsonb) returns void
language plpgsql
set search_path = ''
as $$
begin
    insert into public.reaction_states as r (
        guild_id, message_id, user_id, emoji, epoch_number, position, present, channel_id
    )
    select distinct on (e.guild_id, e.message_id, coalesce(e.emoji, ''))
        e.guild_id, e.message_id, 0, coalesce(e.emoji, ''), p.epoch_number, coalesce(e.order, 0), false, e.channel_id
    from jsonb_to_recordset(events) as e(
        kind text, guild_id bigint, channel_id bigint, message_id bigint, emoji text, "order" bigint, epoch text
    )
    join public.relay_epochs as p on p.guild_id = e.guild_id and p.epoch = coalesce(e.epoch, '')
    where e.kind = 'reactions_cleared'
    order by e.guild_id, e.message_id, coalesce(e.emoji, ''), p.epoch_number desc, e.order desc
    on conflict (guild_id, message_id, user_id, emoji) do update set
        epoch_number = excluded.epoch_number, position = excluded.position, changed_at = now()
    where (excluded.epoch_number, excluded.position) > (r.epoch_number, r.position);

    insert into public.reaction_states as r (
        guild_id, message_id, user_id, emoji, epoch_number, position, present, channel_id, reacted_at
    )
    select distinct on (e.guild_id, e.message_id, e.user_id, e.emoji)
        e.guild_id, e.message_id, e.user_id, e.emoji, p.epoch_number, coalesce(e.order, 0), e.kind = 'reaction', e.channel_id,
        to_timestamp(e.at / 1000.0)
    from jsonb_to_recordset(events) as e(
        kind text, guild_id bigint, channel_id bigint, parent_id bigint, user_id bigint, message_id bigint, emoji text,
        at bigint, "order" bigint, epoch text
    )
    join public.relay_epochs as p on p.guild_id = e.guild_id and p.epoch = coalesce(e.epoch, '')
    where case e.kind
        when 'reaction' then
            public.scored_points(e.guild_id, 'reaction', e.channel_id, e.parent_id, e.user_id, default_points) is not null
        when 'reaction_removed' then
            -- Of a member who opted out only what is known already is changed.
            not exists (
                select from public.user_preferences as o
                where o.guild_id = e.guild_id and o.user_id = e.user_id and o.scoring_opt_out
            )
            or exists (
                select from public.reaction_states as k
                where k.guild_id = e.guild_id and k.message_id = e.message_id and k.user_id = e.user_id and k.emoji = e.emoji
            )
        else false
    end
    order by e.guild_id, e.message_id, e.user_id, e.emoji, p.epoch_number desc, e.order desc
    on conflict (guild_id, message_id, user_id, emoji) do update set
        epoch_number = excluded.epoch_number, position = excluded.position, present = excluded.present,
        channel_id = excluded.channel_id, reacted_at = excluded.reacted_at, changed_at = now()
    where (excluded.epoch_number, excluded.position) > (r.epoch_number, r.position);

    -- What was given before all were cleared went with them.
    update public.reaction_states as r set present = false, changed_at = now()
    from (
        select distinct e.guild_id, e.message_id
        from jsonb_to_recordset(events) as e(kind text, guild_id bigint, message_id bigint)
        where e.kind in ('reaction', 'reactions_cleared')
    ) as e
    cross join lateral (
        select distinct k.user_id, k.emoji
        from public.reaction_states as c
        join public.reaction_states as k on k.guild_id = c.guild_id and k.message_id = c.message_id
        where c.guild_id = e.guild_id and c.message_id = e.message_id and c.user_id = 0
            and k.present and c.emoji in ('', k.emoji)
            and (c.epoch_number, c.position) > (k.epoch_number, k.position)
    ) as k
    where r.guild_id = e.guild_id and r.message_id = e.message_id and r.user_id = k.user_id and r.emoji = k.emoji;
end
$$;

-- A member's score, summed at query time: {"points": 3.5, "messages": 3, "reactions": 1, "opted_out": false}; zeros for a
-- stranger and for who opted out.
create or replace function public.member_score(guild_id bigint, user_id bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    with preference as (
        select exists (
            select from public.user_preferences as p
            where p.guild_id = member_score.guild_id and p.user_id = member_score.user_id and p.scoring_opt_out
        ) as opted_out
    )
    select jsonb_build_object(
        'points', coalesce(sum(h.points), 0),
        'messages', coalesce(sum(h.messages), 0),
        'reactions', coalesce(sum(h.reactions), 0),
        'opted_out', (select p.opted_out from preference as p)
    )
    from public.activity_hourly as h
    where h.guild_id = member_score.guild_id and h.user_id = member_score.user_id
        and not (select p.opted_out from preference as p)
$$;
comment on function public.member_score is 'Score = messages x their points + reactions x their points, as stored at the time; of the rollup, so that it outlives raw rows.';

-- Retention: raw rows older than their guild keeps them, `max_rows` of each table at most; and tombstones of more than a
-- day. Answers how many rows went. Rollups stay.
create function public.prune_activity(at timestamptz, keep_days integer, max_rows integer) returns bigint
language plpgsql
set search_path = ''
as $$
declare
    shortest numeric;
    activities bigint;
    states bigint;
begin
    select least(keep_days, min((s.value #>> '{}')::numeric)) into shortest
    from public.guild_settings as s where s.key = 'engagement.keep_raw_days';
    with gone as (
        delete from public.activity_logs as d
        where d.activity_id in (
            select a.activity_id
            from public.activity_logs as a
            left join public.guild_settings as s on s.guild_id = a.guild_id and s.key = 'engagement.keep_raw_days'
            where a.occurred_at < prune_activity.at - shortest * interval '1 day'
                and a.occurred_at
                    < prune_activity.at - coalesce((s.value #>> '{}')::numeric, keep_days) * interval '1 day'
            limit max_rows
        )
        returning 1
    )
    select count(*) into activities from gone;
    with gone as (
        delete from public.reaction_states as d
        where (d.guild_id, d.message_id, d.user_id, d.emoji) in (
            select r.guild_id, r.message_id, r.user_id, r.emoji
            from public.reaction_states as r
            left join public.guild_settings as s on s.guild_id = r.guild_id and s.key = 'engagement.keep_raw_days'
            where r.changed_at < prune_activity.at - shortest * interval '1 day'
                and r.changed_at
                    < prune_activity.at - coalesce((s.value #>> '{}')::numeric, keep_days) * interval '1 day'
            limit max_rows
        )
        returning 1
    )
    select count(*) into states from gone;
    delete from public.message_tombstones as t where t.deleted_at < prune_activity.at - interval '1 day';
    return activities + states;
end
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'relay_epochs', 'reaction_states', 'message_tombstones'
    ] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from anon, authenticated', name);
        execute format('grant all on public.%I to service_role', name);
    end loop;
    foreach name in array array[
        'scored_points(bigint, text, bigint, bigint, bigint, jsonb)',
        'note_reactions(jsonb, jsonb)',
        'prune_activity(timestamptz, integer, integer)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
