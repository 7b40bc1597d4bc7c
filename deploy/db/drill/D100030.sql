-- What projector-appointment makes of D100001.
INSERT INTO appointment.checkpoint (tenant_id, position)
SELECT tenant_id, position FROM event_store.tenant_log;

INSERT INTO appointment.patient_contact (tenant_id, patient_id, full_name, phone)
SELECT tenant_id, patient_id, event_data ->> 'full_name', event_data ->> 'phone'
  FROM event_store.events WHERE event_type = 'PatientRegistered';

INSERT INTO appointment.appointment_view (
    tenant_id, appointment_id, version, clinic_id, patient_id, patient_name, patient_phone, doctor_id, doctor_name,
    scheduled_for, duration, appointment_type, status, reminder_sent_at, reminder_delivery_status, reminder_id,
    reminders_seen, cancelled_at, cancellation_reason, notes, created_at, updated_at)
VALUES
    ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000f1', 1,
     '0d000000-0000-7000-8000-0000000000c1', '0d000000-0000-7000-8000-0000000000a1', 'Maria Aparecida da Silva',
     '+5527999990001', '0d000000-0000-7000-8000-0000000000d1', 'Dra. Ana Lúcia Conceição', '2031-03-04 12:00Z', 30,
     'first_visit', 'scheduled', NULL, NULL, NULL, '[]', NULL, NULL, 'primeira consulta; ''ligar antes''',
     '2031-03-01 12:00Z', '2031-03-01 12:00Z'),
    ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000f3', 2,
     '0d000000-0000-7000-8000-0000000000c3', '0d000000-0000-7000-8000-0000000000a3', 'João Gonçalves',
     '+5511988880003', '0d000000-0000-7000-8000-0000000000d3', 'Dr. Álvaro Guimarães', '2031-03-05 17:30Z', 45,
     'follow_up', 'cancelled', NULL, NULL, NULL, '[]', '2031-03-02 12:00Z', 'viagem', NULL, '2031-03-01 12:05Z',
     '2031-03-02 12:00Z'),
    -- Visits of the last weeks, for whoever counts those.
    ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000f4', 1,
     '0d000000-0000-7000-8000-0000000000c3', '0d000000-0000-7000-8000-0000000000a3', 'João Gonçalves',
     '+5511988880003', '0d000000-0000-7000-8000-0000000000d3', 'Dr. Álvaro Guimarães',
     date_trunc('hour', now()) - interval '10 days', 45, 'first_visit', 'no_show', NULL, NULL, NULL, '[]', NULL, NULL, NULL,
     date_trunc('hour', now()) - interval '30 days', date_trunc('hour', now()) - interval '9 days'),
    ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000f2', 3,
     '0d000000-0000-7000-8000-0000000000c2', '0d000000-0000-7000-8000-0000000000a2', 'Joaquim Nogueira dos Santos',
     '+5527999990002', '0d000000-0000-7000-8000-0000000000d1', 'Dra. Ana Lúcia Conceição',
     date_trunc('hour', now()) - interval '20 days', 30, 'follow_up', 'no_show',
     date_trunc('hour', now()) - interval '21 days', 'delivered', '0d000000-0000-7000-8000-0000000000e2',
     '["0d000000-0000-7000-8000-0000000000e2"]', NULL, NULL, NULL, date_trunc('hour', now()) - interval '30 days',
     date_trunc('hour', now()) - interval '19 days');
