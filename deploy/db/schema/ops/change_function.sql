-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE PROCEDURE ops.change_function(IN p_function text, IN p_before text, IN p_after text, IN p_makes text)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_function oid := CASE WHEN p_function LIKE '%(%' THEN p_function::regprocedure::oid ELSE p_function::regproc::oid END;
    v_before   text;
    v_after    text;
    v_found    integer;
    v_makes    text;
BEGIN
    -- A body that PostgreSQL keeps parsed has no text of its own to change.
    SELECT p.prosrc INTO v_before FROM pg_catalog.pg_proc AS p WHERE p.oid = v_function AND p.prosqlbody IS NULL;
    IF v_before IS NULL THEN
        RAISE EXCEPTION '% has a body without quotes; write it down anew: CREATE OR REPLACE', p_function;
    END IF;
    v_found := (length(v_before) - length(replace(v_before, p_before, ''))) / length(p_before);
    IF v_found <> 1 THEN
        RAISE EXCEPTION 'what is to change stands % times in the body of %, and not once', v_found, p_function;
    END IF;
    v_after := replace(v_before, p_before, p_after);
    v_makes := left(encode(sha256(convert_to(v_after, 'UTF8')), 'hex'), 12);
    IF v_makes <> p_makes THEN
        RAISE EXCEPTION 'this makes the body % of %, and not %: it is another one here than where the change was written',
            v_makes, p_function, p_makes;
    END IF;
    EXECUTE replace(pg_catalog.pg_get_functiondef(v_function), v_before, v_after);
END
$$;


ALTER PROCEDURE ops.change_function(IN p_function text, IN p_before text, IN p_after text, IN p_makes text) OWNER TO healz_migrator;

COMMENT ON PROCEDURE ops.change_function(IN p_function text, IN p_before text, IN p_after text, IN p_makes text) IS 'For migrations: replaces p_before, which must stand in the function''s body once, by p_after; p_makes is the new body''s SHA-256, its first 12 hexadecimal digits. Otherwise nothing changes.';

REVOKE ALL ON PROCEDURE ops.change_function(IN p_function text, IN p_before text, IN p_after text, IN p_makes text) FROM PUBLIC;
