insert into public.admin_actions (guild_id, actor_id, what, detail, at) values (1, 9, 'crisis.stage', '{"from": "off", "to": "shadow"}', now());
insert into public.user_preferences (guild_id, user_id, monitoring_opt_in, ash_opt_out) values (1, 977, true, true);
select public.set_preferences('["1"]', 977, '{"monitoring_opt_out": true}', now());
select public.privacy_status('["1"]', 977, now()), public.crisis_shadow_found(1), public.relay_filter(now());
select public.owe_crisis_guards(now());
