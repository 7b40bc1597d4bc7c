-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.import_batches (
    tenant_id uuid NOT NULL,
    import_key text NOT NULL,
    first_row bigint NOT NULL,
    rows integer NOT NULL,
    is_last boolean NOT NULL,
    digest bytea NOT NULL,
    refused integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT import_batches_first_row_check CHECK ((first_row >= 1)),
    CONSTRAINT import_batches_refused_check CHECK ((refused >= 0)),
    CONSTRAINT import_batches_rows_check CHECK ((rows >= 1))
);

ALTER TABLE ONLY event_store.import_batches FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.import_batches OWNER TO healz_migrator;

COMMENT ON TABLE event_store.import_batches IS 'Progress of an imported file, a batch of rows at a time. import_key and digest are keyed hashes (HMAC): of the file''s Idempotency-Key, and of the header and the batch''s rows, so other bytes under the same key are seen at the first batch that differs. refused is NULL until the whole batch was tried; with 0 nothing is left to do in it.';

ALTER TABLE ONLY event_store.import_batches
    ADD CONSTRAINT import_batches_pkey PRIMARY KEY (tenant_id, import_key, first_row);

ALTER TABLE event_store.import_batches ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON event_store.import_batches TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_command ON event_store.import_batches TO healz_command USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,UPDATE ON TABLE event_store.import_batches TO healz_command;
