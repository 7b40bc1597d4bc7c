-- How far a read model has got in a tenant's log; 'log' is the log itself. Enters the tenant, so that a query's
-- transaction begins with this one call, and a wait for a position is one statement a look.
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION ops.projection_position(p_tenant_id uuid, p_source text) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    v_tenant_id uuid := ops.enter_tenant(p_tenant_id);
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

REVOKE EXECUTE ON FUNCTION ops.projection_position(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.projection_position(uuid, text) TO healz_reader;
