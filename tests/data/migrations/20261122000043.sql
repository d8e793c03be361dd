select public.admin_log(1), public.admin_dead_letters(1), public.set_pause(1, 2, 'bulk', 'x', now()), public.current_pause(now());
