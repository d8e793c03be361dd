-- Numbers about tickets, and tickets and transcripts as the dashboard lists them. Common to all: a span of `days` goes back
-- from `until` by the clock of `zone`; a ticket that failed to open counts nowhere; a guild without tickets has no rows; who
-- may read a guild's numbers (reads_numbers) may call them.

set lock_timeout = '5s';

-- Nobody has filled this table yet: it is as new as the project.
-- squawk-ignore require-concurrent-index-creation
create index tickets_guild_closed on public.tickets (guild_id, resolved_at) where status = 'RESOLVED';

create function public.ticket_overview(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30
) returns table (
    part text, key text, label text, open bigint, in_progress bigint, opened bigint, opened_before bigint,
    closed bigint, closed_before bigint, first_response_minutes numeric, resolution_minutes numeric,
    rating numeric, ratings bigint
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
    span constant integer := least(greatest(ticket_overview.days, 1), 400);
    start constant timestamptz := public.days_before(until, zone, span);
    before constant timestamptz := public.days_before(until, zone, 2 * span);
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    with all_of_it as (
        select
            coalesce(t.category_id::text, '') as category, t.priority, t.status, t.created_at, t.resolved_at,
            t.created_at >= start as is_new, t.resolved_at >= start as is_closed,
            extract(epoch from t.first_response_at - t.created_at) / 60 as answered_after,
            extract(epoch from t.resolved_at - t.created_at) / 60 as closed_after,
            case when f.at >= start and f.at < until then f.rating end as stars
        from public.tickets as t
        left join public.ticket_feedback as f on f.ticket_id = t.ticket_id
        where t.guild_id = guild and t.status <> 'FAILED' and t.created_at < until
    ),
    sums as (
        select
            case when grouping(a.category) = 0 then 'category' when grouping(a.priority) = 0 then 'priority' else 'total' end
                as part,
            a.category, a.priority,
            count(*) filter (where a.status = 'OPEN') as n_open,
            count(*) filter (where a.status = 'IN_PROGRESS') as n_progress,
            count(*) filter (where a.is_new) as n_opened,
            count(*) filter (where not a.is_new and a.created_at >= before) as n_opened_before,
            count(*) filter (where a.is_closed and a.resolved_at < until) as n_closed,
            count(*) filter (where not a.is_closed and a.resolved_at >= before) as n_closed_before,
            percentile_cont(0.5) within group (order by a.answered_after) filter (where a.is_new) as answered,
            percentile_cont(0.5) within group (order by a.closed_after) filter (where a.is_closed and a.resolved_at < until)
                as resolved,
            avg(a.stars) as stars, count(a.stars) as n_stars
        from all_of_it as a
        group by grouping sets ((), (a.category), (a.priority))
    )
    select
        s.part, coalesce(nullif(s.category, ''), s.priority, ''),
        coalesce(c.name, case s.part when 'category' then '' else s.priority end, ''),
        s.n_open, s.n_progress, s.n_opened, s.n_opened_before, s.n_closed, s.n_closed_before,
        round(s.answered::numeric, 1), round(s.resolved::numeric, 1), round(s.stars, 2), s.n_stars
    from sums as s
    left join public.ticket_categories as c on c.category_id = nullif(s.category, '')::bigint
    where exists (select from all_of_it)
    order by array_position(array['total', 'category', 'priority'], s.part), c.position, c.category_id,
        array_position(array['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'], s.priority);
end
$$;
comment on function public.ticket_overview is 'One row `total`, one for each category (key is its id) and each priority. open and in_progress are of now; opened and closed in the last `days` days (30), the _before of as many days before those. first_response_minutes: median from opening to the first answer of staff, of the tickets opened in the span that have one. resolution_minutes: median from opening to the last closing, of the tickets closed in the span. rating: average of the feedback given in the span (1 to 5), ratings how many. Source: tickets, ticket_feedback.';

create function public.ticket_sla(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30
) returns table (target text, priority text, target_minutes numeric, met bigint, missed bigint, waiting bigint, met_share numeric)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
    start constant timestamptz := public.days_before(until, zone, least(greatest(ticket_sla.days, 1), 400));
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    with targets as (
        select k.target, p.priority, p.place, public.ticket_target(public.ticket_targets_of(guild, k.key), p.priority) as time
        from (values ('first_response', 'tickets.first_response_targets'), ('resolution', 'tickets.resolution_targets'))
            as k(target, key),
        unnest(array['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']) with ordinality as p(priority, place)
    ),
    judged as (
        select
            g.target, g.priority,
            case g.target when 'resolution' then t.resolved_at else t.first_response_at end as reached_at,
            t.created_at + g.time as due_at,
            -- Closed without an answer: nobody waits any more.
            case when t.status = 'RESOLVED' then t.resolved_at end as over_at
        from targets as g
        join public.tickets as t on t.guild_id = guild and t.priority = g.priority
        where t.status <> 'FAILED' and t.created_at >= start and t.created_at < until and g.time is not null
    ),
    counted as (
        select
            j.target, j.priority,
            count(*) filter (where j.reached_at <= j.due_at) as met,
            count(*) filter (
                where coalesce(j.reached_at > j.due_at, least(j.over_at, until) > j.due_at)
            ) as missed,
            count(*) filter (where j.reached_at is null and j.over_at is null and until <= j.due_at) as waiting
        from judged as j
        group by 1, 2
    )
    select
        g.target, g.priority, round(extract(epoch from g.time) / 60, 0), c.met, c.missed, c.waiting,
        round(100.0 * c.met / nullif(c.met + c.missed, 0), 1)
    from targets as g
    join counted as c on c.target = g.target and c.priority = g.priority
    order by g.target, g.place;
end
$$;
comment on function public.ticket_sla is 'How many of the tickets opened in the last `days` days (30) met the targets of the settings tickets.first_response_targets and tickets.resolution_targets, by their priority of now. missed: reached later, or not reached when the time was over. waiting: not reached, with time left. In none: closed in time without an answer. Working hours do not stop the clock. met_share = 100 x met / (met + missed). A priority without a target or without tickets has no row.';

create function public.ticket_staff(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 30,
    max_rows integer default 50, skip_rows integer default 0
) returns table (
    user_id text, display_name text, claimed bigint, closed bigint, answered_first bigint, first_response_minutes numeric,
    rating numeric, ratings bigint
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
    start constant timestamptz := public.days_before(until, zone, least(greatest(ticket_staff.days, 1), 400));
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    with done as (
        select
            case e.kind when 'transferred' then (e.detail ->> 'to')::bigint else e.actor_id end as staff, e.kind, t.opener_id,
            extract(epoch from e.at - t.created_at) / 60 as after
        from public.ticket_events as e
        join public.tickets as t on t.ticket_id = e.ticket_id
        where e.guild_id = guild and e.at >= start and e.at < until
            and e.kind in ('claimed', 'transferred', 'closed', 'answered')
    ),
    deeds as (
        select
            d.staff, count(*) filter (where d.kind in ('claimed', 'transferred')) as claimed,
            count(*) filter (where d.kind = 'closed') as closed, count(*) filter (where d.kind = 'answered') as answered,
            percentile_cont(0.5) within group (order by d.after) filter (where d.kind = 'answered') as after
        from done as d
        -- The bot itself is 0 or null.
        where d.staff > 0 and d.staff <> d.opener_id
        group by 1
    ),
    stars as (
        select t.claimed_by as staff, avg(f.rating) as rating, count(*) as ratings
        from public.ticket_feedback as f
        join public.tickets as t on t.ticket_id = f.ticket_id
        where f.guild_id = guild and f.at >= start and f.at < until and t.claimed_by is not null
        group by 1
    )
    select
        coalesce(d.staff, s.staff)::text, coalesce(u.display_name, ''), coalesce(d.claimed, 0), coalesce(d.closed, 0),
        coalesce(d.answered, 0), round(d.after::numeric, 1), round(s.rating, 2), coalesce(s.ratings, 0)
    from deeds as d
    full join stars as s on s.staff = d.staff
    left join public.discord_users as u on u.guild_id = guild and u.user_id = coalesce(d.staff, s.staff)
    order by coalesce(d.closed, 0) desc, coalesce(d.answered, 0) desc, coalesce(d.claimed, 0) desc, 1
    limit least(greatest(max_rows, 0), 1000) offset greatest(skip_rows, 0);
end
$$;
comment on function public.ticket_staff is 'What each of the staff did in the last `days` days (30): tickets claimed or taken over, closed, and answered as the first, with the median time from opening to that answer; rating: average of the feedback given in the span to tickets that they had claimed last. What somebody does about their own ticket is left out. Source: ticket_events, ticket_feedback.';

create function public.ticket_busy_times(
    guild bigint, zone text default 'UTC', until timestamptz default now(), days integer default 90
) returns table (weekday integer, hour integer, tickets bigint)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    select
        extract(isodow from t.created_at at time zone zone)::integer,
        extract(hour from t.created_at at time zone zone)::integer, count(*)
    from public.tickets as t
    where t.guild_id = guild and t.status <> 'FAILED' and t.created_at < until
        and t.created_at >= public.days_before(until, zone, least(greatest(ticket_busy_times.days, 1), 400))
    group by 1, 2
    order by 1, 2;
end
$$;
comment on function public.ticket_busy_times is 'How many tickets were opened in the last `days` days (90) by weekday (1 is Monday) and hour, by the clock of `zone`; only where there were any.';

create function public.ticket_list(
    guild bigint, of_status text default null, of_category text default null, search text default null,
    max_rows integer default 50, skip_rows integer default 0
) returns table (
    ticket_id text, ticket_number integer, status text, priority text, category_id text, category_name text, subject text,
    opener_id text, opener_name text, claimed_by text, claimed_by_name text, created_at timestamptz,
    first_response_at timestamptz, resolved_at timestamptz, close_reason text, rating integer, channel_id text, total bigint
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
    wanted constant text := lower(trim(coalesce(ticket_list.search, '')));
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    return query
    select
        t.ticket_id::text, t.ticket_number, t.status, t.priority, t.category_id::text, coalesce(c.name, ''), t.subject,
        t.opener_id::text, coalesce(o.display_name, ''), t.claimed_by::text, coalesce(s.display_name, ''), t.created_at,
        t.first_response_at, t.resolved_at, t.close_reason, f.rating,
        case when t.channel_gone_at is null then t.channel_id::text end, count(*) over ()
    from public.tickets as t
    left join public.ticket_categories as c on c.category_id = t.category_id
    left join public.discord_users as o on o.guild_id = t.guild_id and o.user_id = t.opener_id
    left join public.discord_users as s on s.guild_id = t.guild_id and s.user_id = t.claimed_by
    left join public.ticket_feedback as f on f.ticket_id = t.ticket_id
    where t.guild_id = guild
        and (coalesce(ticket_list.of_status, '') = '' or t.status = upper(ticket_list.of_status))
        and (coalesce(ticket_list.of_category, '') = '' or t.category_id::text = ticket_list.of_category)
        -- strpos knows no wildcards: what is searched for is meant as it is.
        and (
            wanted = '' or strpos(lower(t.subject), wanted) > 0 or t.ticket_number::text = ltrim(wanted, '#')
            or t.opener_id::text = wanted or strpos(lower(coalesce(o.display_name, '')), wanted) > 0
        )
    order by t.ticket_number desc
    limit least(greatest(max_rows, 0), 1000) offset greatest(skip_rows, 0);
end
$$;
comment on function public.ticket_list is 'Tickets, the newest first: of a status (OPEN, IN_PROGRESS, RESOLVED, FAILED), of a category (its id), with `search` in the subject or the opener''s name, or as the ticket''s number or the opener''s id; empty means any. total is how many there are without the limit.';

create function public.ticket_transcript(guild bigint, ticket text, max_rows integer default 200, skip_rows integer default 0)
returns table (
    message_id text, author_id text, author_name text, content text, sent_at timestamptz, edited_at timestamptz,
    deleted_at timestamptz, total bigint
)
language plpgsql security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
    opened public.tickets;
begin
    if not public.reads_numbers(guild) then
        return;
    end if;
    select t.* into opened from public.tickets as t where t.guild_id = guild and t.ticket_id::text = ticket_transcript.ticket;
    if not found then
        return;
    end if;
    -- Once in an hour, however many pages are turned; the Worker itself reads for nobody.
    insert into public.access_log (guild_id, actor_id, subject_id, what, at)
    select distinct guild, s.user_id, opened.opener_id, 'transcript of ticket #' || opened.ticket_number, now()
    from public.staff as s
    where s.guild_id = guild and s.auth_user_id = auth.uid() and s.role in ('manager', 'admin') and not exists (
        select from public.access_log as l
        where l.guild_id = guild and l.subject_id = opened.opener_id and l.actor_id = s.user_id
            and l.what = 'transcript of ticket #' || opened.ticket_number and l.at > now() - interval '1 hour'
    );
    return query
    select
        m.message_id::text, m.author_id::text, m.author_name, m.content, m.sent_at, m.edited_at, m.deleted_at, count(*) over ()
    from public.ticket_messages as m
    where m.ticket_id = opened.ticket_id
    order by m.message_id
    limit least(greatest(max_rows, 0), 1000) offset greatest(skip_rows, 0);
end
$$;
comment on function public.ticket_transcript is 'What was written in a ticket, the oldest first; of a deleted message only that there was one. Notes in access_log who opened whose transcript. total is how many there are without the limit.';

do $$
declare
    name text;
begin
    foreach name in array array[
        'ticket_overview(bigint, text, timestamptz, integer)',
        'ticket_sla(bigint, text, timestamptz, integer)',
        'ticket_staff(bigint, text, timestamptz, integer, integer, integer)',
        'ticket_busy_times(bigint, text, timestamptz, integer)',
        'ticket_list(bigint, text, text, text, integer, integer)',
        'ticket_transcript(bigint, text, integer, integer)'
    ] loop
        -- They ask reads_numbers themselves.
        execute format('revoke execute on function public.%s from public, anon', name);
        execute format('grant execute on function public.%s to authenticated, service_role', name);
    end loop;
end
$$;
