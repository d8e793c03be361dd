-- What the old sums said, the new ones say.
delete from public.activity_hourly where user_id = 103;
do $$
begin
    if exists (select from public.activity_by_block where user_id = 103)
        or exists (select from public.activity_by_number where user_id = 103)
        or exists (select from public.activity_in_crowds where channel_id = 13)
    then
        raise exception 'a sum outlived its rows';
    end if;
    if (select s.points from public.member_sums(1, '2026-11-01', '2026-12-01') as s where s.user_id = 100) <> 3.5 then
        raise exception 'a member''s sum is wrong';
    end if;
end
$$;
