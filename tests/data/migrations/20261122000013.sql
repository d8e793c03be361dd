-- Rows of before are in the new sums, and what is written from now on, too.
insert into public.activity_hourly (guild_id, user_id, channel_id, hour, messages, reactions, points)
values (1, 103, 13, '2026-11-20 11:00:00+00', 2, 1, 2.5);
do $$
begin
    if not exists (select from public.activity_by_block where guild_id = 1 and user_id = 100 and hundredths[32] = 350) then
        raise exception 'rows of before were not summed';
    end if;
    if not exists (select from public.activity_by_block
        where guild_id = 1 and user_id = 103 and messages[32] = 2 and reactions[32] = 1 and hundredths[32] = 250
    ) then
        raise exception 'a new row was not summed';
    end if;
    if (select sum(bit_count(c.members)) from public.activity_in_crowds as c where c.guild_id = 1)
        <> (select count(distinct (h.user_id, h.channel_id, (h.hour at time zone 'UTC')::date))
            from public.activity_hourly as h where h.guild_id = 1 and h.messages + h.reactions > 0)
    then
        raise exception 'a crowd is not who was there';
    end if;
end
$$;
