-- The guards of what D100001 recorded: phones and a CPF, a time with each doctor, answers.
INSERT INTO event_store.idempotency_keys (tenant_id, idempotency_key, request_hash, answer, created_at)
VALUES ('0d000000-0000-7000-8000-00000000000a', 'recepção-7f3a', sha256('agendar'::bytea),
        '{"id": "0d000000-0000-7000-8000-0000000000f1", "version": 1, "position": 4, "events": []}', now()),
       ('0d000000-0000-7000-8000-00000000000b', 'robô-91c0', sha256('cancelar'::bytea),
        '{"id": "0d000000-0000-7000-8000-0000000000f3", "version": 2, "position": 4, "events": []}', now());

INSERT INTO event_store.patient_identities (tenant_id, kind, digest, patient_id)
SELECT tenant_id, kind, sha256(convert_to(tenant_id || kind || (event_data ->> kind), 'UTF8')), patient_id
  FROM event_store.events
 CROSS JOIN unnest(ARRAY['phone', 'email', 'cpf']) AS kind
 WHERE event_type = 'PatientRegistered' AND event_data ? kind;

INSERT INTO event_store.appointment_slots (tenant_id, appointment_id, doctor_id, slot)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000f1',
        '0d000000-0000-7000-8000-0000000000d1', '[2031-03-04 12:00Z, 2031-03-04 12:30Z)'),
       ('0d000000-0000-7000-8000-00000000000b', '0d000000-0000-7000-8000-0000000000f5',
        '0d000000-0000-7000-8000-0000000000d3', '[2031-03-06 17:30Z, 2031-03-06 18:15Z)');
