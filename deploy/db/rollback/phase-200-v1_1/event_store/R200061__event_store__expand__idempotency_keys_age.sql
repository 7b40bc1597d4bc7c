-- transaction: none
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS event_store.idempotency_keys_age;
