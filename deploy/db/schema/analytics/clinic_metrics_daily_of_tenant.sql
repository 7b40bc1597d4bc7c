-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE VIEW analytics.clinic_metrics_daily_of_tenant WITH (security_barrier='true') AS
 SELECT tenant_id,
    clinic_id,
    date,
    total_appointments,
    completed_appointments,
    no_shows,
    cancelled_appointments,
    minutes_to_completion
   FROM analytics.clinic_metrics_daily
  WHERE ((tenant_id = ( SELECT analytics.asking_tenant() AS asking_tenant)) AND analytics.asks_about(clinic_id));


ALTER VIEW analytics.clinic_metrics_daily_of_tenant OWNER TO healz_migrator;

COMMENT ON VIEW analytics.clinic_metrics_daily_of_tenant IS 'A clinic''s days, the last 90, by the day of the appointment on the clinic''s clock; refreshed every 15 minutes.';

COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.tenant_id IS 'The organisation.';

COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.clinic_id IS 'The clinic.';

COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.date IS 'The day.';

COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.total_appointments IS 'Appointments of that day.';

COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.completed_appointments IS 'Those that took place.';

COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.no_shows IS 'Those that the patient missed.';

COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.cancelled_appointments IS 'Those that were cancelled.';

COMMENT ON COLUMN analytics.clinic_metrics_daily_of_tenant.minutes_to_completion IS 'Mean minutes from the begin as booked to the end, of those that took place.';

GRANT SELECT ON TABLE analytics.clinic_metrics_daily_of_tenant TO healz_reader;
GRANT SELECT ON TABLE analytics.clinic_metrics_daily_of_tenant TO healz_analyst;
