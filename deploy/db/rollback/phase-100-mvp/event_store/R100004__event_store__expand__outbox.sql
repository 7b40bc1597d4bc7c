SET LOCAL lock_timeout = '5s';

DROP TABLE event_store.outbox;
