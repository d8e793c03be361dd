-- What engagement is counted in (the hourly rollup), and what is known of members: joining, leaving, being there.

set lock_timeout = '5s';

create table public.activity_hourly (
    guild_id bigint not null,
    user_id bigint not null,
    channel_id bigint not null,
    hour timestamptz not null check (hour = date_trunc('hour', hour, 'UTC')),
    messages integer not null default 0,
    reactions integer not null default 0,
    points numeric(12, 2) not null default 0,
    primary key (guild_id, user_id, hour, channel_id)
);
comment on table public.activity_hourly is 'Sums of activity_logs by guild, member, channel and hour (UTC), written in the same transaction. All numbers are made of it; raw rows may be pruned, these stay.';
comment on column public.activity_hourly.messages is 'Messages that count, less those taken back.';
create index activity_hourly_time on public.activity_hourly (guild_id, hour) include (user_id, messages, reactions, points);

create table public.member_events (
    member_event_id bigint generated always as identity primary key,
    guild_id bigint not null,
    user_id bigint not null,
    kind text not null check (kind in ('join', 'leave')),
    occurred_at timestamptz not null,
    unique (guild_id, user_id, kind, occurred_at)
);
comment on table public.member_events is 'Who joined or left a guild, and when.';
create index member_events_time on public.member_events (guild_id, occurred_at);

create table public.presence_sessions (
    presence_session_id bigint generated always as identity primary key,
    guild_id bigint not null,
    user_id bigint not null,
    status text not null check (status in ('online', 'idle', 'dnd')),
    started_at timestamptz not null,
    last_seen_at timestamptz not null,
    ended_at timestamptz,
    duration_seconds integer check (duration_seconds >= 0),
    check (ended_at is null or ended_at >= started_at)
);
comment on table public.presence_sessions is 'When a member who agreed to it was online. Off unless guild and member both switched it on.';
create unique index presence_sessions_open on public.presence_sessions (guild_id, user_id) where ended_at is null;
create index presence_sessions_time on public.presence_sessions (guild_id, started_at);

alter table public.user_preferences
    add column scoring_opt_out boolean not null default false,
    add column presence_opt_in boolean not null default false,
    add column welcome_dm_opt_in boolean not null default false;

-- What was recorded before the rollup existed.
insert into public.activity_hourly (guild_id, user_id, channel_id, hour, messages, reactions, points)
select
    a.guild_id, a.user_id, a.channel_id, date_trunc('hour', a.occurred_at, 'UTC'),
    count(*) filter (where a.kind = 'message'), count(*) filter (where a.kind = 'reaction'), sum(a.points_value)
from public.activity_logs as a
group by 1, 2, 3, 4;

do $$
declare
    name text;
begin
    foreach name in array array['activity_hourly', 'member_events', 'presence_sessions'] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from anon, authenticated', name);
        execute format('grant all on public.%I to service_role', name);
    end loop;
end
$$;
