-- A doctor of each tenant on duty, one of them until the end of the day; and a clinic that is never open.
UPDATE reference.doctors SET keeps_schedule = true
 WHERE doctor_id IN ('0d000000-0000-7000-8000-0000000000d1', '0d000000-0000-7000-8000-0000000000d3');
INSERT INTO reference.doctor_schedules (tenant_id, doctor_id, clinic_id, weekday, starts_at, ends_at)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000d1',
        '0d000000-0000-7000-8000-0000000000c1', 1, '08:00', '12:00'),
       ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000d1',
        '0d000000-0000-7000-8000-0000000000c2', 1, '20:00', '24:00'),
       ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000d3',
        '0d000000-0000-7000-8000-0000000000c3', 5, '13:00', '18:00');
INSERT INTO reference.clinics (tenant_id, clinic_id, name, keeps_hours)
VALUES ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000c4', 'Unidade Pinheiros', true);
