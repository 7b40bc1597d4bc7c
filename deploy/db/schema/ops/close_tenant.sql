-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE PROCEDURE ops.close_tenant(IN p_tenant_id uuid, IN p_open boolean DEFAULT false)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_table regclass;
    v_done  boolean;
BEGIN
    FOREACH v_table IN ARRAY ARRAY(
        SELECT c.oid::regclass
          FROM pg_class     AS c
          JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
         WHERE c.relkind = 'r'
           AND c.relnamespace IN ('event_store'::regnamespace, 'reference'::regnamespace)
           AND (c.oid = 'event_store.tenant_log'::regclass
                OR has_table_privilege('healz_command', c.oid, 'INSERT, UPDATE, DELETE'))
           -- Dropping a trigger waits for readers, too: not where there is none.
           AND (NOT p_open OR EXISTS (SELECT
                                        FROM pg_trigger AS t
                                       WHERE t.tgrelid = c.oid AND t.tgname LIKE 'closed ' || p_tenant_id || '%'))
         ORDER BY 1)
    LOOP
        FOR v_attempt IN 1 .. 20 LOOP
            v_done := ops.close_table(v_table, p_tenant_id, p_open);
            COMMIT;
            EXIT WHEN v_done;
            -- Whoever queued behind the attempt goes first.
            PERFORM pg_sleep(0.1 + random() * 0.2);
        END LOOP;
        IF NOT v_done THEN
            RAISE EXCEPTION '% is held by another session for too long: see pg_stat_activity, and call this again', v_table
                USING ERRCODE = 'lock_not_available';
        END IF;
    END LOOP;
END
$$;


ALTER PROCEDURE ops.close_tenant(IN p_tenant_id uuid, IN p_open boolean) OWNER TO healz_migrator;

COMMENT ON PROCEDURE ops.close_tenant(IN p_tenant_id uuid, IN p_open boolean) IS 'Closes a tenant to writes; true: opens it again. Each table in a transaction of its own; once it returns, nothing is written of a closed tenant, and what was begun is through. Not within a transaction; a second call goes on where the first one ended.';

REVOKE ALL ON PROCEDURE ops.close_tenant(IN p_tenant_id uuid, IN p_open boolean) FROM PUBLIC;
