-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.halted_components() RETURNS TABLE(component text, tenants bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    BEGIN ATOMIC
 SELECT h.component,
     count(*) AS count
    FROM ops.halted_tenants h
   GROUP BY h.component;
END;


ALTER FUNCTION ops.halted_components() OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.halted_components() IS 'For readiness: how many tenants each component has stopped for, and not which.';

REVOKE ALL ON FUNCTION ops.halted_components() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.halted_components() TO healz_command;
GRANT ALL ON FUNCTION ops.halted_components() TO healz_reader;
