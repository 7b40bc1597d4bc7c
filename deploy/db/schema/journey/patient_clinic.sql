-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE journey.patient_clinic (
    tenant_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    live_appointments jsonb DEFAULT '{}'::jsonb NOT NULL,
    last_fact uuid
);

ALTER TABLE ONLY journey.patient_clinic FORCE ROW LEVEL SECURITY;


ALTER TABLE journey.patient_clinic OWNER TO healz_migrator;

COMMENT ON TABLE journey.patient_clinic IS 'Internal: what is known of a patient in a clinic beside the journey itself. Written by projector-journey alone.';

COMMENT ON COLUMN journey.patient_clinic.tenant_id IS 'The organisation.';

COMMENT ON COLUMN journey.patient_clinic.patient_id IS 'The patient.';

COMMENT ON COLUMN journey.patient_clinic.clinic_id IS 'The clinic.';

COMMENT ON COLUMN journey.patient_clinic.live_appointments IS '{appointment_id: scheduled_for} of what is scheduled or confirmed in this clinic.';

COMMENT ON COLUMN journey.patient_clinic.last_fact IS 'event_id of a fact that found no active journey: the JourneyStarted that it caused counts it.';

ALTER TABLE ONLY journey.patient_clinic
    ADD CONSTRAINT patient_clinic_pkey PRIMARY KEY (tenant_id, patient_id, clinic_id);

CREATE POLICY batch_healz_projector_journey ON journey.patient_clinic TO healz_projector_journey USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[]))) WITH CHECK ((tenant_id = ANY (ops.current_tenants())));

CREATE POLICY clinic_healz_reader ON journey.patient_clinic AS RESTRICTIVE FOR SELECT TO healz_reader USING (ops.sees_clinic(clinic_id));

CREATE POLICY migrator_all ON journey.patient_clinic TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE journey.patient_clinic ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_healz_reader ON journey.patient_clinic TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE journey.patient_clinic TO healz_projector_journey;

GRANT SELECT(tenant_id) ON TABLE journey.patient_clinic TO healz_reader;

GRANT SELECT(patient_id) ON TABLE journey.patient_clinic TO healz_reader;

GRANT SELECT(clinic_id) ON TABLE journey.patient_clinic TO healz_reader;

GRANT SELECT(live_appointments) ON TABLE journey.patient_clinic TO healz_reader;
