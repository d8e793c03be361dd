select public.channel_pulse(1, '3');
