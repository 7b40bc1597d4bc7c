-- Who leads among the relays: a lease, by this database's clock. A row, because an advisory lock is anybody's to take, and
-- short statements, because an open transaction would hold back vacuum. The Kafka producer's fence keeps the topic right
-- whoever believes to lead; this keeps relays from taking turns.
SET LOCAL lock_timeout = '5s';

CREATE TABLE event_store.relay_lease (
    only_row      boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    holder        text,        -- host and process, for people; NULL: given back
    session_pid   integer,     -- with session_since: a holder whose session has ended holds nothing
    session_since timestamptz,
    fence         bigint      NOT NULL DEFAULT 0,  -- one more for each that takes it
    taken_at      timestamptz,
    expires_at    timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO event_store.relay_lease DEFAULT VALUES;

-- Columns, so that nobody can lock the table as a whole.
GRANT SELECT ON event_store.relay_lease TO healz_relay;
GRANT UPDATE (holder, session_pid, session_since, fence, taken_at, expires_at) ON event_store.relay_lease TO healz_relay;

-- What readiness says: whether one leads, and not which.
CREATE FUNCTION ops.relay_leads() RETURNS boolean
    LANGUAGE sql STABLE
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (SELECT FROM event_store.relay_lease AS l WHERE l.expires_at > clock_timestamp());
END;

REVOKE EXECUTE ON FUNCTION ops.relay_leads() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.relay_leads() TO healz_command, healz_reader;
