SET LOCAL lock_timeout = '5s';

DROP INDEX event_store.events_anonymized;
