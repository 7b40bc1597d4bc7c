SET LOCAL lock_timeout = '5s';

DROP TABLE event_store.appointment_slots;
DROP TABLE event_store.patient_identities;
DROP TABLE event_store.idempotency_keys;
