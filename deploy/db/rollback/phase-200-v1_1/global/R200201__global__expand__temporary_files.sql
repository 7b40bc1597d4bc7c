-- role: admin
-- The services' temporary files have no bound again.
SET LOCAL lock_timeout = '5s';

DO $$
DECLARE
    v_role name;
BEGIN
    FOR v_role IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'healz\_%' AND rolname <> current_user AND rolcanlogin LOOP
        EXECUTE format('ALTER ROLE %I RESET temp_file_limit', v_role);
    END LOOP;
END
$$;
