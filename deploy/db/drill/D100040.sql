-- What projector-journey makes of D100001.
INSERT INTO journey.checkpoint (tenant_id, position)
SELECT tenant_id, position FROM event_store.tenant_log;

INSERT INTO journey.patient_contact (tenant_id, patient_id, full_name, phone)
SELECT tenant_id, patient_id, event_data ->> 'full_name', event_data ->> 'phone'
  FROM event_store.events WHERE event_type = 'PatientRegistered';

INSERT INTO journey.patient_clinic (tenant_id, patient_id, clinic_id, live_appointments, last_fact)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000a1',
        '0d000000-0000-7000-8000-0000000000c1',
        '{"0d000000-0000-7000-8000-0000000000f1": "2031-03-04T12:00:00.000000Z"}', NULL),
       ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000a3',
        '0d000000-0000-7000-8000-0000000000c3', '{}', NULL);

INSERT INTO journey.journey_view (
    tenant_id, journey_id, version, clinic_id, patient_id, current_stage, previous_stage, stage_changed_at, risk_score,
    risk_level, risk_indicators, first_contact_at, last_interaction_at, next_appointment_at, total_interactions,
    total_appointments, cancelled_appointments, is_active, patient_name, patient_phone, started_at, completed_at,
    updated_at)
VALUES
    ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000b1', 2,
     '0d000000-0000-7000-8000-0000000000c1', '0d000000-0000-7000-8000-0000000000a1', 'scheduled', 'initiated',
     '2031-03-01 12:00Z', 0.25, 'low', '[]', '2031-03-01 12:00Z', '2031-03-01 12:00Z', '2031-03-04 12:00Z', 1, 1, 0, true,
     'Maria Aparecida da Silva', '+5527999990001', '2031-03-01 12:00Z', NULL, '2031-03-01 12:00Z'),
    ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000b3', 1,
     '0d000000-0000-7000-8000-0000000000c3', '0d000000-0000-7000-8000-0000000000a3', 'initiated', NULL,
     '2031-03-01 12:05Z', 1.00, 'high', '["cancelled"]', '2031-03-01 12:05Z', '2031-03-02 12:00Z', NULL, 2, 1, 1, true,
     'João Gonçalves', '+5511988880003', '2031-03-01 12:05Z', NULL, '2031-03-02 12:00Z'),
    -- One that has ended, for whoever counts by months.
    ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000b2', 5,
     '0d000000-0000-7000-8000-0000000000c2', '0d000000-0000-7000-8000-0000000000a2', 'completed', 'attended',
     now() - interval '40 days', 0, 'low', '[]', now() - interval '100 days', now() - interval '40 days', NULL, 6, 2, 0,
     false, 'Joaquim Nogueira dos Santos', '+5527999990002', now() - interval '100 days', now() - interval '40 days',
     now() - interval '40 days');
