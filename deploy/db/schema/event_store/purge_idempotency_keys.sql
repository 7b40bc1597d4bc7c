-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION event_store.purge_idempotency_keys(p_tenant_id uuid, p_key_lifetime interval, p_rows_max integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
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


ALTER FUNCTION event_store.purge_idempotency_keys(p_tenant_id uuid, p_key_lifetime interval, p_rows_max integer) OWNER TO healz_append;

COMMENT ON FUNCTION event_store.purge_idempotency_keys(p_tenant_id uuid, p_key_lifetime interval, p_rows_max integer) IS 'Deletes a tenant''s expired keys, p_rows_max at most, and returns how many; who calls loops until there are none. Keys of seeds stay.';

REVOKE ALL ON FUNCTION event_store.purge_idempotency_keys(p_tenant_id uuid, p_key_lifetime interval, p_rows_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION event_store.purge_idempotency_keys(p_tenant_id uuid, p_key_lifetime interval, p_rows_max integer) TO healz_sweeper;
