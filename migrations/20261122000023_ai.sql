-- AI calls: prices by day, one ledger row a call reserved before it is made, budgets that hold whoever asks at once.

set lock_timeout = '5s';

create table public.ai_prices (
    price_id bigint generated always as identity primary key,
    guild_id bigint not null default 0,
    provider text not null,
    model text not null,
    effective_from timestamptz not null,
    input_usd numeric(12, 6) not null,
    cached_usd numeric(12, 6) not null,
    cache_write_usd numeric(12, 6) not null,
    output_usd numeric(12, 6) not null,
    source text not null,
    unique (guild_id, provider, model, effective_from)
);
comment on table public.ai_prices is 'What a million tokens of a model cost from a day on, in US dollars. guild_id is 0: prices are of all guilds.';
comment on column public.ai_prices.output_usd is 'Also of tokens that the model thinks in.';
-- Read on the vendors' pages in October 2026; check them before you rely on a sum of money.
insert into public.ai_prices (provider, model, effective_from, input_usd, cached_usd, cache_write_usd, output_usd, source) values
    ('gemini', 'gemini-3.5-flash', '2026-01-01T00:00:00Z', 1.50, 1.50, 0, 9.00, 'ai.google.dev/pricing, 2026-10-07; cached input at the full rate'),
    ('gemini', 'gemini-3.5-flash-lite', '2026-01-01T00:00:00Z', 0.30, 0.30, 0, 2.50, 'ai.google.dev/pricing, 2026-10-07; cached input at the full rate'),
    ('claude', 'claude-opus-5-5', '2026-01-01T00:00:00Z', 4, 0.20, 5, 20, 'platform.claude.com pricing, 2026-10-08'),
    ('claude', 'claude-sonnet-5-5', '2026-01-01T00:00:00Z', 2, 0.10, 2.50, 10, 'platform.claude.com pricing, 2026-10-08'),
    ('claude', 'claude-haiku-5-5', '2026-10-07T00:00:00Z', 0.50, 0.05, 0.625, 2.50, 'platform.claude.com pricing, 2026-10-08; the rate above 100,000 tokens'),
    ('claude', 'claude-haiku-4-5', '2026-01-01T00:00:00Z', 1, 0.10, 1.25, 5, 'platform.claude.com pricing, 2026-10-08');

alter table public.ai_audit_logs
    add column cache_write_tokens integer,
    add column reserved_usd numeric(12, 6),
    add column attempts integer not null default 1;
comment on column public.ai_audit_logs.outcome is 'pending while it is under way; a call whose end nobody noted stays so, and counts with what it was reserved for.';
comment on column public.ai_audit_logs.input_tokens is 'Those at the full rate: cached ones are in cached_tokens, those written to the cache in cache_write_tokens.';
comment on column public.ai_audit_logs.output_tokens is 'Without those it thought in, which are in thinking_tokens.';
comment on column public.ai_audit_logs.cost_usd is 'Null: no price of this model is known, or the service did not say what was used.';

-- The price of a model at a moment; null if none is known.
create function public.ai_price(provider text, model text, at timestamptz) returns public.ai_prices
language sql stable
set search_path = ''
as $$
    select p from public.ai_prices as p
    where p.provider = ai_price.provider and p.model = ai_price.model and p.effective_from <= ai_price.at
    order by p.effective_from desc
    limit 1
$$;

-- What a guild spent in the month (UTC) of a moment; calls under way count with what was reserved for them.
create function public.ai_spent(guild_id bigint, at timestamptz) returns numeric
language sql stable
set search_path = ''
as $$
    select coalesce(sum(coalesce(l.cost_usd, l.reserved_usd)), 0)
    from public.ai_audit_logs as l
    where l.guild_id = ai_spent.guild_id
        and l.created_at >= date_trunc('month', ai_spent.at, 'UTC')
        and l.created_at < date_trunc('month', ai_spent.at, 'UTC') + interval '1 month'
$$;

