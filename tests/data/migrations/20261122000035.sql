insert into public.session_notes (guild_id, session_id, author_id, sealed, created_at)
select 1, s.session_id, 5, 'x', now() from public.ash_sessions as s limit 1;
insert into public.ash_checkins (guild_id, member_id, kind, next_at, session_id, created_at)
select 1, 9, 'follow_up', now(), s.session_id, now() from public.ash_sessions as s limit 1;
select public.count_referral(1, 'talk', now());
