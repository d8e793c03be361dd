-- What wants no generated answer passes by without touching one that is under way; the staff of a guild see a pause.

set lock_timeout = '5s';

-- A message of the member needs no answer by the model. What came before it still does, and whoever writes one goes on writing.
create function public.pass_ash_turn(session_id bigint, message_id bigint) returns void
language sql
set search_path = ''
as $$
    update public.ash_sessions as s set
        reply_count = s.reply_count + 1,
        answered_message_id = case
            when s.answered_message_id < pass_ash_turn.message_id and s.writing_until is null and not exists (
                select from public.ash_turns as t
                where t.session_id = s.session_id and t.message_id > s.answered_message_id
                    and t.message_id < pass_ash_turn.message_id
            ) then pass_ash_turn.message_id
            else s.answered_message_id
        end
    where s.session_id = pass_ash_turn.session_id
$$;

create function public.pause_now(guild bigint)
returns table (level text, at timestamptz, until timestamptz, reason text)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
declare
    pause jsonb;
begin
    if not public.reads_setup(guild) then
        return;
    end if;
    pause := public.current_pause(now());
    return query select
        pause ->> 'level', (pause ->> 'at')::timestamptz, (pause ->> 'until')::timestamptz, pause ->> 'reason';
end
$$;
comment on function public.pause_now is 'Whether the bot is stopped (bulk) or crisis detection is off as well (all), since when, until when and why. Source: admin_actions.';

do $$
begin
    revoke execute on function public.pass_ash_turn(bigint, bigint) from public, anon, authenticated;
    grant execute on function public.pass_ash_turn(bigint, bigint) to service_role;
    -- It asks reads_setup itself.
    revoke execute on function public.pause_now(bigint) from public, anon;
    grant execute on function public.pause_now(bigint) to authenticated, service_role;
end
$$;
