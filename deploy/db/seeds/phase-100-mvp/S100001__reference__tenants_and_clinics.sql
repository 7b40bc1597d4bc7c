-- Two organisations to show things with, their clinics and when those are open.
INSERT INTO reference.tenants (tenant_id, name, time_zone) VALUES
    ('01900000-0000-7000-8000-00000000000a', 'Rede Capixaba de Saúde',  'America/Sao_Paulo'),
    ('01900000-0000-7000-8000-00000000000b', 'Clínicas Rio Amazonas',   'America/Manaus')
ON CONFLICT (tenant_id) DO UPDATE SET name = EXCLUDED.name, time_zone = EXCLUDED.time_zone;

INSERT INTO reference.clinics (tenant_id, clinic_id, name, time_zone) VALUES
    ('01900000-0000-7000-8000-00000000000a', '01900000-0000-7000-8000-0000000000a1', 'Clínica Jardim da Penha', NULL),
    ('01900000-0000-7000-8000-00000000000a', '01900000-0000-7000-8000-0000000000a2', 'Clínica Itararé',         NULL),
    ('01900000-0000-7000-8000-00000000000b', '01900000-0000-7000-8000-0000000000b1', 'Clínica Adrianópolis',    NULL),
    ('01900000-0000-7000-8000-00000000000b', '01900000-0000-7000-8000-0000000000b2', 'Clínica Rio Branco',      'America/Rio_Branco')
ON CONFLICT (tenant_id, clinic_id) DO UPDATE SET name = EXCLUDED.name, time_zone = EXCLUDED.time_zone;

-- Monday to Friday with a lunch break, Saturday in the morning.
INSERT INTO reference.opening_hours (tenant_id, clinic_id, weekday, opens_at, closes_at)
SELECT c.tenant_id, c.clinic_id, h.weekday, h.opens_at, h.closes_at
  FROM reference.clinics AS c
 CROSS JOIN (SELECT d, o, u FROM generate_series(1, 5) AS d, (VALUES (time '08:00', time '12:00'), ('13:00', '18:00')) AS w (o, u)
             UNION ALL SELECT 6, time '08:00', time '12:00') AS h (weekday, opens_at, closes_at)
 WHERE c.tenant_id IN ('01900000-0000-7000-8000-00000000000a', '01900000-0000-7000-8000-00000000000b')
ON CONFLICT (tenant_id, clinic_id, weekday, opens_at) DO UPDATE SET closes_at = EXCLUDED.closes_at;
