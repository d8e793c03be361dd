select public.record_crisis_alert(
    '{"guild_id": 1, "channel_id": 3, "message_id": 78, "member_id": 10, "severity": "HIGH", "detector": "screen", "written_at": "2026-11-22T10:00:00Z", "posting": true}',
    300, '2026-11-22T10:00:01Z'
);
select public.note_crisis_post(1, 78, 8, 9, true, '2026-11-22T10:00:02Z');
