-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE patient.checkpoint (
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

ALTER TABLE ONLY patient.checkpoint FORCE ROW LEVEL SECURITY;


ALTER TABLE patient.checkpoint OWNER TO healz_migrator;

COMMENT ON TABLE patient.checkpoint IS 'How far the projector has got in each tenant''s log.';

COMMENT ON COLUMN patient.checkpoint.holes_filled IS 'How many events were read from the store, mostly since Kafka had not brought them.';

ALTER TABLE ONLY patient.checkpoint
    ADD CONSTRAINT checkpoint_pkey PRIMARY KEY (tenant_id);

ALTER TABLE patient.checkpoint ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON patient.checkpoint TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY projector_all ON patient.checkpoint TO healz_projector_patient USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_reader ON patient.checkpoint TO healz_reader USING ((tenant_id = ops.current_tenant())) WITH CHECK ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT,UPDATE ON TABLE patient.checkpoint TO healz_projector_patient;
GRANT SELECT ON TABLE patient.checkpoint TO healz_reader;
