-- Which records a person accepted is forgotten: the relay stops for their tenants again.
SET LOCAL lock_timeout = '5s';

DROP TABLE event_store.accepted_records;
