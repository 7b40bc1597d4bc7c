SET LOCAL lock_timeout = '5s';

DROP FUNCTION patient.search_patients;
DROP FUNCTION patient.shown_stage(jsonb, uuid[]);

DROP POLICY search_all ON patient.patient_view;
REVOKE SELECT ON patient.patient_view FROM healz_search;
