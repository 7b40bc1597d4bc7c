SET LOCAL lock_timeout = '5s';

DROP TABLE event_store.streams;
DROP TABLE event_store.patient_log;
DROP TABLE event_store.tenant_log;
