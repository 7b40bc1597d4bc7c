-- A file of each tenant under the same key, half of it done, and a time that it took.
INSERT INTO event_store.import_batches (tenant_id, import_key, first_row, rows, is_last, digest, refused)
VALUES ('0d000000-0000-7000-8000-00000000000a', 'agenda-2019', 1, 500, false, sha256('a'::bytea), 2),
       ('0d000000-0000-7000-8000-00000000000b', 'agenda-2019', 1, 12, true, sha256('b'::bytea), NULL);
INSERT INTO event_store.imported_times (tenant_id, appointment_id, patient_id, doctor_id, slot, lived)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000f8',
        '0d000000-0000-7000-8000-0000000000a1', '0d000000-0000-7000-8000-0000000000d1',
        '[2019-03-04 12:00Z, 2019-03-04 12:30Z)', '[2019-03-01 12:00Z, 2019-03-04 12:30Z)'),
       ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000f9',
        '0d000000-0000-7000-8000-0000000000a3', '0d000000-0000-7000-8000-0000000000d3',
        '[2019-03-04 12:00Z, 2019-03-04 12:30Z)', '[2019-03-01 12:00Z, 2019-03-04 12:30Z)');
