-- The guild "Lighthouse", for the dashboard alone: a community with a past, made up from fixed random numbers. It is not in the
-- local Discord. Ids as in src/seed.rs; run once, on a database that does not have it yet. Times count back from now.
select setseed(0.42);

create temporary table folk on commit drop as
select
    n, 1200000000400000000 + n as user_id,
    (array['Ada', 'Ben', 'Cleo', 'Dario', 'Edda', 'Finn', 'Greta', 'Hugo', 'Iris', 'Jonas', 'Kaya', 'Liam', 'Mira', 'Nilo',
        'Olga', 'Pavel', 'Quinn', 'Rosa', 'Sami', 'Tess', 'Uma', 'Vito', 'Wanda', 'Xaver', 'Yara', 'Zeno'])[1 + (n * 7) % 26]
        || ' ' || chr(65 + (n * 11) % 26) || '.' as display_name,
    date_trunc('second', now() - case
        when n <= 90 then make_interval(days => 60 + n * 2) when n <= 118 then make_interval(days => 31 + n - 90)
        else make_interval(days => 2 + (n - 118)) end - make_interval(mins => (n * 37) % 600)) as joined_at,
    -- How likely they are there on a day.
    case when n in (119, 121, 124) then 0.9 when n % 9 = 0 then 0.75 when n % 4 = 0 then 0.4 when n > 118 and n % 3 = 0 then 0
        else 0.12 end as rate,
    -- Some go quiet: a week ago, or long before.
    case when n in (9, 27, 12, 20) then 7 when n % 13 = 0 then 20 else 0 end as silent_days,
    case when n % 17 = 0 then date_trunc('second', now() - make_interval(days => 3 + n % 40)) end as left_at
from generate_series(1, 144) as n;

insert into public.discord_users (guild_id, user_id, display_name, guild_join_date, left_at, last_active_at)
select 1200000000008388608, user_id, display_name, joined_at, left_at, now() from folk
union all select 1200000000008388608, u.id, u.name, now() - interval '200 days', null, now()
from (values (1200000000300000003, 'Manager'), (1200000000300000004, 'Responder'), (1200000000300000002, 'Admin'),
    (1200000000300000005, 'Helper')) as u(id, name);
insert into public.member_events (guild_id, user_id, kind, occurred_at)
select 1200000000008388608, user_id, 'join', joined_at from folk
union all select 1200000000008388608, user_id, 'leave', left_at from folk where left_at is not null;

insert into public.place_names (guild_id, place_id, name, noted_at)
select 1200000000008388608, p.id, p.name, now()
from (values (1200000000008388608, 'Lighthouse'), (1200000000500000001, 'general'), (1200000000500000002, 'photos'),
    (1200000000500000003, 'cooking'), (1200000000500000004, 'music'), (1200000000500000005, 'book-club'),
    (1200000000500000006, 'keepers')) as p(id, name)
union all select 1200000000000000000, 1200000000000000000, 'Harbour', now()
union all select 1200000000004194304, 1200000000004194304, 'Fresh Start', now()
-- What the bot has noted by itself stands.
on conflict do nothing;

insert into public.activity_hourly (guild_id, user_id, channel_id, hour, messages, reactions, points)
select 1200000000008388608, s.user_id, 1200000000500000000 + s.place, s.hour, s.m, s.r, s.m + s.r * 0.5
from (
    select distinct on (f.user_id, h.hour)
        f.user_id, h.hour, h.place, 1 + floor(random() * 5 * h.weight)::integer as m, floor(random() * 4)::integer as r
    from folk as f
    cross join generate_series(0, 89) as d
    cross join lateral (
        select
            date_trunc('hour', now(), 'UTC') - make_interval(days => d, hours => case
                when random() < 0.7 then floor(random() * 6)::integer else floor(random() * 24)::integer end) as hour,
            1 + floor(power(random(), 2) * case when f.n % 9 = 0 then 6 else 5 end)::integer as place,
            case when d between 14 and 20 then 2.2 when d between 0 and 3 then 1.6 else 1 end as weight
        from generate_series(1, 1 + floor(random() * 3)::integer)
    ) as h
    where random() < f.rate * case when d between 14 and 20 then 1.4 else 1 end and d >= f.silent_days
        and h.hour > f.joined_at and (f.left_at is null or h.hour < f.left_at)
) as s;

