insert into public.crisis_notices (service, began_at) values ('nlp', now());
