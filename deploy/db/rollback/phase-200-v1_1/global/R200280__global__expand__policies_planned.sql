SET LOCAL lock_timeout = '5s';

DO $$
DECLARE
    v_policy record;
BEGIN
    FOR v_policy IN
        SELECT p.polname, p.polrelid::regclass AS policed
          FROM pg_policy AS p
         WHERE pg_get_expr(p.polqual, p.polrelid) LIKE '%SELECT ops.current_tenants()%'
    LOOP
        EXECUTE format('ALTER POLICY %I ON %s USING (tenant_id = ANY (ops.current_tenants()))',
            v_policy.polname, v_policy.policed);
    END LOOP;
END
$$;

CREATE OR REPLACE PROCEDURE ops.protect_read_model(p_table regclass, p_projector text)
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
