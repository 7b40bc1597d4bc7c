-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE reference.opening_hours (
    tenant_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    weekday smallint NOT NULL,
    opens_at time without time zone NOT NULL,
    closes_at time without time zone NOT NULL,
    CONSTRAINT opening_hours_check CHECK ((closes_at > opens_at)),
    CONSTRAINT opening_hours_weekday_check CHECK (((weekday >= 1) AND (weekday <= 7)))
);

ALTER TABLE ONLY reference.opening_hours FORCE ROW LEVEL SECURITY;


ALTER TABLE reference.opening_hours OWNER TO healz_migrator;

COMMENT ON TABLE reference.opening_hours IS 'When a clinic is open, on its own clock; a weekday without a row: closed. Two rows a day: closed in between.';

COMMENT ON COLUMN reference.opening_hours.weekday IS 'ISO: 1 is Monday.';

ALTER TABLE ONLY reference.opening_hours
    ADD CONSTRAINT opening_hours_pkey PRIMARY KEY (tenant_id, clinic_id, weekday, opens_at);

ALTER TABLE ONLY reference.opening_hours
    ADD CONSTRAINT opening_hours_tenant_id_clinic_id_fkey FOREIGN KEY (tenant_id, clinic_id) REFERENCES reference.clinics(tenant_id, clinic_id);

CREATE POLICY migrator_all ON reference.opening_hours TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE reference.opening_hours ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_healz_command ON reference.opening_hours TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_reader ON reference.opening_hours TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE ON TABLE reference.opening_hours TO healz_command;
GRANT SELECT ON TABLE reference.opening_hours TO healz_reader;
