-- How a function is changed without writing all of it down again, here and in the rollback: what is replaced, by what, and the
-- checksum of the body that this makes. Another body than the one meant is never made.
SET LOCAL lock_timeout = '5s';

-- p_before must stand in the function's body exactly once. Arguments, options, owner and rights stay as they are.
CREATE PROCEDURE ops.change_function(
    p_function text,  -- its name with the schema; of several with one name, with the types of its arguments too
    p_before   text,
    p_after    text,
    p_makes    text   -- the new body's SHA-256: the first 12 hexadecimal digits
)
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
REVOKE EXECUTE ON PROCEDURE ops.change_function(text, text, text, text) FROM PUBLIC;
