-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION event_store.append_events(p_tenant_id uuid, p_patient_id uuid, p_facts bigint, p_idempotency_key text, p_key_lifetime interval, p_request_hash bytea, p_answer jsonb, p_correlation_id uuid, p_user_id uuid, p_metadata jsonb, p_events jsonb, p_guards jsonb) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
DECLARE
    v_tenant_id uuid    := ops.enter_tenant(p_tenant_id);
    v_count     integer := jsonb_array_length(p_events);
    v_position  bigint;
    v_now       timestamptz;
    v_event     jsonb;
    v_nth       integer := 0;
    v_taken     integer;
    v_kind      text;
BEGIN
    UPDATE event_store.tenant_log
       SET position = position + v_count, last_at = greatest(clock_timestamp(), last_at)
     WHERE tenant_id = v_tenant_id
    RETURNING position, last_at INTO v_position, v_now;
    IF NOT FOUND THEN
        INSERT INTO event_store.tenant_log AS t (tenant_id, position, last_at)
        VALUES (v_tenant_id, v_count, clock_timestamp())
        ON CONFLICT (tenant_id) DO UPDATE
        SET position = t.position + v_count, last_at = greatest(clock_timestamp(), t.last_at)
        RETURNING t.position, t.last_at INTO v_position, v_now;
    END IF;

    IF p_guards ? 'clock' AND v_now NOT BETWEEN (p_guards -> 'clock' ->> 'not_before')::timestamptz
                                            AND (p_guards -> 'clock' ->> 'not_after')::timestamptz THEN
        RAISE EXCEPTION 'it would be recorded at %, while the database''s clock is at %', v_now, clock_timestamp()
            USING ERRCODE = 'HZ006';
    END IF;

    IF p_idempotency_key IS NOT NULL THEN
        INSERT INTO event_store.idempotency_keys AS k (tenant_id, idempotency_key, request_hash, answer, created_at)
        VALUES (v_tenant_id, p_idempotency_key, p_request_hash,
                p_answer || jsonb_build_object('position', v_position), v_now)
        ON CONFLICT (tenant_id, idempotency_key) DO UPDATE
        SET request_hash = EXCLUDED.request_hash, answer = EXCLUDED.answer, created_at = EXCLUDED.created_at
        WHERE k.created_at <= v_now - p_key_lifetime;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'this idempotency key was answered meanwhile' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;

    IF p_facts = 0 THEN
        INSERT INTO event_store.patient_log (tenant_id, patient_id, facts, first_at, last_at)
        VALUES (v_tenant_id, p_patient_id, v_count, v_now, v_now)
        ON CONFLICT DO NOTHING;
    ELSE
        UPDATE event_store.patient_log
           SET facts = p_facts + v_count, first_at = least(first_at, v_now), last_at = greatest(last_at, v_now)
         WHERE tenant_id = v_tenant_id AND patient_id = p_patient_id AND facts = p_facts;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'other facts about the patient came first' USING ERRCODE = 'serialization_failure';
    END IF;

    FOR v_event IN SELECT e FROM jsonb_array_elements(p_events) AS e LOOP
        v_nth := v_nth + 1;
        INSERT INTO event_store.events (
            tenant_id, position, created_at, event_id, event_type, schema_version, aggregate_type, aggregate_id,
            aggregate_version, patient_id, clinic_id, causation_id, correlation_id, user_id, event_data, metadata)
        VALUES (
            v_tenant_id, v_position - v_count + v_nth, v_now, (v_event ->> 'event_id')::uuid, v_event ->> 'event_type',
            (v_event ->> 'schema_version')::integer, v_event ->> 'aggregate_type', (v_event ->> 'aggregate_id')::uuid,
            (v_event ->> 'aggregate_version')::integer, p_patient_id, (v_event ->> 'clinic_id')::uuid,
            (v_event ->> 'causation_id')::uuid, p_correlation_id, p_user_id, v_event -> 'event_data', p_metadata);
        IF (v_event ->> 'aggregate_version')::integer = 1 THEN
            INSERT INTO event_store.streams (tenant_id, aggregate_id, aggregate_type, patient_id, version)
            VALUES (v_tenant_id, (v_event ->> 'aggregate_id')::uuid, v_event ->> 'aggregate_type', p_patient_id, 1);
        ELSE
            UPDATE event_store.streams
               SET version = version + 1
             WHERE tenant_id = v_tenant_id AND aggregate_id = (v_event ->> 'aggregate_id')::uuid
               AND patient_id = p_patient_id AND version = (v_event ->> 'aggregate_version')::integer - 1;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'an aggregate is not at the expected version' USING ERRCODE = 'serialization_failure';
            END IF;
        END IF;
    END LOOP;
    IF v_count > 0 THEN
        INSERT INTO event_store.outbox (tenant_id, first_position, last_position, created_at)
        VALUES (v_tenant_id, v_position - v_count + 1, v_position, v_now);
    END IF;

    -- What is freed comes before what is taken: a reschedule may move an appointment within its own old time.
    IF p_guards ? 'freed_identities' THEN
        DELETE FROM event_store.patient_identities AS i
         USING jsonb_to_recordset(p_guards -> 'freed_identities') AS f (kind text, digest text)
         WHERE i.tenant_id = v_tenant_id AND i.patient_id = p_patient_id
           AND i.kind = f.kind AND i.digest = decode(f.digest, 'hex');
    END IF;
    IF p_guards ? 'taken_identities' THEN
        INSERT INTO event_store.patient_identities (tenant_id, kind, digest, patient_id)
        SELECT v_tenant_id, t.kind, decode(t.digest, 'hex'), p_patient_id
          FROM jsonb_to_recordset(p_guards -> 'taken_identities') AS t (kind text, digest text)
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS v_taken = ROW_COUNT;
        IF v_taken <> jsonb_array_length(p_guards -> 'taken_identities') THEN
            -- Which one it was: under row-level security the unique key's own error may not say.
            SELECT t.kind INTO v_kind
              FROM jsonb_to_recordset(p_guards -> 'taken_identities') AS t (kind text, digest text)
              JOIN event_store.patient_identities AS i
                ON i.tenant_id = v_tenant_id AND i.kind = t.kind AND i.digest = decode(t.digest, 'hex')
             WHERE i.patient_id <> p_patient_id
             LIMIT 1;
            RAISE EXCEPTION '%', v_kind USING ERRCODE = 'HZ003';
        END IF;
    END IF;
    IF p_guards ? 'freed_slots' THEN
        DELETE FROM event_store.appointment_slots AS s
         USING jsonb_to_recordset(p_guards -> 'freed_slots') AS f (appointment_id uuid)
         WHERE s.tenant_id = v_tenant_id AND s.appointment_id = f.appointment_id;
    END IF;
    IF p_guards ? 'taken_slots' THEN
        INSERT INTO event_store.appointment_slots (tenant_id, appointment_id, doctor_id, slot)
        SELECT v_tenant_id, t.appointment_id, t.doctor_id, tstzrange(t.slot_from, t.slot_until, '[)')
          FROM jsonb_to_recordset(p_guards -> 'taken_slots')
            AS t (appointment_id uuid, doctor_id uuid, slot_from timestamptz, slot_until timestamptz);
    END IF;
    IF p_guards ? 'taken_messages' THEN
        INSERT INTO event_store.provider_messages (tenant_id, whatsapp_message_id)
        SELECT v_tenant_id, t.whatsapp_message_id
          FROM jsonb_to_recordset(p_guards -> 'taken_messages') AS t (whatsapp_message_id text)
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS v_taken = ROW_COUNT;
        IF v_taken <> jsonb_array_length(p_guards -> 'taken_messages') THEN
            RAISE EXCEPTION 'this message was recorded before' USING ERRCODE = 'HZ005';
        END IF;
    END IF;

    RETURN v_position;
