-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.patient_log (
    tenant_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    facts bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL
)
WITH (fillfactor='80');

ALTER TABLE ONLY event_store.patient_log FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.patient_log OWNER TO healz_migrator;

COMMENT ON TABLE event_store.patient_log IS 'Optimistic lock of a patient: how many events they have, and between which times these lie, so that a load prunes partitions.';

ALTER TABLE ONLY event_store.patient_log
    ADD CONSTRAINT patient_log_pkey PRIMARY KEY (tenant_id, patient_id);

CREATE POLICY batch_projector ON event_store.patient_log FOR SELECT TO healz_projector USING ((tenant_id = ANY (( SELECT ops.current_tenants() AS current_tenants)::uuid[])));

CREATE POLICY migrator_all ON event_store.patient_log TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE event_store.patient_log ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_healz_append ON event_store.patient_log TO healz_append USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_command ON event_store.patient_log TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,UPDATE ON TABLE event_store.patient_log TO healz_append;
GRANT SELECT ON TABLE event_store.patient_log TO healz_command;
GRANT SELECT ON TABLE event_store.patient_log TO healz_projector;
