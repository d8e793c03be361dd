select public.ingest_activity(
    '[{"kind": "message", "guild_id": "1", "channel_id": "11", "user_id": "100", "message_id": "500", "name": "Robin", "at": 0, "order": 1, "epoch": "e"},
      {"kind": "reaction", "guild_id": "1", "channel_id": "11", "user_id": "101", "message_id": "500", "emoji": "x", "at": 0, "order": 2, "epoch": "e"},
      {"kind": "reaction_removed", "guild_id": "1", "channel_id": "11", "user_id": "101", "message_id": "500", "emoji": "x", "order": 3, "epoch": "e"},
      {"kind": "reactions_cleared", "guild_id": "1", "channel_id": "11", "message_id": "500", "order": 4, "epoch": "e"},
      {"kind": "message_deleted", "guild_id": "1", "message_id": "501"}]',
    '{"message": 1, "reaction": 0.5, "cap": 10}'
);
insert into public.leaderboard_posts (guild_id, week, message_id, posted_at) values (1, '2026-11-16', 900, '2026-11-16 09:00:00+00');
insert into public.rising_star_roles (guild_id, user_id, role_id, given_at) values (1, 100, 77, '2026-11-16 09:00:00+00');
insert into public.setting_problems (guild_id, key, problem, noticed_at)
values (1, 'engagement.weekly_channel', 'Discord refused it', '2026-11-16 09:00:00+00');
select public.leaderboard(1, 100, 1, 10), public.weekly_leaderboard(1, '2026-11-23', 10);
select public.owe_weekly_leaderboards('2026-11-16 10:00:00+00'), public.owe_rising_stars('2026-11-16 10:00:00+00');
select public.rising_star_facts(1, '2026-11-16 10:00:00+00', '2026-10-16 10:00:00+00', 10, 0, 100);
select public.record_rising_stars(1, '["101"]', '["100"]', '2026-11-16 10:00:00+00', 77);
select public.prune_activity('2026-11-16 10:00:00+00', 40000, 100);
delete from public.jobs where kind like 'engagement.%';
