-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.import_turns (
    tenant_id uuid NOT NULL
);

ALTER TABLE ONLY event_store.import_turns FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.import_turns OWNER TO healz_migrator;

COMMENT ON TABLE event_store.import_turns IS 'Mutex of imports: one of a tenant takes times at a time, and locks the tenant''s row until its transaction ends.';

ALTER TABLE ONLY event_store.import_turns
    ADD CONSTRAINT import_turns_pkey PRIMARY KEY (tenant_id);

ALTER TABLE event_store.import_turns ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON event_store.import_turns TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_command ON event_store.import_turns TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT ON TABLE event_store.import_turns TO healz_command;

GRANT UPDATE(tenant_id) ON TABLE event_store.import_turns TO healz_command;
