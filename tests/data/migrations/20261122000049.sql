insert into public.guild_settings (guild_id, key, value) values (1, 'engagement.cap_per_minute', '5')
on conflict on constraint guild_settings_pkey do update set value = excluded.value;
select public.import_settings(
    1, 9, '[{"key": "engagement.cap_per_minute", "was": 5, "value": null}, {"key": "engagement.time_zone", "value": "UTC"}]',
    now()
);
