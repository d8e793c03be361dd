-- Durable timers: owed at a time, claimed under a lease, finished or put off only by the one that holds the lease.

-- Owes something at `due_at`. The same (kind, key) again keeps the earlier of the two times; owed by the very job while
-- it runs, the new time stands.
create function public.owe_job(guild_id bigint, kind text, key text, due_at timestamptz, payload jsonb) returns timestamptz
language sql
set search_path = ''
as $$
    insert into public.jobs as j (guild_id, kind, key, due_at, payload)
    values (owe_job.guild_id, owe_job.kind, owe_job.key, owe_job.due_at, owe_job.payload)
    on conflict (kind, key) do update set
        due_at = case when j.lease_until > now() then excluded.due_at else least(j.due_at, excluded.due_at) end,
        payload = excluded.payload,
        -- Owed again while it runs: whoever runs it may not finish it away, and the lease no longer holds it back.
        attempts = j.attempts + (j.lease_until is not null)::integer,
        lease_until = null
    returning j.due_at
$$;

-- Takes at most `max_jobs` due rows for `lease_seconds`. Two callers at once never get the same row.
create function public.claim_due_jobs(max_jobs integer, lease_seconds integer, at timestamptz) returns setof public.jobs
language sql
set search_path = ''
as $$
    with due as materialized (
        select d.job_id
        from public.jobs as d
        where d.due_at <= claim_due_jobs.at and (d.lease_until is null or d.lease_until <= claim_due_jobs.at)
        order by d.due_at
        limit max_jobs
        for update skip locked
    ),
    claimed as (
        update public.jobs as j
        set attempts = j.attempts + 1, lease_until = claim_due_jobs.at + make_interval(secs => lease_seconds)
        from due
        where j.job_id = due.job_id
        returning j.*
    )
    select * from claimed order by due_at, job_id
$$;

-- Removes a job whose lease is still ours (`attempts` as claimed). False: someone else has it now.
create function public.finish_job(job_id bigint, attempts integer) returns boolean
language sql
set search_path = ''
as $$
    with gone as (
        delete from public.jobs as j
        where j.job_id = finish_job.job_id and j.attempts = finish_job.attempts
        returning 1
    )
    select exists (select 1 from gone)
$$;

-- Puts a job off to `due_at` and gives the lease back; an empty reason means it went well and comes back by plan.
-- False: someone else has it now.
create function public.put_off_job(job_id bigint, attempts integer, due_at timestamptz, reason text) returns boolean
language sql
set search_path = ''
as $$
    with moved as (
        update public.jobs as j
        set
            due_at = put_off_job.due_at,
            lease_until = null,
            last_error = nullif(left(reason, 500), ''),
            attempts = case when reason = '' then 0 else j.attempts end
        where j.job_id = put_off_job.job_id and j.attempts = put_off_job.attempts
        returning 1
    )
    select exists (select 1 from moved)
$$;

-- When the next job is due; null if nothing is owed. A leased job counts from the end of its lease.
create function public.next_job_due() returns timestamptz
language sql stable
set search_path = ''
as $$
    select min(greatest(j.due_at, coalesce(j.lease_until, j.due_at))) from public.jobs as j
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'owe_job(bigint, text, text, timestamptz, jsonb)',
        'claim_due_jobs(integer, integer, timestamptz)',
        'finish_job(bigint, integer)',
        'put_off_job(bigint, integer, timestamptz, text)',
        'next_job_due()'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
end
$$;
