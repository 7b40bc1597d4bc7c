-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.relay_leads() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    BEGIN ATOMIC
 SELECT (EXISTS ( SELECT
            FROM event_store.relay_lease l
           WHERE (l.expires_at > clock_timestamp()))) AS "exists";
END;


ALTER FUNCTION ops.relay_leads() OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.relay_leads() IS 'For readiness: whether a relay leads, and not which.';

REVOKE ALL ON FUNCTION ops.relay_leads() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.relay_leads() TO healz_command;
GRANT ALL ON FUNCTION ops.relay_leads() TO healz_reader;
