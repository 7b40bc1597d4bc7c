SET LOCAL lock_timeout = '5s';

DROP FUNCTION event_store.load_patient(uuid, uuid, text, interval);
