do $$
begin
    -- What note_member_trouble noted before.
    assert (select p.problem = 'switch on the Server Members Intent' from public.setting_problems as p where p.key = 'members.listing');
    assert not exists (select from public.service_health as h where h.service = 'members');
end
$$;
select public.note_problem(1, 'members.listing', now(), 'switch on the Server Members Intent');
select public.problem_counts();
select public.note_problem(1, 'members.listing', now());
