-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE event_store.outbox (
    tenant_id uuid NOT NULL,
    id bigint NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    created_at timestamp with time zone NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0');

ALTER TABLE ONLY event_store.outbox FORCE ROW LEVEL SECURITY;


ALTER TABLE event_store.outbox OWNER TO healz_migrator;

COMMENT ON TABLE event_store.outbox IS 'Transactional outbox: one row per commit, deleted when the broker has it. Ids are taken under the tenant''s head lock, so id order is the tenant''s order.';

CREATE SEQUENCE event_store.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE event_store.outbox_id_seq OWNER TO healz_migrator;

ALTER SEQUENCE event_store.outbox_id_seq OWNED BY event_store.outbox.id;

ALTER TABLE ONLY event_store.outbox ALTER COLUMN id SET DEFAULT nextval('event_store.outbox_id_seq'::regclass);

ALTER TABLE ONLY event_store.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (tenant_id, id);

CREATE INDEX outbox_id ON event_store.outbox USING btree (id);

CREATE POLICY migrator_all ON event_store.outbox TO healz_migrator USING (true) WITH CHECK (true);

ALTER TABLE event_store.outbox ENABLE ROW LEVEL SECURITY;

CREATE POLICY relay_all ON event_store.outbox TO healz_relay USING (true);

CREATE POLICY tenant_healz_append ON event_store.outbox TO healz_append USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT INSERT ON TABLE event_store.outbox TO healz_append;
GRANT SELECT,DELETE ON TABLE event_store.outbox TO healz_relay;

GRANT USAGE ON SEQUENCE event_store.outbox_id_seq TO healz_append;
