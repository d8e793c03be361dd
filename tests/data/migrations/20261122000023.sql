select public.reserve_ai_call(
    '{"guild_id": "1", "actor_id": "2", "purpose": "audit", "provider": "gemini", "model": "gemini-3.5-flash", "prompt_version": "1", "request_id": "r1"}',
    1000, 500, true, now()
);
select public.record_ai_calls(jsonb_build_array(jsonb_build_object(
    'guild_id', '1', 'actor_id', '2', 'purpose', 'audit', 'provider', 'gemini', 'model', 'gemini-3.5-flash', 'prompt_version', '1',
    'request_id', 'r1', 'outcome', 'answered', 'duration_ms', 700, 'attempts', 1, 'input_tokens', 400, 'cached_tokens', 0,
    'cache_write_tokens', 0, 'output_tokens', 90, 'thinking_tokens', 16, 'at', now()
)));
select public.ai_usage(1, now());
