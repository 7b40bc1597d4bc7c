-- Idempotency keys that expired are of no use any more; without a job that deletes them the table only grows. A tenant at a
-- time, like everything here, and a batch at a time, so that no key is held for long; who calls loops until it deletes none.
--
-- Keys of seeds stay: a seed that was killed meets its own answers, however late it goes on.
--
-- Returns  how many were deleted; p_rows_max of them: there may be more.
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION event_store.purge_idempotency_keys(
    p_tenant_id    uuid,
    p_key_lifetime interval,  -- as command-api has it
    p_rows_max     integer
) RETURNS integer
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant_id uuid := ops.enter_tenant(p_tenant_id);
    v_rows      integer;
BEGIN
    -- One that an append is just using again is left to it.
    DELETE FROM event_store.idempotency_keys AS k
     USING (SELECT e.idempotency_key
              FROM event_store.idempotency_keys AS e
             WHERE e.tenant_id = v_tenant_id
               AND e.created_at <= clock_timestamp() - p_key_lifetime
               AND e.idempotency_key NOT LIKE 'seed:%'
             LIMIT p_rows_max
               FOR UPDATE SKIP LOCKED) AS expired
     WHERE k.tenant_id = v_tenant_id AND k.idempotency_key = expired.idempotency_key;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END
$$;

GRANT DELETE ON event_store.idempotency_keys TO healz_append;
GRANT CREATE ON SCHEMA event_store TO healz_append;
ALTER FUNCTION event_store.purge_idempotency_keys OWNER TO healz_append;
REVOKE CREATE ON SCHEMA event_store FROM healz_append;
REVOKE EXECUTE ON FUNCTION event_store.purge_idempotency_keys FROM PUBLIC;
-- The schema is the door to that one function; no table in it is granted.
GRANT USAGE ON SCHEMA event_store TO healz_sweeper;
GRANT EXECUTE ON FUNCTION event_store.purge_idempotency_keys TO healz_sweeper;
