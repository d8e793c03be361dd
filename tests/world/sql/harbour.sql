-- What the guild "Harbour" chose before anybody came: everything that can be tried is switched on. Ids as in src/seed.rs.
insert into public.guild_settings (guild_id, key, value) values
    (1200000000000000000, 'tickets.staff_role', '"1200000000100000004"'),
    (1200000000000000000, 'tickets.parent', '"1200000000200000003"'),
    (1200000000000000000, 'tickets.log_channel', '"1200000000200000025"'),
    (1200000000000000000, 'tickets.intelligence', 'true'),
    (1200000000000000000, 'audit.staff_role', '"1200000000100000004"')
on conflict do nothing;
insert into public.guild_settings (guild_id, key, value) values
    (1200000000000000000, 'crisis.stage', '"live"'),
    (1200000000000000000, 'crisis.monitored_channels', '["1200000000200000012", "1200000000200000013", "1200000000200000014"]'),
    (1200000000000000000, 'crisis.notices', '{"1200000000200000012": "", "1200000000200000013": "", "1200000000200000014": ""}'),
    (1200000000000000000, 'crisis.contact', '"Responder"'),
    (1200000000000000000, 'crisis.privacy_url', '"https://harbour.example/privacy"'),
    (1200000000000000000, 'crisis.monitor_channel', '"1200000000200000021"'),
    (1200000000000000000, 'crisis.crisis_channel', '"1200000000200000022"'),
    (1200000000000000000, 'crisis.critical_channel', '"1200000000200000023"'),
    (1200000000000000000, 'crisis.crt_role', '"1200000000100000003"')
on conflict do nothing;
