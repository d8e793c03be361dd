-- The numbers meet the rows of before.
select public.top_members(1, 'UTC', '2026-11-21');
select public.rising_stars(1, 'UTC', '2026-11-21');
select public.churn_risks(1, 'UTC', '2026-11-28');
select public.new_members_without_activity(1, 'UTC', '2026-11-21');
