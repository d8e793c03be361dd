select public.care_alerts(1), public.care_duty(1);
