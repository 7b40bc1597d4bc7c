SET LOCAL lock_timeout = '5s';

DROP PROCEDURE analytics.refresh(text);
DROP VIEW analytics.patient_retention_monthly_of_tenant;
DROP VIEW analytics.clinic_metrics_daily_of_tenant;
DROP FUNCTION analytics.asks_about(uuid);
DROP FUNCTION analytics.asking_tenant();
DROP TABLE analytics.analyst_logins;
DROP MATERIALIZED VIEW analytics.patient_retention_monthly;
DROP MATERIALIZED VIEW analytics.clinic_metrics_daily;
DROP FUNCTION analytics.clinic_zone(text, text);
DROP TABLE analytics.refreshes;
