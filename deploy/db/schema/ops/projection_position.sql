-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.projection_position(p_tenant_id uuid, p_source text, p_clinic_ids uuid[]) RETURNS bigint
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


ALTER FUNCTION ops.projection_position(p_tenant_id uuid, p_source text, p_clinic_ids uuid[]) OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.projection_position(p_tenant_id uuid, p_source text, p_clinic_ids uuid[]) IS 'How far a read model has got in a tenant''s log; ''log'' is the log itself. Enters the tenant and the clinics, so that a query''s transaction begins with this one call.';

CREATE FUNCTION ops.projection_position(p_tenant_id uuid, p_source text) RETURNS bigint
    LANGUAGE sql
    RETURN ops.projection_position(p_tenant_id, p_source, NULL::uuid[]);


ALTER FUNCTION ops.projection_position(p_tenant_id uuid, p_source text) OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.projection_position(p_tenant_id uuid, p_source text) IS 'Of an older release: how far a read model has got, without clinics.';

REVOKE ALL ON FUNCTION ops.projection_position(p_tenant_id uuid, p_source text, p_clinic_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.projection_position(p_tenant_id uuid, p_source text, p_clinic_ids uuid[]) TO healz_reader;

REVOKE ALL ON FUNCTION ops.projection_position(p_tenant_id uuid, p_source text) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.projection_position(p_tenant_id uuid, p_source text) TO healz_reader;
