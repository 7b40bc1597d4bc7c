-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE appointment.checkpoint (
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

ALTER TABLE ONLY appointment.checkpoint FORCE ROW LEVEL SECURITY;


ALTER TABLE appointment.checkpoint OWNER TO healz_migrator;

COMMENT ON TABLE appointment.checkpoint IS 'How far the projector has got in each tenant''s log.';

COMMENT ON COLUMN appointment.checkpoint.holes_filled IS 'How many events were read from the store, mostly since Kafka had not brought them.';

ALTER TABLE ONLY appointment.checkpoint
    ADD CONSTRAINT checkpoint_pkey PRIMARY KEY (tenant_id);

ALTER TABLE appointment.checkpoint ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON appointment.checkpoint TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY projector_all ON appointment.checkpoint TO healz_projector_appointment USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_reader ON appointment.checkpoint TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,UPDATE ON TABLE appointment.checkpoint TO healz_projector_appointment;
GRANT SELECT ON TABLE appointment.checkpoint TO healz_reader;
