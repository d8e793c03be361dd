insert into public.crisis_duty (guild_id, user_id, available_until, wants_alerts) values (1, 9, now(), true);
update public.crisis_alerts set posted_at = now(), status = 'RESOLVED' where message_id = 77;
update public.crisis_alerts set status = 'OPEN' where message_id = 77;
