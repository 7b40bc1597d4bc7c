-- The only way an event comes into the store. One call, one autocommit statement, READ COMMITTED: every statement in it
-- sees what was committed before the head's lock was granted.
--
-- The order is always the same: head, idempotency key, the patient's facts, positions, streams, events, outbox, guards,
-- head. (Streams before the head: 35 deadlocks in 8 seconds. Head first: none.)
--
-- {outcome, stored}:
--          'appended'    stored is the answer with its position
--          'repeated'    this key was answered before; stored is that answer
--          'key_reused'  this key was answered before, to another request
--          'conflict'    the patient's facts are not what the command was decided on; nothing was written
-- Raises   HZ001               an aggregate is not at the version before its first new event
--          unique_violation    streams_pkey: a new aggregate's id is taken
--          HZ003               an identity belongs to another patient; the message is its kind
--          exclusion_violation appointment_slots_free: the doctor has another live appointment then
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION event_store.append_events(
    p_tenant_id          uuid,
    p_patient_id         uuid,
    p_facts              bigint,
    p_idempotency_key    text,
    p_key_lifetime       interval,
    p_request_hash       bytea,
    p_answer             jsonb,
    p_correlation_id     uuid,
    p_user_id            uuid,
    p_metadata           jsonb,
    p_event_ids          uuid[],
    p_event_types        text[],
    p_schema_versions    integer[],
    p_aggregate_types    text[],
    p_aggregate_ids      uuid[],
    p_aggregate_versions integer[],
    p_clinic_ids         uuid[],
    p_causation_ids      uuid[],
    p_event_data         jsonb[],
    p_stream_ids         uuid[],
    p_stream_types       text[],
    p_stream_before      integer[],  -- the version that each is at; 0: new
    p_stream_after       integer[],
    p_freed_kinds        text[],
    p_freed_digests      bytea[],
    p_taken_kinds        text[],
    p_taken_digests      bytea[],
    p_freed_slots        uuid[],
    p_slot_appointments  uuid[],
    p_slot_doctors       uuid[],
    p_slot_from          timestamptz[],
    p_slot_until         timestamptz[]
) RETURNS jsonb
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    -- A session keeps the plans that it made when the tables were small: every look here is by a key, so never by a scan.
    SET enable_seqscan = off
    SET enable_bitmapscan = off
AS $$
DECLARE
    v_count  integer := cardinality(p_event_ids);
    v_head   event_store.tenant_log%ROWTYPE;
    v_known  event_store.idempotency_keys%ROWTYPE;
    v_now    timestamptz;
    v_facts  bigint;
    v_moves  integer;
    v_done   integer;
    v_kind   text;
    v_stored jsonb;
