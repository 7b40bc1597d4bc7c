-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE patient.parked_patient (
    tenant_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    "position" bigint NOT NULL,
    event_type text NOT NULL,
    error text NOT NULL,
    parked_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT parked_patient_position_check CHECK (("position" > 0))
);

ALTER TABLE ONLY patient.parked_patient FORCE ROW LEVEL SECURITY;


ALTER TABLE patient.parked_patient OWNER TO healz_migrator;

COMMENT ON TABLE patient.parked_patient IS 'Whose event at this position could not be folded or saved: their rows are those of before it, until a retry.';

ALTER TABLE ONLY patient.parked_patient
    ADD CONSTRAINT parked_patient_pkey PRIMARY KEY (tenant_id, patient_id);

CREATE POLICY migrator_all ON patient.parked_patient TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE patient.parked_patient ENABLE ROW LEVEL SECURITY;

CREATE POLICY projector_all ON patient.parked_patient TO healz_projector_patient USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_reader ON patient.parked_patient FOR SELECT TO healz_reader USING ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patient.parked_patient TO healz_projector_patient;

GRANT SELECT(tenant_id) ON TABLE patient.parked_patient TO healz_reader;

GRANT SELECT(patient_id) ON TABLE patient.parked_patient TO healz_reader;

GRANT SELECT("position") ON TABLE patient.parked_patient TO healz_reader;
