select public.note_bots(1, '["900", "901"]');
select public.note_bots(1, '["900"]');
select public.note_access(1, 2, 101, 'history', now());
select public.export_person('[{"table": "access_log", "column": "subject_id", "hide": ["what"]}]', 1, 101, 0, '', 10, 1000);
select public.finish_erasure(1, now()), public.finished_erasure(1), public.privacy_status('["1"]', 101, now());
select public.prune_privacy(now() - interval '30 days', now() - interval '90 days', now() - interval '365 days');
select public.running_campaigns(1, 'spr', now(), 25);
do $$
begin
    perform public.ingest_activity(
        '[{"kind": "reaction", "guild_id": "1", "channel_id": "11", "user_id": "101", "message_id": "700", "emoji": "x", "at": 0,
            "order": 9, "epoch": "e", "author_id": "900"},
          {"kind": "reaction", "guild_id": "1", "channel_id": "11", "user_id": "101", "message_id": "701", "emoji": "x", "at": 0,
            "order": 10, "epoch": "e", "author_id": "902", "author_bot": true}]',
        '{"message": 1, "reaction": 0.5, "cap": 10}'
    );
    assert not exists (select from public.activity_logs as a where a.message_id in (700, 701));
    assert exists (select from public.guild_bots as b where b.bot_id = 902);
end
$$;
