-- Known results of verify are gone; "as of" and "why" need the release before.
SET LOCAL lock_timeout = '5s';

DROP TABLE patient.verification;
ALTER TABLE patient.checkpoint DROP COLUMN holes_filled;
REVOKE SELECT (tenant_id, patient_id, position) ON patient.dropped_event FROM healz_reader;
REVOKE SELECT (tenant_id, patient_id, position) ON patient.parked_patient FROM healz_reader;
DROP POLICY tenant_healz_reader ON patient.dropped_event;
DROP POLICY tenant_healz_reader ON patient.parked_patient;

DROP TABLE appointment.verification;
ALTER TABLE appointment.checkpoint DROP COLUMN holes_filled;
REVOKE SELECT (tenant_id, patient_id, position) ON appointment.dropped_event FROM healz_reader;
REVOKE SELECT (tenant_id, patient_id, position) ON appointment.parked_patient FROM healz_reader;
DROP POLICY tenant_healz_reader ON appointment.dropped_event;
DROP POLICY tenant_healz_reader ON appointment.parked_patient;

DROP TABLE journey.verification;
ALTER TABLE journey.checkpoint DROP COLUMN holes_filled;
REVOKE SELECT (tenant_id, patient_id, position) ON journey.dropped_event FROM healz_reader;
REVOKE SELECT (tenant_id, patient_id, position) ON journey.parked_patient FROM healz_reader;
DROP POLICY tenant_healz_reader ON journey.dropped_event;
DROP POLICY tenant_healz_reader ON journey.parked_patient;
