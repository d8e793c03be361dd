insert into public.ticket_categories (guild_id, name, questions) values (1, 'Support', '[{"label": "Order", "long": false, "required": true}]');
insert into public.ticket_members (ticket_id, guild_id, user_id, added_by, added_at) select t.ticket_id, 1, 7, 2, now() from public.tickets as t where t.guild_id = 1;
insert into public.ticket_notes (guild_id, ticket_id, author_id, content, at) select 1, t.ticket_id, 7, 'asked twice', now() from public.tickets as t where t.guild_id = 1;
insert into public.ticket_tags (guild_id, name, content, created_by, updated_at) values (1, 'hours', 'We are here on weekdays.', 7, now());
insert into public.ticket_blocks (guild_id, user_id, blocked_by, blocked_at) values (1, 8, 7, now());
insert into public.ticket_feedback (ticket_id, guild_id, user_id, rating, at) select t.ticket_id, 1, 2, 5, now() from public.tickets as t where t.guild_id = 1;
