select public.allow_ticket_ai(2, t.ticket_id, true) from public.tickets as t where t.guild_id = 2;
select public.triage_ticket(2, t.ticket_id, 'HIGH', 'Ask which device it is.', now()) from public.tickets as t where t.guild_id = 2;
