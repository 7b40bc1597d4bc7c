-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE reference.doctors (
    tenant_id uuid NOT NULL,
    doctor_id uuid NOT NULL,
    full_name character varying(255) NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    keeps_schedule boolean DEFAULT false NOT NULL
);

ALTER TABLE ONLY reference.doctors FORCE ROW LEVEL SECURITY;


ALTER TABLE reference.doctors OWNER TO healz_migrator;

COMMENT ON TABLE reference.doctors IS 'A tenant''s doctors.';

ALTER TABLE ONLY reference.doctors
    ADD CONSTRAINT doctors_pkey PRIMARY KEY (tenant_id, doctor_id);

ALTER TABLE reference.doctors ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON reference.doctors TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_command ON reference.doctors TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_reader ON reference.doctors TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,UPDATE ON TABLE reference.doctors TO healz_command;
GRANT SELECT ON TABLE reference.doctors TO healz_reader;
