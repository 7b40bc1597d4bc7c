-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE PROCEDURE ops.make_analyst(IN p_login name, IN p_tenant_id uuid)
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


ALTER PROCEDURE ops.make_analyst(IN p_login name, IN p_tenant_id uuid) OWNER TO healz_admin;

COMMENT ON PROCEDURE ops.make_analyst(IN p_login name, IN p_tenant_id uuid) IS 'A login for one tenant''s analyst; the password is set afterwards: \password. Called again, it renews the bounds.';

REVOKE ALL ON PROCEDURE ops.make_analyst(IN p_login name, IN p_tenant_id uuid) FROM PUBLIC;
