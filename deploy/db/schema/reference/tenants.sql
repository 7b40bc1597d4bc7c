-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE reference.tenants (
    tenant_id uuid NOT NULL,
    name character varying(255) NOT NULL,
    time_zone text DEFAULT reference.clinic_zone(NULL::text, NULL::text) NOT NULL,
    journey_rules jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    squeeze_in_roles text[] DEFAULT '{}'::text[] NOT NULL
);

ALTER TABLE ONLY reference.tenants FORCE ROW LEVEL SECURITY;


ALTER TABLE reference.tenants OWNER TO healz_migrator;

COMMENT ON TABLE reference.tenants IS 'The organisations.';

COMMENT ON COLUMN reference.tenants.journey_rules IS '{name of a number that journeys are judged by: its value}; the rest is as for all.';

COMMENT ON COLUMN reference.tenants.squeeze_in_roles IS 'The roles that may squeeze an appointment in beside what the doctor has then.';

ALTER TABLE ONLY reference.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id);

CREATE POLICY migrator_all ON reference.tenants TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY sweeper_all ON reference.tenants FOR SELECT TO healz_sweeper USING (true);

CREATE POLICY tenant_healz_command ON reference.tenants TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_reader ON reference.tenants TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

ALTER TABLE reference.tenants ENABLE ROW LEVEL SECURITY;

GRANT SELECT,INSERT,UPDATE ON TABLE reference.tenants TO healz_command;
GRANT SELECT ON TABLE reference.tenants TO healz_reader;
GRANT SELECT ON TABLE reference.tenants TO healz_sweeper;
