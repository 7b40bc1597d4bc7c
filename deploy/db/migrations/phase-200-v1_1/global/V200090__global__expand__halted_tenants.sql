-- Tenants for whom a component has stopped until a person decides: the topic holds what the store does not. All others go on.
SET LOCAL lock_timeout = '5s';

CREATE TABLE ops.halted_tenants (
    tenant_id uuid        NOT NULL,
    component text        NOT NULL
        CHECK (component IN ('relay', 'projector-patient', 'projector-appointment', 'projector-journey')),
    position  bigint      NOT NULL CHECK (position >= 0),  -- of the tenant's log, where the two differ
    reason    text        NOT NULL,
    halted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, component)
);

-- A named exception: each component sees and writes its own rows, of every tenant. Ids and positions alone.
CALL ops.protect('ops.halted_tenants');
CREATE POLICY relay_own ON ops.halted_tenants TO healz_relay
    USING (component = 'relay') WITH CHECK (component = 'relay');
CREATE POLICY projector_patient_own ON ops.halted_tenants TO healz_projector_patient
    USING (component = 'projector-patient') WITH CHECK (component = 'projector-patient');
CREATE POLICY projector_appointment_own ON ops.halted_tenants TO healz_projector_appointment
    USING (component = 'projector-appointment') WITH CHECK (component = 'projector-appointment');
CREATE POLICY projector_journey_own ON ops.halted_tenants TO healz_projector_journey
    USING (component = 'projector-journey') WITH CHECK (component = 'projector-journey');

GRANT SELECT, INSERT, UPDATE, DELETE ON ops.halted_tenants
    TO healz_relay, healz_projector_patient, healz_projector_appointment, healz_projector_journey;

-- What readiness says: how many tenants, and not which.
CREATE FUNCTION ops.halted_components() RETURNS TABLE (component text, tenants bigint)
    LANGUAGE sql STABLE
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT h.component, count(*) FROM ops.halted_tenants AS h GROUP BY h.component;
END;

REVOKE EXECUTE ON FUNCTION ops.halted_components() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.halted_components() TO healz_command, healz_reader;
