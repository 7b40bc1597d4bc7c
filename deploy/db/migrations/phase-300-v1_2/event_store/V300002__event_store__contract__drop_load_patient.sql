-- undoes: V100006
-- Since V200041 load_case gives the same and more; release 1.1 calls nothing else.
SET LOCAL lock_timeout = '5s';

DROP FUNCTION event_store.load_patient(uuid, uuid, text, interval);
