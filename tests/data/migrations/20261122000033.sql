select public.note_crisis_low('[{"guild_id": "1", "hour": 494000, "messages": 3}]', now());
