-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.idempotency_keys (
    tenant_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    request_hash bytea NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY event_store.idempotency_keys FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.idempotency_keys OWNER TO healz_migrator;

COMMENT ON TABLE event_store.idempotency_keys IS 'Answers by Idempotency-Key: the same key and body gets the same answer again. A client''s key and request_hash are keyed hashes (HMAC). Expired ones are purged.';

ALTER TABLE ONLY event_store.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, idempotency_key);

CREATE INDEX idempotency_keys_age ON event_store.idempotency_keys USING btree (tenant_id, created_at);

ALTER TABLE event_store.idempotency_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON event_store.idempotency_keys TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_append ON event_store.idempotency_keys TO healz_append USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

CREATE POLICY tenant_healz_command ON event_store.idempotency_keys TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE event_store.idempotency_keys TO healz_append;
GRANT SELECT ON TABLE event_store.idempotency_keys TO healz_command;
