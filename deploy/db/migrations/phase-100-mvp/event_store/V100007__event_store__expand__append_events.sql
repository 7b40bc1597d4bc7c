-- The only way an event comes into the store. One call, one autocommit statement, READ COMMITTED: every statement in it
-- sees what was committed before the head's lock was granted.
--
-- The order is always the same: head, idempotency key, the patient's facts, positions, streams, events, outbox, guards,
-- head. (Streams before the head: 35 deadlocks in 8 seconds. Head first: none.)
--
-- Events come as one JSON value: an array parameter costs the client 11 µs of its processor, and there were twenty.
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
    p_events             jsonb,  -- [{event_id, event_type, schema_version, aggregate_type, aggregate_id,
                                 --   aggregate_version, clinic_id, causation_id, event_data}], in order
    p_guards             jsonb   -- NULL, or any of {freed_identities, taken_identities: [{kind, digest (hexadecimal)}],
                                 --   freed_slots: [{appointment_id}],
                                 --   taken_slots: [{appointment_id, doctor_id, slot_from, slot_until}]}
) RETURNS jsonb
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    -- A session keeps the plans that it made when the tables were small: every look here is by a key, so never by a scan.
    SET enable_seqscan = off
    SET enable_bitmapscan = off
AS $$
DECLARE
    v_count   integer := jsonb_array_length(p_events);
    v_head    event_store.tenant_log%ROWTYPE;
    v_known   event_store.idempotency_keys%ROWTYPE;
    v_now     timestamptz;
    v_facts   bigint;
    v_new     integer;
    v_moved   integer;
    v_streams integer;
    v_taken   integer;
    v_kind    text;
    v_stored  jsonb;
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
        -- New aggregates, then those that go on from the version before their first new event.
        INSERT INTO event_store.streams (tenant_id, aggregate_id, aggregate_type, patient_id, version)
        SELECT p_tenant_id, n.aggregate_id, min(n.aggregate_type), p_patient_id, max(n.aggregate_version)
          FROM jsonb_to_recordset(p_events) AS n (aggregate_id uuid, aggregate_type text, aggregate_version integer)
         GROUP BY n.aggregate_id
        HAVING min(n.aggregate_version) = 1;
        GET DIAGNOSTICS v_new = ROW_COUNT;
        IF v_new < v_count THEN
            UPDATE event_store.streams AS s
               SET version = n.after
              FROM (SELECT aggregate_id, min(aggregate_version) - 1 AS before, max(aggregate_version) AS after
                      FROM jsonb_to_recordset(p_events) AS e (aggregate_id uuid, aggregate_version integer)
                     GROUP BY aggregate_id) AS n
             WHERE s.tenant_id = p_tenant_id AND s.aggregate_id = n.aggregate_id AND s.patient_id = p_patient_id
               AND s.version = n.before AND n.before > 0;
            GET DIAGNOSTICS v_moved = ROW_COUNT;
            SELECT count(DISTINCT aggregate_id) INTO v_streams FROM jsonb_to_recordset(p_events) AS e (aggregate_id uuid);
            IF v_new + v_moved <> v_streams THEN
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
          FROM ROWS FROM (jsonb_to_recordset(p_events) AS (
                   event_id uuid, event_type text, schema_version integer, aggregate_type text, aggregate_id uuid,
                   aggregate_version integer, clinic_id uuid, causation_id uuid, event_data jsonb)) WITH ORDINALITY
            AS n (event_id, event_type, schema_version, aggregate_type, aggregate_id, aggregate_version, clinic_id,
                  causation_id, event_data, ordinality);

        INSERT INTO event_store.outbox (tenant_id, first_position, last_position, created_at)
        VALUES (p_tenant_id, v_head.position + 1, v_head.position + v_count, v_now);
    END IF;

    -- What is freed comes before what is taken: a reschedule may move an appointment within its own old time.
    IF p_guards ? 'freed_identities' THEN
        DELETE FROM event_store.patient_identities AS i
         USING jsonb_to_recordset(p_guards -> 'freed_identities') AS f (kind text, digest text)
         WHERE i.tenant_id = p_tenant_id AND i.patient_id = p_patient_id
           AND i.kind = f.kind AND i.digest = decode(f.digest, 'hex');
    END IF;
    IF p_guards ? 'taken_identities' THEN
        INSERT INTO event_store.patient_identities (tenant_id, kind, digest, patient_id)
        SELECT p_tenant_id, t.kind, decode(t.digest, 'hex'), p_patient_id
          FROM jsonb_to_recordset(p_guards -> 'taken_identities') AS t (kind text, digest text)
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS v_taken = ROW_COUNT;
        IF v_taken <> jsonb_array_length(p_guards -> 'taken_identities') THEN
            -- Which one it was: under row-level security the unique key's own error may not say.
            SELECT t.kind INTO v_kind
              FROM jsonb_to_recordset(p_guards -> 'taken_identities') AS t (kind text, digest text)
              JOIN event_store.patient_identities AS i
                ON i.tenant_id = p_tenant_id AND i.kind = t.kind AND i.digest = decode(t.digest, 'hex')
             WHERE i.patient_id <> p_patient_id
             LIMIT 1;
            RAISE EXCEPTION '%', v_kind USING ERRCODE = 'HZ003';
        END IF;
    END IF;
    IF p_guards ? 'freed_slots' THEN
        DELETE FROM event_store.appointment_slots AS s
         USING jsonb_to_recordset(p_guards -> 'freed_slots') AS f (appointment_id uuid)
         WHERE s.tenant_id = p_tenant_id AND s.appointment_id = f.appointment_id;
    END IF;
    IF p_guards ? 'taken_slots' THEN
        INSERT INTO event_store.appointment_slots (tenant_id, appointment_id, doctor_id, slot)
        SELECT p_tenant_id, t.appointment_id, t.doctor_id, tstzrange(t.slot_from, t.slot_until, '[)')
          FROM jsonb_to_recordset(p_guards -> 'taken_slots')
            AS t (appointment_id uuid, doctor_id uuid, slot_from timestamptz, slot_until timestamptz);
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
