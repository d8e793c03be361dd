select public.list_open_tickets(2, 101, '[]', 1, 10);
select public.list_open_tickets(2, 102, '["5"]', 7, 10, default_role_id => 5);
select public.ticket_former_staff(1);
select public.forget_in_ticket_events(2, 101);
