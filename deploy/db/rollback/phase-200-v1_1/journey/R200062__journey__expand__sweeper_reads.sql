SET LOCAL lock_timeout = '5s';

REVOKE SELECT (tenant_id, clinic_id, time_zone) ON reference.clinics FROM healz_sweeper;
REVOKE SELECT (tenant_id, journey_id, patient_id, clinic_id, current_stage, stage_changed_at, risk_indicators,
               last_interaction_at, last_appointment_at, next_appointment_at, is_active)
    ON journey.journey_view FROM healz_sweeper;
REVOKE SELECT ON journey.checkpoint, journey.conversation FROM healz_sweeper;
REVOKE USAGE ON SCHEMA journey FROM healz_sweeper;

DROP POLICY tenant_healz_sweeper ON reference.clinics;
DROP POLICY tenant_healz_sweeper ON journey.conversation;
DROP POLICY tenant_healz_sweeper ON journey.journey_view;
DROP POLICY sweeper_all ON journey.checkpoint;
