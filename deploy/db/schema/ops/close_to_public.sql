-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE PROCEDURE ops.close_to_public(IN p_open boolean DEFAULT false)
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


ALTER PROCEDURE ops.close_to_public(IN p_open boolean) OWNER TO healz_admin;

COMMENT ON PROCEDURE ops.close_to_public(IN p_open boolean) IS 'Takes from PUBLIC the rights that every database begins with and that nobody here needs; true: gives them back. To be called in a copy or a restored dump too.';

REVOKE ALL ON PROCEDURE ops.close_to_public(IN p_open boolean) FROM PUBLIC;
