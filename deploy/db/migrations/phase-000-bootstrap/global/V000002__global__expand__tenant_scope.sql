-- Whose rows a transaction may see. The settings are set with set_config(…, true), so they end with the transaction;
-- after the first use an unset one reads as '' and not as NULL, hence NULLIF. Unset: no rows.
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION ops.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('healz.tenant_id', true), '')::uuid;

-- A projector's batch spans tenants.
CREATE FUNCTION ops.current_tenants() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN string_to_array(NULLIF(current_setting('healz.tenant_ids', true), ''), ',')::uuid[];

-- For functions that take a tenant: sets it when none is set, refuses when another one is. Returns it, so that a caller
-- can assign it: an assignment costs a tenth of a PERFORM.
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

-- Row-level security for one table: enabled, forced (the owner too), the migrator's exception, and the tenant's scope
-- for the roles named.
CREATE PROCEDURE ops.protect(p_table regclass, VARIADIC p_roles text[] DEFAULT '{}')
    LANGUAGE plpgsql
AS $$
DECLARE
    v_role text;
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
    EXECUTE format('CREATE POLICY migrator_all ON %s TO healz_migrator USING (true) WITH CHECK (true)', p_table);
    FOREACH v_role IN ARRAY p_roles LOOP
        EXECUTE format(
            'CREATE POLICY %I ON %s TO %I USING (tenant_id = ops.current_tenant()) WITH CHECK (tenant_id = ops.current_tenant())',
            'tenant_' || v_role, p_table, v_role);
    END LOOP;
END
$$;

-- The same for a projector's own tables: the tenants of its batch.
CREATE PROCEDURE ops.protect_read_model(p_table regclass, p_projector text)
    LANGUAGE plpgsql
AS $$
BEGIN
    CALL ops.protect(p_table, 'healz_reader');
    EXECUTE format(
        'CREATE POLICY %I ON %s TO %I USING (tenant_id = ANY (ops.current_tenants())) WITH CHECK (tenant_id = ANY (ops.current_tenants()))',
        'batch_' || p_projector, p_table, p_projector);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', p_table, p_projector);
    EXECUTE format('GRANT SELECT ON %s TO healz_reader', p_table);
END
$$;

REVOKE EXECUTE ON PROCEDURE ops.protect(regclass, text[]) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE ops.protect_read_model(regclass, text) FROM PUBLIC;
