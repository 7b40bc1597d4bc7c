-- role: admin
-- The release before takes turns by advisory locks again.
SET LOCAL lock_timeout = '5s';

GRANT EXECUTE ON FUNCTION pg_catalog.pg_try_advisory_lock(bigint) TO healz_relay, healz_sweeper;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_advisory_xact_lock(bigint) TO healz_command;
