-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.close_table(p_table regclass, p_tenant_id uuid, p_open boolean) RETURNS boolean
    LANGUAGE plpgsql
    SET lock_timeout TO '200ms'
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


ALTER FUNCTION ops.close_table(p_table regclass, p_tenant_id uuid, p_open boolean) OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.close_table(p_table regclass, p_tenant_id uuid, p_open boolean) IS 'Closes a table to a tenant''s writes, or opens it. False when somebody holds a lock that it needs: then nothing has changed, try again.';

REVOKE ALL ON FUNCTION ops.close_table(p_table regclass, p_tenant_id uuid, p_open boolean) FROM PUBLIC;
