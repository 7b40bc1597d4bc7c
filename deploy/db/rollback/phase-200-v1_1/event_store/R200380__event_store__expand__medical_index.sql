-- Takes V200380 back. Who asks for a medical history reads the patient's events for it.
SET LOCAL lock_timeout = '5s';

DROP INDEX event_store.events_medical;
