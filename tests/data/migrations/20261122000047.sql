select public.pass_ash_turn(1, 5), public.pause_now(1);
