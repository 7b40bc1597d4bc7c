-- A tenant with 100,000 patients, a journey and an appointment each, in 20 clinics of which one has half of them; and
-- 200,000 events, three to an operation.
SET synchronous_commit = off;
CREATE FUNCTION public.numbered(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN ('019a0000-' || kind || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;
CREATE TEMP TABLE people AS
SELECT n, numbered('0001', n) AS patient_id, numbered('0009', CASE WHEN n % 2 = 0 THEN 0 ELSE n % 20 END) AS clinic_id,
       CASE WHEN n % 37 = 0 THEN 'at_risk' WHEN n % 300 = 0 THEN 'abandoned'
            ELSE (ARRAY['initiated', 'scheduled', 'confirmed', 'attended', 'follow_up', 'completed'])[1 + n / 2 % 6]
       END AS stage,
       CASE WHEN n % 37 = 0 THEN (ARRAY[1.00, 0.90, 0.90, 0.30])[1 + n % 4] ELSE n % 69 / 100.0 END AS score,
       now() - n * 7919 % 100000 * interval '3 minutes' AS at,
       (ARRAY['maria', 'joao', 'ana', 'jose', 'antonio', 'rita', 'carlos'])[1 + n * 7919 % 7] || ' '
           || (ARRAY['silva', 'souza', 'oliveira', 'santos', 'goncalves'])[1 + n * 104729 % 5] || ' '
           || md5(n::text) AS name
  FROM generate_series(1, 100000::bigint) AS n;
INSERT INTO patient.patient_view (tenant_id, patient_id, version, phone, full_name, registration_source, status,
    current_journey_stage, risk_score, last_interaction_at, first_contact_at, name_search, journeys, updated_at)
SELECT '00000000-0000-7000-8000-000000000001', patient_id, 1, '+5527' || 900000000 + n, name, 'manual',
       CASE WHEN n % 500 = 0 THEN 'suspended' ELSE 'active' END, stage, score, at, at, name,
       jsonb_build_object(numbered('0002', n)::text, jsonb_build_object(
           'clinic_id', clinic_id, 'stage', stage, 'active', true, 'started_at', '2026-01-01T00:00:00.000000Z',
           'ended_at', NULL, 'score', score::text)), at
  FROM people;
INSERT INTO journey.journey_view (tenant_id, journey_id, version, clinic_id, patient_id, current_stage,
    stage_changed_at, risk_score, risk_level, first_contact_at, last_interaction_at, is_active, needs_follow_up,
    has_escalation, patient_name, patient_phone, started_at, updated_at)
SELECT '00000000-0000-7000-8000-000000000001', numbered('0002', n), 1, clinic_id, patient_id, stage, at, score,
       CASE WHEN score < 0.3 THEN 'low' WHEN score < 0.7 THEN 'medium' WHEN score < 0.85 THEN 'high' ELSE 'critical' END,
       at, at, stage NOT IN ('completed', 'abandoned'), stage IN ('at_risk', 'follow_up'), n % 500 = 0, name, '', at, at
  FROM people;
INSERT INTO journey.patient_clinic (tenant_id, patient_id, clinic_id) SELECT '00000000-0000-7000-8000-000000000001', patient_id, clinic_id FROM people;
INSERT INTO appointment.appointment_view (tenant_id, appointment_id, version, clinic_id, patient_id, patient_name,
    patient_phone, doctor_id, doctor_name, scheduled_for, duration, appointment_type, status, created_at, updated_at)
SELECT '00000000-0000-7000-8000-000000000001', numbered('0003', n), 1, clinic_id, patient_id, name, '', numbered('0004', n % 50), 'Ana', on_day, 30,
       'first_visit', CASE WHEN on_day < now() THEN 'completed' WHEN n % 3 = 0 THEN 'scheduled' ELSE 'confirmed' END, at, at
  FROM (SELECT *, now() + (n * 104729 % 100000 - 90000) * interval '5 minutes' AS on_day FROM people) AS p;
INSERT INTO event_store.events (tenant_id, position, created_at, event_id, event_type, schema_version, aggregate_type,
    aggregate_id, aggregate_version, patient_id, clinic_id, correlation_id, event_data)
SELECT '00000000-0000-7000-8000-000000000001', n, now(), numbered('0005', n), 'MessageReceived', 1, 'Conversation', numbered('0006', n % 50000), 1,
       numbered('0001', 1 + n % 50000), numbered('0009', 0), numbered('0007', n / 3), '{}'
  FROM generate_series(1, 200000) AS n;
INSERT INTO reference.tenants (tenant_id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'Rede');
INSERT INTO reference.clinics (tenant_id, clinic_id, name)
SELECT '00000000-0000-7000-8000-000000000001', numbered('0009', n), n::text FROM generate_series(0, 19) AS n;
INSERT INTO journey.patient_contact (tenant_id, patient_id, full_name, phone)
SELECT '00000000-0000-7000-8000-000000000001', patient_id, name, '' FROM people;
INSERT INTO journey.conversation (tenant_id, conversation_id, patient_id, clinic_id, status, last_message_at, agent_id,
    unanswered_since, escalated_at, waiting_since)
SELECT '00000000-0000-7000-8000-000000000001', numbered('0006', n), patient_id, clinic_id,
       CASE WHEN n % 10 > 4 THEN 'closed' WHEN n % 500 = 0 THEN 'escalated' ELSE 'active' END, at,
       CASE WHEN n % 50 = 0 THEN numbered('000a', n % 40) END,
       CASE WHEN n % 100 = 0 THEN at END, CASE WHEN n % 500 = 0 THEN at END, CASE WHEN n % 100 = 0 THEN at END
  FROM people;
INSERT INTO journey.message (tenant_id, conversation_id, said_at, message_id, patient_id, clinic_id, sender, media_type, content)
SELECT '00000000-0000-7000-8000-000000000001', numbered('0006', 1 + n % 20), now() - n * interval '1 second',
       numbered('000b', n), numbered('0001', 1 + n % 20), numbered('0009', 0), 'bot', 'text', 'Para qual dia?'
  FROM generate_series(1, 100000) AS n;
INSERT INTO journey.message_status (tenant_id, conversation_id, message_id, patient_id, clinic_id, status, changed_at)
SELECT tenant_id, conversation_id, message_id, patient_id, clinic_id, 'read', now() FROM journey.message;
INSERT INTO journey.message_change (tenant_id, conversation_id, message_id, patient_id, clinic_id, changed_at, is_deleted, content)
SELECT tenant_id, conversation_id, message_id, patient_id, clinic_id, now(), false, content FROM journey.message;
