SET LOCAL lock_timeout = '5s';

DROP FUNCTION event_store.append_facts(uuid, uuid, bigint, text, interval, bytea, jsonb, uuid, uuid, jsonb, jsonb, jsonb);
CALL ops.change_function('event_store.append_events',
    p_before => $$    IF p_guards ? 'key_before' AND EXISTS (SELECT
                                             FROM event_store.idempotency_keys AS k
                                            WHERE k.tenant_id = v_tenant_id
                                              AND k.idempotency_key = p_guards ->> 'key_before'
                                              AND k.created_at + p_key_lifetime > v_now) THEN
        RAISE EXCEPTION 'this idempotency key was answered before' USING ERRCODE = 'serialization_failure';
    END IF;
    IF p_idempotency_key IS NOT NULL THEN
$$,
    p_after  => $$    IF p_idempotency_key IS NOT NULL THEN
$$,
    p_makes  => '815ffc212940');
CALL ops.change_function('event_store.append_events',
    p_before => $$           SET facts = p_facts + v_count, first_at = least(first_at, v_now),
               last_at = CASE WHEN v_count > 0 THEN greatest(last_at, v_now) ELSE last_at END
         WHERE tenant_id = v_tenant_id AND patient_id = p_patient_id AND facts = p_facts
           AND last_at = COALESCE((p_guards ->> 'last_at')::timestamptz, last_at);$$,
    p_after  => $$           SET facts = p_facts + v_count, first_at = least(first_at, v_now), last_at = greatest(last_at, v_now)
         WHERE tenant_id = v_tenant_id AND patient_id = p_patient_id AND facts = p_facts;$$,
    p_makes  => '11551d0fb6f1');