insert into public.campaigns (guild_id, name, starts_at, ends_at, created_by) values
    (1200000000008388608, 'Photo week', now() - interval '20 days', now() - interval '14 days', 1200000000300000003),
    (1200000000008388608, 'Book month', now() - interval '3 days', null, 1200000000300000003);

insert into public.user_preferences (guild_id, user_id, presence_opt_in)
select 1200000000008388608, user_id, true from folk where n % 4 = 0;
insert into public.presence_sessions (guild_id, user_id, status, started_at, last_seen_at, ended_at, duration_seconds)
select 1200000000008388608, s.user_id, 'online', s.a, s.a + s.length, s.a + s.length, extract(epoch from s.length)::integer
from (
    select
        f.user_id, now() - make_interval(days => d, hours => 2 + floor(random() * 7)::integer) as a,
        make_interval(mins => 10 + floor(random() * 110)::integer) as length
    from folk as f, generate_series(0, 27) as d
    where f.n % 4 = 0 and random() < 0.6
) as s;

insert into public.guild_settings (guild_id, key, value) values
    (1200000000008388608, 'members.presence', 'true'),
    (1200000000008388608, 'members.welcome_channel', '"1200000000500000001"'),
    (1200000000008388608, 'tickets.staff_role', '"1200000000600000001"'),
    (1200000000008388608, 'tickets.first_response_targets', '"low 24h, medium 8h, high 2h, critical 30m"'),
    (1200000000008388608, 'tickets.resolution_targets', '"low 7d, medium 3d, high 1d, critical 12h"')
on conflict do nothing;
insert into public.setting_problems (guild_id, key, problem, noticed_at) values
    (1200000000008388608, 'members.welcome_channel', 'I may not write in <#1200000000500000001>.', now() - interval '2 hours');

insert into public.ticket_categories (guild_id, name, position) values
    (1200000000008388608, 'Questions', 1), (1200000000008388608, 'Reports', 2), (1200000000008388608, 'Ideas', 3);
insert into public.tickets (
    guild_id, ticket_number, opener_id, subject, status, created_at, resolved_at, category_id, priority, claimed_by,
    first_response_at, closed_by, close_reason, archived_at
)
select
    1200000000008388608, t.n, 1200000000400000000 + 1 + (t.n * 5) % 140,
    (array['How do I change my name colour?', 'Somebody keeps posting spoilers', 'Could we have a chess night?',
        'My role is gone', 'The welcome message has a typo', 'I cannot see the photos channel'])[1 + t.n % 6],
    case when t.n > 43 then 'OPEN' when t.n > 40 then 'IN_PROGRESS' else 'RESOLVED' end,
    t.at, case when t.n <= 40 then t.at + make_interval(hours => 6 + (t.n * 11) % 60) end,
    (select c.category_id from public.ticket_categories as c
        where c.guild_id = 1200000000008388608 and c.position = 1 + t.n % 3),
    (array['MEDIUM', 'LOW', 'MEDIUM', 'HIGH', 'MEDIUM', 'CRITICAL'])[1 + t.n % 6],
    case when t.n <= 43 then 1200000000300000003 + 2 * (t.n % 2) end,
    case when t.n <= 43 then t.at + make_interval(mins => 8 + (t.n * 53) % 300) end,
    case when t.n <= 40 then 1200000000300000003 + 2 * (t.n % 2) end, case when t.n <= 40 then 'Answered' end,
    case when t.n <= 40 then t.at + make_interval(hours => 7 + (t.n * 11) % 60) end
