-- A tenant that moves to another cluster is closed to writes first: what was written once its rows are copied would be lost.
--
-- By triggers, which are there only while a tenant is closed: no append pays for them else, and a lock on the table waits for
-- who is in the midst of writing. Closed is what a login may write by itself (reference data, imports), and the head that
-- every append takes first.
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION ops.refuse_closed() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'this tenant is closed: it moves to another cluster' USING ERRCODE = 'HZ007';
END
$$;
COMMENT ON FUNCTION ops.refuse_closed() IS 'Refuses a write of a tenant that is closed: HZ007.';
REVOKE EXECUTE ON FUNCTION ops.refuse_closed() FROM PUBLIC;

CREATE FUNCTION ops.close_table(p_table regclass, p_tenant_id uuid, p_open boolean) RETURNS boolean
    LANGUAGE plpgsql
    SET lock_timeout = '200ms'
AS $$
DECLARE
    -- PostgreSQL's condition of a trigger is on the row before or the row after, and not on whichever there is.
    v_write  text := 'closed ' || p_tenant_id;
    v_delete text := 'closed ' || p_tenant_id || ' delete';
BEGIN
    IF p_open THEN
        EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', v_write, p_table);
        EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', v_delete, p_table);
    ELSE
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %I BEFORE INSERT OR UPDATE ON %s FOR EACH ROW
               WHEN (NEW.tenant_id = %L) EXECUTE FUNCTION ops.refuse_closed()', v_write, p_table, p_tenant_id);
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %I BEFORE DELETE ON %s FOR EACH ROW
               WHEN (OLD.tenant_id = %L) EXECUTE FUNCTION ops.refuse_closed()', v_delete, p_table, p_tenant_id);
    END IF;
    RETURN true;
EXCEPTION
    WHEN lock_not_available THEN
        RETURN false;
END
$$;
COMMENT ON FUNCTION ops.close_table(regclass, uuid, boolean) IS
    'Closes a table to a tenant''s writes, or opens it. False when somebody holds a lock that it needs: then nothing has changed, try again.';
REVOKE EXECUTE ON FUNCTION ops.close_table(regclass, uuid, boolean) FROM PUBLIC;

CREATE PROCEDURE ops.close_tenant(p_tenant_id uuid, p_open boolean DEFAULT false)
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
COMMENT ON PROCEDURE ops.close_tenant(uuid, boolean) IS
    'Closes a tenant to writes; true: opens it again. Each table in a transaction of its own; once it returns, nothing is written of a closed tenant, and what was begun is through. Not within a transaction; a second call goes on where the first one ended.';
REVOKE EXECUTE ON PROCEDURE ops.close_tenant(uuid, boolean) FROM PUBLIC;
