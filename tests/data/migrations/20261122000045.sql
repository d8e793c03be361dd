select public.claim_staff(), public.setup_state(1);
