select count(*) from public.claim_due_jobs(10, 60, now());
