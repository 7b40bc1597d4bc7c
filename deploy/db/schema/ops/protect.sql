-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE PROCEDURE ops.protect(IN p_table regclass, VARIADIC p_roles text[] DEFAULT '{}'::text[])
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


ALTER PROCEDURE ops.protect(IN p_table regclass, VARIADIC p_roles text[]) OWNER TO healz_migrator;

COMMENT ON PROCEDURE ops.protect(IN p_table regclass, VARIADIC p_roles text[]) IS 'Row-level security for a table: enabled, forced (the owner too), the migrator''s exception, and the tenant''s scope for the roles named.';

REVOKE ALL ON PROCEDURE ops.protect(IN p_table regclass, VARIADIC p_roles text[]) FROM PUBLIC;
