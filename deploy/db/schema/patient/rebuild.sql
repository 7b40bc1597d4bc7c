-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE patient.rebuild (
    tenant_id uuid NOT NULL,
    projection_version integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    after_patient_id uuid,
    patients bigint DEFAULT 0 NOT NULL,
    events bigint DEFAULT 0 NOT NULL,
    rows_changed bigint DEFAULT 0 NOT NULL,
    held_by text NOT NULL,
    held_until timestamp with time zone NOT NULL,
    CONSTRAINT rebuild_events_check CHECK ((events >= 0)),
    CONSTRAINT rebuild_patients_check CHECK ((patients >= 0)),
    CONSTRAINT rebuild_rows_changed_check CHECK ((rows_changed >= 0))
);

ALTER TABLE ONLY patient.rebuild FORCE ROW LEVEL SECURITY;


ALTER TABLE patient.rebuild OWNER TO healz_migrator;

COMMENT ON TABLE patient.rebuild IS 'A tenant''s rebuild that is under way or was interrupted: the patients up to after_patient_id are done.';

ALTER TABLE ONLY patient.rebuild
    ADD CONSTRAINT rebuild_pkey PRIMARY KEY (tenant_id);

CREATE POLICY migrator_all ON patient.rebuild TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY projector_all ON patient.rebuild TO healz_projector_patient USING (true) WITH CHECK (true);

ALTER TABLE patient.rebuild ENABLE ROW LEVEL SECURITY;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE patient.rebuild TO healz_projector_patient;
