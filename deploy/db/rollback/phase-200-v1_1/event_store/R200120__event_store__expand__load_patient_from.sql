-- Takes V200120 back: all that it made, and nothing that was there before.
SET LOCAL lock_timeout = '5s';

DROP FUNCTION event_store.load_patient(uuid, uuid, text, interval, uuid, bigint, timestamptz, integer, integer);
