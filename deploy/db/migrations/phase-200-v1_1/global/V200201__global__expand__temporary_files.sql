-- role: admin
-- A service's sorts may fill 2 GB of the server's disk and no more; refreshing the analytics views, 20 GB. A login can't lift it.
SET LOCAL lock_timeout = '5s';

DO $$
DECLARE
    v_role name;
BEGIN
    FOR v_role IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'healz\_%' AND rolname <> current_user AND rolcanlogin LOOP
        EXECUTE format('ALTER ROLE %I SET temp_file_limit = %L', v_role, CASE v_role WHEN 'healz_sweeper' THEN '20GB' ELSE '2GB' END);
    END LOOP;
END
$$;
