-- The numbers meet the rows of before.
select set_config('request.jwt.claims', '{"role": "service_role"}', false);
select public.impact_pulse(1, 'day', 'Europe/Berlin', '2026-11-21');
select public.activity_heatmap(1, 'UTC', '2026-11-21');
select public.dau_wau_mau(1, 'UTC', '2026-11-21');
select public.daily_active_members(1, 'UTC', '2026-11-21');
