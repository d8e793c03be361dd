select public.record_crisis_alert(
    '{"guild_id": "1", "channel_id": "5", "message_id": "50", "member_id": "9", "severity": "HIGH", "detector": "nlp", "factors": [], "written_at": "2026-11-22T10:00:00Z", "mode": "live"}',
    300, '2026-11-22T10:00:00Z'
);
