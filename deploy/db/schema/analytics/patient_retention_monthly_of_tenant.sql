-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE VIEW analytics.patient_retention_monthly_of_tenant WITH (security_barrier='true') AS
 SELECT tenant_id,
    clinic_id,
    month,
    new_patients,
    active_journeys,
    completed_journeys,
    abandoned_journeys,
    retention_rate,
    abandonment_rate,
    average_risk_score
   FROM analytics.patient_retention_monthly
  WHERE ((tenant_id = ( SELECT analytics.asking_tenant() AS asking_tenant)) AND analytics.asks_about(clinic_id));


ALTER VIEW analytics.patient_retention_monthly_of_tenant OWNER TO healz_migrator;

COMMENT ON VIEW analytics.patient_retention_monthly_of_tenant IS 'A clinic''s months, on the clinic''s clock; refreshed every 30 minutes.';

COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.tenant_id IS 'The organisation.';

COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.clinic_id IS 'The clinic.';

COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.month IS 'The month''s first day.';

COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.new_patients IS 'Patients whose first journey in this clinic started.';

COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.active_journeys IS 'Journeys that were active at some time of the month.';

COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.completed_journeys IS 'Journeys that were completed.';

COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.abandoned_journeys IS 'Journeys that were abandoned.';

COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.retention_rate IS 'Completed of completed and abandoned; null without any.';

COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.abandonment_rate IS 'Abandoned of completed and abandoned; null without any.';

COMMENT ON COLUMN analytics.patient_retention_monthly_of_tenant.average_risk_score IS 'Mean of the scores that were calculated in the month.';

GRANT SELECT ON TABLE analytics.patient_retention_monthly_of_tenant TO healz_reader;
GRANT SELECT ON TABLE analytics.patient_retention_monthly_of_tenant TO healz_analyst;
