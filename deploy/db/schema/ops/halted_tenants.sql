-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE TABLE ops.halted_tenants (
    tenant_id uuid NOT NULL,
    component text NOT NULL,
    "position" bigint NOT NULL,
    reason text NOT NULL,
    halted_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT halted_tenants_component_check CHECK (((component = 'relay'::text) OR (component ~~ 'projector-%'::text))),
    CONSTRAINT halted_tenants_position_check CHECK (("position" >= 0))
);

ALTER TABLE ONLY ops.halted_tenants FORCE ROW LEVEL SECURITY;


ALTER TABLE ops.halted_tenants OWNER TO healz_migrator;

COMMENT ON TABLE ops.halted_tenants IS 'For whom a component has stopped, where and why, because topic and store disagree.';

ALTER TABLE ONLY ops.halted_tenants
    ADD CONSTRAINT halted_tenants_pkey PRIMARY KEY (tenant_id, component);

ALTER TABLE ops.halted_tenants ENABLE ROW LEVEL SECURITY;

CREATE POLICY migrator_all ON ops.halted_tenants TO healz_migrator USING (true) WITH CHECK (true);

CREATE POLICY projector_appointment_own ON ops.halted_tenants TO healz_projector_appointment USING ((component = 'projector-appointment'::text)) WITH CHECK ((component = 'projector-appointment'::text));

CREATE POLICY projector_journey_own ON ops.halted_tenants TO healz_projector_journey USING ((component = 'projector-journey'::text)) WITH CHECK ((component = 'projector-journey'::text));

CREATE POLICY projector_patient_own ON ops.halted_tenants TO healz_projector_patient USING ((component = 'projector-patient'::text)) WITH CHECK ((component = 'projector-patient'::text));

CREATE POLICY relay_own ON ops.halted_tenants TO healz_relay USING ((component = 'relay'::text)) WITH CHECK ((component = 'relay'::text));

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ops.halted_tenants TO healz_relay;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ops.halted_tenants TO healz_projector_patient;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ops.halted_tenants TO healz_projector_appointment;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE ops.halted_tenants TO healz_projector_journey;
