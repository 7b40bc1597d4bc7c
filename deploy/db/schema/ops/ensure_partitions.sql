-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE PROCEDURE ops.ensure_partitions(IN p_months_ahead integer, INOUT o_made date[] DEFAULT NULL::date[], INOUT o_missing date[] DEFAULT NULL::date[])
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_month date;
    v_done  boolean;
BEGIN
    o_made := '{}';
    FOREACH v_month IN ARRAY ARRAY(SELECT ops.missing_partitions(p_months_ahead)) LOOP
        FOR v_attempt IN 1 .. 20 LOOP
            v_done := ops.make_partition(v_month);
            COMMIT;
            EXIT WHEN v_done;
            -- Whoever queued behind the attempt goes first.
            PERFORM pg_sleep(0.1 + random() * 0.2);
        END LOOP;
        IF v_done THEN
            o_made := o_made || v_month;
        END IF;
    END LOOP;
    o_missing := ARRAY(SELECT ops.missing_partitions(p_months_ahead));
END
$$;


ALTER PROCEDURE ops.ensure_partitions(IN p_months_ahead integer, INOUT o_made date[], INOUT o_missing date[]) OWNER TO healz_migrator;

COMMENT ON PROCEDURE ops.ensure_partitions(IN p_months_ahead integer, INOUT o_made date[], INOUT o_missing date[]) IS 'For a scheduler, every day: makes the partitions that are missing, each in a transaction of its own. Not within a transaction.';

REVOKE ALL ON PROCEDURE ops.ensure_partitions(IN p_months_ahead integer, INOUT o_made date[], INOUT o_missing date[]) FROM PUBLIC;
