-- The release before calls load_patient.
SET LOCAL lock_timeout = '5s';

DROP FUNCTION event_store.load_case(uuid, uuid, text, interval);
