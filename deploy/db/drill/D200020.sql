-- An analyst's login for each, and both views as the job leaves them.
INSERT INTO analytics.analyst_logins (tenant_id, login)
VALUES ('0d000000-0000-7000-8000-00000000000a', 'analista_goiabeiras'),
       ('0d000000-0000-7000-8000-00000000000b', 'analista_pinheiros');
CALL analytics.refresh('clinic_metrics_daily');
CALL analytics.refresh('patient_retention_monthly');
