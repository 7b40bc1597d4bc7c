SET LOCAL lock_timeout = '5s';

REVOKE USAGE ON SCHEMA event_store FROM healz_sweeper;
DROP FUNCTION event_store.purge_idempotency_keys(uuid, interval, integer);
REVOKE DELETE ON event_store.idempotency_keys FROM healz_append;
