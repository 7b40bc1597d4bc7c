-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE reference.doctor_schedules (
    tenant_id uuid NOT NULL,
    doctor_id uuid NOT NULL,
    clinic_id uuid NOT NULL,
    weekday smallint NOT NULL,
    starts_at time without time zone NOT NULL,
    ends_at time without time zone NOT NULL,
    CONSTRAINT doctor_schedules_check CHECK ((ends_at > starts_at)),
    CONSTRAINT doctor_schedules_weekday_check CHECK (((weekday >= 1) AND (weekday <= 7)))
);

ALTER TABLE ONLY reference.doctor_schedules FORCE ROW LEVEL SECURITY;


ALTER TABLE reference.doctor_schedules OWNER TO healz_migrator;

COMMENT ON TABLE reference.doctor_schedules IS 'When a doctor is in a clinic, on the clinic''s clock; a weekday without a row: not there. Closed hours within are the clinic''s to say.';

ALTER TABLE ONLY reference.doctor_schedules
    ADD CONSTRAINT doctor_schedules_pkey PRIMARY KEY (tenant_id, doctor_id, clinic_id, weekday, starts_at);

ALTER TABLE ONLY reference.doctor_schedules
    ADD CONSTRAINT doctor_schedules_tenant_id_doctor_id_clinic_id_fkey FOREIGN KEY (tenant_id, doctor_id, clinic_id) REFERENCES reference.doctor_clinics(tenant_id, doctor_id, clinic_id) ON DELETE CASCADE;

ALTER TABLE reference.doctor_schedules ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON reference.doctor_schedules TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_command ON reference.doctor_schedules TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_reader ON reference.doctor_schedules TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE ON TABLE reference.doctor_schedules TO healz_command;
GRANT SELECT ON TABLE reference.doctor_schedules TO healz_reader;
