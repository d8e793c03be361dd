select public.save_ticket_category(2, '{"name": "Billing", "questions": [{"label": "Which one?", "long": false, "required": true}]}');
select public.save_ticket_category(2, '{"max_open": 3, "staff_role_id": "5", "parent_id": null}', c.category_id)
from public.ticket_categories as c where c.guild_id = 2 and c.name = 'Billing';
select public.move_ticket_category(2, c.category_id, -1) from public.ticket_categories as c where c.guild_id = 2 and c.name = 'Billing';
insert into public.guild_settings (guild_id, key, value) values (2, 'tickets.first_response_targets', '"medium 1m"') on conflict do nothing;
select public.ticket_alarms_due(now() + interval '1 hour', 10);
select public.note_ticket_alarm(2, t.ticket_id, 'first_response', now()) from public.tickets as t where t.guild_id = 2;
insert into public.ticket_panels values (1, 2, 3, 'x', now());
select public.owe_ticket_reconciling(now());
select public.tickets_to_reconcile(2, 0, 10, now());
select public.stray_ticket_channels(2, '[{"channel_id": "5", "ticket_id": "1"}]');
