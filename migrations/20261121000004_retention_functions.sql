-- Retention: one function a table, called by that feature's job.

-- Forgets the notes about events that could not be applied. Answers how many.
create function public.prune_dead_letters(before timestamptz) returns bigint
language sql
set search_path = ''
as $$
    with gone as (
        delete from public.dead_letters as d where d.created_at < prune_dead_letters.before returning 1
    )
    select count(*) from gone
$$;
revoke execute on function public.prune_dead_letters(timestamptz) from public, anon, authenticated;
grant execute on function public.prune_dead_letters(timestamptz) to service_role;
