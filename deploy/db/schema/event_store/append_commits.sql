-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION event_store.append_commits(p_tenant_id uuid, p_key_lifetime interval, p_commits jsonb, p_guards jsonb, OUT first_position bigint, OUT created_at timestamp with time zone) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
#variable_conflict use_column
DECLARE
    v_tenant_id uuid    := ops.enter_tenant(p_tenant_id);
    v_commits   integer := jsonb_array_length(p_commits);
    v_count     integer := (p_commits -> -1 ->> 'until')::integer;
    v_first     bigint;
    v_now       timestamptz;
    v_done      integer;
    v_more      integer;
    v_kind      text;
    v_event     record;
BEGIN
    UPDATE event_store.tenant_log
       SET position = position + v_count, last_at = greatest(clock_timestamp(), last_at)
     WHERE tenant_id = v_tenant_id
    RETURNING position - v_count + 1, last_at INTO v_first, v_now;
    IF NOT FOUND THEN
        INSERT INTO event_store.tenant_log AS t (tenant_id, position, last_at)
        VALUES (v_tenant_id, v_count, clock_timestamp())
        ON CONFLICT (tenant_id) DO UPDATE
        SET position = t.position + v_count, last_at = greatest(clock_timestamp(), t.last_at)
        RETURNING t.position - v_count + 1, t.last_at INTO v_first, v_now;
    END IF;

    IF p_guards ? 'clock' AND v_now NOT BETWEEN (p_guards -> 'clock' ->> 'not_before')::timestamptz
                                            AND (p_guards -> 'clock' ->> 'not_after')::timestamptz THEN
        RAISE EXCEPTION 'it would be recorded at %, while the database''s clock is at %', v_now, clock_timestamp()
            USING ERRCODE = 'HZ006';
    END IF;

    -- Its age is compared so that no plan finds a key by the index on ages, through all keys of a day.
    IF p_guards ? 'keys_before' AND EXISTS (
            SELECT
              FROM event_store.idempotency_keys AS k
             WHERE k.tenant_id = v_tenant_id
               AND k.idempotency_key = ANY (ARRAY(SELECT jsonb_array_elements_text(p_guards -> 'keys_before')))
               AND k.created_at + p_key_lifetime > v_now) THEN
        RAISE EXCEPTION 'this idempotency key was answered before' USING ERRCODE = 'serialization_failure';
    END IF;
    IF p_guards ? 'keys' THEN
        INSERT INTO event_store.idempotency_keys AS k (tenant_id, idempotency_key, request_hash, answer, created_at)
        SELECT v_tenant_id, c.key, decode(c.request_hash, 'hex'),
               c.answer || jsonb_build_object('position', v_first - 1 + c.until), v_now
          FROM jsonb_to_recordset(p_commits) AS c (key text, request_hash text, answer jsonb, until integer)
         WHERE c.key IS NOT NULL
        ON CONFLICT (tenant_id, idempotency_key) DO UPDATE
        SET request_hash = EXCLUDED.request_hash, answer = EXCLUDED.answer, created_at = EXCLUDED.created_at
        WHERE k.created_at <= v_now - p_key_lifetime;
        GET DIAGNOSTICS v_done = ROW_COUNT;
        IF v_done <> (p_guards ->> 'keys')::integer THEN
            RAISE EXCEPTION 'this idempotency key was answered meanwhile' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;

    INSERT INTO event_store.patient_log (tenant_id, patient_id, facts, first_at, last_at)
    SELECT v_tenant_id, c.patient_id, c.count, v_now, v_now
      FROM jsonb_to_recordset(p_commits) AS c (patient_id uuid, facts bigint, count integer)
     WHERE c.facts = 0
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_done = ROW_COUNT;
    IF v_done < v_commits THEN
        -- last_at: a store that was restored to an earlier moment, and gone on with, comes to the same number of facts by
        -- others. A commit without events leaves the patient's times alone, for they are those of events.
        UPDATE event_store.patient_log AS p
           SET facts = c.facts + c.count, first_at = least(p.first_at, v_now),
               last_at = CASE WHEN c.count > 0 THEN greatest(p.last_at, v_now) ELSE p.last_at END
          FROM jsonb_to_recordset(p_commits) AS c (patient_id uuid, facts bigint, count integer, last_at timestamptz)
         WHERE c.facts > 0 AND p.tenant_id = v_tenant_id AND p.patient_id = c.patient_id AND p.facts = c.facts
           AND p.last_at = COALESCE(c.last_at, p.last_at);
        GET DIAGNOSTICS v_more = ROW_COUNT;
        IF v_done + v_more <> v_commits THEN
            RAISE EXCEPTION 'other facts about the patient came first' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;

    IF v_count > 0 THEN
        INSERT INTO event_store.events (
            tenant_id, position, created_at, event_id, event_type, schema_version, aggregate_type, aggregate_id,
            aggregate_version, patient_id, clinic_id, causation_id, correlation_id, user_id, event_data, metadata)
        SELECT v_tenant_id, v_first - 1 + c.until - c.count + e.nth, v_now, e.event_id, e.event_type, e.schema_version,
               e.aggregate_type, e.aggregate_id, e.aggregate_version, c.patient_id, e.clinic_id, e.causation_id,
               c.correlation_id, c.user_id, e.event_data, c.metadata
          FROM jsonb_to_recordset(p_commits)
            AS c (patient_id uuid, count integer, until integer, correlation_id uuid, user_id uuid, metadata jsonb,
                  events jsonb)
         CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(c.events)
            AS (event_id uuid, event_type text, schema_version integer, aggregate_type text, aggregate_id uuid,
                aggregate_version integer, clinic_id uuid, causation_id uuid, event_data jsonb)) WITH ORDINALITY
            AS e (event_id, event_type, schema_version, aggregate_type, aggregate_id, aggregate_version, clinic_id,
                  causation_id, event_data, nth);
        GET DIAGNOSTICS v_done = ROW_COUNT;
        IF v_done <> v_count THEN
            RAISE EXCEPTION 'a group of % events holds %', v_count, v_done USING ERRCODE = 'data_exception';
        END IF;

        -- Each event is the next version of its aggregate: one by one, 3 µs each. (One statement that aggregates and writes
        -- twice took 46 µs more for a single event.)
        FOR v_event IN
            SELECT c.patient_id, e.aggregate_type, e.aggregate_id, e.aggregate_version
              FROM jsonb_to_recordset(p_commits) AS c (patient_id uuid, events jsonb)
             CROSS JOIN LATERAL jsonb_to_recordset(c.events)
                AS e (aggregate_type text, aggregate_id uuid, aggregate_version integer)
        LOOP
            IF v_event.aggregate_version = 1 THEN
                INSERT INTO event_store.streams (tenant_id, aggregate_id, aggregate_type, patient_id, version)
                VALUES (v_tenant_id, v_event.aggregate_id, v_event.aggregate_type, v_event.patient_id, 1);
            ELSE
                UPDATE event_store.streams
                   SET version = version + 1
                 WHERE tenant_id = v_tenant_id AND aggregate_id = v_event.aggregate_id
                   AND patient_id = v_event.patient_id AND version = v_event.aggregate_version - 1;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'an aggregate is not at the expected version'
                        USING ERRCODE = 'serialization_failure';
                END IF;
            END IF;
        END LOOP;

        INSERT INTO event_store.outbox (tenant_id, first_position, last_position, created_at)
        VALUES (v_tenant_id, v_first, v_first + v_count - 1, v_now);
    END IF;

    -- What is freed comes before what is taken: a reschedule may move an appointment within its own old time.
    IF p_guards ? 'freed_identities' THEN
        DELETE FROM event_store.patient_identities AS i
         USING jsonb_to_recordset(p_guards -> 'freed_identities') AS f (kind text, digest text, patient_id uuid)
         WHERE i.tenant_id = v_tenant_id AND i.patient_id = f.patient_id
           AND i.kind = f.kind AND i.digest = decode(f.digest, 'hex');
    END IF;
    IF p_guards ? 'taken_identities' THEN
        INSERT INTO event_store.patient_identities (tenant_id, kind, digest, patient_id)
        SELECT v_tenant_id, t.kind, decode(t.digest, 'hex'), t.patient_id
          FROM jsonb_to_recordset(p_guards -> 'taken_identities') AS t (kind text, digest text, patient_id uuid)
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS v_done = ROW_COUNT;
        IF v_done <> jsonb_array_length(p_guards -> 'taken_identities') THEN
            -- Which one it was: under row-level security the unique key's own error may not say.
            SELECT t.kind INTO v_kind
              FROM jsonb_to_recordset(p_guards -> 'taken_identities') AS t (kind text, digest text, patient_id uuid)
              JOIN event_store.patient_identities AS i
                ON i.tenant_id = v_tenant_id AND i.kind = t.kind AND i.digest = decode(t.digest, 'hex')
             WHERE i.patient_id <> t.patient_id
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
        GET DIAGNOSTICS v_done = ROW_COUNT;
        IF v_done <> jsonb_array_length(p_guards -> 'taken_messages') THEN
            RAISE EXCEPTION 'this message was recorded before' USING ERRCODE = 'HZ005';
        END IF;
    END IF;

    first_position := v_first;
    created_at := v_now;
