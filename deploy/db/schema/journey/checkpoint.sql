-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE journey.checkpoint (
    tenant_id uuid NOT NULL,
    "position" bigint NOT NULL,
    event_position bigint,
    event_id uuid,
    refolds bigint DEFAULT 0 NOT NULL,
    projection_version integer DEFAULT 1 NOT NULL,
    holes_filled bigint DEFAULT 0 NOT NULL,
    CONSTRAINT checkpoint_position_check CHECK (("position" >= 0))
)
WITH (fillfactor='50');

ALTER TABLE ONLY journey.checkpoint FORCE ROW LEVEL SECURITY;


ALTER TABLE journey.checkpoint OWNER TO healz_migrator;

COMMENT ON TABLE journey.checkpoint IS 'How far the projector has got in each tenant''s log.';

COMMENT ON COLUMN journey.checkpoint.holes_filled IS 'How many events were read from the store, mostly since Kafka had not brought them.';

ALTER TABLE ONLY journey.checkpoint
    ADD CONSTRAINT checkpoint_pkey PRIMARY KEY (tenant_id);

ALTER TABLE journey.checkpoint ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON journey.checkpoint TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY projector_all ON journey.checkpoint TO healz_projector_journey USING (true) WITH CHECK (true);

CREATE POLICY sweeper_all ON journey.checkpoint FOR SELECT TO healz_sweeper USING (true);

CREATE POLICY tenant_healz_reader ON journey.checkpoint TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,UPDATE ON TABLE journey.checkpoint TO healz_projector_journey;
GRANT SELECT ON TABLE journey.checkpoint TO healz_reader;
GRANT SELECT ON TABLE journey.checkpoint TO healz_sweeper;
