-- All that a command is decided on, in one snapshot: whose aggregate it is, that patient's events in order, how many
-- there must be, what was answered to this idempotency key before, and what the tenant's journeys are judged by where it
-- is not what holds for all. One row, always.
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION event_store.load_patient(
    p_tenant_id       uuid,
    p_aggregate_id    uuid,   -- any aggregate of the patient; the patient's own is one
    p_idempotency_key text,   -- NULL: none was sent
    p_key_lifetime    interval
) RETURNS TABLE (patient_id uuid, facts bigint, envelopes text[], request_hash bytea, answer jsonb,
               journey_rules jsonb)
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

REVOKE EXECUTE ON FUNCTION event_store.load_patient(uuid, uuid, text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_store.load_patient(uuid, uuid, text, interval) TO healz_command;
