-- One row about a person in every table that can hold one, and one in every table that belongs to a guild.
-- {guild}, {user} and {tag} (letters) are filled in; a table that is missing here fails tests/bot/privacy_tables.rs.
insert into public.discord_users (guild_id, user_id, display_name) values ({guild}, {user}, 'Somebody');
insert into public.activity_logs (guild_id, channel_id, user_id, kind, message_id, points_value, occurred_at)
values ({guild}, 3, {user}, 'message', {user}, 1, now());
insert into public.activity_hourly (guild_id, user_id, channel_id, hour, messages, points)
values ({guild}, {user}, 3, date_trunc('hour', now(), 'UTC'), 1, 1);
insert into public.campaigns (guild_id, name, starts_at, created_by) values ({guild}, 'Spring', now(), {user});
insert into public.tickets (guild_id, ticket_number, opener_id, subject, status)
values ({guild}, {user} % 1000 * 2 + 1, {user}, 'Help', 'RESOLVED'), ({guild}, {user} % 1000 * 2 + 2, 5, 'Another''s', 'RESOLVED');
insert into public.ticket_events (guild_id, ticket_id, kind, to_status, actor_id, at)
select t.guild_id, t.ticket_id, 'closed', 'RESOLVED', {user}, now() from public.tickets as t
where t.guild_id = {guild} and t.ticket_number in ({user} % 1000 * 2 + 1, {user} % 1000 * 2 + 2);
insert into public.ticket_messages (guild_id, ticket_id, message_id, author_id, content, sent_at)
select {guild}, t.ticket_id, {user} / 1000 * 1000 + t.ticket_id, {user}, 'words', now() from public.tickets as t
where t.guild_id = {guild} and t.ticket_number in ({user} % 1000 * 2 + 1, {user} % 1000 * 2 + 2);
update public.tickets set claimed_by = {user}, closed_by = {user}, close_requested_by = {user}
where guild_id = {guild} and ticket_number = {user} % 1000 * 2 + 2;
insert into public.ticket_categories (guild_id, name) values ({guild}, 'Category {tag}');
insert into public.ticket_counters (guild_id, last_number) values ({guild}, 9) on conflict do nothing;
insert into public.ticket_members (ticket_id, guild_id, user_id, added_by, added_at)
select t.ticket_id, {guild}, {user}, 5, now() from public.tickets as t where t.guild_id = {guild} and t.ticket_number = {user} % 1000 * 2 + 2;
insert into public.ticket_members (ticket_id, guild_id, user_id, added_by, added_at)
select t.ticket_id, {guild}, 6, {user}, now() from public.tickets as t where t.guild_id = {guild} and t.ticket_number = {user} % 1000 * 2 + 2;
insert into public.ticket_notes (guild_id, ticket_id, author_id, content, at)
select {guild}, t.ticket_id, {user}, 'a note', now() from public.tickets as t where t.guild_id = {guild} and t.ticket_number = {user} % 1000 * 2 + 2;
insert into public.ticket_tags (guild_id, name, content, created_by, updated_at) values ({guild}, 'tag-{tag}', 'x', {user}, now());
insert into public.ticket_blocks (guild_id, user_id, blocked_by, blocked_at) values ({guild}, {user}, 5, now()), ({guild}, {user} + 500, {user}, now());
insert into public.ticket_feedback (ticket_id, guild_id, user_id, rating, at)
select t.ticket_id, {guild}, {user}, 5, now() from public.tickets as t where t.guild_id = {guild} and t.ticket_number = {user} % 1000 * 2 + 2;
insert into public.ticket_posts (ticket_id, guild_id, closed_at, kind, part, channel_id, message_id)
select t.ticket_id, {guild}, now(), 'log', 1, 3, null from public.tickets as t where t.guild_id = {guild} and t.ticket_number = {user} % 1000 * 2 + 1;
insert into public.ai_audit_logs (guild_id, actor_id, purpose, provider, model, prompt_version, duration_ms, outcome, request_id)
values ({guild}, {user}, 'audit', 'gemini', 'm', '1', 9, 'answered', '{guild}-{user}');
insert into public.ai_prices (guild_id, provider, model, effective_from, input_usd, cached_usd, cache_write_usd, output_usd, source)
values ({guild}, 'x', '{tag}', now(), 1, 1, 1, 1, 'test');
insert into public.guild_settings (guild_id, key, value, updated_by) values ({guild}, 'test.{tag}', '1', {user});
insert into public.staff (guild_id, user_id, role, added_by, checked_at) values ({guild}, {user}, 'manager', {user}, now() + interval '1 year');
insert into public.staff_roles (guild_id, role_id, role, added_by, added_at) values ({guild}, {user}, 'crt', {user}, now());
insert into public.jobs (guild_id, kind, key, due_at) values ({guild}, 'test.kind', '{guild}-{user}', now() + interval '1 year');
insert into public.service_health (guild_id, service, instance, status, checked_at) values ({guild}, 'test', '{tag}', 'up', now());
insert into public.admin_actions (guild_id, actor_id, what, at) values ({guild}, {user}, 'crisis.stage', now());
insert into public.dead_letters (event_id, guild_id, kind, reason, relay) values ('{guild}-{user}', {guild}, 'x', 'y', 'z');
insert into public.relay_gaps (guild_id, event_id, relay, shard, shard_count, started_at, ended_at, reason)
values ({guild}, '{guild}-{user}', 'r', 0, 1, now(), now(), 'test');
insert into public.relay_requests (guild_id, kind, subject) values ({guild}, 'erase_message', '7');
insert into public.user_preferences (guild_id, user_id, presence_opt_in) values ({guild}, {user}, true);
insert into public.member_events (guild_id, user_id, kind, occurred_at) values ({guild}, {user}, 'join', now());
insert into public.presence_sessions (guild_id, user_id, status, started_at, last_seen_at) values ({guild}, {user}, 'online', now(), now());
insert into public.welcomes (guild_id, user_id, joined_at, created_at) values ({guild}, {user}, now(), now());
insert into public.access_log (guild_id, actor_id, subject_id, what) values ({guild}, {user}, {user}, 'history'), ({guild}, 5, {user}, 'history'),
    ({guild}, {user}, 5, 'history');
