-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE reference.doctor_clinics (
    tenant_id uuid NOT NULL,
    doctor_id uuid NOT NULL,
    clinic_id uuid NOT NULL
);

ALTER TABLE ONLY reference.doctor_clinics FORCE ROW LEVEL SECURITY;


ALTER TABLE reference.doctor_clinics OWNER TO healz_migrator;

COMMENT ON TABLE reference.doctor_clinics IS 'In which clinics a doctor works.';

ALTER TABLE ONLY reference.doctor_clinics
    ADD CONSTRAINT doctor_clinics_pkey PRIMARY KEY (tenant_id, doctor_id, clinic_id);

ALTER TABLE ONLY reference.doctor_clinics
    ADD CONSTRAINT doctor_clinics_tenant_id_clinic_id_fkey FOREIGN KEY (tenant_id, clinic_id) REFERENCES reference.clinics(tenant_id, clinic_id);

ALTER TABLE ONLY reference.doctor_clinics
    ADD CONSTRAINT doctor_clinics_tenant_id_doctor_id_fkey FOREIGN KEY (tenant_id, doctor_id) REFERENCES reference.doctors(tenant_id, doctor_id);

ALTER TABLE reference.doctor_clinics ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON reference.doctor_clinics TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_command ON reference.doctor_clinics TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_reader ON reference.doctor_clinics TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE ON TABLE reference.doctor_clinics TO healz_command;
GRANT SELECT ON TABLE reference.doctor_clinics TO healz_reader;
