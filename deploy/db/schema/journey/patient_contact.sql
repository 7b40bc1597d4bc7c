-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE journey.patient_contact (
    tenant_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    full_name character varying(255) NOT NULL,
    phone character varying(20) NOT NULL
);

ALTER TABLE ONLY journey.patient_contact FORCE ROW LEVEL SECURITY;


ALTER TABLE journey.patient_contact OWNER TO healz_migrator;

COMMENT ON TABLE journey.patient_contact IS 'Internal: the name and phone that stand on a patient''s journeys. Written by projector-journey alone.';

COMMENT ON COLUMN journey.patient_contact.tenant_id IS 'The organisation.';

COMMENT ON COLUMN journey.patient_contact.patient_id IS 'The patient.';

COMMENT ON COLUMN journey.patient_contact.full_name IS 'What they are called.';

COMMENT ON COLUMN journey.patient_contact.phone IS 'Where they are reached; empty once anonymised.';

ALTER TABLE ONLY journey.patient_contact
    ADD CONSTRAINT patient_contact_pkey PRIMARY KEY (tenant_id, patient_id);

CREATE POLICY batch_healz_projector_journey ON journey.patient_contact TO healz_projector_journey USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[]))) WITH CHECK ((tenant_id = ANY (ops.current_tenants())));

CREATE POLICY migrator_all ON journey.patient_contact TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE journey.patient_contact ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_healz_reader ON journey.patient_contact TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE journey.patient_contact TO healz_projector_journey;
GRANT SELECT ON TABLE journey.patient_contact TO healz_reader;
