-- The tenants of D100001, their clinics (one in another time zone), doctors (one in two clinics) and hours.
INSERT INTO reference.tenants (tenant_id, name, time_zone, journey_rules)
VALUES ('0d000000-0000-7000-8000-00000000000a', 'Rede Goiabeiras', 'America/Sao_Paulo', '{"silence_days_min": 10}'),
       ('0d000000-0000-7000-8000-00000000000b', 'Instituto Paulista', 'America/Sao_Paulo', NULL);

INSERT INTO reference.clinics (tenant_id, clinic_id, name, time_zone)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000c1', 'Clínica Goiabeiras', NULL),
       ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000c2', 'Clínica Rio Branco', 'America/Rio_Branco'),
       ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000c3', 'Unidade Consolação', NULL);

INSERT INTO reference.doctors (tenant_id, doctor_id, full_name, clinic_ids)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000d1', 'Dra. Ana Lúcia Conceição',
        '{0d000000-0000-7000-8000-0000000000c1,0d000000-0000-7000-8000-0000000000c2}'),
       ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000d2', 'Dr. Otávio Brandão', '{}'),
       ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000d3', 'Dr. Álvaro Guimarães',
        '{0d000000-0000-7000-8000-0000000000c3}');

INSERT INTO reference.opening_hours (tenant_id, clinic_id, weekday, opens_at, closes_at)
SELECT tenant_id, clinic_id, weekday, opens_at, closes_at
  FROM reference.clinics
 CROSS JOIN generate_series(1, 5) AS weekday
 CROSS JOIN (VALUES ('08:00'::time, '12:00'::time), ('13:00', '18:00')) AS h (opens_at, closes_at)
 WHERE tenant_id::text LIKE '0d%';