insert into public.privacy_requests (guild_id, subject_id, kind, requested_by, requested_at, due_at, done_at)
values ({guild}, {user}, 'delete', {user}, now(), now(), now());
insert into public.privacy_holds (guild_id, subject_id, placed_by, reason, placed_at, expires_at)
values ({guild}, {user}, {user}, 'the-secret-reason', now(), now() - interval '1 day');
insert into public.relay_epochs (guild_id, epoch) values ({guild}, '{user}');
insert into public.reaction_states (guild_id, message_id, user_id, emoji, epoch_number, position, present, channel_id)
values ({guild}, {user}, {user}, 'x', 1, 1, true, 3);
insert into public.message_tombstones (guild_id, message_id) values ({guild}, {user});
insert into public.leaderboard_posts (guild_id, week, posted_at) values ({guild}, date '2000-01-03' + ({user} % 10000)::integer * 7, now());
insert into public.rising_star_roles (guild_id, user_id, role_id, given_at) values ({guild}, {user}, 9, now());
insert into public.setting_problems (guild_id, key, problem, noticed_at) values ({guild}, 'test.{tag}', 'x', now());
insert into public.guild_bots (guild_id, bot_id) values ({guild}, {user} + 1);
insert into public.ticket_panels (message_id, guild_id, channel_id, shows, posted_at)
select coalesce(max(p.message_id), 0) + 1, {guild}, 1, 'x', now() from public.ticket_panels as p;
insert into public.ticket_alarms (ticket_id, guild_id, target, told_at)
select t.ticket_id, {guild}, 'resolution', now() from public.tickets as t where t.guild_id = {guild} and t.ticket_number = {user} % 1000 * 2 + 2;
insert into public.crisis_alerts (guild_id, channel_id, message_id, member_id, severity, detector, written_at, found_at, last_at, acknowledged_by, taken_by, resolved_by)
values ({guild}, 3, {user}, {user}, 'HIGH', 'screen', now(), now(), now(), {user}, {user}, {user});
insert into public.crisis_alert_events (guild_id, alert_id, kind, actor_id, occurred_at)
select a.guild_id, a.alert_id, 'acknowledged', {user}, now() from public.crisis_alerts as a where a.guild_id = {guild} and a.message_id = {user};
insert into public.crisis_feedback (guild_id, alert_id, verdict, detector, severity, reason, actor_id, created_at)
select a.guild_id, a.alert_id, 'false_alarm', 'screen', 'HIGH', 'joke', {user}, now() from public.crisis_alerts as a
where a.guild_id = {guild} and a.message_id = {user};
insert into public.crisis_notes (guild_id, alert_id, author_id, sealed, created_at)
select a.guild_id, a.alert_id, {user}, 'x', now() from public.crisis_alerts as a where a.guild_id = {guild} and a.message_id = {user};
insert into public.crisis_duty (guild_id, user_id, wants_alerts) values ({guild}, {user}, true);
insert into public.crisis_outages (guild_id, service, started_at) values ({guild}, '{user}', now());
insert into public.crisis_reports (guild_id, week, posted_at) values ({guild}, date '2000-01-03' + ({user} % 10000)::integer * 7, now());
insert into public.crisis_notices (guild_id, service, began_at, ended_at) values ({guild}, 'nlp', now(), now()) on conflict do nothing;
insert into public.crisis_snoozes (guild_id, member_id, until, reason, actor_id, created_at) values ({guild}, {user}, now() + interval '1 year', 'in_contact', {user}, now());
insert into public.ash_sessions (guild_id, member_id, actor_id, human_id, opened_by, opened_at, status)
values ({guild}, {user}, {user}, {user}, 'team', now(), 'CLOSED'), ({guild}, 5, {user}, {user}, 'team', now(), 'CLOSED');
insert into public.ash_turns (session_id, message_id, guild_id, severity, written_at)
select s.session_id, {user}, {guild}, 'HIGH', now() from public.ash_sessions as s where s.guild_id = {guild} and s.member_id = {user};
insert into public.ash_session_events (guild_id, session_id, kind, actor_id, occurred_at)
select {guild}, s.session_id, 'offer', {user}, now() from public.ash_sessions as s where s.guild_id = {guild} and s.member_id = {user};
insert into public.crisis_low_hourly (guild_id, hour, messages) values ({guild}, now(), 1) on conflict do nothing;
insert into public.session_notes (guild_id, session_id, author_id, sealed, created_at)
select {guild}, s.session_id, {user}, 'x', now() from public.ash_sessions as s where s.guild_id = {guild} and s.actor_id = {user};
insert into public.ash_checkins (guild_id, member_id, kind, next_at, created_at)
values ({guild}, {user}, 'follow_up', now() + interval '1 year', now());
insert into public.referrals (guild_id, day, kind, count) values ({guild}, current_date, 'talk', 1) on conflict do nothing;
insert into public.place_names (guild_id, place_id, name, noted_at) values ({guild}, {guild}, 'A server', now()) on conflict do nothing;
