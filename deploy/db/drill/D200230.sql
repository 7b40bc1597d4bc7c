-- Counted long ago.
INSERT INTO ops.requests_counted (tenant_id, minute, requests, requests_before)
VALUES ('0d000000-0000-7000-8000-00000000000a', 32112000, 3, 5),
       ('0d000000-0000-7000-8000-00000000000b', 32112000, 1, 0);
