-- role: admin
-- undoes: V200130
-- What the services' logins kept for the relay, sweeps and imports of release 0.1.0 goes: advisory locks, as many as one asks
-- for, from a table of locks that all share. One session could fill it, and every command was answered 503 meanwhile.
SET LOCAL lock_timeout = '5s';

REVOKE EXECUTE ON FUNCTION pg_catalog.pg_try_advisory_lock(bigint) FROM healz_relay, healz_sweeper;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_advisory_xact_lock(bigint) FROM healz_command;
