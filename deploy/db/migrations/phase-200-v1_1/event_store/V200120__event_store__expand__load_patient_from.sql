-- load_patient for whoever knows the beginning of the patient's events already: they get what came after it, a page at a
-- time. However long a history is, one call reads no more than a page, and a decision that is made again reads only what it
-- had not seen. What they know is named by its last event: while the store holds that event of that patient, it holds all
-- before it, unchanged (events are only ever added). After a restore to an earlier moment it may hold another one there:
-- then is_known is false, and the page begins with the patient's first event.
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION event_store.load_patient(
    p_tenant_id       uuid,
    p_aggregate_id    uuid,         -- any aggregate of the patient; the patient's own is one
    p_idempotency_key text,         -- NULL: none was sent
    p_key_lifetime    interval,
    p_known_event_id  uuid,         -- the last event that the caller knows; NULL: none
    p_known_position  bigint,       -- its position
    p_known_at        timestamptz,  -- its created_at
    p_events_max      integer,
    p_bytes_max       integer       -- the page ends with the envelope that gets there
) RETURNS TABLE (patient_id uuid, facts bigint, is_known boolean, envelopes text[], request_hash bytea, answer jsonb,
               journey_rules jsonb)
    LANGUAGE plpgsql
    STABLE  -- all that it reads is of one snapshot: that of the statement which calls it
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

REVOKE EXECUTE ON FUNCTION
    event_store.load_patient(uuid, uuid, text, interval, uuid, bigint, timestamptz, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    event_store.load_patient(uuid, uuid, text, interval, uuid, bigint, timestamptz, integer, integer) TO healz_command;
