-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.patient_identities (
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    digest bytea NOT NULL,
    patient_id uuid NOT NULL
);

ALTER TABLE ONLY event_store.patient_identities FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.patient_identities OWNER TO healz_migrator;

COMMENT ON TABLE event_store.patient_identities IS 'Unique phone, e-mail and CPF within a tenant, as keyed hashes: nothing to read here for who gets a copy.';

ALTER TABLE ONLY event_store.patient_identities
    ADD CONSTRAINT patient_identities_unique PRIMARY KEY (tenant_id, kind, digest);

CREATE POLICY migrator_all ON event_store.patient_identities TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE event_store.patient_identities ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_healz_append ON event_store.patient_identities TO healz_append USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,DELETE ON TABLE event_store.patient_identities TO healz_append;
