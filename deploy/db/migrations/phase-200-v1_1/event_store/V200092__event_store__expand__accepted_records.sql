-- What a person has decided about a tenant's records in the topic that the store does not have: they stay there, and the
-- tenant's log goes on without them. Of each partition the records before an offset; later ones are looked at as ever.
SET LOCAL lock_timeout = '5s';

CREATE TABLE event_store.accepted_records (
    tenant_id     uuid        NOT NULL,
    partition     integer     NOT NULL CHECK (partition >= 0),
    before_offset bigint      NOT NULL CHECK (before_offset >= 0),
    accepted_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, partition)
);

-- A named exception: the relay looks at the records of all tenants. Ids and offsets alone.
CALL ops.protect('event_store.accepted_records');
CREATE POLICY relay_all ON event_store.accepted_records TO healz_relay USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON event_store.accepted_records TO healz_relay;
