SET LOCAL lock_timeout = '5s';

ALTER TABLE reference.tenants ALTER COLUMN time_zone SET DEFAULT 'America/Sao_Paulo';
CREATE OR REPLACE FUNCTION analytics.clinic_zone(p_clinic_zone text, p_tenant_zone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE(p_clinic_zone, p_tenant_zone, 'America/Sao_Paulo');
DROP FUNCTION reference.clinic_zone(text, text);

ALTER TABLE ops.halted_tenants DROP CONSTRAINT halted_tenants_component_check;
ALTER TABLE ops.halted_tenants
    ADD CONSTRAINT halted_tenants_component_check
    CHECK (component IN ('relay', 'projector-patient', 'projector-appointment', 'projector-journey'));

-- As V200001 made it.
CREATE OR REPLACE FUNCTION ops.projection_position(p_tenant_id uuid, p_source text, p_clinic_ids uuid[]) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    v_tenant_id uuid := ops.enter_tenant(p_tenant_id);
    v_clinics   text := set_config('healz.clinic_ids', COALESCE(array_to_string(p_clinic_ids, ','), '*'), true);
    v_position  bigint;
BEGIN
    CASE p_source
        WHEN 'patient'     THEN SELECT position INTO v_position FROM patient.checkpoint     WHERE tenant_id = v_tenant_id;
        WHEN 'appointment' THEN SELECT position INTO v_position FROM appointment.checkpoint WHERE tenant_id = v_tenant_id;
        WHEN 'journey'     THEN SELECT position INTO v_position FROM journey.checkpoint     WHERE tenant_id = v_tenant_id;
        WHEN 'log'         THEN SELECT position INTO v_position FROM event_store.tenant_log WHERE tenant_id = v_tenant_id;
    END CASE;
    RETURN COALESCE(v_position, 0);
END
$$;

DROP VIEW ops.checkpoints;
