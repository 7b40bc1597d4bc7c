-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.provider_messages (
    tenant_id uuid NOT NULL,
    whatsapp_message_id text NOT NULL
);

ALTER TABLE ONLY event_store.provider_messages FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.provider_messages OWNER TO healz_migrator;

COMMENT ON TABLE event_store.provider_messages IS 'Unique messages of WhatsApp''s provider within a tenant, as digests: one that is delivered again is not recorded again.';

ALTER TABLE ONLY event_store.provider_messages
    ADD CONSTRAINT provider_messages_pkey PRIMARY KEY (tenant_id, whatsapp_message_id);

CREATE POLICY migrator_all ON event_store.provider_messages TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE event_store.provider_messages ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_healz_append ON event_store.provider_messages TO healz_append USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT ON TABLE event_store.provider_messages TO healz_append;