END
$$;


ALTER FUNCTION event_store.append_commits(p_tenant_id uuid, p_key_lifetime interval, p_commits jsonb, p_guards jsonb, OUT first_position bigint, OUT created_at timestamp with time zone) OWNER TO healz_append;

COMMENT ON FUNCTION event_store.append_commits(p_tenant_id uuid, p_key_lifetime interval, p_commits jsonb, p_guards jsonb, OUT first_position bigint, OUT created_at timestamp with time zone) IS 'The only writer of the log: one statement appends the events of one or more commits of a tenant, the outbox row and the guards, all or nothing. Returns the position of the first event and the time of all.

The order is always the same: the tenant''s head (its lock), idempotency keys, the patients'' facts, events and streams, outbox, guards. Another order deadlocks.

p_commits is [{patient_id, facts, last_at, count, until, key, request_hash (hexadecimal), answer, correlation_id, user_id, metadata, events}], in order: facts is how many facts the patient had when it was decided, last_at when the last of them was written (null: whenever), count how many events it has, until how many it and those before it have; events is [{event_id, event_type, schema_version, aggregate_type, aggregate_id, aggregate_version, clinic_id, causation_id, event_data}]. No two have a patient or a key in common. p_guards is any of {keys: how many commits have a key, keys_before: [as the release before kept them], freed_identities, taken_identities: [{kind, digest (hexadecimal), patient_id}], freed_slots: [{appointment_id}], taken_slots: [{appointment_id, doctor_id, slot_from, slot_until}], taken_messages: [{whatsapp_message_id}], clock: {not_before, not_after}}.

Raises serialization_failure when something else was decided on: decide again on a fresh load; HZ003 when an identity is somebody else''s, unique_violation (streams_pkey) when a new aggregate''s id is taken, exclusion_violation when a doctor''s time is; HZ005 when the message was recorded before; HZ006 when the database''s clock, or the tenant''s last time, lies outside what the caller allows.';

REVOKE ALL ON FUNCTION event_store.append_commits(p_tenant_id uuid, p_key_lifetime interval, p_commits jsonb, p_guards jsonb, OUT first_position bigint, OUT created_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION event_store.append_commits(p_tenant_id uuid, p_key_lifetime interval, p_commits jsonb, p_guards jsonb, OUT first_position bigint, OUT created_at timestamp with time zone) TO healz_command;
