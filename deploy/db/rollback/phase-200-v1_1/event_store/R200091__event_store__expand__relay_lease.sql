-- Relays of the release before lead by an advisory lock again; stop those of this one first.
SET LOCAL lock_timeout = '5s';

DROP FUNCTION ops.relay_leads();
DROP TABLE event_store.relay_lease;
