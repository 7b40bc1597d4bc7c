-- What projector-patient makes of D100001.
INSERT INTO patient.checkpoint (tenant_id, position)
SELECT tenant_id, position FROM event_store.tenant_log;

INSERT INTO patient.patient_view (
    tenant_id, patient_id, version, phone, full_name, email, birth_date, cpf, registration_source, status,
    current_journey_stage, risk_score, total_appointments, cancelled_appointments, last_interaction_at,
    first_contact_at, next_appointment_at, guardian_phone, name_search, address, preferences, live_appointments,
    journeys, updated_at)
VALUES
    ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000a1', 1, '+5527999990001',
     'Maria Aparecida da Silva', 'maria.silva@example.com.br', '1985-07-14', '52998224725', 'manual', 'active',
     'scheduled', 0.25, 1, 0, '2031-03-01 12:00Z', '2020-03-10 12:00Z', '2031-03-04 12:00Z', NULL,
     'maria aparecida da silva', '{"city": "Vitória", "state": "ES"}', '{"communication_channel": "whatsapp"}',
     '{"0d000000-0000-7000-8000-0000000000f1": "2031-03-04T12:00:00.000000Z"}',
     '{"0d000000-0000-7000-8000-0000000000b1": {"clinic_id": "0d000000-0000-7000-8000-0000000000c1",
        "stage": "scheduled", "score": 0.25, "active": true, "started_at": "2031-03-01T12:00:00.000000Z"}}',
     '2031-03-01 12:00Z'),
    ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000a2', 1, '+5527999990002',
     'Joaquim Nogueira dos Santos', NULL, NULL, NULL, 'whatsapp', 'active', NULL, 0, 0, 0, NULL, NULL, NULL, NULL,
     'joaquim nogueira dos santos', NULL, NULL, '{}', '{}', '2031-03-01 13:00Z'),
    ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000a3', 1, '+5511988880003',
     'João Gonçalves', NULL, '2019-02-28', NULL, 'import', 'active', 'initiated', 1, 1, 1, '2031-03-02 12:00Z',
     '2031-03-01 12:05Z', NULL, '+5511988880004', 'joao goncalves', NULL, NULL, '{}',
     '{"0d000000-0000-7000-8000-0000000000b3": {"clinic_id": "0d000000-0000-7000-8000-0000000000c3",
        "stage": "initiated", "score": 1, "active": true, "started_at": "2031-03-01T12:05:00.000000Z"}}',
     '2031-03-02 12:00Z');
