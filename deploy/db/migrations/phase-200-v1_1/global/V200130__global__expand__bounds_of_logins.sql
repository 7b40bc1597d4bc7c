-- role: admin
-- What a login could take from others or fill up without holding a right on a table: advisory locks, large objects,
-- temporary tables, the write-ahead log by logical messages. PostgreSQL gives all of that to PUBLIC. And an analyst's
-- login, whose SQL is free, gets bounds: connections, statements, idle time, temporary files.
SET LOCAL lock_timeout = '5s';

-- The rights that every database begins with and that nobody here needs; true: to whoever has them by default.
-- CREATE DATABASE … TEMPLATE copies no right on the database itself, nor does a dump without --create: call it again then.
CREATE PROCEDURE ops.close_to_public(p_open boolean DEFAULT false)
    LANGUAGE plpgsql
AS $$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        SELECT oid::regprocedure
          FROM pg_catalog.pg_proc
         WHERE pronamespace = 'pg_catalog'::regnamespace
           -- Letting one's own locks go stays: clients do it whenever they give a connection back.
           AND (proname ~ '^pg_(try_)?advisory_(xact_)?lock' OR proname ~ '^lo_' OR proname = ANY (ARRAY[
                'lowrite', 'loread', 'pg_logical_emit_message', 'pg_notify', 'pg_export_snapshot']))
    LOOP
        IF p_open THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', v_function);
        ELSE
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', v_function);
        END IF;
    END LOOP;
    IF p_open THEN
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM healz_migrator', current_database());
    ELSE
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
        -- A materialised view that is refreshed beside its readers is made apart first, by its owner.
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO healz_migrator', current_database());
    END IF;
END
$$;
REVOKE EXECUTE ON PROCEDURE ops.close_to_public(boolean) FROM PUBLIC;
CALL ops.close_to_public();

-- What runs beside the release before: its relay, sweeps and imports take such locks; this one's take rows of their own.
GRANT EXECUTE ON FUNCTION pg_catalog.pg_try_advisory_lock(bigint) TO healz_relay, healz_sweeper, healz_migrator;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_advisory_xact_lock(bigint) TO healz_command;

-- A slow statement is logged without what it was about.
DO $$
DECLARE
    v_role name;
BEGIN
    FOR v_role IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'healz\_%' AND rolname <> current_user AND rolcanlogin LOOP
        EXECUTE format('ALTER ROLE %I SET log_parameter_max_length = 0', v_role);
        EXECUTE format('ALTER ROLE %I SET log_parameter_max_length_on_error = 0', v_role);
    END LOOP;
END
$$;

-- A login for one tenant's analyst; the password is set afterwards: \password. Called again, it renews the bounds.
CREATE PROCEDURE ops.make_analyst(p_login name, p_tenant_id uuid)
    LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = p_login) THEN
        IF NOT pg_has_role(p_login, 'healz_analyst', 'MEMBER')
           OR (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = p_login) THEN
            RAISE EXCEPTION '% is the login of somebody else; take another name', p_login;
        END IF;
    ELSE
        EXECUTE format('CREATE ROLE %I LOGIN IN ROLE healz_analyst', p_login);
    END IF;
    EXECUTE format('ALTER ROLE %I CONNECTION LIMIT 3', p_login);
    EXECUTE format('ALTER ROLE %I SET temp_file_limit = %L', p_login, '1GB');
    EXECUTE format('ALTER ROLE %I SET log_parameter_max_length = 0', p_login);
    EXECUTE format('ALTER ROLE %I SET log_parameter_max_length_on_error = 0', p_login);
    -- These a login could change for itself: ops.end_analyses ends whoever goes beyond.
    EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', p_login, '5min');
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', p_login, '1min');
    EXECUTE format('ALTER ROLE %I SET idle_session_timeout = %L', p_login, '1h');
    EXECUTE format('ALTER ROLE %I SET lock_timeout = %L', p_login, '5s');
    EXECUTE format('ALTER ROLE %I SET work_mem = %L', p_login, '16MB');
    INSERT INTO analytics.analyst_logins (tenant_id, login) VALUES (p_tenant_id, p_login) ON CONFLICT DO NOTHING;
END
$$;
REVOKE EXECUTE ON PROCEDURE ops.make_analyst(name, uuid) FROM PUBLIC;

-- Ends analysts' sessions whose transaction is open for longer than the bound, or that do nothing for longer than theirs;
-- for a scheduler, every minute. Returns how many.
CREATE FUNCTION ops.end_analyses(p_transaction_max interval DEFAULT '6 minutes', p_idle_max interval DEFAULT '2 hours')
    RETURNS integer
    LANGUAGE sql
AS $$
    SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))::integer
      FROM pg_stat_activity AS a
      JOIN pg_roles         AS r ON r.oid = a.usesysid
     WHERE a.datname = current_database()
       AND NOT r.rolsuper
       AND pg_has_role(a.usesysid, 'healz_analyst', 'MEMBER')
       AND (a.xact_start < clock_timestamp() - p_transaction_max OR a.state_change < clock_timestamp() - p_idle_max)
$$;
REVOKE EXECUTE ON FUNCTION ops.end_analyses(interval, interval) FROM PUBLIC;
