-- Rows as a live system has them after this migration.
insert into public.discord_users (guild_id, user_id, display_name) values (1, 2, 'Member');
insert into public.activity_logs (guild_id, channel_id, user_id, kind, message_id, points_value, occurred_at)
values (1, 3, 2, 'message', 4, 1, '2026-01-01T00:00:00Z');
insert into public.campaigns (guild_id, name, starts_at, created_by) values (1, 'Spring', '2026-03-01T00:00:00Z', 2);
insert into public.tickets (guild_id, ticket_number, opener_id, subject) values (1, 1, 2, 'Help');
insert into public.ai_audit_logs (guild_id, purpose, provider, model, prompt_version, duration_ms, outcome, request_id)
values (1, 'audit', 'gemini', 'some-model', '1', 900, 'answered', 'r1');
insert into public.guild_settings (guild_id, key, value) values (1, 'engagement.message_points', '2');
insert into public.staff (guild_id, user_id, role) values (1, 2, 'admin');
insert into public.jobs (kind, key, due_at) values ('a.b', '1', '2026-01-01T00:00:00Z');
insert into public.service_health (service, status, checked_at) values ('relay', 'up', '2026-01-01T00:00:00Z');
insert into public.dead_letters (event_id, kind, reason, relay) values ('e1', 'message_created', 'malformed', 'relay');
