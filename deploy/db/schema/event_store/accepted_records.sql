-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.accepted_records (
    tenant_id uuid NOT NULL,
    partition integer NOT NULL,
    before_offset bigint NOT NULL,
    accepted_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT accepted_records_before_offset_check CHECK ((before_offset >= 0)),
    CONSTRAINT accepted_records_partition_check CHECK ((partition >= 0))
);

ALTER TABLE ONLY event_store.accepted_records FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.accepted_records OWNER TO healz_migrator;

COMMENT ON TABLE event_store.accepted_records IS 'Up to which offset of the topic a person has decided on a tenant''s foreign records (healz-relay resume).';

ALTER TABLE ONLY event_store.accepted_records
    ADD CONSTRAINT accepted_records_pkey PRIMARY KEY (tenant_id, partition);

ALTER TABLE event_store.accepted_records ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON event_store.accepted_records TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY relay_all ON event_store.accepted_records TO healz_relay USING (true) WITH CHECK (true);

GRANT SELECT,INSERT,UPDATE ON TABLE event_store.accepted_records TO healz_relay;
