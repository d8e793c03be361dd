insert into public.staff (guild_id, user_id, role) values (1, 2, 'manager') on conflict do nothing;
select public.choose_staff(1, 'crt', 'roles', '["7"]', 5, now()), public.choose_staff(1, 'crt', 'people', '["8"]', 5, now());
select public.hear_staff(
    '[{"guild_id": "1", "user_id": "2", "role_ids": ["7"]}, {"guild_id": "1", "user_id": "8"},
    {"guild_id": "1", "user_id": "9", "left": true}, {"guild_id": "1", "role_id": "6"}]', now()
);
select public.staff_to_check(8), public.owe_staff_compare(now()), public.staff_page(1);
