SET LOCAL lock_timeout = '5s';

DROP FUNCTION event_store.cloud_event(event_store.events);
DROP FUNCTION event_store.envelope(event_store.events);
DROP FUNCTION event_store.rfc3339(timestamptz);