from (select n, now() - make_interval(hours => (47 - n) * 26) as at from generate_series(1, 46) as n) as t;
insert into public.ticket_counters (guild_id, last_number) values (1200000000008388608, 46) on conflict do nothing;
insert into public.ticket_events (guild_id, ticket_id, kind, from_status, to_status, actor_id, at)
select t.guild_id, t.ticket_id, e.kind, e.was, e.is_now, e.actor, e.at
from public.tickets as t
cross join lateral (values
    ('opened', null, 'OPEN', t.opener_id, t.created_at, true),
    ('claimed', 'OPEN', 'IN_PROGRESS', t.claimed_by, t.first_response_at, t.claimed_by is not null),
    ('answered', 'IN_PROGRESS', 'IN_PROGRESS', t.claimed_by, t.first_response_at, t.claimed_by is not null),
    ('closed', 'IN_PROGRESS', 'RESOLVED', t.closed_by, t.resolved_at, t.closed_by is not null)
) as e(kind, was, is_now, actor, at, happened)
where t.guild_id = 1200000000008388608 and e.happened
order by t.ticket_id, e.at;
insert into public.ticket_feedback (ticket_id, guild_id, user_id, rating, comment, at)
select t.ticket_id, t.guild_id, t.opener_id, 3 + (t.ticket_number * 7) % 3, '', t.resolved_at
from public.tickets as t where t.guild_id = 1200000000008388608 and t.status = 'RESOLVED' and t.ticket_number % 2 = 0;
insert into public.ticket_messages (guild_id, ticket_id, message_id, author_id, author_name, content, sent_at, edited_at, deleted_at)
select
    t.guild_id, t.ticket_id, 1200000000700000000 + t.ticket_number * 10 + m.n,
    case when m.of_staff then coalesce(t.claimed_by, 1200000000300000005) else t.opener_id end,
    case when m.of_staff then 'Helper' else coalesce(f.display_name, 'Member') end,
    m.words, t.created_at + make_interval(mins => m.n * 9), case when m.n = 3 then t.created_at + interval '30 minutes' end,
    case when m.n = 4 then t.created_at + interval '40 minutes' end
from public.tickets as t
left join folk as f on f.user_id = t.opener_id
cross join (values
    (1, false, 'Hello! ' || 'It says I have no right to do that.'), (2, true, 'Thank you for writing. Which channel is it?'),
    (3, false, E'The one for photos.\nHere is what I see: <b>"no access"</b>'), (4, false, ''),
    (5, true, 'It should work now. Please try again.')
) as m(n, of_staff, words)
where t.guild_id = 1200000000008388608 and (m.n < 2 or t.claimed_by is not null);

insert into public.crisis_alerts (
    guild_id, channel_id, message_id, member_id, severity, detector, score, written_at, found_at, status, mode, last_at,
    alert_channel_id, alert_message_id, posted_at, pinged_at, acknowledged_by, acknowledged_at, taken_by, taken_at,
    first_human_at, resolved_by, resolved_at
)
select
    1200000000008388608, 1200000000500000001 + a.n % 3, 1200000000800000000 + a.n, 1200000000400000000 + 1 + (a.n * 3) % 50,
    a.severity, (array['nlp', 'screen', 'both', 'nlp', 'nlp'])[1 + a.n % 5], 0.8, a.at, a.at + interval '1 second',
    case when a.n > 56 then 'OPEN' when a.n > 54 then 'TAKEN' when a.n % 6 = 0 then 'FALSE_ALARM' else 'RESOLVED' end, 'live',
    a.at, 1200000000500000006, 1200000000900000000 + a.n, a.at + interval '2 seconds',
    case when a.severity <> 'MEDIUM' then a.at + interval '2 seconds' end,
    case when a.n <= 56 then 1200000000300000004 end, case when a.n <= 56 then a.at + make_interval(mins => 1 + a.n % 9) end,
    case when a.n <= 56 and a.n % 6 <> 0 then 1200000000300000004 end,
    case when a.n <= 56 and a.n % 6 <> 0 then a.at + make_interval(mins => 2 + a.n % 9) end,
    case when a.n <= 56 and a.n % 6 <> 0 then a.at + make_interval(mins => 4 + a.n % 12) end,
    case when a.n <= 54 then 1200000000300000004 end, case when a.n <= 54 then a.at + make_interval(mins => 30 + a.n * 3) end
from (
    select
        n, (array['MEDIUM', 'HIGH', 'MEDIUM', 'MEDIUM', 'CRITICAL', 'HIGH', 'MEDIUM'])[1 + n % 7] as severity,
        now() - make_interval(mins => 11 + (58 - n) * 640 + (n * 97) % 300) as at
    from generate_series(1, 58) as n
) as a;
update public.crisis_alerts set episode_id = alert_id where guild_id = 1200000000008388608;
insert into public.crisis_feedback (guild_id, alert_id, verdict, detector, severity, score, reason, actor_id, created_at)
select a.guild_id, a.alert_id, 'false_alarm', a.detector, a.severity, a.score, 'joke', 1200000000300000004, a.resolved_at
from public.crisis_alerts as a where a.guild_id = 1200000000008388608 and a.status = 'FALSE_ALARM';
insert into public.crisis_alert_events (guild_id, alert_id, kind, detail, occurred_at)
select a.guild_id, a.alert_id, 'posted', jsonb_build_object('pinged', a.pinged_at is not null, 'severity', a.severity), a.posted_at
from public.crisis_alerts as a where a.guild_id = 1200000000008388608;
insert into public.crisis_duty (guild_id, user_id, available_until, wants_alerts) values
    (1200000000008388608, 1200000000300000004, now() + interval '5 hours', true),
    (1200000000008388608, 1200000000300000002, null, true);
