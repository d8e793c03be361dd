insert into public.crisis_outages (guild_id, service, started_at, ended_at) values (1, 'nlp', now() - interval '1 hour', now());
insert into public.crisis_outages (guild_id, service, started_at) values (0, 'nlp', now());
insert into public.crisis_reports (guild_id, week, posted_at) values (1, '2026-11-16', now());
