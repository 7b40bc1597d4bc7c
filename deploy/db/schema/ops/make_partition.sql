-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.make_partition(p_day date) RETURNS boolean
    LANGUAGE plpgsql
    SET lock_timeout TO '200ms'
    AS $$
DECLARE
    v_month timestamp   := date_trunc('month', p_day::timestamp);
    v_from  timestamptz := v_month AT TIME ZONE 'UTC';
    v_until timestamptz := (v_month + interval '1 month') AT TIME ZONE 'UTC';
    v_table text        := 'event_store.events_' || to_char(v_month, 'YYYY_MM');
BEGIN
    LOCK TABLE event_store.events_default IN ACCESS EXCLUSIVE MODE;
    IF to_regclass(v_table) IS NOT NULL THEN
        RETURN true;  -- another job was here meanwhile
    END IF;
    EXECUTE format(
        'CREATE TABLE %s (LIKE event_store.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', v_table);
    CALL ops.protect(v_table::regclass);
    EXECUTE format(
        'WITH moved AS (DELETE FROM event_store.events_default WHERE created_at >= %L AND created_at < %L RETURNING *)
         INSERT INTO %s SELECT * FROM moved', v_from, v_until, v_table);
    EXECUTE format(
        'ALTER TABLE event_store.events ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', v_table, v_from, v_until);
    RETURN true;
EXCEPTION
    WHEN lock_not_available THEN
        RETURN false;
END
$$;


ALTER FUNCTION ops.make_partition(p_day date) OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.make_partition(p_day date) IS 'Makes the partition of the month that a day lies in; true too when it is there already. False when somebody holds a lock that it needs: then nothing has changed, try again.';

REVOKE ALL ON FUNCTION ops.make_partition(p_day date) FROM PUBLIC;