-- Notes that a call begins, if the guild's budget has room for the most that it can cost. Callers of one guild wait for each
-- other, so that two of them never spend the same room. `call` is {"guild_id", "actor_id", "purpose", "provider", "model",
-- "prompt_version", "request_id"}; `is_budgeted` is false for what no budget stops. Answers
-- {"allowed", "spent_usd", "budget_usd", "price_known", "was_warned"}.
create function public.reserve_ai_call(
    call jsonb, most_input integer, most_output integer, is_budgeted boolean, at timestamptz
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    guild constant bigint := (call ->> 'guild_id')::bigint;
    price public.ai_prices;
    budget numeric;
    spent numeric;
    most numeric;
begin
    perform pg_advisory_xact_lock(hashtextextended(format('ai:%s', guild), 0));
    price := public.ai_price(call ->> 'provider', call ->> 'model', reserve_ai_call.at);
    most := (most_input * greatest(price.input_usd, price.cache_write_usd) + most_output * price.output_usd) / 1000000;
    budget := coalesce(
        (select s.value #>> '{}' from public.guild_settings as s where s.guild_id = guild and s.key = 'audit.monthly_budget')::numeric,
        10
    );
    spent := public.ai_spent(guild, reserve_ai_call.at);
    if is_budgeted and spent + coalesce(most, 0) > budget then
        return jsonb_build_object(
            'allowed', false, 'spent_usd', spent, 'budget_usd', budget, 'price_known', price.price_id is not null
        );
    end if;
    insert into public.ai_audit_logs (
        guild_id, actor_id, purpose, provider, model, prompt_version, duration_ms, outcome, request_id, reserved_usd, created_at
    )
    values (
        guild, (call ->> 'actor_id')::bigint, call ->> 'purpose', call ->> 'provider', call ->> 'model',
        call ->> 'prompt_version', 0, 'pending', call ->> 'request_id', most, reserve_ai_call.at
    )
    on conflict (request_id) do nothing;
    return jsonb_build_object(
        'allowed', true, 'spent_usd', spent + coalesce(most, 0), 'budget_usd', budget, 'price_known', price.price_id is not null,
        'was_warned', exists (select from public.setting_problems as p where p.guild_id = guild and p.key = 'audit.budget')
    );
end
$$;
comment on function public.reserve_ai_call is 'Notes that an AI call begins, within the month''s budget.';

-- Notes how calls ended, each once or more often: an array of `call` as above with {"outcome", "duration_ms", "attempts",
-- "input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "thinking_tokens", "at"}. Tokens may be missing.
create function public.record_ai_calls(calls jsonb) returns void
language sql
set search_path = ''
as $$
    insert into public.ai_audit_logs as l (
        guild_id, actor_id, purpose, provider, model, prompt_version, input_tokens, cached_tokens, cache_write_tokens,
        output_tokens, thinking_tokens, cost_usd, reserved_usd, duration_ms, attempts, outcome, request_id, created_at
    )
    select
        c.guild_id, c.actor_id, c.purpose, c.provider, c.model, c.prompt_version, c.input_tokens, c.cached_tokens,
        c.cache_write_tokens, c.output_tokens, c.thinking_tokens,
        case when c.output_tokens is not null then round((
            c.input_tokens * p.input_usd + c.cached_tokens * p.cached_usd + c.cache_write_tokens * p.cache_write_usd
            + (c.output_tokens + c.thinking_tokens) * p.output_usd
        ) / 1000000, 6) end,
        null, c.duration_ms, c.attempts, c.outcome, c.request_id, c.at
    from jsonb_to_recordset(calls) as c (
        guild_id bigint, actor_id bigint, purpose text, provider text, model text, prompt_version text, input_tokens integer,
        cached_tokens integer, cache_write_tokens integer, output_tokens integer, thinking_tokens integer,
        duration_ms integer, attempts integer, outcome text, request_id text, at timestamptz
    )
    left join lateral public.ai_price(c.provider, c.model, c.at) as p on true
    on conflict (request_id) do update set
        input_tokens = excluded.input_tokens, cached_tokens = excluded.cached_tokens,
        cache_write_tokens = excluded.cache_write_tokens, output_tokens = excluded.output_tokens,
        thinking_tokens = excluded.thinking_tokens, cost_usd = excluded.cost_usd, reserved_usd = null,
        duration_ms = excluded.duration_ms, attempts = excluded.attempts, outcome = excluded.outcome
$$;
comment on function public.record_ai_calls is 'Notes how AI calls ended, with what they cost.';

-- The month (UTC) of a moment by purpose and model: [{"purpose", "provider", "model", "calls", "failed", "input_tokens",
-- "output_tokens", "cost_usd", "without_price"}], and what was spent of the budget.
create function public.ai_usage(guild bigint, at timestamptz default now()) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
    if not public.reads_numbers(guild) then
        return null;
    end if;
    return jsonb_build_object(
        'spent_usd', public.ai_spent(guild, ai_usage.at),
        'budget_usd', coalesce(
            (select s.value #>> '{}' from public.guild_settings as s where s.guild_id = guild and s.key = 'audit.monthly_budget')::numeric,
            10
        ),
        'rows', (
            select coalesce(jsonb_agg(to_jsonb(r) order by r.cost_usd desc nulls last, r.purpose, r.model), '[]')
            from (
                select
                    l.purpose, l.provider, l.model, count(*) as calls,
                    count(*) filter (where l.outcome not in ('answered', 'pending')) as failed,
                    coalesce(sum(l.input_tokens + coalesce(l.cached_tokens, 0) + coalesce(l.cache_write_tokens, 0)), 0) as input_tokens,
                    coalesce(sum(l.output_tokens + coalesce(l.thinking_tokens, 0)), 0) as output_tokens,
                    sum(l.cost_usd) as cost_usd,
                    count(*) filter (where l.output_tokens is not null and l.cost_usd is null) as without_price
                from public.ai_audit_logs as l
                where l.guild_id = guild and l.created_at >= date_trunc('month', ai_usage.at, 'UTC')
                    and l.created_at < date_trunc('month', ai_usage.at, 'UTC') + interval '1 month'
                group by l.purpose, l.provider, l.model
            ) as r
        )
    );
end
$$;
comment on function public.ai_usage is 'What AI cost a guild this month, by purpose and model, beside its budget.';

do $$
declare
    name text;
begin
    alter table public.ai_prices enable row level security;
    revoke all on public.ai_prices from anon, authenticated;
    grant all on public.ai_prices to service_role;
    foreach name in array array[
        'ai_price(text, text, timestamptz)',
        'ai_spent(bigint, timestamptz)',
        'reserve_ai_call(jsonb, integer, integer, boolean, timestamptz)',
        'record_ai_calls(jsonb)'
    ] loop
        execute format('revoke execute on function public.%s from public, anon, authenticated', name);
        execute format('grant execute on function public.%s to service_role', name);
    end loop;
    revoke execute on function public.ai_usage(bigint, timestamptz) from public, anon;
    grant execute on function public.ai_usage(bigint, timestamptz) to authenticated, service_role;
end
$$;
