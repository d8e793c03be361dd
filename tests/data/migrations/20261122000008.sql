-- The numbers meet the rows of before.
select public.member_growth(1, 'UTC', '2026-11-21');
select public.member_growth_totals(1, 'UTC', '2026-11-21');
select public.retention_cohorts(1, 'UTC', '2026-11-21');
select public.presence_stats(1, 'UTC', '2026-11-21');
select public.peak_hours(1, 'UTC', '2026-11-21');
select public.top_presence(1, 'UTC', '2026-11-21');
