SET LOCAL lock_timeout = '5s';

DROP VIEW journey.journey_dashboard;

DROP POLICY clinic_healz_reader ON journey.patient_clinic;
REVOKE SELECT (tenant_id, patient_id, clinic_id, live_appointments) ON journey.patient_clinic FROM healz_reader;
