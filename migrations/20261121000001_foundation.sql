-- The tables everything rests on: members, activity, settings, staff, durable timers, health.
-- Every table has guild_id (0 = not of one guild) and row level security; nobody but the Worker's secret key passes it yet.

set lock_timeout = '5s';

create table public.discord_users (
    guild_id bigint not null,
    user_id bigint not null,
    display_name text not null check (length(display_name) between 1 and 100),
    guild_join_date timestamptz,
    left_at timestamptz,
    last_active_at timestamptz,
    updated_at timestamptz not null default now(),
    primary key (guild_id, user_id)
);
comment on table public.discord_users is 'A person as a member of one guild.';

create table public.activity_logs (
    activity_id bigint generated always as identity primary key,
    guild_id bigint not null,
    channel_id bigint not null,
    user_id bigint not null,
    kind text not null check (kind in ('message', 'reaction')),
    message_id bigint not null,
    emoji text not null default '',
    points_value numeric(8, 2) not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now()
);
comment on table public.activity_logs is 'One row for each thing that earned points. Never any text.';
comment on column public.activity_logs.emoji is 'Which reaction; empty for a message.';
comment on column public.activity_logs.points_value is 'What it was worth by the guild''s weights at that moment.';
-- The natural key: the same event delivered again changes nothing.
create unique index activity_logs_natural_key on public.activity_logs (guild_id, message_id, user_id, kind, emoji);
create index activity_logs_member on public.activity_logs (guild_id, user_id) include (kind, points_value);
create index activity_logs_time on public.activity_logs using brin (occurred_at);

create table public.campaigns (
    campaign_id bigint generated always as identity primary key,
    guild_id bigint not null,
    name text not null check (length(name) between 1 and 100),
    starts_at timestamptz not null,
    ends_at timestamptz,
    created_by bigint not null,
    created_at timestamptz not null default now(),
    check (ends_at is null or ends_at > starts_at)
);
comment on table public.campaigns is 'A span of time whose effect on engagement a manager wants to see.';
create index campaigns_guild on public.campaigns (guild_id, starts_at);

create table public.tickets (
    ticket_id bigint generated always as identity primary key,
    guild_id bigint not null,
    ticket_number integer not null check (ticket_number > 0),
    opener_id bigint not null,
    channel_id bigint,
    subject text not null check (length(subject) <= 200),
    status text not null default 'OPEN' check (status in ('OPEN', 'IN_PROGRESS', 'RESOLVED', 'FAILED')),
    created_at timestamptz not null default now(),
    resolved_at timestamptz,
    unique (guild_id, ticket_number)
);
comment on table public.tickets is 'A conversation between one member and the staff.';
create index tickets_open on public.tickets (guild_id, opener_id) where status in ('OPEN', 'IN_PROGRESS');

create table public.ai_audit_logs (
    audit_id bigint generated always as identity primary key,
    guild_id bigint not null,
    actor_id bigint,
    purpose text not null,
    provider text not null,
    model text not null,
    prompt_version text not null,
    input_tokens integer,
    output_tokens integer,
    thinking_tokens integer,
    cached_tokens integer,
    cost_usd numeric(12, 6),
    duration_ms integer not null,
    outcome text not null,
    request_id text not null unique,
    created_at timestamptz not null default now()
);
comment on table public.ai_audit_logs is 'One row for each call of an AI service: what it cost, never what was said.';
create index ai_audit_logs_month on public.ai_audit_logs (guild_id, created_at);

create table public.guild_settings (
    guild_id bigint not null,
    key text not null check (key ~ '^[a-z_]+\.[a-z_]+$'),
    value jsonb not null,
    updated_by bigint,
    updated_at timestamptz not null default now(),
    primary key (guild_id, key)
);
comment on table public.guild_settings is 'What a guild chose in /setup; a missing row means the default that the feature declares.';

create table public.staff (
    guild_id bigint not null,
    user_id bigint not null,
    role text not null check (role in ('manager', 'crt', 'admin')),
    auth_user_id uuid,
    added_by bigint,
    added_at timestamptz not null default now(),
    primary key (guild_id, user_id, role)
);
comment on table public.staff is 'Who may see what of a guild: manager (numbers), crt (care), admin (all).';
create index staff_auth_user on public.staff (auth_user_id);

create table public.jobs (
    job_id bigint generated always as identity primary key,
    guild_id bigint not null default 0,
    kind text not null,
    key text not null,
    due_at timestamptz not null,
    attempts integer not null default 0,
    lease_until timestamptz,
    payload jsonb not null default '{}',
    last_error text,
    created_at timestamptz not null default now(),
    unique (kind, key)
);
comment on table public.jobs is 'Everything owed later. The payload holds ids, never a member''s text.';
create index jobs_due on public.jobs (due_at);

create table public.service_health (
    guild_id bigint not null default 0,
    service text not null,
    instance text not null default '',
    status text not null check (status in ('up', 'degraded', 'down')),
    latency_ms integer,
    detail jsonb not null default '{}',
    checked_at timestamptz not null,
    primary key (guild_id, service, instance)
);
comment on table public.service_health is 'The last word of each service about itself, or of the Worker about it.';

create table public.dead_letters (
    event_id text primary key,
    guild_id bigint not null default 0,
    kind text not null,
    reason text not null,
    relay text not null,
    created_at timestamptz not null default now()
);
comment on table public.dead_letters is 'Events the Worker can never apply, without their content.';
create index dead_letters_time on public.dead_letters (created_at);

do $$
declare
    name text;
begin
    foreach name in array array[
        'discord_users', 'activity_logs', 'campaigns', 'tickets', 'ai_audit_logs', 'guild_settings', 'staff', 'jobs',
        'service_health', 'dead_letters'
    ] loop
        execute format('alter table public.%I enable row level security', name);
        execute format('revoke all on public.%I from anon, authenticated', name);
        execute format('grant all on public.%I to service_role', name);
    end loop;
    -- The migrator's own list stands in the same schema and would be open to everyone.
    if to_regclass('public._sqlx_migrations') is not null then
        alter table public._sqlx_migrations enable row level security;
        revoke all on public._sqlx_migrations from anon, authenticated;
    end if;
end
$$;
