-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.tenant_log (
    tenant_id uuid NOT NULL,
    "position" bigint NOT NULL,
    last_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');

ALTER TABLE ONLY event_store.tenant_log FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.tenant_log OWNER TO healz_migrator;

COMMENT ON TABLE event_store.tenant_log IS 'A tenant''s head. Its row lock puts a tenant''s events in one order; an append takes it before anything else.';

ALTER TABLE ONLY event_store.tenant_log
    ADD CONSTRAINT tenant_log_pkey PRIMARY KEY (tenant_id);

CREATE POLICY migrator_all ON event_store.tenant_log TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY projector_all ON event_store.tenant_log FOR SELECT TO healz_projector USING (true);

CREATE POLICY sweeper_all ON event_store.tenant_log FOR SELECT TO healz_sweeper USING (true);

CREATE POLICY tenant_healz_append ON event_store.tenant_log TO healz_append USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_reader ON event_store.tenant_log TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

ALTER TABLE event_store.tenant_log ENABLE ROW LEVEL SECURITY;

GRANT SELECT,INSERT,UPDATE ON TABLE event_store.tenant_log TO healz_append;
GRANT SELECT ON TABLE event_store.tenant_log TO healz_reader;
GRANT SELECT ON TABLE event_store.tenant_log TO healz_projector;

GRANT SELECT(tenant_id) ON TABLE event_store.tenant_log TO healz_sweeper;
