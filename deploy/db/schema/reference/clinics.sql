-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE reference.clinics (
    tenant_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    name character varying(255) NOT NULL,
    time_zone text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    keeps_hours boolean DEFAULT false NOT NULL
);

ALTER TABLE ONLY reference.clinics FORCE ROW LEVEL SECURITY;


ALTER TABLE reference.clinics OWNER TO healz_migrator;

COMMENT ON TABLE reference.clinics IS 'A tenant''s clinics.';

COMMENT ON COLUMN reference.clinics.time_zone IS 'NULL: the tenant''s.';

ALTER TABLE ONLY reference.clinics
    ADD CONSTRAINT clinics_pkey PRIMARY KEY (tenant_id, clinic_id);

ALTER TABLE reference.clinics ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON reference.clinics TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_command ON reference.clinics TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_reader ON reference.clinics TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_sweeper ON reference.clinics FOR SELECT TO healz_sweeper USING ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,UPDATE ON TABLE reference.clinics TO healz_command;
GRANT SELECT ON TABLE reference.clinics TO healz_reader;

GRANT SELECT(tenant_id) ON TABLE reference.clinics TO healz_sweeper;

GRANT SELECT(clinic_id) ON TABLE reference.clinics TO healz_sweeper;

GRANT SELECT(time_zone) ON TABLE reference.clinics TO healz_sweeper;
