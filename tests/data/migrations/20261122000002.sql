insert into public.activity_hourly (guild_id, user_id, channel_id, hour, messages, reactions, points)
values (1, 100, 11, '2026-11-20 10:00:00+00', 3, 1, 3.5) on conflict do nothing;
insert into public.member_events (guild_id, user_id, kind, occurred_at) values (1, 100, 'join', '2026-11-01 10:00:00+00');
insert into public.presence_sessions (guild_id, user_id, status, started_at, last_seen_at)
values (1, 100, 'online', '2026-11-20 10:00:00+00', '2026-11-20 10:05:00+00');
