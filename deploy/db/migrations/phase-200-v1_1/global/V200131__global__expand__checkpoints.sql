-- What was said in several places, once: which read models there are, and which time zone a clinic's day is taken in.
SET LOCAL lock_timeout = '5s';

-- How far each read model has got in each tenant's log. A new read model adds its line here; it reads as its caller.
CREATE VIEW ops.checkpoints WITH (security_invoker = true) AS
SELECT 'patient' AS read_model, tenant_id, position, event_position, event_id FROM patient.checkpoint
UNION ALL
SELECT 'appointment', tenant_id, position, event_position, event_id FROM appointment.checkpoint
UNION ALL
SELECT 'journey', tenant_id, position, event_position, event_id FROM journey.checkpoint;
GRANT SELECT ON ops.checkpoints TO healz_reader;
COMMENT ON VIEW ops.checkpoints IS 'How far each read model has got in each tenant''s log. A new read model adds its line here.';

-- As V200001 made it, but for the names of the read models.
CREATE OR REPLACE FUNCTION ops.projection_position(p_tenant_id uuid, p_source text, p_clinic_ids uuid[]) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    v_tenant_id uuid := ops.enter_tenant(p_tenant_id);
    v_clinics   text := set_config('healz.clinic_ids', COALESCE(array_to_string(p_clinic_ids, ','), '*'), true);
    v_position  bigint;
BEGIN
    IF p_source = 'log' THEN
        SELECT position INTO v_position FROM event_store.tenant_log WHERE tenant_id = v_tenant_id;
    ELSE
        SELECT position INTO v_position FROM ops.checkpoints WHERE tenant_id = v_tenant_id AND read_model = p_source;
    END IF;
    RETURN COALESCE(v_position, 0);
END
$$;

-- Which components there are is the policies' to say: each writes its own rows.
ALTER TABLE ops.halted_tenants DROP CONSTRAINT halted_tenants_component_check;
ALTER TABLE ops.halted_tenants
    ADD CONSTRAINT halted_tenants_component_check CHECK (component = 'relay' OR component LIKE 'projector-%') NOT VALID;
ALTER TABLE ops.halted_tenants VALIDATE CONSTRAINT halted_tenants_component_check;

-- The clinic's own time zone, else the tenant's, else the default.
CREATE FUNCTION reference.clinic_zone(p_clinic_zone text, p_tenant_zone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE(p_clinic_zone, p_tenant_zone, 'America/Sao_Paulo');
COMMENT ON FUNCTION reference.clinic_zone(text, text) IS
    'The clinic''s own time zone, else the tenant''s, else the default.';
REVOKE EXECUTE ON FUNCTION reference.clinic_zone(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reference.clinic_zone(text, text) TO healz_command, healz_reader, healz_sweeper;

CREATE OR REPLACE FUNCTION analytics.clinic_zone(p_clinic_zone text, p_tenant_zone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN reference.clinic_zone(p_clinic_zone, p_tenant_zone);
ALTER TABLE reference.tenants ALTER COLUMN time_zone SET DEFAULT reference.clinic_zone(NULL, NULL);
