insert into public.ash_sessions (guild_id, member_id, alert_id, opened_by, opened_at)
select 1, 9, a.alert_id, 'critical', now() from public.crisis_alerts as a where a.message_id = 77;
insert into public.ash_turns (session_id, message_id, guild_id, severity, written_at)
select s.session_id, 78, 1, 'HIGH', now() from public.ash_sessions as s;
insert into public.ash_session_events (guild_id, session_id, kind, occurred_at)
select 1, s.session_id, 'opened', now() from public.ash_sessions as s;
