-- Commits that the broker doesn't have yet; their ids came from the sequence.
INSERT INTO event_store.outbox (tenant_id, first_position, last_position, created_at)
VALUES ('0d000000-0000-7000-8000-00000000000a', 2, 4, date_trunc('hour', now())),
       ('0d000000-0000-7000-8000-00000000000b', 4, 4, date_trunc('hour', now()));
