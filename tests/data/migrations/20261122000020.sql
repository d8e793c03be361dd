select public.record_ticket_writing(
    '[{"kind": "created", "guild_id": "2", "channel_id": "77", "message_id": "80", "sent_at": 3, "author_id": "101", "author_name": "M", "content": "", "attachments": [{"name": "a.png", "url": "https://cdn.example/a.png", "size": 1}]}]',
    now()
);
select public.ticket_transcript_page(t.ticket_id, 10) from public.tickets as t where t.channel_id = 77;
select public.tend_tickets(now(), 10, 'Silence', 'They left');
select public.note_ticket_losses('[{"kind": "channel_gone", "guild_id": "2", "channel_id": "77"}, {"kind": "member_left", "guild_id": "2", "user_id": "101", "at": 0}]', 'They left', now());
select public.note_ticket_post(t.ticket_id, t.resolved_at, 'log', 1, now(), 5, 6) from public.tickets as t where t.channel_id = 77;
select public.ticket_posts_of(t.ticket_id, t.resolved_at) from public.tickets as t where t.channel_id = 77;
select public.note_ticket_archived(t.ticket_id, t.resolved_at, now()) from public.tickets as t where t.channel_id = 77;
select public.owe_ticket_erasure(2, 102, now());
select public.owe_ticket_erasure(2, 101, now());
select public.forget_ticket_words(now() + interval '2 years', 10);
