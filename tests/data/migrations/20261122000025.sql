insert into public.crisis_alerts (guild_id, channel_id, message_id, member_id, severity, detector, written_at, found_at, last_at)
values (1, 3, 77, 9, 'HIGH', 'screen', now(), now(), now());
insert into public.crisis_alert_events (guild_id, alert_id, kind, occurred_at)
select 1, a.alert_id, 'posted', now() from public.crisis_alerts as a where a.message_id = 77;
insert into public.crisis_feedback (guild_id, alert_id, verdict, detector, severity, reason, created_at)
select 1, a.alert_id, 'false_alarm', 'screen', 'HIGH', 'joke', now() from public.crisis_alerts as a where a.message_id = 77;
insert into public.crisis_notes (guild_id, alert_id, author_id, sealed, created_at)
select 1, a.alert_id, 9, 'x', now() from public.crisis_alerts as a where a.message_id = 77;
