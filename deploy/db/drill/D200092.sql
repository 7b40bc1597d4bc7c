-- A decision for each tenant.
INSERT INTO event_store.accepted_records (tenant_id, partition, before_offset)
VALUES ('0d000000-0000-7000-8000-00000000000a', 0, 120),
       ('0d000000-0000-7000-8000-00000000000b', 5, 7);
