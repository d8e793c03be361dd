-- Campaigns of before and new ones.
select public.add_campaign(1, 'Autumn', '2026-11-20', null, 'Pacific/Auckland', 2);
select public.end_campaign(1, 'autumn', '2026-11-21T00:00:00Z', 'UTC');
select public.campaign_lift(1, 'UTC', '2026-11-21');
