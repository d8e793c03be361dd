select public.crisis_guilds_of(9, now());
select public.end_crisis_drill(a.alert_id, now()) from public.crisis_alerts as a where a.message_id = 77;
