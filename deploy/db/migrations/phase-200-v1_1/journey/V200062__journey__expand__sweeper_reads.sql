-- The sweeps find their candidates in this read model, a tenant at a time, and then issue ordinary commands. They need ids,
-- stages and times, never a name or a phone: those columns are not granted.
SET LOCAL lock_timeout = '5s';

-- A named exception: which tenants there are. Who was never written down in reference.tenants is swept too.
CREATE POLICY sweeper_all ON journey.checkpoint FOR SELECT TO healz_sweeper USING (true);
CREATE POLICY tenant_healz_sweeper ON journey.journey_view FOR SELECT TO healz_sweeper USING (tenant_id = ops.current_tenant());
CREATE POLICY tenant_healz_sweeper ON journey.conversation FOR SELECT TO healz_sweeper USING (tenant_id = ops.current_tenant());
-- "At eight" is eight in the clinic's own zone.
CREATE POLICY tenant_healz_sweeper ON reference.clinics FOR SELECT TO healz_sweeper USING (tenant_id = ops.current_tenant());

GRANT USAGE ON SCHEMA journey TO healz_sweeper;
GRANT SELECT ON journey.checkpoint, journey.conversation TO healz_sweeper;
GRANT SELECT (tenant_id, journey_id, patient_id, clinic_id, current_stage, stage_changed_at, risk_indicators,
              last_interaction_at, last_appointment_at, next_appointment_at, is_active)
    ON journey.journey_view TO healz_sweeper;
GRANT SELECT (tenant_id, clinic_id, time_zone) ON reference.clinics TO healz_sweeper;
