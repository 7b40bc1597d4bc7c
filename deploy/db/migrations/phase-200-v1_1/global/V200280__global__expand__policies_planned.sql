-- A projector names its batch's tenants in the very statement that reads their rows, after that is planned. A stable function in
-- a policy is called while the planner estimates: it named nobody, no row was expected to pass, every index that begins with
-- the tenant looked as good, and a hole of three events could be looked for in a tenant's whole log. From a subquery the
-- planner expects some tenants, whoever they are, and goes by the statement's own conditions.
SET LOCAL lock_timeout = '5s';

DO $$
DECLARE
    v_policy record;
BEGIN
    FOR v_policy IN
        SELECT p.polname, p.polrelid::regclass AS policed
          FROM pg_policy AS p
         WHERE pg_get_expr(p.polqual, p.polrelid) LIKE '%(ops.current_tenants())%'
    LOOP
        EXECUTE format('ALTER POLICY %I ON %s USING (tenant_id = ANY ((SELECT ops.current_tenants())::uuid[]))',
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
        'CREATE POLICY %I ON %s TO %I USING (tenant_id = ANY ((SELECT ops.current_tenants())::uuid[])) WITH CHECK (tenant_id = ANY (ops.current_tenants()))',
        'batch_' || p_projector, p_table, p_projector);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', p_table, p_projector);
    EXECUTE format('GRANT SELECT ON %s TO healz_reader', p_table);
END
$$;
