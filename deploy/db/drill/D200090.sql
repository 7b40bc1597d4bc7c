-- The relay has stopped for both tenants, and each projector for one.
INSERT INTO ops.halted_tenants (tenant_id, component, position, reason)
VALUES ('0d000000-0000-7000-8000-00000000000a', 'relay', 7, 'the store has no event at position 7'),
       ('0d000000-0000-7000-8000-00000000000b', 'relay', 3, 'the store has another event at position 3'),
       ('0d000000-0000-7000-8000-00000000000a', 'projector-patient', 7, 'the store has no event at position 7'),
       ('0d000000-0000-7000-8000-00000000000a', 'projector-appointment', 7, 'the store has no event at position 7'),
       ('0d000000-0000-7000-8000-00000000000b', 'projector-journey', 3, 'the store has another event at position 3');
