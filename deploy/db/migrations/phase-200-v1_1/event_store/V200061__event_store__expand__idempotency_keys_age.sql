-- transaction: none
-- What expired, without reading what did not. The table is in use, so the index is built beside it; what an interrupted
-- build left behind goes first.
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS event_store.idempotency_keys_age;

CREATE INDEX CONCURRENTLY idempotency_keys_age ON event_store.idempotency_keys (tenant_id, created_at);