BEGIN
    PERFORM ops.enter_tenant(p_tenant_id);

    SELECT * INTO v_head FROM event_store.tenant_log WHERE tenant_id = p_tenant_id FOR UPDATE;
    IF NOT FOUND THEN
        -- A row that does not exist can't be locked: make it, then lock it.
        INSERT INTO event_store.tenant_log VALUES (p_tenant_id, 0, '-infinity') ON CONFLICT DO NOTHING;
        SELECT * INTO v_head FROM event_store.tenant_log WHERE tenant_id = p_tenant_id FOR UPDATE;
    END IF;
    v_now := greatest(clock_timestamp(), v_head.last_at);

    IF p_idempotency_key IS NOT NULL THEN
        SELECT * INTO v_known
          FROM event_store.idempotency_keys
         WHERE tenant_id = p_tenant_id AND idempotency_key = p_idempotency_key
           AND created_at > v_now - p_key_lifetime;
        IF FOUND THEN
            RETURN jsonb_build_object(
                'outcome', CASE WHEN v_known.request_hash = p_request_hash THEN 'repeated' ELSE 'key_reused' END,
                'stored', v_known.answer);
        END IF;
    END IF;

    SELECT facts INTO v_facts FROM event_store.patient_log WHERE tenant_id = p_tenant_id AND patient_id = p_patient_id;
    IF COALESCE(v_facts, 0) <> p_facts THEN
        RETURN jsonb_build_object('outcome', 'conflict', 'stored', NULL);
    END IF;

    IF v_count > 0 THEN
        IF 0 = ANY (p_stream_before) THEN
            INSERT INTO event_store.streams (tenant_id, aggregate_id, aggregate_type, patient_id, version)
            SELECT p_tenant_id, n.aggregate_id, n.aggregate_type, p_patient_id, n.after
              FROM unnest(p_stream_ids, p_stream_types, p_stream_before, p_stream_after)
                AS n (aggregate_id, aggregate_type, before, after)
             WHERE n.before = 0;
        END IF;
        v_moves := cardinality(array_remove(p_stream_before, 0));
        IF v_moves > 0 THEN
            UPDATE event_store.streams AS s
               SET version = n.after
              FROM unnest(p_stream_ids, p_stream_before, p_stream_after) AS n (aggregate_id, before, after)
             WHERE s.tenant_id = p_tenant_id AND s.aggregate_id = n.aggregate_id AND s.patient_id = p_patient_id
               AND s.version = n.before AND n.before > 0;
            GET DIAGNOSTICS v_done = ROW_COUNT;
            IF v_done <> v_moves THEN
                RAISE EXCEPTION 'an aggregate is not at the expected version' USING ERRCODE = 'HZ001';
            END IF;
        END IF;

        INSERT INTO event_store.patient_log AS p (tenant_id, patient_id, facts, first_at, last_at)
        VALUES (p_tenant_id, p_patient_id, v_count, v_now, v_now)
        ON CONFLICT (tenant_id, patient_id) DO UPDATE SET facts = p.facts + v_count, last_at = v_now;

        INSERT INTO event_store.events (
            tenant_id, position, created_at, event_id, event_type, schema_version, aggregate_type, aggregate_id,
            aggregate_version, patient_id, clinic_id, causation_id, correlation_id, user_id, event_data, metadata)
        SELECT p_tenant_id, v_head.position + n.ordinality, v_now, n.event_id, n.event_type, n.schema_version,
               n.aggregate_type, n.aggregate_id, n.aggregate_version, p_patient_id, n.clinic_id, n.causation_id,
               p_correlation_id, p_user_id, n.event_data, p_metadata
          FROM unnest(p_event_ids, p_event_types, p_schema_versions, p_aggregate_types, p_aggregate_ids,
                      p_aggregate_versions, p_clinic_ids, p_causation_ids, p_event_data) WITH ORDINALITY
            AS n (event_id, event_type, schema_version, aggregate_type, aggregate_id, aggregate_version, clinic_id,
                  causation_id, event_data, ordinality);

        INSERT INTO event_store.outbox (tenant_id, first_position, last_position, created_at)
        VALUES (p_tenant_id, v_head.position + 1, v_head.position + v_count, v_now);
    END IF;

    -- What is freed comes before what is taken: a reschedule may move an appointment within its own old time.
    IF cardinality(p_freed_kinds) > 0 THEN
        DELETE FROM event_store.patient_identities AS i
         USING unnest(p_freed_kinds, p_freed_digests) AS f (kind, digest)
         WHERE i.tenant_id = p_tenant_id AND i.patient_id = p_patient_id AND i.kind = f.kind AND i.digest = f.digest;
    END IF;
    IF cardinality(p_taken_kinds) > 0 THEN
        INSERT INTO event_store.patient_identities (tenant_id, kind, digest, patient_id)
        SELECT p_tenant_id, t.kind, t.digest, p_patient_id FROM unnest(p_taken_kinds, p_taken_digests) AS t (kind, digest)
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS v_done = ROW_COUNT;
        IF v_done <> cardinality(p_taken_kinds) THEN
            -- Which one it was: under row-level security the unique key's own error may not say.
            SELECT t.kind INTO v_kind
              FROM unnest(p_taken_kinds, p_taken_digests) AS t (kind, digest)
              JOIN event_store.patient_identities AS i
                ON i.tenant_id = p_tenant_id AND i.kind = t.kind AND i.digest = t.digest AND i.patient_id <> p_patient_id;
            RAISE EXCEPTION '%', v_kind USING ERRCODE = 'HZ003';
        END IF;
    END IF;
    IF cardinality(p_freed_slots) > 0 THEN
        DELETE FROM event_store.appointment_slots WHERE tenant_id = p_tenant_id AND appointment_id = ANY (p_freed_slots);
    END IF;
    IF cardinality(p_slot_appointments) > 0 THEN
        INSERT INTO event_store.appointment_slots (tenant_id, appointment_id, doctor_id, slot)
        SELECT p_tenant_id, t.appointment_id, t.doctor_id, tstzrange(t.slot_from, t.slot_until, '[)')
          FROM unnest(p_slot_appointments, p_slot_doctors, p_slot_from, p_slot_until)
            AS t (appointment_id, doctor_id, slot_from, slot_until);
    END IF;

    v_stored := p_answer || jsonb_build_object('position', v_head.position + v_count);
    IF p_idempotency_key IS NOT NULL THEN
        INSERT INTO event_store.idempotency_keys AS k (tenant_id, idempotency_key, request_hash, answer, created_at)
        VALUES (p_tenant_id, p_idempotency_key, p_request_hash, v_stored, v_now)
        ON CONFLICT (tenant_id, idempotency_key) DO UPDATE  -- only one past its lifetime can be there
        SET request_hash = EXCLUDED.request_hash, answer = EXCLUDED.answer, created_at = EXCLUDED.created_at;
    END IF;

    UPDATE event_store.tenant_log SET position = v_head.position + v_count, last_at = v_now WHERE tenant_id = p_tenant_id;

    RETURN jsonb_build_object('outcome', 'appended', 'stored', v_stored);
END
$$;

-- Owned by a role that nobody logs in as and that row-level security binds like any other.
GRANT CREATE ON SCHEMA event_store TO healz_append;
ALTER FUNCTION event_store.append_events OWNER TO healz_append;
REVOKE CREATE ON SCHEMA event_store FROM healz_append;
REVOKE EXECUTE ON FUNCTION event_store.append_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_store.append_events TO healz_command;
