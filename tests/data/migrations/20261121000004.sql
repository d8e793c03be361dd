select public.prune_dead_letters(now() - interval '30 days');
