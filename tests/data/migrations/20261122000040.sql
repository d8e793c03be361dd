insert into public.place_names (guild_id, place_id, name, noted_at) values (1, 1, 'A server', now()), (1, 3, 'general', now());
