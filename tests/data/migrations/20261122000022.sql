select set_config('request.jwt.claims', '{"role": "service_role"}', false);
select * from public.ticket_overview(2);
select * from public.ticket_sla(2);
select * from public.ticket_staff(2);
select * from public.ticket_busy_times(2);
select * from public.ticket_list(2, search => 'help');
select * from public.ticket_transcript(2, '1');
select * from public.ticket_list(2, of_status => 'open', of_category => '1');
