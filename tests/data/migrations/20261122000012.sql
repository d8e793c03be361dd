-- Channels meet the rows of before.
select public.channel_breakdown(1, 'UTC', '2026-11-21');
