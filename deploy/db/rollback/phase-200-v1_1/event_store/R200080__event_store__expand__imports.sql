-- What was imported stays; which file it came from, and which times of the past it took, is forgotten.
SET LOCAL lock_timeout = '5s';

DROP FUNCTION event_store.identity_holders(uuid, jsonb);
DROP FUNCTION event_store.take_imported_times(uuid, jsonb);
DROP TABLE event_store.imported_times;
DROP TABLE event_store.import_batches;
