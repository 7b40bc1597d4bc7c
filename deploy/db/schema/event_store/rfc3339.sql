-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION event_store.rfc3339(p_at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char((p_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text);


ALTER FUNCTION event_store.rfc3339(p_at timestamp with time zone) OWNER TO healz_migrator;

COMMENT ON FUNCTION event_store.rfc3339(p_at timestamp with time zone) IS 'RFC 3339, UTC, microseconds.';

REVOKE ALL ON FUNCTION event_store.rfc3339(p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION event_store.rfc3339(p_at timestamp with time zone) TO healz_command;
GRANT ALL ON FUNCTION event_store.rfc3339(p_at timestamp with time zone) TO healz_reader;
GRANT ALL ON FUNCTION event_store.rfc3339(p_at timestamp with time zone) TO healz_projector;
GRANT ALL ON FUNCTION event_store.rfc3339(p_at timestamp with time zone) TO healz_relay;
