-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.enter_tenant(p_tenant_id uuid) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_set text;
BEGIN
    IF p_tenant_id IS NULL THEN
        RAISE EXCEPTION 'a tenant is needed' USING ERRCODE = 'HZ002';
    END IF;
    IF ops.current_tenant() IS DISTINCT FROM p_tenant_id THEN
        IF ops.current_tenant() IS NOT NULL THEN
            RAISE EXCEPTION 'this transaction belongs to another tenant' USING ERRCODE = 'HZ002';
        END IF;
        v_set := set_config('healz.tenant_id', p_tenant_id::text, true);
    END IF;
    RETURN p_tenant_id;
END
$$;


ALTER FUNCTION ops.enter_tenant(p_tenant_id uuid) OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.enter_tenant(p_tenant_id uuid) IS 'Sets the transaction''s tenant and returns it; refuses when another one is set.';
