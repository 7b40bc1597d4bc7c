-- role: admin
SET LOCAL lock_timeout = '5s';

DROP FUNCTION ops.end_analyses(interval, interval);
DROP PROCEDURE ops.make_analyst(name, uuid);

-- Roles are the cluster's, and another of its databases may still want their settings: those stay.
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_try_advisory_lock(bigint) FROM healz_relay, healz_sweeper, healz_migrator;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_advisory_xact_lock(bigint) FROM healz_command;

CALL ops.close_to_public(true);
DROP PROCEDURE ops.close_to_public(boolean);
