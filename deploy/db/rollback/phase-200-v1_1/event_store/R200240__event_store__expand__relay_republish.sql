-- End a republish that has begun first: afterwards nobody knows of it, and a relay leads.
SET LOCAL lock_timeout = '5s';

ALTER TABLE event_store.relay_lease DROP COLUMN republish;
