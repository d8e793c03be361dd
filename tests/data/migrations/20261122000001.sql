-- Rows as a live system has them after this migration; the ticket and the dead letter are those of the first one.
update public.tickets set channel_id = 9 where guild_id = 1;
insert into public.guild_settings (guild_id, key, value) values (1, 'crisis.monitored_channels', '["3", "nonsense"]');
insert into public.user_preferences (guild_id, user_id, monitoring_opt_out) values (1, 2, true);
select public.record_relay_gap('g1', 'relay', 0, 1, 0, 1000, 'the session could not be resumed', now());
select public.erase_from_relays(1, 2);
select public.replay_dead_letter('e1');
select public.bury_events('[{"event_id": "e1", "guild_id": "1", "kind": "message_created", "reason": "again", "relay": "relay"}]', now());
select public.record_ticket_messages(
    '[{"kind": "created", "guild_id": "1", "channel_id": "9", "message_id": "10", "sent_at": 0, "author_id": "2", "author_name": "Member", "content": "Hello"}]',
    now()
);
select public.record_relay_status('relay', 'up', '{}', now());
select public.relay_filter(now());
select public.relay_channels(0, 1);
select public.relay_health();
select public.prune_relay_requests(now() - interval '30 days');
