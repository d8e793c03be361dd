-- The sums follow whatever is done to the hours.
insert into public.activity_hourly (guild_id, user_id, channel_id, hour, messages, reactions, points)
values (1, 101, 11, '2026-11-20 11:00:00+00', 2, 0, 2), (1, 101, 12, '2026-11-20 11:00:00+00', 1, 0, 1);
update public.activity_hourly set messages = 0, points = 0 where user_id = 101 and channel_id = 12;
delete from public.activity_hourly where user_id = 101;
do $$
begin
    if exists (select from public.activity_by_day where user_id = 101) then
        raise exception 'a sum outlived its rows';
    end if;
    if not exists (select from public.activity_by_day where guild_id = 1 and user_id = 100 and hundredths = 350) then
        raise exception 'rows of before were not summed';
    end if;
end
$$;
