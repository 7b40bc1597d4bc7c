-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE journey.dropped_event (
    tenant_id uuid NOT NULL,
    "position" bigint NOT NULL,
    patient_id uuid NOT NULL,
    dropped_by text NOT NULL,
    reason text NOT NULL,
    dropped_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT dropped_event_position_check CHECK (("position" > 0))
);

ALTER TABLE ONLY journey.dropped_event FORCE ROW LEVEL SECURITY;


ALTER TABLE journey.dropped_event OWNER TO healz_migrator;

COMMENT ON TABLE journey.dropped_event IS 'Events that this read model leaves out for ever, and who decided that; the log still has them.';

ALTER TABLE ONLY journey.dropped_event
    ADD CONSTRAINT dropped_event_pkey PRIMARY KEY (tenant_id, "position");

ALTER TABLE journey.dropped_event ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON journey.dropped_event TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY projector_all ON journey.dropped_event TO healz_projector_journey USING (true) WITH CHECK (true);

CREATE POLICY tenant_healz_reader ON journey.dropped_event FOR SELECT TO healz_reader USING ((tenant_id = ops.current_tenant()));

GRANT SELECT,INSERT ON TABLE journey.dropped_event TO healz_projector_journey;

GRANT SELECT(tenant_id) ON TABLE journey.dropped_event TO healz_reader;

GRANT SELECT("position") ON TABLE journey.dropped_event TO healz_reader;

GRANT SELECT(patient_id) ON TABLE journey.dropped_event TO healz_reader;