END
$$;


ALTER FUNCTION event_store.append_events(p_tenant_id uuid, p_patient_id uuid, p_facts bigint, p_idempotency_key text, p_key_lifetime interval, p_request_hash bytea, p_answer jsonb, p_correlation_id uuid, p_user_id uuid, p_metadata jsonb, p_events jsonb, p_guards jsonb) OWNER TO healz_append;

COMMENT ON FUNCTION event_store.append_events(p_tenant_id uuid, p_patient_id uuid, p_facts bigint, p_idempotency_key text, p_key_lifetime interval, p_request_hash bytea, p_answer jsonb, p_correlation_id uuid, p_user_id uuid, p_metadata jsonb, p_events jsonb, p_guards jsonb) IS 'The only writer of the log: one statement appends a commit''s events, the outbox row and the guards. Returns the last position.

The order is always the same: the tenant''s head (its lock), idempotency key, the patient''s facts, events and streams, outbox, guards. Another order deadlocks.

p_facts is how many facts the patient had when it was decided. p_events is [{event_id, event_type, schema_version, aggregate_type, aggregate_id, aggregate_version, clinic_id, causation_id, event_data}], in order. p_guards is NULL, or any of {freed_identities, taken_identities: [{kind, digest (hexadecimal)}], freed_slots: [{appointment_id}], taken_slots: [{appointment_id, doctor_id, slot_from, slot_until}], taken_messages: [{whatsapp_message_id}], clock: {not_before, not_after}}.

Raises serialization_failure when something else was decided on: decide again on a fresh load; HZ003 when an identity is somebody else''s, unique_violation (streams_pkey) when a new aggregate''s id is taken, exclusion_violation when a doctor''s time is; HZ005 when the message was recorded before; HZ006 when the database''s clock, or the tenant''s last time, lies outside what the caller allows.';

REVOKE ALL ON FUNCTION event_store.append_events(p_tenant_id uuid, p_patient_id uuid, p_facts bigint, p_idempotency_key text, p_key_lifetime interval, p_request_hash bytea, p_answer jsonb, p_correlation_id uuid, p_user_id uuid, p_metadata jsonb, p_events jsonb, p_guards jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION event_store.append_events(p_tenant_id uuid, p_patient_id uuid, p_facts bigint, p_idempotency_key text, p_key_lifetime interval, p_request_hash bytea, p_answer jsonb, p_correlation_id uuid, p_user_id uuid, p_metadata jsonb, p_events jsonb, p_guards jsonb) TO healz_command;
