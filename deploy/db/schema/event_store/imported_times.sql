-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.imported_times (
    tenant_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    doctor_id uuid NOT NULL,
    slot tstzrange NOT NULL,
    lived tstzrange NOT NULL,
    taken_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY event_store.imported_times FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.imported_times OWNER TO healz_migrator;

COMMENT ON TABLE event_store.imported_times IS 'Times of imported appointments, which take no slot: two that overlap and were live at the same time can''t both be.';

COMMENT ON COLUMN event_store.imported_times.lived IS 'From the booking until the outcome.';

COMMENT ON COLUMN event_store.imported_times.taken_at IS 'Just before the appointment is booked, or never is.';

ALTER TABLE ONLY event_store.imported_times
    ADD CONSTRAINT imported_times_doctor_free EXCLUDE USING gist (tenant_id WITH =, doctor_id WITH =, slot WITH &&, lived WITH &&);

ALTER TABLE ONLY event_store.imported_times
    ADD CONSTRAINT imported_times_patient_free EXCLUDE USING gist (tenant_id WITH =, patient_id WITH =, slot WITH &&, lived WITH &&);

ALTER TABLE ONLY event_store.imported_times
    ADD CONSTRAINT imported_times_pkey PRIMARY KEY (tenant_id, appointment_id);

ALTER TABLE event_store.imported_times ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON event_store.imported_times TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_command ON event_store.imported_times TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE event_store.imported_times TO healz_command;
