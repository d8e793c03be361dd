-- The functions meet the rows of before.
select public.ingest_activity(
    '[{"kind": "reaction", "guild_id": "1", "channel_id": "3", "user_id": "2", "message_id": "4", "emoji": "x", "at": 0}]',
    '{"message": 1, "reaction": 0.5}'
);
select public.member_score(1, 2);
