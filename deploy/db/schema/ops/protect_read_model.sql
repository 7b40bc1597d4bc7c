-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE PROCEDURE ops.protect_read_model(IN p_table regclass, IN p_projector text)
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


ALTER PROCEDURE ops.protect_read_model(IN p_table regclass, IN p_projector text) OWNER TO healz_migrator;

COMMENT ON PROCEDURE ops.protect_read_model(IN p_table regclass, IN p_projector text) IS 'ops.protect for a projector''s own table, with the tenants of its batch, and the rights on it.';

REVOKE ALL ON PROCEDURE ops.protect_read_model(IN p_table regclass, IN p_projector text) FROM PUBLIC;
