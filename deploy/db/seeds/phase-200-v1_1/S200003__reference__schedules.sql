-- The clinics keep the hours that the first seed gave them; one doctor of each organisation is there at certain times only.
UPDATE reference.clinics SET keeps_hours = true
 WHERE tenant_id IN ('01900000-0000-7000-8000-00000000000a', '01900000-0000-7000-8000-00000000000b');

UPDATE reference.doctors SET keeps_schedule = true
 WHERE (tenant_id, doctor_id) IN (('01900000-0000-7000-8000-00000000000a', '01900000-0000-7000-8000-000000000ad1'),
                                  ('01900000-0000-7000-8000-00000000000b', '01900000-0000-7000-8000-000000000bd1'));

-- Dra. Ana in the mornings here, in the afternoons there; Dra. Iracema on three days.
INSERT INTO reference.doctor_schedules (tenant_id, doctor_id, clinic_id, weekday, starts_at, ends_at)
SELECT '01900000-0000-7000-8000-00000000000a'::uuid, '01900000-0000-7000-8000-000000000ad1'::uuid, s.clinic_id,
       d, s.starts_at, s.ends_at
  FROM generate_series(1, 5) AS d,
       (VALUES ('01900000-0000-7000-8000-0000000000a1'::uuid, time '08:00', time '12:00'),
               ('01900000-0000-7000-8000-0000000000a2',       '13:00',      '18:00')) AS s (clinic_id, starts_at, ends_at)
 UNION ALL
SELECT '01900000-0000-7000-8000-00000000000b', '01900000-0000-7000-8000-000000000bd1', '01900000-0000-7000-8000-0000000000b1',
       d, '08:00', '18:00'
  FROM unnest('{1,3,5}'::int[]) AS d
ON CONFLICT (tenant_id, doctor_id, clinic_id, weekday, starts_at) DO UPDATE SET ends_at = EXCLUDED.ends_at;
