SET LOCAL lock_timeout = '5s';

DROP FUNCTION journey.list_at_risk;

DROP POLICY tenant_healz_search ON appointment.appointment_view;
REVOKE SELECT (tenant_id, patient_id, clinic_id, doctor_id) ON appointment.appointment_view FROM healz_search;
REVOKE USAGE ON SCHEMA appointment FROM healz_search;
REVOKE SELECT (assigned_to, snoozed_until) ON journey.journey_view FROM healz_search;
