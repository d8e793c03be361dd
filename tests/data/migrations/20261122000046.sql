select public.note_guild_names('{"1": "A server"}', now()), public.note_place_names(1, '{"2": "a-channel"}', now()), public.ticket_head(1, '1');
