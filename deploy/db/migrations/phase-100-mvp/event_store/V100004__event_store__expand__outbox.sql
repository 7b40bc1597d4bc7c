-- One row per commit, deleted when the broker has it. The id is taken under the tenant's head lock, so id order is the
-- tenant's order; CACHE 1, because a session that kept a stock of ids would hand out old ones later.
SET LOCAL lock_timeout = '5s';

CREATE SEQUENCE event_store.outbox_id_seq AS bigint CACHE 1;

CREATE TABLE event_store.outbox (
    tenant_id      uuid        NOT NULL,
    id             bigint      NOT NULL DEFAULT nextval('event_store.outbox_id_seq'),
    first_position bigint      NOT NULL,
    last_position  bigint      NOT NULL,
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
ALTER SEQUENCE event_store.outbox_id_seq OWNED BY event_store.outbox.id;

CREATE INDEX outbox_id ON event_store.outbox (id);

CALL ops.protect('event_store.outbox', 'healz_append');
CREATE POLICY relay_all ON event_store.outbox TO healz_relay USING (true);

GRANT INSERT ON event_store.outbox TO healz_append;
GRANT USAGE ON SEQUENCE event_store.outbox_id_seq TO healz_append;
GRANT SELECT, DELETE ON event_store.outbox TO healz_relay;
