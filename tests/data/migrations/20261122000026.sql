insert into public.crisis_snoozes (guild_id, member_id, until, reason, actor_id, created_at)
values (1, 9, now() + interval '1 hour', 'in_contact', 5, now());
select public.change_crisis_alert(1, 77, 'acknowledge', 5, '{}', now());
select public.change_crisis_alert(1, 77, 'more_severe', 5, '{"to": "CRITICAL", "reason": "plan"}', now());
