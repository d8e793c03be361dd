insert into public.leaderboard_posts (guild_id, week, message_id, posted_at) values (1, '2026-11-16', 900, '2026-11-16 09:00:00+00');
insert into public.rising_star_roles (guild_id, user_id, role_id, given_at) values (1, 100, 77, '2026-11-16 09:00:00+00');
insert into public.setting_problems (guild_id, key, problem, noticed_at)
values (1, 'engagement.weekly_channel', 'Discord refused it', '2026-11-16 09:00:00+00');
select public.leaderboard(1, 100, 1, 10), public.weekly_leaderboard(1, '2026-11-23', 10);
select public.owe_weekly_leaderboards('2026-11-16 10:00:00+00'), public.owe_rising_stars('2026-11-16 10:00:00+00');
select public.rising_star_facts(1, '2026-11-16 10:00:00+00', '2026-10-16 10:00:00+00', 10, 0, 100);
select public.record_rising_stars(1, '["101"]', '["100"]', '2026-11-16 10:00:00+00', 77);
delete from public.jobs where kind like 'engagement.%';
