select public.ticket_categories_of(1);
select public.ticket_categories_of(2);
select public.open_ticket(2, 101, (select c.category_id from public.ticket_categories as c where c.guild_id = 2), 'k1', 'Help', '[]', '[]', 9, now());
select public.open_ticket(2, 101, (select c.category_id from public.ticket_categories as c where c.guild_id = 2), 'k1', 'Help', '[]', '[]', 9, now());
select public.change_ticket(2, (public.open_ticket(2, 101, 0, 'k1', '', '[]', '[]', 9, now()) #>> '{ticket,ticket_id}')::bigint, 'placed', 101, '{"channel_id": "77", "place": "channel"}', now());
select public.record_ticket_messages(
    '[{"kind": "created", "guild_id": "2", "channel_id": "77", "message_id": "78", "sent_at": 1, "author_id": "101", "author_name": "M", "content": "Hello"},
      {"kind": "created", "guild_id": "2", "channel_id": "77", "message_id": "79", "sent_at": 2, "author_id": "102", "author_name": "S", "content": "Hi"}]',
    now()
);
select public.find_ticket(2, channel_id => 77);
