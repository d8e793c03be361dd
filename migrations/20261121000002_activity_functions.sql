-- Recording activity and summing it: each one round trip, each atomic.

-- Records what a batch of relay events is worth. `events` is an array of
--   {"kind": "message" | "reaction", "guild_id", "channel_id", "user_id", "message_id", "emoji", "name", "at"}
-- with ids as text and `at` in milliseconds since 1970; `default_points` is {"message": 1, "reaction": 0.5}.
-- Answers how many rows were new. The same events again change nothing.
create function public.ingest_activity(events jsonb, default_points jsonb) returns integer
language plpgsql
set search_path = ''
as $$
declare
    recorded integer;
begin
    with activity as (
        select
            e.kind, e.guild_id, e.channel_id, e.user_id, e.message_id, coalesce(e.emoji, '') as emoji,
            to_timestamp(e.at / 1000.0) as occurred_at
        from jsonb_to_recordset(events) as e(
            kind text, guild_id bigint, channel_id bigint, user_id bigint, message_id bigint, emoji text, at bigint
        )
    ),
    inserted as (
        insert into public.activity_logs (guild_id, channel_id, user_id, kind, message_id, emoji, points_value, occurred_at)
        select
            a.guild_id, a.channel_id, a.user_id, a.kind, a.message_id, a.emoji,
            coalesce((s.value #>> '{}')::numeric, (default_points ->> a.kind)::numeric),
            a.occurred_at
        from activity as a
        left join public.guild_settings as s
            on s.guild_id = a.guild_id and s.key = 'engagement.' || a.kind || '_points'
        -- In one order everywhere, so that two batches with the same rows cannot deadlock.
        order by a.guild_id, a.message_id, a.user_id, a.kind, a.emoji
        on conflict (guild_id, message_id, user_id, kind, emoji) do nothing
        returning 1
    )
    select count(*) into recorded from inserted;

    -- A reaction carries no name: the newest message of the batch gives it, and a name once known is kept.
    insert into public.discord_users as u (guild_id, user_id, display_name, last_active_at)
    select
        e.guild_id, e.user_id,
        coalesce((array_agg(left(e.name, 100) order by e.at desc) filter (where e.name <> ''))[1], e.user_id::text),
        to_timestamp(max(e.at) / 1000.0)
    from jsonb_to_recordset(events) as e(guild_id bigint, user_id bigint, name text, at bigint)
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

    return recorded;
end
$$;
comment on function public.ingest_activity is 'Records the activity of a relay batch, idempotent on its natural key.';

-- A member's score, summed at query time: {"points": 3.5, "messages": 3, "reactions": 1}; zeros for a stranger.
create function public.member_score(guild_id bigint, user_id bigint) returns jsonb
language sql stable
set search_path = ''
as $$
    select jsonb_build_object(
        'points', coalesce(sum(a.points_value), 0),
        'messages', count(*) filter (where a.kind = 'message'),
        'reactions', count(*) filter (where a.kind = 'reaction')
    )
    from public.activity_logs as a
    where a.guild_id = member_score.guild_id and a.user_id = member_score.user_id
$$;
comment on function public.member_score is 'Score = messages x their points + reactions x their points, as stored with each row.';

revoke execute on function public.ingest_activity(jsonb, jsonb) from public, anon, authenticated;
revoke execute on function public.member_score(bigint, bigint) from public, anon, authenticated;
grant execute on function public.ingest_activity(jsonb, jsonb) to service_role;
grant execute on function public.member_score(bigint, bigint) to service_role;
