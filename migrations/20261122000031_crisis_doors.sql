-- Ways in for members: whose a direct message is, and drills that end by themselves.

set lock_timeout = '5s';

-- The guilds with crisis detection that `member` may share with the bot, the likeliest first: where they had an alert within 30
-- days, then where they are known as a member. At most ten; whether they are members Discord knows.
create function public.crisis_guilds_of(member bigint, at timestamptz) returns jsonb
language sql stable
set search_path = ''
as $$
    with found as (
        select
            s.guild_id,
            (
                select max(a.last_at) from public.crisis_alerts as a
                where a.guild_id = s.guild_id and a.member_id = crisis_guilds_of.member and a.mode <> 'drill'
                    and a.last_at > crisis_guilds_of.at - interval '30 days'
            ) as last_at,
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
        order by last_at desc nulls last, is_known desc, s.guild_id
        limit 10
    )
    select coalesce(jsonb_agg(jsonb_build_object(
        'guild_id', f.guild_id::text, 'opted_out', f.opted_out, 'recent', f.last_at is not null
    ) order by f.last_at desc nulls last, f.is_known desc, f.guild_id), '[]')
    from found as f
$$;

-- A drill that nobody resolved is over. Answers the alert, or null if it was over already.
create function public.end_crisis_drill(alert_id bigint, at timestamptz) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    this public.crisis_alerts;
begin
    update public.crisis_alerts as a set status = 'ENDED'
    where a.alert_id = end_crisis_drill.alert_id and a.mode = 'drill' and a.status in ('OPEN', 'ACKNOWLEDGED', 'TAKEN')
    returning * into this;
    if this.alert_id is null then
        return null;
    end if;
    insert into public.crisis_alert_events (guild_id, alert_id, kind, occurred_at)
    values (this.guild_id, this.alert_id, 'ended', end_crisis_drill.at);
    return public.crisis_alert_json(this);
end
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'crisis_guilds_of(bigint, timestamptz)',
        'end_crisis_drill(bigint, timestamptz)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
