-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.appointment_slots (
    tenant_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    doctor_id uuid NOT NULL,
    slot tstzrange NOT NULL
);

ALTER TABLE ONLY event_store.appointment_slots FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.appointment_slots OWNER TO healz_migrator;

COMMENT ON TABLE event_store.appointment_slots IS 'A doctor''s taken time, [from, until): two bookings that only touch are fine.';

ALTER TABLE ONLY event_store.appointment_slots
    ADD CONSTRAINT appointment_slots_free EXCLUDE USING gist (tenant_id WITH =, doctor_id WITH =, slot WITH &&);

ALTER TABLE ONLY event_store.appointment_slots
    ADD CONSTRAINT appointment_slots_pkey PRIMARY KEY (tenant_id, appointment_id);

ALTER TABLE event_store.appointment_slots ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON event_store.appointment_slots TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_append ON event_store.appointment_slots TO healz_append USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE ON TABLE event_store.appointment_slots TO healz_append;
