-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE MATERIALIZED VIEW analytics.clinic_metrics_daily AS
 SELECT a.tenant_id,
    a.clinic_id,
    d.date,
    count(*) AS total_appointments,
    count(*) FILTER (WHERE (a.status = 'completed'::text)) AS completed_appointments,
    count(*) FILTER (WHERE (a.status = 'no_show'::text)) AS no_shows,
    count(*) FILTER (WHERE (a.status = 'cancelled'::text)) AS cancelled_appointments,
    round(avg((EXTRACT(epoch FROM (a.completed_at - a.scheduled_for)) / (60)::numeric)) FILTER (WHERE (a.status = 'completed'::text)), 1) AS minutes_to_completion
   FROM ((((appointment.appointment_view a
     LEFT JOIN reference.clinics c ON (((c.tenant_id = a.tenant_id) AND (c.clinic_id = a.clinic_id))))
     LEFT JOIN reference.tenants t ON ((t.tenant_id = a.tenant_id)))
     CROSS JOIN LATERAL ( SELECT analytics.clinic_zone(c.time_zone, t.time_zone) AS clinic_zone) z(zone))
     CROSS JOIN LATERAL ( SELECT ((a.scheduled_for AT TIME ZONE z.zone))::date AS timezone,
            ((now() AT TIME ZONE z.zone))::date AS timezone) d(date, today))
  WHERE ((a.scheduled_for > (now() - '92 days'::interval)) AND ((d.date >= (d.today - 89)) AND (d.date <= d.today)))
  GROUP BY a.tenant_id, a.clinic_id, d.date
  WITH NO DATA;


ALTER MATERIALIZED VIEW analytics.clinic_metrics_daily OWNER TO healz_migrator;

COMMENT ON MATERIALIZED VIEW analytics.clinic_metrics_daily IS 'Every tenant''s last 90 days, today included, by the day of the appointment in the clinic''s own zone.';

CREATE UNIQUE INDEX clinic_metrics_daily_key ON analytics.clinic_metrics_daily USING btree (tenant_id, clinic_id, date);

GRANT MAINTAIN ON TABLE analytics.clinic_metrics_daily TO healz_sweeper;