insert into public.crisis_outages (guild_id, service, started_at, ended_at) values
    (1200000000008388608, 'nlp', now() - interval '9 days', now() - interval '9 days' + interval '42 minutes'),
    (1200000000008388608, 'nlp', now() - interval '2 days', now() - interval '2 days' + interval '6 minutes');
insert into public.ash_sessions (
    guild_id, member_id, alert_id, severity, opened_by, place, channel_id, status, opened_at, offered_at, started_at, last_member_at, closed_at,
    end_reason, closing_said_at, summed_up_at, message_count, reply_count, input_tokens, output_tokens
)
select
    a.guild_id, a.member_id, a.alert_id, a.severity,
    case a.severity when 'CRITICAL' then 'critical' else (array['team', 'member', 'chain', 'follow_up'])[1 + a.message_id % 4] end, 'thread',
    1200000000000900000 + a.alert_id, 'CLOSED',
    a.found_at, a.found_at, a.found_at + interval '1 minute', a.found_at + interval '6 minutes', a.found_at + interval '11 minutes',
    (array['idle', 'handed_off', 'goodbye', 'limit', 'idle'])[1 + a.message_id % 5], a.found_at + interval '11 minutes',
    a.found_at + interval '12 minutes', 6, 5, 4200, 380
from public.crisis_alerts as a where a.guild_id = 1200000000008388608 and a.severity <> 'MEDIUM';
insert into public.ash_session_events (guild_id, session_id, kind, occurred_at)
select s.guild_id, s.session_id, k.kind, s.started_at
from public.ash_sessions as s cross join (values ('ask_human'), ('hand_off')) as k(kind)
where s.guild_id = 1200000000008388608 and s.end_reason = 'handed_off';
insert into public.admin_actions (guild_id, actor_id, what, detail, at) values
    (1200000000008388608, 1200000000300000002, 'crisis.stage', '{"stage": "live"}', now() - interval '20 days'),
    (1200000000008388608, 1200000000300000002, 'flush_cache', '{}', now() - interval '4 days');
insert into public.dead_letters (event_id, guild_id, kind, reason, relay, created_at, last_died_at, attempts)
select
    '0/1:1200000000008388608:' || n || ':bulk', 1200000000008388608, (array['message_created', 'reaction_added', 'member_joined'])[n],
    (array['malformed: no author', 'the database refused it (22003)', 'malformed: a moment before 1970'])[n], 'north', now() - make_interval(days => n),
    now() - make_interval(days => n), n
from generate_series(1, 3) as n;
insert into public.ai_audit_logs (
    guild_id, actor_id, purpose, provider, model, prompt_version, input_tokens, output_tokens, cost_usd, duration_ms, outcome, request_id, created_at
)
select
    1200000000008388608, case when c.purpose = 'audit' then 1200000000300000003 end, c.purpose, c.provider, c.model, '1',
    case when c.fails then null else 900 + n * 7 end, case when c.fails then null else 60 + n end,
    case when c.fails then null else 0.0007 * (3 + n % 9) end, 600 + n * 23, case when c.fails then 'timeout' else 'answered' end,
    '1200000000008388608-' || n,
    -- All of them in this month, on its first day as well.
    greatest(now() - make_interval(mins => n * 131), date_trunc('month', now(), 'UTC'))
from (
    select
        n, n % 17 = 0 as fails, p.purpose, case when p.purpose = 'companion' then 'claude' else 'gemini' end as provider,
        case when p.purpose = 'companion' then 'claude-haiku-5-5' else 'gemini-3.5-flash-lite' end as model
    from generate_series(1, 90) as n
    cross join lateral (select (array['companion', 'audit', 'ticket_triage', 'ticket_summary', 'companion'])[1 + n % 5] as purpose) as p
) as c;
insert into public.referrals (guild_id, day, kind, count)
select 1200000000008388608, current_date - n, (array['talk', 'direct', 'resources'])[1 + n % 3], 1 + n % 4 from generate_series(1, 70) as n;
