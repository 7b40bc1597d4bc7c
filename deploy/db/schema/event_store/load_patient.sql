-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION event_store.load_patient(p_tenant_id uuid, p_aggregate_id uuid, p_idempotency_key text, p_key_lifetime interval) RETURNS TABLE(patient_id uuid, facts bigint, envelopes text[], request_hash bytea, answer jsonb, journey_rules jsonb)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_tenant_id uuid := ops.enter_tenant(p_tenant_id);
BEGIN
    RETURN QUERY
    SELECT p.patient_id,
           COALESCE(p.facts, 0),
           ARRAY(SELECT event_store.envelope(e)
                   FROM event_store.events AS e
                  WHERE e.tenant_id = v_tenant_id
                    AND e.patient_id = p.patient_id
                    AND e.created_at BETWEEN p.first_at AND p.last_at
                  ORDER BY e.position),
           k.request_hash,
           k.answer,
           t.journey_rules
      FROM (VALUES (1)) AS one
      LEFT JOIN event_store.streams AS s
        ON s.tenant_id = v_tenant_id AND s.aggregate_id = p_aggregate_id
      LEFT JOIN event_store.patient_log AS p
        ON p.tenant_id = v_tenant_id AND p.patient_id = s.patient_id
      LEFT JOIN reference.tenants AS t
        ON t.tenant_id = v_tenant_id
      LEFT JOIN event_store.idempotency_keys AS k
        ON k.tenant_id = v_tenant_id AND k.idempotency_key = p_idempotency_key
       AND k.created_at > clock_timestamp() - p_key_lifetime;
END
$$;


ALTER FUNCTION event_store.load_patient(p_tenant_id uuid, p_aggregate_id uuid, p_idempotency_key text, p_key_lifetime interval) OWNER TO healz_migrator;

COMMENT ON FUNCTION event_store.load_patient(p_tenant_id uuid, p_aggregate_id uuid, p_idempotency_key text, p_key_lifetime interval) IS 'Of the release before: all of a patient''s events at once.';

CREATE FUNCTION event_store.load_patient(p_tenant_id uuid, p_aggregate_id uuid, p_idempotency_key text, p_key_lifetime interval, p_known_event_id uuid, p_known_position bigint, p_known_at timestamp with time zone, p_events_max integer, p_bytes_max integer) RETURNS TABLE(patient_id uuid, facts bigint, is_known boolean, envelopes text[], request_hash bytea, answer jsonb, journey_rules jsonb)
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    v_tenant_id  uuid := ops.enter_tenant(p_tenant_id);
    v_patient_id uuid;
    v_first_at   timestamptz;
    v_last_at    timestamptz;
    v_after      bigint  := 0;
    v_bytes      bigint  := 0;
    v_envelope   text;
BEGIN
    SELECT p.patient_id, COALESCE(p.facts, 0), p.first_at, p.last_at, k.request_hash, k.answer, t.journey_rules
      INTO v_patient_id, facts, v_first_at, v_last_at, request_hash, answer, journey_rules
      FROM (VALUES (1)) AS one
      LEFT JOIN event_store.streams AS s
        ON s.tenant_id = v_tenant_id AND s.aggregate_id = p_aggregate_id
      LEFT JOIN event_store.patient_log AS p
        ON p.tenant_id = v_tenant_id AND p.patient_id = s.patient_id
      LEFT JOIN reference.tenants AS t
        ON t.tenant_id = v_tenant_id
      LEFT JOIN event_store.idempotency_keys AS k
        ON k.tenant_id = v_tenant_id AND k.idempotency_key = p_idempotency_key
       AND k.created_at > clock_timestamp() - p_key_lifetime;
    patient_id := v_patient_id;
    envelopes := '{}';
    is_known := EXISTS (SELECT
                          FROM event_store.events AS e
                         WHERE e.tenant_id = v_tenant_id AND e.position = p_known_position AND e.created_at = p_known_at
                           AND e.event_id = p_known_event_id AND e.patient_id = v_patient_id);
    IF is_known THEN
        v_after := p_known_position;
        -- What follows was written no earlier, unless a clock had leapt and was set right since.
        IF p_known_at <= clock_timestamp() THEN
            v_first_at := p_known_at;
        END IF;
    END IF;
    -- A cursor: it stops reading where the page ends.
    FOR v_envelope IN
        SELECT event_store.envelope(e)
          FROM event_store.events AS e
         WHERE e.tenant_id = v_tenant_id
           AND e.patient_id = v_patient_id
           AND e.position > v_after
           AND e.created_at BETWEEN v_first_at AND v_last_at
         ORDER BY e.position
         LIMIT p_events_max
    LOOP
        envelopes := envelopes || v_envelope;
        v_bytes := v_bytes + octet_length(v_envelope);
        EXIT WHEN v_bytes >= p_bytes_max;
    END LOOP;
    RETURN NEXT;
END
$$;


ALTER FUNCTION event_store.load_patient(p_tenant_id uuid, p_aggregate_id uuid, p_idempotency_key text, p_key_lifetime interval, p_known_event_id uuid, p_known_position bigint, p_known_at timestamp with time zone, p_events_max integer, p_bytes_max integer) OWNER TO healz_migrator;

COMMENT ON FUNCTION event_store.load_patient(p_tenant_id uuid, p_aggregate_id uuid, p_idempotency_key text, p_key_lifetime interval, p_known_event_id uuid, p_known_position bigint, p_known_at timestamp with time zone, p_events_max integer, p_bytes_max integer) IS 'A page of a patient''s events, of one snapshot, with their number and the earlier answer to the idempotency key. p_aggregate_id: any aggregate of the patient. p_known_…: the last event that the caller knows, and the page begins after it; where the store doesn''t hold it, is_known is false and the page begins with the first. It ends with the envelope that reaches p_bytes_max.';

REVOKE ALL ON FUNCTION event_store.load_patient(p_tenant_id uuid, p_aggregate_id uuid, p_idempotency_key text, p_key_lifetime interval) FROM PUBLIC;
GRANT ALL ON FUNCTION event_store.load_patient(p_tenant_id uuid, p_aggregate_id uuid, p_idempotency_key text, p_key_lifetime interval) TO healz_command;

REVOKE ALL ON FUNCTION event_store.load_patient(p_tenant_id uuid, p_aggregate_id uuid, p_idempotency_key text, p_key_lifetime interval, p_known_event_id uuid, p_known_position bigint, p_known_at timestamp with time zone, p_events_max integer, p_bytes_max integer) FROM PUBLIC;
GRANT ALL ON FUNCTION event_store.load_patient(p_tenant_id uuid, p_aggregate_id uuid, p_idempotency_key text, p_key_lifetime interval, p_known_event_id uuid, p_known_position bigint, p_known_at timestamp with time zone, p_events_max integer, p_bytes_max integer) TO healz_command;
