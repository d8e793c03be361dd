select public.ingest_activity(
    '[{"kind": "message", "guild_id": "1", "channel_id": "11", "user_id": "100", "message_id": "500", "name": "Robin", "at": 0, "order": 1, "epoch": "e"},
      {"kind": "reaction", "guild_id": "1", "channel_id": "11", "user_id": "101", "message_id": "500", "emoji": "x", "at": 0, "order": 2, "epoch": "e"},
      {"kind": "reaction_removed", "guild_id": "1", "channel_id": "11", "user_id": "101", "message_id": "500", "emoji": "x", "order": 3, "epoch": "e"},
      {"kind": "reactions_cleared", "guild_id": "1", "channel_id": "11", "message_id": "500", "order": 4, "epoch": "e"},
      {"kind": "message_deleted", "guild_id": "1", "message_id": "501"}]',
    '{"message": 1, "reaction": 0.5, "cap": 10}'
);
select public.prune_activity('2026-11-16 10:00:00+00', 40000, 100);
