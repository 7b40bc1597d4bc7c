-- Nobody is parked any more, and nothing left out: a read model that had either must be rebuilt by the release before.
SET LOCAL lock_timeout = '5s';

REVOKE SELECT ON event_store.patient_log FROM healz_projector;
DROP POLICY batch_projector ON event_store.patient_log;

DROP TABLE patient.rebuild;
DROP TABLE patient.dropped_event;
DROP TABLE patient.parked_patient;
ALTER TABLE patient.checkpoint
    DROP COLUMN projection_version,
    DROP COLUMN refolds;

DROP TABLE appointment.rebuild;
DROP TABLE appointment.dropped_event;
DROP TABLE appointment.parked_patient;
ALTER TABLE appointment.checkpoint
    DROP COLUMN projection_version,
    DROP COLUMN refolds;

DROP TABLE journey.rebuild;
DROP TABLE journey.dropped_event;
DROP TABLE journey.parked_patient;
ALTER TABLE journey.checkpoint
    DROP COLUMN projection_version,
    DROP COLUMN refolds;
