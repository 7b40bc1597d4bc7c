-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.streams (
    tenant_id uuid NOT NULL,
    aggregate_id uuid NOT NULL,
    aggregate_type text NOT NULL,
    patient_id uuid NOT NULL,
    version integer NOT NULL
)
WITH (fillfactor='80');

ALTER TABLE ONLY event_store.streams FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.streams OWNER TO healz_migrator;

COMMENT ON TABLE event_store.streams IS 'The version of each aggregate.';

ALTER TABLE ONLY event_store.streams
    ADD CONSTRAINT streams_pkey PRIMARY KEY (tenant_id, aggregate_id);

CREATE POLICY migrator_all ON event_store.streams TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE event_store.streams ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_healz_append ON event_store.streams TO healz_append USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_command ON event_store.streams TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,UPDATE ON TABLE event_store.streams TO healz_append;
GRANT SELECT ON TABLE event_store.streams TO healz_command;
